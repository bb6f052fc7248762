package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"
)

func (h *historyReader) readJSONLines() error {
	lines := bufio.NewScanner(h.in)
	lines.Buffer(nil, 2*lineMax) // boundedReader is stricter, and knows the line.
	for n := 1; lines.Scan(); n++ {
		if h.at.bound != nil && n >= h.at.line {
			break // What came of a line that was cut off.
		}
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		values, wrong := h.object(line)
		if wrong != "" {
			if !h.problem(n, wrong) {
				return errTooMany
			}
			continue
		}
		if err := h.row(n, values); err != nil {
			return err
		}
	}
	return lines.Err()
}

// object reads one line's values by our names.
func (h *historyReader) object(line []byte) (values map[string]string, wrong string) {
	var object map[string]json.RawMessage
	var syntax *json.SyntaxError
	switch err := json.Unmarshal(line, &object); {
	case errors.As(err, &syntax):
		return nil, "not JSON: " + err.Error()
	case err != nil || object == nil:
		return nil, `not a JSON object; a line is such as {"start": "2026-01-02T03:04:00+01:00", "kind": "pump", "minutes": 20}`
	}
	values = make(map[string]string, len(object))
	for _, name := range slices.Sorted(maps.Keys(object)) { // For the same message each time.
		raw := object[name]
		our, ok := h.ours[name]
		if !ok {
			h.ignore(name)
			continue
		}
		switch raw[0] {
		case '{', '[':
			return nil, fmt.Sprintf("%s: a single value is wanted", name)
		case 'n': // null: not given
		case '"':
			var text string
			if err := json.Unmarshal(raw, &text); err != nil {
				return nil, fmt.Sprintf("%s: %v", name, err)
			}
			values[our] = text
		default:
			values[our] = string(raw)
		}
	}
	return values, ""
}

// historyLine is one line of JSON; null is what was not logged.
type historyLine struct {
	Start   string   `json:"start"`
	Kind    string   `json:"kind"`
	Minutes *float64 `json:"minutes"`
	LeftML  *float64 `json:"left_ml"`
	RightML *float64 `json:"right_ml"`
	ML      *float64 `json:"ml"`
	Pain    bool     `json:"pain"`
	Note    string   `json:"note"`
	Source  string   `json:"source"`
	ID      *int64   `json:"id"`
}

// WriteJSONLines is WriteCSV in JSON Lines.
func (f HistoryFile) WriteJSONLines(w io.Writer) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	for _, e := range f.entries() {
		s := e.session
		line := historyLine{Start: e.start.Format(time.RFC3339), Kind: e.kind(), LeftML: s.LeftML, RightML: s.RightML, ML: s.ML,
			Pain: s.Pain, Note: s.Note, Source: s.Source}
		if e.length != 0 {
			minutes := e.length.Minutes()
			line.Minutes = &minutes
		}
		if s.ID != 0 {
			line.ID = &s.ID
		}
		if err := out.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
