package main

import (
	"fmt"
	"strings"
	"time"

	"nightbell/planner"
)

const instantForms = `write now, "20m ago", 02:10, or 2026-06-10T02:10:00+02:00`

// instant reads a time that lies back: now, "20m ago", 02:10 (the last time
// the wall clock showed it), or RFC 3339.
func instant(text string, now time.Time, z *time.Location) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "now" || text == "" {
		return now, nil
	}
	if back, ok := strings.CutSuffix(text, "ago"); ok {
		d, err := time.ParseDuration(strings.ReplaceAll(strings.TrimSpace(back), " ", ""))
		if err != nil || d < 0 {
			return time.Time{}, fmt.Errorf("%q is not a time; %s", text, instantForms)
		}
		return now.Add(-d), nil
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	clock, err := planner.ParseTimeOfDay(text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is not a time; %s", text, instantForms)
	}
	return nearest(clock, now, z, false), nil
}

// ahead reads a time that lies ahead: 14:00 (the next time the wall clock
// shows it) or RFC 3339.
func ahead(text string, now time.Time, z *time.Location) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	clock, err := planner.ParseTimeOfDay(strings.TrimSpace(text))
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is not a time; write 14:00 or 2026-06-10T14:00:00+02:00", text)
	}
	return nearest(clock, now, z, true), nil
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
