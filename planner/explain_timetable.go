package planner

import (
	"fmt"
	"strings"
)

// The timetable's part of an explanation.

// listedTimes says which of the timetable's times have no start, those with the
// same reason together.
func (e *explainer) listedTimes() string {
	if e.costs.Count == 0 {
		return "Every listed time has its start" + e.putOff() + "."
	}
	_, last := e.cal.pumpingDay(e.r.DayStart, e.horizon)
	var whys []string
	times := map[string]places{}
	for _, at := range e.freeTimes() {
		if at >= last.from || e.hasStart(at) {
			continue
		}
		why, _ := e.blocked(at, instant(e.r.Session))
		if why == "" {
			why = "lies too close to another start"
		}
		if times[why] == nil {
			whys = append(whys, why)
		}
		times[why] = append(times[why], e.dayClock(at, at))
	}
	if len(whys) == 0 { // two were put off to one start
		return "One start stands for several listed times."
	}
	var list []string
	for _, why := range whys {
		list = append(list, times[why].String()+" "+verb(why, len(times[why])))
	}
	return "Without a start: " + strings.Join(list, "; ") + "."
}

// verb puts what is said of one time as it is said of n.
func verb(why string, n int) string {
	if n > 1 {
		why = strings.Replace(strings.Replace(why, "is inside", "are inside", 1), "lies ", "lie ", 1)
	}
	return why
}

// hasStart reports whether a start stands for the listed time.
func (e *explainer) hasStart(at instant) bool {
	for _, p := range e.plan {
		if p.at == at || at < e.at(e.opening) && p.at == e.at(e.opening) {
			return true
		}
	}
	return false
}

// listedBlocked says of the first listed time in s that has no start what lies
// in its way; nothing when there is none.
func (e *explainer) listedBlocked(s span) string {
	for _, at := range e.freeTimes() {
		if !s.holds(at) || e.hasStart(at) {
			continue
		}
		if why, _ := e.blocked(at, instant(e.r.Session)); why != "" {
			return fmt.Sprintf(": %s %s", e.clockText(at), why)
		}
	}
	return ""
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
