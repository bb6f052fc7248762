package daemon

import (
	"context"
	"reflect"
	"time"
)

// Reload reads the configuration again. An invalid file changes nothing.
func (d *Daemon) Reload(ctx context.Context) {
	if d.o.Reload == nil {
		return
	}
	cfg, opened, err := d.o.Reload()
	d.inbox.put(func(now time.Time) {
		d.fresh = true
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

// announce says where things stand when the daemon starts, at any hour.
func (d *Daemon) announce() {
	now := d.now()
	if d.problem != nil {
		d.say(kindConfig, now, "The configuration file has a problem. Reminders go on with the last good one. See: nightbell status")
	}
	if d.o.Damage != "" {
		d.say(kindJournal, now, "The journal was damaged and set aside. Reminders go on from a backup. See: nightbell status")
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
