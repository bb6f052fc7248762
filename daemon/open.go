package daemon

import (
	"time"

	"nightbell/daemon/journal"
	"nightbell/planner"
)

// offer takes a start that is due and has no open reminder.
func (p *stepper) offer(next planner.Start) {
	r := p.reminderOf(next)
	giveUp := p.policyOf(r).GiveUp
	quiet := p.quietUntil(next.At)
	free := later(next.At, p.lastLapse()) // one at a time: it waited for the start before it
	switch {
	case quiet.After(p.now):
		p.at(quiet)
	case p.rangThere(next.At, giveUp):
		// The service rang for as long as it would have rung from here.
		p.changed = true
		r.Opened = p.now
		if old := p.reminder(r.ID); old != nil {
			r = *old
		}
		p.lapse(p.rung(r, next.At), next.At.Add(parkedAfter+giveUp))
	case p.current.Anchor.IsZero() && p.now.Sub(later(next.At, p.Alive)) > giveUp:
		// Nothing to go by any more: reminders begin anew.
		p.outage, p.changed = true, true
		p.setMark(markSince, p.now, 0)
	case p.now.Sub(later(later(free, p.Alive), later(quiet, p.lastPauseEnd()))) > giveUp:
		// It fell into an outage: it lapses without a sound.
		p.outage, p.changed = true, true
		r.Opened = p.now
		if old := p.reminder(r.ID); old != nil {
			r = *old
		}
		r = p.rung(r, next.At)
		r.State, r.Closed = journal.Lapsed, free.Add(giveUp)
		p.put(journal.Batch{
			Reminders: []journal.Reminder{r},
			Passed:    []journal.Passed{{At: next.At, Power: r.Power, Reminder: r.ID}},
			Events:    []journal.Event{{At: p.now, Kind: "outage", Reminder: r.ID, Text: r.Kind}},
		})
	default:
		p.openReminder(r)
	}
}

// reminderOf is the reminder of a start, as it would open.
func (p *stepper) reminderOf(next planner.Start) journal.Reminder {
	r := journal.Reminder{
		Person: person, Kind: string(next.Kind), Anchor: p.current.Anchor, Due: next.At,
		Wakes: next.Wakes, Power: next.Kind == planner.StartPower,
		State: journal.Open, Opened: p.now, From: p.now,
	}
	r.ID = p.reminderID(r.Kind, r.Anchor, r.Due)
	for _, was := range p.Snapshot.Reminders {
		// Its answer was taken back: it is the one from before, though a session
		// that was logged meanwhile is its anchor now.
		if was.Due.Equal(r.Due) && kindOf(was.Kind).start && answered(was) {
			r.ID = was.ID
		}
	}
	r.Level = p.policyOf(r).Level
	return r
}

// reopen opens a start whose answer was taken back in a pause. It is silent until
// the end of that, like all that a pause finds open, so that whoever ends the
// pause early hears it then.
func (p *stepper) reopen(next planner.Start) {
	r := p.reminderOf(next)
	if old := p.reminder(r.ID); old != nil && answered(*old) && !p.quietUntil(next.At).After(p.now) {
		p.openReminder(r)
	}
}

// answered tells whether an answer closed r.
func answered(r journal.Reminder) bool {
	return r.State == journal.Logged || r.State == journal.Skipped
}

// openReminder opens r. One that was open before (its answer was undone)
// comes back a while after that instead of at once: whoever undid it is there.
func (p *stepper) openReminder(r journal.Reminder) {
	if old := p.reminder(r.ID); old != nil {
		back, until := *old, p.now
		picksUp := p.lastPauseEnd().Equal(p.LastAnswer) // whoever ends a pause asks for what is due
		if answered(*old) && !picksUp {
			until = later(until, minTime(p.LastAnswer, p.now).Add(reopenAfter))
		}
		back.State, back.Closed = journal.Open, time.Time{}
		p.snooze(back, until)
		return
	}
	p.put(journal.Batch{
		Reminders: []journal.Reminder{r},
		Events:    []journal.Event{{At: p.now, Kind: "opened", Reminder: r.ID, Text: r.Kind}},
	})
}

// snooze makes r quiet until then; what is out of this burst is withdrawn,
// and a new burst begins.
func (p *stepper) snooze(r journal.Reminder, until time.Time) {
	r.Burst++
	r.Round, r.Accepted, r.From, r.Snoozed = 0, time.Time{}, until, until
	p.put(journal.Batch{Reminders: []journal.Reminder{r}})
	p.changed = true
}
