package daemon

import (
	"fmt"
	"slices"
	"time"

	"nightbell/daemon/journal"
	"nightbell/notify"
)

// What is parked at a service comes by itself when this machine cannot send:
// the alarm outlives the box.
const (
	// parkedAfter is how long after its instant a parked message comes: the
	// daemon's own push has time to arrive and to take the parked one back.
	parkedAfter = 3 * time.Minute
	// parkedLeast is how far ahead a parked message must come; services hold
	// messages for 10 s at least, and this leaves room for the request.
	parkedLeast = time.Minute
	// parkedMost is how far ahead one may come: ntfy holds messages for 3 days.
	parkedMost = 72*time.Hour - parkedAfter - parkedLeast
)

// park keeps the next alarm and the next nudge parked, each on every channel
// that parks, and takes back what the plan has left behind.
func (p *stepper) park() {
	if p.Rate > 0 {
		return // a service knows nothing of a time-lapse: it would ring on another day
	}
	if p.leaving() {
		p.keepParked(kindParkedAlarm, time.Time{}, true)
		p.keepParked(kindParkedNudge, time.Time{}, false)
		return
	}
	p.keepParked(kindParkedAlarm, p.nextAlarm(), true)
	p.keepParked(kindParkedNudge, p.nextParkedNudge(), false)
}

// nextAlarm is the instant of the alarm to be parked; zero: none. One that is
// due stays until a push of its own reached a service, and one that was snoozed
// is due again at the end of that.
func (p *stepper) nextAlarm() time.Time {
	if p.resting() {
		return time.Time{}
	}
	r := p.openStart()
	out := r == nil || !r.Accepted.IsZero() || !r.Acknowledged.IsZero()
	if !out && r.Wakes && r.Burst > 0 && p.sameSleep(r.Due, r.From) {
		return r.From
	}
	out = out || !r.Snoozed.IsZero()
	for _, s := range p.current.Starts {
		if s.Wakes && (s.At.After(p.now) || !out) && p.quietUntil(s.At).IsZero() { // none in the quiet after one that lapsed
			return s.At
		}
	}
	return time.Time{}
}

// nextParkedNudge is the instant of the nudge to be parked; zero: none.
func (p *stepper) nextParkedNudge() time.Time {
	at := p.current.Nudge
	if at.IsZero() || p.resting() || p.hurts() || !p.pausedUntil(at).IsZero() {
		return time.Time{}
	}
	if _, _, asleep := p.Routine.Asleep(at); asleep {
		return time.Time{}
	}
	if r := p.openStart(); r != nil && r.Snoozed.After(at) {
		return time.Time{} // the person asked for quiet
	}
	if !at.After(p.now) {
		if r := p.openNudge(); r == nil || !r.Accepted.IsZero() {
			return time.Time{}
		}
	}
	return at
}

// keepParked sees to it that of one kind exactly what is due then is parked.
func (p *stepper) keepParked(kind string, due time.Time, wakes bool) {
	if due.Sub(p.now) > parkedMost {
		p.at(due.Add(-parkedMost))
		due = time.Time{}
	}
	parking := slices.DeleteFunc(p.own(), func(f Facts) bool { return !f.Parks })
	if len(parking) == 0 {
		due = time.Time{}
	}
	comes := due.Add(parkedAfter)
	if was := p.open(kindNamed(kind)); was != nil {
		if was.Due.Equal(due) && p.parkedLevel(*was) == was.Level {
			if comes.Sub(p.now) >= parkedLeast {
				p.parkOn(parking, *was, comes)
			}
			return
		}
		if !due.IsZero() && p.unreached(*was) && (p.openStart() != nil || !p.held(*was)) {
			return // it moves once the service can be reached, not at every step of an outage
		}
		p.close(*was, journal.Replaced, p.now)
	}
	if due.IsZero() || comes.Sub(p.now) < parkedLeast {
		return
	}
	r := journal.Reminder{Person: person, Kind: kind, Due: due, Wakes: wakes, State: journal.Open, Opened: p.now, From: due}
	r.ID = p.reminderID(r.Kind, r.Anchor, r.Due)
	if before := p.reminder(r.ID); before != nil {
		r.Burst = before.Burst + 1 // what was left of the one before has its own name
	}
	r.Level = p.parkedLevel(r)
	p.at(comes.Add(-parkedLeast / 2)) // dropStale's
	p.put(journal.Batch{Reminders: []journal.Reminder{r}})
	p.parkOn(parking, r, comes)
}

// parkOn leaves r on the channels that do not have it: all of them when it
// opens, and later the one that the configuration has got since.
func (p *stepper) parkOn(parking []Facts, r journal.Reminder, comes time.Time) {
	of := p.ofBurst(r.ID, r.Burst)
	for _, f := range parking {
		if slices.ContainsFunc(of, func(d journal.Delivery) bool { return d.Channel == f.Name }) {
			continue
		}
		p.put(journal.Batch{Deliveries: []journal.Delivery{{
			ID: fmt.Sprintf("%s/%d/park/%s", r.ID, r.Burst, f.Name), Reminder: r.ID, Channel: f.Name, Parked: comes,
			Burst: r.Burst, Level: r.Level, State: journal.Pending, Created: p.now,
		}}})
	}
}

// unreached tells whether a parked reminder is still on its way to a service
// that could not be reached.
func (p *stepper) unreached(r journal.Reminder) bool {
	return slices.ContainsFunc(p.ofBurst(r.ID, r.Burst), func(d journal.Delivery) bool {
		return !d.Withdraw && d.State == journal.Pending && d.Tries > 0
	})
}

// held tells whether a service holds a parked reminder. Then it moves although
// another cannot be reached, but for while a start is due, when the plan moves
// with every look.
func (p *stepper) held(r journal.Reminder) bool {
	return slices.ContainsFunc(p.ofBurst(r.ID, r.Burst), func(d journal.Delivery) bool {
		return !d.Withdraw && d.State == journal.Sent
	})
}

// rangThere tells whether a service rang the alarm of due by itself, and long
// enough ago that it would be over: it held one, and none was taken back
// before it came.
func (p *stepper) rangThere(due time.Time, giveUp time.Duration) bool {
	if due.Add(parkedAfter + giveUp).After(p.now) {
		return false
	}
	comes := due.Add(parkedAfter)
	for _, r := range p.Snapshot.Reminders {
		if r.Kind != kindParkedAlarm || !r.Due.Equal(due) {
			continue
		}
		for _, d := range p.Deliveries {
			if d.Reminder == r.ID && !d.Withdraw && d.State == journal.Sent && !p.backBefore(d, comes) {
				return true
			}
		}
	}
	return false
}

// rung is r as it closes: one that the service rang for due by itself rang.
func (p *stepper) rung(r journal.Reminder, due time.Time) journal.Reminder {
	if p.rangThere(due, 0) {
		r.Round, r.Accepted = max(r.Round, 1), due.Add(parkedAfter)
	}
	return r
}

// backBefore tells whether the push that d is was taken back before at. One
// that was parked once more is another.
func (p *stepper) backBefore(d journal.Delivery, at time.Time) bool {
	return slices.ContainsFunc(p.ofBurst(d.Reminder, d.Burst), func(e journal.Delivery) bool {
		return e.Withdraw && e.Channel == d.Channel && e.State == journal.Sent && e.Done.Before(at)
	})
}

// parkedLevel is how loud a parked message is to come: as loud as the push
// that it stands in for.
func (p *stepper) parkedLevel(r journal.Reminder) notify.Level {
	r.Level = p.policyOf(r).Level
	return p.levelAt(r, r.Due)
}

// dropStale gives up parking what a service would refuse by now.
func (p *stepper) dropStale() {
	for _, d := range p.Deliveries {
		if d.State == journal.Pending && !d.Withdraw && !d.Parked.IsZero() {
			if last := d.Parked.Add(-parkedLeast / 2); last.After(p.now) {
				p.at(last)
				continue
			}
			p.drop(d)
		}
	}
}

func kindNamed(name string) func(kind) bool { return func(k kind) bool { return k.name == name } }
