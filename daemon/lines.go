package daemon

import (
	"fmt"
	"slices"
	"time"

	"nightbell/daemon/journal"
)

// rest begins resting by itself after a long time without a session or an
// answer.
func (p *stepper) rest() {
	switch until := p.pausedUntil(p.now); {
	case p.resting() && until.IsZero() && p.restsUnsaid():
		p.sayResting()
		return
	case p.resting() || p.RestAfter <= 0 || !until.IsZero():
		p.at(until)
		return
	}
	last := later(later(p.LastAnswer, p.mark(markSince)), p.lastPauseEnd())
	for _, e := range p.Sessions {
		if !e.Start.After(p.now) {
			last = later(last, e.Start)
		}
	}
	if rest := last.Add(p.RestAfter); rest.After(p.now) {
		p.at(rest)
		return
	}
	p.setMark(markResting, p.now, 0)
	p.closeAll(journal.Replaced)
	p.sayResting()
}

// sayResting says that reminders rest, once the person is awake.
func (p *stepper) sayResting() {
	due := p.now
	if _, to, ok := p.Routine.Asleep(p.now); ok {
		due = to
	}
	p.say(kindResting, p.now, due, "Reminders are resting. Log a session or resume when you like.")
}

// restsUnsaid tells whether reminders rest by themselves and the line that says
// so was let go: what ended the rest before anybody read it was taken back.
func (p *stepper) restsUnsaid() bool {
	if slices.ContainsFunc(p.Marks, func(m journal.Mark) bool { return m.Name == markResting && m.Change != 0 }) {
		return false // the person asked for it, and knows
	}
	newest := journal.Reminder{}
	for _, r := range p.Snapshot.Reminders {
		if r.Kind == kindResting && !r.Opened.Before(newest.Opened) {
			newest = r
		}
	}
	return newest.State == journal.Replaced
}

// say opens a line.
func (p *stepper) say(name string, anchor, due time.Time, text string) {
	r := journal.Reminder{
		Person: person, Kind: name, Anchor: anchor, Due: due, State: journal.Open, Opened: p.now, From: due, Text: text,
	}
	r.ID = p.reminderID(r.Kind, r.Anchor, r.Due)
	if p.reminder(r.ID) != nil {
		return
	}
	r.Level = p.policyOf(r).Level
	p.put(journal.Batch{Reminders: []journal.Reminder{r}})
}

// standing says where things stand after an outage, when nothing else does.
func (p *stepper) standing() {
	if !p.outage || p.resting() || !p.pausedUntil(p.now).IsZero() || p.openStart() != nil || p.openNudge() != nil {
		nudge := p.openNudge()
		p.fold(p.opening() != nil || nudge != nil && nudge.Round == 0)
		return
	}
	if _, _, asleep := p.Routine.Asleep(p.now); asleep || len(p.current.Starts) == 0 {
		return
	}
	next := p.current.Starts[0].At
	if next.Sub(p.now) <= standingApart {
		p.fold(false)
		return
	}
	text := p.fold(true)
	p.say(kindStanding, p.now, p.now, text+fmt.Sprintf("Picking up from here. Next around %s.", p.sayer(time.Time{}).at(next)))
}

// lines closes what has been said, and what is not worth saying any more.
func (p *stepper) lines() {
	_, _, asleep := p.Routine.Asleep(p.now)
	for _, r := range p.Snapshot.Reminders {
		if r.State != journal.Open || !kindOf(r.Kind).line {
			continue
		}
		end := r.Due.Add(p.policyOf(r).GiveUp)
		switch {
		case !r.Accepted.IsZero() || r.Round > 0 && !p.reaches() && !p.waiting(r):
			p.close(r, journal.Told, p.now)
		case r.Kind == kindNoted && (!p.stands(r.Anchor) || p.resting()), r.Kind == kindResting && !p.resting(),
			r.Kind == kindUnlogged && (p.tellsOf(r.Anchor) || p.resting()),
			r.Kind == kindStanding && (asleep || p.resting() || !p.pausedUntil(p.now).IsZero() || p.openStart() != nil || r.Opened.Before(p.stood())),
			kindOf(r.Kind).moment && (p.resting() || !p.pausedUntil(p.now).IsZero() || p.quietUntil(p.now).After(p.now)):
			p.close(r, journal.Replaced, p.now)
		case !end.After(p.now):
			p.close(r, journal.Lapsed, p.now)
		default:
			p.at(r.Due)
			p.at(end)
		}
	}
}

// stood is when the newest line on where things stand was opened: the ones
// before it, which reached nobody, say nothing any more.
func (p *stepper) stood() time.Time {
	newest := time.Time{}
	for _, r := range p.Snapshot.Reminders {
		if r.Kind == kindStanding {
			newest = later(newest, r.Opened)
		}
	}
	return newest
}

// waiting tells whether a push of the reminder's burst is still to be sent,
// on whatever channel.
func (p *stepper) waiting(r journal.Reminder) bool {
	return slices.ContainsFunc(p.ofBurst(r.ID, r.Burst), func(d journal.Delivery) bool {
		return !d.Withdraw && d.State == journal.Pending
	})
}

// stands tells whether a session with this start is still logged.
func (p *stepper) stands(start time.Time) bool {
	return slices.ContainsFunc(p.Sessions, func(e journal.Session) bool { return e.Start.Equal(start) })
}
