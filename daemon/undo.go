package daemon

import (
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
)

// Undo takes back a change: the rows it made go, those it removed stand
// again. rows are as journal.LastUndoable gives them.
func Undo(s State, change journal.Change, rows journal.Batch, now time.Time) (journal.Batch, web.Reply) {
	id := s.NextChange
	change.Undone = id
	b := journal.Batch{Changes: []journal.Change{change, {ID: id, At: now, What: "undo", Text: "Taken back: " + change.Text}}}
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
			ends = append(ends, e.To)
		}
	}
	s.wakeUp(&b, ends, now)
	b.Answers = []journal.Answer{{ID: s.NextAnswer, Action: "undo", At: now, Change: id}}
	return b, web.Reply{Text: "Taken back: " + change.Text}
}
