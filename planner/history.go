package planner

import (
	"cmp"
	"slices"
	"time"
)

// Kind names a session: "pump", "power", "nurse" or "hand".
type Kind string

// The four kinds of session.
const (
	Pump         Kind = "pump"
	PowerSession Kind = "power"
	Nurse        Kind = "nurse"
	Hand         Kind = "hand"
)

// Session is one logged milk removal.
type Session struct {
	Start  time.Time
	Kind   Kind
	Length time.Duration // zero: not logged
}

// Passed is a planned start that was offered and not taken.
type Passed struct {
	At      time.Time
	Power   bool
	Skipped bool // skipped by an answer; else it lapsed
}

// Pause is a stretch without reminders, [From, To).
type Pause struct{ From, To time.Time }

// History is what a plan is made from, besides the routine. The order of its
// slices does not matter; Make does not change them.
//
// A plan needs the sessions and passed starts of 72 h (and, when there are
// none, the last one whatever its age) and the pauses that end later.
type History struct {
	Sessions []Session
	Passed   []Passed
	Pauses   []Pause
	Since    time.Time // when reminders began; zero: the history's first entry, or now without one
}

const (
	// memory is how far back entries are read. The anchor is less than a day
	// old, its pumping day at most 25 h older, and what an entry merges with
	// or takes is at most 4 h before it: 72 h leaves room.
	memory = 72 * hour
	// ahead is how far in the future an entry may lie, for phones whose
	// clocks run a little fast.
	ahead = 5 * minute
	// dayOld is the age at which an anchor no longer holds.
	dayOld = 24 * hour
	// longestPause bounds a pause (resting is not a pause), and how far ahead
	// one may begin.
	longestPause = 7 * day
)

// entry is something that counts: a session, or a start that was passed.
type entry struct {
	at      instant
	length  instant // of a power session; zero for every other entry
	index   int     // in the history's own slice
	power   bool
	passed  bool
	skipped bool
}

// Standing says what became of one session of a history.
type Standing struct {
	Counted    bool
	MergedInto int // the index of the session it belongs to; -1: none
}

// Counted says of every session of h, by its index, whether it counts or which
// one it belongs to. One that does neither lies in the future.
func Counted(r Routine, h History, now time.Time) []Standing {
	standings := make([]Standing, len(h.Sessions))
	latest := now.Add(time.Duration(ahead))
	var list []entry
	for i := range h.Sessions {
		standings[i].MergedInto = -1
		if !h.Sessions[i].Start.After(latest) {
			standings[i].Counted = true
			list = append(list, sessionEntry(&r, &h.Sessions[i], i))
		}
	}
	sortEntries(list)
	merge(&r, list, func(kept, part entry) {
		standings[part.index] = Standing{MergedInto: kept.index}
	})
	return standings
}

func sessionEntry(r *Routine, s *Session, index int) entry {
	e := entry{at: instantOf(s.Start), index: index}
	if s.Kind == PowerSession {
		e.power = true
		e.length = instant(s.Length)
		if s.Length <= 0 {
			e.length = instant(r.PowerLength())
		}
	}
	return e
}

func sortEntries(list []entry) {
	byStart := func(a, b entry) int { return cmp.Compare(a.at, b.at) }
	if !slices.IsSortedFunc(list, byStart) {
		slices.SortStableFunc(list, byStart)
	}
}

// merge folds entries that are one session, in place, and returns those that
// are kept. list holds sessions sorted by start; merged, if not nil, hears of
// every entry that was folded. A power session that something was merged with
// keeps the length of its longest power part.
func merge(r *Routine, list []entry, merged func(kept, part entry)) []entry {
	if len(list) == 0 {
		return list
	}
	kept := list[:1]
	for _, e := range list[1:] {
		k := &kept[len(kept)-1]
		if e.at-k.at >= max(instant(r.Merge), k.length) {
			kept = append(kept, e)
			continue
		}
		k.power = k.power || e.power
		k.length = max(k.length, e.length)
		if merged != nil {
			merged(*k, e)
		}
	}
	return kept
}
