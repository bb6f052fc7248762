package journal

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// The scanners below take what the driver gives (int64, float64, string, nil)
// without the reflection that database/sql needs for named types.

type scanInstant struct{ t *time.Time }

// Scan sets UTC; the reader of the row puts the zone on when it knows it.
func (s scanInstant) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*s.t = time.Time{}
	case int64:
		*s.t = time.UnixMilli(v).UTC()
	default:
		return unexpected(v, "an instant")
	}
	return nil
}

type scanNumber[T ~int | ~int64 | ~uint8] struct{ n *T }

func (s scanNumber[T]) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return unexpected(v, "a number")
	}
	*s.n = T(n)
	return nil
}

type scanWord[T ~string] struct{ w *T }

func (s scanWord[T]) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*s.w = ""
	case string:
		*s.w = T(v)
	default:
		return unexpected(v, "a text")
	}
	return nil
}

type scanFlag struct{ b *bool }

func (s scanFlag) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return unexpected(v, "a flag")
	}
	*s.b = n != 0
	return nil
}

type scanLength struct{ d *time.Duration }

func (s scanLength) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return unexpected(v, "a length")
	}
	*s.d = time.Duration(n) * time.Millisecond
	return nil
}

type scanAmount struct{ p **float64 }

func (s scanAmount) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*s.p = nil
	case float64:
		*s.p = &v
	default:
		return unexpected(v, "an amount")
	}
	return nil
}

func unexpected(v any, want string) error {
	return fmt.Errorf("holds %T where %s was expected", v, want)
}

func when(t *time.Time) scanInstant                       { return scanInstant{t} }
func number[T ~int | ~int64 | ~uint8](n *T) scanNumber[T] { return scanNumber[T]{n} }
func word[T ~string](w *T) scanWord[T]                    { return scanWord[T]{w} }
func flag(b *bool) scanFlag                               { return scanFlag{b} }

// zoned puts instants that were read as UTC into the zone they were written with.
func zoned(seconds int, instants ...*time.Time) {
	if seconds == 0 {
		return
	}
	zone := time.FixedZone("", seconds)
	for _, t := range instants {
		if !t.IsZero() {
			*t = t.In(zone)
		}
	}
}

// scanZone puts an instant that the column before it gave into its zone.
type scanZone struct{ t *time.Time }

func (s scanZone) Scan(v any) error {
	n, ok := v.(int64)
	if !ok {
		return unexpected(v, "an offset")
	}
	zoned(int(n), s.t)
	return nil
}

// queryer is what a connection and a transaction have in common.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// all reads every row of a query with read, which scans one.
func all[R any](ctx context.Context, q queryer, read func(*sql.Rows) (R, error), query string, args ...any) ([]R, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []R
	for rows.Next() {
		r, err := read(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}
