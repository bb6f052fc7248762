package planner

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// drawWorld draws a routine with busy time, a history with pauses, and an
// instant.
func drawWorld(t *rapid.T) (Routine, History, time.Time) {
	loc := drawZone(t)
	r := drawRoutine(t, loc)
	for range rapid.IntRange(0, 2).Draw(t, "busy") {
		r.Busy = append(r.Busy, Busy{Range: drawRange(t, "busy", 30, 300), Days: Weekdays(rapid.IntRange(0, 127).Draw(t, "days"))})
	}
	now := drawNow(t, loc)
	if rapid.Bool().Draw(t, "timetable") {
		drawTimes(t, &r, 14)
	}
	drawRamp(t, &r, now)
	drawPowerLine(t, &r)
	h := drawHistory(t, now)
	drawPauses(t, &h, now)
	return r, h, now
}

// due reports whether the plan's first start is due, so that its rest follows
// no start of the log.
func due(p Plan) bool { return len(p.Starts) > 0 && !p.Starts[0].At.After(p.Now) }

func TestNoSingleChangeImprovesAPlan(t *testing.T) {
	cache := wallCache{}
	rapid.Check(t, func(t *rapid.T) {
		r, h, now := drawWorld(t)
		p := Make(r, h, now)
		if p.Anchor.IsZero() || due(p) {
			return
		}
		o := oracleFor(cache, r, h, now, nil)
		plan := plannedOf(p.Starts)
		if !o.keeps(plan) {
			t.Fatalf("%v breaks a principle that is never broken", plan)
		}
		cost := o.cost(plan)
		if cost != p.Cost {
			t.Fatalf("the plan says it costs %+v, it costs %+v", p.Cost, cost)
		}
		try := func(what string, other []oracleStart) {
			if o.keeps(other) && (o.better(o.cost(other), cost) || o.cost(other) == cost && len(other) == len(plan) && earlier(other, plan)) {
				t.Fatalf("%s is better: %+v rather than %+v\n%v\n%v", what, o.cost(other), cost, other, plan)
			}
		}
		nodes := int(o.horizon.Sub(o.anchor) / (5 * time.Minute))
		for range 60 {
			at := o.anchor.Truncate(5 * time.Minute).Add(time.Duration(rapid.IntRange(1, nodes).Draw(t, "node")) * 5 * time.Minute)
			power := rapid.Bool().Draw(t, "power")
			k, _ := slices.BinarySearchFunc(plan, at, func(s oracleStart, at time.Time) int { return s.at.Compare(at) })
			try("an insertion", slices.Insert(slices.Clone(plan), k, oracleStart{at, power}))
			for _, moved := range []int{k - 1, k} {
				if 0 <= moved && moved < len(plan) {
					other := slices.Clone(plan)
					other[moved] = oracleStart{at, power}
					try("a move", other)
				}
			}
		}
		for k := range plan {
			try("a removal", slices.Delete(slices.Clone(plan), k, k+1))
			for _, step := range []time.Duration{-5 * time.Minute, 0, 5 * time.Minute} {
				for _, power := range []bool{true, false} {
					other := slices.Clone(plan)
					other[k] = oracleStart{other[k].at.Add(step), power}
					try("a small move", other)
				}
			}
		}
	})
}

// TestAskingLaterGivesTheSameFirstStart: exempt is an anchor that becomes a day
// old meanwhile, and an entry of the future that comes to count.
func TestAskingLaterGivesTheSameFirstStart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, h, now := drawWorld(t)
		if rapid.IntRange(0, 4).Draw(t, "no anchor") == 0 {
			h.Sessions, h.Passed = nil, nil
		}
		p := Make(r, h, now)
		if len(p.Starts) == 0 {
			return
		}
		wait := max(p.Starts[0].At.Sub(now), 0)
		if !p.Anchor.IsZero() {
			wait = min(wait, 24*time.Hour-now.Sub(p.Anchor)-time.Second)
		}
		if due(p) {
			wait = 3 * time.Hour
			if !p.Anchor.IsZero() {
				wait = min(wait, 24*time.Hour-now.Sub(p.Anchor)-time.Second)
			}
		}
		later := now.Add(time.Duration(rapid.Int64Range(0, int64(wait)).Draw(t, "wait")))
		q := Make(r, h, later)
		if a, b := p.Starts[0], q.Starts[0]; !sameStart(a, b) {
			t.Fatalf("at %v it is %v, at %v it is %v", now, a, later, b)
		}
		if !due(q) && (!p.Horizon.Equal(q.Horizon) || p.Cost != q.Cost || !slices.EqualFunc(p.Starts, q.Starts, sameStart)) {
			t.Fatalf("the plan changed from %+v to %+v", p, q)
		}
	})
}

// crowded reports whether a time is listed closer after the start than the
// least gap: it may be put off once that start is the anchor, and not before.
func crowded(r Routine, s Start) bool {
	var c calendar
	at, gap := instantOf(s.At), instant(r.MinGap)
	if s.Kind == StartPower {
		gap = instant(r.gapAfterPower(r.PowerLength()))
	}
	c.cover(r.Location, at-3*day, at+3*day)
	return slices.ContainsFunc(c.listed(nil, r.Times, c.date(at)-1, c.date(at)+1), span{at + 1, at + gap}.holds)
}

// TestDoingWhatThePlanSaysKeepsThePlan: exempt are times listed too close
// together.
func TestDoingWhatThePlanSaysKeepsThePlan(t *testing.T) {
	followed := 0
	rapid.Check(t, func(t *rapid.T) {
		r, h, now := drawWorld(t)
		p := Make(r, h, now)
		for range 12 {
			if p.Anchor.IsZero() || due(p) || len(p.Starts) == 0 {
				return
			}
			s := p.Starts[0]
			if s.At.Sub(p.Anchor) >= 24*time.Hour || crowded(r, s) {
				return
			}
			kind := Pump
			if s.Kind == StartPower {
				kind = PowerSession
			}
			h.Sessions = append(h.Sessions, Session{Start: s.At, Kind: kind})
			q := Make(r, h, s.At.Add(time.Minute))
			if due(q) {
				return
			}
			if q.Horizon.Equal(p.Horizon) {
				followed++
				same := func(a, b Start) bool {
					return a.At.Equal(b.At) && (a.Kind == StartPower) == (b.Kind == StartPower) && a.Wakes == b.Wakes
				}
				if !slices.EqualFunc(p.Starts[1:], q.Starts, same) {
					t.Fatalf("after %v the rest was\n%v\nand is\n%v", s, p.Starts[1:], q.Starts)
				}
			}
			p = q
		}
	})
	if followed == 0 {
		t.Error("no plan was followed")
	}
}

// TestDueLiesBetweenTheLeastGapAndTheLimit holds for the default routine in
// any zone, without a pause and with an anchor less than a day old.
func TestDueLiesBetweenTheLeastGapAndTheLimit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		loc := drawZone(t)
		now := drawNow(t, loc)
		h := drawHistory(t, now)
		r := Default(loc)
		p := Make(r, h, now)
		if p.Anchor.IsZero() {
			return
		}
		first := p.Starts[0].At
		if first.Before(p.Anchor.Add(r.MinGap)) || first.After(p.Limit) {
			t.Fatalf("%v is not between %v and %v", first, p.Anchor.Add(r.MinGap), p.Limit)
		}
	})
}

func TestThreeDaysOfHistoryAreEnough(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, h, now := drawWorld(t)
		h.Since = now.Add(-time.Duration(rapid.IntRange(0, 500).Draw(t, "since")) * time.Hour)
		short := History{Pauses: h.Pauses, Since: h.Since}
		for _, s := range h.Sessions {
			if now.Sub(s.Start) <= 72*time.Hour {
				short.Sessions = append(short.Sessions, s)
			}
		}
		for _, p := range h.Passed {
			if now.Sub(p.At) <= 72*time.Hour {
				short.Passed = append(short.Passed, p)
			}
		}
		for at := now.Add(-72*time.Hour - time.Second); at.After(now.AddDate(-1, 0, 0)); {
			h.Sessions = append(h.Sessions, Session{Start: at, Kind: Pump})
			h.Passed = append(h.Passed, Passed{At: at.Add(-2 * time.Hour)})
			at = at.Add(-3*time.Hour - time.Duration(rapid.IntRange(0, 4000).Draw(t, "minutes between"))*time.Minute)
		}
		p, q := Make(r, h, now), Make(r, short, now)
		if p.State != q.State || !p.Horizon.Equal(q.Horizon) || p.Cost != q.Cost || !slices.EqualFunc(p.Starts, q.Starts, sameStart) {
			t.Fatalf("a year gives %+v, three days give %+v", p, q)
		}
	})
}

// TestEveryStartIsExplained: on any plan, the sentences keep to how texts speak.
func TestEveryStartIsExplained(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, h, now := drawWorld(t)
		for _, s := range Make(r, h, now).Starts {
			checkOffer(t, s)
			if s.At.Unix()%300 != 0 {
				t.Errorf("%v is not on the grid", s.At)
			}
		}
	})
}
