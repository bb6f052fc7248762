package daemon

import (
	"slices"
	"time"

	"nightbell/daemon/journal"
	"nightbell/notify"
)

// Retries of a delivery (daemon.md, Delivery).
const (
	retryFirst = 5 * time.Second
	retryMost  = 60 * time.Second
)

// outcome is what became of one try of a delivery.
type outcome struct {
	delivery string
	at       time.Time
	sent     notify.Sent
	failure  *notify.Failure // nil: the service took it
	lost     bool            // it was no try: the service turned out to hold no more what was parked
	unheard  int             // how many tries since the process began went out whole and brought no answer, if this is one; 0: it is none
}

// record writes an outcome down: the delivery, the health of its channel and
// the first acceptance of its reminder's burst.
func record(s *State, o outcome) journal.Batch {
	i := slices.IndexFunc(s.Deliveries, func(d journal.Delivery) bool { return d.ID == o.delivery })
	if i < 0 {
		return journal.Batch{}
	}
	d := s.Deliveries[i]
	if o.lost {
		return s.parkAgain(d, o.at)
	}
	d.Tries++
	health := s.health(d.Channel)
	event := journal.Event{At: o.at, Reminder: d.Reminder, Channel: d.Channel}
	b := journal.Batch{}
	if f := o.failure; f != nil {
		d.Error, event.Text = f.Error(), f.Error()
		health.LastError, health.LastErrorAt = f.Error(), o.at
		event.Kind = "failed"
		if f.Kind == notify.Refused {
			// A channel that cannot hold a message can still send one.
			d.State, d.Done, health.Broken = journal.RefusedBy, o.at, health.Broken || d.Parked.IsZero()
			event.Kind = "refused"
		} else {
			again := retryIn(d.Tries, d.ID)
			if s.mayAddUp(d, o) {
				again = unheardIn(o.unheard)
			}
			d.Next = o.at.Add(s.meanwhile(max(f.RetryAfter, again)))
			d.Limited = f.Kind == notify.Limited
		}
	} else {
		d.State, d.Done, d.Error, d.Next = journal.Sent, o.at, "", time.Time{}
		// An alarm may have been taken by a try whose answer got lost, and ring,
		// though what was taken now is the quiet message of the morning after.
		d.Receipt, d.Withdrawable = s.ownReceipt(d, o.sent.Receipt), o.sent.Withdrawable || s.repeats(d)
		if !o.sent.RepeatsUntil.IsZero() {
			d.RepeatsUntil = o.at.Add(s.meanwhile(o.sent.RepeatsUntil.Sub(o.at)))
		}
		health.LastSuccess, health.Broken = o.at, false
		event.Kind = "sent"
		if d.Withdraw {
			event.Kind = "withdrawn"
		} else if !d.Parked.IsZero() {
			event.Kind = "parked"
		} else if f, ok := s.channel(d.Channel); ok && f.Reaches && !f.Partner {
			if r := s.reminder(d.Reminder); r != nil && r.State == journal.Open && r.Burst == d.Burst && r.Accepted.IsZero() {
				accepted := *r
				accepted.Accepted = o.at
				b.Reminders = append(b.Reminders, accepted)
			}
		}
	}
	b.Deliveries, b.Health, b.Events = []journal.Delivery{d}, []journal.Health{health}, []journal.Event{event}
	return b
}

// ownReceipt is the receipt that a service gave for d; empty for one that
// another push has: what is read of it was said of that one.
func (s *State) ownReceipt(d journal.Delivery, receipt string) string {
	if slices.ContainsFunc(s.Deliveries, func(e journal.Delivery) bool {
		return e.ID != d.ID && e.Channel == d.Channel && e.Receipt == receipt
	}) {
		return ""
	}
	return receipt
}

func (s *State) health(channel string) journal.Health {
	for _, h := range s.Health {
		if h.Channel == channel {
			return h
		}
	}
	return journal.Health{Channel: channel}
}

// retryIn is how long to wait after the n-th failed try: 5 s, doubling to
// 60 s, the last quarter of each spread by the delivery's name so that two
// never march in step. Derived, not drawn, so that a decision is repeatable.
func retryIn(n int, id string) time.Duration {
	d := retryFirst
	for i := 1; i < n && d < retryMost; i++ {
		d *= 2
	}
	d = min(d, retryMost)
	spread := uint32(n)
	for _, c := range []byte(id) {
		spread = spread*16777619 ^ uint32(c)
	}
	return min(d+time.Duration(spread%256)*d/1024, retryMost)
}

// mayAddUp tells whether trying d again soon could fill the phone's screen: its
// last try went out whole and brought no answer, and what the service takes
// twice is shown twice. An alarm is worth that; everything else is not.
func (s *State) mayAddUp(d journal.Delivery, o outcome) bool {
	f, ok := s.channel(d.Channel)
	r := s.reminder(d.Reminder)
	return o.unheard > 0 && ok && f.Adds && !d.Withdraw && r != nil && s.levelAt(*r, o.at) < notify.Alarm
}

// unheardIn is how long to wait after the n-th such try. At the pace of
// retryIn a service that takes every push and loses every answer would show
// one a minute. It is tried on, for it may as well have taken none, but 1, 2, 5
// and 10 min apart, then 20. Chosen: that is twelve in the three hours between
// two starts, and a service that merely hung is waited for no longer than half
// of what a start is kept up (give_up). A request that cannot even be made is
// no such try: it is made again soon.
func unheardIn(n int) time.Duration {
	waits := [...]time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute}
	return waits[min(n, len(waits))-1]
}
