package daemon

import (
	"slices"
	"time"

	"nightbell/daemon/journal"
	"nightbell/planner"
)

// The coach (daemon.md, Power session): once somebody said that a power
// session begins, a low push tells of each change of its pattern, until any
// answer or the end of the pattern. It is one reminder, due when the session
// began, so that each push takes the place of the one before it; its rounds
// are the changes, and those that went by unseen are one.

// coachStays is how long "that was the last part" is news: as long as an
// instant reads as the present (lateAfter).
const coachStays = lateAfter

// pattern is that of a power session: pump, rest, pump, ...
func (s *State) pattern() []time.Duration {
	if p := s.Routine.Power; p != nil && len(p.Pattern) > 0 {
		return p.Pattern
	}
	return planner.DefaultPattern()
}

// changes are the changes of the pattern after the first one, counted from
// that; the last is its end.
func (s *State) changes() []time.Duration {
	var all []time.Duration
	sum := time.Duration(0)
	for _, part := range s.pattern()[1:] {
		sum += part
		all = append(all, sum)
	}
	return all
}

// coached is the power session that is under way, begun by "starting" and with
// no answer since.
func (p *stepper) coached() (journal.Session, bool) {
	if !p.Policies.Coach || p.resting() || p.hurts() || !p.pausedUntil(p.now).IsZero() {
		return journal.Session{}, false
	}
	for _, e := range slices.Backward(p.Sessions) {
		if e.Start.After(p.now) {
			continue
		}
		on := e.Begun && e.Kind == planner.PowerSession && !p.LastAnswer.After(e.Start)
		return e, on && p.now.Before(p.coachEnds(e.Start).Add(coachStays))
	}
	return journal.Session{}, false
}

// coachEnds is the end of the pattern of a session.
func (s *State) coachEnds(start time.Time) time.Time {
	for _, part := range s.pattern() {
		start = start.Add(part)
	}
	return start
}

// coach begins, keeps or ends the pushes at each change of the pattern.
func (p *stepper) coach() {
	e, on := p.coached()
	if r := p.open(kindNamed(kindCoach)); r != nil {
		ends := p.coachEnds(r.Due).Add(coachStays)
		switch {
		case on && r.Due.Equal(e.Start):
			p.at(ends)
			return
		case !ends.After(p.now):
			p.close(*r, journal.Lapsed, p.now)
		default:
			p.close(*r, journal.Replaced, p.now)
		}
	}
	if !on || !p.coachEnds(e.Start).After(p.now) {
		return
	}
	r := journal.Reminder{
		Person: person, Kind: kindCoach, Due: e.Start, State: journal.Open, Opened: p.now, From: e.Start.Add(p.pattern()[0]),
	}
	r.ID = p.reminderID(r.Kind, r.Anchor, r.Due)
	if p.reminder(r.ID) != nil {
		return
	}
	r.Level = p.policyOf(r).Level
	p.put(journal.Batch{Reminders: []journal.Reminder{r}})
	p.at(p.coachEnds(e.Start).Add(coachStays))
}
