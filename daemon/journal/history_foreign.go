package journal

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The formats of a history file.
const (
	FormatCSV       = "csv"
	FormatJSONLines = "jsonl"
)

// BabyBuddy is the Program of a file that Baby Buddy exported.
const BabyBuddy = "Baby Buddy"

// Reading says how a file that another program may have written is read, and
// what is taken of it. The zero Reading reads what export writes.
type Reading struct {
	Format  string            // FormatCSV or FormatJSONLines; empty: by the name's ending or the content
	Columns map[string]string // for names of MapColumns, what they are called there
	Zone    *time.Location    // of times that say none; nil: such times are refused, and Baby Buddy's with them
	Dates   DateOrder
	Unit    string              // of amounts that Baby Buddy exported without one: ml or oz; empty: ml
	Latest  time.Time           // a session or a passed start after it is a problem; zero: none is
	Check   func(Session) error // what else has to hold of a session; nil: nothing
}

// DateOrder is what 3/4/2026 means.
type DateOrder string

// The orders. By the zero one such a date is refused, but for days after the
// 12th, which leave no choice.
const (
	DayFirst   DateOrder = "dmy"
	MonthFirst DateOrder = "mdy"
)

// MapColumns are the names of ours that a column of another program can be
// read as: those of export, and ways to say the same that other programs have.
// date goes before a time of day in start and end; end gives the minutes;
// ounces are US fluid ounces; unit is that of ml, left_ml and right_ml.
func MapColumns() []string {
	return append(historyColumns(), "date", "end", "oz", "left_oz", "right_oz", "unit")
}

// MLPerOunce is the US fluid ounce: 29.5735295625 ml (NIST SP 811, B.8).
const MLPerOunce = 29.5735295625

// learnColumns prepares the columns' names; false: the map names one that is
// none.
func (h *historyReader) learnColumns() bool {
	for _, c := range historyColumns() {
		// What another program calls id or source is another thing.
		if len(h.how.Columns) == 0 || c != "id" && c != "source" {
			h.ours[c] = c
		}
	}
	for our, theirs := range h.how.Columns {
		if !slices.Contains(MapColumns(), our) {
			h.problem(0, fmt.Sprintf("there is no column %q to map to; the columns are %s", our, strings.Join(MapColumns(), ", ")))
			return false
		}
		delete(h.ours, our)
		h.ours[theirs] = our
	}
	return true
}

// recognise looks at a CSV's header for what the map speaks of, and for the
// export of a program that is known; false: it cannot be read, and a problem
// says why.
func (h *historyReader) recognise(line int, header []string) bool {
	for _, theirs := range h.how.Columns {
		if !slices.Contains(header, theirs) {
			h.problem(line, fmt.Sprintf("there is no column %q; the columns are %s", theirs, strings.Join(header, ", ")))
			return false
		}
	}
	// Baby Buddy's exports begin with the child (its class ImportExportResourceBase).
	if len(h.how.Columns) > 0 || h.how.Zone == nil || !slices.Contains(header, "child_id") {
		return true
	}
	if !slices.Contains(header, "amount") || slices.Contains(header, "type") || slices.Contains(header, "method") {
		h.problem(line, "this is an export of Baby Buddy, but not that of its pumping entries; in its Database Admin choose Pumping, then Export, csv")
		return false
	}
	h.file.Program = BabyBuddy
	h.ours = map[string]string{"amount": "ml", "amount_unit": "unit", "start": "start", "end": "end", "notes": "note"}
	if !slices.Contains(header, "start") {
		h.ours["time"] = "start" // before version 2 a pumping had one time
	}
	return true
}

// comma is what separates the values: where the first line has no comma, what
// spreadsheets of other countries write.
func (h *historyReader) comma() rune {
	first, _ := h.in.Peek(4096) // A header of our ten names is 60 bytes; others have longer ones.
	first, _, _ = bytes.Cut(bytes.TrimLeft(first, "\r\n"), []byte("\n"))
	for _, r := range ",;\t" {
		if bytes.ContainsRune(first, r) {
			return r
		}
	}
	return ','
}

// isWorkbook tells the file of a spreadsheet, which is a ZIP archive.
func (h *historyReader) isWorkbook() bool {
	b, _ := h.in.Peek(4)
	return bytes.Equal(b, []byte("PK\x03\x04"))
}

// check is what has to hold of an entry besides its form.
func (how Reading) check(e entry) (wrong []string) {
	if !how.Latest.IsZero() && !e.pause && e.start.After(how.Latest) {
		wrong = append(wrong, fmt.Sprintf("start: %s lies in the future; a session is logged once it has begun", e.start.Format(time.RFC3339)))
	}
	if how.Check != nil && !e.pause && !e.passed {
		if err := how.Check(e.session); err != nil {
			wrong = append(wrong, err.Error())
		}
	}
	return wrong
}

// translate brings values into the form that export writes. What it does not
// understand stays as it is, for parseEntry to say so.
func (h *historyReader) translate(values map[string]string) (wrong []string) {
	if h.how.Zone == nil {
		return nil
	}
	start, err := h.how.instant(values["date"], values["start"])
	if err != nil {
		wrong = append(wrong, "start: "+err.Error())
	}
	if !start.IsZero() {
		values["start"] = start.Format(time.RFC3339Nano)
	}
	if minutes := plainMinutes(values["minutes"]); minutes != "" {
		values["minutes"] = minutes
	}
	if end := strings.TrimSpace(values["end"]); end != "" && strings.TrimSpace(values["minutes"]) == "" && !start.IsZero() {
		minutes, err := h.how.until(start, values["date"], end)
		if err != nil {
			wrong = append(wrong, "end: "+err.Error())
		}
		values["minutes"] = minutes
	}
	values["kind"] = strings.ToLower(strings.TrimSpace(values["kind"]))
	unit := values["unit"]
	if unit == "" && h.file.Program == BabyBuddy {
		unit = h.how.Unit
	}
	for _, side := range []string{"", "left_", "right_"} {
		if oz := strings.TrimSpace(values[side+"oz"]); oz != "" {
			values[side+"ml"] = oz + " oz"
		}
		text, err := plainAmount(values[side+"ml"], unit)
		if err != nil {
			wrong = append(wrong, side+"ml: "+err.Error())
		}
		values[side+"ml"] = text
	}
	return wrong
}

// until is the minutes from start to an end.
func (how Reading) until(start time.Time, date, end string) (string, error) {
	t, err := how.instant(date, end)
	if err != nil {
		return "", err
	}
	if t.IsZero() {
		return "", fmt.Errorf("%q is not a time; %s", end, startExample)
	}
	if t.Before(start) && strings.TrimSpace(date) != "" {
		t = t.AddDate(0, 0, 1) // a time of day after midnight
	}
	if t.Before(start) {
		return "", fmt.Errorf("%q lies before the start", end)
	}
	return minutesText(t.Sub(start).Round(time.Millisecond)), nil
}

// plainMinutes is a length such as "20 min" or 0:20:00 in minutes; empty: it
// is none of these.
func plainMinutes(text string) string {
	text = strings.ToLower(strings.TrimSpace(text))
	for _, unit := range []string{"minutes", "mins", "min", "m"} {
		if n, ok := strings.CutSuffix(text, unit); ok {
			return strings.TrimSpace(n)
		}
	}
	parts := strings.Split(text, ":")
	if len(parts) != 3 { // 1:20 could be hours or minutes
		return ""
	}
	length := 0.0
	for i, unit := range []float64{60, 1, 1. / 60} {
		n, err := strconv.ParseFloat(parts[i], 64)
		if err != nil || n < 0 || i > 0 && n >= 60 {
			return ""
		}
		length += n * unit
	}
	return strconv.FormatFloat(math.Round(length*60e3)/60e3, 'f', -1, 64)
}

// plainAmount is an amount with a unit, or with a comma, in millilitres.
// Ounces are rounded to 0.1 ml, closer than any scale of a bottle.
func plainAmount(text, unit string) (string, error) {
	number := strings.ToLower(strings.TrimSpace(text))
	if number == "" {
		return "", nil
	}
	unit = strings.ToLower(strings.TrimSpace(unit))
	for _, u := range []string{"ml", "fl oz", "fl. oz", "oz"} {
		if n, ok := strings.CutSuffix(number, u); ok {
			number, unit = strings.TrimSpace(n), u
			break
		}
	}
	if !strings.Contains(number, ".") && strings.Count(number, ",") == 1 {
		number = strings.Replace(number, ",", ".", 1)
	}
	switch unit {
	case "", "ml", "milliliter", "millilitre", "milliliters", "millilitres":
		return number, nil
	case "oz", "fl oz", "fl. oz", "fl_oz", "floz", "ounce", "ounces":
		v, err := strconv.ParseFloat(number, 64)
		if err != nil {
			return number, nil // parseEntry says so.
		}
		return strconv.FormatFloat(math.Round(v*MLPerOunce*10)/10, 'f', -1, 64), nil
	}
	return "", fmt.Errorf("the unit %q is neither ml nor oz", unit)
}
