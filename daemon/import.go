package daemon

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
)

// Import turns what a file says into what is to be written, as of now: all
// that known does not have yet, as one change, so that one undo takes it back.
// It reads no clock and does no I/O. The batch is empty when nothing is new.
func Import(s State, f journal.HistoryFile, known journal.Known, q web.ImportQuery, now time.Time) (journal.Batch, web.ImportDoc, error) {
	in := &importing{State: s, now: now, known: known, own: f.Program == "" && len(q.Columns) == 0, source: sourceOf(f, q), next: s.NextSession}
	in.doc = web.ImportDoc{DryRun: q.DryRun, Program: f.Program, Ignored: append([]string{}, f.Ignored...), Rows: []web.ImportRowDoc{}}
	for _, p := range f.Pauses {
		if p.To.After(now.Add(pauseMost)) {
			return journal.Batch{}, in.doc, web.Wrong("%s: the pause of %s lasts until %s; a pause ends within 7 days, for no end at all there is: nightbell rest",
				q.File, p.From.Format(time.RFC3339), p.To.Format(time.RFC3339))
		}
	}
	in.sessions(f.Sessions)
	in.passed(f.Passed)
	in.pauses(f.Pauses)
	in.doc.Text = in.text(q)
	if in.doc.Added == (web.ImportCountDoc{}) {
		return journal.Batch{}, in.doc, nil
	}
	in.out.Changes = []journal.Change{{ID: s.NextChange, At: now, What: "import", Text: in.doc.Text, Undoable: true}}
	in.out.Answers = []journal.Answer{{ID: s.NextAnswer, Action: "import", At: now, Change: s.NextChange}}
	return in.out, in.doc, nil
}

// importing carries one import: what is known still to be met in the file, and
// what is to be written.
type importing struct {
	State
	now    time.Time
	known  journal.Known
	own    bool   // the file is export's own: it says where sessions came from, and their numbers
	source string // of sessions that say none
	next   int64  // the next number of a session
	out    journal.Batch
	doc    web.ImportDoc
}

// idMost is the largest number that is taken over from a file: at ten sessions
// a day, enough for any number of lives, and far from where numbers end.
const idMost = 1_000_000_000

func (in *importing) sessions(list []journal.Session) {
	resting := in.mark(markResting)
	for _, e := range list {
		if n := in.known.Sessions[e.Key()]; n > 0 {
			in.known.Sessions[e.Key()] = n - 1
			in.doc.Known++
			continue
		}
		if !in.own || e.Source == "" {
			e.Source = in.source
		}
		if !in.own || e.ID < 1 || e.ID > idMost || in.known.IDs[e.ID] {
			e.ID = 0
		}
		if e.ID != 0 {
			in.known.IDs[e.ID] = true
			in.next = max(in.next, e.ID+1)
		}
		e.Change = in.NextChange
		in.out.Sessions = append(in.out.Sessions, e)
		in.doc.Rows = append(in.doc.Rows, in.row(e, e.Start, string(e.Kind), e.Length))
		if !resting.IsZero() && e.Start.After(resting) && len(in.out.Marks) == 0 {
			in.out.Marks = []journal.Mark{{Name: markResting, Change: in.NextChange, Seq: in.NextMark}}
		}
	}
	// Numbers of the file first, so that new ones never take theirs.
	for i := range in.out.Sessions {
		if e := &in.out.Sessions[i]; e.ID == 0 {
			e.ID = in.next
			in.next++
		}
	}
	in.doc.Added.Sessions = len(in.out.Sessions)
}

func (in *importing) passed(list []journal.Passed) {
	taken := map[int64]bool{}
	for _, p := range list {
		if n := in.known.Passed[p.Key()]; n > 0 {
			in.known.Passed[p.Key()] = n - 1
			in.doc.Known++
			continue
		}
		// The journal knows those of one change by their instants; a file cuts
		// these to the second, so two can fall together.
		for taken[p.At.UnixMilli()] {
			p.At = p.At.Add(time.Millisecond)
		}
		taken[p.At.UnixMilli()] = true
		p.Change = in.NextChange
		in.out.Passed = append(in.out.Passed, p)
		in.doc.Rows = append(in.doc.Rows, in.row(journal.Session{}, p.At, p.Word(), 0))
	}
	in.doc.Added.Passed = len(in.out.Passed)
}

func (in *importing) pauses(list []journal.Pause) {
	taken := map[int64]bool{}
	for _, p := range list {
		if n := in.known.Pauses[p.Key()]; n > 0 {
			in.known.Pauses[p.Key()] = n - 1
			in.doc.Known++
			continue
		}
		for taken[p.From.UnixMilli()] {
			p.From, p.To = p.From.Add(time.Millisecond), p.To.Add(time.Millisecond)
		}
		taken[p.From.UnixMilli()] = true
		p.Change = in.NextChange
		in.out.Pauses = append(in.out.Pauses, p)
		in.doc.Rows = append(in.doc.Rows, in.row(journal.Session{}, p.From, "pause", p.To.Sub(p.From)))
	}
	in.doc.Added.Pauses = len(in.out.Pauses)
}

func (in *importing) row(e journal.Session, start time.Time, kind string, length time.Duration) web.ImportRowDoc {
	doc := web.ImportRowDoc{Start: web.In(in.Routine.Location, start), Kind: kind, LeftML: e.LeftML, RightML: e.RightML, ML: e.ML, Pain: e.Pain, Note: e.Note}
	if length > 0 {
		minutes := length.Minutes()
		doc.Minutes = &minutes
	}
	return doc
}

// text says what an import did, or would do.
func (in *importing) text(q web.ImportQuery) string {
	var parts []string
	add := func(n int, one, many string) {
		switch n {
		case 0:
		case 1:
			parts = append(parts, "1 "+one)
		default:
			parts = append(parts, fmt.Sprintf("%d %s", n, many))
		}
	}
	add(in.doc.Added.Sessions, "session", "sessions")
	add(in.doc.Added.Passed, "passed start", "passed starts")
	add(in.doc.Added.Pauses, "pause", "pauses")
	verb := "Imported "
	if q.DryRun {
		verb = "Would import "
	}
	what := strings.Join(parts, ", ")
	if what == "" {
		verb, what = "", "Nothing new"
	}
	text := verb + what + " from " + filepath.Base(q.File) + "."
	switch in.doc.Known {
	case 0:
	case 1:
		text += " One was there already."
	default:
		text += fmt.Sprintf(" %d were there already.", in.doc.Known)
	}
	return text
}

// sourceOf names where sessions come from: the name that was given, else the
// program's, else the file's, in letters that need no quotes anywhere.
func sourceOf(f journal.HistoryFile, q web.ImportQuery) string {
	name := q.Source
	if name == "" {
		name = strings.ReplaceAll(f.Program, " ", "")
	}
	if name == "" {
		base := filepath.Base(q.File)
		name = strings.TrimSuffix(base, filepath.Ext(base))
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return '-'
	}, name)
	if name = strings.Trim(name, "-."); name == "" {
		name = "file"
	}
	return "import:" + name[:min(len(name), sourceMost-len("import:"))]
}
