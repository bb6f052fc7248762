package daemon

import (
	"flag"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/planner"
)

// promiseRuns is how many lives TestThePromise lives. More of them, and others:
//
//	go test -run Promise -promise.runs 2000 -promise.seed 7 ./daemon
var promiseRuns = flag.Int("promise.runs", 60, "how many random lives the promise is held against")

// promiseSeed is where the random lives begin: the same ones in every run, so
// that a red test is one of the change it stands beside. Another number looks
// at other lives.
var promiseSeed = flag.Int("promise.seed", 1, "where the random lives of the promise begin")

// checkLives holds a property against so many random lives.
func checkLives(t *testing.T, runs int, property func(*rapid.T)) {
	t.Helper()
	for name, n := range map[string]int{"rapid.checks": runs, "rapid.seed": *promiseSeed} {
		f := flag.Lookup(name)
		before := f.Value.String()
		if err := f.Value.Set(strconv.Itoa(n)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Value.Set(before) })
	}
	rapid.Check(t, property)
}

// TestThePromise: whoever lives with whatever routine, and whatever does not
// work, no line of the promise is broken.
func TestThePromise(t *testing.T) {
	checkLives(t, *promiseRuns, func(t *rapid.T) {
		o := drawLife(t, everyFault())
		o.twice = rapid.IntRange(0, 9).Draw(t, "asks twice") == 9
		o.afresh = o.twice
		if life := Live(o); len(life.Broken) > 0 {
			t.Fatal(counterexample(o, life))
		}
	})
}

// counterexample tells a broken life: what it was made from, what was broken,
// and what happened around the first break.
func counterexample(o LifeOptions, life Life) string {
	zone := o.Settings.Routine.Location
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d, %d days from %s in %s\nroutine %s\n", o.Seed, o.Days, o.From.Format("Mon 2 Jan 2006 15:04 MST"), zone, routineText(o.Settings.Routine))
	fmt.Fprintf(&b, "policies %+v\nrest after %s, use %s, channels", o.Settings.Policies, o.Settings.RestAfter, o.Settings.Use)
	for _, f := range o.Settings.Channels {
		fmt.Fprintf(&b, " %s (%s, awake %v)", f.Name, f.Type, f.Awake)
	}
	fmt.Fprintf(&b, "\nperson %+v\n", o.Person)
	for _, f := range o.Faults {
		fmt.Fprintf(&b, "fault %s %s from %s to %s by %s\n", f.Kind, f.Channel, f.From.In(zone).Format("Mon 15:04:05"), f.To.In(zone).Format("Mon 15:04:05"), f.By)
	}
	around := time.Time{}
	for _, broken := range life.Broken {
		fmt.Fprintf(&b, "BROKEN at %s: %s: %s\n", broken.At.In(zone).Format("Mon 15:04:05"), broken.Line, broken.Text)
		around = sooner(around, broken.At)
	}
	for _, m := range life.Timeline {
		if around.IsZero() || m.At.Sub(around).Abs() < 12*time.Hour {
			fmt.Fprintf(&b, "  %s %s %s %s %s\n", m.At.In(zone).Format("Mon 15:04:05"), m.What, m.Kind, m.Key, m.Text)
		}
	}
	return b.String()
}

func routineText(r planner.Routine) string {
	text := fmt.Sprintf("%+v", r)
	if r.Sleep != nil {
		text += fmt.Sprintf(" sleep %v", *r.Sleep)
	}
	if r.Overnight.Window != nil {
		text += fmt.Sprintf(" window %v", *r.Overnight.Window)
	}
	if r.Power != nil {
		text += fmt.Sprintf(" power %v", *r.Power)
	}
	return text
}

// lifeSettings are the defaults in a zone, with one phone.
func lifeSettings(tb testing.TB, zone string) Settings {
	tb.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		tb.Fatal(err)
	}
	return Settings{
		Routine: planner.Default(loc), RestAfter: 48 * time.Hour, Policies: config.DefaultReminders(),
		Privacy: config.Discreet, Use: config.UseFirst, Channels: []Facts{phone("pushover")},
	}
}

var _ = journal.Open
