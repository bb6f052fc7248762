package main

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"nightbell/daemon"
	"nightbell/daemon/config"
	"nightbell/daemon/simulate"
	"nightbell/planner"
)

// simulateCommand lets somebody live with the routine.
type simulateCommand struct {
	Days         int      `placeholder:"N" default:"14" help:"How many pumping days, 1 to 3660."`
	From         string   `placeholder:"DATE" help:"The day to begin with, such as 2026-03-01; else today."`
	People       string   `placeholder:"NAME" help:"Who lives with it: everyday (the default), on-time, hour-after, skips, sleeps-through, naps, logs-afterwards, unasked, silent."`
	Late         *string  `placeholder:"LENGTH" help:"How long after a reminder a session begins, on average, such as 20m; each between half of it and half as much again."`
	Skip         *float64 `placeholder:"P" help:"The share of reminders answered with: not this one. 0 to 1."`
	SleepThrough *float64 `placeholder:"P" help:"The share of alarms slept through. 0 to 1."`
	Faults       string   `placeholder:"off|some" default:"off" enum:"off,some" help:"some: the line, the services and the machine of an ordinary home, which do not always work."`
	Seed         uint64   `placeholder:"N" default:"1" help:"Whatever is left to chance goes by this number: the same one gives the same days."`
	JSON         bool     `name:"json" help:"Print one JSON document."`
}

// The bounds of what can be simulated.
const (
	simulateMost     = 3660          // days: ten years, more than any routine stays the same
	simulateLateMost = 4 * time.Hour // longer than any reminder asks for
)

// lateShare spreads --late: from half of it to half as much again, chosen
// because few people are always equally long.
const lateShare = 0.5

// exampleRoutine is simulated where there is no configuration: the defaults,
// in the zone of config.example.yaml.
const exampleRoutine = `timezone: America/New_York
channels: [{name: here, type: console}]
`

// Run simulates. It needs no network, no journal and no channel.
func (s *simulateCommand) Run(c *call) error {
	// Most of what it makes is gone at once: with less collecting a year takes
	// 1.4 s instead of 2.0, and 90 MiB instead of 40 (measured in turns).
	debug.SetGCPercent(400)
	cfg, named, err := s.routine(c)
	if err != nil {
		return err
	}
	o, err := s.life(cfg, c.now())
	if err != nil {
		return err
	}
	life := daemon.Live(o)
	r := reportOf(o, life)
	if r.tried = tried(o, life); r.tried != nil && r.tried.helps {
		r.sum.Suggested, r.sum.SuggestedReached = &r.tried.target, &r.tried.reached
	}
	if s.JSON {
		err = printJSON(c.out, r.doc())
	} else {
		r.print(c.out, named)
	}
	if err == nil && len(life.Broken) > 0 {
		return errSaid
	}
	return err
}

// routine is the configuration to live with, and its name for people; the
// built-in one where nobody named any and none is found.
func (s *simulateCommand) routine(c *call) (cfg *config.Config, named string, err error) {
	path, err := c.configPath()
	switch {
	case errors.Is(err, errNoConfig):
		cfg, err = config.Parse("the example", []byte(exampleRoutine), 0o600, func(string) (string, bool) { return "", false })
		return cfg, "the example routine; yours: --config FILE", err
	case err != nil:
		return nil, "", err
	}
	cfg, err = config.LoadWithoutChannels(path, c.getenv)
	return cfg, path, err
}

// life is what the flags ask for.
func (s *simulateCommand) life(cfg *config.Config, now time.Time) (daemon.LifeOptions, error) {
	o := daemon.LifeOptions{Settings: daemon.SimulatedSettings(cfg), Days: s.Days, Seed: s.Seed}
	if s.Days < 1 || s.Days > simulateMost {
		return o, usage("--days %d; use 1 to %d", s.Days, simulateMost)
	}
	routine := cfg.Routine
	date := planner.DateOf(now.In(routine.Location))
	if s.From != "" {
		var err error
		if date, err = planner.ParseDate(s.From); err != nil {
			return o, usage("--from: %w", err)
		}
	}
	o.From = routine.DayStart.On(date, routine.Location)
	if o.From.Year() < 2000 || o.From.Year() > 2100 {
		return o, usage("--from %s; use a day of the years 2000 to 2100", s.From)
	}
	var err error
	if o.Person, err = s.person(); err != nil {
		return o, err
	}
	if s.Faults == "some" {
		o.Faults = simulate.Ordinary(o.From, s.Days, s.Seed)
	}
	return o, nil
}

// suggestDays is how long somebody lives with each higher target before
// anything is said of it. A week is too short: of somebody who comes to the
// day's number on four days in ten it said "most days" for every third seed.
const suggestDays = 28

// trial is how a higher target did.
type trial struct {
	target  int
	reached int // days of suggestDays on which the day's number, the one asked for, was had
	helps   bool
}

// tried is the least target with which somebody who does not come to the day's
// number on most days clearly would, on two days in three; where none of the
// legal ones does, the one that comes closest. nil when they need none, or none
// is better. Whoever begins later than asked has less of the day left each
// time, and the even plan gives sessions up for it, so it helps to ask for more
// of them. A timetable and a ramp are what somebody wants as they stand.
func tried(o daemon.LifeOptions, life daemon.Life) *trial {
	routine := o.Settings.Routine
	if len(routine.Times) > 0 || len(routine.Ramp) > 0 || 2*daysWith(life, routine.Target) > len(life.Days) {
		return nil
	}
	o.Days = suggestDays
	best := trial{target: routine.Target}
	for target := routine.Target + 1; ; target++ {
		o.Settings.Routine.Target = target
		if problems, _ := o.Settings.Routine.Check(); len(problems) > 0 {
			break
		}
		if n := daysWith(daemon.Live(o), routine.Target); n > best.reached {
			best = trial{target, n, 3*n >= 2*suggestDays}
		}
		if best.helps {
			break
		}
	}
	// No better than the days that were asked about is no help.
	if !best.helps && best.reached*len(life.Days) <= daysWith(life, routine.Target)*suggestDays {
		return nil
	}
	return &best
}

// daysWith counts the days on which so many sessions were had.
func daysWith(life daemon.Life, sessions int) int {
	days := 0
	for _, d := range life.Days {
		if d.Sessions >= sessions {
			days++
		}
	}
	return days
}

// person is who lives with the routine: the one who is named, with what the
// other flags say. They alone make somebody who does nothing else wrong.
func (s *simulateCommand) person() (simulate.Person, error) {
	name := s.People
	if name == "" {
		name = simulate.People()[0].Name
		if s.Late != nil || s.Skip != nil || s.SleepThrough != nil {
			name = "on-time"
		}
	}
	p, ok := simulate.Find(name)
	if !ok {
		var names []string
		for _, p := range simulate.People() {
			names = append(names, p.Name)
		}
		return p, usage("--people %s is nobody; there are %s", name, strings.Join(names, ", "))
	}
	if s.Late != nil {
		d, ok := length(*s.Late)
		if !ok || d < 0 || d > simulateLateMost {
			return p, usage("%s %s; use a length of 0m to 4h, such as 20m", "--late", *s.Late)
		}
		how := "at once"
		if d > 0 {
			how = spelt(d) + " after a reminder"
		}
		p.Name, p.Late = p.Name+", "+how, simulate.Spread{Mean: d, Share: lateShare}
	}
	for _, share := range []struct {
		flag, word string
		given      *float64
		into       *float64
	}{
		{"--skip", "skips", s.Skip, &p.Skip},
		{"--sleep-through", "sleeps through", s.SleepThrough, &p.SleepThrough},
	} {
		if share.given == nil {
			continue
		}
		if !(*share.given >= 0 && *share.given <= 1) {
			return p, usage("%s %g; use a share of 0 to 1, such as 0.2", share.flag, *share.given)
		}
		p.Name += fmt.Sprintf(", %s %g", share.word, *share.given)
		*share.into = *share.given
	}
	return p, nil
}
