package daemon

import (
	"bytes"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/planner"
)

// pumped is a session at an hour of 10 June 2026 in UTC.
func pumped(hour int, change ...func(*journal.Session)) journal.Session {
	s := journal.Session{Start: time.Date(2026, 6, 10, hour, 0, 0, 0, time.UTC), Kind: planner.Pump}
	for _, f := range change {
		f(&s)
	}
	return s
}

func numbered(id int64) func(*journal.Session) { return func(s *journal.Session) { s.ID = id } }

// knownOf is what a journal knows that holds these sessions.
func knownOf(sessions ...journal.Session) journal.Known {
	k := journal.Known{Sessions: map[journal.SessionKey]int{}, Passed: map[journal.PassedKey]int{}, Pauses: map[journal.PauseKey]int{}, IDs: map[int64]bool{}}
	for _, s := range sessions {
		k.Sessions[s.Key()]++
		k.IDs[s.ID] = true
	}
	return k
}

func TestWhatAnImportAdds(t *testing.T) {
	lines := func(b journal.Batch) (got []string) {
		for _, s := range b.Sessions {
			got = append(got, fmt.Sprintf("%d %s %s %s", s.ID, s.Start.Format("15:04"), s.Kind, s.Source))
		}
		return got
	}
	own := journal.HistoryFile{}
	for _, c := range []struct {
		rule  string
		file  journal.HistoryFile
		known journal.Known
		query web.ImportQuery
		want  []string
		there int
	}{
		{"what is there already adds nothing", journal.HistoryFile{Sessions: []journal.Session{pumped(9)}}, knownOf(pumped(9, numbered(1))), web.ImportQuery{}, nil, 1},
		{"the second and the kind make it the same, whatever else it says",
			journal.HistoryFile{Sessions: []journal.Session{pumped(9, func(s *journal.Session) { s.Note, s.Start = "x", s.Start.Add(400*time.Millisecond) })}},
			knownOf(pumped(9, numbered(1))), web.ImportQuery{}, nil, 1},
		{"another kind is another session", journal.HistoryFile{Sessions: []journal.Session{pumped(9, func(s *journal.Session) { s.Kind = planner.Nurse })}},
			knownOf(pumped(9, numbered(1))), web.ImportQuery{}, []string{"50 09:00 nurse import:old"}, 0},
		{"two in the file and one there: one is new", journal.HistoryFile{Sessions: []journal.Session{pumped(9), pumped(9)}}, knownOf(pumped(9, numbered(1))), web.ImportQuery{},
			[]string{"50 09:00 pump import:old"}, 1},
		{"a number that is free stays", journal.HistoryFile{Sessions: []journal.Session{pumped(9, numbered(7))}}, knownOf(), web.ImportQuery{}, []string{"7 09:00 pump import:old"}, 0},
		{"a number that was ever used does not", journal.HistoryFile{Sessions: []journal.Session{pumped(9, numbered(7))}}, knownOf(pumped(3, numbered(7))), web.ImportQuery{},
			[]string{"50 09:00 pump import:old"}, 0},
		{"new numbers keep clear of those in the file", journal.HistoryFile{Sessions: []journal.Session{pumped(9), pumped(11, numbered(50))}}, knownOf(), web.ImportQuery{},
			[]string{"51 09:00 pump import:old", "50 11:00 pump import:old"}, 0},
		{"a number far off is not taken over", journal.HistoryFile{Sessions: []journal.Session{pumped(9, numbered(1<<60))}}, knownOf(), web.ImportQuery{}, []string{"50 09:00 pump import:old"}, 0},
		{"an export keeps its sources", journal.HistoryFile{Sessions: []journal.Session{pumped(9, func(s *journal.Session) { s.Source = "answer:pushover" })}}, knownOf(), web.ImportQuery{},
			[]string{"50 09:00 pump answer:pushover"}, 0},
		{"a mapped file has none, and no numbers", journal.HistoryFile{Sessions: []journal.Session{pumped(9, numbered(7), func(s *journal.Session) { s.Source = "answer:pushover" })}}, knownOf(),
			web.ImportQuery{Columns: map[string]string{"ml": "Amount"}}, []string{"50 09:00 pump import:old"}, 0},
		{"a program that was recognised is the source", journal.HistoryFile{Program: journal.BabyBuddy, Sessions: []journal.Session{pumped(9)}}, knownOf(), web.ImportQuery{},
			[]string{"50 09:00 pump import:babybuddy"}, 0},
		{"a name that is given is the source", journal.HistoryFile{Program: journal.BabyBuddy, Sessions: []journal.Session{pumped(9)}}, knownOf(), web.ImportQuery{Source: "My App!"},
			[]string{"50 09:00 pump import:my-app"}, 0},
		{"nothing in the file", own, knownOf(), web.ImportQuery{}, nil, 0},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := newWorld(t, "10T10:00")
			w.state.NextSession = 50
			c.query.File = "some/Old.csv"
			b, doc, err := Import(w.state, c.file, c.known, c.query, w.now)
			if err != nil {
				t.Fatal(err)
			}
			if got := lines(b); !reflect.DeepEqual(got, c.want) || doc.Known != c.there || doc.Added.Sessions != len(c.want) {
				t.Errorf("got %q, %+v; want %q and %d there", got, doc, c.want, c.there)
			}
			if (len(b.Changes) == 1 && b.Changes[0].Undoable) != (len(c.want) > 0) {
				t.Errorf("changes %+v; want one to take back, if anything is new", b.Changes)
			}
		})
	}
}

func TestAnImportEndsRestingOnlyWithASessionOfAfterwards(t *testing.T) {
	for hour, want := range map[int]bool{9: false, 11: true} {
		w := newWorld(t, "10T08:00")
		w.state.Marks = []journal.Mark{{Name: markResting, At: pumped(10).Start, Seq: 1}}
		b, _, err := Import(w.state, journal.HistoryFile{Sessions: []journal.Session{pumped(hour)}}, knownOf(), web.ImportQuery{}, pumped(12).Start)
		if err != nil || (len(b.Marks) > 0) != want {
			t.Errorf("resting since 10:00, a session at %d:00: marks %+v, %v; want resting to end: %v", hour, b.Marks, err, want)
		}
	}
}

func TestAPauseWithoutAnEndInSightIsRefused(t *testing.T) {
	w := newWorld(t, "10T10:00")
	f := journal.HistoryFile{Pauses: []journal.Pause{{From: w.now, To: w.now.Add(8 * 24 * time.Hour)}}}
	if _, _, err := Import(w.state, f, knownOf(), web.ImportQuery{File: "p.csv"}, w.now); err == nil || !strings.Contains(err.Error(), "a pause ends within 7 days") {
		t.Errorf("error %v", err)
	}
}

// Whatever comes in at once: the phone hears of it as it would of the newest
// session alone.
func TestAnImportMakesNoMoreNoiseThanOneSession(t *testing.T) {
	for _, last := range []string{"10T09:50", "10T07:30", "10T04:00", "09T20:00"} {
		one := newWorld(t, "10T10:00").to("10T10:20")
		many := newWorld(t, "10T10:00").to("10T10:20")
		before := len(many.pushes)
		newest := one.at(last)
		one.do(web.Request{What: web.Log, At: newest})
		f := journal.HistoryFile{Sessions: []journal.Session{{Start: newest, Kind: planner.Pump}}}
		for i := range 1000 {
			at := newest.Add(-time.Duration(i+1) * 3 * time.Hour)
			f.Sessions = append(f.Sessions, journal.Session{Start: at, Kind: planner.Pump})
			if i > 40 {
				f.Passed = append(f.Passed, journal.Passed{At: at.Add(time.Hour)})
				f.Pauses = append(f.Pauses, journal.Pause{From: at.Add(time.Hour), To: at.Add(90 * time.Minute)})
			}
		}
		b, _, err := Import(many.state, f, knownOf(), web.ImportQuery{File: "f.csv"}, many.now)
		if err != nil {
			t.Fatal(err)
		}
		many.state.Snapshot.Apply(b)
		many.step()
		if one.told() != many.told() {
			t.Errorf("newest at %s: one session by hand\n%s\na thousand imported\n%s", last, one.told(), many.told())
		}
		if n := len(many.to("10T10:40").pushes) - before; n > 2 {
			t.Errorf("newest at %s: %d pushes within 20 minutes; want at most a start's and its repeat\n%s", last, n, many.told())
		}
	}
}

// lived is a desk with one of everything: sessions, one edited and one taken
// out, a passed start, and a pause that was ended early.
func lived(t *testing.T) *Direct {
	t.Helper()
	d := newDirect(t)
	now := d.now()
	ml, pain := 0.0, true
	for _, q := range []web.Request{
		{What: web.Log, At: now.Add(-26 * time.Hour), Session: web.SessionFields{Kind: "nurse", Minutes: 22, LeftML: &ml, Note: "a \"b\",\nc", Pain: pain}, Source: "cli"},
		{What: web.Log, At: now.Add(-20*time.Hour - 300*time.Millisecond), Source: "answer:pushover"},
		{What: web.Log, At: now.Add(-20*time.Hour - 100*time.Millisecond), Source: "api"}, // the same second
		{What: web.Log, At: now.Add(-15 * time.Hour), Source: "cli"},
		{What: web.Delete, ID: 4},
		{What: web.Edit, ID: 3, Edit: web.SessionEdit{Minutes: web.To(17)}},
		{What: web.Pause, For: time.Hour},
		{What: web.Resume},
		{What: web.Pause, For: 2 * time.Hour},
	} {
		if _, err := d.Do(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	b := journal.Batch{Passed: []journal.Passed{{At: now.Add(-8 * time.Hour), Power: true}, {At: now.Add(-6 * time.Hour), Skipped: true}}}
	if err := d.commit(t.Context(), b, d.state); err != nil {
		t.Fatal(err)
	}
	return d
}

func exported(t *testing.T, d *Direct, format string) string {
	t.Helper()
	var text bytes.Buffer
	if err := d.Export(t.Context(), format, &text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

func TestAHistoryGoesOutAndInAsItIs(t *testing.T) {
	for _, format := range []string{"csv", "jsonl"} {
		was := lived(t)
		text := exported(t, was, format)
		if strings.Count(text, "lapsed_power") != 1 || strings.Count(text, "skipped") != 1 || !strings.Contains(text, "pause") || strings.Contains(text, "nothing") {
			t.Fatalf("%s: not everything is in\n%s", format, text)
		}
		is := newDirect(t)
		in := func(d *Direct) web.ImportDoc {
			doc, err := d.Import(t.Context(), web.ImportQuery{File: "copy." + format}, strings.NewReader(text))
			if err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			return doc
		}
		first := in(is)
		if got := exported(t, is, format); got != text {
			t.Errorf("%s: out\n%s\nafter in and out\n%s", format, text, got)
		}
		for _, again := range []*Direct{is, was} {
			if doc := in(again); doc.Added != (web.ImportCountDoc{}) || doc.Known != first.Known+len(first.Rows) {
				t.Errorf("%s: twice added %+v, %d known", format, doc.Added, doc.Known)
			}
		}
		if _, err := is.Do(t.Context(), web.Request{What: web.Undo}); err != nil {
			t.Fatal(err)
		}
		if got, none := exported(t, is, format), exported(t, newDirect(t), format); got != none {
			t.Errorf("%s: one undo left\n%s", format, got)
		}
		if _, err := is.Do(t.Context(), web.Request{What: web.Undo}); err == nil {
			t.Errorf("%s: an import was more than one change", format)
		}
	}
}

func TestADryRunAndABadRowWriteNothing(t *testing.T) {
	d := newDirect(t)
	const good = "start\n2026-06-10T08:00:00-04:00\n"
	doc, err := d.Import(t.Context(), web.ImportQuery{File: "a.csv", DryRun: true}, strings.NewReader(good))
	if err != nil || len(doc.Rows) != 1 || !strings.HasPrefix(doc.Text, "Would import 1 session from a.csv.") {
		t.Errorf("a dry run: %+v, %v", doc, err)
	}
	_, err = d.Import(t.Context(), web.ImportQuery{File: "a.csv"}, strings.NewReader(good+"2026-06-10 25:00\n2026-06-11T08:00:00-04:00\n"))
	want := `a.csv:3: start: "2026-06-10 25:00" is not a time of RFC 3339; write it such as 2026-01-02T03:04:00+01:00` + "\n" +
		"a.csv:4: start: 2026-06-11T08:00:00-04:00 lies in the future; a session is logged once it has begun"
	if err == nil || err.Error() != want || !web.IsWrong(err) {
		t.Errorf("bad rows: %v\nwant %s", err, want)
	}
	for limit, row := range map[string]string{
		"190 minutes": "start,minutes\n2026-06-10T08:00:00-04:00,190\n", "3000 ml": "start,ml\n2026-06-10T08:00:00-04:00,3000\n",
		"longer than 100": "start,source\n2026-06-10T08:00:00-04:00," + strings.Repeat("x", 101) + "\n",
	} {
		if _, err := d.Import(t.Context(), web.ImportQuery{File: "a.csv"}, strings.NewReader(row)); err == nil || !strings.Contains(err.Error(), limit) {
			t.Errorf("beyond what can be logged: %v; want %s", err, limit)
		}
	}
	if text := exported(t, d, "csv"); strings.Count(text, "\n") != 1 {
		t.Errorf("something was written:\n%s", text)
	}
}

func TestTheCalendarOfADeskHasBothKinds(t *testing.T) {
	text := exported(t, lived(t), "ics")
	if !strings.Contains(text, "SUMMARY:Reminder") || strings.Count(text, "SUMMARY:Logged") != 2 {
		t.Errorf("want the plan, and the log with two of one second as one:\n%s", text)
	}
	if err := newDirect(t).Export(t.Context(), "xls", io.Discard); err == nil || !web.IsWrong(err) {
		t.Errorf("a format there is none of: %v", err)
	}
}

// BenchmarkImport reads a file of 5,000 sessions as Baby Buddy exports them
// into an empty journal: to be done within a second.
func BenchmarkImport(b *testing.B) {
	var text strings.Builder
	text.WriteString("id,child_id,child_first_name,child_last_name,amount,start,end,notes,tags\n")
	at := time.Date(2024, 1, 1, 6, 0, 0, 0, time.UTC)
	for i := range 5000 {
		at = at.Add(4 * time.Hour)
		fmt.Fprintf(&text, "%d,1,A,B,%d,%s,%s,a note,\n", i+1, i%120, at.Format(time.DateTime), at.Add(20*time.Minute).Format(time.DateTime))
	}
	for b.Loop() {
		b.StopTimer()
		d := newDirect(b)
		b.StartTimer()
		doc, err := d.Import(b.Context(), web.ImportQuery{File: "pumping.csv"}, strings.NewReader(text.String()))
		if err != nil || doc.Added.Sessions != 5000 {
			b.Fatal(doc, err)
		}
	}
}
