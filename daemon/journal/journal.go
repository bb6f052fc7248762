package journal

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"
)

// fileName is the journal inside its folder; SQLite adds -wal and -shm beside it.
const fileName = "journal.db"

// Options are what OpenFolder needs besides the folder.
type Options struct {
	// ReadOnly opens an existing journal beside whoever writes it: nothing is
	// made (but SQLite's -wal and -shm), migrated, checked or set aside.
	ReadOnly bool
	// Now is the wall clock, for the name of a file that is set aside and the
	// event that tells of it. Required unless ReadOnly.
	Now func() time.Time
	// Log gets what happens in between calls (the disk is full, has room
	// again). Nil: nobody.
	Log *slog.Logger
}

// Journal is an open journal.
type Journal struct {
	dir, file string
	readOnly  bool
	log       *slog.Logger
	damage    *Damage
	full      atomic.Bool

	turn     chan struct{} // held while conn is in use
	db       *sql.DB       // one connection: conn
	conn     *sql.Conn     // nil after Close
	prepared map[string]*sql.Stmt
	opened   os.FileInfo // of the file, to see when another takes its place

	readers *sql.DB // connects when first needed
}

// OpenFolder opens the journal in dir and makes both where there is none (folder
// 0700, file 0600). A damaged file is set aside: see Damage.
func OpenFolder(ctx context.Context, dir string, o Options) (*Journal, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("journal folder %s: %w", dir, err)
	}
	j := &Journal{
		dir: dir, file: filepath.Join(dir, fileName), readOnly: o.ReadOnly,
		log:  cmp.Or(o.Log, slog.New(slog.DiscardHandler)),
		turn: make(chan struct{}, 1), prepared: map[string]*sql.Stmt{},
	}
	// fdatasync in place of fsync: as durable for SQLite's files, and a commit
	// takes half the time where a file system journals timestamps. For the
	// whole process; where there is none, fsync stays.
	_, _ = sqlite.Fdatasync(true)
	if o.ReadOnly {
		err = j.openReadOnly(ctx)
	} else {
		err = j.openWriting(ctx, o.Now)
	}
	if err == nil {
		j.readers, err = j.reader()
	}
	if err != nil {
		_ = j.Close() // Nothing was written; the first error is the one that matters.
		return nil, err
	}
	j.readers.SetMaxOpenConns(2)
	j.readers.SetConnMaxIdleTime(time.Minute)
	return j, nil
}

// There tells whether dir holds a journal, or what is left of one that was lost.
// It makes nothing.
func There(dir string) bool {
	j := &Journal{dir: dir, file: filepath.Join(dir, fileName)}
	_, err := os.Stat(j.file)
	return !errors.Is(err, fs.ErrNotExist) || j.traces() != nil
}

// reader is a pool of its own for reading, so that a long read delays no commit.
func (j *Journal) reader() (*sql.DB, error) { return database(j.file, "mode=ro") }

func (j *Journal) openWriting(ctx context.Context, now func() time.Time) error {
	if now == nil {
		return fmt.Errorf("%s: open: Options.Now is required", j.file)
	}
	if err := os.MkdirAll(j.dir, 0o700); err != nil {
		return fmt.Errorf("journal folder: %w", err)
	}
	err := j.traces()
	if err == nil {
		err = j.openFile(ctx)
	}
	if err != nil && j.noRoom(err) && j.giveUpReserve() {
		_ = j.closeWriting() // It never opened; what matters is the next try.
		err = j.openFile(ctx)
	}
	rebuild := false
	if err == nil {
		if err = j.suspected(); err != nil {
			rebuild = true
		}
	}
	if spoilt(err) {
		_ = j.closeWriting() // As above; closing what is damaged may well complain.
		if err := j.replaceDamaged(ctx, err, now(), rebuild); err != nil {
			return err
		}
		err = j.openFile(ctx)
	}
	if err != nil {
		return explain(j.file, "open", err)
	}
	if err := j.recordDamage(ctx); err != nil {
		return explain(j.file, "open", err)
	}
	if err := makeReserve(j.dir); err != nil {
		if !outOfSpace(err) {
			return fmt.Errorf("%s: make the reserve: %w", j.dir, err)
		}
		j.full.Store(true)
		j.log.Error("the disk is full", "folder", j.dir, "reserve_released", false)
	}
	return nil
}

// openFile checks the file, makes or migrates it, and takes the writing
// connection. What a backup could cure comes back as a spoiltError or as
// SQLite's own word for it, and the file and its log are as they were.
func (j *Journal) openFile(ctx context.Context) error {
	if err := makeFile(j.file); err != nil {
		return err
	}
	have, err := j.look(ctx)
	if err != nil {
		return err
	}
	if j.db, err = database(j.file, "_pragma=journal_mode(WAL)"); err != nil {
		return err
	}
	want, err := known()
	if err != nil {
		return err
	}
	if have < want {
		if err := migrate(ctx, j.db); err != nil {
			return fmt.Errorf("bring the schema up to date: %w", err)
		}
	}
	if j.opened, err = os.Stat(j.file); err != nil {
		return err
	}
	j.conn, err = j.db.Conn(ctx)
	return err
}

// look checks the file through a connection of its own that cannot write: one
// that could would, on closing, write the log into a file that is to be set
// aside, or to be refused. It gives the schema's version, 0 for a new file.
func (j *Journal) look(ctx context.Context) (version int64, err error) {
	st, err := os.Stat(j.file)
	if err != nil || st.Size() == 0 {
		return 0, err
	}
	if err := wholePages(j.file, st.Size()); err != nil {
		return 0, err
	}
	mode := "mode=ro"
	if _, err := os.Stat(j.file + "-journal"); err == nil {
		mode = "mode=rw" // A first start was cut short while it made the file: SQLite has to take that back.
	}
	db, err := database(j.file, mode)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return inspect(ctx, db)
}

func (j *Journal) openReadOnly(ctx context.Context) error {
	st, err := os.Stat(j.file)
	if err != nil {
		return fmt.Errorf("open the journal: %w", err)
	}
	j.opened = st
	if j.db, err = database(j.file, "mode=ro"); err != nil {
		return explain(j.file, "open", err)
	}
	s, err := readSchema(ctx, j.db)
	if err != nil {
		return explain(j.file, "open", err)
	}
	newest, err := known()
	switch {
	case err != nil:
		return err
	case s.foreign() != "":
		return explain(j.file, "open", spoiltError(s.foreign()))
	case s.version > newest:
		return fmt.Errorf("%s: open: %w (schema %d, this program knows %d); use that version", j.file, ErrNewer, s.version, newest)
	case s.version < newest:
		return fmt.Errorf("%s: open: %w (schema %d, this program wants %d); start nightbell once, which brings it up to date",
			j.file, ErrOlder, s.version, newest)
	}
	j.conn, err = j.db.Conn(ctx)
	return err
}

// Close writes the log back into the file and closes it. It is safe to call twice.
func (j *Journal) Close() error {
	j.turn <- struct{}{}
	defer j.leave()
	var err error
	if j.readers != nil {
		err = j.readers.Close()
	}
	return errors.Join(err, j.closeWriting())
}

func (j *Journal) closeWriting() error {
	var errs []error
	for _, s := range j.prepared {
		errs = append(errs, s.Close())
	}
	clear(j.prepared)
	if j.conn != nil {
		errs = append(errs, j.conn.Close())
		j.conn = nil
	}
	if j.db != nil {
		errs = append(errs, j.db.Close())
		j.db = nil
	}
	return errors.Join(errs...)
}

// inPlace says whether the journal's name still leads to the file that is
// open. Writes to a file that was deleted or replaced would reach nobody.
func (j *Journal) inPlace() error {
	st, err := os.Stat(j.file)
	if err != nil || !os.SameFile(st, j.opened) {
		return fmt.Errorf("%s: the file was removed or replaced while nightbell runs; put it back or restart nightbell", j.file)
	}
	return nil
}

// makeFile makes an empty file of mode 0600 before SQLite would make one by
// the umask; its -wal and -shm take after it.
func makeFile(file string) error {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(file))
}

// database is a pool of at most one connection to a file. Nothing is opened yet.
func database(file string, more ...string) (*sql.DB, error) {
	settings := append([]string{
		"_pragma=busy_timeout(5000)",
		"_pragma=foreign_keys(1)",
		"_pragma=synchronous(FULL)",
		"_pragma=temp_store(MEMORY)",          // A full or unwritable /tmp must not matter.
		"_pragma=trusted_schema(0)",           // The file may come from a backup someone touched.
		"_pragma=cache_size(-512)",            // KiB; the daemon's memory is to stay under 20 MiB.
		"_pragma=wal_autocheckpoint(256)",     // Pages, so 1 MiB: recovery after a crash reads it all.
		"_pragma=journal_size_limit(1048576)", // Bytes that the log keeps after it was larger.
	}, more...)
	path := filepath.ToSlash(file)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/... becomes file:///C:/...
	}
	name := (&url.URL{Scheme: "file", Path: path}).String() + "?" + strings.Join(settings, "&")
	connector, err := sqlite.NewConnector(name)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(1)
	return db, nil
}
