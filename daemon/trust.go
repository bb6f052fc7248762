package daemon

import (
	"errors"
	"time"
)

// holdMost is how long pushes wait for a clock that is not to be trusted.
const holdMost = 2 * time.Minute

// release tells whether pushes may go: the clock is to be trusted, or has
// been waited for long enough.
func (d *Daemon) release(now time.Time) bool {
	if d.why == nil {
		return true
	}
	ok, err := d.o.Synced()
	if !ok && err == nil && now.Before(d.held) && now.After(d.held.Add(-2*holdMost)) {
		d.wake = sooner(d.wake, now.Add(retryFirst))
		return false
	}
	if !ok {
		d.log.Warn("reminding by a clock that may be wrong", keyErr, d.why)
		d.doubt = d.why
	}
	d.why = nil
	// Not before: a clock that is put right was not set back.
	if b := wentBack(&d.state, now); !empty(b) {
		d.apply(b, now)
		d.wake = now // the step was made by what the journal held until here
	}
	return true
}

// trusts ends the doubt about the clock once it is kept right, or has passed
// what had happened by it.
func (d *Daemon) trusts(now time.Time) {
	if d.doubt == nil {
		return
	}
	ok, err := d.o.Synced()
	var wrong *ImplausibleClock
	if ok && err == nil || errors.As(d.doubt, &wrong) && Plausible(now, wrong.After, time.Time{}) == nil {
		d.doubt = nil
		d.log.Info("the clock is to be trusted again")
	}
}
