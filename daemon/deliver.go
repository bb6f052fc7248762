package daemon

import (
	"fmt"
	"slices"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/notify"
)

// rounds queues every push that is due.
func (p *stepper) rounds() {
	for _, r := range p.Snapshot.Reminders {
		if r.State != journal.Open || kindOf(r.Kind).parked {
			continue
		}
		if n, due := p.nextRound(r); due {
			p.queue(r, n)
		} else {
			if kindOf(r.Kind).start {
				p.raise(r, p.levelAt(r, p.now)) // it was queued while it hurt: what is tried now may ring, and be lost
			}
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
	if _, wakes, asleep := p.Routine.Asleep(p.now); asleep && kindOf(r.Kind).awake {
		start = later(start, wakes)
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
	stuck := p.stuck(r)
	if !r.Snoozed.IsZero() {
		r.Snoozed = time.Time{}
	}
	r.Round = round
	p.put(journal.Batch{Reminders: []journal.Reminder{r}})
	for _, d := range p.ofBurst(r.ID, r.Burst) {
		switch {
		case d.State != journal.Pending || d.Withdraw || d.Round >= round:
		case stuck:
			// It is tried on at its own pace: asked anew as well, a service that
			// loses its answers would show more each time.
			d.Round, d.Level = round, max(d.Level, p.loud)
			p.put(journal.Batch{Deliveries: []journal.Delivery{d}})
		default:
			p.drop(d) // this round takes its place, there or on another channel
		}
	}
	reached := false
	for _, f := range p.own() {
		if f.Reaches && reached && !p.everywhere(r) {
			continue
		}
		reached = reached || f.Reaches
		if !p.carries(r, f.Name) {
			p.push(r, f)
		}
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
