package main

import (
	"strings"
	"testing"
	"time"
)

func berlin(t *testing.T) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestInstantsThatLieBack(t *testing.T) {
	z := berlin(t)
	now := time.Date(2027, 6, 10, 10, 0, 0, 0, z)
	for _, row := range []struct{ rule, text, want string }{
		{"now is now", "now", "2027-06-10 10:00"},
		{"minutes, short", "20m ago", "2027-06-10 09:40"},
		{"minutes, as people say it", "20min ago", "2027-06-10 09:40"},
		{"minutes, in full", "90 minutes ago", "2027-06-10 08:30"},
		{"one hour", "1 hour ago", "2027-06-10 09:00"},
		{"hours and minutes, apart", "1h 30m ago", "2027-06-10 08:30"},
		{"hours and minutes, joined", "1h30m ago", "2027-06-10 08:30"},
		{"hours and minutes, as status writes them", "2 h 40 ago", "2027-06-10 07:20"},
		{"half hours", "1.5 hours ago", "2027-06-10 08:30"},
		{"a time of day is the last one", "10:30", "2027-06-09 10:30"},
		{"an hour of one digit", "2:10", "2027-06-10 02:10"},
		{"yesterday is the calendar's", "yesterday 22:00", "2027-06-09 22:00"},
		{"today too", "today 2:10", "2027-06-10 02:10"},
		{"a date is in the routine's zone", "2026-11-23 11:00", "2026-11-23 11:00"},
		{"with a T as well", "2026-11-23T11:00", "2026-11-23 11:00"},
		{"RFC 3339 carries its offset", "2026-11-23T11:00:00+01:00", "2026-11-23 11:00"},
		{"seven days is the furthest ago", "7 days ago", "2027-06-03 10:00"},
	} {
		t.Run(row.rule, func(t *testing.T) {
			got, err := instant(row.text, now, z)
			if err != nil || got.In(z).Format("2006-01-02 15:04") != row.want {
				t.Errorf("%q is %v, %v; want %s", row.text, got, err, row.want)
			}
		})
	}
}

func TestYesterdayOnADayOf23Hours(t *testing.T) {
	z := berlin(t)
	now := time.Date(2027, 3, 29, 0, 30, 0, 0, z) // the clocks changed the day before
	got, err := instant("yesterday 23:00", now, z)
	if want := time.Date(2027, 3, 28, 23, 0, 0, 0, z); err != nil || !got.Equal(want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
}

func TestInstantsThatAreRefused(t *testing.T) {
	z := berlin(t)
	now := time.Date(2027, 6, 10, 10, 0, 0, 0, z)
	for _, row := range []struct{ rule, text, want string }{
		{"nothing is no time", "", `"" is not a time; write now`},
		{"a day without a time", "yesterday", "is not a time"},
		{"25 hours", "25:00", "is not a time"},
		{"a length without ago", "20m", "is not a time"},
		{"a bare number has no unit", "20 ago", "is not a time"},
		{"a negative length", "-20m ago", "is not a time"},
		{"far back without a date", "200h ago", `more than 7 days back; write its date, such as "2027-06-02 02:00"`},
	} {
		t.Run(row.rule, func(t *testing.T) {
			if got, err := instant(row.text, now, z); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%q is %v, %v; want %q", row.text, got, err, row.want)
			}
		})
	}
}

func TestInstantsAhead(t *testing.T) {
	z := berlin(t)
	now := time.Date(2027, 6, 10, 10, 0, 0, 0, z)
	for text, want := range map[string]string{"14:00": "2027-06-10 14:00", "9:00": "2027-06-11 09:00", "tomorrow 14:00": "2027-06-11 14:00", "2027-06-12 08:00": "2027-06-12 08:00"} {
		if got, err := ahead(text, now, z); err != nil || got.In(z).Format("2006-01-02 15:04") != want {
			t.Errorf("%q is %v, %v; want %s", text, got, err, want)
		}
	}
}

func TestLengthsAreWrittenAsPeopleTypeThem(t *testing.T) {
	for want, d := range map[string]time.Duration{"3m": 3 * time.Minute, "10m": 10 * time.Minute, "1h": time.Hour, "1h30m": 90 * time.Minute, "2s": 2 * time.Second, "200h": 200 * time.Hour} {
		if got := spelt(d); got != want {
			t.Errorf("%v is %q; want %q", time.Duration(d), got, want)
		}
	}
}

func TestMinutesOfASession(t *testing.T) {
	for text, want := range map[string]int{"20": 20, "20m": 20, "20 min": 20, "1h15m": 75} {
		if got, err := minutesOf(text); err != nil || got != want {
			t.Errorf("%q is %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "a while", "20s", "1.5"} {
		if got, err := minutesOf(text); err == nil {
			t.Errorf("%q is %d; want an error", text, got)
		}
	}
}
