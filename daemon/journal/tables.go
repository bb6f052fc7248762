package journal

import (
	"context"
	"database/sql"
	"strings"
	"time"
)

// One block a table: its columns in one order, the arguments that write a row
// in that order, and the reader that scans one in that order.

const (
	changeColumns   = "id, at, at_offset, what, text, undone, undoable"
	sessionColumns  = "id, change, start, start_offset, kind, length, left_ml, right_ml, ml, pain, note, source, begun, removed"
	passedColumns   = "at, change, at_offset, power, skipped, reminder, removed"
	pauseColumns    = "from_at, change, from_at_offset, to_at, to_at_offset, removed"
	markColumns     = "name, seq, at, at_offset, change, removed"
	reminderColumns = "id, person, kind, anchor, due, zone_offset, wakes, power, level, state, opened, burst, round, from_at, " +
		"accepted, snoozed, acknowledged, closed, text"
	deliveryColumns = "reminder, id, channel, withdraw, parked, burst, round, level, state, tries, limited, zone_offset, created, next, done, " +
		"receipt, receipt_done, repeats_until, withdrawable, error"
	answerColumns = "id, reminder, action, at, at_offset, channel, session, change"
	healthColumns = "channel, zone_offset, last_success, last_error, last_error_at, broken, cursor"
	eventColumns  = "at, at_offset, kind, reminder, channel, text"
)

// upsert is the statement that puts a row: inserts it, or writes over the one
// with the same key. (INSERT OR REPLACE would delete it first, and with it the
// rows that refer to it.)
func upsert(table, key, columns string) string {
	names := strings.Split(columns, ", ")
	var set []string
	for _, n := range names {
		set = append(set, n+" = excluded."+n)
	}
	return "INSERT INTO " + table + " (" + columns + ") VALUES (?" + strings.Repeat(", ?", len(names)-1) +
		") ON CONFLICT (" + key + ") DO UPDATE SET " + strings.Join(set, ", ")
}

// readable asks for every column once. SQLite's checks do not notice a harmed
// letter in a column's name, and every later query would fail for it.
func readable(ctx context.Context, db *sql.DB) error {
	for _, t := range [][2]string{{"changes", changeColumns}, {"sessions", sessionColumns}, {"passed", passedColumns},
		{"pauses", pauseColumns}, {"marks", markColumns}, {"reminders", reminderColumns}, {"deliveries", deliveryColumns},
		{"answers", answerColumns}, {"health", healthColumns}, {"events", eventColumns},
		{"logins", loginColumns}, {"requests", requestColumns},
		{"journal", "one, salt, newest, newest_offset"}} {
		rows, err := db.QueryContext(ctx, "SELECT "+t[1]+" FROM "+t[0]+" LIMIT 0")
		if err == nil {
			err = rows.Close()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// insert is the statement that always adds a row.
func insert(table, columns string) string {
	return "INSERT INTO " + table + " (" + columns + ") VALUES (?" + strings.Repeat(", ?", strings.Count(columns, ", ")) + ")"
}

// none writes an empty reference as NULL, which a foreign key lets pass.
func none(id string) any {
	if id == "" {
		return nil
	}
	return id
}

func amount(p *float64) any {
	if p == nil {
		return nil
	}
	return *p
}

func changeRow(c Change) []any {
	return []any{c.ID, column(c.At), offset(c.At), c.What, c.Text, c.Undone, c.Undoable}
}

func readChange(rows *sql.Rows) (c Change, err error) {
	var zone int
	err = rows.Scan(number(&c.ID), when(&c.At), number(&zone), word(&c.What), word(&c.Text), number(&c.Undone), flag(&c.Undoable))
	zoned(zone, &c.At)
	return c, err
}

func sessionRow(s Session) []any {
	return []any{s.ID, s.Change, column(s.Start), offset(s.Start), string(s.Kind), s.Length.Milliseconds(),
		amount(s.LeftML), amount(s.RightML), amount(s.ML), s.Pain, s.Note, s.Source, s.Begun, s.Removed}
}

func readSession(rows *sql.Rows) (s Session, err error) {
	var zone int
	err = rows.Scan(number(&s.ID), number(&s.Change), when(&s.Start), number(&zone), word(&s.Kind), scanLength{&s.Length},
		scanAmount{&s.LeftML}, scanAmount{&s.RightML}, scanAmount{&s.ML}, flag(&s.Pain), word(&s.Note), word(&s.Source),
		flag(&s.Begun), number(&s.Removed))
	zoned(zone, &s.Start)
	return s, err
}

func passedRow(p Passed) []any {
	return []any{column(p.At), p.Change, offset(p.At), p.Power, p.Skipped, none(p.Reminder), p.Removed}
}

func readPassed(rows *sql.Rows) (p Passed, err error) {
	var zone int
	err = rows.Scan(when(&p.At), number(&p.Change), number(&zone), flag(&p.Power), flag(&p.Skipped), word(&p.Reminder), number(&p.Removed))
	zoned(zone, &p.At)
	return p, err
}

func pauseRow(p Pause) []any {
	return []any{column(p.From), p.Change, offset(p.From), column(p.To), offset(p.To), p.Removed}
}

func readPause(rows *sql.Rows) (p Pause, err error) {
	var from, to int
	err = rows.Scan(when(&p.From), number(&p.Change), number(&from), when(&p.To), number(&to), number(&p.Removed))
	zoned(from, &p.From)
	zoned(to, &p.To)
	return p, err
}

func markRow(m Mark) []any {
	return []any{m.Name, m.Seq, column(m.At), offset(m.At), m.Change, m.Removed}
}

func readMark(rows *sql.Rows) (m Mark, err error) {
	var zone int
	err = rows.Scan(word(&m.Name), number(&m.Seq), when(&m.At), number(&zone), number(&m.Change), number(&m.Removed))
	zoned(zone, &m.At)
	return m, err
}

func reminderRow(r Reminder) []any {
	return []any{r.ID, r.Person, r.Kind, column(r.Anchor), column(r.Due), offset(r.Due), r.Wakes, r.Power, int64(r.Level),
		string(r.State), column(r.Opened), r.Burst, r.Round, column(r.From), column(r.Accepted), column(r.Snoozed),
		column(r.Acknowledged), column(r.Closed), r.Text}
}

func readReminder(rows *sql.Rows) (r Reminder, err error) {
	var zone int
	err = rows.Scan(word(&r.ID), number(&r.Person), word(&r.Kind), when(&r.Anchor), when(&r.Due), number(&zone), flag(&r.Wakes),
		flag(&r.Power), number(&r.Level), word(&r.State), when(&r.Opened), number(&r.Burst), number(&r.Round), when(&r.From),
		when(&r.Accepted), when(&r.Snoozed), when(&r.Acknowledged), when(&r.Closed), word(&r.Text))
	zoned(zone, &r.Anchor, &r.Due, &r.Opened, &r.From, &r.Accepted, &r.Snoozed, &r.Acknowledged, &r.Closed)
	return r, err
}

func deliveryRow(d Delivery) []any {
	return []any{d.Reminder, d.ID, d.Channel, d.Withdraw, column(d.Parked), d.Burst, d.Round, int64(d.Level), string(d.State), d.Tries, d.Limited,
		offset(d.Created), column(d.Created), column(d.Next), column(d.Done), d.Receipt, d.ReceiptDone, column(d.RepeatsUntil),
		d.Withdrawable, d.Error}
}

func readDelivery(rows *sql.Rows) (d Delivery, err error) {
	var zone int
	err = rows.Scan(word(&d.Reminder), word(&d.ID), word(&d.Channel), flag(&d.Withdraw), when(&d.Parked), number(&d.Burst), number(&d.Round),
		number(&d.Level), word(&d.State), number(&d.Tries), flag(&d.Limited), number(&zone), when(&d.Created), when(&d.Next), when(&d.Done),
		word(&d.Receipt), flag(&d.ReceiptDone), when(&d.RepeatsUntil), flag(&d.Withdrawable), word(&d.Error))
	zoned(zone, &d.Created, &d.Parked, &d.Next, &d.Done, &d.RepeatsUntil)
	return d, err
}

func answerRow(a Answer) []any {
	return []any{a.ID, none(a.Reminder), a.Action, column(a.At), offset(a.At), a.Channel, a.Session, a.Change}
}

func readAnswer(rows *sql.Rows) (a Answer, err error) {
	var zone int
	err = rows.Scan(number(&a.ID), word(&a.Reminder), word(&a.Action), when(&a.At), number(&zone), word(&a.Channel),
		number(&a.Session), number(&a.Change))
	zoned(zone, &a.At)
	return a, err
}

func healthRow(h Health) []any {
	return []any{h.Channel, healthZone(h), column(h.LastSuccess), h.LastError, column(h.LastErrorAt), h.Broken, h.Cursor}
}

func readHealth(rows *sql.Rows) (h Health, err error) {
	var zone int
	err = rows.Scan(word(&h.Channel), number(&zone), when(&h.LastSuccess), word(&h.LastError), when(&h.LastErrorAt), flag(&h.Broken), word(&h.Cursor))
	zoned(zone, &h.LastSuccess, &h.LastErrorAt)
	return h, err
}

func eventRow(e Event) []any {
	return []any{column(e.At), offset(e.At), e.Kind, e.Reminder, e.Channel, e.Text}
}

func readEvent(rows *sql.Rows) (e Event, err error) {
	var zone int
	err = rows.Scan(when(&e.At), number(&zone), word(&e.Kind), word(&e.Reminder), word(&e.Channel), word(&e.Text))
	zoned(zone, &e.At)
	return e, err
}

// readInstant scans an instant and its offset.
func readInstant(rows *sql.Rows) (t time.Time, err error) {
	var zone int
	err = rows.Scan(when(&t), number(&zone))
	zoned(zone, &t)
	return t, err
}
