package journal

import (
	"context"
	"time"
)

// Filter chooses sessions. The zero Filter is every session that stands.
type Filter struct {
	Limit    int       // at most so many, the newest; 0: all
	From, To time.Time // From <= start < To; zero: open
	Deleted  bool      // deleted ones too, each as it last stood
}

// Sessions lists sessions, the newest first. A session that was edited is
// listed as it is now; a deleted one has Removed set.
func (j *Journal) Sessions(ctx context.Context, f Filter) ([]Session, error) {
	// The index sessions_start holds only rows of which removed = 0 is said in these words.
	query := "SELECT " + sessionColumns + " FROM sessions WHERE removed = 0"
	if f.Deleted {
		query = "SELECT " + sessionColumns + " FROM sessions AS s WHERE (removed = 0 OR " + lastStood + ")"
	}
	var args []any
	query, args = between(query, "start", f.From, f.To)
	query += " ORDER BY start DESC, id DESC"
	if f.Limit > 0 {
		query, args = query+" LIMIT ?", append(args, f.Limit)
	}
	list, err := all(ctx, j.readers, readSession, query, args...)
	return list, j.explain("list sessions", err)
}

// lastStood picks, of a session of which no version stands, the one removed
// last: an edit removes the version before it earlier than a deletion does.
const lastStood = `s.removed > 0 AND
	(SELECT min(v.removed) FROM sessions AS v WHERE v.id = s.id) > 0 AND
	s.removed = (SELECT max(v.removed) FROM sessions AS v WHERE v.id = s.id)`

// Session is the session with this ID as it stands or, with Removed set, as it
// stood before it was deleted. False: there never was one.
func (j *Journal) Session(ctx context.Context, id int64) (Session, bool, error) {
	list, err := all(ctx, j.readers, readSession,
		"SELECT "+sessionColumns+" FROM sessions WHERE id = ? ORDER BY removed > 0, removed DESC, change DESC LIMIT 1", id)
	if err != nil || len(list) == 0 {
		return Session{}, false, j.explain("read a session", err)
	}
	return list[0], true, nil
}

// PassedStarts lists the standing passed starts in [from, to), the newest
// first; zero ends are open.
func (j *Journal) PassedStarts(ctx context.Context, from, to time.Time) ([]Passed, error) {
	query, args := between("SELECT "+passedColumns+" FROM passed WHERE person = 1 AND removed = 0", "at", from, to)
	list, err := all(ctx, j.readers, readPassed, query+" ORDER BY at DESC, change DESC", args...)
	return list, j.explain("list passed starts", err)
}

// Pauses lists the standing pauses that begin in [from, to), the newest first;
// zero ends are open.
func (j *Journal) Pauses(ctx context.Context, from, to time.Time) ([]Pause, error) {
	query, args := between("SELECT "+pauseColumns+" FROM pauses WHERE person = 1 AND removed = 0", "from_at", from, to)
	list, err := all(ctx, j.readers, readPause, query+" ORDER BY from_at DESC, change DESC", args...)
	return list, j.explain("list pauses", err)
}

// between adds a column's bounds to a query that has a WHERE.
func between(query, column string, from, to time.Time) (string, []any) {
	var args []any
	if !from.IsZero() {
		query, args = query+" AND "+column+" >= ?", append(args, from.UnixMilli())
	}
	if !to.IsZero() {
		query, args = query+" AND "+column+" < ?", append(args, to.UnixMilli())
	}
	return query, args
}

// LastChange is the newest change that somebody made, whether or not it can be
// taken back or was; the daemon's own say nothing. A zero Change: there was none.
func (j *Journal) LastChange(ctx context.Context) (Change, error) {
	list, err := all(ctx, j.readers, readChange, "SELECT "+changeColumns+" FROM changes WHERE text <> '' ORDER BY id DESC LIMIT 1")
	if err != nil || len(list) == 0 {
		return Change{}, j.explain("look for the last change", err)
	}
	return list[0], nil
}

// LastUndoable is the newest change that can be taken back and stands, with
// every row it made (Change) or removed (Removed), as they are now. A zero
// Change: there is nothing to undo.
func (j *Journal) LastUndoable(ctx context.Context) (Change, Batch, error) {
	if err := j.take(ctx); err != nil {
		return Change{}, Batch{}, err
	}
	defer j.leave()
	ctx = context.WithoutCancel(ctx)
	if err := j.run(ctx, "BEGIN"); err != nil {
		return Change{}, Batch{}, j.explain("look for the last change", err)
	}
	c, b, err := j.lastUndoable(ctx)
	if e := j.run(ctx, "ROLLBACK"); err == nil {
		err = e
	}
	if err != nil {
		return Change{}, Batch{}, j.explain("look for the last change", err)
	}
	return c, b, nil
}

func (j *Journal) lastUndoable(ctx context.Context) (Change, Batch, error) {
	list, err := all(ctx, j.conn, readChange,
		"SELECT "+changeColumns+" FROM changes WHERE undoable AND undone = 0 AND id > 0 ORDER BY id DESC LIMIT 1")
	if err != nil || len(list) == 0 {
		return Change{}, Batch{}, err
	}
	c := list[0]
	b := Batch{Changes: list}
	// No index on change or removed: an undo is rare enough to look through the
	// tables (BenchmarkLastUndoable), and every commit would pay for them.
	const which = " WHERE change = ?1 OR removed = ?1 ORDER BY "
	if b.Sessions, err = all(ctx, j.conn, readSession, "SELECT "+sessionColumns+" FROM sessions"+which+"id, change", c.ID); err != nil {
		return c, b, err
	}
	if b.Passed, err = all(ctx, j.conn, readPassed, "SELECT "+passedColumns+" FROM passed"+which+"at, change", c.ID); err != nil {
		return c, b, err
	}
	if b.Pauses, err = all(ctx, j.conn, readPause, "SELECT "+pauseColumns+" FROM pauses"+which+"from_at, change", c.ID); err != nil {
		return c, b, err
	}
	if b.Marks, err = all(ctx, j.conn, readMark, "SELECT "+markColumns+" FROM marks"+which+"name, seq", c.ID); err != nil {
		return c, b, err
	}
	b.Answers, err = all(ctx, j.conn, readAnswer, "SELECT "+answerColumns+" FROM answers WHERE change = ?1 ORDER BY id", c.ID)
	return c, b, err
}

// Reminder is one reminder with its deliveries by creation. False: there is none.
func (j *Journal) Reminder(ctx context.Context, id string) (Reminder, []Delivery, bool, error) {
	list, err := all(ctx, j.readers, readReminder, "SELECT "+reminderColumns+" FROM reminders WHERE id = ?", id)
	if err != nil || len(list) == 0 {
		return Reminder{}, nil, false, j.explain("read a reminder", err)
	}
	deliveries, err := all(ctx, j.readers, readDelivery,
		"SELECT "+deliveryColumns+" FROM deliveries WHERE reminder = ? ORDER BY created, id", id)
	if err != nil {
		return Reminder{}, nil, false, j.explain("read a reminder's deliveries", err)
	}
	return list[0], deliveries, true, nil
}

// Answers are the answers to a reminder, the first first.
func (j *Journal) Answers(ctx context.Context, reminder string) ([]Answer, error) {
	list, err := all(ctx, j.readers, readAnswer,
		"SELECT "+answerColumns+" FROM answers WHERE reminder IS ? ORDER BY id", none(reminder))
	return list, j.explain("read answers", err)
}

// Events are the daemon's newest events, the newest first.
func (j *Journal) Events(ctx context.Context, limit int) ([]Event, error) {
	list, err := all(ctx, j.readers, readEvent, "SELECT "+eventColumns+" FROM events ORDER BY id DESC LIMIT ?", limit)
	return list, j.explain("read events", err)
}

// DamageSince is the newest damage that the journal itself tells of from an
// instant on, in one line for people, whoever met it then; empty: none.
func (j *Journal) DamageSince(ctx context.Context, at time.Time) (string, error) {
	list, err := all(ctx, j.readers, readEvent,
		"SELECT "+eventColumns+" FROM events WHERE kind = ? AND at >= ? ORDER BY id DESC LIMIT 1", damageEvent, column(at))
	if err != nil || len(list) == 0 {
		return "", j.explain("read what was damaged", err)
	}
	return list[0].Text, nil
}
