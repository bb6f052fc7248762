package daemon

import (
	"fmt"
	"slices"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/planner"
)

// already finds the session that the one starting at start would repeat, or
// that one which is known to have lasted so long would overlap.
func (a *answering) already(start time.Time, lasted time.Duration) (journal.Session, bool) {
	for _, e := range slices.Backward(a.Sessions) {
		if e.Start.After(a.now.Add(futureSlack)) {
			continue
		}
		// A start inside a session that lasted is that session's as well.
		lasts := max(a.together(), a.lengthOf(e))
		if d := start.Sub(e.Start); d > -max(a.together(), lasted) && d < lasts {
			return e, true
		}
	}
	return journal.Session{}, false
}

// took finds the session that took a reminder which is named and closed, for an
// answer at an instant: people tap twice, and a button outlives its reminder by
// an hour. Where it was closed by something else, that is the one nearest to its
// end, of those since it was due. Later than the hour it is no second tap: a page
// that lay open all night names a reminder of the evening, and means now.
func (a *answering) took(r *journal.Reminder, at time.Time) (found journal.Session, ok bool) {
	if r == nil || a.q.Reminder == "" || a.q.Reminder == web.OpenReminder || r.State == journal.Open || at.Sub(lastSeen(*r)) > keyLife {
		return journal.Session{}, false
	}
	for _, e := range a.Sessions {
		if !e.Start.After(r.Due.Add(-a.together())) || e.Start.After(at.Add(a.together())) {
			continue // of before, or of after the tap, which is read only now
		}
		if nearer := e.Start.Sub(r.Closed).Abs() < found.Start.Sub(r.Closed).Abs(); !ok || nearer && r.State != journal.Logged {
			found, ok = e, true
		}
	}
	return found, ok
}

// lengthOf is the length of a session (planner.md, Words).
func (a *answering) lengthOf(e journal.Session) time.Duration {
	switch {
	case e.Length > 0:
		return e.Length
	case e.Kind == planner.PowerSession && a.Routine.Power != nil:
		return a.Routine.PowerLength()
	}
	return a.Routine.Session
}

// kindFor is the kind of session that answers r.
func (a *answering) kindFor(r *journal.Reminder) planner.Kind {
	switch {
	case a.q.Session.Kind != "":
		return planner.Kind(a.q.Session.Kind)
	case r != nil && r.Power:
		return planner.PowerSession
	}
	return planner.Pump
}

func (a *answering) log() (journal.Batch, web.Reply, error) {
	start := a.at()
	if err := a.checkStart(start); err != nil {
		return journal.Batch{}, web.Reply{}, err
	}
	for _, e := range a.Sessions {
		if !a.q.At.IsZero() && start.Equal(e.Start) {
			return a.repeated(e) // the same session, told again: perhaps nobody heard the first answer
		}
	}
	return a.put(a.session(start, a.kindFor(nil)), nil)
}

func (a *answering) checkStart(start time.Time) error {
	if start.After(a.now.Add(futureSlack)) {
		return web.Wrong("%s lies in the future; log a session once it has begun", a.on(start))
	}
	if start.Year() < 2000 {
		return web.Wrong("%s is not a time a session can have begun", start.Format(time.RFC3339))
	}
	return nil
}

// session is a new session from the request's fields.
func (a *answering) session(start time.Time, k planner.Kind) journal.Session {
	f := a.q.Session
	return journal.Session{
		ID: a.NextSession, Start: start, Kind: k, Length: time.Duration(f.Minutes) * time.Minute,
		LeftML: f.LeftML, RightML: f.RightML, ML: f.ML, Pain: f.Pain, Note: f.Note, Source: a.source(),
		Change: a.NextChange,
	}
}

// put logs a session, ends resting and remembers which reminder it answered.
func (a *answering) put(e journal.Session, r *journal.Reminder) (journal.Batch, web.Reply, error) {
	b := a.change("Logged " + a.on(e.Start) + ".")
	text := b.Changes[0].Text
	if e.Start.After(a.now.Add(-time.Minute)) && a.q.What == web.Start {
		text = "Logged."
	}
	b.Sessions = append(b.Sessions, e)
	a.wake(&b)
	a.hurt(&b, e)
	a.answer(&b, r, e.ID)
	return b, a.reply(text, e), nil
}

// repeated is the reply to an answer that was given before. What is new in it
// is added to the session that is there.
func (a *answering) repeated(e journal.Session) (journal.Batch, web.Reply, error) {
	f := a.q.Session
	if f.Minutes == 0 && f.LeftML == nil && f.RightML == nil && f.ML == nil && !f.Pain && f.Note == "" {
		return journal.Batch{}, web.Reply{Text: "Already logged at " + a.say.at(e.Start) + ".", Session: e.ID, Already: true}, nil
	}
	text := "Added to " + a.on(e.Start) + "."
	b := a.change(text)
	b.Sessions = append(b.Sessions, a.told(&e), e)
	a.hurt(&b, e)
	a.answer(&b, nil, e.ID)
	return b, a.reply(text, e), nil
}

// told adds what the request says of a session to it, as a new version, and
// returns the version before, taken away.
func (a *answering) told(e *journal.Session) journal.Session {
	old, f := *e, a.q.Session
	old.Removed = a.NextChange
	if f.Minutes > 0 {
		e.Length = time.Duration(f.Minutes) * time.Minute
	}
	e.LeftML, e.RightML, e.ML = either(f.LeftML, e.LeftML), either(f.RightML, e.RightML), either(f.ML, e.ML)
	if f.Note != "" {
		e.Note = f.Note
	}
	e.Pain, e.Change = e.Pain || f.Pain, a.NextChange
	return old
}

// reply is what is said back of a session.
func (a *answering) reply(text string, e journal.Session) web.Reply {
	if a.q.Session.Pain {
		if a.now.Sub(e.Start) < painRecent {
			text += untilClear
		}
		text += whomToCall
	}
	doc := sessionDocs([]journal.Session{e}, &a.State, a.now)[0]
	return web.Reply{Text: text, Session: e.ID, Logged: &doc}
}

func (a *answering) start() (journal.Batch, web.Reply, error) {
	r, err := a.target()
	if err != nil {
		return journal.Batch{}, web.Reply{}, err
	}
	start := a.at()
	if err := a.checkStart(start); err != nil {
		return journal.Batch{}, web.Reply{}, err
	}
	if e, ok := a.took(r, start); ok {
		return a.repeated(e)
	}
	if e, ok := a.already(start, 0); ok {
		return a.repeated(e)
	}
	e := a.session(start, a.kindFor(r))
	e.Begun = true
	return a.put(e, r)
}

func (a *answering) done() (journal.Batch, web.Reply, error) {
	r, err := a.target()
	if err != nil {
		return journal.Batch{}, web.Reply{}, err
	}
	end := a.at()
	if e, ok := a.begun(end); ok {
		return a.complete(e, end, r)
	}
	if e, ok := a.took(r, end); ok {
		return a.repeated(e)
	}
	e := a.session(end, a.kindFor(r))
	if e.Length == 0 {
		e.Length = a.lengthOf(e)
	}
	e.Start = end.Add(-e.Length)
	if err := a.checkStart(e.Start); err != nil {
		return journal.Batch{}, web.Reply{}, err
	}
	if e, ok := a.already(e.Start, e.Length); ok {
		return a.repeated(e)
	}
	return a.put(e, r)
}

// begun is the session begun by "starting" that a "done" at end completes: the
// newest by then. One before that is over, whether or not anybody said so, and
// a second "done" does not reach back to it.
func (a *answering) begun(end time.Time) (journal.Session, bool) {
	for _, e := range slices.Backward(a.Sessions) {
		if since := end.Sub(e.Start); since >= 0 {
			return e, e.Begun && since <= completes
		}
	}
	return journal.Session{}, false
}

// complete gives a begun session its length: a new version of it.
func (a *answering) complete(e journal.Session, end time.Time, r *journal.Reminder) (journal.Batch, web.Reply, error) {
	old := a.told(&e)
	if a.q.Session.Minutes == 0 {
		e.Length = max(end.Sub(e.Start).Round(time.Minute), time.Minute)
	}
	e.Begun = false
	text := fmt.Sprintf("Logged %s, %d min.", a.on(e.Start), int(e.Length/time.Minute))
	b := a.change(text)
	b.Sessions = append(b.Sessions, old, e)
	a.hurt(&b, e)
	a.answer(&b, r, e.ID)
	return b, a.reply(text, e), nil
}

func either(a, b *float64) *float64 {
	if a != nil {
		return a
	}
	return b
}
