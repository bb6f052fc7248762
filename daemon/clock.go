package daemon

import (
	"fmt"
	"time"
)

// Now reads the wall clock. It has no monotonic part: that one stands still
// while the machine is suspended and would make two instants of one night
// compare wrongly. Everything else is given its now.
func Now() time.Time { return time.Now().Round(0) }

// clockSlack is how far behind the clock may be without being implausible: a
// machine that wrote the newest entry may have been a few seconds ahead.
const clockSlack = time.Minute

// ImplausibleClock says that the clock shows an instant before something that
// has already happened.
type ImplausibleClock struct {
	Now, After time.Time // After is when it happened
	What       string    // what happened: "this program was built"
}

// Error names both instants and the way out.
func (e *ImplausibleClock) Error() string {
	const form = "2006-01-02 15:04 UTC"
	return fmt.Sprintf("the clock says %s, but %s at %s; set the clock, or switch its synchronisation on (timedatectl set-ntp true)",
		e.Now.UTC().Format(form), e.What, e.After.UTC().Format(form))
}

// Plausible says whether now can be right: not earlier than the build or than
// the newest entry of the journal by more than a minute. A zero built or
// newest is unknown and proves nothing. The error is an *ImplausibleClock and
// names whichever is later.
func Plausible(now, built, newest time.Time) error {
	after, what := built, "this program was built"
	if newest.After(built) {
		after, what = newest, "the newest entry of the journal was written"
	}
	if after.IsZero() || !now.Before(after.Add(-clockSlack)) {
		return nil
	}
	return &ImplausibleClock{Now: now, After: after, What: what}
}

// Stopwatch starts one and returns what reads it: the time that passed, which
// follows no clock that is set and stands still while the machine sleeps.
func Stopwatch() func() time.Duration {
	begun := time.Now()
	return func() time.Duration { return time.Since(begun) }
}
