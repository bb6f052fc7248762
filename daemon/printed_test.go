package daemon

import (
	"strings"
	"testing"
	"time"

	"nightbell/daemon/simulate"
	"nightbell/planner"
)

// Whoever begins an hour after each reminder, by night too, still has every
// session of a printed schedule of up to eight a day on most days: the times
// stand, so a late start moves none of those that follow.
func TestAnHourAfterEveryReminderOfAPrintedSchedule(t *testing.T) {
	person, ok := simulate.Find("hour-after")
	if !ok {
		t.Fatal("nobody is an hour after")
	}
	for name, times := range map[string]string{
		"five a day, past the limit at night": "06:00 10:00 14:00 18:00 22:00",
		"six a day, with midnight":            "06:00 10:00 13:00 17:00 21:00 00:00",
		"seven a day":                         "07:00 10:00 13:00 16:00 19:00 22:00 00:00",
		"eight a day, every three hours":      "00:00 03:00 06:00 09:00 12:00 15:00 18:00 21:00",
		"eight a day, closer by day":          "07:00 09:30 12:00 14:30 17:00 19:30 22:00 03:00",
		"eight a day, early":                  "06:00 08:30 11:00 13:30 16:00 18:30 21:00 02:00",
		"eight a day, unsorted and uneven":    "21:30 07:00 09:30 12:00 14:00 23:45 17:00 03:30",
	} {
		t.Run(name, func(t *testing.T) {
			s := lifeSettings(t, "America/New_York")
			for _, at := range strings.Fields(times) {
				w, err := planner.ParseClockwork(at)
				if err != nil {
					t.Fatal(err)
				}
				s.Routine.Times = append(s.Routine.Times, w)
			}
			life := Live(LifeOptions{Settings: s, Person: person, From: time.Date(2026, 6, 1, 6, 0, 0, 0, s.Routine.Location), Days: 10, Seed: 1})
			reached := 0
			for _, d := range life.Days {
				if d.Sessions >= len(s.Routine.Times) {
					reached++
				}
			}
			if reached < 9 { // the first day may begin in the midst of the schedule
				t.Errorf("all %d sessions on %d of %d days", len(s.Routine.Times), reached, len(life.Days))
			}
			for _, broken := range life.Broken {
				t.Errorf("%s: %s", broken.Line, broken.Text)
			}
		})
	}
}
