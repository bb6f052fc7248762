package journal

import (
	"reflect"
	"testing"
	"time"
)

// story is what a person did: session 1 logged (change 1), session 2 logged
// (2), session 1 moved (3), session 2 deleted (4), and with change 5, which
// cannot be undone, session 3.
func story(t *testing.T, j *Journal) {
	t.Helper()
	first := Session{ID: 1, Start: noon.Add(-3 * time.Hour), Change: 1}
	second := Session{ID: 2, Start: noon.Add(-2 * time.Hour), Change: 2}
	moved, movedAway, deleted := first, first, second
	moved.Start, moved.Change = noon.Add(-4*time.Hour), 3
	movedAway.Removed, deleted.Removed = 3, 4
	for i, b := range []Batch{
		{Sessions: []Session{first}},
		{Sessions: []Session{second}, Passed: []Passed{{At: noon, Change: 2}}},
		{Sessions: []Session{movedAway, moved}},
		{Sessions: []Session{deleted}},
		{Sessions: []Session{{ID: 3, Start: noon, Change: 5}}},
	} {
		b.Changes = []Change{{ID: int64(i + 1), At: noon, What: "x", Undoable: i < 4}}
		if err := j.Commit(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSessionsByFilter(t *testing.T) {
	j := open(t, t.TempDir())
	story(t, j)
	for _, c := range []struct {
		rule string
		f    Filter
		want []int64
	}{
		{"those that stand, the newest first, an edited one once", Filter{}, []int64{3, 1}},
		{"deleted ones as they last stood", Filter{Deleted: true}, []int64{3, 2, 1}},
		{"the newest of a limit", Filter{Limit: 1}, []int64{3}},
		{"from is in", Filter{From: noon}, []int64{3}},
		{"to is out", Filter{To: noon}, []int64{1}},
		{"the instant before an edit does not count", Filter{From: noon.Add(-3 * time.Hour), To: noon, Deleted: true}, []int64{2}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			var got []int64
			for _, s := range must[[]Session](t)(j.Sessions(t.Context(), c.f)) {
				got = append(got, s.ID)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("sessions %v, want %v", got, c.want)
			}
		})
	}
	for id, want := range map[int64]struct {
		change, removed int64
		ok              bool
	}{1: {3, 0, true}, 2: {2, 4, true}, 3: {5, 0, true}, 4: {}} {
		s, ok, err := j.Session(t.Context(), id)
		if err != nil || ok != want.ok || s.Change != want.change || s.Removed != want.removed {
			t.Errorf("session %d: change %d removed %d %v %v, want %+v", id, s.Change, s.Removed, ok, err, want)
		}
	}
}

// undone is what the daemon does with what LastUndoable gives.
func undone(c Change, rows Batch, by int64) Batch {
	c.Undone = by
	b := Batch{Changes: []Change{{ID: by, At: noon, What: "undo"}, c}}
	turn := func(change int64, removed *int64) {
		if change == c.ID {
			*removed = by
		} else {
			*removed = 0
		}
	}
	for _, r := range rows.Sessions {
		turn(r.Change, &r.Removed)
		b.Sessions = append(b.Sessions, r)
	}
	for _, r := range rows.Passed {
		turn(r.Change, &r.Removed)
		b.Passed = append(b.Passed, r)
	}
	return b
}

func TestUndoGoesBackChangeByChange(t *testing.T) {
	j := open(t, t.TempDir())
	story(t, j)
	for i, c := range []struct {
		rule   string
		change int64
		want   []int
	}{
		{"the deleted session stands again; what cannot be undone is passed over", 4, []int{0, 120, 240}},
		{"the moved session is back in its place", 3, []int{0, 120, 180}},
		{"the logged session and the passed start are gone", 2, []int{0, 180}},
		{"the first one too", 1, []int{0}},
		{"nothing is left to undo", 0, []int{0}},
	} {
		change, rows, err := j.LastUndoable(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if change.ID != c.change {
			t.Fatalf("%s: change %d, want %d", c.rule, change.ID, c.change)
		}
		if change.ID == 0 {
			if !reflect.DeepEqual(rows, Batch{}) {
				t.Errorf("%s: rows %+v", c.rule, rows)
			}
			break
		}
		if err := j.Commit(t.Context(), undone(change, rows, int64(6+i))); err != nil {
			t.Fatal(err)
		}
		if got := starts(t, j); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %v, want %v", c.rule, got, c.want)
		}
	}
	if n := len(must[[]Passed](t)(j.PassedStarts(t.Context(), time.Time{}, time.Time{}))); n != 0 {
		t.Errorf("%d passed starts stand", n)
	}
}

func TestLastUndoableGivesEveryKindOfRow(t *testing.T) {
	j := open(t, t.TempDir())
	b := everything() // Its rows are made by change 1 and removed by change 2, the undoable one.
	if err := j.Commit(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	c, rows, err := j.LastUndoable(t.Context())
	if err != nil || c.ID != 2 {
		t.Fatal(c, err)
	}
	want := cutBatch(Batch{Changes: b.Changes[1:], Sessions: b.Sessions, Passed: b.Passed, Pauses: b.Pauses, Marks: b.Marks})
	if !reflect.DeepEqual(rows, want) {
		t.Errorf("rows\n%+v\nwant\n%+v", rows, want)
	}
}

func TestPassedStartsAndPausesForExport(t *testing.T) {
	j := open(t, t.TempDir())
	at := func(h int) time.Time { return noon.Add(time.Duration(h) * time.Hour) }
	err := j.Commit(t.Context(), Batch{
		Changes: []Change{{ID: 1, At: noon}},
		Passed:  []Passed{{At: at(1)}, {At: at(2), Skipped: true}, {At: at(3), Removed: 1}, {At: at(4)}},
		Pauses:  []Pause{{From: at(1), To: at(9)}, {From: at(5), To: at(6), Removed: 1}, {From: at(2), To: at(3)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	passed := must[[]Passed](t)(j.PassedStarts(t.Context(), at(1), at(4)))
	if len(passed) != 2 || !passed[0].Skipped {
		t.Errorf("passed starts %+v, want those of hours 2 and 1", passed)
	}
	pauses := must[[]Pause](t)(j.Pauses(t.Context(), time.Time{}, time.Time{}))
	if len(pauses) != 2 || !pauses[0].From.Equal(at(2)) {
		t.Errorf("pauses %+v, want those of hours 2 and 1", pauses)
	}
}

func TestMarksTheNewestThatStandsCounts(t *testing.T) {
	j := open(t, t.TempDir())
	err := j.Commit(t.Context(), Batch{
		Changes: []Change{{ID: 1, At: noon}},
		Marks: []Mark{{Name: "since", At: noon, Seq: 1}, {Name: "since", At: noon.Add(time.Hour), Seq: 2},
			{Name: "since", At: noon, Seq: 3, Removed: 1}, {Name: "resting", Seq: 4}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := must[Snapshot](t)(j.Snapshot(t.Context(), noon))
	if len(s.Marks) != 2 || s.Marks[0].Name != "resting" || !s.Marks[0].At.IsZero() || s.Marks[1].Seq != 2 || s.NextMark != 5 {
		t.Errorf("marks %+v, next %d", s.Marks, s.NextMark)
	}
}

func TestTheSaltStaysAndDiffers(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	first := must[Snapshot](t)(j.Snapshot(t.Context(), noon)).Salt
	closed(t, j)
	if again := must[Snapshot](t)(open(t, dir).Snapshot(t.Context(), noon)).Salt; again != first || len(first) != 32 {
		t.Errorf("salt %q, then %q", first, again)
	}
	if other := must[Snapshot](t)(open(t, t.TempDir()).Snapshot(t.Context(), noon)).Salt; other == first {
		t.Error("two journals have the same salt")
	}
}

func TestNewestIsTheDaemonsOwnClock(t *testing.T) {
	j := open(t, t.TempDir())
	ahead := noon.Add(time.Hour)
	b := Batch{
		Changes:   []Change{{ID: 1, At: noon}},
		Sessions:  []Session{{ID: 1, Start: ahead}},
		Answers:   []Answer{{ID: 1, At: ahead}},
		Pauses:    []Pause{{From: ahead, To: ahead}},
		Reminders: []Reminder{{ID: "r", Due: ahead, Opened: noon, Acknowledged: ahead, Snoozed: ahead}},
	}
	for _, step := range []struct {
		rule string
		b    Batch
		want time.Time
	}{
		{"instants of plans and people do not count", b, noon},
		{"an older one does not move it back", Batch{Events: []Event{{At: noon.Add(-time.Hour)}}}, noon},
		{"a newer one moves it", Batch{Events: []Event{{At: noon.Add(time.Minute)}}}, noon.Add(time.Minute)},
	} {
		if err := j.Commit(t.Context(), step.b); err != nil {
			t.Fatal(err)
		}
		if s := must[Snapshot](t)(j.Snapshot(t.Context(), noon)); !s.Newest.Equal(step.want) {
			t.Errorf("%s: %v, want %v", step.rule, s.Newest, step.want)
		}
	}
}

// The page tells what was done last. What the daemon does to its own rows is
// nothing that anybody did.
func TestTheLastChangeIsWhatSomebodyDid(t *testing.T) {
	j := open(t, t.TempDir())
	err := j.Commit(t.Context(), Batch{Changes: []Change{
		{ID: 1, At: noon, What: "log", Text: "Logged 11:50.", Undoable: true},
		{ID: 2, At: noon.Add(time.Minute), What: "clock"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	if c := must[Change](t)(j.LastChange(t.Context())); c.ID != 1 {
		t.Errorf("the last change is %+v; want the session that was logged", c)
	}
}
