package main

import (
	"fmt"
	"strings"
	"time"

	"nightbell/planner"
)

const instantForms = `write now, "20m ago", 02:10, "yesterday 22:00", "2026-06-10 02:10" or 2026-06-10T02:10:00+02:00`

// oldest is how far back "ago" may reach. Further back a slip of the finger is
// likelier than a memory, so there the date has to be written.
const oldest = 7 * 24 * time.Hour

// instant reads a time that lies back: now, "20m ago", 02:10 (the last time
// the wall clock showed it), "yesterday 22:00", or one with its date.
func instant(text string, now time.Time, z *time.Location) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "now" {
		return now, nil
	}
	if back, ok := strings.CutSuffix(text, "ago"); ok {
		d, ok := length(back)
		switch {
		case !ok:
			return time.Time{}, fmt.Errorf("%q is not a time; %s", text, instantForms)
		case d > oldest:
			return time.Time{}, fmt.Errorf("%q is more than 7 days back; write its date, such as %q", text, now.Add(-d).In(z).Format("2006-01-02 15:04"))
		}
		return now.Add(-d), nil
	}
	if t, ok := dated(text, now, z); ok {
		return t, nil
	}
	clock, ok := wallClock(text)
	if !ok {
		return time.Time{}, fmt.Errorf("%q is not a time; %s", text, instantForms)
	}
	return nearest(clock, now, z, false), nil
}

// ahead reads a time that lies ahead: 14:00 (the next time the wall clock
// shows it), "tomorrow 14:00", or one with its date.
func ahead(text string, now time.Time, z *time.Location) (time.Time, error) {
	text = strings.TrimSpace(text)
	if t, ok := dated(text, now, z); ok {
		return t, nil
	}
	clock, ok := wallClock(text)
	if !ok {
		return time.Time{}, fmt.Errorf(`%q is not a time; write 14:00, "tomorrow 14:00", "2026-06-10 14:00" or 2026-06-10T14:00:00+02:00`, text)
	}
	return nearest(clock, now, z, true), nil
}

// dated reads a time that says its day: RFC 3339, a date and a time of the
// routine's zone, or yesterday, today or tomorrow and a time.
func dated(text string, now time.Time, z *time.Location) (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, true
	}
	words := strings.Fields(strings.Replace(text, "T", " ", 1))
	if len(words) != 2 {
		return time.Time{}, false
	}
	clock, ok := wallClock(words[1])
	if !ok {
		return time.Time{}, false
	}
	days, named := map[string]int{"yesterday": -1, "today": 0, "tomorrow": 1}[strings.ToLower(words[0])]
	if named {
		today := planner.DateOf(now.In(z))
		noon := time.Date(today.Year, today.Month, today.Day+days, 12, 0, 0, 0, z)
		return clock.On(planner.DateOf(noon), z), true
	}
	date, err := planner.ParseDate(words[0])
	if err != nil {
		return time.Time{}, false
	}
	return clock.On(date, z), true
}

// wallClock reads 02:10, and 2:10 for it.
func wallClock(text string) (planner.TimeOfDay, bool) {
	if len(text) == len("2:10") {
		text = "0" + text
	}
	clock, err := planner.ParseTimeOfDay(text)
	return clock, err == nil
}

// nearest is the next instant after now at which the wall clock shows a time,
// or the last one not after it.
func nearest(clock planner.TimeOfDay, now time.Time, z *time.Location, ahead bool) time.Time {
	local := now.In(z)
	best := time.Time{}
	for day := -2; day <= 2; day++ {
		t := clock.On(planner.DateOf(local.AddDate(0, 0, day)), z)
		switch {
		case ahead && t.After(now) && best.IsZero():
			best = t
		case !ahead && !t.After(now):
			best = t
		}
	}
	return best
}
