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
