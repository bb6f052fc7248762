package config

import (
	"fmt"

	"gopkg.in/yaml.v3"

	"nightbell/planner"
)

const (
	// maxTimes bounds the entries of a timetable. Seven days with ten times of
	// their own are 70; the plan looks at each entry on each day.
	maxTimes = 100
	// maxRamp bounds the steps of a ramp: a change a week for two years.
	maxRamp = 104
	// maxLine is maxClock for cron lines, in characters. One that names every
	// second hour and five weekdays has 60.
	maxLine = 200
)

// times reads the timetable into x and returns the place of each entry in the
// file. None, and off, is no timetable.
func (s section) times(x *planner.Routine) (names []string) {
	const example = `["07:00", "10:00", "0 13-22/3 * * *"]`
	if n := s.node["times"]; n != nil && n.Kind == yaml.ScalarNode && n.Value == "off" {
		return nil
	}
	if s.empty("times") {
		return nil
	}
	entries, places := s.list("times", "times of day and cron lines such as "+example)
	if len(entries) > maxTimes {
		s.problem(s.full("times"), "has %d entries, more than %d; name many times in one cron line, such as \"0 7-22/3 * * *\"", len(entries), maxTimes)
		return nil
	}
	for i, n := range entries {
		if n.Kind != yaml.ScalarNode || isNull(n) {
			s.problem(places[i], "%s is not a time; write one such as \"07:00\", or a cron line such as \"0 7 * * mon-fri\"", value(n))
			continue
		}
		w, err := planner.ParseClockwork(cut(n.Value, maxLine))
		if err != nil {
			s.problem(places[i], "%v", err)
			continue
		}
		x.Times, names = append(x.Times, w), append(names, places[i])
	}
	return names
}

// ramp reads the dated targets into x and returns the place of each in the
// file.
func (s section) ramp(x *planner.Routine) (names []string) {
	const example = "{from: 2026-01-31, target: 6}"
	if s.empty("ramp") {
		return nil
	}
	entries, places := s.list("ramp", "entries such as - "+example)
	if len(entries) > maxRamp {
		s.problem(s.full("ramp"), "has %d entries, more than %d; keep those that are still to come, and the last one before them", len(entries), maxRamp)
		return nil
	}
	for i, n := range entries {
		if n.Kind != yaml.MappingNode {
			s.problem(places[i], "%s is not a change of the target; write one such as %s", value(n), example)
			continue
		}
		e := s.read(places[i], "routine.ramp[]", n)
		var step planner.Step
		for _, missing := range [...]struct{ key, what string }{{"from", "a date such as from: 2026-01-31"}, {"target", "a whole number such as target: 6"}} {
			if e.node[missing.key] == nil {
				e.problem(e.full(missing.key), "is missing; write %s", missing.what)
			}
		}
		e.date("from", &step.From)
		e.whole("target", &step.Target, "6")
		if e.good() {
			x.Ramp, names = append(x.Ramp, step), append(names, places[i])
		}
	}
	return names
}

// clockwork reads the time of the power session: HH:MM or a cron line.
func (s section) clockwork(key string, to *planner.Power) {
	var w planner.Clockwork
	parseWithin(s, key, &w, "", maxLine, func(text string) (planner.Clockwork, error) {
		w, err := planner.ParseClockwork(text)
		if err != nil {
			err = fmt.Errorf("%w, or off", err)
		}
		return w, err
	})
	to.At, to.Line = w.At, w.Line
}

// everyFiveMinutes is the timetable that asks least: whatever else is wished
// for, a time is listed there.
func everyFiveMinutes() []planner.Clockwork {
	var times []planner.Clockwork
	for at := planner.TimeOfDay(0); at < 24*60; at += 5 {
		times = append(times, planner.Clockwork{At: at})
	}
	return times
}
