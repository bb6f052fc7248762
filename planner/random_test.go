package planner

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"
)

// zones have a time change of an hour (some of them at or near midnight, one
// of which skips from one date to the next, one for a month only), of half an
// hour and of two hours, a three-quarter offset, and none.
func zones() []string {
	return []string{
		"America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago",
		"America/Havana", "America/St_Johns", "Asia/Kathmandu", "UTC", "Asia/Beirut", "America/Scoresbysund",
		"Africa/Casablanca", "Antarctica/Troll",
	}
}

// drawNow draws an instant, half of the time within two days of a time change.
func drawNow(t *rapid.T, loc *time.Location) time.Time {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 3*365*24*60).Draw(t, "now")) * time.Minute)
	if rapid.Bool().Draw(t, "near a time change") {
		if _, change := now.In(loc).ZoneBounds(); !change.IsZero() {
			now = change.Add(time.Duration(rapid.IntRange(-48*60, 30*60).Draw(t, "minutes from the change")) * time.Minute)
		}
	}
	return now.Add(time.Duration(rapid.IntRange(0, 59).Draw(t, "second")) * time.Second).In(loc)
}

func drawZone(t *rapid.T) *time.Location {
	loc, err := time.LoadLocation(rapid.SampledFrom(zones()).Draw(t, "zone"))
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func drawMinutes(t *rapid.T, name string, from, to, step int) time.Duration {
	return time.Duration(rapid.IntRange(from/step, to/step).Draw(t, name)*step) * time.Minute
}

// drawTime draws a wall-clock time, mostly on the grid.
func drawTime(t *rapid.T, name string) TimeOfDay {
	at := rapid.IntRange(0, 287).Draw(t, name) * 5
	if rapid.IntRange(0, 9).Draw(t, name+" off the grid") == 0 {
		at += rapid.IntRange(1, 4).Draw(t, name+" by")
	}
	return TimeOfDay(at)
}

func drawRange(t *rapid.T, name string, shortest, longest int) Range {
	from := drawTime(t, name)
	length := rapid.IntRange(shortest/5, longest/5).Draw(t, name+" length") * 5
	return Range{from, (from + TimeOfDay(length)) % minutesOfDay}
}

// drawRoutine draws a routine whose values are legal one by one.
func drawRoutine(t *rapid.T, loc *time.Location) Routine {
	r := Default(loc)
	r.Target = rapid.IntRange(1, 14).Draw(t, "target")
	r.Session = drawMinutes(t, "session", 5, 60, 5)
	r.MinGap = drawMinutes(t, "min_gap", max(60, int(r.Session/time.Minute)+5), 240, 5)
	r.NudgeBefore = drawMinutes(t, "nudge_before", 0, 60, 5)
	shortest := int((r.MinGap + r.NudgeBefore + 5*time.Minute) / time.Minute)
	r.MaxGap = drawMinutes(t, "max_gap", shortest, min(12*60, 9*60+int(r.NudgeBefore/time.Minute)), 5)
	r.NightGap = drawMinutes(t, "night_gap", int((r.MaxGap-r.NudgeBefore)/time.Minute), 9*60, 5)
	r.WakeGrace = drawMinutes(t, "wake_grace", 0, 120, 5)
	r.Merge = drawMinutes(t, "merge", 0, 60, 5)
	r.CatchUp = rapid.IntRange(0, 4).Draw(t, "catch_up")
	r.Sleep = nil
	if rapid.IntRange(0, 4).Draw(t, "sleep on") > 0 {
		s := drawRange(t, "sleep", 60, 12*60)
		r.Sleep = &s
	}
	r.DayStart = drawTime(t, "day_start")
	r.Overnight = Overnight{Sessions: rapid.IntRange(1, 3).Draw(t, "overnight")}
	if rapid.IntRange(0, 4).Draw(t, "window on") > 0 {
		w := drawRange(t, "window", 30, 8*60)
		r.Overnight.Window = &w
	}
	if rapid.Bool().Draw(t, "power on") {
		p := DefaultPower(drawTime(t, "power at"))
		p.Flex = drawMinutes(t, "flex", 0, 180, 5)
		p.Pattern = []time.Duration{r.Session, 5 * time.Minute, drawMinutes(t, "power end", 25, 25, 5)}
		r.Power = &p
	}
	return r
}

// drawHistory draws up to a few days of sessions and passed starts before now,
// and pauses around it.
func drawHistory(t *rapid.T, now time.Time) History {
	var h History
	at := now.Add(-time.Duration(rapid.IntRange(-4, 18*60).Draw(t, "anchor's age")) * time.Minute)
	for range rapid.IntRange(1, 14).Draw(t, "entries") {
		switch rapid.IntRange(0, 7).Draw(t, "entry") {
		case 0:
			h.Passed = append(h.Passed, Passed{At: at, Skipped: rapid.Bool().Draw(t, "skipped")})
		case 1:
			h.Passed = append(h.Passed, Passed{At: at, Power: true})
		case 2:
			h.Sessions = append(h.Sessions, Session{Start: at, Kind: PowerSession, Length: drawMinutes(t, "length", 0, 60, 20)})
		default:
			h.Sessions = append(h.Sessions, Session{Start: at, Kind: Pump})
		}
		at = at.Add(-time.Duration(rapid.IntRange(0, 300*60).Draw(t, "seconds between")) * time.Second)
	}
	h.Since = at.Add(-240 * time.Hour)
	if rapid.Bool().Draw(t, "begun lately") {
		h.Since = now.Add(-time.Duration(rapid.IntRange(0, 20*60).Draw(t, "since")) * time.Minute)
	}
	return h
}

func drawPauses(t *rapid.T, h *History, now time.Time) {
	for range rapid.IntRange(0, 2).Draw(t, "pauses") {
		from := now.Add(time.Duration(rapid.IntRange(-10*60, 5*60).Draw(t, "pause from")) * time.Minute)
		h.Pauses = append(h.Pauses, Pause{from, from.Add(drawMinutes(t, "pause", 5, 400, 5))})
	}
}

// drawTimes draws a timetable, or none: times of day in any order, now and then
// too close or off the grid, and cron lines.
func drawTimes(t *rapid.T, r *Routine, most int) {
	switch n := rapid.IntRange(0, most).Draw(t, "times"); {
	case n < 3:
	case rapid.Bool().Draw(t, "spaced"):
		at := drawTime(t, "first time")
		for range n {
			r.Times = append(r.Times, Clockwork{At: at})
			at = (at + TimeOfDay(minutesOfDay/n) + TimeOfDay(5*rapid.IntRange(-4, 4).Draw(t, "moved by"))) % minutesOfDay
		}
	default:
		for range n {
			r.Times = append(r.Times, Clockwork{At: drawTime(t, "time")})
		}
	}
	if len(r.Times) > 2 && rapid.IntRange(0, 3).Draw(t, "line") == 0 {
		r.Times = append(r.Times[2:], Clockwork{Line: drawLine(t)})
	}
}

func drawLine(t *rapid.T) *Line {
	day, week := "*", "*"
	if rapid.Bool().Draw(t, "some days") {
		day = fmt.Sprintf("%d-%d", rapid.IntRange(1, 15).Draw(t, "from day"), rapid.IntRange(15, 31).Draw(t, "to day"))
	}
	if rapid.Bool().Draw(t, "some weekdays") {
		week = fmt.Sprintf("%d-%d", rapid.IntRange(0, 3).Draw(t, "from weekday"), rapid.IntRange(3, 6).Draw(t, "to weekday"))
	}
	a, b := rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 23).Draw(t, "other hour")
	line, err := ParseLine(fmt.Sprintf("%d %d,%d %s * %s", rapid.IntRange(0, 59).Draw(t, "line's minute"), a, b, day, week))
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// drawRamp draws dated targets around now.
func drawRamp(t *rapid.T, r *Routine, now time.Time) {
	for range rapid.IntRange(0, 3).Draw(t, "steps") {
		date := DateOf(now.AddDate(0, 0, rapid.IntRange(-3, 3).Draw(t, "step")))
		if !slices.ContainsFunc(r.Ramp, func(s Step) bool { return s.From == date }) {
			r.Ramp = append(r.Ramp, Step{date, rapid.IntRange(1, 14).Draw(t, "step's target")})
		}
	}
}

// drawPowerLine gives the power session, if there is one, a cron line now and then.
func drawPowerLine(t *rapid.T, r *Routine) {
	if r.Power != nil && rapid.IntRange(0, 3).Draw(t, "power line") == 0 {
		r.Power.Line = drawLine(t)
	}
}
