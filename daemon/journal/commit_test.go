package journal

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"nightbell/notify"
	"nightbell/planner"
)

func full(f float64) *float64 { return &f }

// everything is a batch in which every field of every row says something.
func everything() Batch {
	t := func(n int) time.Time { return noon.Add(time.Duration(n) * time.Second) }
	return Batch{
		Changes: []Change{{ID: 1, At: t(1), What: "log", Text: "Logged 02:41.", Undone: 2}, {ID: 2, At: t(2), What: "undo", Undoable: true}},
		Sessions: []Session{{ID: 1, Start: t(3), Kind: planner.Nurse, Length: 20*time.Minute + time.Millisecond, LeftML: full(1.5),
			RightML: full(0), ML: full(90), Pain: true, Note: "a\x00b \u00e4\n", Source: "cli", Begun: true, Change: 1, Removed: 2}},
		Passed: []Passed{{At: t(4), Power: true, Skipped: true, Reminder: "r", Change: 1, Removed: 2}},
		Pauses: []Pause{{From: t(5), To: t(6).In(time.FixedZone("", 7200)), Change: 1, Removed: 2}},
		Marks:  []Mark{{Name: "since", At: t(7), Change: 1, Removed: 2, Seq: 1}},
		Reminders: []Reminder{{ID: "r", Person: 1, Kind: "session", Anchor: t(8), Due: t(9), Wakes: true, Power: true, Level: notify.Alarm,
			State: Lapsed, Opened: t(10), Burst: 2, Round: 3, From: t(11), Accepted: t(12), Snoozed: t(13), Acknowledged: t(14), Closed: t(15), Text: "x"}},
		Deliveries: []Delivery{{ID: "r/2/3/here", Reminder: "r", Channel: "here", Withdraw: true, Parked: t(23), Burst: 2, Round: 3, Level: notify.High,
			State: RefusedBy, Tries: 4, Limited: true, Created: t(16), Next: t(17), Done: t(18), Receipt: "abc", ReceiptDone: true, RepeatsUntil: t(19),
			Withdrawable: true, Error: "400"}},
		Answers:  []Answer{{ID: 1, Reminder: "r", Action: "done", At: t(20), Channel: "here", Session: 1, Change: 1}},
		Health:   []Health{{Channel: "here", LastSuccess: t(21), LastError: "no", LastErrorAt: t(22), Broken: true, Cursor: "c1"}},
		Requests: []Request{{Key: "k", Hash: "h", At: t(24), Session: 1, Text: "Logged 02:41."}},
		Events:   []Event{{At: t(23), Kind: "sent", Reminder: "r", Channel: "here", Text: "x"}},
	}
}

func TestEveryFieldComesBackAsItWas(t *testing.T) {
	want := everything()
	requireEveryField(t, want)
	dir := t.TempDir()
	j := open(t, dir)
	for range 2 { // Once inserted, once written over.
		if err := j.Commit(t.Context(), want); err != nil {
			t.Fatal(err)
		}
	}
	ctx := t.Context()
	var got Batch
	got.Changes = must[[]Change](t)(all(ctx, j.readers, readChange, "SELECT "+changeColumns+" FROM changes WHERE id > 0"))
	got.Sessions = must[[]Session](t)(all(ctx, j.readers, readSession, "SELECT "+sessionColumns+" FROM sessions"))
	got.Passed = must[[]Passed](t)(all(ctx, j.readers, readPassed, "SELECT "+passedColumns+" FROM passed"))
	got.Pauses = must[[]Pause](t)(all(ctx, j.readers, readPause, "SELECT "+pauseColumns+" FROM pauses"))
	got.Marks = must[[]Mark](t)(all(ctx, j.readers, readMark, "SELECT "+markColumns+" FROM marks"))
	r, deliveries, ok, err := j.Reminder(ctx, "r")
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	got.Reminders, got.Deliveries = []Reminder{r}, deliveries
	got.Answers = must[[]Answer](t)(j.Answers(ctx, "r"))
	got.Health = must[[]Health](t)(all(ctx, j.readers, readHealth, "SELECT "+healthColumns+" FROM health"))
	request, ok, err := j.Request(ctx, "k")
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	got.Requests = []Request{request}
	got.Events = must[[]Event](t)(j.Events(ctx, 1)) // Events are always added.
	if want := cutBatch(want); !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	if n := len(must[[]Event](t)(j.Events(ctx, 10))); n != 2 {
		t.Errorf("%d events after two commits of one", n)
	}
}

// requireEveryField fails when a new field of a row is not part of the test.
func requireEveryField(t *testing.T, b Batch) {
	v := reflect.ValueOf(b)
	for i := range v.NumField() {
		row := v.Field(i).Index(0)
		for k := range row.NumField() {
			name := v.Type().Field(i).Name + "." + row.Type().Field(k).Name
			if row.Field(k).IsZero() && name != "Changes.Undoable" { // The second change has it.
				t.Errorf("%s is zero in the test batch", name)
			}
		}
	}
}

func TestCommitRefusesWhatItCouldNotGiveBack(t *testing.T) {
	for _, c := range []struct {
		rule, text string
		b          Batch
	}{
		{"a session has a start", "a session without a start", Batch{Sessions: []Session{{ID: 1}}}},
		{"an amount is a number", "an amount that is no number", Batch{Sessions: []Session{{ID: 1, Start: noon, ML: full(math.NaN())}}}},
		{"a passed start has an instant", "a passed start without an instant", Batch{Passed: []Passed{{}}}},
		{"a pause has two ends", "a pause without both ends", Batch{Pauses: []Pause{{From: noon}}}},
		{"a reminder has a due instant", "a reminder without", Batch{Reminders: []Reminder{{ID: "r"}}}},
		{"a delivery belongs to a reminder", "a delivery without", Batch{Deliveries: []Delivery{{ID: "d"}}}},
		{"all of it is told at once", "a session without a start, a passed start", Batch{Sessions: []Session{{}}, Passed: []Passed{{}}}},
		{"a row names a change that there is", "FOREIGN KEY", Batch{Sessions: []Session{{ID: 1, Start: noon, Change: 7}}}},
		{"a delivery names a reminder that there is", "FOREIGN KEY", Batch{Deliveries: []Delivery{{ID: "d", Reminder: "none", Created: noon}}}},
		{"one kind, anchor and due instant is one reminder", "UNIQUE", Batch{Reminders: []Reminder{{ID: "a", Due: noon}, {ID: "b", Due: noon}}}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			j := open(t, t.TempDir())
			before := must[Snapshot](t)(j.Snapshot(t.Context(), noon))
			c.b.Events = []Event{{At: noon, Kind: "kept?"}}
			c.b.Changes = []Change{{ID: 1, At: noon}}
			err := j.Commit(t.Context(), c.b)
			if err == nil || !strings.Contains(err.Error(), c.text) {
				t.Errorf("error %v, want one with %q", err, c.text)
			}
			if after := must[Snapshot](t)(j.Snapshot(t.Context(), noon)); printed(after) != printed(before) {
				t.Errorf("something of it was written: %s", printed(after))
			}
			logged(t, j, 1) // The next commit works.
		})
	}
}

func TestTheOrderOfABatchDoesNotMatter(t *testing.T) {
	b := everything()
	slices.Reverse(b.Changes) // The first names the second as the one that took it back.
	if err := open(t, t.TempDir()).Commit(t.Context(), b); err != nil {
		t.Error(err)
	}
}

func TestACommitThatReturnedSurvivesThePowerCut(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	for n := int64(1); n <= 300; n++ { // Past several checkpoints of the log.
		logged(t, j, n)
		if n%50 != 0 && n > 3 {
			continue
		}
		left := open(t, copied(t, dir))
		if got := starts(t, left); len(got) != int(n) {
			t.Fatalf("after commit %d the copy has %d sessions", n, len(got))
		}
		if _, damaged := left.Damage(); damaged {
			t.Fatal("the copy counts as damaged")
		}
	}
}

// Half a transaction at the end of the log never shows.
func TestACommitThatDidNotReturnIsWholeOrNothing(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	logged(t, j, 1)
	before := must[os.FileInfo](t)(os.Stat(filepath.Join(dir, fileName+"-wal"))).Size()
	logged(t, j, 2)
	after := must[os.FileInfo](t)(os.Stat(filepath.Join(dir, fileName+"-wal"))).Size()
	for size := before; size <= after; size += 1000 {
		cut := copied(t, dir)
		if err := os.Truncate(filepath.Join(cut, fileName+"-wal"), size); err != nil {
			t.Fatal(err)
		}
		if got := starts(t, open(t, cut)); len(got) != 1 {
			t.Fatalf("with %d of %d bytes of the log there are %d sessions, want the first alone", size, after, len(got))
		}
	}
}

func TestContextsAndClosing(t *testing.T) {
	j := open(t, t.TempDir())
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	j.turn <- struct{}{} // Somebody else has the turn.
	if err := j.Commit(ended, session(1)); !errors.Is(err, context.Canceled) {
		t.Errorf("a commit that waits ends with its context: %v", err)
	}
	<-j.turn
	if err := j.Writable(t.Context()); err != nil {
		t.Errorf("writable: %v", err)
	}
	closed(t, j)
	closed(t, j)
	if err := j.Commit(t.Context(), session(1)); err == nil {
		t.Error("a commit after Close is refused")
	}
	if _, err := j.Sessions(t.Context(), Filter{}); err == nil {
		t.Error("a read after Close is refused")
	}
}

func TestManyAtOnce(t *testing.T) {
	j := open(t, t.TempDir())
	const writers, each = 4, 10
	var all sync.WaitGroup
	for w := range int64(writers) {
		all.Go(func() {
			for n := range int64(each) {
				if err := j.Commit(t.Context(), session(1+w*each+n)); err != nil {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			copy := filepath.Join(t.TempDir(), "copy.db")
			_, e1 := j.Snapshot(t.Context(), noon)
			_, e2 := j.Sessions(t.Context(), Filter{Deleted: true})
			_, _, e3 := j.LastUndoable(t.Context())
			if err := errors.Join(e1, e2, e3, j.Writable(t.Context()), j.Backup(t.Context(), copy), j.Check(t.Context())); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := starts(t, j); len(got) != writers*each {
		t.Errorf("%d sessions of %d", len(got), writers*each)
	}
}

func TestWritableSeesAJournalThatWasTakenAway(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	logged(t, j, 1)
	if err := os.Rename(filepath.Join(dir, fileName), filepath.Join(dir, "elsewhere")); err != nil {
		t.Fatal(err)
	}
	if err := j.Writable(t.Context()); err == nil || !strings.Contains(err.Error(), "removed or replaced") {
		t.Errorf("error %v", err)
	}
}

func TestReadOnlyStandsBesideTheWriter(t *testing.T) {
	dir := t.TempDir()
	if _, err := OpenFolder(t.Context(), dir, Options{ReadOnly: true}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("where there is no journal: %v", err)
	}
	j := open(t, dir)
	logged(t, j, 1)
	r := must[*Journal](t)(OpenFolder(t.Context(), dir, Options{ReadOnly: true}))
	defer closed(t, r)
	logged(t, j, 2)
	if got := starts(t, r); len(got) != 2 {
		t.Errorf("the reader sees %d sessions, want what the writer committed", len(got))
	}
	if s := must[Snapshot](t)(r.Snapshot(t.Context(), noon)); len(s.Sessions) != 2 {
		t.Errorf("the reader's snapshot has %d sessions", len(s.Sessions))
	}
	if err := r.Commit(t.Context(), session(3)); !errors.Is(err, ErrReadOnly) {
		t.Errorf("its commit: %v", err)
	}
	if err := r.Writable(t.Context()); !errors.Is(err, ErrReadOnly) {
		t.Errorf("its probe: %v", err)
	}
}

func TestOnlyTheOwnerCanReadIt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "journal")
	j := open(t, dir)
	logged(t, j, 1)
	if err := j.DailyBackup(t.Context(), noon); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{
		"": 0o700, fileName: 0o600, fileName + "-wal": 0o600, fileName + "-shm": 0o600, reserveName: 0o600,
		backupFolder: 0o700, backupFolder + "/journal-2026-03-01.db": 0o600,
	} {
		if got := must[os.FileInfo](t)(os.Stat(filepath.Join(dir, name))).Mode().Perm(); got != want {
			t.Errorf("%q has mode %o, want %o", name, got, want)
		}
	}
}

func TestAFolderOfAnyNameWillDo(t *testing.T) {
	for _, name := range []string{"with space", "100%", "a?b=c&d", "#1", "ü", "x;y"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), name)
			j := open(t, dir)
			logged(t, j, 1)
			if err := j.DailyBackup(t.Context(), noon); err != nil {
				t.Error(err)
			}
			if _, err := os.Stat(filepath.Join(dir, fileName)); err != nil {
				t.Error(err)
			}
			if got := starts(t, j); len(got) != 1 {
				t.Errorf("%d sessions", len(got))
			}
		})
	}
}

func TestTidyForgetsOnlyHowItWent(t *testing.T) {
	j := open(t, t.TempDir())
	var b Batch
	addRound(&b, 1, noon.AddDate(0, 0, -100))
	addRound(&b, 2, noon.AddDate(0, 0, -10))
	addRound(&b, 3, noon.AddDate(0, 0, -101))
	b.Reminders[2].State, b.Reminders[2].Closed = Open, time.Time{}
	b.Deliveries[1].State = Pending
	if err := errors.Join(j.Commit(t.Context(), b), j.Tidy(t.Context(), noon)); err != nil {
		t.Fatal(err)
	}
	var left []string
	for _, r := range b.Reminders {
		_, deliveries, ok, err := j.Reminder(t.Context(), r.ID)
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		for _, d := range deliveries {
			left = append(left, d.ID)
		}
	}
	want := []string{b.Deliveries[1].ID, b.Deliveries[2].ID, b.Deliveries[3].ID, b.Deliveries[4].ID, b.Deliveries[5].ID}
	if !slices.Equal(left, want) {
		t.Errorf("deliveries left %v, want the pending one, the young ones and those of an open reminder: %v", left, want)
	}
	if n := len(must[[]Event](t)(j.Events(t.Context(), 100))); n != 3 {
		t.Errorf("%d events left, want the 3 young ones", n)
	}
	if n := len(starts(t, j)); n != 3 {
		t.Errorf("%d sessions left of 3", n)
	}
}
