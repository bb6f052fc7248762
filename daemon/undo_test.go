package daemon

import (
	"slices"
	"testing"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
)

// undoNamed takes the newest change back by its name, as the page does.
func (d *Direct) undoNamed(t *testing.T, id int64) (web.Reply, error) {
	t.Helper()
	return d.Do(t.Context(), web.Request{What: web.Undo, Change: id})
}

func TestUndoOfANamedChange(t *testing.T) {
	log := func(t *testing.T, d *Direct, at string) web.ChangeDoc {
		t.Helper()
		start, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Do(t.Context(), web.Request{What: web.Log, At: start}); err != nil {
			t.Fatal(err)
		}
		change, err := d.LastChange(t.Context())
		if err != nil || !change.CanUndo {
			t.Fatalf("the last change: %+v, %v; want one that can be undone", change, err)
		}
		return change
	}
	for _, c := range []struct {
		rule  string
		try   func(t *testing.T, d *Direct) error
		left  int
		fails bool
	}{
		{"the newest change is taken back", func(t *testing.T, d *Direct) error {
			_, err := d.undoNamed(t, log(t, d, "2026-06-10T09:00:00-04:00").ID)
			return err
		}, 0, false},
		{"a second tap takes nothing else back", func(t *testing.T, d *Direct) error {
			log(t, d, "2026-06-10T07:00:00-04:00")
			id := log(t, d, "2026-06-10T09:00:00-04:00").ID
			if _, err := d.undoNamed(t, id); err != nil {
				t.Fatal(err)
			}
			_, err := d.undoNamed(t, id)
			return err
		}, 1, true},
		{"an older one is not taken back in its place", func(t *testing.T, d *Direct) error {
			id := log(t, d, "2026-06-10T07:00:00-04:00").ID
			log(t, d, "2026-06-10T09:00:00-04:00")
			_, err := d.undoNamed(t, id)
			return err
		}, 2, true},
	} {
		t.Run(c.rule, func(t *testing.T) {
			d := newDirect(t)
			if err := c.try(t, d); (err != nil) != c.fails {
				t.Errorf("error %v; want one: %v", err, c.fails)
			}
			list, err := d.Sessions(t.Context(), web.SessionsQuery{})
			if err != nil || len(list.Sessions) != c.left {
				t.Errorf("%d sessions stand, %v; want %d", len(list.Sessions), err, c.left)
			}
		})
	}
}

// What was done is quoted: by itself it would read as if it held from now on.
func TestWhatIsTakenBackIsQuoted(t *testing.T) {
	for done, want := range map[string]string{
		"Logged 09:40.":            `Taken back: "Logged 09:40."`,
		"Reminders are as before.": `Taken back: "Reminders are as before."`,
		"Picking up from here. Still quiet from 23:00 until tomorrow 07:00; to end that too: nightbell resume.": `Taken back: "Picking up from here."`,
		"Imported 2 sessions from m.csv.": `Taken back: "Imported 2 sessions from m.csv."`,
	} {
		if got := takenBack(journal.Change{Text: done}); got != want {
			t.Errorf("%q: %s; want %s", done, got, want)
		}
	}
}

func TestASnoozeThatIsTakenBackGoesOnAtOnce(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00").to("10T09:45")
	r := w.state.openStart()
	if r == nil {
		t.Fatal("nothing is open at 09:45")
	}
	w.do(web.Request{What: web.Snooze, For: 30 * time.Minute})
	snooze := journal.Change{ID: w.state.NextChange - 1, At: w.now, What: string(web.Snooze), Text: "Quiet until 10:15."}
	pushes := len(w.pushes)
	w.to("10T09:50")
	b, reply := endSnooze(w.state, snooze, w.now)
	if reply.Text != `Taken back: "Quiet until 10:15."` {
		t.Errorf("it says %q", reply.Text)
	}
	w.state.Snapshot.Apply(b)
	w.step()
	if got := w.state.openStart(); got == nil || got.Snoozed.After(w.now) || len(w.pushes) != pushes+1 {
		t.Errorf("after the snooze was taken back: %+v, %d pushes; want it open, with one more push than %d", got, len(w.pushes), pushes)
	}
}

// doAndUndo carries a request out now, and returns what takes it back.
func (w *world) doAndUndo(q web.Request) (undo func()) {
	w.t.Helper()
	made, _, err := Answer(w.state, q, w.now)
	if err != nil {
		w.t.Fatalf("%s: %v", q.What, err)
	}
	apply := func(b journal.Batch) {
		w.state.Snapshot.Apply(b)
		w.step()
	}
	marks := slices.Clone(w.state.Marks)
	apply(made)
	return func() {
		taken, _ := Undo(w.state, made.Changes[0], made, w.now)
		taken.Marks = append(taken.Marks, marks...) // of which the journal still has those that newer ones hid
		apply(taken)
	}
}

// Whoever ends a pause hears what is due at once, also a start whose answer was
// taken back in it.
func TestAStartThatComesBackInAPauseIsHeardAtItsEnd(t *testing.T) {
	const hours, aWhile = 4 * time.Hour, 20 * time.Minute
	for rule, c := range map[string]struct {
		pause time.Duration
		end   func(w *world, undo func())
		want  string
	}{
		"it runs out":                        {hours, nil, "10T13:42"},
		"it is ended":                        {hours, func(w *world, _ func()) { w.do(web.Request{What: web.Resume}) }, "10T12:00"},
		"it is taken back":                   {hours, func(_ *world, undo func()) { undo() }, "10T12:00"},
		"it runs out right after the answer": {aWhile, nil, "10T10:05"},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t, "10T07:00").log("10T07:00").to("10T09:42")
			w.expect("10T09:40 session normal")
			resumes := w.doAndUndo(web.Request{What: web.Pause, For: c.pause})
			w.to("10T09:50")
			unlogs := w.doAndUndo(web.Request{What: web.Start})
			w.to("10T09:55")
			unlogs()
			if c.end != nil {
				w.to("10T12:00")
				c.end(w, resumes)
			}
			w.to(c.want)
			if got := w.take(); len(got) != 1 || got[0].at.Format("02T15:04") != c.want || got[0].kind != "session" {
				t.Errorf("%v; want the start of 09:40 at %s and nothing else", got, c.want)
			}
		})
	}
}

// Where what ended a rest is taken back, reminders rest again; the person is told
// so if they were not before.
func TestARestThatComesBackIsSaidOnce(t *testing.T) {
	nightly := func(s *Settings) { s.RestAfter = 18 * time.Hour } // 07:00 to 01:00, when nobody reads
	for rule, c := range map[string]struct {
		rests  func(*Settings)
		pause  string // until when; "": no pause
		log    string // when a session is logged in the rest
		undone string // when that is taken back
		want   []string
	}{
		"it was said before":              {func(*Settings) {}, "", "12T08:00", "12T08:05", nil},
		"it was to be said at waking":     {nightly, "", "11T01:10", "11T01:15", []string{"11T07:00 resting normal"}},
		"it was to be said after a pause": {nightly, "11T09:00", "11T01:10", "11T01:15", []string{"11T09:00 resting normal"}},
		"it is hours since it was due":    {nightly, "", "11T01:10", "11T19:00", []string{"11T19:00 resting normal"}},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t, "10T07:00", c.rests).log("10T07:00").to(c.log)
			if !w.state.resting() {
				t.Fatalf("not resting at %s", c.log)
			}
			if c.pause != "" {
				w.do(web.Request{What: web.Pause, Until: w.at(c.pause)})
			}
			unlogs := w.doAndUndo(web.Request{What: web.Log})
			w.to(c.undone).take()
			unlogs()
			w.to("14T12:00")
			w.expect(c.want...)
		})
	}
}
