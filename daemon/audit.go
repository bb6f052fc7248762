package daemon

import (
	"fmt"
	"slices"
	"time"

	"nightbell/daemon/journal"
)

// The lines of the audit. All of them hold, or no heartbeat goes out.
const (
	auditPlan          = "plan"          // a step was made lately, and what is due is reminded of
	auditClock         = "clock"         // the clock is to be trusted
	auditConfiguration = "configuration" // the file that is there is the one in force
	auditChannels      = "channels"      // one that reaches a phone works
	auditDeliveries    = "deliveries"    // what waits is being tried
	auditJournal       = "journal"       // it takes writes
	auditAnswers       = "answers"       // receipts and replies are being read
)

// red is a line of the audit that does not hold.
type red struct {
	line  string
	text  string    // what is wrong, for people
	since time.Time // when an audit first found it so; set by who keeps account
}

// reading is who reads the answers of one channel.
type reading struct {
	channel string
	heard   time.Time // the newest instant at which reading is known to have worked, or nothing was there to be read
}

// Figures of the audit.
const (
	// auditWithin is how long anything may stand still before the audit calls
	// it so: five retries of the slowest kind, and as long as status waits.
	auditWithin = staleAfter
	// retryLive is how far past its next try a delivery may be and still be
	// tried: the request before it may take 10 s on each of a few deliveries.
	retryLive = 2 * time.Minute
)

// audit looks at the daemon as its loop sees it, and lists what does not hold.
// It does no I/O; whether the disk takes a write is asked besides.
func audit(v *view, readers []reading, now time.Time) []red {
	var reds []red
	say := func(line, format string, args ...any) {
		reds = append(reds, red{line: line, text: fmt.Sprintf(format, args...)})
	}
	s := &v.state
	at := s.sayer(time.Time{}).at
	if text := auditOfPlan(v, now); text != "" {
		say(auditPlan, "%s", text)
	}
	if v.held != nil {
		say(auditClock, "the clock is not to be trusted yet")
	}
	if v.doubt != nil {
		say(auditClock, "reminders go by a clock that may be wrong")
	}
	if v.problem != nil {
		say(auditConfiguration, "the configuration file has a problem, and an older one is in force")
	}
	if !slices.ContainsFunc(s.Channels, func(f Facts) bool { return f.Reaches && !f.Partner && s.works(f, now) }) {
		say(auditChannels, "no channel that reaches a phone works")
	}
	for _, d := range s.Deliveries {
		if text := s.auditOf(d, now); text != "" {
			say(auditDeliveries, "%s", text)
			break
		}
	}
	switch {
	case v.failing != nil:
		say(auditJournal, "the journal cannot be written")
	case v.found != nil:
		say(auditJournal, "%v", v.found)
	}
	for _, r := range readers {
		if now.Sub(r.heard) > s.meanwhile(auditWithin) {
			say(auditAnswers, "the answers on channel %s were last read at %s", r.channel, at(r.heard))
		}
	}
	return reds
}

// auditOfPlan says what is wrong with the plan; empty: nothing.
func auditOfPlan(v *view, now time.Time) string {
	s := &v.state
	at := s.sayer(time.Time{}).at
	if stood := now.Sub(v.turned); v.turned.IsZero() || stood > s.meanwhile(aliveWithin) {
		return "no step has been made since " + at(v.turned)
	}
	if s.resting() || !s.pausedUntil(now).IsZero() || s.openStart() != nil {
		return ""
	}
	p := stepper{State: *s, now: now}
	next := s.plan(now).Starts
	if len(next) > 0 && now.Sub(next[0].At) > s.meanwhile(auditWithin) && !p.quietUntil(next[0].At).After(now) {
		return "nothing reminds of the start of " + at(next[0].At)
	}
	return ""
}

// works tells whether a channel can be expected to take a push: it has not
// refused the last one, and none has waited there for long.
func (s *State) works(f Facts, now time.Time) bool {
	if s.health(f.Name).Broken {
		return false
	}
	return !slices.ContainsFunc(s.Deliveries, func(d journal.Delivery) bool {
		return d.Channel == f.Name && d.State == journal.Pending && !d.Withdraw && d.Parked.IsZero() &&
			d.Tries > 0 && now.Sub(d.Created) > s.meanwhile(staleAfter)
	})
}

// auditOf says what is wrong with a delivery; empty: nothing.
func (s *State) auditOf(d journal.Delivery, now time.Time) string {
	if d.State != journal.Pending {
		return ""
	}
	at := s.sayer(time.Time{}).at
	r := s.reminder(d.Reminder)
	if over := r == nil || r.State != journal.Open || d.Burst < r.Burst; over && !d.Withdraw {
		return fmt.Sprintf("a push of %s on channel %s is still queued, and its reminder is over", at(d.Created), d.Channel)
	}
	if now.Sub(d.Created) <= s.meanwhile(auditWithin) {
		return ""
	}
	if due := later(d.Created, d.Next); now.Sub(due) > s.meanwhile(retryLive) && (d.Tries == 0 || !d.Next.IsZero()) {
		return fmt.Sprintf("a push of %s on channel %s waits, and nothing tries it", at(d.Created), d.Channel)
	}
	return ""
}
