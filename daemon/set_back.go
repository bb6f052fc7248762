package daemon

import (
	"slices"
	"time"

	"nightbell/daemon/journal"
)

// changeClock names the change that a clock which was set back makes. It has no
// text: nobody did it, and nobody takes it back.
const changeClock = "clock"

// setBack follows a clock that was set back to now by so much: what waits for
// its next try waits no longer for it, a start that lapsed in a time which is
// still to come and that no service took is yet to be offered, and an alarm that
// lapsed there buys that night no quiet. Everything else stays as it was sent.
func setBack(s *State, now time.Time, by time.Duration) journal.Batch {
	var b journal.Batch
	for _, r := range s.Reminders {
		switch {
		case r.State != journal.Lapsed || !r.Closed.After(now):
		case s.untold(r, now):
			s.unpass(&b, r, now)
		case r.Wakes:
			r.Accepted, r.Round = time.Time{}, 0
			b.Reminders = append(b.Reminders, r)
		}
	}
	for _, d := range s.Deliveries {
		changed := false
		if d.State == journal.Pending && !d.Next.IsZero() {
			d.Next, changed = d.Next.Add(-by), true
		}
		// What lies ahead now was queued or sent that long ago by this clock, too.
		for _, at := range []*time.Time{&d.Created, &d.Done} {
			if at.After(now) {
				*at, changed = at.Add(-by), true
			}
		}
		if changed {
			b.Deliveries = append(b.Deliveries, d)
		}
	}
	return b
}

// wentBack is setBack for a clock that was set back while no daemon looked. By
// how much, nobody knows; at least to before the newest entry of the journal.
func wentBack(s *State, now time.Time) journal.Batch {
	by := s.Newest.Sub(now)
	if by <= clockSlack {
		return journal.Batch{}
	}
	return setBack(s, now, by)
}

// untold tells whether nobody was told of the start of r: no service took a push
// of it, nor had it rung at one by now.
func (s *State) untold(r journal.Reminder, now time.Time) bool {
	if !kindOf(r.Kind).start || !r.Accepted.IsZero() && !r.Accepted.After(now) {
		return false
	}
	p := stepper{State: *s}
	return !slices.ContainsFunc(s.Deliveries, func(d journal.Delivery) bool {
		return d.Reminder == r.ID && !d.Withdraw && d.State == journal.Sent && p.reachedBy(d)
	})
}

// unpass takes back that the start of r passed: the plan offers it once it is
// due, under the same name.
func (s *State) unpass(b *journal.Batch, r journal.Reminder, now time.Time) {
	r.State, r.Closed, r.Accepted, r.Round = journal.Replaced, now, time.Time{}, 0
	b.Reminders = append(b.Reminders, r)
	b.Events = append(b.Events, journal.Event{At: now, Kind: string(r.State), Reminder: r.ID, Text: r.Kind})
	if len(b.Changes) == 0 { // what takes a row away is a change
		b.Changes = []journal.Change{{ID: s.NextChange, At: now, What: changeClock}}
	}
	for _, e := range s.Passed {
		if e.Reminder == r.ID && !e.Skipped {
			e.Removed = s.NextChange
			b.Passed = append(b.Passed, e)
		}
	}
}
