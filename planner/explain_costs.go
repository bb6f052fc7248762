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
	var list, listed []string
	for k := 0; k <= len(e.plan); k++ {
		g, end := e.gapTo(k)
		limit, _ := e.limitAfter(g.from, 0)
		if g.to <= limit {
			continue
		}
		from, to, past := e.dayClock(g.from, g.to), e.clockText(g.to)+end, gapBetween(limit, g.to)
		why, asListed := e.whyLong(k, g, limit)
		if asListed {
			listed = append(listed, from+" to "+to+" by "+past)
			continue
		}
		list = append(list, "From "+from+" to "+to+" it is "+gapBetween(g.from, g.to)+", "+past+" past your limit"+why+".")
	}
	if len(listed) > 0 {
		list = append(list, "Your timetable goes past your limit: "+strings.Join(listed, "; ")+".")
	}
	return strings.Join(list, " ")
}

// gapTo is the gap before the start k of the plan. After the last start it runs
// to the horizon, which is no start: end says so.
func (e *explainer) gapTo(k int) (gap span, end string) {
	gap = span{e.anchor.at, e.horizon}
	if k > 0 {
		gap.from = e.plan[k-1].at
	}
	if k == len(e.plan) {
		return gap, ", where this plan ends,"
	}
	gap.to = e.plan[k].at
	return gap, ""
}

// whyLong says what keeps the gap before the start k from ending by its limit;
// asListed, that it is the timetable alone.
func (e *explainer) whyLong(k int, gap span, limit instant) (why string, asListed bool) {
	if e.r.timed() {
		why = e.listedBlocked(gap)
		return why, why == ""
	}
	by := gridFloor(limit)
	if why, _ = e.blocked(by, instant(e.r.Session)); why != "" {
		return ": " + e.clockText(by) + " " + why, false
	}
	least := gapAfter(e.r, e.anchor)
	if k > 0 {
		least = e.gapOf(e.plan[k-1])
	}
	if gap.from+least > by && least > instant(e.r.MinGap) {
		return ": after a power session the next comes " + gapText(least) + " later at the earliest", false
	}
	if k == len(e.plan) {
		return ": no start would keep its distance from both ends", false
	}
	return ": sooner would make a gap after it longer", false
}

// dayClock is the wall-clock time of t, read with a later time, with its day
// where the plan holds more than one.
func (e *explainer) dayClock(t, other instant) string {
	if e.horizon-e.anchor.at > day && e.cal.date(t) != e.cal.date(e.now) {
		return e.cal.time(t).Format("Mon ") + e.clockBeside(t, other)
	}
	return e.clockBeside(t, other)
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
		had := n.have
		if e.asIf && n.holds(e.anchor.at) {
			had--
		}
		when := e.cal.time(n.from).Format("Mon") + ", " + window.From.String() + " to " + window.To.String()
		text := fmt.Sprintf("%d of %d on %s", have, want, when)
		switch {
		case had >= want:
			text = fmt.Sprintf("%d of %d on %s, %s already", had, want, when, e.hadOrOffered(n.span))
			if have > had {
				text += fmt.Sprintf(", %d more planned", have-had) // sleep says what for
			}
		case have > want && e.r.timed():
			text += ", as your timetable has it"
		case have > want:
			text += ": more, " + e.whyMoreAtNight(n)
		case have >= want:
			text += ", as you set"
		case e.r.timed():
			text += ": your timetable has no more for it" + strings.Replace(e.listedBlocked(n.span), ": ", "; ", 1)
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

// sleep speaks of the starts in it. Whether they ring is the reminders' affair:
// their level is not the plan's, and pain takes it down.
func (e *explainer) sleep() string {
	if e.r.Sleep == nil {
		return "No sleep is set, so none is kept free."
	}
	type start struct {
		at  instant
		why string
	}
	var list []start
	for k, p := range e.plan {
		if overlaps(e.sleeps, span{p.at - 1, p.at}) && overlaps(e.sleeps, span{p.at, p.at + 1}) {
			list = append(list, start{p.at, e.wakesFor(k)})
		}
	}
	switch len(list) {
	case 0:
		return "Nothing is planned while you sleep."
	case 1:
		return "One start in it, at " + e.clockText(list[0].at) + ", " + list[0].why + "."
	}
	clock := e.clockText
	if list[len(list)-1].at-list[0].at > 12*hour { // no sleep is longer
		clock = func(t instant) string { return e.cal.time(t).Format("Mon 15:04") }
	}
	text := fmt.Sprintf("%d starts in it: at ", len(list))
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
		return "All gaps are about " + gapBetween(most.from, most.to) + "."
	}
	how := "as even as the rest allows"
	if e.r.timed() {
		how = "as your timetable has them"
	}
	return fmt.Sprintf("From %s (%s to %s) to %s (%s to %s); %s.",
		gapBetween(least.from, least.to), e.clockBeside(least.from, least.to), e.clockText(least.to),
		gapBetween(most.from, most.to), e.clockBeside(most.from, most.to), e.clockText(most.to), how)
}
