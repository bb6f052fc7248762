package planner

import (
	"fmt"
	"slices"
	"strings"
)

// powerTime names the power session's time.
func (e *explainer) powerTime() string {
	if e.r.Power.Line != nil {
		return "its time"
	}
	return e.r.Power.At.String()
}

// powerMissing speaks of the power session.
func (e *explainer) powerMissing() string {
	if e.r.Power == nil {
		return "No power session is asked for."
	}
	var list []string
	if e.asIf && e.anchor.power {
		list = append(list, "One is due now.")
	}
	if planned := e.plannedPower(); len(planned) > 0 {
		list = append(list, "Planned for "+strings.Join(planned, " and ")+".")
	}
	if n := e.costs.PowerMissing; n > 0 {
		days := "One day goes"
		switch {
		case n > 1 && len(list) > 0:
			days = fmt.Sprintf("%d other days go", n)
		case n > 1:
			days = fmt.Sprintf("%d days go", n)
		case len(list) > 0:
			days = "Another day goes"
		}
		list = append(list, days+" without: "+strings.Join(e.whyNoPower(), "; ")+".")
	}
	if len(list) > 0 {
		return strings.Join(list, " ")
	}
	for _, d := range e.days {
		for _, entry := range e.entries {
			if entry.power && d.holds(entry.at) {
				if entry.passed {
					return "It was offered already, at " + e.clockText(entry.at) + "."
				}
				return "You had it already, at " + e.clockText(entry.at) + "."
			}
		}
	}
	if s := e.r.Power.Starting; !s.IsZero() && s.number() > e.cal.date(e.anchor.at) {
		return "It begins on " + e.cal.time(e.cal.resolve(s.number(), 12*60, firstTime)).Format("Mon 2 Jan") + "."
	}
	return "Its time does not come in this plan."
}

// plannedPower names when the plan has its power sessions.
func (e *explainer) plannedPower() []string {
	var list []string
	for _, p := range e.plan {
		switch {
		case p.power && e.cal.date(p.at) == e.cal.date(e.now):
			list = append(list, e.clockText(p.at))
		case p.power:
			list = append(list, e.cal.time(p.at).Format("Mon 15:04"))
		}
	}
	return list
}

// whyNoPower says why days go without their power session, each reason once.
func (e *explainer) whyNoPower() []string {
	var whys places
	if e.powerLost > 0 {
		whys.add(e.noneFree())
	}
	for _, d := range e.days {
		if d.power && !slices.ContainsFunc(e.plan, func(p planned) bool { return p.power && d.holds(p.at) }) {
			whys.add(e.whyNoPowerIn(d))
		}
	}
	return whys
}

// whyNoPowerIn says why this day goes without its power session: nothing is
// free for it, what is free lies too close to where the plan begins or ends, or
// a principle that comes before it would cost more.
func (e *explainer) whyNoPowerIn(d pumpingDay) string {
	free, early, fits := false, false, false
	for i := d.powerLo; i < d.powerHi; i++ {
		if e.power[i] < 0 {
			continue
		}
		free, early = true, early || i < e.opening
		fits = fits || i >= e.opening && e.at(i)+e.gapAt(powerHere) <= e.horizon
	}
	near := e.nearPowerTime()
	if e.r.Power.Flex > 0 && free && !fits {
		near = "what is free " + near + " lies"
	} else if !fits {
		near += " it would be"
	}
	switch {
	case !free:
		return e.noneFree()
	case !fits && early:
		return near + " too close to " + e.clockText(e.anchor.at)
	case !fits:
		return near + " too close to " + e.clockText(e.horizon) + ", where this plan ends"
	case e.r.timed():
		return near + " it would cost a longer gap or a listed time"
	default:
		return near + " it would cost " + e.beforePower()
	}
}

// beforePower names what the principles before that of the power session keep.
func (e *explainer) beforePower() string {
	keep := "a longer gap"
	if e.r.Overnight.Window != nil {
		keep += ", a night session"
	}
	if e.r.Sleep != nil {
		keep += ", sleep"
	}
	return keep + " or the day's number"
}

func (e *explainer) noneFree() string {
	if e.r.timed() {
		return "no listed time was free " + e.nearPowerTime()
	}
	return "nothing was free " + e.nearPowerTime()
}

// nearPowerTime names the stretch in which the power session may lie.
func (e *explainer) nearPowerTime() string {
	if e.r.Power.Flex == 0 {
		return "at " + e.powerTime()
	}
	return "within " + gapText(instant(e.r.Power.Flex)) + " of " + e.powerTime()
}

// powerOff speaks of the power session's time.
func (e *explainer) powerOff() string {
	switch {
	case e.r.Power == nil:
		return "So there is no time to keep."
	case !slices.ContainsFunc(e.plan, func(p planned) bool { return p.power }):
		return "So there is no time to keep."
	case e.costs.PowerOff == 0:
		return "Nothing had to move from " + e.powerTime() + "."
	}
	var moved []string
	text, why := "", ""
	for k, p := range e.plan {
		d := e.dayOf(p.at)
		if !p.power || !d.power || p.at == d.at {
			continue
		}
		moved = append(moved, e.cal.time(p.at).Format("Mon ")+gapText(distance(p.at, d.at)))
		text = gapText(distance(p.at, d.at))
		switch {
		case why != "":
		case e.r.timed():
			why = ": your timetable has " + e.clockText(p.at)
		case distance(p.at, d.at) < grid:
			why = ", the five-minute mark beside it"
		default:
			if why, _ = e.whyNot(k, e.powerMark(d)); why != "" {
				why = ": " + why
			}
		}
	}
	if len(moved) > 1 {
		text = strings.Join(moved, " and ")
	}
	return text + " from " + e.powerTime() + why + "."
}
