package daemon

import (
	"time"

	"nightbell/daemon/journal"
	"nightbell/notify"
)

// nudge opens, closes or waits for the nudge.
func (p *stepper) nudge() {
	due := p.current.Nudge
	end := due.Add(p.Routine.NudgeBefore) // where max_gap is reached
	if r := p.openNudge(); r != nil {
		switch {
		case due.IsZero() || !r.Due.Equal(due):
			as := journal.Replaced
			if p.taken(r.Due) || p.lastCounted().After(r.Anchor) {
				as = journal.Logged
			}
			p.close(*r, as, p.now)
		case !end.After(p.now):
			p.close(*r, journal.Lapsed, p.now)
		case !p.pausedUntil(p.now).IsZero(), p.hurts():
			p.close(*r, journal.Replaced, p.now)
		default:
			p.at(end)
			return
		}
	}
	if due.IsZero() || p.resting() || p.hurts() || !end.After(p.now) {
		return
	}
	at := later(due, p.lastPauseEnd())
	if until := p.pausedUntil(p.now); !until.IsZero() {
		at = later(at, until)
	}
	opening, waiting := p.opening(), p.waitingPush()
	if r := p.openStart(); r != nil && r.Snoozed.After(p.now) {
		at = later(at, r.Snoozed) // the person asked for quiet
	}
	if opening == nil && waiting == nil {
		if last := p.lastPush(); !last.IsZero() {
			at = later(at, last.Add(nudgeApart))
		}
	}
	if _, to, asleep := p.Routine.Asleep(at); asleep {
		at = to
	}
	if _, to, asleep := p.Routine.Asleep(p.now); asleep {
		at = later(at, to)
	}
	if !at.Before(end) {
		return
	}
	if at.After(p.now) {
		p.at(at)
		return
	}
	r := journal.Reminder{Person: person, Kind: kindNudge, Anchor: due.Add(p.Routine.NudgeBefore - p.Routine.MaxGap), Due: due, State: journal.Open, Opened: p.now, From: p.now}
	r.ID = p.reminderID(r.Kind, r.Anchor, r.Due)
	if p.reminder(r.ID) != nil {
		return
	}
	r.Level = p.policyOf(r).Level
	if opening != nil || waiting != nil {
		// They fall together: one push, at the louder level.
		r.State, r.Closed = journal.Told, p.now
		p.loud = r.Level
		p.put(journal.Batch{Reminders: []journal.Reminder{r}})
		if opening == nil {
			p.raise(*waiting, r.Level)
		}
		return
	}
	p.put(journal.Batch{Reminders: []journal.Reminder{r}})
	p.at(end)
}

// opening is the start's reminder whose push goes out in this step, nil
// without one.
func (p *stepper) opening() *journal.Reminder {
	r := p.openStart()
	if r == nil || r.Snoozed.After(p.now) {
		return nil
	}
	if _, due := p.nextRound(*r); !due {
		return nil
	}
	return r
}

// waitingPush is the start's reminder whose push no service has taken yet, nil
// without one. A nudge beside it would come out of an outage as a second
// message about the same session.
func (p *stepper) waitingPush() *journal.Reminder {
	r := p.openStart()
	if r == nil || r.Round == 0 || r.Snoozed.After(p.now) || !r.Accepted.IsZero() || !p.trying(*r) {
		return nil
	}
	return r
}

// raise makes the pushes of r that still wait at least this loud.
func (p *stepper) raise(r journal.Reminder, level notify.Level) {
	for _, d := range p.ofBurst(r.ID, r.Burst) {
		if d.State == journal.Pending && !d.Withdraw && d.Level < level {
			d.Level = level
			p.put(journal.Batch{Deliveries: []journal.Delivery{d}})
		}
	}
}

// lastPush is when the newest push to a phone of the person's own was queued or
// sent; zero: none known. What is printed, or was told a partner, keeps nobody
// from hearing of a gap; where nothing reaches a phone, what is printed counts.
// One that lies ahead is of a clock which was set back since: when it was, nobody
// knows, and to keep from it would put the nudge off until the clock is there.
func (p *stepper) lastPush() time.Time {
	last := time.Time{}
	for _, d := range p.Deliveries {
		if d.Withdraw || !d.Parked.IsZero() || p.partners(d.Channel) || p.reaches() && !p.reachedBy(d) {
			continue
		}
		at := d.Created
		switch d.State {
		case journal.Sent:
			at = d.Done
		case journal.Pending:
			if r := p.reminder(d.Reminder); r == nil || r.State != journal.Open {
				continue // this step lets go of it
			}
		default:
			continue
		}
		if !at.After(p.now) {
			last = later(last, at)
		}
	}
	return last
}

// lastCounted is the start of the newest session that counts by now.
func (p *stepper) lastCounted() time.Time {
	last := time.Time{}
	for _, e := range p.Sessions {
		if !e.Start.After(p.now.Add(futureSlack)) {
			last = later(last, e.Start)
		}
	}
	return last
}
