package daemon

import (
	"fmt"
	"slices"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
)

// withdrawLife is how long a withdrawal is tried: no service keeps an alarm
// up for longer (Pushover's expire is at most 10,800 s).
const withdrawLife = 3 * time.Hour

// withdrawEnd is until when the withdrawal d is worth trying: what is parked
// can be taken back until it comes.
func (p *stepper) withdrawEnd(d journal.Delivery) time.Time {
	end := d.Created.Add(withdrawLife)
	if r := p.reminder(d.Reminder); r != nil && kindOf(r.Kind).parked {
		end = later(end, r.Due.Add(parkedAfter))
	}
	return end
}

// withdrawals takes back what is out of reminders and bursts that are over.
func (p *stepper) withdrawals() {
	for _, d := range p.Deliveries {
		if d.Withdraw {
			if d.State == journal.Pending && p.now.After(p.withdrawEnd(d)) {
				p.drop(d)
			}
			continue
		}
		r := p.reminder(d.Reminder)
		over := r == nil || r.State != journal.Open || d.Burst < r.Burst
		if over && r != nil && r.State == journal.Told && kindOf(r.Kind).line {
			if d.State == journal.Pending && !p.tellsOn(*r) {
				p.drop(d)
			}
			continue // a line that was told stays where it can be read
		}
		if !over {
			continue
		}
		mayBeOut := d.Withdrawable && d.State == journal.Sent && (d.RepeatsUntil.IsZero() || d.RepeatsUntil.After(p.now))
		if d.State != journal.Sent && (p.repeats(d) || !d.Parked.IsZero()) {
			mayBeOut = p.mayHaveBeenTaken(d)
		}
		if d.State == journal.Pending {
			p.drop(d)
		}
		if f, ok := p.channel(d.Channel); mayBeOut && ok && f.Withdraws {
			p.withdraw(d)
		}
	}
}

// tellsOn tells whether a line that one channel told still goes to another
// that has not taken it: where every channel is asked for, while it is news,
// and not into anybody's quiet or sleep.
func (p *stepper) tellsOn(r journal.Reminder) bool {
	_, _, asleep := p.Routine.Asleep(p.now)
	return p.Use == config.UseAll && !asleep && r.Due.Add(lineLife).After(p.now) && p.pausedUntil(p.now).IsZero() && (!p.resting() || r.Kind == kindResting)
}

// repeats tells whether the channel of d repeats a message of its level.
func (s *State) repeats(d journal.Delivery) bool {
	f, ok := s.channel(d.Channel)
	return ok && f.Repeats != nil && f.Repeats(d.Level)
}

// withdraw records the taking back of d's burst on its channel, once.
func (p *stepper) withdraw(d journal.Delivery) {
	id := fmt.Sprintf("%s/%d/withdraw/%s", d.Reminder, d.Burst, d.Channel)
	if slices.ContainsFunc(p.Deliveries, func(e journal.Delivery) bool { return e.ID == id }) {
		return
	}
	p.put(journal.Batch{Deliveries: []journal.Delivery{{
		ID: id, Reminder: d.Reminder, Channel: d.Channel, Withdraw: true, Burst: d.Burst,
		Level: d.Level, State: journal.Pending, Created: p.now,
	}}})
}
