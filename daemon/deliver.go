package daemon

import (
	"fmt"
	"slices"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/notify"
)

// withdrawLife is how long a withdrawal is tried: no service keeps an alarm
// up for longer (Pushover's expire is at most 10,800 s).
const withdrawLife = 3 * time.Hour

// rounds queues every push that is due.
func (p *stepper) rounds() {
	for _, r := range p.Snapshot.Reminders {
		if r.State != journal.Open || kindOf(r.Kind).parked {
			continue
		}
		if n, due := p.nextRound(r); due {
			p.queue(r, n)
		} else {
			p.widen(r)
			p.narrow(r)
		}
		p.tellPartner(*p.reminder(r.ID))
	}
}

// narrow lets go of what other channels still try once one has taken a push
// that the first to work was to carry: after an outage that they all shared,
// the phone hears of it once. An alarm may come in by every door.
func (p *stepper) narrow(r journal.Reminder) {
	if r.Accepted.IsZero() || p.everywhere(r) || p.levelAt(r, p.now) == notify.Alarm {
		return
	}
	of := p.ofBurst(r.ID, r.Burst)
	taken := slices.ContainsFunc(of, func(d journal.Delivery) bool {
		return !d.Withdraw && d.Round == r.Round && d.State == journal.Sent && p.reachedBy(d)
	})
	for _, d := range of {
		// What a service repeats may be out already, its answer lost: it is tried
		// on, so that it can be taken back.
		if taken && !d.Withdraw && d.State == journal.Pending && p.reachedBy(d) && !p.repeats(d) {
			p.drop(d)
		}
	}
}

// nextRound tells which round of pushes r is due for now; else it asks to
// look again when one will be. Rounds that fell due together are one.
func (p *stepper) nextRound(r journal.Reminder) (int, bool) {
	start := later(r.From, r.Snoozed)
	if !kindOf(r.Kind).line {
		start = later(start, p.pausedUntil(p.now))
	}
	if start.After(p.now) {
		p.at(start)
		return 0, false
	}
	paced := kindOf(r.Kind).paced
	if r.Round == 0 && !paced {
		return 1, true
	}
	if again := r.From.Add(time.Duration(r.Round) * p.policyOf(r).GiveUp); p.stuck(r) {
		p.at(again)
		return r.Round + 1, !again.After(p.now)
	}
	if kindOf(r.Kind).line || p.hurts() || !r.Acknowledged.IsZero() || r.Wakes && !p.sameSleep(r.Due, p.now) {
		return 0, false // said once: a line, what an alarm is once its sleep is over, and everything while it hurts
	}
	base := r.Accepted
	if paced || base.IsZero() {
		if !paced && p.trying(r) {
			return 0, false
		}
		base = r.From
	}
	n := 1
	for _, offset := range p.policyOf(r).Again {
		if base.Add(offset).After(p.now) {
			p.at(base.Add(offset))
			break
		}
		n++
	}
	return n, n > r.Round
}

// stuck tells whether a start's push reached nobody because one channel
// refused it and another is still being tried. What was refused is never sent
// again, so a new round, each give_up, asks the channel that may work by now:
// without it a start would wait in silence for the one that may never.
func (p *stepper) stuck(r journal.Reminder) bool {
	return kindOf(r.Kind).start && r.Accepted.IsZero() && p.trying(r) &&
		slices.ContainsFunc(p.ofBurst(r.ID, r.Burst), func(d journal.Delivery) bool {
			return !d.Withdraw && d.Round == r.Round && d.State == journal.RefusedBy && p.reachedBy(d)
		})
}

// queue records a push of r on every channel that is to carry it.
func (p *stepper) queue(r journal.Reminder, round int) {
	if !r.Snoozed.IsZero() {
		r.Snoozed = time.Time{}
	}
	r.Round = round
	p.put(journal.Batch{Reminders: []journal.Reminder{r}})
	for _, d := range p.ofBurst(r.ID, r.Burst) {
		if d.State == journal.Pending && !d.Withdraw && d.Round < round {
			p.drop(d) // this round takes its place, there or on another channel
		}
	}
	reached := false
	for _, f := range p.own() {
		if f.Reaches && reached && !p.everywhere(r) {
			continue
		}
		reached = reached || f.Reaches
		p.push(r, f)
	}
	p.widen(r)
}

// everywhere tells whether a push of r goes to every channel.
func (p *stepper) everywhere(r journal.Reminder) bool {
	if p.Use == config.UseAll {
		return true
	}
	if p.levelAt(r, p.now) != notify.Alarm || r.Accepted.IsZero() {
		return false
	}
	at := r.Accepted.Add(everyChannel)
	p.at(at)
	return !at.After(p.now)
}

// push records one push of r's round on one channel, unless the service there
// repeats an earlier one of this burst by itself.
func (p *stepper) push(r journal.Reminder, f Facts) {
	id := fmt.Sprintf("%s/%d/%d/%s", r.ID, r.Burst, r.Round, f.Name)
	for _, d := range p.ofBurst(r.ID, r.Burst) {
		if d.Channel != f.Name || d.Withdraw {
			continue
		}
		if d.ID == id || d.State == journal.Sent && d.RepeatsUntil.After(p.now) {
			return
		}
		if d.State == journal.Pending {
			p.drop(d)
		}
	}
	level := p.levelAt(r, p.now)
	if kindOf(r.Kind).start {
		level = max(level, p.loud)
	}
	p.put(journal.Batch{Deliveries: []journal.Delivery{{
		ID: id, Reminder: r.ID, Channel: f.Name, Burst: r.Burst, Round: r.Round,
		Level: level, State: journal.Pending, Created: p.now.In(p.Routine.Location), // the next message tells by it that the zone has changed
	}}})
}

func (p *stepper) drop(d journal.Delivery) {
	d.State, d.Done = journal.Dropped, p.now
	p.put(journal.Batch{Deliveries: []journal.Delivery{d}})
}

// ofBurst lists the deliveries of one burst of a reminder.
func (p *stepper) ofBurst(reminder string, burst int) []journal.Delivery {
	var of []journal.Delivery
	for _, d := range p.Deliveries {
		if d.Reminder == reminder && d.Burst == burst {
			of = append(of, d)
		}
	}
	return of
}

// widen brings the next channel in when one has failed for long enough, and
// every channel when an alarm stays unanswered.
func (p *stepper) widen(r journal.Reminder) {
	if r.Round == 0 || r.Snoozed.After(p.now) || p.silenced(r) {
		return
	}
	if p.everywhere(r) {
		for _, f := range p.own() {
			if f.Reaches && !p.carries(r, f.Name) {
				p.push(r, f)
			}
		}
		return
	}
	patience := p.meanwhile(fallbackAfter)
	if p.levelAt(r, p.now) == notify.Alarm {
		patience = p.meanwhile(fallbackAlarm)
	}
	for _, f := range p.own() {
		if !f.Reaches {
			continue
		}
		if !p.carries(r, f.Name) {
			p.push(r, f)
			return
		}
		if !p.givenUp(r, f.Name, patience) {
			return
		}
	}
}

// carries tells whether the channel has a push of r's round, or repeats one of
// its burst by itself.
func (p *stepper) carries(r journal.Reminder, channel string) bool {
	return slices.ContainsFunc(p.ofBurst(r.ID, r.Burst), func(d journal.Delivery) bool {
		return d.Channel == channel && !d.Withdraw && (d.Round == r.Round || d.State == journal.Sent && d.RepeatsUntil.After(p.now))
	})
}

// givenUp tells whether the newest push of r on a channel was refused, or has
// failed for as long as patience lasts, or is held back by the service.
func (p *stepper) givenUp(r journal.Reminder, channel string, patience time.Duration) bool {
	given := false
	for _, d := range p.ofBurst(r.ID, r.Burst) {
		if d.Channel != channel || d.Withdraw || d.Round != r.Round {
			continue
		}
		switch d.State {
		case journal.RefusedBy:
			given = true
		case journal.Pending:
			until := d.Created.Add(patience)
			given = d.Tries > 0 && (!until.After(p.now) || d.Limited)
			if d.Tries > 0 {
				p.at(until)
			}
		default:
			given = false
		}
	}
	return given
}

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

// mayHaveBeenTaken tells whether a try of d whose answer never came may have
// left something at the service, whatever became of the tries after it.
func (p *stepper) mayHaveBeenTaken(d journal.Delivery) bool {
	switch d.State {
	case journal.Pending:
		return true
	case journal.RefusedBy: // by the last try
		return d.Tries > 1 && !p.now.After(p.withdrawEnd(d))
	}
	return d.Tries > 0 && !p.now.After(p.withdrawEnd(d))
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
}

// record writes an outcome down: the delivery, the health of its channel and
// the first acceptance of its reminder's burst.
func record(s *State, o outcome) journal.Batch {
	i := slices.IndexFunc(s.Deliveries, func(d journal.Delivery) bool { return d.ID == o.delivery })
	if i < 0 {
		return journal.Batch{}
	}
	d := s.Deliveries[i]
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
			d.Next = o.at.Add(s.meanwhile(max(f.RetryAfter, retryIn(d.Tries, d.ID))))
			d.Limited = f.Kind == notify.Limited
		}
	} else {
		d.State, d.Done, d.Error, d.Next = journal.Sent, o.at, "", time.Time{}
		// An alarm may have been taken by a try whose answer got lost, and ring,
		// though what was taken now is the quiet message of the morning after.
		d.Receipt, d.Withdrawable = o.sent.Receipt, o.sent.Withdrawable || s.repeats(d)
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

// setBack follows a clock that was set back to now by so much: what waits for
// its next try waits no longer for it, and an alarm that lapsed in a night
// which is still to come buys no quiet in it. Everything else stays as it was
// sent.
func setBack(s *State, now time.Time, by time.Duration) journal.Batch {
	var b journal.Batch
	for _, r := range s.Reminders {
		if r.Wakes && r.State == journal.Lapsed && r.Closed.After(now) {
			r.Accepted, r.Round = time.Time{}, 0
			b.Reminders = append(b.Reminders, r)
		}
	}
	for _, d := range s.Deliveries {
		if d.State == journal.Pending && !d.Next.IsZero() {
			d.Next = d.Next.Add(-by)
			b.Deliveries = append(b.Deliveries, d)
		}
	}
	return b
}
