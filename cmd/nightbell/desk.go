package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"nightbell/daemon"
	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
)

// desk finds who answers: the running daemon, or, where none runs, the
// journal itself. end must be called when done.
func (c *call) desk() (d web.Desk, end func(), err error) {
	client, err := c.dial()
	if err != nil || client != nil {
		return client, func() {}, err
	}
	return c.direct()
}

// dial connects to the running daemon. It is nil, without an error, when none
// runs that this command could be meant for.
func (c *call) dial() (web.Desk, error) {
	if c.flags.Data != "" {
		dir, err := c.dataDir(nil)
		if err != nil {
			return nil, err
		}
		return reach(filepath.Join(dir, socketName))
	}
	for _, socket := range []string{systemSocket, c.userSocket()} {
		client, err := reach(socket)
		switch {
		case err != nil && socket == systemSocket && errors.Is(err, fs.ErrPermission):
			return nil, fmt.Errorf("the nightbell service runs, but this user may not speak to it; allow it once, then log in again: sudo usermod -aG nightbell %s", userName())
		case err != nil || client != nil:
			return client, err
		}
	}
	if _, err := os.Stat(systemUnit); err == nil {
		return nil, fmt.Errorf("the nightbell service is installed, but it does not answer at %s; see: nightbell service status, or start it: sudo nightbell service start", systemSocket)
	}
	return nil, nil
}

// reach connects to one socket. Nobody listening there is no error.
func reach(socket string) (web.Desk, error) {
	client, err := web.Dial(socket)
	switch {
	case err == nil:
		return client, nil
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("speaking to the daemon at %s: %w", socket, err)
	}
	return nil, nil
}

func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "NAME"
}

// direct opens the journal itself, under the lock, where this user owns it.
func (c *call) direct() (web.Desk, func(), error) {
	path, err := c.configPath()
	if err != nil {
		return nil, nil, err
	}
	cfg, err := config.Load(path, c.getenv)
	if err != nil {
		return nil, nil, err
	}
	dir, err := c.dataDir(cfg)
	if err != nil {
		return nil, nil, err
	}
	if client, err := reach(filepath.Join(dir, socketName)); err != nil || client != nil {
		return client, func() {}, err
	}
	if err := ownFolder(dir); err != nil {
		return nil, nil, err
	}
	if err := makeFolder(dir); err != nil {
		return nil, nil, err
	}
	lock, err := daemon.Lock(dir, "nightbell "+strings.Join(c.args[:min(1, len(c.args))], " "))
	if err != nil {
		return nil, nil, fmt.Errorf("%w; it does not answer at %s", err, filepath.Join(dir, socketName))
	}
	log := slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	j, err := journal.OpenFolder(c.ctx, dir, journal.Options{Now: c.now, Log: log})
	if err != nil {
		lock.Release()
		return nil, nil, err
	}
	end := func() {
		j.Close()
		lock.Release()
	}
	opened, err := cfg.Open(c.tools(log, c.out))
	if err == nil {
		var d *daemon.Direct
		d, err = daemon.NewDirect(c.ctx, daemon.Options{Journal: j, Dir: dir, Config: cfg, Opened: opened, Now: c.now, Log: log})
		if err == nil {
			return d, end, nil
		}
	}
	end()
	return nil, nil, err
}

func (c *call) tools(log *slog.Logger, out io.Writer) notify.Tools {
	return notify.Tools{Log: log, Out: out, Now: c.now, Pace: c.pace, Colour: c.colour()}
}

// makeFolder makes the data folder, for this user alone.
func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("making the data folder: %w", err)
	}
	return nil
}

// ownFolder refuses a data folder of another user: a journal that root or
// somebody else wrote to is one that its owner cannot open any more.
func ownFolder(dir string) error {
	info, err := os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking at the data folder: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("the data folder %s is not a folder", dir)
	}
	owner, known := ownerOf(info)
	if !known || owner == os.Geteuid() {
		return nil
	}
	name := fmt.Sprint(owner)
	if u, err := user.LookupId(name); err == nil {
		name = u.Username
	}
	return fmt.Errorf("the data folder %s belongs to %s; run this as that user, with: sudo -u %s nightbell", dir, name, name)
}

// zone is the routine's zone as the desk knows it.
func zone(doc web.StatusDoc) (*time.Location, error) {
	z, err := time.LoadLocation(doc.Timezone)
	if err != nil {
		return nil, fmt.Errorf("the daemon's zone: %w", err)
	}
	return z, nil
}
