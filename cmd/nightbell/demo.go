package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"nightbell/daemon"
	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/planner"
)

// demoCommand shows a day in two minutes.
type demoCommand struct {
	Rate float64 `placeholder:"N" default:"720" help:"How many times as fast as real time; 720 makes a day two minutes."`
}

// demoRoutine is the default routine of the example, with a meeting so that
// there is something to plan around. Plain words, because there is no lock
// screen that others could see.
const demoRoutine = `timezone: America/New_York
privacy: plain
routine:
  busy: [{from: "13:00", to: "15:00", name: meeting}]
channels: [{name: here, type: console}]
`

// Run runs the daemon through a day with somebody who lives it. It needs no
// configuration and no network, and keeps nothing.
func (d *demoCommand) Run(c *call) error {
	if d.Rate < daemon.LapseLeast || d.Rate > daemon.LapseMost {
		return usage("--rate %g; use %d to %d: 720 makes a day two minutes", d.Rate, daemon.LapseLeast, daemon.LapseMost)
	}
	cfg, err := config.Parse("the demo's routine", []byte(demoRoutine), 0o600, func(string) (string, bool) { return "", false })
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "nightbell-")
	if err != nil {
		return fmt.Errorf("making a folder for the demo: %w", err)
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	c.onSignal(cancel)
	c.onLostReader(cancel)
	log := slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: slog.LevelError}))
	cfg.Listen = "127.0.0.1:0" // beside a daemon that may run
	page := &servers{}
	defer page.close()
	if err := page.knock(cfg, log); err != nil {
		return fmt.Errorf("listening for the demo's page: %w", err)
	}

	zone := cfg.Routine.Location
	waking := cfg.Routine.Sleep.To
	today := planner.DateOf(c.now().In(zone))
	tomorrow := planner.DateOf(waking.On(today, zone).AddDate(0, 0, 1))
	// Half an hour before waking: two seconds and a half to read how it begins.
	clock := daemon.NewLapse(waking.On(today, zone).Add(-30*time.Minute), d.Rate, daemon.Stopwatch())
	told := &transcript{out: c.out, now: clock.Now, zone: zone, colour: c.colour()}
	live := &day{clock: clock, told: told, end: waking.On(tomorrow, zone).Add(-time.Minute), scenes: demoScenes(), over: cancel}
	live.opened = func(d *daemon.Daemon) {
		page.admit(ctx, d, clock.Now, log)
		fmt.Fprintf(c.err, "nightbell: the page of this day: %s\n", page.address())
	}
	err = live.run(ctx, cfg, dir, log)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil // ended before it had begun
	}
	return err
}

// run opens a journal in dir and runs the daemon on it until the day is over.
func (y *day) run(ctx context.Context, cfg *config.Config, dir string, log *slog.Logger) error {
	j, err := journal.OpenFolder(ctx, dir, journal.Options{Now: y.clock.Now, Log: log})
	if err != nil {
		return err
	}
	defer j.Close()
	opened := []config.Opened{{Name: "here", Type: "console", Channel: y}}
	y.desk, err = daemon.New(ctx, daemon.Options{
		Journal: j, Dir: dir, Config: cfg, Opened: opened, Now: y.clock.Now, Wait: y.wait, Doze: y.clock.Doze, Rate: y.clock.Rate(), Log: log,
		Synced: func() (bool, error) { return true, nil },
		Ready:  func(string) { y.begin(cfg.Routine) },
	})
	if err != nil {
		return err
	}
	y.opened(y.desk)
	err = y.desk.Run(ctx)
	y.people.Wait()
	return err
}
