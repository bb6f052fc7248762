package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"gopkg.in/yaml.v3"

	"nightbell/planner"
)

// maxBusy bounds the stretches of busy time. A timetable of lessons on
// five days has about 40; the plan looks at each of them on each day.
const maxBusy = 100

const exampleZone = "Europe/Berlin"

// zone reads the time zone. A wrong one is reported and stands for UTC, so
// that the rest can be looked at.
func (s section) zone() *time.Location {
	const key = "timezone"
	if n := s.node[key]; n == nil || isNull(n) {
		s.problem(key, "is missing; write the zone you live in, such as %s: %s", key, exampleZone)
		return time.UTC
	}
	name, n, ok := s.scalar(key, "the zone you live in, such as "+exampleZone)
	switch {
	case !ok:
		return time.UTC
	}
	zone, why := zoneNamed(name)
	if why != "" {
		s.problem(key, "%s %s", value(n), why)
		return time.UTC
	}
	return zone
}

// Zone finds a time zone by its name. It reads the zone database.
func Zone(name string) (*time.Location, error) {
	zone, why := zoneNamed(name)
	if why != "" {
		return nil, fmt.Errorf("%s %s", quote(name), why)
	}
	return zone, nil
}

// zoneNamed finds a zone, or says why a name is that of none.
func zoneNamed(name string) (zone *time.Location, why string) {
	if strings.EqualFold(name, "local") {
		return nil, "would follow the machine, not you; write the name of the zone you live in, such as " + exampleZone
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == "" {
		return nil, "is not a time zone; write a name of the IANA list such as " + exampleZone + " or America/New_York"
	}
	return zone, ""
}

// routine reads the routine. Its shape is checked here, its rules by the
// planner; both report under the same keys.
func (r *report) routine(top section) planner.Routine {
	x := planner.Default(top.zone())
	s := top.sub("routine", "keys such as target: 8 under it, indented")
	s.whole("target", &x.Target, "8")
	s.length("session", &x.Session, "15m")
	s.length("min_gap", &x.MinGap, "90m")
	s.length("max_gap", &x.MaxGap, "4h")
	s.length("nudge_before", &x.NudgeBefore, "30m")
	s.rangeOrOff("sleep", &x.Sleep, "23:00-07:00")
	s.length("wake_grace", &x.WakeGrace, "90m")
	s.whole("catch_up", &x.CatchUp, "2")
	s.length("merge", &x.Merge, "30m")

	overnight := s.sub("overnight", "window: 01:00-05:00 or window: off under it, indented")
	overnight.rangeOrOff("window", &x.Overnight.Window, "01:00-05:00")
	overnight.whole("sessions", &x.Overnight.Sessions, "1")

	x.Power = s.sub("power_pump", `at: "20:00" or at: off under it, indented`).power()
	lists := map[string][]string{"routine.busy": s.busy(&x), "routine.times": s.times(&x), "routine.ramp": s.ramp(&x)}

	x.NightGap = planner.DefaultNightGap(x.MaxGap, x.NudgeBefore)
	s.length("night_gap", &x.NightGap, "4h")
	x.DayStart = planner.DefaultDayStart(x.Sleep)
	s.timeOfDay("day_start", &x.DayStart, "06:00")

	r.rules(x, lists)
	return x
}

// rules reports what the planner says about a routine. A key whose value
// could not be read has its problem already and is judged no further.
func (r *report) rules(x planner.Routine, lists map[string][]string) {
	r.loosen(&x)
	problems, notices := x.Check()
	problems = slices.DeleteFunc(problems, func(p planner.Problem) bool {
		return r.wrong(fileKey(p.Key, lists)) || r.restsOnWrong(p.Text)
	})
	for _, p := range problems {
		r.problem(fileKey(p.Key, lists), "%s", p.Text)
	}
	// A notice may rest on several keys, so one that could not be read
	// silences them all.
	if slices.ContainsFunc(r.problems, func(f finding) bool { return strings.HasPrefix(f.key, "routine") }) {
		return
	}
	for _, p := range notices {
		r.notice(fileKey(p.Key, lists), "%s", p.Text)
	}
}

// restsOnWrong tells whether a rule's text names a length that could not be
// read: what it says of that length is not in the file.
func (r *report) restsOnWrong(text string) bool {
	return slices.ContainsFunc([]string{"min_gap", "max_gap", "nudge_before"}, func(name string) bool {
		return r.wrong("routine."+name) && strings.Contains(text, name)
	})
}

// loosen puts in the place of a value that could not be read the one that
// asks least, where a rule that does not name it depends on it. Every other
// one keeps its default: what that breaks is told by restsOnWrong, or belongs
// to the wrong key itself.
func (r *report) loosen(x *planner.Routine) {
	if r.wrong("routine.min_gap") {
		x.MinGap = time.Hour
	}
	if r.wrong("routine.sleep") {
		x.Sleep = nil
	}
	if r.wrong("routine.overnight.window") {
		x.Overnight.Window = nil
	}
	if slices.ContainsFunc(r.problems, func(f finding) bool { return strings.HasPrefix(f.key, "routine.times") }) {
		x.Times = everyFiveMinutes()
	}
}

// fileKey turns the planner's number of a list's entry into its place in the
// file: entries that could not be read are not in the routine.
func fileKey(key string, lists map[string][]string) string {
	for list, names := range lists {
		for i, name := range names {
			if rest, ok := strings.CutPrefix(key, fmt.Sprintf("%s[%d]", list, i)); ok {
				return name + rest
			}
		}
	}
	return key
}

// power reads the power session; nil is off. While it is off its other keys
// must be readable, but no rule applies to them.
func (s section) power() *planner.Power {
	p := planner.DefaultPower(0)
	s.length("flex", &p.Flex, "90m")
	s.pattern(&p.Pattern)
	if !s.empty("starting") {
		s.date("starting", &p.Starting)
	}
	if text, _, ok := s.scalar("at", `a time such as "20:00", a cron line, or off`); !ok || text == "off" {
		s.timeless()
		return nil
	}
	s.clockwork("at", &p)
	for _, key := range []string{"flex", "pattern", "starting"} {
		if s.wrong(s.full(key)) {
			return nil
		}
	}
	if s.wrong(s.full("at")) { // any time will do for the rules of the others; its own are not asked
		p.At, p.Line = 20*60, nil
	}
	return &p
}

// timeless notices that a power session is described and has no time, so that
// there is none.
func (s section) timeless() {
	for _, key := range []string{"flex", "pattern", "starting"} {
		if s.node["at"] == nil && s.node[key] != nil {
			s.notice(s.full("at"), "is not set, so there is no power session; write its time, such as \"20:00\", or off")
			return
		}
	}
}

// pattern reads minutes of pumping and resting in turn.
func (s section) pattern(to *[]time.Duration) {
	const example = "[20, 10, 10, 10, 10]"
	entries, _ := s.list("pattern", "minutes such as "+example)
	if s.node["pattern"] == nil || s.wrong(s.full("pattern")) {
		return
	}
	var pattern []time.Duration
	for i, n := range entries {
		minutes, err := parseWhole(n, "10")
		if err != nil {
			s.problem(s.full("pattern"), "entry %d: %s is not a number of minutes; write them without a unit, such as %s", i+1, value(n), example)
			return
		}
		pattern = append(pattern, time.Duration(minutes)*time.Minute)
	}
	*to = pattern
}

// busy reads the busy stretches into x and returns the place of each in the file.
func (s section) busy(x *planner.Routine) (names []string) {
	const example = `{from: "09:00", to: "10:30", days: mon-fri, name: course}`
	entries, places := s.list("busy", "entries such as - "+example)
	if len(entries) > maxBusy {
		s.problem(s.full("busy"), "has %d entries, more than %d; name several days in one entry, such as days: mon-fri", len(entries), maxBusy)
		return nil
	}
	for i, n := range entries {
		if n.Kind != yaml.MappingNode {
			s.problem(places[i], "%s is not a busy stretch; write one such as %s", value(n), example)
			continue
		}
		e := s.read(places[i], "routine.busy[]", n)
		var b planner.Busy
		for _, key := range []string{"from", "to"} {
			if e.node[key] == nil {
				e.problem(e.full(key), `is missing; write a time such as %s: "09:00"`, key)
			}
		}
		e.timeOfDay("from", &b.From, "09:00")
		e.timeOfDay("to", &b.To, "10:30")
		if !e.empty("days") {
			e.weekdays("days", &b.Days)
		}
		b.Name = e.words("name", maxName, "course")
		if e.good() {
			x.Busy, names = append(x.Busy, b), append(names, places[i])
		}
	}
	return names
}

// good tells whether no problem of this section's keys was found.
func (s section) good() bool {
	for _, p := range s.problems {
		if strings.HasPrefix(p.key, s.name+".") || p.key == s.name {
			return false
		}
	}
	return true
}

func (s section) timeOfDay(key string, to *planner.TimeOfDay, example string) {
	parse(s, key, to, "a time such as "+quote(example), planner.ParseTimeOfDay)
}

func (s section) date(key string, to *planner.Date) {
	parse(s, key, to, "a date such as 2026-01-31", planner.ParseDate)
}

func (s section) weekdays(key string, to *planner.Weekdays) {
	parse(s, key, to, "days such as mon-fri or sat,sun", planner.ParseWeekdays)
}

// rangeOrOff reads a stretch of the wall clock; nil is off.
func (s section) rangeOrOff(key string, to **planner.Range, example string) {
	if n := s.node[key]; n != nil && n.Kind == yaml.ScalarNode && n.Value == "off" {
		*to = nil
		return
	}
	var r planner.Range
	parse(s, key, &r, "a range such as "+quote(example)+", or off", planner.ParseRange)
	if s.node[key] != nil && !s.wrong(s.full(key)) {
		*to = &r
	}
}

// maxClock bounds what one of the planner's parsers gets to see, and with it
// the message, in characters: the longest legal text names seven days.
const maxClock = 40

// parse reads a single value with one of the planner's parsers, whose errors
// say what is right.
func parse[T any](s section, key string, to *T, what string, read func(string) (T, error)) {
	parseWithin(s, key, to, what, maxClock, read)
}

// parseWithin is parse for values of at most most characters.
func parseWithin[T any](s section, key string, to *T, what string, most int, read func(string) (T, error)) {
	text, _, ok := s.scalar(key, what)
	if !ok {
		return
	}
	v, err := read(cut(text, most))
	if err != nil {
		s.problem(s.full(key), "%v", err)
		return
	}
	*to = v
}

// cut is a text, or its first characters and a mark.
func cut(text string, most int) string {
	if utf8.RuneCountInString(text) > most {
		return string([]rune(text)[:most]) + "…"
	}
	return text
}
