package journal

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"
	sqlite3 "modernc.org/sqlite/lib"
)

//go:embed migrations/*.sql
var migrations embed.FS

// applicationID marks an SQLite file as a journal: "nbel" in ASCII, written by
// the first migration.
const applicationID = 0x6e62656c

// schema is what a file says of itself.
type schema struct {
	application int64
	tables      int   // without goose's own and SQLite's
	version     int64 // 0: none
}

// readSchema asks for the version by itself rather than through goose, whose
// look at an up-to-date file takes longer than the whole rest of opening.
func readSchema(ctx context.Context, q *sql.DB) (s schema, err error) {
	var versioned int
	row := q.QueryRowContext(ctx, `SELECT (SELECT application_id FROM pragma_application_id),
		count(*) FILTER (WHERE name NOT LIKE 'goose_%' AND name NOT LIKE 'sqlite_%'),
		count(*) FILTER (WHERE name = 'goose_db_version')
		FROM sqlite_schema WHERE type = 'table'`)
	if err := row.Scan(&s.application, &s.tables, &versioned); err != nil {
		return s, err
	}
	if versioned > 0 {
		err = q.QueryRowContext(ctx, "SELECT ifnull(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&s.version)
	}
	return s, err
}

// foreign says why a file cannot be a journal; empty: it is one, or a new file.
func (s schema) foreign() string {
	switch {
	case s.application == 0 && s.tables == 0:
		return ""
	case s.application != applicationID:
		return "is a database, but not nightbell's"
	case s.version == 0:
		return "says nothing of its schema"
	}
	return ""
}

// inspect gives a file's version, 0 for one without content, or what is wrong
// with it: a spoiltError, SQLite's word for damage, or ErrNewer.
func inspect(ctx context.Context, db *sql.DB) (version int64, err error) {
	defer func() {
		// Our questions are right ones; an "SQL logic error" is the file's.
		if primary(err) == sqlite3.SQLITE_ERROR {
			err = spoiltError(err.Error())
		}
	}()
	s, err := readSchema(ctx, db)
	if err != nil {
		return 0, err
	}
	if why := s.foreign(); why != "" {
		return 0, spoiltError(why)
	}
	want, err := known()
	if err != nil {
		return 0, err
	}
	if s.version > want {
		return 0, fmt.Errorf("%w (schema %d, this program knows %d); install that version again, or name another folder with --data to start anew",
			ErrNewer, s.version, want)
	}
	if s.tables == 0 {
		return 0, nil
	}
	if err := quickCheck(ctx, db); err != nil || s.version < want {
		return s.version, err
	}
	return s.version, readable(ctx, db)
}

// known is the newest schema this program knows: the highest migration's number.
func known() (int64, error) {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return 0, err
	}
	var max int64
	for _, name := range names {
		number, _, _ := strings.Cut(path.Base(name), "_")
		n, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("migration %s: its name must begin with a number", name)
		}
		if n > max {
			max = n
		}
	}
	return max, nil
}

// migrate brings the file up to the newest schema, each step in a transaction.
func migrate(ctx context.Context, db *sql.DB) (err error) {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, dir,
		goose.WithDisableGlobalRegistry(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	var partial *goose.PartialError
	if errors.As(err, &partial) {
		return fmt.Errorf("step %d: %w", partial.Failed.Source.Version, partial.Err)
	}
	return err
}
