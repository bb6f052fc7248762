package journal

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"nightbell/planner"
)

// zonedLayouts are ways in which programs write an instant with its zone.
// Seconds may have a fraction.
func zonedLayouts() []string {
	return []string{
		time.RFC3339, "2006-01-02 15:04:05Z07:00", "2006-01-02T15:04Z07:00", "2006-01-02 15:04Z07:00",
		"2006-01-02T15:04:05-0700", "2006-01-02 15:04:05-0700", "2006-01-02 15:04:05 -0700",
	}
}

// wallLayouts are ways in which programs write what the wall clock shows.
func wallLayouts() []string {
	return []string{
		"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 3:04 PM", "2006-01-02 3:04:05 PM",
		"2006/1/2 15:04:05", "2006/1/2 15:04", "2.1.2006 15:04:05", "2.1.2006 15:04",
		"2 Jan 2006 15:04:05", "2 Jan 2006 15:04", "2 Jan 2006 3:04 PM", "Jan 2 2006 15:04:05", "Jan 2 2006 15:04", "Jan 2 2006 3:04 PM",
	}
}

// instant reads a time as other programs write it, with the date of another
// column before it where there is one. Zero without an error: it is no time
// that is known here.
func (how Reading) instant(date, text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	if date = strings.TrimSpace(date); date != "" {
		text = date + " " + text
	}
	text = strings.Join(strings.Fields(strings.ReplaceAll(text, ",", " ")), " ")
	for _, layout := range zonedLayouts() {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	if t, ok := unixTime(text); ok {
		return t.In(how.Zone), nil
	}
	for _, layout := range wallLayouts() {
		if t, err := time.Parse(layout, text); err == nil {
			return how.local(t), nil
		}
	}
	return how.slashed(text)
}

// slashed reads a date such as 3/4/2026, which countries read differently.
func (how Reading) slashed(text string) (time.Time, error) {
	upper := strings.ToUpper(text)
	parse := func(date string) (time.Time, bool) {
		for _, clock := range []string{" 15:04:05", " 15:04", " 3:04 PM", " 3:04:05 PM", " 3:04PM"} {
			if t, err := time.Parse(date+clock, upper); err == nil {
				return t, true
			}
		}
		return time.Time{}, false
	}
	day, isDay := parse("2/1/2006")
	month, isMonth := parse("1/2/2006")
	switch {
	case isDay && how.Dates == DayFirst, isDay && !isMonth && how.Dates == "":
		return how.local(day), nil
	case isMonth && how.Dates == MonthFirst, isMonth && !isDay && how.Dates == "", isMonth && day.Equal(month):
		return how.local(month), nil
	case isDay && isMonth:
		return time.Time{}, fmt.Errorf("%q could be %s or %s; say which with --dates dmy (the day first) or --dates mdy", text, day.Format("2 January"), month.Format("2 January"))
	}
	return time.Time{}, nil
}

// local is the instant at which the wall clock of the zone shows what t shows
// in UTC: the first one if a time change makes it occur twice.
func (how Reading) local(t time.Time) time.Time {
	minute := planner.TimeOfDay(t.Hour()*60 + t.Minute())
	return minute.On(planner.DateOf(t), how.Zone).Add(time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond()))
}

// unixTime reads seconds or milliseconds since 1970: 9 to 10 digits, or 12 to
// 13 of them.
func unixTime(text string) (time.Time, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || n < 0:
		return time.Time{}, false
	case len(text) == 9 || len(text) == 10:
		return time.Unix(n, 0), true
	case len(text) == 12 || len(text) == 13:
		return time.UnixMilli(n), true
	}
	return time.Time{}, false
}
