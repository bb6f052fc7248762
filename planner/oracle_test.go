package planner

import (
	"slices"
	"time"
)

// oracle reads the rules a second time, as plainly as possible: with
// time.Time, with a wall clock that is looked at minute by minute, and with
// nothing of the planner's own but its types. It is slow and meant to be.
type oracle struct {
	r       Routine
	h       History
	anchor  time.Time
	power   bool // the anchor is a power session that was not passed
	length  time.Duration
	horizon time.Time
	count   []oracleEntry

	sleeps, windows, busy, days, powerDays []stretch
	powerAt                                []time.Time // of powerDays
	listed, freeTimes                      []time.Time // of the timetable
}

type stretch struct {
	from, to time.Time
	date     time.Time // of a pumping day: the one it is named after, as if the zone were UTC
}

func (s stretch) holds(t time.Time) bool { return !t.Before(s.from) && t.Before(s.to) }

type oracleEntry struct {
	at      time.Time
	power   bool
	passed  bool
	skipped bool
	length  time.Duration
}

type oracleStart struct {
	at    time.Time
	power bool
}

// wallTime finds a wall-clock time by looking at the clock every minute.
func wallTime(loc *time.Location, date time.Time, at TimeOfDay, lastOne bool) time.Time {
	want := date.Add(time.Duration(at) * time.Minute) // as if the zone were UTC
	wall := func(t time.Time) time.Time {
		_, offset := t.In(loc).Zone()
		return t.Add(time.Duration(offset) * time.Second)
	}
	about := want.Add(want.Sub(wall(want))) // a day's changes move the wall by much less than four hours
	var found time.Time
	for t := about.Add(-4 * time.Hour); t.Before(about.Add(4 * time.Hour)); t = t.Add(time.Minute) {
		if wall(t).Equal(want) {
			found = t
			if !lastOne {
				return found
			}
		}
	}
	if !found.IsZero() {
		return found
	}
	for t := about.Add(-4 * time.Hour); ; t = t.Add(time.Minute) {
		if !wall(t.Add(-time.Minute)).After(want) && wall(t).After(want) {
			return t
		}
	}
}

// wallCache spares the oracle the same look at the clock twice.
type wallCache map[string]time.Time

func (c wallCache) at(loc *time.Location, date time.Time, at TimeOfDay, lastOne bool) time.Time {
	key := loc.String() + date.Format("20060102") + at.String()
	if lastOne {
		key += "+"
	}
	t, ok := c[key]
	if !ok {
		t = wallTime(loc, date, at, lastOne)
		c[key] = t
	}
	return t
}

// oracleFor lays out the world around an anchor. asIf, if not nil, is a session
// that is not logged yet and becomes the anchor.
func oracleFor(c wallCache, r Routine, h History, now time.Time, asIf *oracleStart) *oracle {
	o := &oracle{r: r, h: h}
	o.count = oracleCount(r, h, now)
	if asIf != nil {
		e := oracleEntry{at: asIf.at, power: asIf.power}
		if e.power {
			e.length = r.PowerLength()
		}
		o.count = append(o.count, e)
	}
	last := o.count[len(o.count)-1]
	o.anchor, o.power, o.length = last.at, last.power && !last.passed, last.length

	base := o.anchor
	for _, p := range h.Pauses {
		if p.To.After(base) {
			base = p.To
		}
	}
	base = base.Add(16 * time.Hour)
	local := o.anchor.In(r.Location)
	origin := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	ranged := func(date time.Time, w Range) stretch {
		end := date
		if w.To <= w.From {
			end = date.AddDate(0, 0, 1)
		}
		return stretch{c.at(r.Location, date, w.From, false), c.at(r.Location, end, w.To, true), date}
	}
	lastDay := int(base.Sub(o.anchor).Hours()/24) + 4
	for n := -3; n <= lastDay; n++ {
		date := origin.AddDate(0, 0, n)
		if r.Sleep != nil {
			o.sleeps = append(o.sleeps, ranged(date, *r.Sleep))
		}
		if r.Overnight.Window != nil {
			o.windows = append(o.windows, ranged(date, *r.Overnight.Window))
		}
		for _, b := range r.Busy {
			if b.Days == 0 || b.Days&(1<<date.Weekday()) != 0 {
				o.busy = append(o.busy, ranged(date, b.Range))
			}
		}
		o.days = append(o.days, stretch{c.at(r.Location, date, r.DayStart, false), c.at(r.Location, date.AddDate(0, 0, 1), r.DayStart, false), date})
	}
	empty := func(s stretch) bool { return !s.from.Before(s.to) }
	o.sleeps = slices.DeleteFunc(o.sleeps, empty)
	o.windows = slices.DeleteFunc(o.windows, empty)
	o.busy = slices.DeleteFunc(o.busy, empty)
	o.days = slices.DeleteFunc(o.days, empty)
	o.findTimes(c, origin, lastDay)
	o.findHorizon(base)
	if r.Power != nil {
		o.findPowerDays(c, origin, lastDay)
	}
	return o
}

// findHorizon is the end of the first sleep at or after base, or the edge of a
// day. With a timetable it is the first of them that leaves room for a listed
// time before the anchor is a day old, if one does.
func (o *oracle) findHorizon(base time.Time) {
	var ends []time.Time
	for _, s := range o.sleeps {
		ends = append(ends, s.to)
	}
	if o.r.Sleep == nil {
		for _, d := range o.days {
			ends = append(ends, d.from)
		}
	}
	ends = slices.DeleteFunc(ends, func(t time.Time) bool { return t.Before(base) })
	all := o.freeTimes
	until := func(end time.Time) {
		o.horizon = end
		o.freeTimes = slices.Clone(all)
		o.freeTimes = slices.DeleteFunc(o.freeTimes, func(t time.Time) bool { return !t.Before(end) })
	}
	for _, end := range ends {
		until(end)
		fits := func(t time.Time) bool {
			return t.Sub(o.anchor) < 24*time.Hour && o.keeps([]oracleStart{{at: t}})
		}
		if len(o.r.Times) == 0 || slices.ContainsFunc(o.free(), fits) {
			return
		}
	}
	until(ends[0])
}

func (o *oracle) findPowerDays(c wallCache, origin time.Time, lastDay int) {
	for _, d := range o.days {
		if d.to.After(o.horizon) {
			continue
		}
		date, at := o.firstPower(c, d, origin, lastDay)
		if at.IsZero() {
			continue
		}
		s := o.r.Power.Starting
		starting := time.Date(s.Year, s.Month, s.Day, 0, 0, 0, 0, time.UTC)
		if (s == Date{} || !date.Before(starting)) && at.Add(o.r.Power.Flex).After(o.anchor) {
			o.powerDays = append(o.powerDays, d)
			o.powerAt = append(o.powerAt, at)
		}
	}
}

// firstPower is the first power time in a day, with its date.
func (o *oracle) firstPower(c wallCache, d stretch, origin time.Time, lastDay int) (date, at time.Time) {
	for n := -4; n <= lastDay+1; n++ {
		date := origin.AddDate(0, 0, n)
		for _, t := range timesOn(Clockwork{o.r.Power.At, o.r.Power.Line}, date) {
			if at := c.at(o.r.Location, date, t, false); d.holds(at) {
				return date, at
			}
		}
	}
	return time.Time{}, time.Time{}
}

// oracleCount says what counts, by the page's words.
func oracleCount(r Routine, h History, now time.Time) []oracleEntry {
	sessions := slices.Clone(h.Sessions)
	slices.SortStableFunc(sessions, func(a, b Session) int { return a.Start.Compare(b.Start) })
	var kept []oracleEntry
	for _, s := range sessions {
		if s.Start.Sub(now) > 5*time.Minute {
			continue
		}
		e := oracleEntry{at: s.Start, power: s.Kind == PowerSession}
		if e.power {
			e.length = s.Length
			if s.Length == 0 {
				e.length = r.PowerLength()
			}
		}
		if n := len(kept); n > 0 {
			k := &kept[n-1]
			reach := r.Merge
			if k.power && k.length > reach {
				reach = k.length
			}
			if s.Start.Sub(k.at) < reach {
				k.power = k.power || e.power
				if e.length > k.length {
					k.length = e.length
				}
				continue
			}
		}
		kept = append(kept, e)
	}
	all := slices.Clone(kept)
	for _, p := range h.Passed {
		if p.At.Sub(now) > 5*time.Minute {
			continue
		}
		taken := false
		for _, k := range kept {
			before := !k.at.Before(p.At) && k.at.Sub(p.At) < r.MinGap
			after := p.At.After(k.at) && p.At.Sub(k.at) < r.Merge
			taken = taken || before || after
		}
		if !taken {
			all = append(all, oracleEntry{at: p.At, power: p.Power, passed: true, skipped: p.Skipped})
		}
	}
	slices.SortStableFunc(all, func(a, b oracleEntry) int { return a.at.Compare(b.at) })
	return all
}

func (o *oracle) limit(a time.Time) time.Time {
	x := a.Add(o.r.MaxGap - o.r.NudgeBefore)
	for _, s := range o.sleeps {
		if s.holds(x) {
			x = a.Add(o.r.NightGap)
			if !s.to.After(x.Add(o.r.WakeGrace)) {
				return s.to
			}
			return x
		}
	}
	return x
}

func (o *oracle) gapAfter(power bool, length time.Duration) time.Duration {
	gap := o.r.MinGap
	if power && o.r.MinGap+length-o.r.Session > gap {
		gap = o.r.MinGap + length - o.r.Session
	}
	return gap
}

// maySession and mayPower say where principle 2 and the rules of the power
// session let a start lie.
func (o *oracle) maySession(t time.Time) bool { return o.mayBeTimed(t) && o.clear(t, o.r.Session) }

func (o *oracle) clear(t time.Time, length time.Duration) bool {
	if t.Unix()%300 != 0 || t.Nanosecond() != 0 {
		return false
	}
	for _, b := range o.busy {
		if t.Before(b.to) && b.from.Before(t.Add(length)) {
			return false
		}
	}
	for _, p := range o.h.Pauses {
		if !t.Before(p.From) && t.Before(p.To) {
			return false
		}
	}
	return true
}

func (o *oracle) mayPower(t time.Time) bool {
	if o.r.Power == nil || !o.mayBeTimed(t) || !o.clear(t, o.r.PowerLength()) {
		return false
	}
	k := slices.IndexFunc(o.powerDays, func(d stretch) bool { return d.holds(t) })
	if k < 0 || o.powerLogged(o.powerDays[k]) || t.Sub(o.powerAt[k]).Abs() > o.r.Power.Flex {
		return false
	}
	asleep, intoSleep := false, false
	for _, s := range o.sleeps {
		asleep = asleep || s.holds(o.powerAt[k])
		intoSleep = intoSleep || t.Before(s.to) && s.from.Before(t.Add(o.r.PowerLength()))
	}
	return asleep || !intoSleep
}

func (o *oracle) powerLogged(d stretch) bool {
	return slices.ContainsFunc(o.count, func(e oracleEntry) bool { return e.power && d.holds(e.at) })
}

// keeps reports whether a plan breaks neither of the two principles that are
// never broken, and has its power sessions where they may lie.
func (o *oracle) keeps(plan []oracleStart) bool {
	before, gap := o.anchor, o.gapAfter(o.power, o.length)
	for k, s := range plan {
		if s.at.Sub(before) < gap || !o.maySession(s.at) || s.power && !o.mayPower(s.at) {
			return false
		}
		for _, other := range plan[:k] {
			if s.power && other.power && o.sameDay(s.at, other.at) {
				return false
			}
		}
		before, gap = s.at, o.gapAfter(s.power, o.r.PowerLength())
	}
	return len(plan) == 0 || o.horizon.Sub(before) >= gap
}

func (o *oracle) sameDay(a, b time.Time) bool {
	return slices.ContainsFunc(o.days, func(d stretch) bool { return d.holds(a) && d.holds(b) })
}

// cost adds up the seven costs.
func (o *oracle) cost(plan []oracleStart) Cost {
	var c Cost
	times := []time.Time{o.anchor}
	for _, s := range plan {
		times = append(times, s.at)
		for _, z := range o.sleeps {
			if s.at.After(z.from) && s.at.Before(z.to) {
				c.Sleep += min(120, int(z.to.Sub(s.at)/time.Minute))
			}
		}
	}
	times = append(times, o.horizon)
	for k := 1; k < len(times); k++ {
		if past := times[k].Sub(o.limit(times[k-1])); past > 0 {
			c.Excess += int((past + time.Minute - 1) / time.Minute)
		}
		gap := int(times[k].Sub(times[k-1]) / time.Minute)
		c.Uneven += gap * gap
	}
	within := func(s stretch) (n int) {
		for _, p := range plan {
			if s.holds(p.at) {
				n++
			}
		}
		return n
	}
	for _, w := range o.windows {
		if w.to.After(o.anchor) && !w.to.After(o.horizon) {
			had := within(w)
			for _, e := range o.count {
				if w.holds(e.at) {
					had++
				}
			}
			c.Overnight += max(0, o.r.Overnight.Sessions-had)
		}
	}
	for _, d := range o.days {
		if d.to.After(o.anchor) && !d.to.After(o.horizon) && len(o.r.Times) == 0 {
			away := o.target(d) - o.done(d) - within(d)
			c.Count += max(away, -away)
		}
	}
	if len(o.r.Times) > 0 {
		c.Count = o.leftOut(plan)
	}
	for k, d := range o.powerDays {
		if o.powerLogged(d) {
			continue
		}
		missing := 1
		for _, s := range plan {
			if s.power && d.holds(s.at) {
				missing = 0
				c.PowerOff += int(s.at.Sub(o.powerAt[k]).Abs() / time.Minute)
			}
		}
		c.PowerMissing += missing
	}
	return c
}

func (o *oracle) done(d stretch) int {
	n := o.number(d)
	if since := o.h.Since; d.holds(since) {
		before := o.number(stretch{from: d.from, to: since})
		share := int(time.Duration(o.target(d)) * since.Sub(d.from) / (24 * time.Hour))
		n = n - before + max(before, share)
	}
	return n
}

func (o *oracle) number(d stretch) int {
	sessions, passed := 0, 0
	for _, e := range o.count {
		switch {
		case !d.holds(e.at):
		case e.passed:
			passed++
		default:
			sessions++
		}
	}
	return sessions + max(0, passed-o.r.CatchUp)
}

// less compares costs in the order of the principles.
func (c Cost) less(d Cost) bool {
	a := [...]int{c.Excess, c.Overnight, c.Sleep, c.Count, c.PowerMissing, c.PowerOff, c.Uneven}
	b := [...]int{d.Excess, d.Overnight, d.Sleep, d.Count, d.PowerMissing, d.PowerOff, d.Uneven}
	return slices.Compare(a[:], b[:]) < 0
}

// earlier breaks ties: the first differing start earlier, then the power
// session earlier.
func earlier(a, b []oracleStart) bool {
	for k := 0; k < len(a) && k < len(b); k++ {
		if !a[k].at.Equal(b[k].at) {
			return a[k].at.Before(b[k].at)
		}
	}
	for k := 0; k < len(a) && k < len(b); k++ {
		if a[k].power != b[k].power {
			return a[k].power
		}
	}
	return false
}

// free are the instants between the anchor and the horizon at which a session
// may start.
func (o *oracle) free() []time.Time {
	var free []time.Time
	for t := o.anchor.Truncate(5 * time.Minute); t.Before(o.horizon); t = t.Add(5 * time.Minute) {
		if o.maySession(t) && t.After(o.anchor) {
			free = append(free, t)
		}
	}
	return free
}

// plans counts the plans that best would try, without power sessions.
func (o *oracle) plans() int {
	free := o.free()
	after := make([]int, len(free)) // plans that go on from a start there
	total := 1
	for k := len(free) - 1; k >= 0; k-- {
		after[k] = 1
		for j := k + 1; j < len(free); j++ {
			if free[j].Sub(free[k]) >= o.r.MinGap {
				after[k] = min(after[k]+after[j], 1e6)
			}
		}
		if free[k].Sub(o.anchor) >= o.gapAfter(o.power, o.length) {
			total = min(total+after[k], 1e6)
		}
	}
	return total
}

// best tries every plan there is.
func (o *oracle) best() ([]oracleStart, Cost) {
	free := o.free()
	var best []oracleStart
	bestCost := o.cost(nil)
	var try func(plan []oracleStart, from int)
	try = func(plan []oracleStart, from int) {
		if len(plan) > 0 && o.keeps(plan) {
			if c := o.cost(plan); o.better(c, bestCost) || c == bestCost && earlier(plan, best) {
				best, bestCost = slices.Clone(plan), c
			}
		}
		before, gap := o.anchor, o.gapAfter(o.power, o.length)
		if n := len(plan); n > 0 {
			before, gap = plan[n-1].at, o.gapAfter(plan[n-1].power, o.r.PowerLength())
		}
		for k := from; k < len(free); k++ {
			if free[k].Sub(before) < gap {
				continue
			}
			try(append(plan, oracleStart{at: free[k]}), k+1)
			if o.mayPower(free[k]) {
				try(append(plan, oracleStart{at: free[k], power: true}), k+1)
			}
		}
	}
	try(nil, 0)
	return best, bestCost
}
