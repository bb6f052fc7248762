package planner

import (
	"fmt"
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
	m.cal.cover(r.Location, min(from, m.now)-4*day, max(from, m.now)+4*longestPause)
	if anchored {
		m.planFrom(anchor)
	} else {
		m.planFirst(from)
	}
	e := &explainer{maker: m, costs: m.cost(m.plan), clear: undisturbed(r, h, now)}
	x := Explanation{Starts: make([]string, len(m.drafts))}
	lead := len(m.drafts) - len(m.plan) // a start that is due, or the first: it keeps its time
	for k := range m.plan {
		x.Starts[lead+k] = e.start(k)
	}
	x.Costs = [7]string{e.excess(), e.overnight(), e.sleep(), e.count(), e.powerMissing(), e.powerOff(), e.uneven()}
	return x
}

// explainer speaks of the last search of a maker.
type explainer struct {
	*maker
	costs Cost
	clear []instant // the starts of the plan as it would be without busy time
}

// worthSaying is how far from the time that one would expect a start may lie
// before anybody wonders: three steps of the grid.
const worthSaying = 15 * minute

// start says why the start k of the plan is not where one would expect it.
func (e *explainer) start(k int) string {
	p := e.plan[k]
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
		if more, _ := e.whyNot(k, other); more != "" {
			text += "; " + more
		}
	}
	return text + "."
}

// expected is where one would expect the start k: a power session at its time;
// any other one where it would lie if nothing were in the way or, if nothing
// is, in the middle of its neighbours.
func (e *explainer) expected(k int) instant {
	p := e.plan[k]
	if p.power {
		return gridFloor(e.dayOf(p.at).at)
	}
	before, after := e.neighbours(k)
	best := none
	for _, f := range e.clear {
		if text, _ := e.blocked(f, e.lengthOf(p)); text != "" && before < f && f < after && distance(f, p.at) < distance(best, p.at) {
			best = f
		}
	}
	if best != none {
		return best
	}
	return gridFloor((before + after) / 2)
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

// whyNot says why the start k does not lie at t, between its neighbours: the
// rule it would break, or the first principle it would cost something. The
// span is what blocks it, zero if nothing does.
func (e *explainer) whyNot(k int, t instant) (text string, block span) {
	p := e.plan[k]
	before, after := e.neighbours(k)
	at := e.clockText(t)
	if text, block := e.blocked(t, e.lengthOf(p)); text != "" {
		return at + " " + text, block
	}
	gap := gapAfter(e.r, e.anchor)
	if k > 0 {
		gap = e.gapOf(e.plan[k-1])
	}
	switch {
	case t-before < gap:
		return at + " would be too close to " + e.clockText(before), span{}
	case after-t < e.gapOf(p):
		return at + " would be too close to " + e.clockText(after), span{}
	}
	moved := append([]planned(nil), e.plan...)
	moved[k].at = t
	return e.dearer(e.cost(moved), t, before, after), span{}
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
	case c.Excess > now.Excess && t > limit:
		return at + " would be " + gapText(t-before) + " after " + e.clockText(before) + ", longer than your limit"
	case c.Excess > now.Excess:
		return "from " + at + " to " + e.clockText(after) + " it would be " + gapText(after-t) + ", longer than your limit"
	case c.Excess < now.Excess:
	case c.Overnight > now.Overnight:
		return at + " lies outside your night window, " + e.r.Overnight.Window.From.String() + " to " + e.r.Overnight.Window.To.String()
	case c.Overnight < now.Overnight:
	case c.Sleep > now.Sleep:
		return at + " would take more of your sleep"
	case c.Sleep < now.Sleep:
	case c.Count > now.Count:
		return at + " would count for another day"
	}
	return ""
}

// clockText is the wall-clock time of t.
func (e *explainer) clockText(t instant) string { return e.cal.clock(t).String() }

func gapText(d instant) string { return string(appendGap(nil, time.Duration(d))) }

// dayEnd names a pumping day by its end.
func (e *explainer) dayEnd(d pumpingDay) string {
	return "the day until " + e.cal.time(d.to).Format("Mon 15:04")
}

// excess speaks of the gap limit.
func (e *explainer) excess() string {
	if e.costs.Excess == 0 {
		text := "No gap is longer than your limit: " + gapText(instant(e.r.dayGap())) + " by day"
		if e.r.Sleep != nil {
			text += ", " + gapText(instant(e.r.NightGap)) + " asleep"
		}
		return text + "."
	}
	var list []string
	for k := 0; k <= len(e.plan); k++ {
		before, after := e.anchor.at, e.horizon
		if k > 0 {
			before = e.plan[k-1].at
		}
		if k < len(e.plan) {
			after = e.plan[k].at
		}
		limit, _ := e.limitAfter(before, 0)
		if after <= limit {
			continue
		}
		text := "From " + e.clockText(before) + " to " + e.clockText(after) + " it is " + gapText(after-before) + ", " + gapText(after-limit) + " past your limit"
		if why, _ := e.blocked(gridFloor(limit), instant(e.r.Session)); why != "" {
			text += ": " + e.clockText(gridFloor(limit)) + " " + why
		}
		list = append(list, text+".")
	}
	return strings.Join(list, " ")
}

// overnight speaks of the prolactin window.
func (e *explainer) overnight() string {
	window := e.r.Overnight.Window
	if window == nil {
		return "No session at night is asked for."
	}
	var list []string
	for _, n := range e.nights {
		if !n.counted {
			continue
		}
		have, want := n.have+starts(e.plan, n.span), e.r.Overnight.Sessions
		when := e.cal.time(n.from).Format("Mon") + ", " + window.From.String() + " to " + window.To.String()
		text := fmt.Sprintf("%d of %d on %s", have, want, when)
		switch {
		case n.have > 0 && n.have >= want:
			text = fmt.Sprintf("%d of %d on %s, had already", have, want, when)
		case have >= want:
			text += ", as you set"
		default:
			text += ": there was no room for more"
			if why, _ := e.blocked(gridFloor((n.from+n.to)/2), instant(e.r.Session)); why != "" {
				text += "; " + e.clockText(gridFloor((n.from+n.to)/2)) + " " + why
			}
		}
		list = append(list, text+".")
	}
	if len(list) == 0 {
		return "No night lies in this plan."
	}
	return strings.Join(list, " ")
}

// sleep speaks of what rings in it.
func (e *explainer) sleep() string {
	if e.r.Sleep == nil {
		return "No sleep is set, so none is kept free."
	}
	var list []string
	for k, p := range e.plan {
		for _, s := range e.sleeps {
			if s.from < p.at && p.at < s.to {
				list = append(list, e.clockText(p.at)+", "+e.wakesFor(k))
			}
		}
	}
	switch len(list) {
	case 0:
		return "Nothing rings while you sleep."
	case 1:
		return "One alarm, at " + list[0] + "."
	}
	return fmt.Sprintf("%d alarms: at %s.", len(list), strings.Join(list, "; at "))
}

// wakesFor says what a start in sleep is for.
func (e *explainer) wakesFor(k int) string {
	p := e.plan[k]
	if p.power {
		return "for the power session at its time"
	}
	for _, n := range e.nights {
		if n.counted && n.holds(p.at) && n.have+starts(e.plan[:k], n.span) < e.r.Overnight.Sessions {
			return "for your night window"
		}
	}
	return "so that no gap is longer than your limit"
}

// count speaks of the day's number.
func (e *explainer) count() string {
	var list []string
	for _, d := range e.days {
		if !d.counted {
			continue
		}
		n := d.done + starts(e.plan, d.span)
		text := fmt.Sprintf("%d of %d in %s", n, d.target, e.dayEnd(d))
		switch {
		case n < d.target:
			text += ": more would lie too close together, in your sleep or in busy time"
		case n > d.target && d.done >= d.target:
			text += ": the number is reached, and the gaps go on being kept"
		case n > d.target:
			text += ": more, so that no gap is longer than your limit"
		}
		list = append(list, text+".")
	}
	if len(list) == 0 {
		return "No day ends in this plan."
	}
	return strings.Join(list, " ")
}

// powerMissing speaks of the power session.
func (e *explainer) powerMissing() string {
	if e.r.Power == nil {
		return "No power session is asked for."
	}
	if n := e.costs.PowerMissing; n > 0 {
		days := "One day goes"
		if n > 1 {
			days = fmt.Sprintf("%d days go", n)
		}
		return fmt.Sprintf("%s without: nothing was free within %s of %s.", days, gapText(instant(e.r.Power.Flex)), e.r.Power.At)
	}
	for _, p := range e.plan {
		if p.power {
			return "Planned for " + e.clockText(p.at) + "."
		}
	}
	return "Each day of this plan has had it."
}

// powerOff speaks of the power session's time.
func (e *explainer) powerOff() string {
	switch {
	case e.r.Power == nil:
		return "So there is no time to keep."
	case e.costs.PowerMissing > 0 && e.costs.PowerOff == 0:
		return "So there is no time to keep."
	case e.costs.PowerOff == 0:
		return "Nothing had to move from " + e.r.Power.At.String() + "."
	}
	text := fmt.Sprintf("%s from %s", gapText(instant(e.costs.PowerOff)*minute), e.r.Power.At)
	for k, p := range e.plan {
		if d := e.dayOf(p.at); p.power && d.power && p.at != d.at {
			if why, _ := e.whyNot(k, gridFloor(d.at)); why != "" {
				text += ": " + why
				break
			}
		}
	}
	return text + "."
}

// uneven speaks of the gaps.
func (e *explainer) uneven() string {
	if len(e.plan) == 0 {
		return "There is one gap, to " + e.clockText(e.horizon) + "."
	}
	type gap struct{ from, to instant }
	var least, most gap
	before := e.anchor.at
	for k := range e.plan {
		g := gap{before, e.plan[k].at}
		if k == 0 || g.to-g.from < least.to-least.from {
			least = g
		}
		if k == 0 || g.to-g.from > most.to-most.from {
			most = g
		}
		before = g.to
	}
	if least == most || most.to-most.from-(least.to-least.from) < 2*grid {
		return "All gaps are about " + gapText(most.to-most.from) + "."
	}
	return fmt.Sprintf("From %s (%s to %s) to %s (%s to %s); as even as the rest allows.",
		gapText(least.to-least.from), e.clockText(least.from), e.clockText(least.to),
		gapText(most.to-most.from), e.clockText(most.from), e.clockText(most.to))
}
