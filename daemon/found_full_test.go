package daemon

import (
	"io"
	"log/slog"
	"testing"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/notify"
)

// The machine was off for a night, and began on a disk without room: what fell
// into the night lapses without a sound all the same, once it can be written.
func TestAnOutageThatEndsOnAFullDiskIsOneMessage(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	now := time.Date(2026, 6, 11, 13, 0, 0, 0, time.UTC) // nine o'clock in New York
	clock := func() time.Time { return now }
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	cfg, err := config.Parse("test.yaml", []byte("timezone: America/New_York\nchannels: [{name: here, type: console}]\n"), 0o600, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	opened, err := cfg.Open(notify.Tools{Log: log, Out: io.Discard, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	folder := func(o journal.Options) *journal.Journal {
		o.Now, o.Log = clock, log
		j, err := journal.OpenFolder(ctx, dir, o)
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	before := now.Add(-13 * time.Hour)
	writes := folder(journal.Options{})
	if err := writes.Commit(ctx, journal.Batch{
		Changes:  []journal.Change{{ID: 1, At: before, What: "log"}},
		Sessions: []journal.Session{{ID: 1, Start: before, Kind: "pump", Change: 1}},
		Marks:    []journal.Mark{{Name: markSince, At: before, Seq: 1}},
		Events:   []journal.Event{{At: before, Kind: "logged"}},
	}); err != nil {
		t.Fatal(err)
	}
	reads := folder(journal.Options{ReadOnly: true}) // takes no write, as on a full disk
	d, err := New(ctx, Options{Journal: reads, Dir: dir, Config: cfg, Opened: opened, Now: clock, Log: log, Rested: func() {}})
	if err != nil {
		t.Fatal(err)
	}
	d.hard, d.chores = ctx, now.AddDate(0, 0, 1)
	for range 3 {
		d.turn(ctx, now)
		now = now.Add(retryFirst)
	}
	if d.failing == nil {
		t.Fatal("the journal takes writes")
	}
	d.journal = writes
	d.turn(ctx, now)
	if d.failing != nil {
		t.Fatal(d.failing)
	}
	if r := d.state.openStart(); r != nil && now.Sub(r.Due) > d.state.policyOf(*r).GiveUp {
		t.Errorf("the start of %s is open; it fell into the night for which the machine was off", r.Due)
	}
	if n := len(d.state.Passed); n < 2 {
		t.Errorf("%d starts passed; want those of the night", n)
	}
	if err := writes.Close(); err != nil {
		t.Error(err)
	}
	if err := reads.Close(); err != nil {
		t.Error(err)
	}
}
