package planner

import (
	"strings"
	"time"
)

// Explanation says in plain words what a plan gives and what it gives up.
type Explanation struct {
	Costs  [7]string // a sentence or two for each principle, in the order of Cost
	Starts []string  // for each of the plan's Starts: why a time that one would expect was not taken; empty: nothing to say
}

// Explain explains the plan that Make makes of the same arguments. It reads no
// clock and changes nothing, as Make.
func Explain(r Routine, h History, now time.Time) Explanation {
	m := &maker{now: instantOf(now)}
	m.r, m.y = &r, &m.tally
	m.read(&r, &h, now)
	anchor, anchored := m.lastEntry()
	from := anchor.at
	if !anchored {
		from = m.firstBase()
	}
	m.know(from)
	if anchored {
		m.planFrom(anchor)
	} else {
		m.planFirst(from)
	}
	e := &explainer{maker: m, h: &h, costs: m.cost(m.plan), clear: undisturbed(r, h, now)}
	x := Explanation{Starts: make([]string, len(m.drafts))}
	lead := len(m.drafts) - len(m.plan) // a start that is due, or the first: it keeps its time
	e.asIf = lead > 0
	for k := range m.plan {
		x.Starts[lead+k] = e.start(k)
	}
	x.Costs = [7]string{e.excess(), e.overnight(), e.sleep(), e.count(), e.powerMissing(), e.powerOff(), e.uneven()}
	return x
}

// explainer speaks of the last search of a maker.
type explainer struct {
	*maker
	h     *History
	asIf  bool // the anchor is a session that is only taken to begin
	costs Cost
	clear []instant // the starts of the plan as it would be without busy time
}

// worthSaying is how far from the time that one would expect a start may lie
// before anybody wonders: three steps of the grid.
const worthSaying = 15 * minute

// start says why the start k of the plan is not where one would expect it.
func (e *explainer) start(k int) string {
	p := e.plan[k]
	if e.r.timed() { // one expects the listed times, and count says which have no start
		return ""
	}
	expected := e.expected(k)
	if d := p.at - expected; -worthSaying < d && d < worthSaying {
		return ""
	}
	text, block := e.whyNot(k, expected)
	if text == "" {
		return ""
	}
	// What blocks it has another side: why not there?
	before, after := e.neighbours(k)
	for _, other := range []instant{gridFloor(block.from - e.lengthOf(p)), gridCeil(block.to)} {
		if block.to == 0 || other == p.at || other <= before || other >= after {
			continue
		}
		if d := e.dayOf(p.at); p.power && (!d.holds(other) || distance(other, d.at) > instant(e.r.Power.Flex)) {
			continue
		}
		if more, _ := e.whyNot(k, other); more != "" {
			text += "; " + more
		}
	}
	return strings.ToUpper(text[:1]) + text[1:] + "."
}

// expected is where one would expect the start k: a power session at its time;
// any other one where the start that it stands for would lie if nothing were in
// the way or, if nothing is, in the middle of its neighbours.
func (e *explainer) expected(k int) instant {
	p := e.plan[k]
	if p.power {
		return e.powerMark(e.dayOf(p.at))
	}
	before, after := e.neighbours(k)
	best := none
	for _, f := range e.clear {
		if text, _ := e.blocked(f, e.lengthOf(p)); text != "" && before < f && f < after && distance(f, p.at) < distance(best, p.at) && e.standsFor(k, f) {
			best = f
		}
	}
	if best != none {
		return best
	}
	return gridFloor((before + after) / 2)
}

// standsFor reports whether no other start of the plan lies nearer to f: one
// time in busy time is worth a word at one start.
func (e *explainer) standsFor(k int, f instant) bool {
	for _, p := range e.plan {
		if distance(f, p.at) < distance(f, e.plan[k].at) {
			return false
		}
	}
	return true
}

// powerMark is the instant of the grid at the power session's time, in its day.
func (e *explainer) powerMark(d pumpingDay) instant {
	return max(gridFloor(d.at), gridCeil(d.from))
}

func distance(a, b instant) instant { return max(a-b, b-a) }

// undisturbed are the starts of the plan as it would be without busy time.
func undisturbed(r Routine, h History, now time.Time) []instant {
	if len(r.Busy) == 0 {
		return nil
	}
	r.Busy = nil
	var list []instant
	for _, s := range Make(r, h, now).Starts {
		list = append(list, instantOf(s.At))
	}
	return list
}

// neighbours are the start before the plan's k-th and the one after it, where
// anchor and horizon count as starts.
func (e *explainer) neighbours(k int) (before, after instant) {
	before, after = e.anchor.at, e.horizon
	if k > 0 {
		before = e.plan[k-1].at
	}
	if k+1 < len(e.plan) {
		after = e.plan[k+1].at
	}
	return before, after
}

func (e *explainer) lengthOf(p planned) instant {
	if p.power {
		return instant(e.r.PowerLength())
	}
	return instant(e.r.Session)
}

// dayOf is the pumping day in which t lies.
func (e *explainer) dayOf(t instant) pumpingDay {
	for _, d := range e.days {
		if d.holds(t) {
			return d
		}
	}
	return pumpingDay{}
}

// whyNot says why the start k does not lie at t: the rule it would break, or the
// first principle it would cost something. The span is what blocks it, zero if
// nothing does.
func (e *explainer) whyNot(k int, t instant) (text string, block span) {
	p := e.plan[k]
	before, after := e.neighbours(k)
	at := e.clockText(t)
	if text, block := e.blocked(t, e.lengthOf(p)); text != "" {
		return at + " " + text, block
	}
	if block := e.sleepIn(p, t); block.to != 0 {
		if block.holds(t) {
			return at + " is inside your sleep", block
		}
		return at + " would run into your sleep", block
	}
	gap := gapAfter(e.r, e.anchor)
	if k > 0 {
		gap = e.gapOf(e.plan[k-1])
	}
	switch {
	case t <= before || t >= after: // a power session's time beyond its neighbours
		return e.crowded(t, before, after), span{}
	case t-before < gap && gap > instant(e.r.MinGap):
		return at + " would be too close to the power session of " + e.clockBeside(before, t), span{}
	case t-before < gap:
		return at + " would be too close to " + e.clockBeside(before, t), span{}
	case after-t < e.gapOf(p) && p.power:
		return at + " would be too close to " + e.clockBeside(after, t) + " for a power session", span{}
	case after-t < e.gapOf(p):
		return at + " would be too close to " + e.clockBeside(after, t), span{}
	}
	moved := append([]planned(nil), e.plan...)
	moved[k].at = t
	return e.dearer(e.cost(moved), t, before, after), span{}
}

// sleepIn is the sleep that a power session at t would take something of, and
// may not: its own time is awake. It is empty for every other start.
func (e *explainer) sleepIn(p planned, t instant) span {
	if at := e.dayOf(p.at).at; !p.power || overlaps(e.sleeps, span{at, at + 1}) {
		return span{}
	}
	for _, s := range e.sleeps {
		if overlaps([]span{s}, span{t, t + e.lengthOf(p)}) {
			return s
		}
	}
	return span{}
}

// crowded says why a power session whose time t is not between its neighbours
// is not at t.
func (e *explainer) crowded(t, before, after instant) string {
	at := e.clockText(t)
	for _, other := range []instant{before, after} {
		if distance(t, other) < instant(e.r.MinGap) {
			return at + " would be too close to " + e.clockBeside(other, t)
		}
	}
	switch {
	case t > after:
		return at + " comes after " + e.clockBeside(after, t) + ", the start after it"
	case before == e.anchor.at:
		return at + " comes before " + e.clockBeside(before, t) + ", where this plan begins"
	}
	return at + " comes before " + e.clockBeside(before, t) + ", the start before it"
}

// gapOf is the least gap after a planned start.
func (e *explainer) gapOf(p planned) instant {
	if p.power {
		return instant(e.r.gapAfterPower(e.r.PowerLength()))
	}
	return instant(e.r.MinGap)
}

// blocked says what lies in the way of a session at t.
func (e *explainer) blocked(t, length instant) (string, span) {
	for _, p := range e.pauses {
		if p.holds(t) {
			return "is inside a pause", p
		}
	}
	s := span{t, t + length}
	for d := e.cal.date(t) - 2; d <= e.cal.date(t)+1; d++ {
		for i := range e.r.Busy {
			b := &e.r.Busy[i]
			held := e.cal.span(d, b.Range)
			if !b.Days.Has(d.weekday()) || held.from >= s.to || held.to <= s.from {
				continue
			}
			name := "busy time"
			if b.Name != "" {
				name = b.Name
			}
			if held.holds(t) {
				return "is inside your " + name, held
			}
			return "would run into your " + name, held
		}
	}
	return "", span{}
}

// dearer names the first principle that a plan with a start at t would cost
// more; nothing when only the gaps would be less even.
func (e *explainer) dearer(c Cost, t, before, after instant) string {
	at := e.clockText(t)
	limit, _ := e.limitAfter(before, 0)
	switch now := e.costs; {
	case c.Sleep > now.Sleep && t <= limit: // whatever it does to the gap after it
		return at + " would take more of your sleep"
	case c.Excess > now.Excess && t > limit:
		return at + " would be " + gapBetween(before, t) + " after " + e.clockBeside(before, t) + ", longer than your limit"
	case c.Excess > now.Excess:
		return "from " + e.clockBeside(t, after) + " to " + e.clockText(after) + " it would be " + gapBetween(t, after) + ", longer than your limit"
	case c.Excess < now.Excess:
	case c.Overnight > now.Overnight:
		return at + " lies outside your night window, " + e.r.Overnight.Window.From.String() + " to " + e.r.Overnight.Window.To.String()
	case c.Overnight < now.Overnight:
	case c.Sleep != now.Sleep:
	case c.Count > now.Count:
		return at + " would count for another day"
	}
	return ""
}

// clockText is the wall-clock time of t.
func (e *explainer) clockText(t instant) string { return e.cal.clock(t).String() }

// clockBeside is the wall-clock time of t, with the zone's abbreviation if the
// clocks change between t and the other time it is read with.
func (e *explainer) clockBeside(t, other instant) string {
	return string(e.appendClock(nil, t, other))
}

func gapText(d instant) string { return string(appendGap(nil, time.Duration(d))) }

// gapBetween is how far two times lie apart as clocks show them.
func gapBetween(from, to instant) string { return string(appendGap(nil, apart(from, to))) }
