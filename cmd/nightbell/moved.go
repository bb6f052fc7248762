package main

import (
	"context"
	"log/slog"
	"reflect"
	"slices"
	"time"

	"nightbell/daemon"
	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
)

// movedWithin bounds taking back before the daemon begins: a request and a half,
// should the service hang.
const movedWithin = 15 * time.Second

// moved takes back what is parked on channels that the file has changed or left
// out while no daemon ran: only the configuration of before knows where it lies.
// What cannot be taken back is said, and keeps nothing from starting.
func (c *call) moved(ctx context.Context, dir string, cfg *config.Config, secret daemon.Secret, j *journal.Journal, log *slog.Logger) {
	on, err := daemon.ParkedOn(ctx, j, c.now())
	if err != nil || len(on) == 0 {
		return
	}
	before, err := config.LoadGood(dir, c.getenv)
	if err != nil {
		return // the first start, or a copy of another version: there is nothing to go by
	}
	before.Channels = slices.DeleteFunc(before.Channels, func(was config.Channel) bool {
		stays := slices.ContainsFunc(cfg.Channels, func(is config.Channel) bool { return reflect.DeepEqual(was, is) })
		return stays || !slices.Contains(on, was.Name)
	})
	if len(before.Channels) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, movedWithin)
	defer cancel()
	opened, err := c.open(before, log)
	if err == nil {
		var desk *daemon.Direct
		desk, err = daemon.NewDirect(ctx, daemon.Options{Journal: j, Dir: dir, Config: before, Opened: opened, Secret: secret, Now: c.now, Log: log})
		if err == nil {
			_, err = desk.Do(ctx, web.Request{What: web.Unpark})
		}
	}
	if err != nil {
		log.Warn("what is parked on a channel that was changed could not be taken back", "err", err)
	}
}
