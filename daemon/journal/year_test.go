package journal

import (
	"context"
	"fmt"
	"testing"
	"time"

	"nightbell/notify"
	"nightbell/planner"
)

// noon is the instant that the tests of this package call now.
var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.FixedZone("", 3600))

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

// year fills dir with a year that ends at noon: eleven sessions a day (4,015),
// each with its change, answer, reminder and two deliveries, three events
// each, and a passed start a day.
func year(tb testing.TB, dir string) {
	tb.Helper()
	j, err := OpenFolder(tb.Context(), dir, Options{Now: at(noon)})
	if err != nil {
		tb.Fatal(err)
	}
	var n int64
	for day := range 365 {
		var b Batch
		for i := range 11 {
			n++
			t := noon.AddDate(0, 0, day-365).Add(time.Duration(i) * 130 * time.Minute)
			addRound(&b, n, t)
		}
		b.Passed = append(b.Passed, Passed{At: noon.AddDate(0, 0, day-365).Add(time.Hour)})
		if err := j.Commit(tb.Context(), b); err != nil {
			tb.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		tb.Fatal(err)
	}
}

// addRound adds a reminder with a push and its withdrawal, answered by a session.
func addRound(b *Batch, n int64, t time.Time) {
	id := fmt.Sprintf("r%015x", n*2654435761)
	ml := 30.5
	b.Changes = append(b.Changes, Change{ID: n, At: t, What: "log", Text: "Logged " + t.Format("15:04") + ".", Undoable: true})
	b.Sessions = append(b.Sessions, Session{ID: n, Start: t, Kind: planner.Pump, Length: 20 * time.Minute, ML: &ml, Source: "answer:pushover", Change: n})
	b.Answers = append(b.Answers, Answer{ID: n, Reminder: id, Action: "done", At: t, Channel: "pushover", Session: n, Change: n})
	b.Reminders = append(b.Reminders, Reminder{ID: id, Person: 1, Kind: "session", Anchor: t.Add(-2 * time.Hour), Due: t, Level: notify.Normal,
		State: Logged, Opened: t, From: t, Accepted: t.Add(time.Second), Closed: t.Add(20 * time.Minute)})
	b.Deliveries = append(b.Deliveries,
		Delivery{ID: id + "/0/0/pushover", Reminder: id, Channel: "pushover", Level: notify.Normal, State: Sent, Tries: 1, Created: t,
			Done: t.Add(time.Second), Receipt: "rLqVuqTRh62UzxtmqiaLzQmVcPgiCy"},
		Delivery{ID: id + "/0/withdraw/pushover", Reminder: id, Channel: "pushover", Withdraw: true, State: Sent, Tries: 1,
			Created: t.Add(20 * time.Minute), Done: t.Add(21 * time.Minute)})
	for _, kind := range []string{"opened", "sent", "logged"} {
		b.Events = append(b.Events, Event{At: t, Kind: kind, Reminder: id, Channel: "pushover", Text: "Session at " + t.Format("15:04") + "."})
	}
}

func BenchmarkOpenYear(b *testing.B) {
	dir := b.TempDir()
	year(b, dir)
	for b.Loop() {
		j, err := OpenFolder(b.Context(), dir, Options{Now: at(noon)})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := j.Snapshot(b.Context(), noon); err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		j.Close()
		b.StartTimer()
	}
}

func BenchmarkSnapshotYear(b *testing.B) {
	dir := b.TempDir()
	year(b, dir)
	j := open(b, dir)
	for b.Loop() {
		if _, err := j.Snapshot(b.Context(), noon); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCommit(b *testing.B) {
	dir := b.TempDir()
	year(b, dir)
	j := open(b, dir)
	n := int64(5000)
	for b.Loop() {
		n++
		var batch, all Batch
		addRound(&all, n, noon.Add(time.Duration(n)*time.Second))
		batch.Reminders, batch.Deliveries = all.Reminders, all.Deliveries[:1]
		if err := j.Commit(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
}

func open(tb testing.TB, dir string) *Journal {
	tb.Helper()
	j, err := OpenFolder(context.Background(), dir, Options{Now: at(noon)})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := j.Close(); err != nil {
			tb.Error(err)
		}
	})
	return j
}
