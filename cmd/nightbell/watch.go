package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"

	"nightbell/daemon/config"
)

// settleFor is how long the configuration is left alone after it changed: an
// editor writes in several steps.
const settleFor = 200 * time.Millisecond

// watchConfig calls changed after the configuration file changed or SIGHUP
// came. It watches the folder, because editors replace the file. The returned
// function ends it and waits.
func watchConfig(ctx context.Context, path string, log *slog.Logger, changed func()) (end func()) {
	ctx, cancel := context.WithCancel(ctx)
	hup := make(chan os.Signal, 1)
	notifyReload(hup)
	events, faults, closeWatch := watchFolder(path, log)
	var running sync.WaitGroup
	running.Go(func() {
		var settled <-chan time.Time
		for {
			select {
			case <-ctx.Done():
				return
			case <-hup:
				changed()
			case e := <-events:
				if filepath.Base(e.Name) == filepath.Base(path) {
					settled = time.After(settleFor)
				}
			case err := <-faults:
				log.Warn("watching the configuration", "err", err)
			case <-settled:
				settled = nil
				changed()
			}
		}
	})
	return func() {
		cancel()
		signal.Stop(hup)
		running.Wait()
		closeWatch()
	}
}

// watchFolder watches the folder of the file. Where that cannot be, SIGHUP
// remains.
func watchFolder(path string, log *slog.Logger) (<-chan fsnotify.Event, <-chan error, func()) {
	w, err := fsnotify.NewWatcher()
	if err == nil {
		if err = w.Add(filepath.Dir(path)); err == nil {
			return w.Events, w.Errors, func() { w.Close() }
		}
		w.Close()
	}
	log.Warn("the configuration is read again only on SIGHUP", "err", err)
	return nil, nil, func() {}
}

// reload reads the configuration again, for a running daemon that began with
// first in dir.
func (c *call) reload(path, dir string, first *config.Config, log *slog.Logger) (*config.Config, []config.Opened, error) {
	cfg, err := config.Load(path, c.getenv)
	if err != nil {
		return nil, nil, err
	}
	opened, err := c.open(cfg, log)
	if err != nil {
		return nil, nil, err
	}
	if err := config.SaveGood(dir, cfg.Text); err != nil {
		log.Warn("keeping a copy of the configuration", "err", err)
	}
	c.nextStart(cfg, first, dir, log)
	if c.logs != nil {
		c.logs.Set(cfg.Log.Level)
	}
	return cfg, opened, nil
}

// nextStart names what of a configuration a running daemon cannot take over.
func (c *call) nextStart(cfg, first *config.Config, dir string, log *slog.Logger) {
	if c.lapse != nil {
		return // it has both of its own
	}
	if cfg.Listen != first.Listen {
		log.Warn("listen: takes effect at the next start", "now", first.Listen, "then", cfg.Listen)
	}
	if cfg.Log.JSON != first.Log.JSON {
		log.Warn("log.format: takes effect at the next start", "now_json", first.Log.JSON, "then_json", cfg.Log.JSON)
	}
	if cfg.WakeSystem != first.WakeSystem {
		log.Warn("wake_system: takes effect at the next start", "now", first.WakeSystem, "then", cfg.WakeSystem)
	}
	if to, err := c.dataDir(cfg); err == nil && !samePath(to, dir) {
		log.Warn("data: takes effect at the next start; the log of sessions stays where it is", "now", dir, "then", to)
	}
}
