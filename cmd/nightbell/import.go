package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"nightbell/daemon/web"
)

// importCommand takes a history in.
type importCommand struct {
	File   string   `arg:"" help:"The file, or - for standard input."`
	DryRun bool     `help:"Only show what would change."`
	Map    []string `placeholder:"OURS=THEIRS" help:"What a column of ours is called there: start=Begin,ml=Amount. Ours are start, date, end, minutes, kind, ml, oz, left_ml, right_ml, left_oz, right_oz, unit, pain, note."`
	Format string   `placeholder:"FORMAT" values:"csv jsonl" help:"csv or jsonl (JSON Lines). Else by the file's name or content."`
	Dates  string   `placeholder:"ORDER" values:"dmy mdy" help:"What 3/4/2026 means: dmy (the day first) or mdy."`
	Name   string   `placeholder:"NAME" help:"What the log names as the source: import:NAME. Else the program or the file."`
	JSON   bool     `name:"json" help:"Print one JSON document."`
}

// rowsShown is how many new rows are printed: more than a screen holds helps
// nobody, and --json has them all.
const rowsShown = 20

// Run takes it in and prints what is new.
func (i *importCommand) Run(c *call) error {
	q := web.ImportQuery{File: i.File, Source: i.Name, Format: i.Format, Dates: i.Dates, DryRun: i.DryRun}
	var err error
	if q.Columns, err = web.Mapping(i.Map); err != nil {
		return usage("--%w", err)
	}
	if err := q.Check(); err != nil {
		return usage("--%w", err)
	}
	var in io.Reader = c.in
	if i.File == "-" {
		q.File = "standard input"
	} else {
		f, err := os.Open(i.File)
		if err != nil {
			return fmt.Errorf("reading what is to be imported: %w", err)
		}
		defer f.Close()
		if about, err := f.Stat(); err == nil && about.IsDir() {
			return fmt.Errorf("reading what is to be imported: %s is a folder; name a file in it", i.File)
		}
		in = f
	}
	d, end, err := c.desk(changes)
	if err != nil {
		return err
	}
	defer end()
	doc, err := d.Import(c.ctx, q, in)
	if web.IsWrong(err) {
		// What is wrong is in the file, not on the command line.
		return errors.New(err.Error() + "\nnothing was imported")
	}
	if err != nil {
		return err
	}
	if i.JSON {
		return printJSON(c.out, doc)
	}
	printImport(c, doc)
	return nil
}

func printImport(c *call, doc web.ImportDoc) {
	if doc.Program != "" {
		fmt.Fprintf(c.out, "An export of %s.\n", doc.Program)
	}
	if len(doc.Ignored) > 0 {
		fmt.Fprintf(c.out, "Columns that are not used: %s.\n", oneLine(strings.Join(doc.Ignored, ", ")))
	}
	if doc.DryRun && len(doc.Rows) > 0 {
		rows := [][]string{{"new", "kind", "length", "what else"}}
		for n, r := range doc.Rows {
			if n == rowsShown {
				break
			}
			rows = append(rows, importRow(r, c.now()))
		}
		printTable(c.out, rows)
		if more := len(doc.Rows) - rowsShown; more > 0 {
			fmt.Fprintf(c.out, "... and %d more; --json lists them all.\n", more)
		}
	}
	text := doc.Text
	if !doc.Next.IsZero() {
		text += " Next around " + dayAndTime(doc.Next.Time, c.now(), doc.Next.Location()) + "."
	}
	if !doc.DryRun && len(doc.Rows) > 0 {
		text += " To take it back: nightbell undo."
	}
	fmt.Fprintln(c.out, text)
}

// importRow is one new entry, as the list of sessions shows one.
func importRow(r web.ImportRowDoc, now time.Time) []string {
	s := web.SessionDoc{Start: r.Start, Kind: r.Kind, LeftML: r.LeftML, RightML: r.RightML, ML: r.ML, Pain: r.Pain, Note: r.Note}
	if r.Minutes != nil {
		minutes := int(*r.Minutes + 0.5)
		s.Minutes = &minutes
	}
	return sessionRow(s, now)[1:]
}
