package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Commit writes a batch in one transaction. When it returns nil the batch is
// on disk; when it returns an error nothing of it is. Once it has begun to
// write, ctx no longer stops it: an abandoned COMMIT would leave open which of
// the two it was.
func (j *Journal) Commit(ctx context.Context, b Batch) error {
	if j.readOnly {
		return fmt.Errorf("%s: store a change: %w", j.file, ErrReadOnly)
	}
	if err := b.check(); err != nil {
		return fmt.Errorf("%s: store a change: %w", j.file, err)
	}
	b = cutBatch(b)
	if err := j.take(ctx); err != nil {
		return err
	}
	defer j.leave()
	ctx = context.WithoutCancel(ctx)
	err := j.write(ctx, b)
	if err != nil && j.noRoom(err) && j.giveUpReserve() {
		err = j.write(ctx, b)
	}
	if err != nil && j.noRoom(err) {
		return fmt.Errorf("%s: store a change: %w, nothing of it was stored; free a few MiB there", j.file, ErrFull)
	}
	if err != nil {
		return j.explain("store a change", err)
	}
	j.renewReserve()
	return nil
}

// write is one attempt at a transaction.
func (j *Journal) write(ctx context.Context, b Batch) (err error) {
	if err := j.run(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			// After some errors SQLite has rolled back by itself; then this says so, which is no news.
			_ = j.run(ctx, "ROLLBACK")
		}
	}()
	if err := j.put(ctx, b); err != nil {
		return err
	}
	if t := newest(b); !t.IsZero() {
		err := j.run(ctx, "UPDATE journal SET newest = ?1, newest_offset = ?2 WHERE one = 1 AND (newest IS NULL OR newest < ?1)",
			column(t), offset(t))
		if err != nil {
			return err
		}
	}
	return j.run(ctx, "COMMIT")
}

func (j *Journal) put(ctx context.Context, b Batch) error {
	return errors.Join(
		putAll(ctx, j, upsert("changes", "id", changeColumns), b.Changes, changeRow),
		putAll(ctx, j, upsert("sessions", "id, change", sessionColumns), b.Sessions, sessionRow),
		putAll(ctx, j, upsert("reminders", "id", reminderColumns), b.Reminders, reminderRow),
		putAll(ctx, j, upsert("passed", "person, at, change", passedColumns), b.Passed, passedRow),
		putAll(ctx, j, upsert("pauses", "person, from_at, change", pauseColumns), b.Pauses, pauseRow),
		putAll(ctx, j, upsert("marks", "person, name, seq", markColumns), b.Marks, markRow),
		putAll(ctx, j, upsert("deliveries", "reminder, id", deliveryColumns), b.Deliveries, deliveryRow),
		putAll(ctx, j, upsert("answers", "id", answerColumns), b.Answers, answerRow),
		putAll(ctx, j, upsert("health", "person, channel", healthColumns), b.Health, healthRow),
		putAll(ctx, j, upsert("requests", "person, key", requestColumns), b.Requests, requestRow),
		putAll(ctx, j, insert("events", eventColumns), b.Events, eventRow),
	)
}

func putAll[R any](ctx context.Context, j *Journal, query string, rows []R, args func(R) []any) error {
	for _, r := range rows {
		if err := j.run(ctx, query, args(r)...); err != nil {
			return err
		}
	}
	return nil
}

// run executes a statement on the writing connection, prepared once: a commit
// then costs its fsync and little else (BenchmarkCommit). The caller has the turn.
func (j *Journal) run(ctx context.Context, query string, args ...any) error {
	s, ok := j.prepared[query]
	if !ok {
		var err error
		if s, err = j.conn.PrepareContext(ctx, query); err != nil {
			return err
		}
		j.prepared[query] = s
	}
	_, err := s.ExecContext(ctx, args...)
	return err
}

// Tidy forgets how pushes went, and the daemon's events, after a quarter of a
// year, and the keys of requests after requestsKept; for once a day. Sessions, passed starts, pauses, changes, reminders and
// answers stay for good. Without it the check at every start, which reads every
// row, would grow by 8 ms for each year.
func (j *Journal) Tidy(ctx context.Context, now time.Time) error {
	if err := j.take(ctx); err != nil {
		return err
	}
	defer j.leave()
	const kept = 92 * 24 * time.Hour
	before := column(now.Add(-kept))
	err := errors.Join(
		j.run(ctx, "DELETE FROM requests WHERE at < ?", column(now.Add(-requestsKept))),
		j.run(ctx, "DELETE FROM events WHERE at < ?", before),
		j.run(ctx, "DELETE FROM deliveries WHERE created < ? AND state <> 'pending'"+
			" AND reminder NOT IN (SELECT id FROM reminders WHERE state = 'open')", before))
	return j.explain("forget old deliveries and events", err)
}

// check refuses what the tables could not give back as it was.
func (b *Batch) check() error {
	var wrong []string
	if slices.ContainsFunc(b.Sessions, func(s Session) bool { return s.Start.IsZero() }) {
		wrong = append(wrong, "a session without a start")
	}
	if slices.ContainsFunc(b.Sessions, func(s Session) bool { return !finite(s.LeftML) || !finite(s.RightML) || !finite(s.ML) }) {
		wrong = append(wrong, "a session with an amount that is no number")
	}
	if slices.ContainsFunc(b.Passed, func(p Passed) bool { return p.At.IsZero() }) {
		wrong = append(wrong, "a passed start without an instant")
	}
	if slices.ContainsFunc(b.Pauses, func(p Pause) bool { return p.From.IsZero() || p.To.IsZero() }) {
		wrong = append(wrong, "a pause without both ends")
	}
	if slices.ContainsFunc(b.Reminders, func(r Reminder) bool { return r.ID == "" || r.Due.IsZero() }) {
		wrong = append(wrong, "a reminder without an ID or a due instant")
	}
	if slices.ContainsFunc(b.Deliveries, func(d Delivery) bool { return d.ID == "" || d.Reminder == "" }) {
		wrong = append(wrong, "a delivery without an ID or a reminder")
	}
	if len(wrong) > 0 {
		return errors.New(strings.Join(wrong, ", "))
	}
	return nil
}

func finite(p *float64) bool { return p == nil || !math.IsNaN(*p) && !math.IsInf(*p, 0) }

// take waits for the writing connection.
func (j *Journal) take(ctx context.Context) error {
	select {
	case j.turn <- struct{}{}:
		if j.conn == nil {
			<-j.turn
			return fmt.Errorf("%s: %w", j.file, sql.ErrConnDone)
		}
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s: wait for a turn: %w", j.file, ctx.Err())
	}
}

func (j *Journal) leave() { <-j.turn }

// Writable is a cheap probe for readyz: the file is still the one that was
// opened, its write lock can be had, and the last word on room was good. It
// writes nothing (but makes the reserve again when there is room).
func (j *Journal) Writable(ctx context.Context) error {
	if j.readOnly {
		return fmt.Errorf("%s: %w", j.file, ErrReadOnly)
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second) // As long as SQLite waits for a lock.
	defer cancel()
	if err := j.take(ctx); err != nil {
		return err
	}
	defer j.leave()
	if err := j.inPlace(); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx)
	if err := j.run(ctx, "BEGIN IMMEDIATE"); err != nil {
		return j.explain("take the write lock", err)
	}
	if err := j.run(ctx, "ROLLBACK"); err != nil {
		return j.explain("give the write lock back", err)
	}
	if j.renewReserve(); j.Full() {
		return fmt.Errorf("%s: %w; free a few MiB there", j.file, ErrFull)
	}
	return nil
}
