package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// backupCommand writes a copy of the journal.
type backupCommand struct {
	File string `arg:"" help:"The new file. An existing one is not written over."`
}

// Run writes it beside the file that is wanted and then gives it that name, so
// that one that was broken off is never taken for a copy.
func (b *backupCommand) Run(c *call) (err error) {
	d, end, err := c.desk(copies)
	if err != nil {
		return err
	}
	defer end()
	exists := fmt.Errorf("%s exists; a backup never writes over a file: choose another name", b.File)
	if _, err := os.Lstat(b.File); err == nil {
		return exists
	}
	f, err := os.CreateTemp(filepath.Dir(b.File), ".nightbell-backup-") // mode 0600
	if err != nil {
		return fmt.Errorf("writing the backup: %w", err)
	}
	defer func() {
		f.Close() // was closed where its error counts
		if gone := os.Remove(f.Name()); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}()
	if err := d.Backup(c.ctx, f); err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("writing the backup: %w", err)
	}
	// A link never takes the place of a file that came meanwhile; where there
	// are none, as on most memory sticks, it is renamed.
	err = os.Link(f.Name(), b.File)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		err = os.Rename(f.Name(), b.File)
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return exists
	case err != nil:
		return fmt.Errorf("writing the backup: %w", err)
	}
	fmt.Fprintf(c.out, "Backup written to %s.\n", b.File)
	return nil
}
