package daemon

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"nightbell/daemon/journal"
	"nightbell/notify"
)

// fullDisk is a daemon whose journal takes no write, as on a full disk, until
// room is called. A session was logged so long before now.
func fullDisk(t *testing.T, now *time.Time, ago time.Duration) (d *Daemon, full, room func()) {
	t.Helper()
	o := opened(t, "timezone: America/New_York\nchannels: [{name: here, type: console}]\n", func() time.Time { return *now }, slog.New(slog.DiscardHandler))
	before := now.Add(-ago)
	writes := o.Journal
	if err := writes.Commit(t.Context(), journal.Batch{
		Changes:  []journal.Change{{ID: 1, At: before, What: "log"}},
		Sessions: []journal.Session{{ID: 1, Start: before, Kind: "pump", Change: 1}},
		Marks:    []journal.Mark{{Name: markSince, At: before, Seq: 1}},
		Events:   []journal.Event{{At: before, Kind: "logged"}},
	}); err != nil {
		t.Fatal(err)
	}
	reads, err := journal.OpenFolder(t.Context(), o.Dir, journal.Options{Now: o.Now, Log: o.Log, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { reads.Close() })
	if d, err = New(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	d.hard, d.chores = t.Context(), now.AddDate(0, 0, 1)
	full = func() { d.journal = reads }
	room = func() {
		if d.failing == nil {
			t.Fatal("the journal takes writes")
		}
		d.journal = writes
		d.turn(t.Context(), *now)
		if d.failing != nil {
			t.Fatal(d.failing)
		}
	}
	return d, full, room
}

// The machine was off for a night, and began on a disk without room: what fell
// into the night lapses without a sound all the same, once it can be written.
func TestAnOutageThatEndsOnAFullDiskIsOneMessage(t *testing.T) {
	now := time.Date(2026, 6, 11, 13, 0, 0, 0, time.UTC) // nine o'clock in New York
	d, full, room := fullDisk(t, &now, 13*time.Hour)
	full()
	for range 3 {
		d.turn(t.Context(), now)
		now = now.Add(retryFirst)
	}
	room()
	if r := d.state.openStart(); r != nil && now.Sub(r.Due) > d.state.policyOf(*r).GiveUp {
		t.Errorf("the start of %s is open; it fell into the night for which the machine was off", r.Due)
	}
	if n := len(d.state.Passed); n < 2 {
		t.Errorf("%d starts passed; want those of the night", n)
	}
}

// The clock is set back while nothing can be written: what waits for its next
// try does not wait for the clock of before, once there is room.
func TestAClockSetBackOnAFullDiskKeepsNothingWaiting(t *testing.T) {
	now := time.Date(2026, 6, 11, 16, 0, 0, 0, time.UTC)
	d, full, room := fullDisk(t, &now, 3*time.Hour)
	d.turn(t.Context(), now)
	if len(d.state.Deliveries) != 1 {
		t.Fatalf("deliveries %+v; want the one of the start that is due", d.state.Deliveries)
	}
	d.outcome(outcome{delivery: d.state.Deliveries[0].ID, at: now, failure: &notify.Failure{Kind: notify.Unreached, Err: errors.New("no route")}}, now)
	full()
	now = now.Add(-time.Hour)
	for range 3 {
		d.turn(t.Context(), now)
		now = now.Add(retryFirst)
	}
	room()
	if wait := d.state.Deliveries[0].Next.Sub(now); d.state.Deliveries[0].State != journal.Pending || wait > time.Minute {
		t.Errorf("%+v, and it waits for %s", d.state.Deliveries[0], wait)
	}
}
