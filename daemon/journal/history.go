package journal

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"nightbell/planner"
)

const (
	// historyMax bounds a history file: a century of sessions is some 40 MiB.
	historyMax = 64 << 20
	// lineMax bounds one line; only a note can be long at all.
	lineMax = 64 << 10
	// problemsMax ends the reading of a file that is of another kind altogether.
	problemsMax = 1000
)

// HistoryFile is what a file of a history says, its rows in the file's order.
type HistoryFile struct {
	Sessions []Session // ID as in the file, 0: none; Change and Removed are 0
	Passed   []Passed
	Pauses   []Pause
	Ignored  []string // columns that mean nothing to nightbell, for a notice
	Program  string   // the program that wrote it, where that was recognised: BabyBuddy; empty: any
}

// History is the file as a plan is made from it: reminders began with its
// first entry of any kind.
func (f HistoryFile) History() planner.History {
	s := Snapshot{Sessions: f.Sessions, Passed: f.Passed, Pauses: f.Pauses}
	h := s.History(time.Time{})
	for _, e := range f.entries() {
		if h.Since.IsZero() || e.start.Before(h.Since) {
			h.Since = e.start
		}
	}
	return h
}

// HistoryError is everything that is wrong with a history file.
type HistoryError struct {
	Name     string
	Problems []HistoryProblem
}

// HistoryProblem is what is wrong with one line; Line 0 is the whole file.
type HistoryProblem struct {
	Line int
	Text string
}

// Error has a line for each problem.
func (e *HistoryError) Error() string {
	var lines []string
	for _, p := range e.Problems {
		if p.Line == 0 {
			lines = append(lines, e.Name+": "+p.Text)
			continue
		}
		lines = append(lines, fmt.Sprintf("%s:%d: %s", e.Name, p.Line, p.Text))
	}
	return strings.Join(lines, "\n")
}

// ReadHistory reads a history as export writes it: CSV with a header, or JSON
// Lines with the same names (by the name's ending, or when the content begins
// with a brace). Any other error than one of reading is a *HistoryError with
// every bad line. name is for messages.
func ReadHistory(name string, r io.Reader) (HistoryFile, error) {
	return ReadForeignHistory(name, r, Reading{})
}

// ReadForeignHistory is ReadHistory for a file that another program may have
// written, and for what is to be taken of it.
func ReadForeignHistory(name string, r io.Reader, how Reading) (HistoryFile, error) {
	bounded := &boundedReader{r: r, line: 1}
	h := &historyReader{
		in:  bufio.NewReader(bounded),
		at:  bounded,
		how: how,
		out: HistoryError{Name: name}, ours: map[string]string{},
		ignored: map[string]bool{},
	}
	if !h.learnColumns() {
		return HistoryFile{}, &h.out
	}
	h.skipMark()
	var err error
	switch {
	case h.isWorkbook():
		h.problem(0, "this is a workbook of a spreadsheet; save or export it as CSV")
	case h.isJSON(name):
		err = h.readJSONLines()
	default:
		err = h.readCSV()
	}
	switch {
	case errors.As(err, new(boundError)):
		h.problem(bounded.line, err.Error())
	case err != nil && !errors.Is(err, errTooMany):
		return HistoryFile{}, fmt.Errorf("read %s: %w", name, err)
	}
	if len(h.out.Problems) > 0 {
		return HistoryFile{}, &h.out
	}
	slices.Sort(h.file.Ignored)
	return h.file, nil
}

// historyColumns are the columns in export's order.
func historyColumns() []string {
	return []string{"start", "kind", "minutes", "left_ml", "right_ml", "ml", "pain", "note", "source", "id"}
}

// historyReader gathers rows and problems, whatever the format.
type historyReader struct {
	in      *bufio.Reader
	at      *boundedReader
	how     Reading
	ours    map[string]string // a column's name in the file to ours
	ignored map[string]bool
	file    HistoryFile
	out     HistoryError
}

var errTooMany = errors.New("too many problems")

// problem notes one; false: it was the last one worth telling.
func (h *historyReader) problem(line int, text string) bool {
	h.out.Problems = append(h.out.Problems, HistoryProblem{Line: line, Text: text})
	if len(h.out.Problems) < problemsMax {
		return true
	}
	h.out.Problems = append(h.out.Problems, HistoryProblem{Text: fmt.Sprintf("reading stopped after %d problems", problemsMax)})
	return false
}

// row takes one line's values by our names.
func (h *historyReader) row(line int, values map[string]string) error {
	wrong := h.translate(values)
	var e entry
	if len(wrong) == 0 {
		e, wrong = parseEntry(values)
	}
	if len(wrong) == 0 {
		wrong = h.how.check(e)
	}
	if len(wrong) > 0 {
		if !h.problem(line, strings.Join(wrong, "; ")) {
			return errTooMany
		}
		return nil
	}
	switch {
	case e.pause:
		h.file.Pauses = append(h.file.Pauses, Pause{From: e.start, To: e.start.Add(e.length)})
	case e.passed:
		h.file.Passed = append(h.file.Passed, Passed{At: e.start, Power: e.power, Skipped: e.skipped})
	default:
		h.file.Sessions = append(h.file.Sessions, e.session)
	}
	return nil
}

// ignore notes a column of no meaning, once.
func (h *historyReader) ignore(column string) {
	if !h.ignored[column] {
		h.ignored[column] = true
		h.file.Ignored = append(h.file.Ignored, column)
	}
}

// skipMark drops the byte order mark that spreadsheets write before UTF-8.
func (h *historyReader) skipMark() {
	if b, _ := h.in.Peek(3); bytes.Equal(b, []byte("\ufeff")) {
		_, _ = h.in.Discard(3) // They were just peeked.
	}
}

func (h *historyReader) isJSON(name string) bool {
	switch h.how.Format {
	case FormatCSV:
		return false
	case FormatJSONLines:
		return true
	}
	switch strings.ToLower(filepath.Ext(name)) {
	case ".jsonl", ".ndjson", ".json":
		return true
	}
	// A header never begins with a brace; 512 bytes of blank lines are no header either.
	b, _ := h.in.Peek(512)
	return bytes.HasPrefix(bytes.TrimSpace(b), []byte("{"))
}

// boundError is a file or a line that is too long.
type boundError string

func (e boundError) Error() string { return string(e) }

// boundedReader counts lines and keeps to historyMax and lineMax.
type boundedReader struct {
	r           io.Reader
	line        int // of the last byte read, or of the bound that was passed
	total, wide int
	bound       error
}

func (b *boundedReader) Read(p []byte) (int, error) {
	if b.bound != nil {
		return 0, b.bound
	}
	n, err := b.r.Read(p)
	for done := 0; done < n; {
		step := n - done
		end := bytes.IndexByte(p[done:n], '\n')
		if end >= 0 {
			step = end + 1
		}
		b.wide += step
		b.total += step
		if b.wide > lineMax {
			b.bound = boundError("a line longer than 64 KiB; is this a history?")
		}
		if b.total > historyMax {
			b.bound = boundError("the file is larger than 64 MiB; split it")
		}
		if b.bound != nil {
			return done, b.bound
		}
		if end >= 0 {
			b.line++
			b.wide = 0
		}
		done += step
	}
	return n, err
}
