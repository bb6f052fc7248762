package daemon

import (
	"context"
	"fmt"
	"time"

	"github.com/robfig/cron/v3"
)

// choresAt is when the daily work is done: by day, so that what it finds can
// be read by day, and off the hour, when other programs do theirs.
const choresAt = "17 12 * * *"

// nextChores is the first choresAt after now, in the routine's zone.
func nextChores(now time.Time) time.Time {
	schedule, err := cron.ParseStandard(choresAt)
	if err != nil { // a constant: it parses
		return now.Add(24 * time.Hour)
	}
	return schedule.Next(now)
}

// housekeeping starts the daily work when it is due: a backup of the journal
// and a look through all of it. The first comes at the start, for a machine
// that is never on at noon; it does nothing where today's backup stands. What
// falls due meanwhile, on a slow machine or by a clock that is set, comes after it.
func (d *Daemon) housekeeping(now time.Time) {
	if d.chores.After(now) {
		d.wake = sooner(d.wake, d.chores)
		return
	}
	if d.working {
		return // two at once would clear away what the other is at; chored wakes the loop
	}
	d.working = true
	first := d.chores.IsZero()
	d.chores = nextChores(now.In(d.state.Routine.Location))
	d.wake = sooner(d.wake, d.chores)
	if !first {
		// What is too old to decide anything leaves the memory.
		if err := d.load(d.hard); err != nil {
			d.log.Error("reading the journal again", keyErr, err)
		}
	}
	ctx := d.hard
	d.people.Go(func() {
		err := d.chore(ctx, now, !first)
		d.inbox.put(func(time.Time) { d.chored(err) })
		d.o.Rested() // it took more memory than reminding ever does
	})
}

func (d *Daemon) chore(ctx context.Context, now time.Time, check bool) error {
	if err := d.journal.DailyBackup(ctx, now); err != nil {
		return fmt.Errorf("the daily backup: %w", err)
	}
	if !check {
		return nil // opening it looked already
	}
	if err := d.journal.Tidy(ctx, now); err != nil {
		return fmt.Errorf("the daily tidying of the journal: %w", err)
	}
	if err := d.journal.Check(ctx); err != nil {
		return fmt.Errorf("the daily look through the journal: %w", err)
	}
	return nil
}

// chored ends the daily work, and keeps what it found for status.
func (d *Daemon) chored(err error) {
	d.working = false
	if err != nil && d.hard.Err() != nil {
		return
	}
	if err != nil {
		d.log.Error("the daily work", keyErr, err)
	}
	d.found = err
}
