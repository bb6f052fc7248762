package planner

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

func rampKey(i int, key string) string { return "routine.ramp[" + strconv.Itoa(i) + "]." + key }

// ramp holds each dated target against its rules.
func (c *check) ramp() {
	begins := map[Date]bool{}
	for i, s := range c.r.Ramp {
		switch {
		case s.From.IsZero():
			c.problem(rampKey(i, "from"), "is missing; write a date such as 2026-01-31")
		case begins[s.From]:
			c.problem(rampKey(i, "from"), "%s has a target already; write each date once", s.From)
		}
		begins[s.From] = true
		c.number(rampKey(i, "target"), s.Target, 1, 14, 8)
	}
}

// times holds each entry of the timetable against its rules.
func (c *check) times() {
	const marks = 24 * 60 / 5 // of the five-minute grid in a day: no plan has more starts
	all := 0
	for i, w := range c.r.Times {
		if all++; w.Line != nil {
			all += len(w.Line.times) - 1
		}
		if w.Line == nil && !w.At.valid() {
			c.problem("routine.times["+strconv.Itoa(i)+"]", "is not a time of day; write 00:00 to 23:59, such as 07:00, or a cron line")
		}
	}
	if all > marks {
		c.problem("routine.times", "names %d times, and a day has %d five-minute marks to start at; write fewer, such as 0 7-22/3 * * *", all, marks)
	}
}

// noteTimes says where a timetable and the rest of the routine differ. Families
// follow printed schedules, which are uneven: the plan follows them too.
func (c *check) noteTimes(w *week) {
	if c.r.timed() && len(c.r.Ramp) > 0 {
		c.note("routine.ramp", "changes nothing while times is set: the day's number is that of its times")
	}
	switch {
	case w.dated != nil && len(w.times) == 0:
		c.note("routine.times", "has no times but those of some dates, such as %s; on every other date the plan has no start", w.dated)
	case w.dated != nil:
		c.note("routine.times", "has times of some dates only, such as %s; what else is said of the times leaves those out", w.dated)
	}
	if len(w.times) < 2 {
		return
	}
	c.noteNumber(w)
	c.noteLimits(w)
	c.noteUnused(w)
}

// noteNumber compares the target with the number of listed times.
func (c *check) noteNumber(w *week) {
	least, most := len(w.times), 0
	for d := weekStart; d < weekStart+7; d++ {
		n := 0
		for _, at := range w.times {
			if w.resolve(d, c.r.DayStart, firstTime) <= at && at < w.resolve(d+1, c.r.DayStart, firstTime) {
				n++
			}
		}
		least, most = min(least, n), max(most, n)
	}
	times := strconv.Itoa(most) + " times"
	if most == 1 {
		times = "one time"
	}
	switch target := c.r.Target; {
	case least <= target && target <= most:
	case least == most && most <= 14: // a target that is legal
		c.note("routine.times", "has %s a day, and target is %d; the plan follows the times, and target: %d would say the same", times, target, most)
	case least == most:
		c.note("routine.times", "has %s a day, and target is %d; the plan follows the times", times, target)
	default:
		c.note("routine.times", "has %d to %s a day, and target is %d; the plan follows the times", least, times, target)
	}
}

// noteLimits says, in one line, where the times pass the gap limit and which
// window they leave without its starts.
func (c *check) noteLimits(w *week) {
	r := c.r
	var gaps, windows places
	for _, p := range w.pastLimit(r) {
		gaps.add(fmt.Sprintf("%s-%s by %s", w.clock(p.from), w.clock(p.to), length(durationOf(p.by))))
	}
	if r.Overnight.Window != nil {
		for d := weekStart; d < weekStart+7; d++ {
			s, n := w.span(d, *r.Overnight.Window), 0
			for _, at := range w.times {
				if s.holds(at) {
					n++
				}
			}
			if n < r.Overnight.Sessions {
				windows.add(fmt.Sprintf("%d of %d starts", n, r.Overnight.Sessions))
			}
		}
	}
	var parts []string
	if len(gaps) > 0 {
		limits := length(r.dayGap())
		if r.Sleep != nil {
			limits += " by day and " + length(r.NightGap) + " at night"
		}
		parts = append(parts, fmt.Sprintf("the times pass the gap limit (%s): %s", limits, gaps))
	}
	if len(windows) > 0 {
		parts = append(parts, fmt.Sprintf("the overnight window gets %s", windows))
	}
	if len(parts) == 0 {
		return
	}
	nudges := ""
	if gap := w.quietGap(r); gap > 0 {
		nudges = ", and max_gap: " + length(gap) + " would spare you the nudges by day"
	}
	c.note("routine.times", "%s; the plan follows the times all the same%s", strings.Join(parts, "; "), nudges)
}

// quietGap is the max_gap with which no nudge comes between two times by day;
// zero when none does now, or when it would have to be longer than quietMost.
func (w *week) quietGap(r *Routine) time.Duration {
	const quietMost = 6 * time.Hour // chosen because a nudge in a longer gap is worth having
	longest := instant(0)
	for _, p := range w.pastLimit(r) {
		if nudge := p.from + instant(r.dayGap()); !overlaps(w.sleeps, span{nudge, nudge + 1}) {
			longest = max(longest, p.to-p.from)
		}
	}
	gap := durationOf(longest) + r.NudgeBefore
	if longest == 0 || gap > quietMost {
		return 0
	}
	return gap
}

// pastLimit is a gap between two listed times and how far it goes past the limit.
type pastLimit struct {
	span
	by instant
}

// pastLimit lists the gaps of the week that pass the limit, the longest way
// past it first.
func (w *week) pastLimit(r *Routine) []pastLimit {
	g := &ground{r: r, sleeps: w.sleeps}
	var list []pastLimit
	for k := 1; k < len(w.times); k++ {
		s := span{w.times[k-1], w.times[k]}
		if limit, _ := g.limitAfter(s.from, 0); s.to > limit && w.ordinary(s.from) {
			list = append(list, pastLimit{s, s.to - limit})
		}
	}
	slices.SortStableFunc(list, func(a, b pastLimit) int { return cmp.Compare(b.by, a.by) })
	return list
}

// noteUnused says which times a plan does not reach as they are written.
func (c *check) noteUnused(w *week) {
	var close, busy, moved places
	for k := 1; k < len(w.times); k++ {
		from, to := w.times[k-1], w.times[k]
		if to-from < instant(c.r.MinGap) && w.ordinary(from) {
			close.add(w.clock(from).String() + " and " + w.clock(to).String())
		}
		if w.ordinary(from) && overlaps(w.busy, span{from, from + instant(c.r.Session)}) {
			busy.add(fmt.Sprintf("%s on %s", w.clock(from), w.date(from).weekday()))
		}
	}
	for _, t := range c.r.Times {
		times := []TimeOfDay{t.At}
		if t.Line != nil {
			times = t.Line.times
		}
		for _, at := range times {
			if at%5 != 0 {
				moved.add(fmt.Sprintf("%s at %s", at, (at+4)/5*5%minutesOfDay))
			}
		}
	}
	if len(close) > 0 {
		c.note("routine.times", "has times less than min_gap, %s, apart: %s; min_gap comes first, so the second is put off or left out", length(c.r.MinGap), close)
	}
	if len(busy) > 0 {
		c.note("routine.times", "has times that run into busy time: %s; the plan leaves those out", busy)
	}
	if len(moved) > 0 {
		c.note("routine.times", "has times between the five-minute marks of a plan; it starts %s", moved)
	}
}

// ordinary reports whether t lies in the seven days of the week itself.
func (w *week) ordinary(t instant) bool {
	return span{instant(weekStart) * day, instant(weekStart+7) * day}.holds(t)
}

// places collects what a notice names, each once.
type places []string

func (p *places) add(text string) {
	for _, had := range *p {
		if had == text {
			return
		}
	}
	*p = append(*p, text)
}

// String names the first few: a line of a timetable can have hundreds.
func (p places) String() string {
	const most = 4
	if len(p) > most {
		return strings.Join(p[:most], ", ") + " and " + strconv.Itoa(len(p)-most) + " more"
	}
	return strings.Join(p, ", ")
}
