package journal

import (
	"cmp"
	"context"

	"slices"
	"time"

	"nightbell/planner"
)

const (
	// sessionsHeld is how far back a plan can need sessions, passed starts and
	// pauses: 72 h (planner), and a day for a clock set back.
	sessionsHeld = 96 * time.Hour
	// remindersHeld is how long a closed reminder may still matter: late
	// answers, receipts and withdrawals, over a weekend of outage.
	remindersHeld = 48 * time.Hour
	// heardHeld is how far back the last answer from a phone is looked for: a
	// phone that was silent for a month is as good as one that never answered.
	heardHeld = 30 * 24 * time.Hour
)

// Snapshot reads what decisions at now need.
func (j *Journal) Snapshot(ctx context.Context, now time.Time) (Snapshot, error) {
	if err := j.take(ctx); err != nil {
		return Snapshot{}, err
	}
	defer j.leave()
	ctx = context.WithoutCancel(ctx) // Milliseconds of work; an interrupted connection would not be worth it.
	if err := j.run(ctx, "BEGIN"); err != nil {
		return Snapshot{}, j.explain("read", err)
	}
	s, err := j.snapshot(ctx, cut(now))
	if e := j.run(ctx, "ROLLBACK"); err == nil {
		err = e
	}
	if err != nil {
		return Snapshot{}, j.explain("read", err)
	}
	return s, nil
}

func (j *Journal) snapshot(ctx context.Context, now time.Time) (s Snapshot, err error) {
	s.now = now
	from, closed := column(s.sessionsFrom()), column(s.remindersFrom())
	if s.Sessions, err = all(ctx, j.conn, readSession,
		"SELECT "+sessionColumns+" FROM sessions WHERE removed = 0 AND start >= ?1 ORDER BY start, id", from); err != nil {
		return s, err
	}
	if len(s.Sessions) == 0 {
		if s.Sessions, err = all(ctx, j.conn, readSession,
			"SELECT "+sessionColumns+" FROM sessions WHERE removed = 0 ORDER BY start DESC, id DESC LIMIT 1"); err != nil {
			return s, err
		}
	}
	if s.Passed, err = all(ctx, j.conn, readPassed,
		"SELECT "+passedColumns+" FROM passed WHERE person = 1 AND removed = 0 AND at >= ?1 ORDER BY at, change", from); err != nil {
		return s, err
	}
	if s.Pauses, err = all(ctx, j.conn, readPause,
		"SELECT "+pauseColumns+" FROM pauses WHERE person = 1 AND removed = 0 AND to_at >= ?1 ORDER BY from_at, change", from); err != nil {
		return s, err
	}
	// With max() alone, SQLite takes the other columns from the row that has it.
	if s.Marks, err = all(ctx, j.conn, readMark,
		"SELECT name, max(seq), at, at_offset, change, removed FROM marks WHERE person = 1 AND removed = 0 GROUP BY name ORDER BY name"); err != nil {
		return s, err
	}
	const open = "state = 'open'"
	const recent = "closed IS NOT NULL AND closed >= ?1 AND state <> 'open'"
	if s.Reminders, err = all(ctx, j.conn, readReminder, "SELECT "+reminderColumns+" FROM reminders WHERE "+open+
		" UNION ALL SELECT "+reminderColumns+" FROM reminders WHERE "+recent, closed); err != nil {
		return s, err
	}
	if s.Deliveries, err = all(ctx, j.conn, readDelivery, "SELECT "+deliveryColumns+" FROM deliveries WHERE state = 'pending'"+
		" UNION ALL SELECT "+deliveryColumns+" FROM deliveries WHERE state <> 'pending' AND reminder IN (SELECT id FROM reminders WHERE "+
		open+" UNION ALL SELECT id FROM reminders WHERE "+recent+")", closed); err != nil {
		return s, err
	}
	if s.Health, err = all(ctx, j.conn, readHealth,
		"SELECT "+healthColumns+" FROM health WHERE person = 1 ORDER BY channel"); err != nil {
		return s, err
	}
	s.sort()
	return s, j.counters(ctx, &s)
}

// counters reads the single values of a snapshot.
func (j *Journal) counters(ctx context.Context, s *Snapshot) error {
	err := j.conn.QueryRowContext(ctx, "SELECT salt, newest, newest_offset FROM journal WHERE one = 1").
		Scan(&s.Salt, when(&s.Newest), scanZone{&s.Newest})
	if err != nil {
		return err
	}
	// The inner max() makes SQLite go to the end of the index; ORDER BY at DESC read every answer (2.7 ms in a year's journal).
	answered, err := all(ctx, j.conn, readInstant,
		"SELECT at, at_offset FROM answers WHERE at = (SELECT max(at) FROM answers) ORDER BY id LIMIT 1")
	if err != nil {
		return err
	}
	if len(answered) > 0 {
		s.LastAnswer = answered[0]
	}
	// Only what is recent is gone through, because no index knows the channel.
	heard, err := all(ctx, j.conn, readInstant,
		"SELECT at, at_offset FROM answers WHERE at >= ?1 AND channel <> '' ORDER BY at DESC, id LIMIT 1", column(back(s.now, heardHeld)))
	if err != nil {
		return err
	}
	if len(heard) > 0 {
		s.LastHeard = heard[0]
	}
	return j.conn.QueryRowContext(ctx, `SELECT
		(SELECT ifnull(max(id), 0) + 1 FROM sessions),
		(SELECT ifnull(max(id), 0) + 1 FROM changes),
		(SELECT ifnull(max(id), 0) + 1 FROM answers),
		(SELECT ifnull(max(seq), 0) + 1 FROM marks)`).
		Scan(number(&s.NextSession), number(&s.NextChange), number(&s.NextAnswer), number(&s.NextMark))
}

// sessionsFrom is where the held stretch of history begins.
func (s *Snapshot) sessionsFrom() time.Time { return back(s.now, sessionsHeld) }

// remindersFrom is the oldest closing that is still held.
func (s *Snapshot) remindersFrom() time.Time { return back(s.now, remindersHeld) }

// back leaves the zero time alone: a snapshot that was put together by hand holds everything.
func back(t time.Time, d time.Duration) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(-d)
}

// sort puts every slice into its documented order, the same however it was filled.
func (s *Snapshot) sort() {
	s.Sessions = sorted(s.Sessions, func(a, b *Session) int { return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID)) })
	s.Passed = sorted(s.Passed, func(a, b *Passed) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Change, b.Change)) })
	s.Pauses = sorted(s.Pauses, func(a, b *Pause) int { return cmp.Or(a.From.Compare(b.From), cmp.Compare(a.Change, b.Change)) })
	s.Marks = sorted(s.Marks, func(a, b *Mark) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Seq, b.Seq)) })
	s.Reminders = sorted(s.Reminders, func(a, b *Reminder) int { return cmp.Or(a.Opened.Compare(b.Opened), cmp.Compare(a.ID, b.ID)) })
	s.Deliveries = sorted(s.Deliveries, func(a, b *Delivery) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID)) })
	s.Health = sorted(s.Health, func(a, b *Health) int { return cmp.Compare(a.Channel, b.Channel) })
}

// sorted is list in order: the same slice when it is, as nearly always, else a
// new one.
func sorted[R any](list []R, order func(a, b *R) int) []R {
	for i := 1; i < len(list); i++ {
		if order(&list[i-1], &list[i]) > 0 {
			list = slices.Clone(list)
			slices.SortFunc(list, func(a, b R) int { return order(&a, &b) })
			return list
		}
	}
	return list
}

// History is the part of the snapshot that a plan is made from; since comes
// from the marks, whose names are the caller's.
func (s *Snapshot) History(since time.Time) planner.History {
	h := planner.History{Since: since}
	for _, r := range s.Sessions {
		h.Sessions = append(h.Sessions, planner.Session{Start: r.Start, Kind: r.Kind, Length: r.Length})
	}
	for _, r := range s.Passed {
		h.Passed = append(h.Passed, planner.Passed{At: r.At, Power: r.Power, Skipped: r.Skipped})
	}
	for _, r := range s.Pauses {
		h.Pauses = append(h.Pauses, planner.Pause{From: r.From, To: r.To})
	}
	return h
}
