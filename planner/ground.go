package planner

// ground is what one search walks on: the grid from the anchor to the horizon,
// with everything the principles ask of a grid instant worked out beforehand,
// so that the search itself never thinks about wall clocks.
//
// Grid instants are known by their index: node i is origin + i*grid.
type ground struct {
	r        *Routine
	y        *tally
	cal      calendar
	anchor   entry
	again    bool // another search may follow this one
	horizon  instant
	origin   instant // the last grid instant at or before the anchor
	slots    int     // see search
	nodes    int     // those after it cannot keep the least gap to the horizon
	opening  int     // the first node that keeps the least gap to the anchor
	gap      int     // the least gap in grid steps
	powerGap int     // the least gap after a planned power session

	sleeps, busy []span
	nights       []night
	days         []pumpingDay
	wanted       int       // listed times after the anchor that count
	times        []instant // listed
	powerLost    int       // days over before the anchor whose power session could have come after it

	toll  []int64 // minutes of sleep that a start here takes, or blocked
	limit []int32 // of the gap after a start here, in minutes after origin, rounded down
	tail  []int32 // minutes by which the horizon comes after that limit, rounded up
	in    []int32 // the night whose window holds it, or -1
	small []int32 // holds the slices of int32; queue, far and marks are for the search
	large []int64 // holds toll and the search's values of the first walk
	queue []int32
	marks []int32
	far   []int32 // the last node to which a step from here, or from before, may lead
	power []int32 // minutes from the power session's time, or -1 where none may lie; nil without power sessions

	sleepRoom [8]span
	busyRoom  [24]span
	nightRoom [8]night
	dayRoom   [8]pumpingDay
	timeRoom  [64]instant
}

// blocked is the toll of a node at which no session may start.
const blocked = int64(1) << 60

// deepSleep is the most a start inside sleep is held to cost, in minutes.
const deepSleep = 120

// night is one overnight window.
type night struct {
	span
	lo, hi  int  // its nodes, [lo, hi)
	have    int  // what was logged or offered in it
	counted bool // ends by the horizon
}

// pumpingDay is one pumping day of a plan.
type pumpingDay struct {
	span
	lo, hi  int // its nodes, [lo, hi)
	target  int
	done    int  // the number it has reached
	counted bool // ends by the horizon: its number counts, unless a timetable says what does
	power   bool // wants a power session and has none yet
	at      instant
	powerLo int // the nodes at which that may lie are in [powerLo, powerHi)
	powerHi int
}

// survey prepares the ground for a plan that begins at the anchor.
func (g *ground) survey(anchor entry) {
	g.anchor = anchor
	g.lay(g.horizonAfter(max(anchor.at, g.y.lastPause) + 16*hour))
	g.reachNextTime()
	g.markLimits()
	g.markNights()
	g.markDays()
}

// lay lays the grid from the anchor to a horizon, with what every node costs.
func (g *ground) lay(horizon instant) {
	r, anchor := g.r, g.anchor
	g.horizon = horizon
	g.origin = gridFloor(anchor.at)
	g.gap = max(1, int(gridCeil(instant(r.MinGap))/grid))
	g.powerGap = max(g.gap, int(gridCeil(instant(r.gapAfterPower(r.PowerLength())))/grid))
	g.nodes = max(0, int(floorDiv(g.horizon-instant(r.MinGap)-g.origin, grid))+1)
	g.opening = g.node(anchor.at + instant(gapAfter(r, anchor)))

	g.sleeps = g.sleepRoom[:0]
	if r.Sleep != nil {
		g.sleeps = g.cal.spans(g.sleeps, *r.Sleep, 0, anchor.at-day, g.horizon+2*day)
	}
	g.busy = g.busyRoom[:0]
	for i := range r.Busy {
		g.busy = g.cal.spans(g.busy, r.Busy[i].Range, r.Busy[i].Days, anchor.at-day, g.horizon+day)
	}
	n := g.nodes
	g.slots = 1
	if r.Overnight.Window != nil {
		g.slots = max(1, min(maxOvernight, r.Overnight.Sessions))
	}
	g.small = room(g, g.small, (6+g.slots)*n, (6+g.slots)*usualNodes)
	g.limit, g.tail, g.in = g.small[:n], g.small[n:2*n], g.small[2*n:3*n]
	g.far, g.queue, g.marks = g.small[3*n:4*n], g.small[4*n:5*n], g.small[6*n:]
	g.power = nil
	if r.Power != nil {
		g.power = g.small[5*n : 6*n]
	}
	g.large = room(g, g.large, (2*g.slots+3)*n+1, (2*g.slots+3)*usualNodes)
	g.toll = g.large[:n]
	clear(g.toll)
	g.markTolls()
	g.markTimes()
}

// usualNodes is a grid of 40 h, the longest without a pause.
const usualNodes = 40*12 + 1

// room gives n numbers, unspecified, from memory or else from new memory. If
// another search may follow, the new memory serves that one too.
func room[T int32 | int64](g *ground, memory []T, n, usual int) []T {
	if n > cap(memory) {
		if !g.again {
			usual = 0
		}
		memory = make([]T, max(n, usual))
	}
	return memory[:n]
}

// gapAfter is the least gap after an entry: a power session is longer than
// others and asks for as much more, unless it was passed.
func gapAfter(r *Routine, e entry) instant {
	if e.power && !e.passed {
		return instant(r.gapAfterPower(durationOf(e.length)))
	}
	return instant(r.MinGap)
}

// horizonAfter is the end of the first sleep that ends at least at t, or,
// without a sleep range, the first edge of a pumping day.
func (g *ground) horizonAfter(t instant) instant {
	for d := g.cal.date(t) - 1; ; d++ {
		if g.r.Sleep == nil {
			if edge := g.cal.resolve(d, g.r.DayStart, firstTime); edge >= t {
				return edge
			}
		} else if s := g.cal.span(d, *g.r.Sleep); s.from < s.to && s.to >= t {
			return s.to
		}
	}
}

// at is the instant of node i.
func (g *ground) at(i int) instant { return g.origin + instant(i)*grid }

// node is the first node at or after t, between 0 and the number of nodes.
func (g *ground) node(t instant) int {
	return max(0, min(g.nodes, int(-floorDiv(g.origin-t, grid))))
}

// markTolls prices every node: sleep, busy time and pauses.
func (g *ground) markTolls() {
	for _, s := range g.sleeps {
		for i := g.node(s.from + 1); i < g.nodes && g.at(i) < s.to; i++ {
			g.toll[i] = int64(min(deepSleep, floorMinutes(s.to-g.at(i))))
		}
	}
	block := func(from, to instant) {
		for i := g.node(from); i < g.nodes && g.at(i) < to; i++ {
			g.toll[i] = blocked
		}
	}
	for _, b := range g.busy {
		block(b.from-instant(g.r.Session)+1, b.to)
	}
	for _, p := range g.y.pauses {
		block(p.from, p.to)
	}
}

func (g *ground) markLimits() {
	k := 0
	for i := range g.limit {
		var limit instant
		limit, k = g.limitAfter(g.at(i), k)
		g.limit[i] = int32(floorMinutes(limit - g.origin))
		g.tail[i] = int32(max(0, ceilMinutes(g.horizon-limit)))
	}
}

// limitAfter is the gap limit after a start at a. k is the first sleep worth
// looking at; it is returned moved on, for a caller that goes forward in time.
func (g *ground) limitAfter(a instant, k int) (instant, int) {
	awake := a + instant(g.r.dayGap())
	for k < len(g.sleeps) && g.sleeps[k].to <= awake {
		k++
	}
	if k == len(g.sleeps) || awake < g.sleeps[k].from {
		return awake, k
	}
	limit := a + instant(g.r.NightGap)
	if end := g.sleeps[k].to; end <= limit+instant(g.r.WakeGrace) {
		return end, k
	}
	return limit, k
}

// markNights finds the overnight windows that end after the anchor and begin
// before the horizon.
func (g *ground) markNights() {
	for i := range g.in {
		g.in[i] = -1
	}
	g.nights = g.nightRoom[:0]
	window := g.r.Overnight.Window
	if window == nil {
		return
	}
	var windows [8]span
	for _, w := range g.cal.spans(windows[:0], *window, 0, g.anchor.at, g.horizon) {
		sessions, passed := g.y.in(w)
		n := night{span: w, lo: g.node(w.from), hi: g.node(w.to), have: sessions + passed, counted: w.to <= g.horizon}
		for i := n.lo; i < n.hi && n.counted; i++ {
			g.in[i] = int32(len(g.nights))
		}
		g.nights = append(g.nights, n)
	}
}

// markDays finds the pumping days from the anchor's to the horizon's.
func (g *ground) markDays() {
	g.days = g.dayRoom[:0]
	for i := range g.power {
		g.power[i] = -1
	}
	edge := none
	g.powerLost = 0
	for d := g.cal.date(g.anchor.at) - 2; edge < g.horizon; d++ {
		s := span{g.cal.resolve(d, g.r.DayStart, firstTime), g.cal.resolve(d+1, g.r.DayStart, firstTime)}
		edge = s.to
		at, wanted := g.powerAt(d, s)
		wanted = wanted && s.to <= g.horizon && !g.y.powerIn(s)
		if s.to <= g.anchor.at || s.from >= s.to {
			if wanted {
				g.powerLost++
			}
			continue
		}
		p := pumpingDay{span: s, lo: g.node(s.from), hi: g.node(s.to), counted: s.to <= g.horizon}
		p.target = g.r.targetOn(d)
		p.done = g.y.done(g.r, s, p.target)
		if g.r.timed() {
			p.counted = false // listed times count, in markTimes
		}
		if wanted {
			p.power, p.at = true, at
			g.markPower(&p)
		}
		g.days = append(g.days, p)
	}
}

// powerAt is the time of the power session in the pumping day s, which begins
// on the date d; ok is false when there is none that counts.
func (g *ground) powerAt(d dayNumber, s span) (at instant, ok bool) {
	p := g.r.Power
	if p == nil {
		return 0, false
	}
	at, on, ok := g.cal.first(p.clockwork(), d, s)
	begun := p.Starting.IsZero() || on >= p.Starting.number()
	return at, ok && begun && at+instant(p.Flex) > g.anchor.at
}

// markPower finds the nodes at which the power session of a day may lie.
func (g *ground) markPower(p *pumpingDay) {
	flex, length := instant(g.r.Power.Flex), instant(g.r.PowerLength())
	mayTakeSleep := overlaps(g.sleeps, span{p.at, p.at + 1})
	p.powerLo = max(p.lo, g.node(p.at-flex))
	p.powerHi = max(p.powerLo, min(p.hi, g.node(p.at+flex+1)))
	for i := p.powerLo; i < p.powerHi; i++ {
		s := span{g.at(i), g.at(i) + length}
		if g.toll[i] == blocked || overlaps(g.busy, s) || !mayTakeSleep && overlaps(g.sleeps, s) {
			continue
		}
		g.power[i] = int32(floorMinutes(max(p.at-s.from, s.from-p.at)))
	}
}

// overlaps reports whether any of the spans shares an instant with s.
func overlaps(spans []span, s span) bool {
	for i := range spans {
		if spans[i].from < s.to && s.from < spans[i].to {
			return true
		}
	}
	return false
}
