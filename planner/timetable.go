package planner

import "slices"

// A fixed timetable: only listed times may be starts, and the day's number is
// the listed times themselves.
//
// The nearest-time rule: each entry that counts takes the listed time nearest
// to it, the earlier of two equally near. A time is taken once, so a second
// entry near the same time takes none: were it to take a time further off, an
// extra session in the evening could take the night's, and what is taken now
// would depend on entries of any age. So among the times after the anchor at
// most the first can be taken, and only by the anchor.

// listedUnit is what a listed time is worth in the first walk. It stands above
// sleep: whoever lists a time at night means to wake for it. Sleep stays below
// 2^17 in any plan (three weeks of starts an hour apart cost 504 x 120).
const listedUnit = int64(1) << 17

// timed reports whether a timetable says when starts may lie.
func (r *Routine) timed() bool { return len(r.Times) > 0 }

// freeTimes lists the times after the anchor, to the horizon, that are not taken.
func (g *ground) freeTimes() []instant {
	from, to := g.cal.date(g.anchor.at)-1, g.cal.date(g.horizon)+1
	g.times = g.cal.listed(g.timeRoom[:0], g.r.Times, from, to)
	k := 0
	for k < len(g.times) && g.times[k] <= g.anchor.at {
		k++
	}
	before, after := g.times[:k], g.times[k:]
	for n := len(after); n > 0 && after[n-1] >= g.horizon; n-- {
		after = after[:n-1]
	}
	if len(after) == 0 {
		return nil
	}
	ahead := after[0] - g.anchor.at
	if len(before) == 0 { // a time of some days only: it may lie as far back as the next one ahead
		before = g.cal.listed(nil, g.r.Times, g.cal.date(g.anchor.at-ahead)-1, from)
	}
	for n := len(before); n > 0 && before[n-1] > g.anchor.at; n-- {
		before = before[:n-1]
	}
	if n := len(before); n == 0 || ahead < g.anchor.at-before[n-1] {
		return after[1:]
	}
	return after
}

// markTimes leaves only listed times open to starts. A time less than the least
// gap after the anchor is put off to the first node that keeps it.
func (g *ground) markTimes() {
	g.wanted = 0
	if !g.r.timed() {
		return
	}
	_, last := g.cal.pumpingDay(g.r.DayStart, g.horizon) // its number does not count, that of every day before does
	next, won := 0, false
	for _, at := range g.freeTimes() {
		counts := at < last.from
		if counts {
			g.wanted++
		}
		i := max(g.opening, g.node(at))
		if i >= g.nodes {
			continue
		}
		if i >= next { // else another time was put off to the same node
			g.shut(next, i)
			next, won = i+1, false
		}
		if counts && !won && g.toll[i] < blocked {
			g.toll[i] -= listedUnit
			won = true
		}
	}
	g.shut(next, g.nodes)
}

// reachNextTime moves the horizon on where no listed time that can be a start
// lies before it and one does before the anchor is a day old, when another rule
// takes over (planFirst). A short list such as 07:00, 12:00 and 15:00 would
// otherwise end each day with a plan of nothing, and lose the next morning.
func (g *ground) reachNextTime() {
	near := g.horizon
	for g.r.timed() && !g.opens() {
		if g.horizon-instant(g.r.MinGap) > g.anchor.at+dayOld {
			g.lay(near)
			return
		}
		g.lay(g.horizonAfter(g.horizon + 1))
	}
}

// opens reports whether a start may lie somewhere before the anchor is a day old.
func (g *ground) opens() bool {
	for i := g.opening; i < g.nodes && g.at(i) < g.anchor.at+dayOld; i++ {
		if g.toll[i] < blocked {
			return true
		}
	}
	return false
}

// shut lets no start lie at the nodes [from, to).
func (g *ground) shut(from, to int) {
	for i := from; i < to; i++ {
		g.toll[i] = blocked
	}
}

// leftOut is how many of the listed times that count a plan leaves out.
func (g *ground) leftOut(plan []planned) int {
	n := g.wanted
	for _, p := range plan {
		if g.toll[(p.at-g.origin)/grid] < 0 {
			n--
		}
	}
	return n
}

// chance is the first instant from t on at which a session may be planned: one
// that is free, and listed where there is a timetable. A timetable without a
// free time in three weeks no longer counts.
func (m *maker) chance(t instant, awake bool) instant {
	const step = 3 // dates at a time: nearly always the first three hold it
	session := instant(m.r.Session)
	if m.r.timed() {
		var memory [64]instant
		for d, end := m.cal.date(t), m.cal.date(t)+21; d < end; d += step {
			for _, at := range m.cal.listed(memory[:0], m.r.Times, d-1, d+step) {
				if at >= t && m.free(at, session, awake) == at {
					return at
				}
			}
		}
	}
	return m.free(t, session, awake)
}

// number of times that are listed in s.
func (c *calendar) countListed(times []Clockwork, s span) int {
	var memory [64]instant
	n := 0
	for _, at := range c.listed(memory[:0], times, c.date(s.from)-1, c.date(s.to)+1) {
		if s.holds(at) {
			n++
		}
	}
	return n
}

// lists reports whether a time is listed at t.
func (g *ground) lists(t instant) bool {
	_, found := slices.BinarySearch(g.times, t)
	return found
}
