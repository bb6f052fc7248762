package daemon

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/simulate"
	"nightbell/notify"
	"nightbell/planner"
)

// offerWatch checks that what is due comes: each start by the time it is due
// and as loud as it is to be, the nudge before a gap reaches max_gap, and what
// is to ring without the machine.
type offerWatch struct {
	stirred time.Time            // true: when something last happened that may bring a start whose instant is over
	pushed  time.Time            // clock: when a service of the person's own last took a push
	snoozed map[string]time.Time // clock, by reminder: until when the person asked for quiet
	hushed  map[string]time.Time // clock, by reminder: the latest end of the quiet after somebody stopped its ringing
	unheld  map[int64]bool       // instants of alarms that a service refused to hold
	skipped time.Time            // clock: the newest start that was skipped
	came    map[int64]bool       // instants of nudges that came, whatever the clock said since
	rang    map[int64]bool       // instants of what a service brought by itself

	nudge, end time.Time // clock: when the nudge is due, and when max_gap is reached; zero: none is
	look       time.Time // true: when to look whether one came; zero: never
}

func newOfferWatch() offerWatch {
	return offerWatch{snoozed: map[string]time.Time{}, hushed: map[string]time.Time{}, unheld: map[int64]bool{}, came: map[int64]bool{}, rang: map[int64]bool{}}
}

// push notes that a service of the person's own took a push.
func (o *offerWatch) push(now time.Time) {
	o.pushed = now
	if !now.Before(o.nudge.Add(-nudgeApart)) {
		o.came[o.nudge.Unix()] = true
	}
}

// stirs notes that something happened after which the plan may be another.
func (w *promiseWatch) stirs(l *life) { w.offers.stirred = l.now }

// snoozes notes that a reminder is to be quiet for a while.
func (w *promiseWatch) snoozes(l *life, a simulate.Act) {
	r := l.state.reminder(a.Key)
	if a.Key == "" {
		if r = l.state.openStart(); r == nil {
			r = l.state.openNudge()
		}
	}
	if r == nil {
		return
	}
	w.offers.snoozed[r.ID] = w.hushedUntil(l.clock().Add(a.For)) // a pause goes on, whatever is asked for in it
}

// hushedUntil is t, or the end of the pause in which that is, and of those
// that follow it without a break.
func (w *promiseWatch) hushedUntil(t time.Time) time.Time {
	for {
		i := slices.IndexFunc(w.hush, func(h stretch) bool { return h.holds(t) })
		if i < 0 {
			return t
		}
		t = w.hush[i].to
	}
}

// unsnoozes forgets what was snoozed until the end of a pause that ends now,
// or is taken back: it was to be quiet for as long as that.
func (w *promiseWatch) unsnoozes(pause stretch) {
	end := w.hushedUntil(pause.from)
	maps.DeleteFunc(w.offers.snoozed, func(_ string, until time.Time) bool { return until.Equal(pause.to) || until.Equal(end) })
}

// quietFor is until when the open start may be silent by the person's own
// word, whatever the daemon makes of it.
func (w *promiseWatch) quietFor(r *journal.Reminder) time.Time {
	until := later(w.offers.snoozed[r.ID], w.offers.hushed[r.ID])
	for _, h := range w.hush {
		if !h.from.After(until) || h.from.Before(r.Snoozed) {
			until = later(until, h.to)
		}
	}
	return minTime(until, r.Snoozed)
}

// waited is for how long, by now, what was due then could have been pushed.
func (w *promiseWatch) waited(l *life, due time.Time) time.Duration {
	now := l.clock()
	if w.resting || l.state.resting() || w.quiet.holds(now) {
		return 0
	}
	since := later(due, w.quiet.to)
	for _, h := range w.hush {
		if !h.from.After(now) {
			since = later(since, h.to)
		}
	}
	return min(l.works(), now.Sub(since), l.now.Sub(w.offers.stirred))
}

// came looks at the first push of a start: whether it is in time.
func (w *promiseWatch) came(l *life, kind string, m notify.Message) {
	since := later(m.Time, w.offers.snoozed[m.Key])
	waited := min(w.waited(l, later(since, w.offers.hushed[m.Key])), l.now.Sub(w.pushes.spaced[m.Key]))
	if waited > promiseSlack {
		w.breaks(l, LineOffered, "the %s of %s came %s after it could", kind, w.say(m.Time), waited)
	}
}

// loud looks whether a push of a start that wakes is loud enough to wake.
func (w *promiseWatch) loud(l *life, kind string, m notify.Message) {
	from, to, asleep := w.routine.Asleep(m.Time)
	now := l.clock()
	if !asleep || m.Time.Equal(from) || !now.Before(to) || !w.hurts.IsZero() || !w.offers.hushed[m.Key].IsZero() {
		return
	}
	if m.Level < w.alarms {
		w.breaks(l, LineOffered, "the %s of %s wakes, and came at level %s", kind, w.say(m.Time), m.Level)
	}
}

// lapses looks whether a start that is given up had been pushed, and kept up
// for give_up.
func (w *promiseWatch) lapses(l *life, r journal.Reminder) {
	rung := w.pushes.rung[tagOf(r)]
	if kept := l.clock().Sub(rung); rung.After(w.moved) && kept < w.outages {
		w.breaks(l, LineOffered, "the %s of %s is given up after %s", r.Kind, w.say(r.Due), kept)
	}
	w.repeated(l, r, rung)
	if waited := w.waited(l, r.Due); kindOf(r.Kind).start && !w.offered(r.Due) && waited > promiseSlack {
		w.breaks(l, LineOffered, "the %s of %s is given up, and was never pushed in %s", r.Kind, w.say(r.Due), waited)
	}
}

// repeated looks whether a start that is given up, and that nobody asked to be
// quieter, was pushed once more where it is to be. An alarm rings on by itself.
func (w *promiseWatch) repeated(l *life, r journal.Reminder, rung time.Time) {
	now, again := l.clock(), w.policies.Session.Again
	switch {
	case r.Kind == string(planner.StartOvernight):
		again = w.policies.Overnight.Again
	case r.Power:
		again = w.policies.Power.Again
	}
	calm := !w.hurts.IsZero() || w.soothed.After(rung) || !w.offers.hushed[r.ID].IsZero() || !rung.After(w.moved) || w.resting
	if !kindOf(r.Kind).start || w.pushes.denied[tagOf(r)] || r.Wakes || rung.IsZero() || len(again) == 0 || now.Sub(rung) < again[0]+promiseSlack || calm {
		return
	}
	pushes, works := 0, l.works()
	for _, at := range l.phone.lines {
		if at.Reaches && !at.Partner {
			pushes += w.pushes.again[fmt.Sprintf("%s/%d/%s", r.ID, r.Burst, at.Name)]
			works = min(works, l.lineWorks(at), l.now.Sub(at.spaced))
		}
	}
	if pushes == 1 && works > now.Sub(rung) {
		w.breaks(l, LineOffered, "the %s of %s is given up after %s, and was not repeated", r.Kind, w.say(r.Due), now.Sub(rung))
	}
}

// counts finds out anew when the nudge is due: max_gap less nudge_before after
// the newest session that counts, or a start that was skipped after it.
func (w *promiseWatch) counts(l *life) {
	now := l.clock()
	var h planner.History
	for _, e := range l.notes.recent {
		h.Sessions = append(h.Sessions, planner.Session{Start: e.Start, Kind: e.Kind, Length: e.Length})
	}
	slices.SortFunc(h.Sessions, func(a, b planner.Session) int { return a.Start.Compare(b.Start) })
	last := time.Time{}
	for i, standing := range planner.Counted(w.routine, h, now) {
		if standing.Counted {
			last = later(last, h.Sessions[i].Start)
		}
	}
	o := &w.offers
	o.nudge, o.end, o.look = time.Time{}, time.Time{}, time.Time{}
	if last.IsZero() {
		return
	}
	fades := last.Add(anchorHolds) // without a session in the last day there is no nudge
	if o.skipped.Sub(last) >= w.routine.Merge {
		last = later(last, o.skipped)
	}
	o.nudge, o.end = last.Add(w.routine.MaxGap-w.routine.NudgeBefore), last.Add(w.routine.MaxGap)
	if _, _, asleep := w.routine.Asleep(o.end); asleep { // it may come until sleep begins
		for from, _, ok := w.routine.Asleep(o.end); ok && from.After(o.nudge); from, _, ok = w.routine.Asleep(from.Add(-time.Second)) {
			o.end = from
		}
	}
	if o.end.After(now) && o.end.Before(fades) {
		o.look = later(o.nudge.Add(promiseSlack-l.skew), l.now)
	}
}

// nudged looks whether the nudge came: a push at its time, or within the ten
// minutes that it keeps from one before it.
func (w *promiseWatch) nudged(l *life) {
	o := &w.offers
	if o.look.IsZero() || o.look.After(l.now) {
		return
	}
	o.look = time.Time{}
	if !l.clock().Before(o.end) || o.came[o.nudge.Unix()] || !o.pushed.Before(o.nudge.Add(-nudgeApart)) {
		return
	}
	from := o.nudge
	if _, to, asleep := w.routine.Asleep(from); asleep {
		from = to
	}
	if r := l.state.openStart(); r != nil {
		from = later(from, w.quietFor(r))
	}
	if !w.hurts.IsZero() || w.waited(l, from) <= promiseSlack {
		o.look = l.now.Add(promiseSlack)
		return
	}
	due := o.nudge
	if w.counts(l); !o.nudge.Equal(due) {
		return // what lay ahead, by a clock that was set back, counts by now
	}
	o.look = time.Time{}
	w.breaks(l, LineLimit, "the nudge of %s was not pushed, nor anything since %s", w.say(o.nudge), w.say(o.pushed))
}

// leaves looks, as the machine goes, whether the next alarm is held by every
// service that can hold one: it is to ring although this machine cannot.
func (w *promiseWatch) leaves(l *life) {
	parks := slices.ContainsFunc(l.phone.lines, func(at *line) bool { return at.Parks && !at.Partner && !at.gone })
	now := l.clock()
	if !parks || !l.turned || w.waited(l, now.Add(-2*promiseSlack)) <= promiseSlack || l.skew != 0 {
		return
	}
	starts := w.plan(l, now).Starts
	if len(starts) == 0 || !starts[0].At.After(now) {
		return // the starts after one that is due move with whoever looks
	}
	i := slices.IndexFunc(starts, func(s planner.Start) bool { return s.Wakes && !w.quiet.holds(s.At) })
	if i < 0 {
		return
	}
	due := starts[i].At
	if ahead := due.Sub(now); ahead < parkedAfter || ahead > parkedMost-promiseSlack || w.offers.unheld[due.Unix()] {
		return
	}
	for _, at := range l.phone.lines {
		held := slices.ContainsFunc(l.phone.parked, func(p parkedMessage) bool { return p.line == at && p.message.Time.Equal(due) })
		if at.Parks && !at.Partner && !held && min(l.lineWorks(at), l.now.Sub(at.spaced)) > promiseSlack {
			w.breaks(l, LineParked, "the machine goes, and %s does not hold the alarm of %s", at.Name, w.say(due))
		}
	}
}

// mostly is how often a channel takes a push of one burst of a reminder at
// most: once, and once for each repeat.
func (w *promiseWatch) mostly(k kind) int {
	switch {
	case k.paced:
		return 64 // the changes of a pattern
	case k.start:
		return 1 + w.repeats
	}
	return 1
}
