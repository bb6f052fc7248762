package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"nightbell/daemon/web"
	"nightbell/planner"
)

// reportCommand writes the page for a lactation consultant.
type reportCommand struct {
	From     string `placeholder:"DATE" help:"The first day, such as 2026-06-01; else four weeks before the last."`
	To       string `placeholder:"DATE" help:"The last day; else today."`
	Out      string `placeholder:"FILE" help:"Write it to this file; else to standard output."`
	Notes    bool   `help:"With what was noted."`
	Language string `name:"lang" placeholder:"LANG" default:"en" help:"en or de."`
}

// Run writes the report as one HTML file. It says when somebody pumped, so the
// file is for its owner alone.
func (r *reportCommand) Run(c *call) error {
	var q web.ReportQuery
	var err error
	if q.From, err = reportDay("--from", r.From); err != nil {
		return err
	}
	if q.To, err = reportDay("--to", r.To); err != nil {
		return err
	}
	d, end, err := c.desk(reads)
	if err != nil {
		return err
	}
	defer end()
	doc, err := d.Report(c.ctx, q)
	if err != nil {
		return err
	}
	var text bytes.Buffer
	if err := web.WriteReport(&text, doc, web.ReportOptions{Language: r.Language, Notes: r.Notes}); err != nil {
		return err
	}
	if r.Out == "" {
		_, err := c.out.Write(text.Bytes())
		return err
	}
	if err := os.WriteFile(r.Out, text.Bytes(), 0o600); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	path := r.Out
	if full, err := filepath.Abs(path); err == nil {
		path = full
	}
	fmt.Fprintf(c.out, "The report of %s to %s is in %s. Open it in a browser to print it.\n", doc.From, doc.To, path)
	return nil
}

// reportDay reads a date; empty is none.
func reportDay(flag, text string) (planner.Date, error) {
	if text == "" {
		return planner.Date{}, nil
	}
	d, err := planner.ParseDate(text)
	if err != nil {
		return d, usage("%s: %w", flag, err)
	}
	return d, nil
}
