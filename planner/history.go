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

// tally is the part of a history that a plan needs.
type tally struct {
	entries   []entry // that count, by start
	last      instant // the last entry that counts, whatever its age; none without one
	since     instant
	pauses    []span
	lastPause instant   // the end of the last pause; none without one
	future    []instant // entries left out because they lie in the future

	room      [40]entry
	pauseRoom [4]span
}

// read fills the tally with what counts at now.
func (y *tally) read(r *Routine, h *History, now time.Time) {
	y.readEntries(r, h, now)
	y.readPauses(h, instantOf(now))
	y.last = none
	if n := len(y.entries); n > 0 {
		y.last = y.entries[n-1].at
	} else {
		y.last = lastBefore(h, now)
	}
	y.since = instantOf(h.Since)
	if h.Since.IsZero() {
		y.since = firstEntry(h, now)
	}
}

func (y *tally) readEntries(r *Routine, h *History, now time.Time) {
	oldest, latest := now.Add(-time.Duration(memory)), now.Add(time.Duration(ahead))
	list := y.room[:0]
	// Years of sessions go by here on every tap: nearly all are left out by
	// their whole seconds, in a loop that does nothing else.
	second := oldest.Unix()
	for i := range h.Sessions {
		if h.Sessions[i].Start.Unix() >= second {
			list = y.consider(list, sessionEntry(r, &h.Sessions[i], i), h.Sessions[i].Start, oldest, latest)
		}
	}
	sortEntries(list)
	list = merge(r, list, nil)
	sessions := list
	for i := range h.Passed {
		if p := &h.Passed[i]; p.At.Unix() >= second && !taken(r, sessions, instantOf(p.At)) {
			list = y.consider(list, entry{at: instantOf(p.At), index: i, power: p.Power, passed: true, skipped: p.Skipped}, p.At, oldest, latest)
		}
	}
	sortEntries(list)
	y.entries = list
}

// consider adds an entry to the list unless it is too old or in the future.
func (y *tally) consider(list []entry, e entry, start, oldest, latest time.Time) []entry {
	switch {
	case start.Before(oldest):
		return list
	case start.After(latest):
		y.future = append(y.future, e.at)
		return list
	}
	return append(list, e)
}

// taken reports whether one of the sessions took the start that passed at p.
func taken(r *Routine, sessions []entry, p instant) bool {
	for i := range sessions {
		after := sessions[i].at - p // how long after the start the session came
		if -instant(r.Merge) < after && after < 0 || 0 <= after && after < instant(r.MinGap) {
			return true
		}
	}
	return false
}

func (y *tally) readPauses(h *History, now instant) {
	y.lastPause = none
	y.pauses = y.pauseRoom[:0]
	for _, p := range h.Pauses {
		s := span{instantOf(p.From), instantOf(p.To)}
		s.to = min(s.to, s.from+longestPause)
		if s.from >= s.to || s.from > now+longestPause {
			continue
		}
		y.lastPause = max(y.lastPause, s.to)
		if s.to > now-memory {
			y.pauses = append(y.pauses, s)
		}
	}
}

// lastBefore is the last session or passed start before now, or none. It is
// asked only when none is younger than memory.
func lastBefore(h *History, now time.Time) instant {
	var newest time.Time
	for i := range h.Sessions {
		if t := h.Sessions[i].Start; t.After(newest) && !t.After(now) {
			newest = t
		}
	}
	for i := range h.Passed {
		if t := h.Passed[i].At; t.After(newest) && !t.After(now) {
			newest = t
		}
	}
	if newest.IsZero() {
		return none
	}
	return instantOf(newest)
}

// firstEntry is when a history without a Since began: its first entry of any
// kind, or now.
func firstEntry(h *History, now time.Time) instant {
	oldest := now
	for i := range h.Sessions {
		if t := h.Sessions[i].Start; t.Before(oldest) {
			oldest = t
		}
	}
	for i := range h.Passed {
		if t := h.Passed[i].At; t.Before(oldest) {
			oldest = t
		}
	}
	for i := range h.Pauses {
		if t := h.Pauses[i].From; t.Before(oldest) {
			oldest = t
		}
	}
	return instantOf(oldest)
}

// paused reports whether a pause holds t.
func (y *tally) paused(t instant) bool {
	for _, p := range y.pauses {
		if p.holds(t) {
			return true
		}
	}
	return false
}

// in counts the sessions and passed starts that lie in s.
func (y *tally) in(s span) (sessions, passed int) {
	for i := range y.entries {
		if e := &y.entries[i]; s.holds(e.at) {
			if e.passed {
				passed++
			} else {
				sessions++
			}
		}
	}
	return sessions, passed
}

// powerIn reports whether a power session was logged or offered in s.
func (y *tally) powerIn(s span) bool {
	for i := range y.entries {
		if y.entries[i].power && s.holds(y.entries[i].at) {
			return true
		}
	}
	return false
}

// done is the number that a pumping day has reached: its sessions, and the
// passed starts beyond those that are made up for. In the day in which
// reminders began the part before them counts as at least its share of the
// target, so that nobody has to make up for a morning before the first run.
func (y *tally) done(r *Routine, d span) int {
	n := y.number(r, d)
	if d.holds(y.since) {
		before := y.number(r, span{d.from, y.since})
		share := int(instant(r.Target) * (y.since - d.from) / (24 * hour))
		n += max(0, share-before)
	}
	return n
}

func (y *tally) number(r *Routine, s span) int {
	sessions, passed := y.in(s)
	return sessions + max(0, passed-r.CatchUp)
}
