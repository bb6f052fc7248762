package main

import (
	"strings"
	"testing"
	"time"

	"nightbell/daemon"
	"nightbell/daemon/config"
	"nightbell/notify"
)

func TestWhereATimeLapseBegins(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2027, 6, 10, 10, 0, 0, 0, zone)
	for _, c := range []struct{ rule, text, want string }{
		{"nothing said is now", "", "2027-06-10T10:00:00-04:00"},
		{"now", "now", "2027-06-10T10:00:00-04:00"},
		{"a time of day is the last one", "07:00", "2027-06-10T07:00:00-04:00"},
		{"a time of day that is still to come was yesterday's", "22:00", "2027-06-09T22:00:00-04:00"},
		{"a date with a time is meant in the routine's zone", "2026-11-01T22:00", "2026-11-01T22:00:00-05:00"},
		{"with a space too", "2026-11-01 22:00", "2026-11-01T22:00:00-05:00"},
		{"a time that a change skips is the first after it", "2027-03-14T02:30", "2027-03-14T03:00:00-04:00"},
		{"a time that occurs twice is the first", "2026-11-01T01:30", "2026-11-01T01:30:00-04:00"},
		{"RFC 3339 says its own zone", "2026-11-01T22:00:00Z", "2026-11-01T17:00:00-05:00"},
		{"what is to come as well", "2030-01-01T07:00", "2030-01-01T07:00:00-05:00"},
	} {
		got, err := lapseFrom(c.text, now, zone)
		if err != nil || got.In(zone).Format(time.RFC3339) != c.want {
			t.Errorf("%s: %q gave %s, %v; want %s", c.rule, c.text, got.In(zone).Format(time.RFC3339), err, c.want)
		}
	}
	for _, text := range []string{"noon", "2026-11-01", "2026-13-01T22:00", "T", "2026-11-01T25:00"} {
		if got, err := lapseFrom(text, now, zone); err == nil || !strings.Contains(err.Error(), "write now, 07:00") {
			t.Errorf("%q gave %s, %v; want an error that says what is right", text, got, err)
		}
	}
}

func TestATimeLapseAsksBeforeItReachesAPhone(t *testing.T) {
	clock := daemon.NewLapse(time.Time{}, 60, daemon.Stopwatch())
	console, phone := config.Channel{Name: "here", Type: "console"}, config.Channel{Name: "mine", Type: "pushover", Reaches: true}
	for _, c := range []struct {
		rule     string
		really   bool
		channels []config.Channel
		refused  bool
	}{
		{"a terminal reaches no phone", false, []config.Channel{console}, false},
		{"a phone is refused", false, []config.Channel{console, phone}, true},
		{"really means it", true, []config.Channel{console, phone}, false},
	} {
		if err := (&lapse{clock, c.really}).allows(c.channels); (err != nil) != c.refused {
			t.Errorf("%s: %v", c.rule, err)
		}
	}
}

// A transcript fits a terminal of 80 columns, whatever is said.
func TestATranscriptFitsTheTerminal(t *testing.T) {
	var out strings.Builder
	at := time.Date(2027, 6, 10, 3, 0, 0, 0, time.UTC)
	tr := &transcript{out: &out, now: func() time.Time { return at }, zone: time.UTC}
	if _, err := tr.Send(t.Context(), notify.Message{Level: notify.Alarm, Text: "03:00, if it suits. Then back to bed."}); err != nil {
		t.Fatal(err)
	}
	tr.say("", strings.Repeat("word ", 40))
	want := "Thu 03:00  alarm   03:00, if it suits. Then back to bed.\n" +
		"Thu 03:00          word word word word word word word word word word word word\n" +
		"                   word word word word word word word word word word word word\n" +
		"                   word word word word word word word word word word word word\n" +
		"                   word word word word\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	out.Reset()
	tr.colour = true
	tr.say("alarm", "03:00")
	if want := "Thu 03:00  \x1b[1;31malarm \x1b[0m  03:00\n"; out.String() != want {
		t.Errorf("in colour %q, want %q", out.String(), want)
	}
}
