package daemon

import (
	"errors"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
)

// Bounds of what can be asked (daemon.md and interface.md).
const (
	snoozeLeast   = 5 * time.Minute
	snoozeMost    = 60 * time.Minute
	snoozeDefault = 10 * time.Minute
	pauseMost     = 7 * 24 * time.Hour
	completes     = 90 * time.Minute // "done" completes a session begun this long ago at most
	clearsAfter   = 10 * time.Minute // an acknowledgement this long after the lapse logs nothing
)

// Answer turns one request into what it changes, as of now, and what it says
// back. It reads no clock and does no I/O. The reply's Next is filled by the
// caller, from the plan after the change.
func Answer(s State, q web.Request, now time.Time) (journal.Batch, web.Reply, error) {
	a := &answering{State: s, now: now, q: q}
	a.say = a.sayer(time.Time{})
	switch q.What {
	case web.Log:
		return a.log()
	case web.Start:
		return a.start()
	case web.Done:
		return a.done()
	case web.Snooze:
		return a.snooze()
	case web.Skip:
		return a.skip()
	case web.Pause:
		return a.pause()
	case web.Resume:
		return a.resume()
	case web.Rest:
		return a.rest()
	case web.Heard:
		return a.heard()
	case web.Pain:
		return a.pain()
	}
	return journal.Batch{}, web.Reply{}, web.Wrong("%q is no answer; use start, done, snooze, skip, log, pause, resume, rest or pain", q.What)
}

// answering carries one request: the state it was made in and what to write.
type answering struct {
	State
	now time.Time
	q   web.Request
	say words
}

// change begins a batch with the change that undo would take back.
func (a *answering) change(text string) journal.Batch {
	return journal.Batch{Changes: []journal.Change{{ID: a.NextChange, At: a.now, What: string(a.q.What), Text: text, Undoable: true}}}
}

// at is the instant the request speaks of.
func (a *answering) at() time.Time {
	if a.q.At.IsZero() {
		return a.now
	}
	return a.q.At
}

// target is the reminder that is answered: the one that is named, else the
// open start, else the open nudge; nil without one.
func (a *answering) target() (*journal.Reminder, error) {
	if a.q.Reminder != "" && a.q.Reminder != web.OpenReminder {
		r := a.reminder(a.q.Reminder)
		if r == nil {
			return nil, web.NotFound("no reminder %q; it may be more than two days old", a.q.Reminder)
		}
		return r, nil
	}
	if r := a.openStart(); r != nil {
		return r, nil
	}
	return a.openNudge(), nil
}

func (a *answering) source() string {
	if a.q.Source == "" {
		return "api"
	}
	return a.q.Source
}

// wake ends resting: a session is the best way to resume.
func (a *answering) wake(b *journal.Batch) {
	if a.resting() {
		b.Marks = append(b.Marks, journal.Mark{Name: markResting, Change: a.NextChange, Seq: a.nextMark(b)})
	}
}

// answer records the answer itself, with the reminder it is for. A session that
// is logged hours after it began was told now: rest_after counts from there.
func (a *answering) answer(b *journal.Batch, r *journal.Reminder, session int64) {
	e := journal.Answer{ID: a.NextAnswer, Action: string(a.q.What), At: a.at(), Channel: a.q.Channel, Session: session, Change: a.NextChange}
	if a.q.What == web.Log {
		e.At = a.now
	}
	if r != nil {
		e.Reminder = r.ID
	}
	b.Answers = append(b.Answers, e)
}

// on is an instant with its day, where that is not today.
func (a *answering) on(t time.Time) string {
	zone := a.Routine.Location
	day, today := t.In(zone), a.now.In(zone)
	switch day.Format(time.DateOnly) {
	case today.Format(time.DateOnly):
		return a.say.at(t)
	case today.AddDate(0, 0, 1).Format(time.DateOnly):
		return "tomorrow " + a.say.at(t)
	case today.AddDate(0, 0, -1).Format(time.DateOnly):
		return "yesterday " + a.say.at(t)
	}
	if day.Year() != today.Year() {
		return day.Format("2 Jan 2006 ") + a.say.at(t)
	}
	return day.Format("Mon 2 Jan ") + a.say.at(t)
}

var errNothingOpen = errors.New("no reminder is open just now")

func (a *answering) snooze() (journal.Batch, web.Reply, error) {
	d := a.q.For
	if d == 0 {
		d = snoozeDefault
	}
	if d < snoozeLeast || d > snoozeMost {
		return journal.Batch{}, web.Reply{}, web.Wrong("%s is not a snooze; it can last 5m to 60m, such as 10m", d)
	}
	r, err := a.target()
	if err != nil {
		return journal.Batch{}, web.Reply{}, err
	}
	if r == nil || r.State != journal.Open || kindOf(r.Kind).parked {
		return journal.Batch{}, web.Reply{}, web.Conflict("%w; to be quiet for a while, use: nightbell pause --for %dm", errNothingOpen, int(d/time.Minute))
	}
	until := a.at().Add(d)
	until = later(until, a.pausedUntil(until)) // a pause goes on, whatever is asked for in it
	text := "Quiet until " + a.on(until) + "."
	if r.Snoozed.Equal(until) {
		return journal.Batch{}, web.Reply{Text: text, Already: true}, nil // the same tap, told again
	}
	b := a.change(text)
	b.Changes[0].Undoable = false // it runs out by itself
	b.Reminders = append(b.Reminders, quiet(*r, until))
	a.answer(&b, r, 0)
	return b, web.Reply{Text: text}, nil
}

// quiet is r, silent until then: a new burst begins at its end.
func quiet(r journal.Reminder, until time.Time) journal.Reminder {
	r.Burst++
	r.Round, r.Accepted, r.From, r.Snoozed = 0, time.Time{}, until, until
	return r
}

func (a *answering) skip() (journal.Batch, web.Reply, error) {
	r, err := a.target()
	if err != nil {
		return journal.Batch{}, web.Reply{}, err
	}
	if r == nil || r.State != journal.Open || kindOf(r.Kind).parked {
		return journal.Batch{}, web.Reply{}, web.Conflict("%w, so there is nothing to skip; to be quiet for a while, use: nightbell pause --for 90m", errNothingOpen)
	}
	text := "All right, not this one."
	b := a.change(text)
	closed := *r
	closed.State, closed.Closed = journal.Skipped, a.now
	b.Reminders = append(b.Reminders, closed)
	if kindOf(r.Kind).start {
		b.Passed = append(b.Passed, journal.Passed{At: r.Due, Power: r.Power, Skipped: true, Reminder: r.ID, Change: a.NextChange})
	}
	a.answer(&b, r, 0)
	return b, web.Reply{Text: text}, nil
}
