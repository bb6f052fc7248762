package planner

import (
	"fmt"
	"strings"
)

// dayEnd names a pumping day by its end.
func (e *explainer) dayEnd(d pumpingDay) string {
	return "the day until " + e.cal.time(d.to).Format("Mon 15:04")
}

// excess speaks of the gap limit.
func (e *explainer) excess() string {
	if e.costs.Excess == 0 {
		text := "No gap is longer than your limit: " + gapText(instant(e.r.dayGap()))
		if e.r.Sleep != nil {
			text += " by day, " + gapText(instant(e.r.NightGap)) + " asleep"
			if e.longestGap() > instant(e.r.NightGap) {
				text += ", and up to " + gapText(instant(e.r.WakeGrace)) + " more until you wake"
			}
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

// longestGap is the longest gap of the plan, the one to the horizon included.
func (e *explainer) longestGap() instant {
	longest, before := instant(0), e.anchor.at
	for _, p := range e.plan {
		longest, before = max(longest, p.at-before), p.at
	}
	return max(longest, e.horizon-before)
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
		case n.have >= want:
			text += ", " + e.hadOrOffered(n.span) + " already"
		case have > want && e.r.timed():
			text += ", as your timetable has it"
		case have > want:
			text += ": more, so that no gap is longer than your limit"
		case have >= want:
			text += ", as you set"
		default:
			why := "there was no room for more"
			if e.r.timed() {
				why = "your timetable has no more for it"
			}
			text += ": " + why
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

// hadOrOffered says whether what counts in s was a session or only offered.
func (e *explainer) hadOrOffered(s span) string {
	switch sessions, passed := e.in(s); {
	case passed == 0:
		return "had"
	case sessions == 0:
		return "offered"
	}
	return "had or offered"
}

// sleep speaks of what rings in it.
func (e *explainer) sleep() string {
	if e.r.Sleep == nil {
		return "No sleep is set, so none is kept free."
	}
	type alarm struct {
		at  instant
		why string
	}
	var list []alarm
	for k, p := range e.plan {
		if overlaps(e.sleeps, span{p.at - 1, p.at}) && overlaps(e.sleeps, span{p.at, p.at + 1}) {
			list = append(list, alarm{p.at, e.wakesFor(k)})
		}
	}
	switch len(list) {
	case 0:
		return "Nothing rings while you sleep."
	case 1:
		return "One alarm, at " + e.clockText(list[0].at) + ", " + list[0].why + "."
	}
	clock := e.clockText
	if list[len(list)-1].at-list[0].at > 12*hour { // no sleep is longer
		clock = func(t instant) string { return e.cal.time(t).Format("Mon 15:04") }
	}
	text := fmt.Sprintf("%d alarms: at ", len(list))
	for i, a := range list {
		text += clock(a.at)
		switch last := i+1 == len(list); {
		case last:
			text += ", " + a.why + "."
		case list[i+1].why != a.why:
			text += ", " + a.why + "; at "
		case i+2 < len(list) && list[i+2].why == a.why:
			text += ", "
		default:
			text += " and "
		}
	}
	return text
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
	if e.r.timed() {
		return "as your timetable has it"
	}
	return "so that no gap is longer than your limit"
}

// count speaks of the day's number.
func (e *explainer) count() string {
	if e.r.timed() {
		return e.listedTimes()
	}
	var list []string
	for _, d := range e.days {
		if !d.counted {
			continue
		}
		n := d.done + starts(e.plan, d.span)
		text := fmt.Sprintf("%d of %d in %s", n, d.target, e.dayEnd(d)) + e.counting(d)
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

// counting says what of a day's number is neither had nor planned.
func (e *explainer) counting(d pumpingDay) string {
	var list []string
	if _, passed := e.in(d.span); passed > e.r.CatchUp {
		list = append(list, fmt.Sprintf("%d let go", passed-e.r.CatchUp))
	}
	if share := d.done - e.number(e.r, d.span); share > 0 {
		list = append(list, fmt.Sprintf("%d for the hours before %s", share, e.clockText(e.since)))
	}
	if len(list) == 0 {
		return ""
	}
	return ", counting " + strings.Join(list, " and ")
}

// listedTimes speaks of the timetable: which of its times have no start.
func (e *explainer) listedTimes() string {
	if e.costs.Count == 0 {
		return "Every listed time has its start" + e.putOff() + "."
	}
	_, last := e.cal.pumpingDay(e.r.DayStart, e.horizon)
	var list []string
	for _, at := range e.freeTimes() {
		had := false
		for _, p := range e.plan {
			had = had || p.at == at || at < e.at(e.opening) && p.at == e.at(e.opening)
		}
		if had || at >= last.from {
			continue
		}
		why := "lies too close to another start"
		if block, _ := e.blocked(at, instant(e.r.Session)); block != "" {
			why = block
		}
		list = append(list, e.clockText(at)+" "+why)
	}
	if len(list) == 0 { // two were put off to one start
		return "One start stands for several listed times."
	}
	return "Without a start: " + strings.Join(list, "; ") + "."
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
	how := "as even as the rest allows"
	if e.r.timed() {
		how = "as your timetable has them"
	}
	return fmt.Sprintf("From %s (%s to %s) to %s (%s to %s); %s.",
		gapText(least.to-least.from), e.clockText(least.from), e.clockText(least.to),
		gapText(most.to-most.from), e.clockText(most.from), e.clockText(most.to), how)
}

// putOff names the listed time that comes a little after its own instant,
// because it would be too close to the anchor.
func (e *explainer) putOff() string {
	if len(e.plan) == 0 || e.lists(e.plan[0].at) {
		return ""
	}
	for _, at := range e.freeTimes() {
		return ", " + e.clockText(at) + " at " + e.clockText(e.plan[0].at)
	}
	return ""
}
