package planner

import (
	"fmt"
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
	if n := e.costs.PowerMissing; n > 0 {
		days := "One day goes"
		if n > 1 {
			days = fmt.Sprintf("%d days go", n)
		}
		if e.powerHasRoom() {
			return fmt.Sprintf("%s without: within %s of %s it would cost a longer gap, sleep or the day's number.", days, gapText(instant(e.r.Power.Flex)), e.powerTime())
		}
		return fmt.Sprintf("%s without: nothing was free within %s of %s.", days, gapText(instant(e.r.Power.Flex)), e.powerTime())
	}
	var planned []string
	for _, p := range e.plan {
		switch {
		case p.power && e.cal.date(p.at) == e.cal.date(e.now):
			planned = append(planned, e.clockText(p.at))
		case p.power:
			planned = append(planned, e.cal.time(p.at).Format("Mon 15:04"))
		}
	}
	if len(planned) > 0 {
		return "Planned for " + strings.Join(planned, " and ") + "."
	}
	for _, d := range e.days {
		for _, entry := range e.entries {
			if entry.power && d.holds(entry.at) {
				return "It was " + e.hadOrOffered(span{entry.at, entry.at + 1}) + " already, at " + e.clockText(entry.at) + "."
			}
		}
	}
	if s := e.r.Power.Starting; !s.IsZero() && s.number() > e.cal.date(e.anchor.at) {
		return "It begins on " + e.cal.time(e.cal.resolve(s.number(), 12*60, firstTime)).Format("Mon 2 Jan") + "."
	}
	return "Its time does not come in this plan."
}

// powerHasRoom reports whether a day that goes without its power session has
// an instant at which that would overlap nothing.
func (e *explainer) powerHasRoom() bool {
	for _, d := range e.days {
		for i := d.powerLo; d.power && i < d.powerHi; i++ {
			had := false
			for _, p := range e.plan {
				had = had || p.power && d.holds(p.at)
			}
			if e.power[i] >= 0 && !had {
				return true
			}
		}
	}
	return false
}

// powerOff speaks of the power session's time.
func (e *explainer) powerOff() string {
	switch {
	case e.r.Power == nil:
		return "So there is no time to keep."
	case e.costs.PowerMissing > 0 && e.costs.PowerOff == 0:
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
		default:
			if why, _ = e.whyNot(k, gridFloor(d.at)); why != "" {
				why = ": " + why
			}
		}
	}
	if len(moved) > 1 {
		text = strings.Join(moved, " and ")
	}
	return text + " from " + e.powerTime() + why + "."
}
