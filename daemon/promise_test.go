package daemon

import (
	"flag"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/planner"
)

// promiseRuns is how many lives TestThePromise lives. More of them, and others:
//
//	go test ./daemon -run Promise -promise.runs=2000 -promise.seed=7
var promiseRuns = flag.Int("promise.runs", 60, "how many random lives the promise is held against")

// promiseSeed is where the random lives begin: the same ones in every run, so
// that a red test is one of the change it stands beside. Another number looks
// at other lives.
var promiseSeed = flag.Int("promise.seed", 1, "where the random lives of the promise begin")

// checkLives holds a property against so many random lives, on every core,
// and shrinks the first that breaks it. A property says what is broken; empty:
// nothing is. Life i has the seed promise.seed + i, whatever the others are.
func checkLives(t *testing.T, runs int, draw func(*rapid.T) LifeOptions, property func(LifeOptions) string) {
	t.Helper()
	lives := rapid.Custom(draw)
	var next atomic.Int64
	var broken sync.Map
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := int(next.Add(1)) - 1; i < runs; i = int(next.Add(1)) - 1 {
				if text := property(lives.Example(*promiseSeed + i)); text != "" {
					broken.Store(*promiseSeed+i, text)
				}
			}
		})
	}
	workers.Wait()
	var seeds []int
	broken.Range(func(seed, _ any) bool {
		seeds = append(seeds, seed.(int))
		return true
	})
	if len(seeds) == 0 {
		return
	}
	slices.Sort(seeds)
	t.Logf("%d of %d lives broke it; their seeds: %v", len(seeds), runs, seeds)
	first, _ := broken.Load(seeds[0])
	t.Logf("life %d, as it was drawn:\n%s", seeds[0], first)
	shrink(t, seeds[0], draw, property)
	t.Fail()
}

// shrink looks for the plainest life like the one of a seed that is broken
// too, and tells it.
func shrink(t *testing.T, seed int, draw func(*rapid.T) LifeOptions, property func(LifeOptions) string) {
	t.Helper()
	for name, value := range map[string]string{"rapid.checks": "1", "rapid.seed": strconv.Itoa(seed), "rapid.nofailfile": "true", "rapid.shrinktime": "10s"} {
		f := flag.Lookup(name)
		before := f.Value.String()
		if err := f.Value.Set(value); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Value.Set(before) })
	}
	rapid.Check(t, func(t *rapid.T) {
		if text := property(draw(t)); text != "" {
			t.Fatal(text)
		}
	})
}

// TestThePromise: whoever lives with whatever routine, and whatever does not
// work, no line of the promise is broken.
func TestThePromise(t *testing.T) {
	checkLives(t, *promiseRuns, drawPromise, func(o LifeOptions) string {
		life := Live(o)
		if len(life.Broken) == 0 {
			return ""
		}
		return counterexample(o, life)
	})
}

// drawPromise draws a life that the promise is held against.
func drawPromise(t *rapid.T) LifeOptions {
	o := drawLife(t, everyFault())
	o.twice = rapid.IntRange(0, 9).Draw(t, "asks twice") == 9
	o.afresh = o.twice
	if rapid.IntRange(0, 3).Draw(t, "dies") == 3 { // once, at a commit of the first day or two
		o.crash = crashPoint{rapid.IntRange(1, 150).Draw(t, "dies at commit"), rapid.Bool().Draw(t, "dies before it")}
	}
	return o
}

// counterexample tells a broken life: what it was made from, what was broken,
// and what happened around the first break.
func counterexample(o LifeOptions, life Life) string {
	zone := o.Settings.Routine.Location
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d, %d days from %s in %s\n%s", o.Seed, o.Days, o.From.Format("Mon 2 Jan 2006 15:04 MST"), zone, settingsText(&o.Settings))
	for _, e := range o.Edits {
		fmt.Fprintf(&b, "edit at %s, or while a reminder is open: %v\n%s", e.At.In(zone).Format("Mon 15:04:05"), e.Open, settingsText(&e.Settings))
	}
	fmt.Fprintf(&b, "person %+v\n", o.Person)
	for _, f := range o.Faults {
		fmt.Fprintf(&b, "fault %s %s from %s to %s by %s\n", f.Kind, f.Channel, f.From.In(zone).Format("Mon 15:04:05"), f.To.In(zone).Format("Mon 15:04:05"), f.By)
	}
	around := time.Time{}
	for _, broken := range life.Broken {
		fmt.Fprintf(&b, "BROKEN at %s: %s: %s\n", broken.At.In(zone).Format("Mon 15:04:05"), broken.Line, broken.Text)
		around = sooner(around, broken.At)
	}
	for _, m := range life.Timeline {
		if around.IsZero() || around.Sub(m.At) < 26*time.Hour && m.At.Sub(around) < 3*time.Hour {
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
