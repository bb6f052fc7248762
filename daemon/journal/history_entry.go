package journal

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"nightbell/planner"
)

// entry is one line of a history: a session, a passed start or a pause.
type entry struct {
	start          time.Time
	length         time.Duration
	session        Session // of a session only
	passed, pause  bool
	power, skipped bool // of a passed start
}

// kind is the word of the kind column.
func (e entry) kind() string {
	switch {
	case e.pause:
		return "pause"
	case e.passed:
		return Passed{Power: e.power, Skipped: e.skipped}.Word()
	}
	return string(e.session.Kind)
}

// Word is what files and documents call such a start: skipped or lapsed, and
// _power after it for a power session.
func (p Passed) Word() string {
	word := "lapsed"
	if p.Skipped {
		word = "skipped"
	}
	if p.Power {
		word += "_power"
	}
	return word
}

// entries are all rows by the second of their start, which is what is
// written; of one second sessions first, by number, then passed starts, then
// pauses. So a file that was read is written as it was.
func (f HistoryFile) entries() []entry {
	var list []entry
	for _, s := range f.Sessions {
		list = append(list, entry{start: s.Start, length: s.Length, session: s})
	}
	for _, p := range f.Passed {
		list = append(list, entry{start: p.At, passed: true, power: p.Power, skipped: p.Skipped})
	}
	for _, p := range f.Pauses {
		list = append(list, entry{start: p.From, length: p.To.Sub(p.From), pause: true})
	}
	rank := func(e entry) int64 {
		switch {
		case e.pause:
			return math.MaxInt64
		case e.passed:
			return math.MaxInt64 - 1
		}
		return e.session.ID
	}
	slices.SortStableFunc(list, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.start.Unix(), b.start.Unix()), cmp.Compare(rank(a), rank(b)))
	})
	return list
}

// parseEntry reads a line's values by our names; an empty value is not given.
func parseEntry(values map[string]string) (e entry, wrong []string) {
	p := entryParser{values: values}
	e.start = p.start()
	kind := p.text("kind")
	switch k := planner.Kind(strings.TrimSpace(kind)); k {
	case "":
		e.session.Kind = planner.Pump
	case planner.Pump, planner.PowerSession, planner.Nurse, planner.Hand:
		e.session.Kind = k
	case "skipped", "lapsed", "skipped_power", "lapsed_power":
		e.passed = true
		e.skipped = strings.HasPrefix(string(k), "skipped")
		e.power = strings.HasSuffix(string(k), "_power")
	case "pause":
		e.pause = true
	default:
		p.wrong("kind", kind, "is none of pump, power, nurse, hand, skipped, lapsed, skipped_power, lapsed_power, pause")
	}
	e.length = p.minutes(e.pause)
	s := &e.session
	s.Start, s.Length = e.start, e.length
	s.LeftML, s.RightML, s.ML = p.amount("left_ml"), p.amount("right_ml"), p.amount("ml")
	s.Pain = p.flag("pain")
	s.Note, s.Source = p.text("note"), p.text("source")
	s.ID = p.id()
	return e, p.problems
}

// entryParser notes what is wrong and goes on.
type entryParser struct {
	values   map[string]string
	problems []string
}

func (p *entryParser) wrong(name, value, why string) {
	if len(value) > 80 {
		value = strings.ToValidUTF8(value[:80], "") + "..."
	}
	p.problems = append(p.problems, fmt.Sprintf("%s: %q %s", name, value, why))
}

func (p *entryParser) text(name string) string {
	v := p.values[name]
	if !utf8.ValidString(v) {
		p.wrong(name, v, "is not UTF-8; save the file as UTF-8")
		return ""
	}
	return v
}

const startExample = "write it such as 2026-01-02T03:04:00+01:00"

func (p *entryParser) start() time.Time {
	v := strings.TrimSpace(p.values["start"])
	if v == "" {
		p.problems = append(p.problems, "start: is missing; "+startExample)
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339, v)
	switch {
	case err != nil && zoneless(v):
		p.wrong("start", v, "has no zone, so it could be several instants; "+startExample)
	case err != nil:
		p.wrong("start", v, "is not a time of RFC 3339; "+startExample)
	case t.Year() < 1990 || t.Year() > 2199: // Outside is a clock that was never set, or a typing error.
		p.wrong("start", v, "lies outside the years 1990 to 2199")
	default:
		return cut(t)
	}
	return time.Time{}
}

func zoneless(v string) bool {
	return slices.ContainsFunc([]string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"},
		func(layout string) bool { _, err := time.Parse(layout, v); return err == nil })
}

func (p *entryParser) minutes(pause bool) time.Duration {
	const day, year = 24 * 60, 366 * 24 * 60
	n, ok := p.number("minutes")
	most := float64(day)
	if pause {
		most = year
	}
	switch {
	case !ok:
		if pause && strings.TrimSpace(p.values["minutes"]) == "" {
			p.problems = append(p.problems, "minutes: is missing; a pause has a length")
		}
	case n < 0 || n > most:
		p.wrong("minutes", p.values["minutes"], fmt.Sprintf("is not from 0 to %g", most))
	case pause && n == 0:
		p.wrong("minutes", p.values["minutes"], "is no length for a pause")
	default:
		return time.Duration(math.Round(n*60e3)) * time.Millisecond
	}
	return 0
}

func (p *entryParser) amount(name string) *float64 {
	n, ok := p.number(name)
	if !ok {
		return nil
	}
	if n < 0 {
		p.wrong(name, p.values[name], "is less than nothing")
		return nil
	}
	return &n
}

// number reads a finite number; false: none was given, or a bad one was noted.
func (p *entryParser) number(name string) (float64, bool) {
	v := strings.TrimSpace(p.values[name])
	if v == "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(v, 64)
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
		p.wrong(name, v, "is not a number; write it such as 12.5")
		return 0, false
	}
	return n, true
}

func (p *entryParser) flag(name string) bool {
	v := strings.TrimSpace(p.values[name])
	switch strings.ToLower(v) {
	case "", "false", "no", "0":
		return false
	case "true", "yes", "1":
		return true
	}
	p.wrong(name, v, "is neither true nor false")
	return false
}

func (p *entryParser) id() int64 {
	v := strings.TrimSpace(p.values["id"])
	if v == "" {
		return 0
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil || n < 1 {
		p.wrong("id", v, "is not a whole number from 1")
		return 0
	}
	return n
}
