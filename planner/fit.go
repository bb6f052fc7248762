package planner

import (
	"cmp"
	"slices"
	"time"
)

// The rules that weigh several values of a routine against each other. They
// look at an ordinary week, without time changes: a calendar in UTC.

// week is that calendar, with the stretches that lie in it and around it.
type week struct {
	calendar
	sleeps, busy []span
	times        []instant // that are listed every week; nil without a timetable
	dated        *Line     // a line of the timetable that comes on some dates only; nil: none
}

const weekStart = dayNumber(4) // 1970-01-05, a Monday

func (c *check) week() *week {
	w := &week{}
	from, to := instant(weekStart-2)*day, instant(weekStart+10)*day
	w.cover(time.UTC, from-3*day, to+3*day)
	if c.r.Sleep != nil {
		w.sleeps = w.spans(nil, *c.r.Sleep, 0, from, to)
	}
	for i := range c.r.Busy {
		w.busy = w.spans(w.busy, c.r.Busy[i].Range, c.r.Busy[i].Days, from, to)
	}
	var weekly []Clockwork
	for _, t := range c.r.Times {
		if t.Line != nil && !t.Line.weekly() {
			w.dated = cmp.Or(w.dated, t.Line)
			continue
		}
		weekly = append(weekly, t)
	}
	w.times = w.listed(nil, weekly, weekStart-2, weekStart+9)
	return w
}

// fit refuses what cannot work.
func (c *check) fit() {
	if !c.r.timed() { // a timetable says where its sessions lie
		c.fitTarget("routine.target", c.r.Target)
		for i, s := range c.r.Ramp {
			c.fitTarget(rampKey(i, "target"), s.Target)
		}
	}
	c.fitWindow()
	w := c.week()
	c.fitPower(w)
	c.fitBusy(w)
	c.noteTimes(w)
}

// overnight is how many starts the night wants.
func (c *check) overnight() int {
	if c.r.Overnight.Window == nil {
		return 0
	}
	return c.r.Overnight.Sessions
}

func (c *check) fitTarget(key string, target int) {
	r := c.r
	// One start at each end of a waking day needs no gap of its own.
	room, free, where := 24*time.Hour-r.sleepLength(), c.overnight()+1, "awake"
	if r.Sleep == nil {
		free, where = 0, "of the day"
	}
	if time.Duration(target-free)*r.MinGap <= room {
		return
	}
	largest := min(14, int(room/r.MinGap)+free)
	gap := (room / time.Duration(target-free)).Truncate(5 * time.Minute)
	if gap < time.Hour || gap <= r.Session {
		c.problem(key, "%d sessions do not fit into the %s %s with min_gap %s; write a target of at most %d",
			target, length(room), where, length(r.MinGap), largest)
		return
	}
	c.problem(key, "%d sessions do not fit into the %s %s with min_gap %s; write a target of at most %d or a min_gap of at most %s",
		target, length(room), where, length(r.MinGap), largest, length(gap))
}

func (r *Routine) sleepLength() time.Duration {
	if r.Sleep == nil {
		return 0
	}
	return r.Sleep.Length()
}

// fitWindow makes sure that the window holds its starts even when a time
// change takes an hour from it. One start needs no length.
func (c *check) fitWindow() {
	r := c.r
	if r.Overnight.Window == nil || r.Overnight.Sessions == 1 {
		return
	}
	window := r.Overnight.Window.Length()
	needs := time.Duration(r.Overnight.Sessions-1) * r.MinGap
	if needs < window-time.Hour {
		return
	}
	holds := 1
	for time.Duration(holds)*r.MinGap < window-time.Hour {
		holds++
	}
	c.problem("routine.overnight.sessions", "%d starts %s apart do not fit into the window %s, less an hour for time changes; write at most %d or a window longer than %s",
		r.Overnight.Sessions, length(r.MinGap), r.Overnight.Window, holds, length(needs+time.Hour))
}

func (c *check) fitPower(w *week) {
	p := c.r.Power
	if p == nil {
		return
	}
	times := w.times
	if w.dated != nil { // a time of some dates may be the one
		times = nil
	}
	clockwork := p.clockwork()
	if p.Line != nil {
		clockwork.Line = p.Line.everyWeek()
	}
	gap := instant(c.r.gapAfterPower(c.r.PowerLength()))
	for d := weekStart; d < weekStart+7; d++ {
		edges := span{w.resolve(d, c.r.DayStart, firstTime), w.resolve(d+1, c.r.DayStart, firstTime)}
		at, on, ok := w.first(clockwork, d, edges)
		if !ok {
			continue
		}
		clock := w.clock(at)
		if overlaps(w.busy, span{at, at + 1}) {
			c.problem("routine.power_pump.at", "%s lies in busy time on %s; write a time outside it", clock, on.weekday())
			return
		}
		switch {
		case !c.hasPower(w, at, nil, 0):
			c.problem("routine.power_pump.at", "on %s no instant within %s of %s leaves %s free of busy time and sleep; write another time or a longer flex",
				on.weekday(), length(p.Flex), clock, length(c.r.PowerLength()))
			return
		case times != nil && !c.hasPower(w, at, times, 0):
			c.problem("routine.power_pump.at", "on %s no listed time within %s of %s leaves %s free of busy time and sleep; write one of the times or a longer flex",
				on.weekday(), length(p.Flex), clock, length(c.r.PowerLength()))
			return
		case times != nil && !c.hasPower(w, at, times, gap):
			c.note("routine.power_pump.at", "on %s the times within %s of %s leave less than %s to the next, which a power session asks for, so there is none",
				on.weekday(), length(p.Flex), clock, length(durationOf(gap)))
			return
		}
	}
}

// hasPower reports whether a power session can lie near this instant: at one
// of the times, if there are any, with a gap to the next.
func (c *check) hasPower(w *week, at instant, times []instant, gap instant) bool {
	flex, long := instant(c.r.Power.Flex), instant(c.r.PowerLength())
	_, today := w.pumpingDay(c.r.DayStart, at)
	mayTakeSleep := overlaps(w.sleeps, span{at, at + 1})
	for t := gridCeil(at - flex); t <= at+flex; t += grid {
		s := span{t, t + long}
		k, listed := slices.BinarySearch(times, t)
		if times != nil && (!listed || k+1 < len(times) && times[k+1]-t < gap) {
			continue
		}
		if today.holds(t) && !overlaps(w.busy, s) && (mayTakeSleep || !overlaps(w.sleeps, s)) {
			return true
		}
	}
	return false
}

func (c *check) fitBusy(w *week) {
	for d := weekStart; d < weekStart+7; d++ {
		awake := span{w.resolve(d, c.r.DayStart, firstTime), w.resolve(d+1, c.r.DayStart, firstTime)}
		if s := c.r.Sleep; s != nil {
			wake := w.resolve(d, s.To, secondTime)
			awake = span{wake, wake + day - instant(s.Length())}
		}
		if !c.hasRoom(w, awake) {
			c.problem("routine.busy", "leaves no room for a session of %s while awake on %s; write a shorter stretch", length(c.r.Session), d.weekday())
			return
		}
	}
}

func (c *check) hasRoom(w *week, s span) bool {
	for t := gridCeil(s.from); t < s.to; t += grid {
		if !overlaps(w.busy, span{t, t + instant(c.r.Session)}) {
			return true
		}
	}
	return false
}

// usual is the number of sessions a day that is commonly advised; outside it a
// person hears so once.
const (
	usualFewest = 8
	usualMost   = 12
)

// usualNightGap is the night gap above which a person hears so once.
const usualNightGap = 5 * time.Hour

// notice says what is worth a line but blocks nothing.
func (c *check) notice() {
	r := c.r
	if !r.timed() {
		c.noteTarget("routine.target", r.Target)
		for i, noted := 0, len(c.notices); i < len(r.Ramp) && len(c.notices) == noted; i++ {
			c.noteTarget(rampKey(i, "target"), r.Ramp[i].Target) // one line for them all
		}
	}
	if r.Sleep != nil && !r.timed() {
		if n := wakings(r, r.NightGap); n > 1 {
			gap := r.NightGap
			for gap < 9*time.Hour && wakings(r, gap) > 1 {
				gap = gap.Truncate(5*time.Minute) + 5*time.Minute
			}
			c.note("routine.sleep", "%s with a night_gap of %s needs %d wakings; a night_gap of %s would need one", r.Sleep, length(r.NightGap), n, length(gap))
		}
	}
	if r.NightGap > usualNightGap {
		c.note("routine.night_gap", "%s is above the usual 5h; that is yours to choose", length(r.NightGap))
	}
	if w := r.Overnight.Window; w != nil && r.Sleep != nil && !meet(*w, *r.Sleep) {
		c.note("routine.overnight.window", "%s lies outside sleep, %s, so nothing wakes you for it", w, r.Sleep)
	}
	if p := r.Power; p != nil && p.Line != nil && len(p.Line.times) > 1 {
		first := slices.MinFunc(p.Line.times, func(a, b TimeOfDay) int {
			return cmp.Compare(Range{r.DayStart, a}.Length(), Range{r.DayStart, b}.Length())
		})
		c.note("routine.power_pump.at", "%q names %d times a day, and a pumping day has one power session: that of %s counts; write that time alone",
			p.Line, len(p.Line.times), first)
	}
}

// noteTarget says what is unusual about a target.
func (c *check) noteTarget(key string, target int) {
	fewest := c.fewest()
	switch {
	case target > usualMost:
		c.note(key, "%d a day is above the usual %d to %d; that is yours to choose", target, usualFewest, usualMost)
	case fewest > target:
		c.note(key, "gaps of at most %s make it %d sessions a day rather than %d; a longer max_gap allows fewer", length(c.r.dayGap()), fewest, target)
	case target < usualFewest:
		c.note(key, "%d a day is below the usual %d to %d; that is yours to choose", target, usualFewest, usualMost)
	}
}

// meet reports whether two ranges have an instant in common on an ordinary day.
func meet(a, b Range) bool {
	after := func(from, t TimeOfDay) time.Duration { return Range{from, t}.Length() }
	return after(a.From, b.From) < a.Length() || after(b.From, a.From) < b.Length()
}

// fewest is how many starts an ordinary day needs for the gap limit alone.
func (c *check) fewest() int {
	g := c.night(c.r.NightGap)
	wake := instant(0)
	if len(g.sleeps) > 0 {
		wake = g.sleeps[0].to
	}
	n := 0
	for t := wake; t < wake+day; n++ {
		limit, _ := g.limitAfter(t, 0)
		t = max(t+grid, gridFloor(limit))
	}
	return n
}

// wakings is how often the limit wakes someone who goes to bed after a session.
func wakings(r *Routine, nightGap time.Duration) int {
	g := (&check{r: r}).night(nightGap)
	n := 0
	for t := g.sleeps[0].from; ; n++ {
		limit, _ := g.limitAfter(t, 0)
		if limit >= g.sleeps[0].to {
			return n
		}
		t = max(t+grid, limit)
	}
}

// night is the ground of an ordinary night and the day after it.
func (c *check) night(gap time.Duration) *ground {
	r := *c.r
	r.NightGap = gap
	g := &ground{r: &r}
	for d := range instant(3) {
		if r.Sleep != nil {
			from := d*day + instant(r.Sleep.From)*minute
			g.sleeps = append(g.sleeps, span{from, from + instant(r.Sleep.Length())})
		}
	}
	return g
}
