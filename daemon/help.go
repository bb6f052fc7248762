package daemon

import (
	"context"
	"slices"
	"time"

	"nightbell/daemon/journal"
	"nightbell/planner"
)

// Fortnight is what fourteen pumping days hold: whether it may help to ask
// somebody (words.md). The zero Fortnight is one nobody looked at.
type Fortnight struct {
	To       time.Time // where the last of its days ends
	Sessions int       // counted ones
	Amounts  int       // days on which an amount was logged
	Positive bool      // one of them was above 0
}

const (
	fortnight = 14 // days
	// helpSessions is an average of 8 a day.
	helpSessions = 8 * fortnight
	// helpAmounts is on how many days an amount was logged at least: half of
	// them. A single 0 among days without one says nothing of two weeks.
	helpAmounts = fortnight / 2
)

// fortnightStart is where the fourteen pumping days before end begin.
func fortnightStart(r planner.Routine, end time.Time) time.Time {
	for range fortnight {
		end, _ = r.PumpingDay(end.Add(-time.Second))
	}
	return end
}

// fortnightOf sums up the sessions of the fourteen days before to.
func fortnightOf(r planner.Routine, sessions []journal.Session, to time.Time) Fortnight {
	f := Fortnight{To: to}
	from := fortnightStart(r, to)
	var h planner.History
	var days []time.Time
	for _, e := range sessions {
		if e.Start.Before(from) || !e.Start.Before(to) {
			continue
		}
		h.Sessions = append(h.Sessions, planner.Session{Start: e.Start, Kind: e.Kind, Length: e.Length})
		some, positive := amounts(e)
		f.Positive = f.Positive || positive
		if day, _ := r.PumpingDay(e.Start); some && !slices.ContainsFunc(days, day.Equal) {
			days = append(days, day)
		}
	}
	f.Amounts = len(days)
	for _, standing := range planner.Counted(r, h, to) {
		if standing.Counted {
			f.Sessions++
		}
	}
	return f
}

// amounts tells whether a session has an amount, and whether one is above 0.
func amounts(e journal.Session) (some, positive bool) {
	for _, ml := range []*float64{e.ML, e.LeftML, e.RightML} {
		some = some || ml != nil
		positive = positive || ml != nil && *ml > 0
	}
	return some, positive
}

// suggestsHelp tells whether the fortnight before the day of due is known and
// is one after which it may help to ask somebody: well filled days, and every
// amount of them 0. Amounts that are not logged suggest nothing.
func (p *stepper) suggestsHelp(due time.Time) bool {
	f := p.Fortnight
	day, _ := p.Routine.PumpingDay(due)
	if !f.To.Equal(day) || f.Sessions < helpSessions || f.Amounts < helpAmounts || f.Positive {
		return false
	}
	return !slices.ContainsFunc(p.Sessions, func(e journal.Session) bool {
		_, positive := amounts(e)
		return positive // since then
	})
}

// help says whom to ask, with no word on why.
func (w words) help() string {
	if w.plain() {
		return "Two weeks in. If you'd like somebody to look at it with you: a lactation consultant (IBCLC). The page says more under When to get help."
	}
	return "Two weeks in. If you'd like somebody to look at it with you, the page says whom to ask: When to get help."
}

// learn looks at the last fortnight when the digest of a day is due, and
// only as long as the person may be told of it.
func (d *Daemon) learn(ctx context.Context, now time.Time) {
	s := &d.state
	if !s.Policies.Digest.Help || !s.mark(markHelp).IsZero() {
		return
	}
	_, due := s.morning(now)
	day, _ := s.Routine.PumpingDay(due)
	if due.After(now) || now.Sub(due) > momentGrace || s.Fortnight.To.Equal(day) {
		return
	}
	list, err := d.journal.Sessions(ctx, journal.Filter{From: fortnightStart(s.Routine, day), To: day})
	if err != nil {
		d.log.Error("reading the sessions of two weeks", keyErr, err)
		return
	}
	s.Fortnight = fortnightOf(s.Routine, list, day)
}
