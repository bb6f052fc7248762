package daemon

import (
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/planner"
)

// Export writes the whole history.
func (d *Daemon) Export(ctx context.Context, format string, w io.Writer) error {
	return d.export(ctx, &d.view.Load().state, format, w)
}

// Import takes a history in; when it returns, the change is on disk and the
// plan follows it. The file is read outside the loop, which has reminders to
// look after.
func (d *Daemon) Import(ctx context.Context, q web.ImportQuery, r io.Reader) (web.ImportDoc, error) {
	f, err := readImport(q, r, d.view.Load().config, d.now())
	if err != nil {
		return web.ImportDoc{}, err
	}
	return inLoop(ctx, d, func(now time.Time) (web.ImportDoc, error) {
		b, doc, err := d.takeIn(ctx, q, f, now)
		if err != nil || empty(b) {
			return doc, err
		}
		plan, err := d.carry(ctx, b, now)
		if err != nil {
			return web.ImportDoc{}, err
		}
		return d.state.followed(doc, plan), nil
	})
}

// export writes the whole history: sessions, passed starts and pauses that
// stand, or (ics) the log and the plan of s.
func (c *core) export(ctx context.Context, s *State, format string, w io.Writer) error {
	if err := web.CheckExport(format); err != nil {
		return err
	}
	var f journal.HistoryFile
	var err error
	if f.Sessions, err = c.journal.Sessions(ctx, journal.Filter{}); err != nil {
		return err
	}
	now := c.now()
	if format == "ics" {
		return web.WriteCalendar(w, planDoc(s, web.PlanQuery{}, now), sessionDocs(f.Sessions, s, now))
	}
	if f.Passed, err = c.journal.PassedStarts(ctx, time.Time{}, time.Time{}); err != nil {
		return err
	}
	if f.Pauses, err = c.journal.Pauses(ctx, time.Time{}, time.Time{}); err != nil {
		return err
	}
	slices.Reverse(f.Passed) // The journal lists the newest first.
	slices.Reverse(f.Pauses)
	write := f.WriteCSV
	if format == journal.FormatJSONLines {
		write = f.WriteJSONLines
	}
	if err := write(w); err != nil {
		return fmt.Errorf("writing the history: %w", err)
	}
	return nil
}

// readImport reads a file that is to be imported. Times that say no zone are
// meant in that of the routine, and Baby Buddy's amounts, which have no unit,
// in the one that the person chose.
func readImport(q web.ImportQuery, r io.Reader, cfg *config.Config, now time.Time) (journal.HistoryFile, error) {
	if err := q.Check(); err != nil {
		return journal.HistoryFile{}, err
	}
	f, err := journal.ReadForeignHistory(q.File, r, journal.Reading{
		Format: q.Format, Columns: q.Columns, Zone: cfg.Routine.Location, Dates: journal.DateOrder(q.Dates), Unit: string(cfg.Units),
		Latest: now.Add(futureSlack), Check: checkImported,
	})
	if err != nil {
		return f, web.Wrong("%w", err)
	}
	return f, nil
}

// checkImported holds a session of a file to what can be logged by hand.
func checkImported(e journal.Session) error {
	if len(e.Source) > sourceMost {
		return fmt.Errorf("source: it is longer than %d characters", sourceMost)
	}
	fields := web.SessionFields{
		Kind: string(e.Kind), Minutes: int((e.Length + time.Minute - 1) / time.Minute),
		LeftML: e.LeftML, RightML: e.RightML, ML: e.ML, Note: e.Note,
	}
	return fields.CheckEach("ml")
}

// sourceMost is far longer than any source that nightbell writes.
const sourceMost = 100

// takeIn compares a file with the journal. The batch is empty when there is
// nothing to write.
func (c *core) takeIn(ctx context.Context, q web.ImportQuery, f journal.HistoryFile, now time.Time) (journal.Batch, web.ImportDoc, error) {
	known, err := c.journal.Known(ctx)
	if err != nil {
		return journal.Batch{}, web.ImportDoc{}, err
	}
	b, doc, err := Import(c.state, f, known, q, now)
	if q.DryRun {
		b = journal.Batch{}
	}
	return b, doc, err
}

// followed says in doc what comes next by the plan after it.
func (s *State) followed(doc web.ImportDoc, plan planner.Plan) web.ImportDoc {
	if len(plan.Starts) > 0 && !s.resting() {
		doc.Next = web.In(s.Routine.Location, plan.Starts[0].At)
	}
	return doc
}
