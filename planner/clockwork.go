package planner

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
)

// Clockwork names wall-clock times: one that is the same every day, or those
// of a cron line.
type Clockwork struct {
	At   TimeOfDay
	Line *Line // nil: At, every day
}

// String is the clockwork as ParseClockwork reads it.
func (w Clockwork) String() string {
	if w.Line != nil {
		return w.Line.String()
	}
	return w.At.String()
}

// ParseClockwork reads HH:MM or a cron line. The error says what is wrong and
// what to write instead.
func ParseClockwork(s string) (Clockwork, error) {
	if len(strings.Fields(s)) < 2 && !strings.HasPrefix(s, "@") && !namesZone(s) {
		at, err := ParseTimeOfDay(s)
		if err != nil {
			err = fmt.Errorf("%w, or a cron line such as %q", err, exampleLine)
		}
		return Clockwork{At: at}, err
	}
	line, err := ParseLine(s)
	return Clockwork{Line: line}, err
}

// Line is a cron line: minute, hour, day of month, month and weekday. It knows
// dates and times of day but no zone: when a date's time is, the calendar says,
// as of any other wall-clock time.
type Line struct {
	text  string
	days  cron.SpecSchedule // 00:00 UTC of every date on which the line has times
	times []TimeOfDay       // of such a date, ascending; at least one
}

const exampleLine = "0 20 * * mon-fri"

const fieldCount = 5

// lineField is a field of a cron line.
type lineField struct{ name, legal string }

// lineFields are the fields of a cron line, in order.
func lineFields() [fieldCount]lineField {
	return [...]lineField{{"minute", "0 to 59"}, {"hour", "0 to 23"}, {"day of month", "1 to 31"},
		{"month", "1 to 12 or jan to dec"}, {"weekday", "0 to 6 or sun to sat"}}
}

// String is the line as it was written, with single spaces.
func (l *Line) String() string { return l.text }

// ParseLine reads a cron line of five fields, or one of cron's words such as
// @daily. A line that never matches is refused, and so is one that names a zone
// of its own or counts from the moment it is read (@every). The error says what
// is wrong and what to write instead.
func ParseLine(s string) (*Line, error) {
	fields := strings.Fields(s)
	text := strings.Join(fields, " ")
	switch {
	case namesZone(text):
		return nil, fmt.Errorf("%q names a zone of its own, and timezone holds for all times; write the line alone, such as %q", s, exampleLine)
	case strings.HasPrefix(text, "@every"):
		return nil, fmt.Errorf("%q names no times of day; write minute, hour, day of month, month and weekday, such as %q", s, exampleLine)
	case strings.HasPrefix(text, "@"):
	case len(fields) != fieldCount:
		return nil, fmt.Errorf("%q has %d fields, and a cron line has five: minute, hour, day of month, month and weekday; write one such as %q", s, len(fields), exampleLine)
	}
	spec, err := parseSpec(text)
	if err != nil {
		return nil, errors.New(lineText(s, fields))
	}
	l := &Line{text: text, days: *spec}
	for at := range TimeOfDay(minutesOfDay) {
		if spec.Hour>>(at/60)&1 != 0 && spec.Minute>>(at%60)&1 != 0 {
			l.times = append(l.times, at)
		}
	}
	l.days.Second, l.days.Minute, l.days.Hour, l.days.Location = 1, 1, 1, time.UTC
	if _, ok := l.next(leapYear); !ok || len(l.times) == 0 {
		return nil, fmt.Errorf("%q names no date or time that ever comes; write one such as %q", s, exampleLine)
	}
	return l, nil
}

// leapYear is 2028-01-01. robfig/cron looks five years ahead: from there it
// finds every date that a calendar has.
const leapYear = dayNumber(21184)

// namesZone reports whether a line begins as those that name a zone.
func namesZone(s string) bool {
	upper := strings.ToUpper(strings.TrimSpace(s))
	return strings.HasPrefix(upper, "TZ=") || strings.HasPrefix(upper, "CRON_TZ=")
}

// parseSpec asks robfig/cron. That has been seen to panic on lines that begin
// with TZ=, so a panic is an error here whatever the line.
func parseSpec(text string) (spec *cron.SpecSchedule, err error) {
	defer func() {
		if p := recover(); p != nil {
			spec, err = nil, fmt.Errorf("%v", p)
		}
	}()
	schedule, err := cron.ParseStandard(text)
	if err != nil {
		return nil, err
	}
	spec, ok := schedule.(*cron.SpecSchedule)
	if !ok {
		return nil, errors.New("no calendar of dates and times")
	}
	return spec, nil
}

// lineText says which field of a line cannot be read. The parser's own words
// are not passed on: they name neither the field nor what it may hold.
func lineText(s string, fields []string) string {
	if len(fields) != fieldCount {
		return fmt.Sprintf("%q is none of cron's words; write @daily, @hourly or a line such as %q", s, exampleLine)
	}
	for i, f := range lineFields() {
		alone := []string{"*", "*", "*", "*", "*"}
		alone[i] = fields[i]
		if _, err := parseSpec(strings.Join(alone, " ")); err != nil {
			return fmt.Sprintf("%q: the %s cannot be %q; write %s, such as in %q", s, f.name, fields[i], f.legal, exampleLine)
		}
	}
	return fmt.Sprintf("%q is not a cron line; write one such as %q", s, exampleLine)
}

// next is the first date from n on, within five years, on which the line has
// times.
func (l *Line) next(n dayNumber) (dayNumber, bool) {
	t := l.days.Next(time.Unix(int64(n)*86400-1, 0).UTC())
	return dayNumber(floorDiv(instant(t.Unix()), 86400)), !t.IsZero()
}

const (
	starBit   = uint64(1) << 63 // robfig/cron's, of a field that is a star
	allDates  = uint64(1)<<32 - 2
	allMonths = uint64(1)<<13 - 2
	allDays   = uint64(1)<<7 - 1
)

// weekly reports whether the line is the same in every week of every year.
func (l *Line) weekly() bool {
	return (l.days.Dom&starBit != 0 || l.days.Dom&allDates == allDates) && l.days.Month&allMonths == allMonths
}

// everyWeek is the line with its times in every week: on each weekday on which
// it can come, whatever the date.
func (l *Line) everyWeek() *Line {
	every := *l
	every.days.Month = allMonths | starBit
	if l.days.Dom&starBit == 0 { // a date can be any weekday
		every.days.Dom, every.days.Dow = allDates|starBit, allDays|starBit
	}
	return &every
}

// first is the first of the times that lies in s, a pumping day that begins on
// the date d, and that time's own date; ok is false when there is none.
func (c *calendar) first(w Clockwork, d dayNumber, s span) (at instant, on dayNumber, ok bool) {
	for n := d - 1; n <= d+1; n++ {
		if w.Line == nil {
			if at := c.resolve(n, w.At, firstTime); s.holds(at) {
				return at, n, true
			}
			continue
		}
		if n, ok = w.Line.next(n); !ok || n > d+1 {
			break
		}
		for _, t := range w.Line.times {
			if at := c.resolve(n, t, firstTime); s.holds(at) {
				return at, n, true
			}
		}
	}
	return 0, 0, false
}

// listed appends to dst when the times come on the dates [from, to]: in order,
// each instant once, on the five-minute grid. A time between two grid instants
// is the later one.
func (c *calendar) listed(dst []instant, times []Clockwork, from, to dayNumber) []instant {
	begin := len(dst)
	for _, w := range times {
		if w.Line == nil {
			for n := from; n <= to; n++ {
				dst = append(dst, gridCeil(c.resolve(n, w.At, firstTime)))
			}
			continue
		}
		for n, ok := w.Line.next(from); ok && n <= to; n, ok = w.Line.next(n + 1) {
			for _, t := range w.Line.times {
				dst = append(dst, gridCeil(c.resolve(n, t, firstTime)))
			}
		}
	}
	slices.Sort(dst[begin:])
	return dst[:begin+len(slices.Compact(dst[begin:]))]
}
