package daemon

import (
	"slices"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
)

// unlogged is the quiet line after a tap on "Starting" or "Done" whose button's
// time was over: the phone showed that it was sent, so whoever tapped takes the
// session for logged. It waits for the morning, is said once until a session is
// logged, and not where one has been since the reminder was due. A link needs
// none: its page says so.
func (s *State) unlogged(q web.Request, now time.Time) journal.Batch {
	r := s.reminder(q.Reminder)
	if r == nil || s.resting() || s.tellsOf(r.Due) || q.What != web.Start && q.What != web.Done {
		return journal.Batch{}
	}
	said := slices.ContainsFunc(s.Snapshot.Reminders, func(r journal.Reminder) bool {
		return r.Kind == kindUnlogged && !s.tellsOf(r.Anchor)
	})
	if said {
		return journal.Batch{}
	}
	p := stepper{State: *s, now: now}
	p.say(kindUnlogged, q.At, now, "The tap of "+p.sayer(time.Time{}).at(q.At)+" logged nothing. Log it when you like.")
	return p.out
}

// tellsOf tells whether a session is logged since an instant, or no longer before
// it than "done" reaches back.
func (s *State) tellsOf(at time.Time) bool {
	return slices.ContainsFunc(s.Sessions, func(e journal.Session) bool { return e.Start.After(at.Add(-completes)) })
}
