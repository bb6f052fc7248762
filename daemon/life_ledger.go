package daemon

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"nightbell/daemon/journal"
)

// ledger is what a journal holds besides the snapshot: every change, and every
// version of what a change can make or take away.
type ledger struct {
	changes  map[int64]journal.Change
	sessions map[[2]int64]journal.Session // by ID and change
	passed   map[[2]int64]journal.Passed  // by instant and change
	pauses   map[[2]int64]journal.Pause   // by beginning and change
	marks    map[markKey]journal.Mark
}

type markKey struct {
	name string
	seq  int64
}

func newLedger() ledger {
	return ledger{
		changes: map[int64]journal.Change{}, sessions: map[[2]int64]journal.Session{}, passed: map[[2]int64]journal.Passed{},
		pauses: map[[2]int64]journal.Pause{}, marks: map[markKey]journal.Mark{},
	}
}

// put writes a batch down.
func (g *ledger) put(b journal.Batch) {
	for _, e := range b.Changes {
		g.changes[e.ID] = e
	}
	for _, e := range b.Sessions {
		g.sessions[[2]int64{e.ID, e.Change}] = e
	}
	for _, e := range b.Passed {
		g.passed[[2]int64{e.At.UnixMilli(), e.Change}] = e
	}
	for _, e := range b.Pauses {
		g.pauses[[2]int64{e.From.UnixMilli(), e.Change}] = e
	}
	for _, e := range b.Marks {
		g.marks[markKey{e.Name, e.Seq}] = e
	}
}

// LastChange is Journal.LastChange.
func (g *ledger) LastChange(context.Context) (journal.Change, error) {
	last := journal.Change{}
	for _, e := range g.changes {
		if e.Text != "" && e.ID > last.ID {
			last = e
		}
	}
	return last, nil
}

// LastUndoable is Journal.LastUndoable, but for the answers, which nobody takes back.
func (g *ledger) LastUndoable(context.Context) (journal.Change, journal.Batch, error) {
	last := journal.Change{}
	for _, e := range g.changes {
		if e.Undoable && e.Undone == 0 && e.ID > last.ID {
			last = e
		}
	}
	if last.ID == 0 {
		return last, journal.Batch{}, nil
	}
	of := func(made, removed int64) bool { return made == last.ID || removed == last.ID }
	return last, journal.Batch{
		Changes:  []journal.Change{last},
		Sessions: rowsOf(g.sessions, byPair, func(e journal.Session) bool { return of(e.Change, e.Removed) }),
		Passed:   rowsOf(g.passed, byPair, func(e journal.Passed) bool { return of(e.Change, e.Removed) }),
		Pauses:   rowsOf(g.pauses, byPair, func(e journal.Pause) bool { return of(e.Change, e.Removed) }),
		Marks:    rowsOf(g.marks, byMark, func(e journal.Mark) bool { return of(e.Change, e.Removed) }),
	}, nil
}

// read is Journal.Snapshot: what stands, where memory does not hold all of it.
func (g *ledger) read(s journal.Snapshot, now time.Time) journal.Snapshot {
	s.Sessions = rowsOf(g.sessions, byPair, func(e journal.Session) bool { return e.Removed == 0 })
	s.Passed = rowsOf(g.passed, byPair, func(e journal.Passed) bool { return e.Removed == 0 })
	s.Pauses = rowsOf(g.pauses, byPair, func(e journal.Pause) bool { return e.Removed == 0 })
	s.Marks = rowsOf(g.marks, byMark, func(e journal.Mark) bool { return e.Removed == 0 })
	s.Age(now)
	return s
}

func byPair(a, b [2]int64) int { return slices.Compare(a[:], b[:]) }

func byMark(a, b markKey) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.seq, b.seq)) }

// rowsOf lists the rows that fit, in the order of their keys.
func rowsOf[K comparable, R any](rows map[K]R, order func(a, b K) int, fits func(R) bool) []R {
	var list []R
	for _, key := range slices.SortedFunc(maps.Keys(rows), order) {
		if fits(rows[key]) {
			list = append(list, rows[key])
		}
	}
	return list
}
