package journal

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Damage tells that OpenFolder did not start from the file it found.
type Damage struct {
	What  string // what is wrong with the file, in plain words
	Aside string // where it lies now; its -wal and -shm beside it
	From  string // the backup that the journal starts from; empty: none
	// Rebuilt says that it starts from all rows of the file itself, which
	// could be read although its indexes could not. Without it and From it
	// starts empty.
	Rebuilt bool
	At      time.Time
}

// Damage says whether OpenFolder found a damaged file. The caller should say so
// loudly and take everything that was due before Damage.At as passed.
func (j *Journal) Damage() (Damage, bool) {
	if j.damage == nil {
		return Damage{}, false
	}
	return *j.damage, true
}

// String is one line for people.
func (d Damage) String() string {
	text := "the journal was damaged (" + d.What + ")"
	if d.Aside != "" {
		text += "; what is left of it lies in " + d.Aside
	}
	if d.Rebuilt {
		return text + "; it was rebuilt from all its rows"
	}
	if d.From != "" {
		return text + "; it starts again from the backup " + d.From
	}
	return text + "; it starts again empty, because there is no good backup"
}

// spoiltError is damage that we found, not SQLite.
type spoiltError string

func (e spoiltError) Error() string { return string(e) }

// Unwrap makes it one of ErrDamaged.
func (e spoiltError) Unwrap() error { return ErrDamaged }

// quickCheck is SQLite's own look at every page, without comparing indexes
// with their tables; integrity_check (Check) does that too, daily.
func quickCheck(ctx context.Context, db *sql.DB) error { return checkWith(ctx, db, "quick_check") }

func checkWith(ctx context.Context, db *sql.DB, pragma string) error {
	const shown = 3 // Lines of SQLite's report that reach a person.
	found, err := all(ctx, db, func(rows *sql.Rows) (line string, err error) {
		return line, rows.Scan(&line)
	}, fmt.Sprintf("PRAGMA %s(%d)", pragma, shown))
	if err != nil {
		return err
	}
	if len(found) == 1 && found[0] == "ok" {
		return nil
	}
	return spoiltError(strings.ReplaceAll(strings.Join(found, "; "), "\n", " "))
}

// wholePages finds a file that was cut inside a page: SQLite reads the rest of
// the page as zeros, and its check may pass. A log may still hold that page,
// after a power cut while it was written back.
func wholePages(file string, size int64) error {
	if log, err := os.Stat(file + "-wal"); err == nil && log.Size() > 0 {
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	header := make([]byte, 18) // The page size is in bytes 16 and 17: https://sqlite.org/fileformat.html#the_database_header
	if _, err := io.ReadFull(f, header); err != nil {
		return spoiltError("the file ends inside its header")
	}
	if !strings.HasPrefix(string(header), "SQLite format 3\x00") {
		return spoiltError("the file is not a database")
	}
	page := int64(header[16])<<8 | int64(header[17])
	if page == 1 {
		page = 65536
	}
	if page < 512 || size%page != 0 {
		return spoiltError("the file ends inside a page")
	}
	return nil
}

// nextName is a checked copy of a backup on its way to become the journal.
const nextName = fileName + ".next"

// suspectSuffix names the note of damage that was met in use.
const suspectSuffix = ".suspect"

// suspected gives the note that explain left; nil: none.
func (j *Journal) suspected() error {
	note, err := os.ReadFile(j.file + suspectSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return spoiltError("met in use: " + string(note))
}

// traces tells a journal that was lost from one that never was: nothing but an
// accident leaves no file, or an empty one, beside a write-ahead log, backups
// or a file set aside. (A crash inside replaceDamaged is such an accident.)
func (j *Journal) traces() error {
	st, err := os.Stat(j.file)
	what := "the file is empty"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		what = "the file is gone"
	case err != nil:
		return err
	case st.Size() > 0:
		return nil
	}
	if log, err := os.Stat(j.file + "-wal"); err == nil && log.Size() > 0 {
		return spoiltError(what + ", its write-ahead log is there")
	}
	if backups, err := j.backups(); err != nil { // as where no more files may be open: it says nothing of the journal
		return err
	} else if len(backups) > 0 {
		return spoiltError(what + ", its backups are there")
	}
	if aside, err := filepath.Glob(escapeGlob(j.file) + ".damaged-*"); err != nil || len(aside) > 0 {
		return errors.Join(err, spoiltError(what+", a damaged one was set aside"))
	}
	return nil
}

// replaceDamaged sets the file aside and puts the newest good backup in its
// place. The backup is ready before the file moves, so that an error leaves
// everything as it was. With rebuild the file's pages are sound, and its own
// rows are tried before a backup, which is up to a day old.
func (j *Journal) replaceDamaged(ctx context.Context, cause error, now time.Time, rebuild bool) error {
	rebuilt := rebuild && j.rebuildNext(ctx)
	from := ""
	if !rebuilt {
		var err error
		if from, err = j.prepareNext(ctx); err != nil && j.noRoom(err) && j.giveUpReserve() {
			from, err = j.prepareNext(ctx)
		}
		if err != nil {
			return fmt.Errorf("%s: damaged (%w); copy a backup to start from: %w", j.file, cause, err)
		}
	}
	aside, err := j.setAside(now)
	if err != nil {
		return fmt.Errorf("%s: damaged (%w); set it aside: %w", j.file, cause, err)
	}
	next := filepath.Join(j.dir, nextName)
	if rebuilt || from != "" {
		err = os.Rename(next, j.file)
	} else {
		err = makeFile(j.file)
	}
	if err = errors.Join(err, syncFolder(j.dir)); err != nil {
		return fmt.Errorf("%s: damaged (%w), set aside as %s; put a new one in its place: %w", j.file, cause, aside, err)
	}
	j.damage = &Damage{What: cause.Error(), Aside: aside, From: from, Rebuilt: rebuilt, At: now}
	return nil
}

// rebuildNext copies the rows of every table and makes the indexes anew from
// them; false: the rows themselves are harmed.
func (j *Journal) rebuildNext(ctx context.Context) bool {
	next := filepath.Join(j.dir, nextName)
	err := errors.Join(removeIfThere(next), makeFile(next))
	if err == nil {
		err = j.copyInto(ctx, next) // This copies indexes as they are.
	}
	if err == nil {
		err = reindex(ctx, next)
	}
	if err == nil {
		err = syncFile(next)
	}
	if err != nil {
		j.log.Warn("the damaged journal cannot be rebuilt", "error", err)
	}
	return err == nil
}

func reindex(ctx context.Context, file string) error {
	db, err := database(file)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "REINDEX")
	if err == nil {
		err = checkWith(ctx, db, "integrity_check")
	}
	return errors.Join(err, db.Close())
}

// prepareNext copies the newest backup that passes the checks; "": there is none.
func (j *Journal) prepareNext(ctx context.Context) (from string, err error) {
	names, err := j.backups()
	if err != nil {
		return "", err
	}
	next := filepath.Join(j.dir, nextName)
	for i := len(names) - 1; i >= 0; i-- {
		if err := copyFile(names[i], next); err != nil {
			if outOfSpace(err) {
				return "", errors.Join(err, removeIfThere(next))
			}
			j.log.Warn("a backup cannot be read", "file", names[i], "error", err)
			continue
		}
		err := checkCopy(ctx, next)
		if err == nil {
			return names[i], nil
		}
		j.log.Warn("a backup is not good", "file", names[i], "error", err)
	}
	return "", removeIfThere(next)
}

// setAside renames the file and what SQLite keeps beside it. The log's new name
// fits the file's, so that SQLite's own tools can open the two together.
func (j *Journal) setAside(now time.Time) (aside string, err error) {
	stamp := fileName + ".damaged-" + now.UTC().Format("20060102T150405Z")
	names, err := os.ReadDir(j.dir)
	if err != nil {
		return "", err
	}
	taken := func(base string) bool {
		for _, n := range names {
			if strings.HasPrefix(n.Name(), base) {
				return true
			}
		}
		return false
	}
	base := stamp
	for i := 2; taken(base); i++ {
		base = fmt.Sprintf("%s-%d", stamp, i)
	}
	base = filepath.Join(j.dir, base)
	for _, suffix := range []string{"", "-wal", "-shm", "-journal", suspectSuffix} {
		err := os.Rename(j.file+suffix, base+suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		aside = base
	}
	return aside, syncFolder(j.dir)
}

// damageEvent is the kind of the event that recordDamage leaves.
const damageEvent = "damage"

// recordDamage leaves an event, so that the journal itself tells of its past.
func (j *Journal) recordDamage(ctx context.Context) error {
	if j.damage == nil {
		return nil
	}
	return j.write(context.WithoutCancel(ctx), Batch{Events: []Event{{At: j.damage.At, Kind: damageEvent, Text: j.damage.String()}}})
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

func removeIfThere(file string) error {
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}
