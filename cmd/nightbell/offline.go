package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"nightbell/daemon"
	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
)

// offline is the configuration that a command goes by where no daemon runs,
// its data folder, and what is to be said of it. Only who sends needs the
// channels; without them a problem of theirs, such as a variable that another
// shell has, is in nobody's way.
func (c *call) offline(sends bool) (cfg *config.Config, dir, note string, err error) {
	path, err := c.configPath()
	if err != nil {
		return c.offlineGood(sends, err)
	}
	cfg, err = config.Load(path, c.getenv)
	if err != nil && !sends {
		if mute, errMute := config.LoadWithoutChannels(path, c.getenv); errMute == nil {
			first, _, _ := strings.Cut(err.Error(), "\n")
			cfg, err, note = mute, nil, "no daemon is running; going on without the channels, because "+first
		}
	}
	if err == nil {
		dir, err = c.dataDir(cfg)
	}
	return cfg, dir, note, err
}

// offlineGood is offline where no configuration was found: by the last good
// copy in the data folder. none is said when there is no copy either.
func (c *call) offlineGood(sends bool, none error) (cfg *config.Config, dir, note string, err error) {
	if dir, err = c.dataDir(nil); err != nil {
		return nil, "", "", none
	}
	load := config.LoadGoodWithoutChannels
	if sends {
		load = config.LoadGood
	}
	cfg, err = load(dir, c.getenv)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, "", "", none
	case err != nil:
		return nil, "", "", err
	}
	return cfg, dir, "no daemon is running, and no configuration was found; going by the last good copy, " + cfg.Path, nil
}

// direct opens the journal itself, under the lock, where this user owns it.
func (c *call) direct(u use) (web.Desk, func(), error) {
	cfg, dir, note, err := c.offline(u == sends)
	if err != nil {
		return nil, nil, err
	}
	if client, err := reach(filepath.Join(dir, socketName)); err != nil || client != nil {
		return client, func() {}, err
	}
	if err := ownFolder(dir); err != nil {
		return nil, nil, err
	}
	if (u == reads || u == copies) && !journal.There(dir) {
		none := fmt.Errorf("there is no journal in %s yet, and no daemon runs there; begin one with: nightbell run, or nightbell log, or name the folder that has yours with --data", dir)
		if u == copies {
			return nil, nil, none
		}
		fmt.Fprintln(c.err, "nightbell:", none)
		return c.blank(cfg, dir)
	}
	if note != "" {
		fmt.Fprintln(c.err, "nightbell:", note)
	}
	if err := makeFolder(dir); err != nil {
		return nil, nil, err
	}
	lock, err := daemon.Lock(dir, "nightbell "+strings.Join(c.args[:min(1, len(c.args))], " "))
	if err != nil {
		return nil, nil, fmt.Errorf("%w; it does not answer at %s", err, filepath.Join(dir, socketName))
	}
	return c.journalOf(cfg, dir, dir, func() { lock.Release() })
}

// blank shows dir as a journal without an entry would, and makes nothing there.
func (c *call) blank(cfg *config.Config, dir string) (web.Desk, func(), error) {
	folder, err := os.MkdirTemp("", "nightbell-")
	if err != nil {
		return nil, nil, err
	}
	return c.journalOf(cfg, dir, folder, func() { os.RemoveAll(folder) })
}

// journalOf opens the journal in folder as the one of dir. release is called when
// it is closed, and where it cannot be opened.
func (c *call) journalOf(cfg *config.Config, dir, folder string, release func()) (web.Desk, func(), error) {
	log := slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	j, err := journal.OpenFolder(c.ctx, folder, journal.Options{Now: c.now, Log: log})
	if err != nil {
		release()
		return nil, nil, err
	}
	end := func() {
		j.Close()
		release()
	}
	if met, ok := j.Damage(); ok {
		fmt.Fprintln(c.err, "nightbell:", met)
	}
	harmed, err := j.DamageSince(c.ctx, c.now().Add(-damageNews))
	var opened []config.Opened
	if err == nil {
		opened, err = cfg.Open(c.tools(cfg, log, c.out))
	}
	if err == nil {
		var d *daemon.Direct
		d, err = daemon.NewDirect(c.ctx, daemon.Options{Journal: j, Dir: dir, Config: cfg, Opened: opened, Now: c.now, Log: log, Damage: harmed})
		if err == nil {
			return d, end, nil
		}
	}
	end()
	return nil, nil, err
}
