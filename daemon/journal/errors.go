package journal

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What a caller may have to decide on. Errors of this package wrap them.
var (
	// ErrNewer: the file's schema is newer than this program knows.
	ErrNewer = errors.New("written by a newer nightbell")
	// ErrOlder: the file's schema is older, and Options.ReadOnly forbids to bring it up.
	ErrOlder = errors.New("written by an older nightbell")
	// ErrDamaged: SQLite found the file damaged while it was in use. The next OpenFolder sets it aside.
	ErrDamaged = errors.New("the journal is damaged")
	// ErrFull: no room on the disk, and the reserve is used up.
	ErrFull = errors.New("the disk is full")
	// ErrReadOnly: a write to a journal that was opened read-only.
	ErrReadOnly = errors.New("opened read-only")
)

// primary is the primary result code of an SQLite error, 0 for any other
// error; the extended code's upper bytes say where inside SQLite it arose.
func primary(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

// spoilt says that SQLite could not make sense of the file.
func spoilt(err error) bool {
	c := primary(err)
	return c == sqlite3.SQLITE_CORRUPT || c == sqlite3.SQLITE_NOTADB || errors.Is(err, ErrDamaged)
}

// explain is explain for an error that came up in use. Damage is noted beside
// the file, because the check at the next opening may be too quick to see it.
func (j *Journal) explain(doing string, err error) error {
	if spoilt(err) && !j.readOnly {
		note := doing + ": " + err.Error()
		if e := os.WriteFile(j.file+suspectSuffix, []byte(note), 0o600); e != nil {
			err = errors.Join(err, e)
		}
	}
	return explain(j.file, doing, err)
}

// explain turns an error of SQLite into product text: file, what was being
// done, what is wrong, what would be right.
func explain(file, doing string, err error) error {
	if err == nil {
		return nil
	}
	if spoilt(err) {
		return fmt.Errorf("%s: %s: %w (%w); restart nightbell, which sets the file aside and rebuilds it or starts from the newest backup",
			file, doing, ErrDamaged, err)
	}
	switch primary(err) {
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%s: %s: %w, nothing of it was stored; free a few MiB there", file, doing, ErrFull)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("%s: %s: another program has held the journal for over 5 s; close it: %w", file, doing, err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN:
		return fmt.Errorf("%s: %s: cannot be written or opened; check that the file and its folder belong to the user nightbell runs as: %w",
			file, doing, err)
	}
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%s: %s: %w; check that the file and its folder belong to the user nightbell runs as", file, doing, fs.ErrPermission)
	}
	return fmt.Errorf("%s: %s: %w", file, doing, err)
}
