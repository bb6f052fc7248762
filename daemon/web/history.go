package web

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Keeper is what the API needs of the daemon for whole histories.
type Keeper interface {
	// Export writes the whole history: csv, jsonl or ics.
	Export(ctx context.Context, format string, w io.Writer) error
	// Import takes a history in: all of it or nothing.
	Import(ctx context.Context, q ImportQuery, r io.Reader) (ImportDoc, error)
}

// ImportQuery says how a file is to be read, and whether only to look.
type ImportQuery struct {
	File    string            // its name, for messages
	Source  string            // sessions without a source get import:SOURCE; empty: after the program or the file
	Format  string            // csv or jsonl; empty: by the file's name or content
	Columns map[string]string // names of ours to those in the file
	Dates   string            // dmy or mdy: what 3/4/2026 means; empty: such a date is refused
	DryRun  bool
}

// ImportDoc is what an import did, or would do.
type ImportDoc struct {
	Text    string         `json:"text"` // one line for people
	DryRun  bool           `json:"dry_run"`
	Program string         `json:"program"` // whose export it is, where that was recognised
	Added   ImportCountDoc `json:"added"`
	Known   int            `json:"known"`   // rows that were there already
	Ignored []string       `json:"ignored"` // columns that were not used
	Rows    []ImportRowDoc `json:"rows"`    // what is new, in the file's order, passed starts and pauses last
	Next    Instant        `json:"next"`    // the next start after it; null: none is planned, or it was a dry run
}

// ImportCountDoc counts what is new.
type ImportCountDoc struct {
	Sessions int `json:"sessions"`
	Passed   int `json:"passed"`
	Pauses   int `json:"pauses"`
}

// ImportRowDoc is one new entry: a session, or (kind skipped, lapsed,
// skipped_power, lapsed_power or pause) one of the others.
type ImportRowDoc struct {
	Start   Instant  `json:"start"`
	Kind    string   `json:"kind"`
	Minutes *float64 `json:"minutes"`
	LeftML  *float64 `json:"left_ml"`
	RightML *float64 `json:"right_ml"`
	ML      *float64 `json:"ml"`
	Pain    bool     `json:"pain"`
	Note    string   `json:"note"`
}

// importMost bounds what is sent to be imported: the journal's reader takes 64
// MiB of a file, and says so itself.
const importMost = 65 << 20

// exportTypes are the formats of an export and their media types.
func exportTypes() map[string]string {
	return map[string]string{"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl", "ics": "text/calendar; charset=utf-8"}
}

// CheckExport refuses a format that there is none of.
func CheckExport(format string) error {
	if exportTypes()[format] == "" {
		return Wrong("there is no format %q; use csv, jsonl or ics", format)
	}
	return nil
}

// Check refuses what no import can mean.
func (q ImportQuery) Check() error {
	switch q.Format {
	case "", "csv", "jsonl":
	default:
		return Wrong("there is no format %q to import; use csv or jsonl", q.Format)
	}
	switch q.Dates {
	case "", "dmy", "mdy":
	default:
		return Wrong("dates %q; use dmy (the day first) or mdy (the month first)", q.Dates)
	}
	return nil
}

func (q ImportQuery) values() url.Values {
	v := url.Values{"file": {q.File}, "source": {q.Source}, "format": {q.Format}, "dates": {q.Dates}}
	for our, theirs := range q.Columns {
		v.Add("map", our+"="+theirs)
	}
	if q.DryRun {
		v.Set("dry_run", "true")
	}
	return v
}

// Mapping reads a map of columns: ours=theirs, such as start=Begin.
func Mapping(pairs []string) (map[string]string, error) {
	columns := map[string]string{}
	for _, pair := range pairs {
		our, theirs, ok := strings.Cut(pair, "=")
		our, theirs = strings.TrimSpace(our), strings.TrimSpace(theirs)
		if !ok || our == "" || theirs == "" {
			return nil, Wrong("map %q; write our name and theirs, such as start=Begin", pair)
		}
		if columns[our] != "" {
			return nil, Wrong("map %q: %s is mapped already, to %s", pair, our, columns[our])
		}
		columns[our] = theirs
	}
	return columns, nil
}

func (a *api) export(w http.ResponseWriter, r *http.Request) {
	format := r.URL.Query().Get("format")
	if err := CheckExport(format); err != nil {
		a.fail(w, err)
		return
	}
	w.Header().Set("Content-Type", exportTypes()[format])
	w.Header().Set("Cache-Control", "no-store")
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{}) // A year of sessions goes in a blink; a century may not.
	if err := a.desk.Export(r.Context(), format, w); err != nil {
		a.log.Error("export", "err", err)
		panic(http.ErrAbortHandler) // the client must not take half a history for a whole one
	}
}

func (a *api) importHistory(w http.ResponseWriter, r *http.Request) {
	v := r.URL.Query()
	q := ImportQuery{File: v.Get("file"), Source: v.Get("source"), Format: v.Get("format"), Dates: v.Get("dates"), DryRun: v.Get("dry_run") == "true"}
	var err error
	if q.Columns, err = Mapping(v["map"]); err != nil {
		a.fail(w, err)
		return
	}
	controller := http.NewResponseController(w)
	_ = controller.SetReadDeadline(time.Time{})
	_ = controller.SetWriteDeadline(time.Time{})
	body := http.MaxBytesReader(w, r.Body, importMost)
	doc, err := a.desk.Import(r.Context(), q, body)
	_, _ = io.Copy(io.Discard, body) // Who still sends would not read the answer.
	a.reply(w, doc, err)
}

// Export asks for the whole history.
func (c *Client) Export(ctx context.Context, format string, w io.Writer) error {
	resp, err := c.long(ctx, http.MethodGet, "/api/v1/export?"+url.Values{"format": {format}}.Encode(), nil)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(w, resp.Body); err != nil {
		return fmt.Errorf("reading the history from the daemon: %w", err)
	}
	return nil
}

// Import asks for a file to be taken in.
func (c *Client) Import(ctx context.Context, q ImportQuery, r io.Reader) (ImportDoc, error) {
	var doc ImportDoc
	resp, err := c.long(ctx, http.MethodPost, "/api/v1/import?"+q.values().Encode(), r)
	if err != nil {
		return doc, err
	}
	defer resp.Body.Close()
	return doc, c.decode(resp, &doc)
}
