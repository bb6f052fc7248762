package daemon

import (
	"slices"
	"time"

	"nightbell/planner"
)

// planMemo remembers the last plan of a life. Most steps only write down what
// became of a push, and the plan is made from sessions, passed starts and
// pauses alone; making each plan once halves the time a year takes.
//
// It leans on the planner's rule that asking again later gives the same first
// start (planner.md, Properties, 2) and on Step, which looks at nothing of a
// plan but its first start, anchor and nudge.
type planMemo struct {
	history planner.History
	plan    planner.Plan
	zone    string
	until   time.Time // the plan holds before; zero: for good
	made    bool
}

// of is the plan of s at now.
func (m *planMemo) of(s *State, now time.Time) planner.Plan {
	h := s.History(s.mark(markSince))
	if m.made && m.zone == s.Routine.Location.String() && m.holds(h, now) {
		return m.plan
	}
	m.history, m.plan, m.made, m.zone = h, planner.Make(s.Routine, h, now), true, s.Routine.Location.String()
	m.until = time.Time{}
	if len(m.plan.Starts) > 0 && slices.ContainsFunc(s.Channels, func(f Facts) bool { return f.Parks }) {
		// What is parked are later starts, and once the first is due they move on with the grid.
		m.until = later(m.plan.Starts[0].At, now.Truncate(planGrid).Add(planGrid))
	}
	for i := range h.Sessions { // by a clock that was ahead
		if counts := h.Sessions[i].Start.Add(-futureSlack); counts.After(now) {
			m.until = sooner(m.until, counts)
		}
	}
	if m.plan.Anchor.IsZero() {
		return m.plan
	}
	m.until = sooner(m.until, m.plan.Anchor.Add(24*time.Hour))
	for i := range h.Sessions { // without a session in the last day there is no nudge
		if fades := h.Sessions[i].Start.Add(24 * time.Hour); fades.After(now) && !m.plan.Nudge.IsZero() {
			m.until = sooner(m.until, fades)
		}
	}
	return m.plan
}

// holds tells whether the plan that was made is the one of this history, too.
func (m *planMemo) holds(h planner.History, now time.Time) bool {
	return !now.Before(m.plan.Now) && (m.until.IsZero() || now.Before(m.until)) && len(m.plan.Problems) == 0 &&
		h.Since.Equal(m.history.Since) && slices.Equal(h.Sessions, m.history.Sessions) &&
		slices.Equal(h.Passed, m.history.Passed) && slices.Equal(h.Pauses, m.history.Pauses)
}
