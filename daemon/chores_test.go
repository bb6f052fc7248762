package daemon

import (
	"log/slog"
	"testing"
	"time"
)

// On a slow machine noon comes while the work of the start is still being done.
// Two at once clear away the half-written copy that the other one is at.
func TestTheDailyWorkIsDoneOnceAtATime(t *testing.T) {
	at := func(wall string) time.Time {
		now, err := time.Parse("2006-01-02 15:04 -0700", wall+" -0400")
		if err != nil {
			t.Fatal(err)
		}
		return now
	}
	now := func() time.Time { return at("2026-06-10 12:15") }
	d, err := New(t.Context(), opened(t, "timezone: America/New_York\nchannels: [{name: here, type: console}]\n", now, slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	d.hard = t.Context()
	under := func() int { // how many pieces of work ended, as the loop hears of it
		d.people.Wait()
		heard := d.inbox.take()
		for _, f := range heard {
			f(now())
		}
		return len(heard)
	}
	d.housekeeping(at("2026-06-10 12:15"))
	d.housekeeping(at("2026-06-10 12:17"))
	d.housekeeping(at("2026-06-10 12:18"))
	if n := under(); n != 1 || d.found != nil {
		t.Errorf("%d pieces of work at once (%v); want one", n, d.found)
	}
	d.housekeeping(at("2026-06-10 12:19"))
	if n := under(); n != 1 || d.found != nil {
		t.Errorf("%d pieces of work after it (%v); want the one that was due", n, d.found)
	}
	d.wake = time.Time{}
	d.housekeeping(at("2026-06-10 12:20"))
	if n := under(); n != 0 || !d.wake.Equal(at("2026-06-11 12:17")) {
		t.Errorf("%d pieces of work, looking again at %s; want none until tomorrow", n, d.wake)
	}
}
