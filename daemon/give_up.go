package daemon

import (
	"time"

	"nightbell/daemon/journal"
)

// lapseAt is when an open reminder gives up: give_up after the first push
// that a service accepted. While none did and one is still being tried, it
// does not give up, unless the machine itself was off for longer than that.
func (p *stepper) lapseAt(r journal.Reminder) (time.Time, bool) {
	giveUp := p.policyOf(r).GiveUp
	if !r.Snoozed.IsZero() {
		looked := later(p.Alive, r.Snoozed)
		if p.now.Sub(looked) > giveUp {
			p.outage = true
			return looked.Add(giveUp), true
		}
		return time.Time{}, false
	}
	if !r.Accepted.IsZero() {
		return r.Accepted.Add(giveUp), true
	}
	if !p.trying(r) {
		return r.From.Add(giveUp), true
	}
	looked := later(later(p.Alive, r.From), p.nextTry(r))
	if p.now.Sub(looked) > giveUp {
		p.outage = true
		return looked.Add(giveUp), true
	}
	return time.Time{}, false
}

// nextTry is when the first of the waiting pushes of r's burst is tried again;
// zero: at once. Until then there is nothing to write down, so an older journal
// says nothing of an outage.
func (p *stepper) nextTry(r journal.Reminder) time.Time {
	next, some := time.Time{}, false
	for _, d := range p.ofBurst(r.ID, r.Burst) {
		if d.State == journal.Pending && !d.Withdraw && p.reachedBy(d) && (!some || d.Next.Before(next)) {
			next, some = d.Next, true
		}
	}
	return next
}

// trying tells whether a push of the reminder's burst may still reach a
// phone's service.
func (p *stepper) trying(r journal.Reminder) bool {
	if r.Round == 0 {
		return p.reaches()
	}
	for _, d := range p.Deliveries {
		if d.Reminder == r.ID && !d.Withdraw && d.Burst == r.Burst && d.State == journal.Pending && p.reachedBy(d) {
			return true
		}
	}
	return false
}

func (p *stepper) reachedBy(d journal.Delivery) bool {
	f, ok := p.channel(d.Channel)
	return ok && f.Reaches && !f.Partner
}

// lapse gives a start up: it becomes a passed start.
func (p *stepper) lapse(r journal.Reminder, at time.Time) {
	p.close(r, journal.Lapsed, at)
	p.put(journal.Batch{Passed: []journal.Passed{{At: r.Due, Power: r.Power, Reminder: r.ID}}})
}

// lastLapse is when the newest start that nobody answered was given up; zero:
// none was.
func (p *stepper) lastLapse() time.Time {
	last := time.Time{}
	for _, r := range p.Snapshot.Reminders {
		if r.State == journal.Lapsed && kindOf(r.Kind).start && !r.Closed.After(p.now) {
			last = later(last, r.Closed)
		}
	}
	return last
}
