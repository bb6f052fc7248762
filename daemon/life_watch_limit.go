package daemon

import (
	"slices"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/simulate"
	"nightbell/planner"
)

// gapLimit is when the next start should come by after one at a (planner.md,
// The gap limit), written down once more from the words of that page.
func (w *promiseWatch) gapLimit(a time.Time) time.Time {
	r := &w.routine
	by := a.Add(r.MaxGap - r.NudgeBefore)
	_, wakes, asleep := r.Asleep(by)
	if !asleep {
		return by
	}
	if by = a.Add(r.NightGap); !by.Add(r.WakeGrace).Before(wakes) {
		return wakes
	}
	return by
}

// silence looks whether silence has passed its limit while everything worked.
func (w *promiseWatch) silence(l *life) {
	w.nudged(l)
	w.restsEarly(l)
	if !l.turned || w.resting || l.state.resting() {
		w.look = time.Time{}
		return
	}
	if !w.fresh {
		w.fresh, w.limit = true, later(w.gapLimit(w.base), w.base.Add(w.giveUp))
		w.limit = later(later(w.limit, minTime(w.moved, l.clock())), w.backs.since)
		w.look = time.Time{}
	}
	if w.look.IsZero() {
		w.look = w.limit.Add(promiseSlack - l.skew)
	}
	if w.look.After(l.now) {
		return
	}
	now := l.clock()
	if until := w.excused(l, now); until.After(now) || until.After(w.limit) {
		w.limit = until
		if w.look = until.Add(promiseSlack - l.skew); w.look.After(l.now) {
			return
		}
	}
	if l.works() < promiseSlack {
		w.look = l.now.Add(promiseSlack)
		return
	}
	w.breaks(l, LineLimit, "nothing was pushed since %s, and the limit was %s", w.say(w.base), w.say(w.limit))
	w.touch(now)
	w.look = l.now.Add(promiseSlack)
}

// restsEarly looks whether the daemon rests by itself before rest_after has
// passed without a word: it would be silent for good.
func (w *promiseWatch) restsEarly(l *life) {
	rests := l.state.resting() && !w.resting
	if rests && !w.rested && (w.rests == 0 || l.clock().Sub(w.word) < w.rests) {
		w.breaks(l, LineLimit, "reminders rest by themselves, and the last word was of %s", w.say(w.word))
	}
	w.rested = rests
}

// sleepsOn tells whether so long has passed without a word that reminders rest.
func (w *promiseWatch) sleepsOn(l *life, now time.Time) bool {
	since := later(later(w.word, w.ahead), w.stayed)
	for _, h := range w.hush {
		if !h.from.After(now) {
			since = later(since, h.to)
		}
	}
	return w.rests > 0 && now.Sub(since) > w.rests+promiseSlack && l.works() > promiseSlack
}

// excused is until when silence is the person's own, or the routine's.
func (w *promiseWatch) excused(l *life, now time.Time) time.Time {
	until := time.Time{}
	for _, h := range w.hush {
		if h.from.Before(now) || h.from.Equal(now) {
			until = later(until, h.to.Add(planGrid))
		}
	}
	if r := l.state.openStart(); r != nil {
		until = later(until, w.quietFor(r))
	}
	if w.quiet.holds(now) {
		until = later(until, w.quiet.to)
	}
	return later(until, w.planned(l, now))
}

// planned is when the plan has its first start, where that lies ahead: it may
// have to be after the limit, for what it keeps clear of (busy time, a pause,
// min_gap) and, with a timetable, where nothing is listed before. The plan is
// made here, from what the watch itself knows of the life, so that a daemon
// that forgets an entry, a pause or what the configuration says is not
// believed, nor one that gives a start up before it was pushed.
func (w *promiseWatch) planned(l *life, now time.Time) time.Time {
	p := w.plan(l, now)
	if len(p.Starts) == 0 { // a timetable may list nothing for as long as the anchor holds
		return later(p.Horizon, p.Anchor.Add(anchorHolds))
	}
	at := p.Starts[0].At
	for _, c := range l.notes.closed {
		answered := c.State == journal.Logged || c.State == journal.Skipped
		if answered && c.Due.Equal(at) && c.Closed.After(now) && kindOf(c.Kind).start {
			return at.Add(reopenAfter) // by a clock that was ahead: whoever answered is there, so it waits a while
		}
	}
	return at
}

// plan is the plan as the watch would make it.
func (w *promiseWatch) plan(l *life, now time.Time) planner.Plan {
	r := w.routine
	if r.Power != nil && !w.hurts.IsZero() {
		off := *r.Power
		off.Starting = never()
		r.Power = &off
	}
	h := planner.History{Since: l.state.mark(markSince)}
	for _, e := range l.notes.recent {
		h.Sessions = append(h.Sessions, planner.Session{Start: e.Start, Kind: e.Kind, Length: e.Length})
	}
	for _, c := range l.notes.closed {
		passed := c.State == journal.Skipped && !w.backs.unskip[c.ID] || c.State == journal.Lapsed && w.offered(c.Due)
		if passed && kindOf(c.Kind).start && now.Sub(c.Due) < recentFor {
			h.Passed = append(h.Passed, planner.Passed{At: c.Due, Power: c.Power, Skipped: c.State == journal.Skipped})
		}
	}
	for _, e := range w.hush {
		h.Pauses = append(h.Pauses, planner.Pause{From: e.from, To: e.to})
	}
	return planner.Make(r, h, now)
}

// offered tells whether a start was pushed, or fell into a time in which the
// machine could not.
func (w *promiseWatch) offered(due time.Time) bool {
	return w.pushes.offered[due.Unix()] || slices.ContainsFunc(w.gone, func(s stretch) bool { return s.holds(due) })
}

// planGrid is the grid of planned starts.
const planGrid = 5 * time.Minute

// works is for how long the machine and one channel that reaches a phone have
// worked by now without a break.
func (l *life) works() time.Duration {
	if !l.running || l.suspended || l.crammed || !l.held.IsZero() || !l.settling.IsZero() {
		return 0
	}
	since := l.up
	for _, f := range l.o.Faults {
		if f.Kind == simulate.Full && !f.To.After(l.now) {
			since = later(since, f.To)
		}
	}
	longest := time.Duration(0)
	for _, at := range l.phone.lines {
		if at.Reaches && !at.Partner {
			longest = max(longest, min(l.lineWorks(at), l.now.Sub(at.spaced)))
		}
	}
	return min(longest, l.now.Sub(since))
}

// lineWorks is for how long a channel has worked by now.
func (l *life) lineWorks(at *line) time.Duration {
	if at.gone || at.busy != nil || at.limited.After(l.now) {
		return 0
	}
	since := later(later(at.limited, at.since), l.o.From)
	for _, f := range l.o.Faults {
		if !f.OfChannel() || f.Channel != "" && f.Channel != at.Name || f.From.After(l.now) {
			continue
		}
		since = later(since, f.To)
	}
	return max(l.now.Sub(since), 0)
}
