package daemon

import (
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
)

// Acknowledge is what reading a receipt changes: the receipt is done with,
// and an acknowledgement is an answer.
func Acknowledge(s State, d journal.Delivery, got receiptRead, now time.Time) journal.Batch {
	r := s.reminder(d.Reminder)
	d.ReceiptDone = got.Acknowledged || got.Expired || got.Gone || r == nil || r.State != journal.Open && r.State != journal.Lapsed
	if r != nil && r.State == journal.Lapsed && now.Sub(r.Closed) > clearsAfter {
		d.ReceiptDone = true
	}
	b := journal.Batch{}
	if !d.ReceiptDone {
		return b
	}
	b.Deliveries = []journal.Delivery{d}
	if !got.Acknowledged || r == nil {
		return b
	}
	// Nobody acknowledges a push before it was made: a service whose clock
	// stands in another year would log a session there.
	at := later(got.At, d.Created)
	if got.At.IsZero() || at.After(now) || got.At.Before(d.Created.Add(-futureSlack)) || s.Rate > 0 { // the phone knows nothing of a time-lapse
		at = now
	}
	b.Events = []journal.Event{{At: now, Kind: "acknowledged", Reminder: r.ID, Channel: d.Channel, Text: at.UTC().Format(time.RFC3339)}}
	f, _ := s.channel(d.Channel)
	// A tap that only silences what a later answer is already taking back.
	spoken := (d.Burst < r.Burst || s.resting() || !s.pausedUntil(at).IsZero()) && !at.Before(s.LastAnswer)
	switch {
	case spoken, r.State == journal.Skipped, r.State == journal.Logged:
		return b
	case r.State == journal.Lapsed && at.Sub(r.Closed) > clearsAfter:
		return b
	case (f.Awake || f.Partner) && r.State == journal.Open:
		b.Reminders = []journal.Reminder{s.hushed(*r, at)}
		b.Answers = []journal.Answer{{ID: s.NextAnswer, Reminder: r.ID, Action: "acknowledged", At: at, Channel: d.Channel}}
		return b
	case f.Awake || f.Partner: // a partner logs by a button that says so, and by nothing else
		return b
	}
	q := web.Request{What: web.Start, Reminder: r.ID, At: at, Source: "answer:" + d.Channel, Channel: d.Channel}
	logged, reply, err := Answer(s, q, now)
	if err != nil || reply.Already {
		return b
	}
	for i := range logged.Sessions {
		logged.Sessions[i].Begun = true
	}
	b = join(b, logged)
	due := at
	if _, to, ok := s.Routine.Asleep(at); ok {
		due = later(to, now)
	}
	return join(b, s.noted(r, at, due, now))
}

// noted is the quiet line that says an acknowledged alarm back after waking.
func (s *State) noted(r *journal.Reminder, at, due, now time.Time) journal.Batch {
	p := stepper{State: *s, now: now}
	p.say(kindNoted, at, due, "Logged "+p.sayer(time.Time{}).at(at)+". Undo?")
	return p.out
}
