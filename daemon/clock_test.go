package daemon

import (
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestPlausible(t *testing.T) {
	built := time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)
	newest := time.Date(2026, 6, 7, 2, 41, 30, 0, time.UTC)
	tests := []struct {
		rule               string
		now, built, newest time.Time
		want               string // the error begins so; empty: plausible
	}{
		{rule: "after both", now: newest.Add(time.Second), built: built, newest: newest},
		{rule: "a minute behind the newest entry", now: newest.Add(-time.Minute), built: built, newest: newest},
		{rule: "over a minute behind the newest entry", now: newest.Add(-time.Minute - 1), built: built, newest: newest,
			want: "the clock says 2026-06-07 02:40 UTC, but the newest entry of the journal was written at 2026-06-07 02:41 UTC; set the clock"},
		{rule: "before the build, no journal yet", now: time.Unix(0, 0), built: built,
			want: "the clock says 1970-01-01 00:00 UTC, but this program was built at 2026-05-04 10:00 UTC; set the clock"},
		{rule: "a newer build than the journal counts", now: newest.Add(time.Hour), built: newest.Add(48 * time.Hour), newest: newest,
			want: "the clock says 2026-06-07 03:41 UTC, but this program was built at"},
		{rule: "nothing known proves nothing", now: time.Unix(0, 0)},
		{rule: "an unknown build is no build", now: newest, newest: newest},
		{rule: "the zone of an instant does not matter", now: newest.In(time.FixedZone("", -12*3600)), built: built, newest: newest},
		{rule: "a clock far ahead is plausible: nothing says otherwise", now: newest.AddDate(20, 0, 0), built: built, newest: newest},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			err := Plausible(tt.now, tt.built, tt.newest)
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			var typed *ImplausibleClock
			if !errors.As(err, &typed) || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestNowHasNoMonotonicPart(t *testing.T) {
	if text := Now().String(); strings.Contains(text, "m=") {
		t.Errorf("%s has a monotonic part: suspends would not count", text)
	}
}

func TestSynchronisedAnswersOrSaysItCannot(t *testing.T) {
	_, err := Synchronised()
	if runtime.GOOS == "linux" {
		if err != nil {
			t.Errorf("Linux can tell, even to a user without rights: %v", err)
		}
	} else if !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %v, want %v", err, errors.ErrUnsupported)
	}
}
