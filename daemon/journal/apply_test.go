package journal

import (
	"fmt"
	"os"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"nightbell/notify"
	"nightbell/planner"
)

// writer makes batches as the daemon may: changes that log, edit, delete and
// undo, and rows of its own.
type writer struct {
	t        *rapid.T
	now      time.Time
	change   int64
	session  int64
	answer   int64
	mark     int64
	sessions []Session // every version
	marks    []Mark
	passed   []Passed
	pauses   []Pause
	reminded []Reminder
}

func (w *writer) pick(name string, n int) int { return rapid.IntRange(0, n-1).Draw(w.t, name) }

// instant lies around now, often older than what a snapshot holds, with odd
// zones and finer than the journal keeps.
func (w *writer) instant(name string) time.Time {
	zone := time.FixedZone("", []int{0, 3600, -12600, 20700, 1172}[w.pick("zone", 5)])
	ns := rapid.Int64Range(int64(-240*time.Hour), int64(24*time.Hour)).Draw(w.t, name)
	return w.now.Add(time.Duration(ns)).In(zone)
}

func (w *writer) maybe(name string) time.Time {
	if w.pick("none", 2) == 0 {
		return time.Time{}
	}
	return w.instant(name)
}

func (w *writer) text(name string) string { return rapid.StringN(0, 8, 40).Draw(w.t, name) }

func (w *writer) batch() (b Batch) {
	w.change++
	b.Changes = append(b.Changes, Change{ID: w.change, At: w.instant("changed"), What: "log", Text: w.text("text"), Undoable: w.pick("undoable", 2) == 0})
	for range w.pick("rows", 5) {
		switch w.pick("row", 9) {
		case 0, 1:
			w.session++
			w.logSession(&b, w.session)
		case 2:
			w.editSession(&b)
		case 3:
			w.passed = append(w.passed, Passed{At: w.instant("passed"), Power: w.pick("power", 2) == 0, Change: w.change})
			b.Passed = append(b.Passed, w.passed[len(w.passed)-1])
		case 4:
			from := w.instant("from")
			w.pauses = append(w.pauses, Pause{From: from, To: from.Add(time.Duration(w.pick("hours", 100)) * time.Hour), Change: w.change})
			b.Pauses = append(b.Pauses, w.pauses[len(w.pauses)-1])
		case 5:
			w.mark++
			w.marks = append(w.marks, Mark{Name: []string{"since", "resting"}[w.pick("mark", 2)], At: w.maybe("marked"), Seq: w.mark, Change: w.change})
			b.Marks = append(b.Marks, w.marks[len(w.marks)-1])
		case 6:
			w.toggle(&b)
		case 7:
			w.remind(&b)
		case 8:
			w.answer++
			b.Answers = append(b.Answers, Answer{ID: w.answer, Action: "done", At: w.instant("answered"), Change: w.change})
			b.Health = append(b.Health, Health{Channel: w.text("channel"), LastSuccess: w.maybe("success"), LastErrorAt: w.maybe("error"), Broken: true})
			b.Events = append(b.Events, Event{At: w.instant("event"), Kind: "x", Text: w.text("event")})
		}
	}
	return b
}

func (w *writer) logSession(b *Batch, id int64) {
	ml := rapid.Float64Range(0, 500).Draw(w.t, "ml")
	s := Session{ID: id, Start: w.instant("start"), Kind: planner.Pump, Length: time.Duration(w.pick("length", 1e9)) * 3,
		ML: &ml, Note: w.text("note"), Source: "cli", Begun: w.pick("begun", 2) == 0, Change: w.change}
	w.sessions = append(w.sessions, s)
	b.Sessions = append(b.Sessions, s)
}

// editSession removes a version, and mostly puts another in its place.
func (w *writer) editSession(b *Batch) {
	for i := range w.sessions {
		s := &w.sessions[(i+w.pick("edit", len(w.sessions)))%len(w.sessions)]
		if s.Removed == 0 && s.Change != w.change {
			s.Removed = w.change
			b.Sessions = append(b.Sessions, *s)
			if w.pick("delete", 3) > 0 {
				w.logSession(b, s.ID)
			}
			return
		}
	}
}

// toggle removes a row, or lets a removed one stand again, as undo does.
func (w *writer) toggle(b *Batch) {
	flip := func(removed *int64) {
		if *removed == 0 {
			*removed = w.change
		} else {
			*removed = 0
		}
	}
	if n := len(w.marks); n > 0 {
		m := &w.marks[w.pick("toggle", n)]
		flip(&m.Removed)
		b.Marks = append(b.Marks, *m)
	}
	if n := len(w.passed); n > 0 {
		p := &w.passed[w.pick("toggle", n)]
		flip(&p.Removed)
		b.Passed = append(b.Passed, *p)
	}
	if n := len(w.pauses); n > 0 {
		p := &w.pauses[w.pick("toggle", n)]
		flip(&p.Removed)
		b.Pauses = append(b.Pauses, *p)
	}
}

// remind opens a reminder or changes one that was opened; what closed stays closed.
func (w *writer) remind(b *Batch) {
	r := Reminder{ID: fmt.Sprint("r", len(w.reminded)), Person: 1, Anchor: w.maybe("anchor"), Due: w.instant("due"), Level: notify.Alarm,
		Wakes: true, State: Open, Opened: w.instant("opened"), Text: w.text("words")}
	r.Kind = r.ID
	if n := len(w.reminded); n > 0 && w.pick("known", 2) == 0 {
		r = w.reminded[w.pick("which", n)]
	} else {
		w.reminded = append(w.reminded, r)
	}
	r.Burst, r.From, r.Accepted, r.Snoozed, r.Acknowledged = w.pick("burst", 3), w.maybe("from"), w.maybe("accepted"), w.maybe("snoozed"), w.maybe("acknowledged")
	if w.pick("close", 2) == 0 && r.State == Open {
		r.State, r.Closed = []ReminderState{Logged, Lapsed, Told}[w.pick("state", 3)], w.instant("closed")
	}
	for i := range w.reminded {
		if w.reminded[i].ID == r.ID {
			w.reminded[i] = r
		}
	}
	b.Reminders = append(b.Reminders, r)
	b.Deliveries = append(b.Deliveries, Delivery{ID: r.ID + "/" + fmt.Sprint(w.pick("round", 2)), Reminder: r.ID, Channel: "here",
		Level: notify.Low, Tries: 1, State: []DeliveryState{Pending, Sent}[w.pick("delivery", 2)], Created: w.maybe("created"),
		Next: w.maybe("next"), Done: w.maybe("done"), RepeatsUntil: w.maybe("repeats"), Receipt: w.text("receipt"), Error: w.text("error")})
}

// The one property that lets the daemon decide on values in memory.
func TestApplyGivesWhatCommitWrote(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dir := quickFolder(t)
		defer os.RemoveAll(dir)
		j, err := OpenFolder(t.Context(), dir, Options{Now: at(noon)})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { j.Close() }()
		w := &writer{t: t, now: noon}
		held, err := j.Snapshot(t.Context(), w.now)
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(1, 8).Draw(t, "steps") {
			if w.pick("later", 4) == 0 {
				w.now = w.now.Add(time.Duration(w.pick("pass", 60)) * time.Hour)
				held.Age(w.now)
			}
			b := w.batch()
			before := held
			kept := printed(held)
			if err := j.Commit(t.Context(), b); err != nil {
				t.Fatal(err)
			}
			whole := held.Apply(b)
			if printed(before) != kept {
				t.Fatal("Apply changed a copy of the snapshot from before")
			}
			read, err := j.Snapshot(t.Context(), w.now)
			if err != nil {
				t.Fatal(err)
			}
			if !whole {
				held = read
			}
			if a, b := printed(held), printed(read); a != b {
				t.Fatalf("Apply gave\n%s\nSnapshot reads\n%s", a, b)
			}
		}
	})
}

// printed shows a snapshot with its amounts and offsets, for comparison: nil
// and empty slices mean the same.
func printed(s Snapshot) string {
	out := fmt.Sprintf("salt %s last answer %v newest %v next %d %d %d %d\n", s.Salt, s.LastAnswer, s.Newest,
		s.NextSession, s.NextChange, s.NextAnswer, s.NextMark)
	for _, r := range s.Sessions {
		out += fmt.Sprintf("session %+v ml %v\n", withoutAmounts(r), amount(r.ML))
	}
	for _, list := range []any{s.Passed, s.Pauses, s.Marks, s.Reminders, s.Deliveries, s.Health} {
		v := reflect.ValueOf(list)
		for i := range v.Len() {
			out += fmt.Sprintf("%T %+v\n", list, v.Index(i))
		}
	}
	return out
}

func withoutAmounts(s Session) Session {
	s.LeftML, s.RightML, s.ML = nil, nil, nil
	return s
}

func TestApplyTellsWhatItCannotKnow(t *testing.T) {
	old := Session{ID: 1, Start: noon.Add(-200 * time.Hour), Change: 1}
	last := Session{ID: 2, Start: noon.Add(-150 * time.Hour), Change: 2}
	fresh := Session{ID: 3, Start: noon.Add(-2 * time.Hour), Change: 3}
	recent := Session{ID: 4, Start: noon.Add(-time.Hour), Change: 4}
	removed := func(s Session) Session { s.Removed = 9; return s }
	first, second := Mark{Name: "since", At: noon, Seq: 1}, Mark{Name: "since", At: noon, Seq: 2}
	gone := second
	gone.Removed = 9
	for _, c := range []struct {
		rule string
		held Snapshot
		b    Batch
		want bool
	}{
		{"the last of several goes: the one before it is known", Snapshot{Sessions: []Session{fresh, recent}}, Batch{Sessions: []Session{removed(recent)}}, true},
		{"the only one of the held stretch goes: an older one is not known", Snapshot{Sessions: []Session{fresh}}, Batch{Sessions: []Session{removed(fresh)}}, false},
		{"an old last one goes", Snapshot{Sessions: []Session{last}}, Batch{Sessions: []Session{removed(last)}}, false},
		{"an older one returns in its place: others may lie between", Snapshot{Sessions: []Session{last}}, Batch{Sessions: []Session{removed(last), old}}, false},
		{"a new one takes the place", Snapshot{Sessions: []Session{last}}, Batch{Sessions: []Session{removed(last), fresh}}, true},
		{"the newest mark goes", Snapshot{Marks: []Mark{second}}, Batch{Marks: []Mark{gone}}, false},
		{"the newest mark goes and a newer comes", Snapshot{Marks: []Mark{second}}, Batch{Marks: []Mark{gone, {Name: "since", Seq: 3}}}, true},
		{"an older mark goes", Snapshot{Marks: []Mark{second}}, Batch{Marks: []Mark{{Name: first.Name, Seq: 1, Removed: 9}}}, true},
		{"nothing was there", Snapshot{}, Batch{Sessions: []Session{fresh}}, true},
	} {
		t.Run(c.rule, func(t *testing.T) {
			c.held.now = noon
			if got := c.held.Apply(c.b); got != c.want {
				t.Errorf("Apply = %v, want %v", got, c.want)
			}
		})
	}
}
