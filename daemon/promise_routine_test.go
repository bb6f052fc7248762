package daemon

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"nightbell/planner"
)

// drawRoutine draws a routine that passes its check, for a life that begins at
// from. It is drawn a part at a time, and a part that does not go with those
// before it is left out.
func drawRoutine(t *rapid.T, loc *time.Location, from time.Time) planner.Routine {
	r := planner.Default(loc)
	switch rapid.IntRange(0, 3).Draw(t, "routine") {
	case 0:
		return r
	case 1:
		fits(&r, func(r *planner.Routine) {
			r.Overnight.Sessions = rapid.IntRange(1, 3).Draw(t, "overnight")
			r.Target = rapid.IntRange(4, 10).Draw(t, "target")
		})
	default:
		fits(&r, func(r *planner.Routine) { drawNight(t, r) })
		fits(&r, func(r *planner.Routine) { drawGaps(t, r) })
		fits(&r, func(r *planner.Routine) { r.Target = rapid.IntRange(1, 12).Draw(t, "target") })
		fits(&r, func(r *planner.Routine) { drawPower(t, r, from) })
		fits(&r, func(r *planner.Routine) { drawBusy(t, r) })
	}
	fits(&r, func(r *planner.Routine) { r.Times = drawTimes(t) })
	fits(&r, func(r *planner.Routine) { drawRamp(t, r, from) })
	return r
}

// fits changes a routine where it passes its check with the change.
func fits(r *planner.Routine, change func(*planner.Routine)) {
	with := *r
	change(&with)
	if problems, _ := with.Check(); len(problems) == 0 {
		*r = with
	}
}

// drawMinutes draws a length of from to to, in steps.
func drawMinutes(t *rapid.T, name string, from, to, step int) time.Duration {
	return time.Duration(from+step*rapid.IntRange(0, (to-from)/step).Draw(t, name)) * time.Minute
}

// drawTime draws a time of day, on a quarter of an hour.
func drawTime(t *rapid.T, name string) planner.TimeOfDay {
	return planner.TimeOfDay(rapid.IntRange(0, 95).Draw(t, name) * 15)
}

// drawRange draws a stretch of so many half hours.
func drawRange(t *rapid.T, name string, shortest, longest int) planner.Range {
	from := drawTime(t, name)
	return planner.Range{From: from, To: (from + planner.TimeOfDay(rapid.IntRange(shortest, longest).Draw(t, name+" length")*30)) % (24 * 60)}
}

// drawNight draws sleep and the overnight window: inside sleep, anywhere, or off.
func drawNight(t *rapid.T, r *planner.Routine) {
	r.Overnight.Sessions = rapid.IntRange(1, 3).Draw(t, "overnight")
	if rapid.IntRange(0, 3).Draw(t, "sleep off") == 3 {
		r.Sleep = nil
	} else {
		sleep := drawRange(t, "sleep", 4, 24)
		r.Sleep = &sleep
		r.Overnight.Window = &planner.Range{From: (sleep.From + 60) % (24 * 60), To: (sleep.From + 300) % (24 * 60)}
	}
	switch rapid.IntRange(0, 5).Draw(t, "window") {
	case 4:
		window := drawRange(t, "window from", 1, 16)
		r.Overnight.Window = &window
	case 5:
		r.Overnight.Window = nil
	}
	if r.DayStart = planner.DefaultDayStart(r.Sleep); rapid.IntRange(0, 3).Draw(t, "other day_start") == 3 {
		r.DayStart = drawTime(t, "day_start")
	}
}

// drawGaps draws lengths.
func drawGaps(t *rapid.T, r *planner.Routine) {
	r.Session = drawMinutes(t, "session", 5, 60, 5)
	r.MinGap = drawMinutes(t, "min_gap", 60, 180, 15)
	if rapid.IntRange(0, 3).Draw(t, "other nudge_before") == 3 {
		r.NudgeBefore = drawMinutes(t, "nudge_before", 0, 60, 5)
	}
	r.MaxGap = r.MinGap + r.NudgeBefore + drawMinutes(t, "max_gap above", 5, 300, 5)
	r.NightGap = planner.DefaultNightGap(r.MaxGap, r.NudgeBefore)
	if least := int((r.MaxGap - r.NudgeBefore) / time.Minute); rapid.IntRange(0, 3).Draw(t, "other night_gap") == 3 {
		r.NightGap = drawMinutes(t, "night_gap", least, max(least, 9*60), 5)
	}
	r.WakeGrace = drawMinutes(t, "wake_grace", 0, 120, 15)
	r.CatchUp = rapid.IntRange(0, 4).Draw(t, "catch_up")
	r.Merge = drawMinutes(t, "merge", 0, 60, 5)
}

// drawPower draws the power session, or none: at a time or by a cron line, at
// once or from a date on.
func drawPower(t *rapid.T, r *planner.Routine, from time.Time) {
	if rapid.IntRange(0, 2).Draw(t, "power") < 2 {
		return
	}
	p := planner.DefaultPower(drawTime(t, "power at"))
	if rapid.IntRange(0, 2).Draw(t, "power line") == 2 {
		p.Line = drawLine(t, "power", 1)
	}
	if rapid.IntRange(0, 2).Draw(t, "other flex") == 2 {
		p.Flex = drawMinutes(t, "flex", 0, 180, 15)
	}
	if rapid.IntRange(0, 2).Draw(t, "other pattern") == 2 {
		p.Pattern = []time.Duration{r.Session, 5 * time.Minute, 25 * time.Minute}
	}
	if rapid.IntRange(0, 2).Draw(t, "power starts") == 2 {
		p.Starting = planner.DateOf(from.AddDate(0, 0, rapid.IntRange(-1, 4).Draw(t, "power starting")))
	}
	r.Power = &p
}

func drawBusy(t *rapid.T, r *planner.Routine) {
	for range max(0, rapid.IntRange(-4, 2).Draw(t, "busy")) {
		b := planner.Busy{Range: drawRange(t, "busy from", 1, 12)}
		if rapid.IntRange(0, 2).Draw(t, "on some days") == 2 {
			b.Days, _ = planner.ParseWeekdays(rapid.SampledFrom([]string{"mon-fri", "sat,sun", "wed"}).Draw(t, "busy days"))
		}
		r.Busy = append(r.Busy, b)
	}
}

// drawTimes draws a timetable, or none: about even as published ones are, any
// times at all, or cron lines.
func drawTimes(t *rapid.T) []planner.Clockwork {
	var times []planner.Clockwork
	switch rapid.IntRange(0, 5).Draw(t, "times") {
	case 3: // uneven by up to an hour either way, from any hour on
		n := rapid.IntRange(4, 12).Draw(t, "times a day")
		for i, first := 0, drawTime(t, "first time"); i < n; i++ {
			at := int(first) + i*24*60/n/15*15 + 15*rapid.IntRange(-4, 4).Draw(t, "moved by")
			times = append(times, planner.Clockwork{At: planner.TimeOfDay((at + 24*60) % (24 * 60))})
		}
	case 4: // whatever somebody writes down
		for range rapid.IntRange(1, 9).Draw(t, "times a day") {
			times = append(times, planner.Clockwork{At: drawTime(t, "time")})
		}
	case 5:
		times = append(times, planner.Clockwork{Line: drawLine(t, "times", rapid.IntRange(2, 6).Draw(t, "hours"))})
		if rapid.Bool().Draw(t, "a second line") {
			times = append(times, planner.Clockwork{Line: drawLine(t, "more times", rapid.IntRange(1, 6).Draw(t, "more hours"))})
		}
		if rapid.Bool().Draw(t, "and a time") {
			times = append(times, planner.Clockwork{At: drawTime(t, "time")})
		}
	}
	return times
}

// drawLine draws a cron line of so many hours, on all days or on some.
func drawLine(t *rapid.T, name string, hours int) *planner.Line {
	var at []int
	for range hours {
		at = append(at, rapid.IntRange(0, 23).Draw(t, name+" hour"))
	}
	slices.Sort(at)
	list := ""
	for i, h := range slices.Compact(at) {
		if i > 0 {
			list += ","
		}
		list += fmt.Sprint(h)
	}
	minute := rapid.SampledFrom([]int{0, 30, 15, 59}).Draw(t, name+" minute") // 59 is off the grid
	days := rapid.SampledFrom([]string{"* * *", "* * mon-fri", "* * sat,sun", "*/2 * *", "1-15 * *"}).Draw(t, name+" days")
	line, err := planner.ParseLine(fmt.Sprintf("%d %s %s", minute, list, days))
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// drawRamp draws dated targets around the first days, in any order.
func drawRamp(t *rapid.T, r *planner.Routine, from time.Time) {
	for range max(0, rapid.IntRange(-4, 3).Draw(t, "ramp")) {
		step := planner.Step{
			From:   planner.DateOf(from.AddDate(0, 0, rapid.IntRange(-2, 4).Draw(t, "ramp from"))),
			Target: rapid.IntRange(1, 12).Draw(t, "ramp target"),
		}
		if !slices.ContainsFunc(r.Ramp, func(s planner.Step) bool { return s.From == step.From }) {
			r.Ramp = append(slices.Clip(r.Ramp), step)
		}
	}
}
