package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"nightbell/daemon/web"
)

// exportCommand writes the whole history.
type exportCommand struct {
	Format string `placeholder:"FORMAT" values:"csv jsonl ics" help:"csv, jsonl (JSON Lines) or ics (a calendar). Else by the name of --out, else csv."`
	Out    string `placeholder:"FILE" help:"The file to write; else it is printed."`
	Force  bool   `help:"Write over a file that is there."`
}

// Run writes it.
func (e *exportCommand) Run(c *call) error {
	format := e.format()
	if err := web.CheckExport(format); err != nil {
		return usage("--format: %w", err)
	}
	d, end, err := c.desk(reads)
	if err != nil {
		return err
	}
	defer end()
	if e.Out == "" || e.Out == "-" {
		return d.Export(c.ctx, format, c.out)
	}
	if _, err := os.Lstat(e.Out); err == nil && !e.Force {
		return fmt.Errorf("%s exists; choose another name, or write over it with --force", e.Out)
	}
	if err := e.write(c, d, format); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "Written to %s.\n", e.Out)
	return nil
}

func (e *exportCommand) format() string {
	if e.Format != "" {
		return e.Format
	}
	switch strings.ToLower(filepath.Ext(e.Out)) {
	case ".jsonl", ".ndjson":
		return "jsonl"
	case ".ics":
		return "ics"
	}
	return "csv"
}

// write writes a file beside the one that is wanted and then takes its name,
// so that whoever reads it there never finds half of it.
func (e *exportCommand) write(c *call, d web.Desk, format string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(e.Out), ".nightbell-export-") // mode 0600
	if err != nil {
		if at := new(fs.PathError); errors.As(err, &at) {
			err = at.Err // its path is that of a file that nobody has heard of
		}
		return fmt.Errorf("writing the export to %s: %w", e.Out, err)
	}
	defer func() {
		if err != nil {
			f.Close()
			if gone := os.Remove(f.Name()); !errors.Is(gone, fs.ErrNotExist) {
				err = errors.Join(err, gone)
			}
		}
	}()
	if err := d.Export(c.ctx, format, f); err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close(), os.Rename(f.Name(), e.Out)); err != nil {
		return fmt.Errorf("writing the export: %w", err)
	}
	return nil
}
