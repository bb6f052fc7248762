package planner

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestPowerSession(t *testing.T) {
	for _, c := range []struct {
		name, log, now, at string
		change             func(t *testing.T, r *Routine)
		want               string // the plan's power sessions
		missing            int
	}{
		{"it lies at its time", "07:00 09:40 12:20", "12:25", "20:00", nil, "10T20:00", 0},
		{"a logged one is the day's", "07:00 09:40P", "12:25", "20:00", nil, "", 0},
		{"so is one that passed", "07:00 09:40 l12:20P", "13:10", "20:00", nil, "", 0},
		{"one of the day before is not", "9T20:00P 07:00 09:40", "09:45", "20:00", nil, "10T20:00", 0},
		{"it begins on its date", "07:00 09:40", "09:45", "20:00", func(_ *testing.T, r *Routine) {
			r.Power.Starting = Date{2026, 6, 11}
		}, "", 0},
		{"and not a day later", "07:00 09:40", "09:45", "20:00", func(_ *testing.T, r *Routine) {
			r.Power.Starting = Date{2026, 6, 10}
		}, "10T20:00", 0},
		{"it moves out of busy time", "07:00 09:40", "09:45", "20:00", func(t *testing.T, r *Routine) {
			r.Busy = []Busy{{Range: *rangeOf(t, "20:10-22:00")}}
		}, "10T19:10", 0},
		{"it is left out where nothing is free", "07:00 09:40", "09:45", "20:00", func(t *testing.T, r *Routine) {
			r.Busy = []Busy{{Range: *rangeOf(t, "18:40-21:50")}}
		}, "", 1},
		{"of two equally far from its time it is the earlier", "13:00 15:45", "15:50", "20:00", func(t *testing.T, r *Routine) {
			r.Sleep, r.Overnight.Window = nil, nil
			r.Busy = []Busy{{Range: *rangeOf(t, "16:00-18:50")}, {Range: *rangeOf(t, "19:50-21:10")}, {Range: *rangeOf(t, "22:10-23:30")}}
		}, "10T18:50 11T18:50", 0},
		{"it keeps out of sleep", "07:00 09:40 12:20 15:00 17:40 20:20", "20:25", "22:40", nil, "10T22:00 11T22:00", 0},
		{"unless its time is asleep", "20:00 23:00", "23:05", "02:00", func(_ *testing.T, r *Routine) { r.Power.Flex = 0 }, "11T02:00 12T02:00", 0},
		{"with its time gone by it is not asked for", "07:00 22:00", "22:05", "20:00", nil, "11T20:00", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Default(zone(t, "America/New_York"))
			p := DefaultPower(clock(t, c.at))
			r.Power = &p
			if c.change != nil {
				c.change(t, &r)
			}
			plan := Make(r, logged(t, c.log), june(t, c.now))
			var got []string
			for _, s := range plan.Starts {
				if s.Kind == StartPower {
					got = append(got, s.At.Format("2T15:04"))
				}
			}
			if strings.Join(got, " ") != c.want || plan.Cost.PowerMissing != c.missing {
				t.Errorf("%v and %d missing, want %s and %d: %v", got, plan.Cost.PowerMissing, c.want, c.missing, plan.Starts)
			}
		})
	}
}

// TestPowerTimeTwiceInADay: the day on which the clocks go forward begins in
// the skipped hour, so that its edge and the power time fall together, and the
// power time comes again before the next edge.
func TestPowerTimeTwiceInADay(t *testing.T) {
	r := Default(zone(t, "America/New_York"))
	r.Sleep, r.Overnight.Window = nil, nil
	p := DefaultPower(clock(t, "02:10"))
	p.Flex, r.Power, r.DayStart = 30*time.Minute, &p, clock(t, "02:30")
	now := instantText(t, "2026-03-08T00:30:00-05:00")
	plan := Make(r, History{Sessions: []Session{{Start: now, Kind: Pump}}, Since: now.AddDate(0, 0, -9)}, now)
	k := slices.IndexFunc(plan.Starts, func(s Start) bool { return s.Kind == StartPower })
	if k < 0 || !plan.Starts[k].At.Equal(instantText(t, "2026-03-08T03:00:00-04:00")) {
		t.Errorf("%v", plan.Starts)
	}
}

// TestClosestPlansAreNotOverlooked: each of a day's last starts at the least
// gap after the one before, so that the only plan that reaches the number has
// no room to spare.
func TestClosestPlansAreNotOverlooked(t *testing.T) {
	r := Default(zone(t, "America/New_York"))
	r.Overnight.Window, r.Sleep, r.DayStart = nil, nil, 0
	r.Target = 5
	h := logged(t, "17:55")
	h.Since = june(t, "1T00:00")
	plan := Make(r, h, june(t, "18:00"))
	var got []string
	for _, s := range plan.Starts[:4] {
		got = append(got, s.At.Format("2T15:04"))
	}
	if want := []string{"10T19:25", "10T20:55", "10T22:25", "10T23:55"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
