package planner

import "time"

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
	// Years of sessions go by here on every tap. Nearly all are left out by
	// their whole seconds, four at a time, which halves the time it takes.
	second := oldest.Unix()
	for i := 0; i < len(h.Sessions); i += 4 {
		some := h.Sessions[i:min(i+4, len(h.Sessions))]
		if len(some) == 4 && max(some[0].Start.Unix(), some[1].Start.Unix(), some[2].Start.Unix(), some[3].Start.Unix()) < second {
			continue
		}
		for k := range some {
			list = y.consider(list, sessionEntry(r, &some[k], i+k), some[k].Start, oldest, latest)
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

// done is the number that a pumping day with this target has reached: its sessions, and the
// passed starts beyond those that are made up for. In the day in which
// reminders began the part before them counts as at least its share of the
// target, so that nobody has to make up for a morning before the first run.
func (y *tally) done(r *Routine, d span, target int) int {
	n := y.number(r, d)
	if d.holds(y.since) {
		before := y.number(r, span{d.from, y.since})
		share := int(instant(target) * (y.since - d.from) / (24 * hour))
		n += max(0, share-before)
	}
	return n
}

func (y *tally) number(r *Routine, s span) int {
	sessions, passed := y.in(s)
	return sessions + max(0, passed-r.CatchUp)
}
