package daemon

import (
	"fmt"
	"slices"
	"time"

	"nightbell/daemon/journal"
	"nightbell/planner"
)

// momentGrace is how long after its instant a line that belongs to one is
// still opened: a restart takes seconds, and a quarter of an hour later "in
// the morning" is still true.
const momentGrace = 15 * time.Minute

// moment opens a line that belongs to an instant: at due, once for key, and
// not in a pause nor at rest. After an outage it gives way to the one message
// that comes then. text is asked only when there is something to open; an
// empty one opens nothing.
func (p *stepper) moment(kind string, key, due time.Time, text func() string) {
	if due.After(p.now) {
		p.at(due)
		return
	}
	if p.now.Sub(due) > momentGrace || p.resting() || !p.pausedUntil(p.now).IsZero() || p.told(key, kind) {
		return
	}
	said := text()
	if said == "" {
		return
	}
	p.say(kind, key, due, said)
	fell := p.Alive.Before(due) && due.Before(p.now) || p.Alive.Equal(due) && p.now.Sub(due) >= fellLeast
	if fell && (p.outage || p.otherwise(kind)) {
		p.close(*p.reminder(p.reminderID(kind, key, due)), journal.Replaced, p.now)
	}
}

// momentApart keeps two lines of a kind apart: neither another zone nor
// another time in the configuration brings a second one on one day.
const momentApart = 12 * time.Hour

// told tells whether one of these kinds was opened for key already, or is of
// the same day.
func (p *stepper) told(key time.Time, kinds ...string) bool {
	return slices.ContainsFunc(p.Snapshot.Reminders, func(r journal.Reminder) bool {
		return slices.Contains(kinds, r.Kind) && (r.Anchor.Equal(key) || p.now.Sub(r.Opened).Abs() < momentApart)
	})
}

// otherwise tells whether something else is to be pushed in this step, or still
// waits for a service to take it.
func (p *stepper) otherwise(kind string) bool {
	return slices.ContainsFunc(p.Snapshot.Reminders, func(r journal.Reminder) bool {
		return r.State == journal.Open && r.Kind != kind && !kindOf(r.Kind).parked && !later(r.From, r.Snoozed).After(p.now) &&
			(r.Round == 0 || r.Accepted.IsZero() && p.waiting(r))
	})
}

// digest says in the morning how yesterday was and what comes.
func (p *stepper) digest() {
	o := p.Policies.Digest
	if !o.On() {
		return
	}
	day, due := p.morning(p.now)
	if due.After(p.now) {
		p.at(due)
		return
	}
	due = later(due, p.quietUntil(due))           // what lies in the quiet after an alarm nobody answered waits for its end
	_, next := p.morning(day.Add(36 * time.Hour)) // noon of tomorrow, whatever the clocks do
	p.at(next)
	if p.told(day, kindDigest, kindHelp) {
		return
	}
	lead := ""
	if o.Daily {
		lead = p.digestText()
	}
	if o.Help && p.mark(markHelp).IsZero() && p.suggestsHelp(due) {
		p.moment(kindHelp, day, due, func() string { return spaced(lead, p.sayer(time.Time{}).help()) })
		if r := p.reminder(p.reminderID(kindHelp, day, due)); r != nil && r.State == journal.Open {
			p.setMark(markHelp, p.now, 0)
		}
		return
	}
	p.moment(kindDigest, day, due, func() string { return lead })
}

// morning is the beginning of the date on which t lies, and the instant of the
// digest on it.
func (s *State) morning(t time.Time) (day, due time.Time) {
	zone := s.Routine.Location
	y, m, d := t.In(zone).Date()
	date := planner.Date{Year: y, Month: m, Day: d}
	return planner.TimeOfDay(0).On(date, zone), s.Policies.Digest.At.On(date, zone)
}

// digestText is yesterday in figures, without a word on what they mean, and
// what comes next and tonight.
func (p *stepper) digestText() string {
	say := p.sayer(time.Time{})
	text := ""
	start, _ := p.Routine.PumpingDay(p.now)
	before, _ := p.Routine.PumpingDay(start.Add(-time.Second))
	switch count, longest := p.dayOf(before, start); {
	case count == 0: // nothing was logged, which is no figure
	case count == 1:
		text = "Yesterday: 1 session."
	case longest == 0:
		text = fmt.Sprintf("Yesterday: %d sessions.", count)
	default:
		text = fmt.Sprintf("Yesterday: %d sessions, longest gap %s.", count, gapWords(longest))
	}
	if p.hurts() {
		return text // nothing that could be read as urging
	}
	if len(p.current.Starts) > 0 {
		if next := p.current.Starts[0].At; next.After(p.now) {
			text = spaced(text, "Next around "+say.at(next)+".")
		}
	}
	if from, to, ok := p.Routine.NextSleep(p.now); ok {
		if night := p.night(from, to); len(night) > 0 {
			text = spaced(text, "Tonight: "+list(night, say.at)+".")
		}
	}
	return text
}

// spaced joins two sentences; either may be empty.
func spaced(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + " " + b
}

// list writes instants: "01:30 and 04:30".
func list(instants []time.Time, at func(time.Time) string) string {
	text := ""
	for i, t := range instants {
		switch {
		case i == 0:
		case i == len(instants)-1:
			text += " and "
		default:
			text += ", "
		}
		text += at(t)
	}
	return text
}

// night is the planned starts that wake in a sleep.
func (p *stepper) night(from, to time.Time) []time.Time {
	var all []time.Time
	for _, s := range p.current.Starts {
		if s.Wakes && !s.At.Before(from) && s.At.Before(to) {
			all = append(all, s.At)
		}
	}
	return all
}

// dayOf is the number of counted sessions in [from, to), and the longest gap,
// start to start, that ended there.
func (p *stepper) dayOf(from, to time.Time) (count int, longest time.Duration) {
	h := p.History(p.mark(markSince))
	var starts []time.Time
	for i, standing := range planner.Counted(p.Routine, h, p.now) {
		if standing.Counted {
			starts = append(starts, h.Sessions[i].Start)
		}
	}
	slices.SortFunc(starts, time.Time.Compare)
	for i, start := range starts {
		if start.Before(from) || !start.Before(to) {
			continue
		}
		count++
		if i > 0 {
			longest = max(longest, start.Sub(starts[i-1]))
		}
	}
	return count, longest
}
