package planner

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// claim is a part of what is said of a start: its plan with the start moved to
// the time that the claim names, and what the oracle thinks of both.
type claim struct {
	o           *oracle
	plan, moved []oracleStart
	k           int
	at          time.Time // that the claim is about
	text        string
}

// clause is a sentence that a start's explanation may have a part of.
type clause struct {
	says  string
	holds func(c claim) bool
}

func clauses() []clause {
	dearer := func(of func(Cost) int) func(claim) bool {
		return func(c claim) bool {
			return c.o.keeps(c.moved) && of(c.o.cost(c.moved)) > of(c.o.cost(c.plan))
		}
	}
	// In the order in which they are looked for: the first that is said counts.
	return []clause{
		{"is inside your course", func(c claim) bool { return within(c.o.busy, c.at, time.Nanosecond) }},
		{"would run into your course", func(c claim) bool { return within(c.o.busy, c.at, c.length()) }},
		{"is inside your sleep", func(c claim) bool { return c.plan[c.k].power && within(c.o.sleeps, c.at, time.Nanosecond) }},
		{"would run into your sleep", func(c claim) bool { return c.plan[c.k].power && within(c.o.sleeps, c.at, c.length()) }},
		{"is inside a pause", func(c claim) bool {
			return within(pausesOf(c.o.h), c.at, time.Nanosecond)
		}},
		{"would be too close to", func(c claim) bool { return !c.o.keeps(c.moved) && c.tooClose() }},
		{"would take more of your sleep", dearer(func(c Cost) int { return c.Sleep })},
		{"would count for another day", dearer(func(c Cost) int { return c.Count })},
		{"lies outside your night window", dearer(func(c Cost) int { return c.Overnight })},
		{"longer than your limit", dearer(func(c Cost) int { return c.Excess })},
		{"comes before", func(c claim) bool { return c.k > 0 && c.at.Before(c.plan[c.k-1].at) || c.at.Before(c.o.anchor) }},
		{"comes after", func(c claim) bool { return c.k+1 < len(c.plan) && c.at.After(c.plan[c.k+1].at) }},
	}
}

func within(list []stretch, at time.Time, length time.Duration) bool {
	for _, s := range list {
		if at.Before(s.to) && s.from.Before(at.Add(length)) {
			return true
		}
	}
	return false
}

func pausesOf(h History) (list []stretch) {
	for _, p := range h.Pauses {
		list = append(list, stretch{from: p.From, to: p.To})
	}
	return list
}

func (c claim) length() time.Duration {
	if c.plan[c.k].power {
		return c.o.r.PowerLength()
	}
	return c.o.r.Session
}

// tooClose reports whether the moved start is less than a least gap away from
// one of its neighbours.
func (c claim) tooClose() bool {
	before, gap, after := c.o.anchor, c.o.gapAfter(c.o.power, c.o.length), c.o.horizon
	if c.k > 0 {
		before, gap = c.plan[c.k-1].at, c.o.gapAfter(c.plan[c.k-1].power, c.o.r.PowerLength())
	}
	if c.k+1 < len(c.plan) {
		after = c.plan[c.k+1].at
	}
	return c.at.Sub(before) < gap || after.Sub(c.at) < c.o.gapAfter(c.plan[c.k].power, c.o.r.PowerLength())
}

// nearest is the instant nearest to t at which a clock shows this time.
func nearest(t time.Time, clock string) time.Time {
	for away := time.Duration(0); ; away += time.Minute {
		for _, at := range []time.Time{t.Add(-away), t.Add(away)} {
			if at.Format("15:04") == clock {
				return at
			}
		}
	}
}

// TestWhatIsSaidOfAStartIsTrue holds every part of every sentence against the
// oracle, on days without a time change (there a clock's time is one instant).
func TestWhatIsSaidOfAStartIsTrue(t *testing.T) {
	cache, clock := wallCache{}, regexp.MustCompile(`\d\d:\d\d`)
	rapid.Check(t, func(t *rapid.T) {
		zone := drawZone(t)
		now := drawNow(t, zone)
		_, before := now.AddDate(0, 0, -2).Zone()
		if _, after := now.AddDate(0, 0, 4).Zone(); before != after {
			t.Skip("a time change")
		}
		r, h := drawRoutine(t, zone), drawHistory(t, now)
		drawPauses(t, &h, now)
		drawRamp(t, &r, now)
		if rapid.Bool().Draw(t, "busy") {
			r.Busy = []Busy{{Range: drawRange(t, "busy", 30, 8*60), Name: "course"}}
		}
		plan, x := Make(r, h, now), Explain(r, h, now)
		if plan.Anchor.IsZero() || due(plan) {
			return
		}
		o, starts := oracleFor(cache, r, h, now, nil), plannedOf(plan.Starts)
		for k, text := range x.Starts {
			for part := range strings.SplitSeq(strings.TrimSuffix(text, "."), "; ") {
				if part == "" {
					continue
				}
				c := claim{o: o, plan: starts, k: k, at: nearest(plan.Starts[k].At, clock.FindString(part)), text: part}
				c.moved = append([]oracleStart(nil), starts...)
				c.moved[k].at = c.at
				if !c.true() {
					t.Fatalf("%q is not true of %v in %v\n%+v power %+v", part, starts[k].at, starts, r, r.Power)
				}
			}
		}
	})
}

func (c claim) true() bool {
	for _, s := range clauses() {
		if strings.Contains(c.text, s.says) {
			return s.holds(c)
		}
	}
	return false
}

// TestTheMinutesPastTheLimitAddUp: what is said of each gap is the cost, to the
// minute, also of sessions that began between two minutes and on the nights of
// a time change.
func TestTheMinutesPastTheLimitAddUp(t *testing.T) {
	past := regexp.MustCompile(`(?:(\d+) h ?)?(?:(\d+)(?: min)?)? past your limit|by (?:(\d+) h ?)?(?:(\d+)(?: min)?)?[;.]`)
	rapid.Check(t, func(t *rapid.T) {
		r, h, now := drawWorld(t)
		for i := range r.Busy {
			r.Busy[i].Name = "course"
		}
		plan, x := Make(r, h, now), Explain(r, h, now)
		sum := 0
		for _, m := range past.FindAllStringSubmatch(x.Costs[0], -1) {
			number := func(s string) int { n, _ := strconv.Atoi(s); return n }
			sum += 60*(number(m[1])+number(m[3])) + number(m[2]) + number(m[4])
		}
		if plan.Cost.Excess > 0 && sum != plan.Cost.Excess {
			t.Fatalf("%d min past the limit are told as %d: %q", plan.Cost.Excess, sum, x.Costs[0])
		}
	})
}
