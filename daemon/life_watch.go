package daemon

import (
	"fmt"
	"slices"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/simulate"
	"nightbell/planner"
)

// Line names one line of the promise, as it is checked in a life.
type Line string

// The lines. Each is checked from what the services took and what people did,
// not from what the daemon says of itself.
const (
	LineLimit     Line = "no gap passes its limit without a push"
	LineOnce      Line = "one reminder for one start, and each push once"
	LineQuiet     Line = "quiet in a pause, at rest and once answered"
	LineOutage    Line = "one message after an outage"
	LineAnswer    Line = "every answer logged, and once"
	LineNight     Line = "quiet until waking after an alarm nobody answered"
	LineWithdrawn Line = "what is answered stops ringing"
	LineEnds      Line = "asking twice gives nothing more"
)

// Lines are all the lines, in the order they are told.
func Lines() []Line {
	return []Line{LineLimit, LineOnce, LineQuiet, LineOutage, LineAnswer, LineNight, LineWithdrawn, LineEnds}
}

// Break is one place where a line of the promise was broken.
type Break struct {
	Line Line
	At   time.Time // on the machine's clock
	Text string
}

// promiseSlack is how long everything has to have worked before a push can be
// asked for: a retry comes within a minute, a request that hangs ends within
// 10 s, reading receipts at the start takes 30 s, and a clock that is not to
// be trusted holds pushes for two minutes.
const promiseSlack = 3 * time.Minute

// promiseWatch checks the promise while a life is lived. Its instants are
// true ones unless they say otherwise.
type promiseWatch struct {
	broken  []Break
	routine planner.Routine
	giveUp  time.Duration // the longest
	outages time.Duration // from here on a start can have fallen into an outage: the shortest give_up

	base  time.Time // clock: what silence is counted from; the start or the push
	limit time.Time // clock: when it is to end at the latest
	moved time.Time // clock: when the routine was changed; a limit of it that was over by then ends then
	fresh bool      // limit belongs to base
	look  time.Time // when to look at it

	hush    []stretch // clock: pauses the person asked for
	gone    []stretch // clock: times the machine was away, or that a clock which was set passed over, and the give_up before each
	quiet   stretch   // clock: the rest of a sleep whose alarm lapsed
	lapsed  time.Time // clock: when it did
	alarm   time.Time // clock: when it was due
	resting bool
	hurts   time.Time // true: since when the person has said that it hurts; zero: it does not
	outage  outageWatch
	pushes  pushWatch
	answers answerWatch
}

// stretch is [from, to).
type stretch struct{ from, to time.Time }

func (s stretch) holds(t time.Time) bool { return !t.Before(s.from) && t.Before(s.to) }

func newPromiseWatch(o *LifeOptions) promiseWatch {
	w := promiseWatch{pushes: newPushWatch(), answers: newAnswerWatch()}
	w.lives(o.Settings.Routine, o.Settings.Policies)
	return w
}

// lives takes over what is in force.
func (w *promiseWatch) lives(r planner.Routine, p config.Reminders) {
	w.routine = r
	w.giveUp = max(p.Session.GiveUp, p.Power.GiveUp, p.Overnight.GiveUp)
	w.outages = min(p.Session.GiveUp, p.Power.GiveUp, p.Overnight.GiveUp)
}

// follows notes that another configuration is in force, or another zone.
func (w *promiseWatch) follows(l *life) {
	w.lives(l.routine, l.file.Policies)
	w.moved, w.fresh = l.clock(), false
	w.pushes.happens++ // it may bring back a start that it took away
	w.outage.end()     // and another plan may have a message of its own
	w.quiet = stretch{}
	if from, to, ok := w.routine.Asleep(w.alarm); ok && !w.alarm.IsZero() {
		w.quiet = stretch{from, to} // sleep is other hours now
	}
}

// breaks notes that a line was broken.
func (w *promiseWatch) breaks(l *life, line Line, format string, args ...any) {
	b := Break{Line: line, At: l.clock(), Text: fmt.Sprintf(format, args...)}
	w.broken = append(w.broken, b)
	l.note(Moment{What: "BROKEN", Kind: string(line), Text: b.Text})
}

// touch counts silence from t on, if that is later than what it was counted from.
func (w *promiseWatch) touch(t time.Time) {
	if t.After(w.base) {
		w.base, w.fresh = t, false
	}
}

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
	if !l.turned || w.resting || l.state.resting() {
		w.look = time.Time{}
		return
	}
	if !w.fresh {
		w.fresh, w.limit = true, later(w.gapLimit(w.base), w.base.Add(w.giveUp))
		w.limit = later(w.limit, minTime(w.moved, l.clock()))
		w.look = time.Time{}
	}
	if w.look.IsZero() {
		w.look = w.limit.Add(promiseSlack - l.skew)
	}
	if w.look.After(l.now) {
		return
	}
	now := l.clock()
	if until := w.excused(l, now); until.After(now) {
		w.limit = until
		w.look = until.Add(promiseSlack - l.skew)
		return
	}
	if l.works() < promiseSlack {
		w.look = l.now.Add(promiseSlack)
		return
	}
	w.breaks(l, LineLimit, "nothing was pushed since %s, and the limit was %s", w.say(w.base), w.say(w.limit))
	w.touch(now)
	w.look = l.now.Add(promiseSlack)
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
		until = later(until, r.Snoozed)
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
	const enough = 4 * 24 * time.Hour // the planner asks for 72 h
	r := w.routine
	if r.Power != nil && !w.hurts.IsZero() {
		off := *r.Power
		off.Starting = never()
		r.Power = &off
	}
	h := planner.History{Since: l.state.mark(markSince)}
	for _, e := range l.notes.sessions {
		if now.Sub(e.Start) < enough {
			h.Sessions = append(h.Sessions, planner.Session{Start: e.Start, Kind: e.Kind, Length: e.Length})
		}
	}
	for _, c := range l.notes.closed {
		passed := c.State == journal.Skipped || c.State == journal.Lapsed && w.offered(c.Due)
		if passed && kindOf(c.Kind).start && now.Sub(c.Due) < enough {
			h.Passed = append(h.Passed, planner.Passed{At: c.Due, Power: c.Power, Skipped: c.State == journal.Skipped})
		}
	}
	for _, e := range w.hush {
		h.Pauses = append(h.Pauses, planner.Pause{From: e.from, To: e.to})
	}
	p := planner.Make(r, h, now)
	if len(p.Starts) == 0 { // a timetable may list nothing for as long as the anchor holds
		return later(p.Horizon, p.Anchor.Add(anchorHolds))
	}
	return p.Starts[0].At
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
	if !l.running || l.suspended || !l.held.IsZero() || !l.settling.IsZero() {
		return 0
	}
	longest := time.Duration(0)
	for _, at := range l.phone.lines {
		if at.Reaches && !at.Partner {
			longest = max(longest, min(l.lineWorks(at), l.now.Sub(at.spaced)))
		}
	}
	return min(longest, l.now.Sub(l.up))
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

// say writes an instant down for a counterexample.
func (w *promiseWatch) say(t time.Time) string {
	return t.In(w.routine.Location).Format("Mon 2 Jan 15:04:05 MST")
}

// clockSet begins every account anew that a clock decides.
func (w *promiseWatch) clockSet(l *life, by time.Duration) {
	w.base, w.fresh = later(w.base, l.clock()), false // what now lies ahead counts once it is reached
	if w.lapsed.After(l.clock()) {
		w.quiet, w.alarm = stretch{}, time.Time{} // of a night that is still to come
	}
	w.pushes.clockSet()
	w.answers.sets++
	w.outage.end()
	w.outage.begin(l, w, by)
	w.away(l, by)
}

// away notes that what was due in the time before now was not looked at.
func (w *promiseWatch) away(l *life, length time.Duration) {
	if length > 0 {
		w.gone = append(w.gone, stretch{l.clock().Add(-length - w.giveUp), l.clock()})
	}
}

// left notes that the machine does nothing any more.
func (w *promiseWatch) left(l *life) {
	if w.outage.gone.IsZero() {
		w.outage.gone = l.now
	}
	w.outage.end()
}

// returned notes that the machine runs again.
func (w *promiseWatch) returned(l *life) {
	away := time.Duration(0)
	if !w.outage.gone.IsZero() {
		away = l.now.Sub(w.outage.gone)
	}
	w.outage.gone = time.Time{}
	if away > w.outages {
		w.touch(l.clock())
	}
	w.outage.begin(l, w, away)
	w.away(l, away)
}

// closes notes that a reminder is closed.
func (w *promiseWatch) closes(l *life, r journal.Reminder) {
	if r.State == journal.Replaced {
		delete(w.pushes.named, offered{r.Due.Unix(), r.Kind == kindNudge}) // it may be offered once more, by a plan with another anchor
	}
	// While it hurts an alarm comes as a normal push, and buys the same quiet; so
	// does the one that rang until pain was noted, and what a partner stopped.
	rang := w.pushes.alarmed[tagOf(r)]
	if p := (&stepper{State: l.state}); p.silenced(r) {
		rang = w.pushes.alarmed[tag(r.ID, r.Burst-1)]
	}
	if r.State != journal.Lapsed || !r.Wakes || !rang {
		return
	}
	if from, to, ok := w.routine.Asleep(r.Due); ok && l.clock().Before(to) {
		w.quiet, w.lapsed, w.alarm = stretch{from, to}, r.Closed, r.Due
	}
}

// asked notes what the person asked for, once the daemon said yes.
func (w *promiseWatch) asked(l *life, a simulate.Act) {
	now := l.clock()
	switch a.What {
	case simulate.Skip:
		w.touch(now) // "not this one": the silence until the next is the person's own
	case simulate.Pause:
		w.endHush(now)
		w.hush = append(w.hush, stretch{now, now.Add(a.For)})
	case simulate.Tonight:
		if from, to, ok := w.routine.NextSleep(now); ok {
			from = later(from, now)
			w.endHush(from)
			w.hush = append(w.hush, stretch{from, to})
		}
	case simulate.Resume:
		if !w.endHush(now) && !w.resting && !l.state.resting() {
			w.endNextHush(now)
		}
		w.resting = false
		w.touch(now)
	case simulate.Rest:
		w.resting = true
	case simulate.Travels:
		l.travels(a)
	case simulate.Hurts:
		if w.hurts.IsZero() {
			w.hurts = l.now
		}
	case simulate.Clears:
		w.hurts = time.Time{}
	}
}

// written notes what was asked for and is in the journal, although the process
// died before it could say so: from here on pushes may come again.
func (w *promiseWatch) written(l *life, a simulate.Act) {
	w.pushes.happens++
	switch a.What {
	case simulate.Resume:
		w.endHush(l.clock())
		w.resting = false
	case simulate.Clears:
		w.hurts = time.Time{}
	case simulate.Travels:
		l.travels(a)
	}
}

// endHush ends the pauses that hold at from, and reports whether one did.
func (w *promiseWatch) endHush(from time.Time) bool {
	some := false
	kept := w.hush[:0]
	for _, h := range w.hush {
		if h.holds(from) {
			some, h.to = true, from
		}
		if h.from.Before(h.to) {
			kept = append(kept, h)
		}
	}
	w.hush = kept
	return some
}

// endNextHush takes back the pause that is to begin next.
func (w *promiseWatch) endNextHush(now time.Time) {
	next := -1
	for i, h := range w.hush {
		if h.from.After(now) && (next < 0 || h.from.Before(w.hush[next].from)) {
			next = i
		}
	}
	if next >= 0 {
		w.hush = append(w.hush[:next:next], w.hush[next+1:]...)
	}
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
