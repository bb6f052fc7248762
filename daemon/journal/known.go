package journal

import (
	"context"
	"database/sql"
	"time"

	"nightbell/planner"
)

// Known is what an import finds there already, counted by what makes two
// entries the same: the second they began in, which is what files write, and
// their kind. A session that was edited is known by every start and kind that
// it had, so that a file from before the edit brings nothing new.
type Known struct {
	Sessions map[SessionKey]int // standing sessions
	Passed   map[PassedKey]int
	Pauses   map[PauseKey]int
	IDs      map[int64]bool // of every session there ever was
}

// SessionKey makes two sessions the same.
type SessionKey struct {
	Start int64 // seconds since 1970
	Kind  planner.Kind
}

// PassedKey makes two passed starts the same.
type PassedKey struct {
	At             int64
	Power, Skipped bool
}

// PauseKey makes two pauses the same.
type PauseKey struct{ From, To int64 }

// Key is what s is known by.
func (s Session) Key() SessionKey { return SessionKey{s.Start.Unix(), s.Kind} }

// Key is what p is known by.
func (p Passed) Key() PassedKey { return PassedKey{p.At.Unix(), p.Power, p.Skipped} }

// Key is what p is known by.
func (p Pause) Key() PauseKey { return PauseKey{p.From.Unix(), p.To.Unix()} }

// version is one version of a session, as Known needs it.
type version struct {
	id      int64
	key     SessionKey
	removed int64
}

func readVersion(rows *sql.Rows) (v version, err error) {
	var start time.Time
	err = rows.Scan(number(&v.id), when(&start), word(&v.key.Kind), number(&v.removed))
	v.key.Start = start.Unix()
	return v, err
}

// Known reads all that an import compares with.
func (j *Journal) Known(ctx context.Context) (Known, error) {
	k := Known{Sessions: map[SessionKey]int{}, Passed: map[PassedKey]int{}, Pauses: map[PauseKey]int{}, IDs: map[int64]bool{}}
	versions, err := all(ctx, j.readers, readVersion, "SELECT id, start, kind, removed FROM sessions ORDER BY id")
	if err != nil {
		return k, j.explain("look at what is there", err)
	}
	for from := 0; from < len(versions); {
		to, stands, keys := from, false, map[SessionKey]bool{}
		for ; to < len(versions) && versions[to].id == versions[from].id; to++ {
			keys[versions[to].key] = true
			stands = stands || versions[to].removed == 0
		}
		k.IDs[versions[from].id] = true
		for key := range keys {
			if stands {
				k.Sessions[key]++
			}
		}
		from = to
	}
	passed, err := j.PassedStarts(ctx, time.Time{}, time.Time{})
	if err != nil {
		return k, err
	}
	for _, p := range passed {
		k.Passed[p.Key()]++
	}
	pauses, err := j.Pauses(ctx, time.Time{}, time.Time{})
	if err != nil {
		return k, err
	}
	for _, p := range pauses {
		k.Pauses[p.Key()]++
	}
	return k, nil
}
