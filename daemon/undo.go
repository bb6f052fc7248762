package daemon

import (
	"context"
	"fmt"
	"strings"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
)

// changes are what people did, as the journal holds it.
type changes interface {
	LastChange(ctx context.Context) (journal.Change, error)
	LastUndoable(ctx context.Context) (journal.Change, journal.Batch, error)
}

// takeBack turns a request to undo into its batch and reply.
func takeBack(ctx context.Context, done changes, s State, q web.Request, now time.Time) (journal.Batch, web.Reply, error) {
	if q.Change != 0 {
		last, err := done.LastChange(ctx)
		if err != nil {
			return journal.Batch{}, web.Reply{}, fmt.Errorf("looking for the last change: %w", err)
		}
		if last.ID == q.Change && last.What == string(web.Snooze) && last.Undone == 0 {
			b, reply := endSnooze(s, last, now)
			return b, reply, nil
		}
	}
	change, rows, err := done.LastUndoable(ctx)
	switch {
	case err != nil:
		return journal.Batch{}, web.Reply{}, fmt.Errorf("looking for the last change: %w", err)
	case change.ID == 0:
		return journal.Batch{}, web.Reply{}, web.Conflict("there is nothing to take back")
	case q.Change != 0 && q.Change != change.ID:
		return journal.Batch{}, web.Reply{}, web.Conflict("that is taken back already, or something else was done since; nothing was changed")
	}
	b, reply := Undo(s, change, rows, now)
	return b, reply, nil
}

// takenBack says what an undo took back, in its own words and in quotes: "Quiet
// until 14:00." by itself would read as if it held from now on.
func takenBack(change journal.Change) string {
	text := change.Text
	if first, _, more := strings.Cut(text, ". "); more {
		text = first + "."
	}
	return `Taken back: "` + text + `"`
}

// endSnooze takes back a snooze while it is the newest change and named: what
// is open goes on at once. A snooze is never what undo finds by itself, since
// it runs out by itself and would stand in front of what people mean.
func endSnooze(s State, snooze journal.Change, now time.Time) (journal.Batch, web.Reply) {
	id := s.NextChange
	snooze.Undone = id
	text := takenBack(snooze)
	b := journal.Batch{
		Changes: []journal.Change{snooze, {ID: id, At: now, What: string(web.Undo), Text: text}},
		Answers: []journal.Answer{{ID: s.NextAnswer, Action: string(web.Undo), At: now, Change: id}},
	}
	for _, r := range []*journal.Reminder{s.openStart(), s.openNudge()} {
		if r != nil && r.Snoozed.After(now) {
			b.Reminders = append(b.Reminders, quiet(*r, now))
		}
	}
	return b, web.Reply{Text: text}
}

// Undo takes back a change: the rows it made go, those it removed stand
// again. rows are as journal.LastUndoable gives them.
func Undo(s State, change journal.Change, rows journal.Batch, now time.Time) (journal.Batch, web.Reply) {
	id := s.NextChange
	change.Undone = id
	b := journal.Batch{Changes: []journal.Change{change, {ID: id, At: now, What: "undo", Text: takenBack(change)}}}
	turn := func(made, removed int64) int64 {
		switch change.ID {
		case made:
			return id
		case removed:
			return 0
		}
		return removed
	}
	for _, e := range rows.Sessions {
		e.Removed = turn(e.Change, e.Removed)
		b.Sessions = append(b.Sessions, e)
	}
	for _, e := range rows.Passed {
		e.Removed = turn(e.Change, e.Removed)
		b.Passed = append(b.Passed, e)
	}
	for _, e := range rows.Pauses {
		e.Removed = turn(e.Change, e.Removed)
		b.Pauses = append(b.Pauses, e)
	}
	for _, e := range rows.Marks {
		e.Removed = turn(e.Change, e.Removed)
		b.Marks = append(b.Marks, e)
	}
	var ends []time.Time
	for _, e := range rows.Pauses {
		if e.Change == change.ID {
			ends = append(ends, s.quietedUntil(e)...)
		}
	}
	s.wakeUp(&b, ends, now)
	b.Answers = []journal.Answer{{ID: s.NextAnswer, Action: "undo", At: now, Change: id}}
	return b, web.Reply{Text: takenBack(change)}
}
