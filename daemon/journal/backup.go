package journal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
)

const (
	backupFolder = "backups"
	backupsKept  = 7 // A week of days: damage that shows late still finds a good one.
)

var (
	backupName  = regexp.MustCompile(`^journal-\d{4}-\d{2}-\d{2}\.db$`)
	partialName = regexp.MustCompile(`^\.nightbell-\d+\.partial$`)
)

// Backup writes a consistent copy of the journal, as of one instant, while it
// is in use. The copy has mode 0600, is on disk when Backup returns, and
// passed SQLite's check. A file that is there already is never written over.
func (j *Journal) Backup(ctx context.Context, file string) error {
	if err := j.backup(ctx, file); err != nil {
		return fmt.Errorf("backup %s: %w", file, err)
	}
	return nil
}

func (j *Journal) backup(ctx context.Context, file string) (err error) {
	file, err = filepath.Abs(file)
	if err != nil {
		return err
	}
	if _, err := os.Lstat(file); err == nil {
		return errors.New("there is a file of that name already; choose another name")
	}
	f, err := os.CreateTemp(filepath.Dir(file), ".nightbell-*.partial") // Mode 0600.
	if err != nil {
		return err
	}
	partial := f.Name()
	defer func() { err = errors.Join(err, removeIfThere(partial)) }()
	if err := f.Close(); err != nil {
		return err
	}
	if err := j.copyInto(ctx, partial); err != nil {
		return j.explain("copy", err)
	}
	if err := checkCopy(ctx, partial); err != nil {
		return fmt.Errorf("the copy does not pass the check: %w", err)
	}
	if err := syncFile(partial); err != nil {
		return err
	}
	// A link, unlike a rename, refuses a name that was taken meanwhile.
	if err := os.Link(partial, file); errors.Is(err, fs.ErrExist) {
		return errors.New("there is a file of that name already; choose another name")
	} else if err != nil { // A file system without links.
		if err := os.Rename(partial, file); err != nil {
			return err
		}
	}
	return syncFolder(filepath.Dir(file))
}

// copyInto uses a connection of its own, closed at once: its memory is given
// back, and no commit waits for it.
func (j *Journal) copyInto(ctx context.Context, file string) error {
	db, err := j.reader()
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", file)
	return errors.Join(err, db.Close())
}

// DailyBackup makes the backup of now's day (in now's zone) unless it is there,
// and then keeps the newest seven.
func (j *Journal) DailyBackup(ctx context.Context, now time.Time) error {
	dir := filepath.Join(j.dir, backupFolder)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	file := filepath.Join(dir, now.Format("journal-2006-01-02.db"))
	if _, err := os.Lstat(file); err == nil {
		return nil
	}
	if err := j.Backup(ctx, file); err != nil {
		return err
	}
	return j.prune(dir, file)
}

// prune removes all but the newest backups, and copies that a crash cut short.
// Only names that DailyBackup gives count; the one just made stays whatever
// the clock says.
func (j *Journal) prune(dir, made string) error {
	names, err := j.backups()
	if err != nil {
		return err
	}
	names = slices.DeleteFunc(names, func(n string) bool { return n == made })
	var old []string
	if extra := len(names) - (backupsKept - 1); extra > 0 {
		old = names[:extra]
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	for _, e := range entries {
		if partialName.MatchString(e.Name()) {
			old = append(old, filepath.Join(dir, e.Name()))
		}
	}
	for _, name := range old {
		if err := removeIfThere(name); err != nil {
			return fmt.Errorf("backup: remove an old one: %w", err)
		}
	}
	return nil
}

// backups are the daily ones by day, the oldest first.
func (j *Journal) backups() ([]string, error) {
	dir := filepath.Join(j.dir, backupFolder)
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the backups: %w", err)
	}
	var names []string // ReadDir sorts, and the names sort by day.
	for _, e := range entries {
		if backupName.MatchString(e.Name()) {
			names = append(names, filepath.Join(dir, e.Name()))
		}
	}
	return names, nil
}

// checkCopy says why a copy is no journal to start from; nil: it is good.
func checkCopy(ctx context.Context, file string) (err error) {
	db, err := database(file, "mode=ro")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close(), removeIfThere(file+"-wal"), removeIfThere(file+"-shm")) }()
	version, err := inspect(ctx, db)
	if err == nil && version == 0 {
		return spoiltError("is empty")
	}
	return err
}

// Check is SQLite's full look at the file, indexes against tables; for once a
// day. It works beside commits.
func (j *Journal) Check(ctx context.Context) (err error) {
	db, err := j.reader()
	if err != nil {
		return j.explain("check", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return j.explain("check", checkWith(ctx, db, "integrity_check"))
}

func syncFile(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// syncFolder makes new and changed names in dir survive a power cut. Windows
// has no such thing.
func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// escapeGlob lets a path with glob characters stand for itself.
func escapeGlob(path string) string {
	return strings.NewReplacer(`*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
