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
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/web"
	"nightbell/notify"
)

// use is what a command does with a journal.
type use int

const (
	reads   use = iota // makes no journal where there is none, and shows one without an entry
	copies             // wants one that is there
	changes            // begins one
	sends              // the same, through the channels: where no daemon runs, their secrets have to be here
)

// desk finds who answers: the running daemon, or, where none runs, the
// journal itself. end must be called when done.
func (c *call) desk(u use) (d web.Desk, end func(), err error) {
	client, err := c.dial()
	if err != nil || client != nil {
		return client, func() {}, err
	}
	return c.direct(u)
}

// dial connects to the running daemon. It is nil, without an error, when none
// runs that this command could be meant for.
func (c *call) dial() (web.Desk, error) {
	if dir, err := c.namedFolder(); err != nil || dir != "" {
		if err != nil {
			return nil, err
		}
		return c.dialFolder(dir)
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
	if serviceIsInstalled() {
		return nil, fmt.Errorf("the nightbell service is installed, but it does not answer at %s; see: nightbell service status, or start it: sudo nightbell service start", systemSocket)
	}
	return nil, nil
}

// serviceIsInstalled tells whether there is a system service, by this
// program's own unit or by a package's.
func serviceIsInstalled() bool {
	p := servicePlan{}
	return p.exists(systemUnit) || p.packaged() != ""
}

// namedFolder is the data folder that the command line names: with --data, or
// by a configuration that says where its data lies. "": it names none.
func (c *call) namedFolder() (string, error) {
	if c.flags.Data != "" {
		return c.dataDir(nil)
	}
	if c.flags.Config == "" {
		return "", nil
	}
	cfg, err := config.LoadWithoutChannels(c.flags.Config, c.getenv)
	var broken *config.Error
	if errors.As(err, &broken) {
		cfg = &config.Config{Data: broken.Data}
	}
	if cfg == nil || cfg.Data == "" {
		return "", nil
	}
	return filepath.Abs(cfg.Data)
}

// dialFolder connects to the daemon of one data folder: at the folder's own
// socket, or at one of the usual places when that daemon says so.
func (c *call) dialFolder(dir string) (web.Desk, error) {
	if client, err := reach(filepath.Join(dir, socketName)); err != nil || client != nil {
		return client, err
	}
	for _, socket := range []string{systemSocket, c.userSocket()} {
		client, err := reach(socket)
		if err != nil || client == nil {
			continue // whoever is there, nothing says that the folder is theirs
		}
		if doc, err := client.Status(c.ctx); err == nil && samePath(doc.Data, dir) {
			return client, nil
		}
	}
	return nil, nil
}

// samePath tells whether two paths lead to the same place.
func samePath(a, b string) bool {
	if filepath.Clean(a) == filepath.Clean(b) {
		return true
	}
	one, errOne := os.Stat(a)
	other, errOther := os.Stat(b)
	return errOne == nil && errOther == nil && os.SameFile(one, other)
}

// reach connects to one socket. Nobody listening there is no error.
func reach(socket string) (web.Desk, error) {
	client, err := web.Dial(socket)
	switch {
	case err == nil:
		return client, nil
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("speaking to the daemon at %s: %w; %s", socket, fs.ErrPermission, ownersWay(socket))
	}
	return nil, nil
}

// ownersWay is the way out for who may not use a path: who may.
func ownersWay(path string) string {
	at := path
	info, err := os.Stat(at)
	for err != nil && at != filepath.Dir(at) {
		at = filepath.Dir(at)
		info, err = os.Stat(at)
	}
	owner, known := 0, false
	if err == nil {
		owner, known = ownerOf(info)
	}
	if !known {
		return "run this as the user who runs the daemon"
	}
	name := nameOf(owner)
	way := fmt.Sprintf("%s belongs to %s; run this as that user, with: sudo -u %s nightbell", at, name, name)
	if name == serviceName {
		way += fmt.Sprintf("; or allow it once, then log in again: sudo usermod -aG nightbell %s", userName())
	}
	return way
}

// nameOf is a user's name, or the number where it has none.
func nameOf(id int) string {
	name := fmt.Sprint(id)
	if u, err := user.LookupId(name); err == nil {
		return u.Username
	}
	return name
}

func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "NAME"
}

// tools are what the channels of a configuration may use of the outside.
func (c *call) tools(cfg *config.Config, log *slog.Logger, out io.Writer) notify.Tools {
	t := notify.Tools{Log: log, Out: out, Now: c.now, Pace: c.pace, Colour: c.colour()}
	if dir, err := c.dataDir(cfg); err == nil {
		t.Folder = dir
	}
	return t
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
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("the data folder %s is not this user's to open: %w; %s", dir, fs.ErrPermission, ownersWay(dir))
	}
	if err != nil {
		return fmt.Errorf("looking at the data folder: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("the data folder %s is not a folder; move it away, or name another one with --data", dir)
	}
	owner, known := ownerOf(info)
	if !known || owner == os.Geteuid() {
		return nil
	}
	name := nameOf(owner)
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
