package daemon

import (
	"context"
	"reflect"
	"slices"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
)

// Reload reads the configuration again. An invalid file changes nothing. What
// was answered on the channels of before is read to its end first.
func (d *Daemon) Reload(ctx context.Context) {
	if d.o.Reload == nil {
		return
	}
	select {
	case <-d.settled:
	case <-ctx.Done():
		return
	}
	cfg, opened, err := d.o.Reload()
	vacated := err == nil && d.vacate(ctx, cfg)
	d.inbox.put(func(now time.Time) {
		d.fresh = true
		if vacated {
			d.state.Leaving = time.Time{} // it is parked anew, where the file says
		}
		if err != nil {
			if d.problem == nil || d.problem.Error() != err.Error() {
				d.log.Error("the configuration file has a problem; the one before it stays in force", keyErr, err)
			}
			d.problem = err
			return
		}
		if d.problem == nil && string(cfg.Text) == string(d.config.Text) && reflect.DeepEqual(cfg.Channels, d.config.Channels) &&
			reflect.DeepEqual(cfg.House, d.config.House) && reflect.DeepEqual(cfg.BabyBuddy, d.config.BabyBuddy) &&
			reflect.DeepEqual(cfg.Heartbeat, d.config.Heartbeat) {
			return
		}
		d.told(SystemdReloading())
		d.log.Info("the configuration was read again")
		d.problem = nil
		if !reflect.DeepEqual(cfg.Heartbeat, d.config.Heartbeat) {
			d.heart = heart{} // another watcher, or another pace: it is told at once
		}
		d.use(cfg, opened, d.o.Secret)
		d.staff(ctx)
		d.told(SystemdReady(""))
	})
}

// A reload waits this long for a service to give back what it holds, and looks
// so often. A request ends within 10 s; with more than one try it is the line
// that is gone, and whoever edits a file waits for it.
const (
	vacateWithin = 15 * time.Second
	vacateAgain  = 100 * time.Millisecond
)

// vacate takes back what is parked on channels that cfg changes or leaves
// out, as long as their senders know where it lies, and reports whether there
// was anything.
func (d *Daemon) vacate(ctx context.Context, cfg *config.Config) bool {
	ctx, cancel := context.WithTimeout(ctx, vacateWithin)
	defer cancel()
	again := time.NewTicker(vacateAgain)
	defer again.Stop()
	for some := false; ; some = true {
		left, err := inLoop(ctx, d, func(now time.Time) ([]parked, error) {
			left := d.strands(cfg, now)
			if len(left) > 0 && !some {
				d.state.Leaving = now.Add(leaveWithin)
				_, err := d.carry(ctx, journal.Batch{}, now)
				return left, err
			}
			return left, nil
		})
		switch {
		case err != nil || len(left) == 0:
			return some
		case some && !slices.ContainsFunc(left, func(p parked) bool { return !p.refused }):
			return true // status says so; what lies where the new settings lead is taken back by them
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			d.log.Warn("what is parked on a channel that was changed could not be taken back", "parked", sentence(left, cfg.Routine.Location))
			return true
		}
	}
}

// strands lists what is parked where nothing could take it back once cfg is in
// force.
func (d *Daemon) strands(cfg *config.Config, now time.Time) []parked {
	return slices.DeleteFunc(d.state.parkedNow(now), func(p parked) bool {
		at, ok := d.desks[p.channel]
		stays := slices.ContainsFunc(cfg.Channels, func(c config.Channel) bool { return ok && c.Name == p.channel && reflect.DeepEqual(c, at.settings) })
		return !ok || stays
	})
}

// journalDamaged is said at once, at night as well, so it is as short as what
// is said there.
const journalDamaged = "Journal damaged. Reminders go on. See: nightbell status"

// announce says where things stand when the daemon starts, at any hour.
func (d *Daemon) announce() {
	now := d.now()
	if d.problem != nil {
		d.say(kindConfig, now, "The configuration file has a problem. Reminders go on with the last good one. See: nightbell status")
	}
	if d.o.Damage != "" {
		d.say(kindJournal, now, journalDamaged)
	}
}

// say opens a line when the loop begins.
func (d *Daemon) say(kind string, now time.Time, text string) {
	for _, r := range d.state.Reminders {
		if r.Kind == kind && r.Text == text && now.Sub(r.Opened) < 24*time.Hour {
			return // said already: a restart is no reason to say it again
		}
	}
	p := stepper{State: d.state, now: now}
	due := now
	if _, to, asleep := d.state.Routine.Asleep(now); asleep && kind == kindConfig {
		due = to // reminders go on, so this can wait for the morning
	}
	p.say(kind, now, due, text)
	d.apply(p.out, now)
}
