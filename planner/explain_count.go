package planner

import (
	"fmt"
	"strings"
)

// The number's part of an explanation.

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
			text += ": more would lie " + e.whereMore(d)
		case n > d.target && d.done >= d.target:
			text += ": the number is reached, and the gaps go on being kept"
		case n > d.target:
			text += ": more, " + e.whyMore(d)
		}
		list = append(list, text+".")
	}
	if len(list) == 0 {
		return "No day ends in this plan."
	}
	return strings.Join(list, " ")
}

// whyMore says what the starts of a day are for that go beyond its number: the
// night window, if there would be no more than that without it. Only it and the
// gap limit ask for more.
func (e *explainer) whyMore(d pumpingDay) string {
	without := e.startsIf(func(r *Routine) { r.Overnight.Window = nil }, d.span)
	if d.done+without <= d.target {
		return "for your night window"
	}
	return "so that no gap is longer than your limit"
}

// whyMoreAtNight says what the starts of a window are for that go beyond what it
// wants: the day's number, if there would be fewer without one to reach.
func (e *explainer) whyMoreAtNight(n night) string {
	without := e.startsIf(func(r *Routine) { r.Target, r.Ramp = 0, nil }, n.span)
	if without < starts(e.plan, n.span) {
		return "for the day's number"
	}
	return "so that no gap is longer than your limit"
}

// startsIf counts the starts in s that the plan would have in another routine.
func (e *explainer) startsIf(change func(*Routine), s span) int {
	r, n := *e.r, 0
	change(&r)
	p := Make(r, *e.h, e.cal.time(e.now))
	for _, other := range p.Starts {
		if s.holds(instantOf(other.At)) && (p.AsIf.IsZero() || other.At.After(p.Now)) {
			n++
		}
	}
	return n
}

// whereMore says where further starts of a day would lie.
func (e *explainer) whereMore(d pumpingDay) string {
	places, rest := []string{"too close together"}, span{max(d.from, e.anchor.at), d.to}
	if overlaps(e.sleeps, rest) {
		places = append(places, "in your sleep")
	}
	if overlaps(e.busy, rest) {
		places = append(places, "in busy time")
	}
	if overlaps(e.pauses, rest) {
		places = append(places, "in a pause")
	}
	last := len(places) - 1
	if last == 0 {
		return places[0]
	}
	return strings.Join(places[:last], ", ") + " or " + places[last]
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
