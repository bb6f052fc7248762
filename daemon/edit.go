package daemon

import (
	"context"
	"fmt"
	"strings"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/planner"
)

// rewrite finds the session that a request edits or deletes, and turns the
// request into its batch and reply.
func (c *core) rewrite(ctx context.Context, q web.Request, now time.Time) (journal.Batch, web.Reply, error) {
	old, found, err := c.journal.Session(ctx, q.ID)
	switch {
	case err != nil:
		return journal.Batch{}, web.Reply{}, fmt.Errorf("looking for the session: %w", err)
	case !found:
		return journal.Batch{}, web.Reply{}, web.NotFound("no session %d; the first column of this list has the numbers: nightbell sessions", q.ID)
	case old.Removed != 0:
		return journal.Batch{}, web.Reply{}, web.Conflict("session %d is taken out already; see: nightbell sessions --deleted", q.ID)
	}
	return Rewrite(c.state, old, q, now)
}

// Rewrite edits or deletes old, a session that stands, as of now. The version
// before stays in the journal, removed by this change, so that undo brings it
// back. It reads no clock and does no I/O.
func Rewrite(s State, old journal.Session, q web.Request, now time.Time) (journal.Batch, web.Reply, error) {
	a := &answering{State: s, now: now, q: q}
	a.say = a.sayer(time.Time{})
	if q.What == web.Delete {
		return a.remove(old)
	}
	e := a.edited(old)
	if err := a.checkStart(e.Start); err != nil {
		return journal.Batch{}, web.Reply{}, err
	}
	if sameSession(e, old) {
		doc := sessionDocs([]journal.Session{old}, &s, now)[0]
		return journal.Batch{}, web.Reply{Text: "It says so already: " + a.sessionWords(old) + ".", Session: old.ID, Logged: &doc, Already: true}, nil
	}
	if err := amountsAgree(e, old); err != nil {
		return journal.Batch{}, web.Reply{}, err
	}
	text := "Changed to " + a.sessionWords(e) + "."
	b := a.change(text)
	b.Sessions = append(b.Sessions, a.removed(old), e)
	if e.Pain && !old.Pain {
		a.hurt(&b, e)
	}
	a.answer(&b, nil, e.ID)
	if e.Pain && !old.Pain {
		text += whomToCall
	}
	doc := sessionDocs([]journal.Session{e}, &s, now)[0]
	return b, web.Reply{Text: text, Session: e.ID, Logged: &doc}, nil
}

// amountsAgree holds an edit's amounts against those that it leaves as they
// were; what an import brought may disagree and stay so.
func amountsAgree(e, old journal.Session) error {
	if sameAmounts(e, old) {
		return nil
	}
	return web.SessionFields{LeftML: e.LeftML, RightML: e.RightML, ML: e.ML}.Check()
}

// remove takes a session out.
func (a *answering) remove(old journal.Session) (journal.Batch, web.Reply, error) {
	gone := a.removed(old)
	text := "Taken out: " + a.sessionWords(old) + "."
	b := a.change(text)
	b.Sessions = append(b.Sessions, gone)
	a.answer(&b, nil, old.ID)
	doc := sessionDocs([]journal.Session{gone}, &a.State, a.now)[0]
	return b, web.Reply{Text: text + " To have it back: nightbell undo.", Logged: &doc}, nil
}

// removed is a version that this change removes.
func (a *answering) removed(old journal.Session) journal.Session {
	old.Removed = a.NextChange
	return old
}

// edited is the next version of old. What an edit does not speak of stays.
func (a *answering) edited(old journal.Session) journal.Session {
	e, q := old, a.q.Edit
	if v, given := q.Start.Given(); given && v != nil {
		e.Start = *v
	}
	if v, given := q.Kind.Given(); given && v != nil {
		e.Kind = planner.Kind(*v)
	}
	if v, given := q.Minutes.Given(); given {
		e.Length = 0
		if v != nil {
			e.Length = time.Duration(*v) * time.Minute
			e.Begun = false // its length is said: "done" has nothing to add
		}
	}
	if v, given := q.LeftML.Given(); given {
		e.LeftML = v
	}
	if v, given := q.RightML.Given(); given {
		e.RightML = v
	}
	if v, given := q.ML.Given(); given {
		e.ML = v
	}
	if v, given := q.Pain.Given(); given {
		e.Pain = v != nil && *v
	}
	if v, given := q.Note.Given(); given {
		e.Note = ""
		if v != nil {
			e.Note = *v
		}
	}
	e.Change = a.NextChange
	return e
}

// sameSession tells whether two versions say the same.
func sameSession(a, b journal.Session) bool {
	return a.Start.Equal(b.Start) && a.Kind == b.Kind && a.Length == b.Length && a.Pain == b.Pain && a.Note == b.Note && sameAmounts(a, b)
}

func sameAmounts(a, b journal.Session) bool {
	same := func(x, y *float64) bool { return x == y || x != nil && y != nil && *x == *y }
	return same(a.LeftML, b.LeftML) && same(a.RightML, b.RightML) && same(a.ML, b.ML)
}

// sessionWords names a session for people: when, how long, of which kind. The
// day is said when it is not today.
func (a *answering) sessionWords(e journal.Session) string {
	local, today := e.Start.In(a.Routine.Location), a.now.In(a.Routine.Location)
	form := "15:04"
	if local.Format(time.DateOnly) != today.Format(time.DateOnly) {
		form = "Mon 2 Jan 15:04"
	}
	words := []string{local.Format(form)}
	if e.Kind != planner.Pump {
		words = append(words, string(e.Kind))
	}
	if e.Length > 0 {
		words = append(words, fmt.Sprintf("%d min", int(e.Length/time.Minute)))
	}
	return strings.Join(words, ", ")
}
