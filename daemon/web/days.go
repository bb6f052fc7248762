package web

import (
	"slices"
	"time"

	"nightbell/planner"
)

// Span is a pumping day and what was logged in it.
type Span struct {
	Start, End time.Time
	Sessions   []SessionDoc  // those that count, the first first
	Merged     []SessionDoc  // those that belong to one that counts
	Longest    time.Duration // longest gap that ended in it; 0: none did
	Night      bool          // a session lay in a night that ended or began in it
	ML         float64
	Amounts    int // sessions of it with an amount
}

// spansOf are the pumping days from the one in which from lies up to the one
// before to, oldest first. The sessions may come in any order and may begin
// before from: a gap can begin there.
func spansOf(r planner.Routine, sessions []SessionDoc, from, to time.Time) []Span {
	var spans []Span
	for at := from; at.Before(to); {
		start, end := r.PumpingDay(at)
		spans = append(spans, Span{Start: start, End: end})
		if !end.After(at) { // no routine has such a day; it would never end
			break
		}
		at = end
	}
	i, last := 0, time.Time{}
	for _, e := range oldestFirst(sessions) {
		for i < len(spans) && !e.Start.Before(spans[i].End) {
			i++
		}
		inside := i < len(spans) && !e.Start.Before(spans[i].Start)
		switch {
		case e.Deleted:
		case e.MergedInto != nil && inside:
			spans[i].add(e)
			spans[i].Merged = append(spans[i].Merged, e)
		case e.Counted:
			if inside {
				spans[i].add(e)
				spans[i].Sessions = append(spans[i].Sessions, e)
				spans[i].Night = spans[i].Night || atNight(r, e.Start.Time)
				if gap := e.Start.Sub(last); gap < gapReach {
					spans[i].Longest = max(spans[i].Longest, gap)
				}
			}
			last = e.Start.Time
		}
	}
	return spans
}

// oldestFirst are the sessions in their order. Lists come newest first, which
// is what a sort likes least, so they are turned around before.
func oldestFirst(sessions []SessionDoc) []SessionDoc {
	byStart := func(a, b SessionDoc) int { return a.Start.Compare(b.Start.Time) }
	if slices.IsSortedFunc(sessions, byStart) {
		return sessions
	}
	sorted := slices.Clone(sessions)
	slices.Reverse(sorted)
	if !slices.IsSortedFunc(sorted, byStart) {
		slices.SortStableFunc(sorted, byStart)
	}
	return sorted
}

func (s *Span) add(e SessionDoc) {
	if ml, ok := amountOf(e); ok {
		s.ML += ml
		s.Amounts++
	}
}

// amountOf is what was logged of a session, in ml.
func amountOf(e SessionDoc) (ml float64, ok bool) {
	switch {
	case e.ML != nil:
		return *e.ML, true
	case e.LeftML != nil && e.RightML != nil:
		return *e.LeftML + *e.RightML, true
	case e.LeftML != nil:
		return *e.LeftML, true
	case e.RightML != nil:
		return *e.RightML, true
	}
	return 0, false
}

// nightOf is the stretch of the wall clock that counts as night: the
// overnight window, without one the sleep; false without both.
func nightOf(r planner.Routine) (planner.Range, bool) {
	switch {
	case r.Overnight.Window != nil:
		return *r.Overnight.Window, true
	case r.Sleep != nil:
		return *r.Sleep, true
	}
	return planner.Range{}, false
}

func atNight(r planner.Routine, t time.Time) bool {
	night, ok := nightOf(r)
	if !ok {
		return false
	}
	local := t.In(r.Location)
	return holds(night, planner.TimeOfDay(local.Hour()*60+local.Minute()))
}

// holds tells whether the wall clock shows t inside a range.
func holds(r planner.Range, t planner.TimeOfDay) bool {
	if r.From < r.To {
		return r.From <= t && t < r.To
	}
	return t >= r.From || t < r.To
}

// Figures are what several days say together. Days without entries count for
// nothing: they are blank, not zero.
type Figures struct {
	Days, Logged, Nights, Sessions, Amounts, Pain int
	Longest                                       time.Duration
	ML                                            float64
}

func figuresOf(spans []Span) Figures {
	f := Figures{Days: len(spans)}
	for _, s := range spans {
		if len(s.Sessions) > 0 {
			f.Logged++
		}
		if s.Night {
			f.Nights++
		}
		f.Sessions += len(s.Sessions)
		f.Amounts += s.Amounts
		f.ML += s.ML
		f.Longest = max(f.Longest, s.Longest)
		for _, e := range slices.Concat(s.Sessions, s.Merged) {
			if e.Pain {
				f.Pain++
			}
		}
	}
	return f
}

// Each is how many sessions there are a day, of the days with entries.
func (f Figures) Each() float64 {
	if f.Logged == 0 {
		return 0
	}
	return float64(f.Sessions) / float64(f.Logged)
}
