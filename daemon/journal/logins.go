package journal

import (
	"context"
	"database/sql"
	"time"
)

// Login is somebody, or a program, that may come in over TCP. What proves it
// is a secret of which the journal knows only the hash.
type Login struct {
	ID            int64 // set by AddLogin
	Kind          string
	Name          string
	Hash          string
	Created, Used time.Time // Used zero: never
}

const loginColumns = "id, kind, name, hash, created, created_offset, used, used_offset"

func readLogin(rows *sql.Rows) (l Login, err error) {
	var created, used int
	err = rows.Scan(number(&l.ID), word(&l.Kind), word(&l.Name), word(&l.Hash), when(&l.Created), number(&created), when(&l.Used), number(&used))
	zoned(created, &l.Created)
	zoned(used, &l.Used)
	return l, err
}

// Logins are all logins that stand, the oldest first.
func (j *Journal) Logins(ctx context.Context) ([]Login, error) {
	list, err := all(ctx, j.readers, readLogin, "SELECT "+loginColumns+" FROM logins WHERE person = 1 ORDER BY id")
	return list, j.explain("list logins", err)
}

// AddLogin adds a login and returns its number.
func (j *Journal) AddLogin(ctx context.Context, l Login) (id int64, err error) {
	err = j.write1(ctx, "add a login", "INSERT INTO logins (kind, name, hash, created, created_offset) VALUES (?, ?, ?, ?, ?) RETURNING id", &id,
		l.Kind, l.Name, l.Hash, column(l.Created), offset(l.Created))
	return id, err
}

// UseLogin remembers when a login was last used.
func (j *Journal) UseLogin(ctx context.Context, id int64, at time.Time) error {
	return j.write1(ctx, "note the use of a login", "UPDATE logins SET used = ?2, used_offset = ?3 WHERE id = ?1 RETURNING id", &id, id, column(at), offset(at))
}

// RemoveLogin forgets a login. False: there is none of that number.
func (j *Journal) RemoveLogin(ctx context.Context, id int64) (bool, error) {
	var gone int64
	err := j.write1(ctx, "revoke a login", "DELETE FROM logins WHERE id = ? RETURNING id", &gone, id)
	return gone != 0, err
}

// write1 runs one statement that writes, in a transaction of its own, and
// reads the one number it returns; no row leaves the number as it is.
func (j *Journal) write1(ctx context.Context, doing, statement string, into *int64, args ...any) error {
	if j.readOnly {
		return j.explain(doing, ErrReadOnly)
	}
	if err := j.take(ctx); err != nil {
		return err
	}
	defer j.leave()
	list, err := all(context.WithoutCancel(ctx), j.conn, func(rows *sql.Rows) (n int64, err error) {
		return n, rows.Scan(number(&n))
	}, statement, args...)
	if err != nil {
		return j.explain(doing, err)
	}
	for _, n := range list {
		*into = n
	}
	return nil
}

// requestsKept is how long a request's key is remembered: a tap made without a
// connection is sent when there is one again, which may take a weekend.
const requestsKept = 72 * time.Hour

// Request is a request with a key of its own that was carried out: asked
// again, it is answered again and changes nothing.
type Request struct {
	Key, Hash string
	At        time.Time
	Session   int64  // 0: none
	Text      string // what was said back
}

const requestColumns = "key, hash, at, at_offset, session, text"

func requestRow(r Request) []any {
	return []any{r.Key, r.Hash, column(r.At), offset(r.At), r.Session, r.Text}
}

func readRequest(rows *sql.Rows) (r Request, err error) {
	var zone int
	err = rows.Scan(word(&r.Key), word(&r.Hash), when(&r.At), number(&zone), number(&r.Session), word(&r.Text))
	zoned(zone, &r.At)
	return r, err
}

// Request is the request with this key. False: there was none lately.
func (j *Journal) Request(ctx context.Context, key string) (Request, bool, error) {
	list, err := all(ctx, j.readers, readRequest, "SELECT "+requestColumns+" FROM requests WHERE person = 1 AND key = ?", key)
	if err != nil || len(list) == 0 {
		return Request{}, false, j.explain("look for a request", err)
	}
	return list[0], true, nil
}
