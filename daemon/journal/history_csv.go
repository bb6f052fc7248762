package journal

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (h *historyReader) readCSV() error {
	r := csv.NewReader(h.in)
	r.Comma = h.comma()
	r.FieldsPerRecord = -1 // Counted here, for a message that helps.
	r.ReuseRecord = true
	var header []string // our names; empty: ignored
	for {
		record, err := r.Read()
		var bad *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &bad):
			if !h.problem(bad.StartLine, "not CSV: "+bad.Err.Error()+`; a quoted value has its quotes doubled: "a ""b"" c"`) {
				return errTooMany
			}
			continue
		case err != nil:
			return err
		}
		line, _ := r.FieldPos(0)
		if header == nil {
			if header = h.header(line, record); header == nil {
				return nil
			}
			continue
		}
		if len(record) != len(header) {
			text := fmt.Sprintf("%d values, the header has %d columns", len(record), len(header))
			if !h.problem(line, text) {
				return errTooMany
			}
			continue
		}
		values := make(map[string]string, len(header))
		for i, name := range header {
			if name != "" {
				values[name] = record[i]
			}
		}
		if err := h.row(line, values); err != nil {
			return err
		}
	}
}

// header gives the columns by our names; nil: it is no header we can use, and
// a problem says so.
func (h *historyReader) header(line int, record []string) []string {
	names := make([]string, len(record))
	for i, cell := range record {
		record[i] = strings.TrimSpace(cell)
	}
	if !h.recognise(line, record) {
		return nil
	}
	for i, cell := range record {
		our, ok := h.ours[cell]
		if !ok {
			h.ignore(cell)
			continue
		}
		if slices.Contains(names, our) {
			h.problem(line, fmt.Sprintf("column %q is there twice", cell))
			return nil
		}
		names[i] = our
	}
	if !slices.Contains(names, "start") {
		h.problem(line, "no column start; the first line names the columns, separated by commas: "+strings.Join(historyColumns(), ","))
		return nil
	}
	return names
}

// WriteCSV writes the file as ReadHistory reads it, by start, in the zones of
// its instants, which it writes to the second.
func (f HistoryFile) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	if err := out.Write(historyColumns()); err != nil {
		return err
	}
	for _, e := range f.entries() {
		s := e.session
		row := []string{e.start.Format(time.RFC3339), e.kind(), minutesText(e.length), amountText(s.LeftML), amountText(s.RightML),
			amountText(s.ML), "", s.Note, s.Source, ""}
		if s.Pain {
			row[6] = "true"
		}
		if s.ID != 0 {
			row[9] = strconv.FormatInt(s.ID, 10)
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func amountText(p *float64) string {
	if p == nil {
		return ""
	}
	return strconv.FormatFloat(*p, 'f', -1, 64)
}

func minutesText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return strconv.FormatFloat(d.Minutes(), 'f', -1, 64)
}
