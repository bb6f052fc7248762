package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// backupCommand writes a copy of the journal.
type backupCommand struct {
	File string `arg:"" help:"The new file. An existing one is not written over."`
}

// Run writes it.
func (b *backupCommand) Run(c *call) (err error) {
	d, end, err := c.desk()
	if err != nil {
		return err
	}
	defer end()
	f, err := os.OpenFile(b.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists; a backup never writes over a file: choose another name", b.File)
	}
	if err != nil {
		return fmt.Errorf("writing the backup: %w", err)
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			os.Remove(b.File)
		}
	}()
	if err := d.Backup(c.ctx, f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("writing the backup: %w", err)
	}
	fmt.Fprintf(c.out, "Backup written to %s.\n", b.File)
	return nil
}
