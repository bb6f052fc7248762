package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"

	"nightbell/daemon/web"
)

// colour tells whether what is printed may be coloured: only on a terminal,
// and never with NO_COLOR (https://no-color.org).
func (c *call) colour() bool {
	out := c.out
	if p, ok := out.(*printed); ok {
		out = p.Writer
	}
	f, ok := out.(*os.File)
	if !ok || c.env("NO_COLOR") != "" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && c.env("TERM") != "dumb"
}

// printJSON writes one document.
func printJSON(w io.Writer, doc any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(doc)
}

// terminalColumns are those of the smallest terminal in use.
const terminalColumns = 80

// leastColumn is the width below which text is no longer broken into lines:
// a column of single words reads worse than a line that the terminal breaks.
const leastColumn = 24

// printTable writes rows in columns, two spaces apart. The last column is not
// padded; what is too long there goes on below itself.
func printTable(w io.Writer, rows [][]string) {
	var widths []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row[:len(row)-1] {
			line.WriteString(cell + strings.Repeat(" ", widths[i]-len([]rune(cell))+2))
		}
		printFolded(w, line.String(), row[len(row)-1])
	}
}

// printFolded writes a text behind its head, and below itself what does not
// fit beside it.
func printFolded(w io.Writer, head, text string) {
	indent := len([]rune(head))
	lines := []string{text}
	if most := terminalColumns - indent; len([]rune(text)) > most && most >= leastColumn {
		lines = folded(text, most)
	}
	for _, line := range lines {
		fmt.Fprintln(w, strings.TrimRight(head+line, " "))
		head = strings.Repeat(" ", indent)
	}
}

// printNote writes a text of its own; where it goes on, two spaces show that
// it is the same.
func printNote(w io.Writer, text string) {
	for i, line := range folded(text, terminalColumns-2) {
		if i > 0 {
			line = "  " + line
		}
		fmt.Fprintln(w, line)
	}
}

// folded breaks a text at spaces into lines of at most so many characters.
func folded(text string, most int) []string {
	lines, line := []string{}, ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > most {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

// oneLine is a text of a person's as a table shows it: on one line, and
// without anything that could move the cursor or hide what is there.
func oneLine(text string) string {
	shown := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return unicode.ReplacementChar
		}
		return r
	}, text)
	return strings.Join(strings.Fields(shown), " ")
}

// dayAndTime is an instant near now as people read it: "12:20", "tomorrow
// 03:00", "Fri 13 Nov 03:00".
func dayAndTime(t, now time.Time, z *time.Location) string {
	t, now = t.In(z), now.In(z)
	clock := t.Format("15:04")
	day := func(d time.Time) string { return d.Format(time.DateOnly) }
	switch day(t) {
	case day(now):
		return clock
	case day(now.AddDate(0, 0, 1)):
		return "tomorrow " + clock
	case day(now.AddDate(0, 0, -1)):
		return "yesterday " + clock
	}
	return t.Format("Mon 2 Jan 15:04")
}

// between is the length between two instants as they are shown, to the minute.
// A session may lie a little ahead, by a clock that is: that is none.
func between(a, b time.Time) string {
	return stretch(max(0, b.Truncate(time.Minute).Sub(a.Truncate(time.Minute))))
}

// stretch is a length as people read it: "2 h 40".
func stretch(d time.Duration) string {
	minutes := int(d.Round(time.Minute) / time.Minute)
	switch h, m := minutes/60, minutes%60; {
	case h == 0:
		return fmt.Sprintf("%d min", m)
	case m == 0:
		return fmt.Sprintf("%d h", h)
	default:
		return fmt.Sprintf("%d h %02d", h, m)
	}
}

// amount is what a session brought, if anybody said so; zero is an amount.
func amount(s web.SessionDoc) string {
	var parts []string
	add := func(name string, v *float64) {
		if v != nil {
			parts = append(parts, name+trimZero(fmt.Sprintf("%.1f", *v))+" ml")
		}
	}
	add("left ", s.LeftML)
	add("right ", s.RightML)
	add("", s.ML)
	return strings.Join(parts, ", ")
}

func trimZero(s string) string { return strings.TrimSuffix(s, ".0") }
