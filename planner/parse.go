package planner

import (
	"fmt"
	"strings"
	"time"
)

// appendTo writes t as HH:MM.
func (t TimeOfDay) appendTo(b []byte) []byte {
	return append(b, byte('0'+t/600), byte('0'+t/60%10), ':', byte('0'+t%60/10), byte('0'+t%10))
}

// String is the time as a clock shows it, such as 07:05.
func (t TimeOfDay) String() string { return string(t.appendTo(nil)) }

// String is the range as ParseRange reads it, such as 23:00-07:00.
func (r Range) String() string { return r.From.String() + "-" + r.To.String() }

// String is the date as ParseDate reads it, such as 2026-03-08; empty for the
// zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// ParseTimeOfDay reads HH:MM, 00:00 to 23:59. The error says what is wrong
// and what to write instead.
func ParseTimeOfDay(s string) (TimeOfDay, error) {
	if t, ok := clockTime(s); ok {
		return t, nil
	}
	return 0, fmt.Errorf("%q is not a time of day; write %q", s, guessTime(s))
}

// clockTime reads HH:MM.
func clockTime(s string) (TimeOfDay, bool) {
	if len(s) != 5 || s[2] != ':' {
		return 0, false
	}
	hours, ok := twoDigits(s[:2])
	minutes, ok2 := twoDigits(s[3:])
	if !ok || !ok2 || hours > 23 || minutes > 59 {
		return 0, false
	}
	return TimeOfDay(hours*60 + minutes), true
}

func twoDigits(s string) (int, bool) {
	if s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9' {
		return 0, false
	}
	return int(s[0]-'0')*10 + int(s[1]-'0'), true
}

// guessTime is what someone who wrote s probably meant, as HH:MM: 7, 7:00 and
// 0700 are 07:00, 24:00 is 00:00. Of what it cannot guess it makes the example 07:00.
func guessTime(s string) string {
	hours, minutes, found := strings.Cut(s, ":")
	if !found && (len(s) == 3 || len(s) == 4) {
		hours, minutes = s[:len(s)-2], s[len(s)-2:]
	}
	if len(hours) == 1 {
		hours = "0" + hours
	}
	if minutes == "" {
		minutes = "00"
	}
	if hours == "24" && minutes == "00" {
		hours = "00"
	}
	if t, ok := clockTime(hours + ":" + minutes); ok {
		return t.String()
	}
	return "07:00"
}

// ParseRange reads HH:MM-HH:MM. The error says what is wrong and what to write
// instead; it mentions off, which every key that takes a range allows. Equal
// ends are refused.
func ParseRange(s string) (Range, error) {
	from, to, _ := strings.Cut(s, "-")
	a, ok := clockTime(from)
	b, ok2 := clockTime(to)
	switch {
	case !ok || !ok2:
		return Range{}, fmt.Errorf("%q is not a range; write %q or off", s, guessRange(from, to))
	case a == b:
		return Range{}, fmt.Errorf("%q begins and ends at the same time; write a range such as \"23:00-07:00\" or off", s)
	}
	return Range{From: a, To: b}, nil
}

func guessRange(from, to string) string {
	a, b := guessTime(strings.TrimSpace(from)), guessTime(strings.TrimSpace(to))
	if a == b {
		return "23:00-07:00"
	}
	return a + "-" + b
}

// ParseDate reads YYYY-MM-DD. The error says what is wrong and what to write
// instead.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil || t.Year() < 1 {
		return Date{}, fmt.Errorf("%q is not a date; write year, month and day, such as \"2026-03-08\"", s)
	}
	return DateOf(t), nil
}

// weekdayNames are in the order of time.Weekday.
const weekdayNames = "sunmontuewedthufrisat"

func parseWeekday(s string) (time.Weekday, bool) {
	if len(s) != 3 {
		return 0, false
	}
	i := strings.Index(weekdayNames, s)
	return time.Weekday(i / 3), i >= 0 && i%3 == 0
}

// ParseWeekdays reads days such as mon-fri, sat,sun or mon,wed-fri; a range
// may go round the week (fri-mon). The error says what is wrong and what to
// write instead.
func ParseWeekdays(s string) (Weekdays, error) {
	var days Weekdays
	for part := range strings.SplitSeq(strings.ToLower(s), ",") {
		from, to, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			to = from
		}
		a, ok := parseWeekday(from)
		b, ok2 := parseWeekday(to)
		if !ok || !ok2 {
			return 0, fmt.Errorf("%q is not a list of days; write \"mon-fri\" or \"sat,sun\", or leave days out for every day", s)
		}
		for d := a; ; d = (d + 1) % 7 {
			days |= 1 << d
			if d == b {
				break
			}
		}
	}
	return days, nil
}

// String lists the days as ParseWeekdays reads them, from Monday on; every day
// is mon-sun.
func (w Weekdays) String() string {
	if w == 0 || w == 1<<7-1 {
		return "mon-sun"
	}
	var parts []string
	for n := 1; n <= 7; n++ {
		from := n
		for n <= 7 && w.Has(time.Weekday(n%7)) {
			n++
		}
		switch n - from {
		case 0:
		case 1:
			parts = append(parts, weekdayName(from))
		case 2:
			parts = append(parts, weekdayName(from), weekdayName(from+1))
		default:
			parts = append(parts, weekdayName(from)+"-"+weekdayName(n-1))
		}
	}
	return strings.Join(parts, ",")
}

// weekdayName names the n-th day of the week, Monday being 1 and Sunday 7.
func weekdayName(n int) string { return weekdayNames[n%7*3 : n%7*3+3] }
