package daemon

import (
	"fmt"
	"maps"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/notify"
	"nightbell/planner"
)

// Line names one line of the promise, as it is checked in a life.
type Line string

// The lines. Each is checked from what the services took and what people did,
// not from what the daemon says of itself.
const (
	LineOffered   Line = "each start is pushed when it is due, and wakes where it is to"
	LineLimit     Line = "no gap passes its limit without a push"
	LineOnce      Line = "one reminder for one start, and each push once"
	LineQuiet     Line = "quiet in a pause, at rest and once answered"
	LineOutage    Line = "one message after an outage"
	LineAnswer    Line = "every answer logged, and once"
	LineNight     Line = "quiet until waking after an alarm nobody answered"
	LineWithdrawn Line = "what is answered stops ringing"
	LineUndone    Line = "what is taken back is as before, and its start comes back, once"
	LineParked    Line = "a service that can holds the next alarm, and rings without the machine"
	LineEnds      Line = "asking twice gives nothing more"
)

// Lines are all the lines, in the order they are told.
func Lines() []Line {
	return []Line{LineOffered, LineLimit, LineOnce, LineQuiet, LineOutage, LineAnswer, LineNight, LineWithdrawn, LineUndone, LineParked, LineEnds}
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
	broken   []Break
	routine  planner.Routine
	policies config.Reminders
	giveUp   time.Duration // the longest
	alarms   notify.Level  // how loud a start that wakes is
	rests    time.Duration // rest_after; 0: off
	repeats  int           // how often a start is repeated at most, by all that was in force so far
	outages  time.Duration // from here on a start can have fallen into an outage: the shortest give_up

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
	word    time.Time // clock: when the person last said something, or reminders began
	ahead   time.Time // clock: the newest word as the clock stood then, which may have been ahead
	begun   bool      // reminders have begun: the journal was written for the first time
	stayed  time.Time // clock: when reminders may have begun anew: after an outage, or by a clock that was set
	rested  bool      // the daemon rests by itself, and that was looked at
	soothed time.Time // clock: when the person last said that it hurts no more
	hurts   time.Time // true: since when the person has said that it hurts; zero: it does not
	outage  outageWatch
	pushes  pushWatch
	answers answerWatch
	offers  offerWatch
	backs   undoWatch
}

// stretch is [from, to).
type stretch struct{ from, to time.Time }

func (s stretch) holds(t time.Time) bool { return !t.Before(s.from) && t.Before(s.to) }

func newPromiseWatch(o *LifeOptions) promiseWatch {
	w := promiseWatch{pushes: newPushWatch(), answers: newAnswerWatch(), offers: newOfferWatch(), backs: newUndoWatch(), word: o.From}
	w.lives(o.Settings.Routine, &o.Settings)
	return w
}

// lives takes over what is in force.
func (w *promiseWatch) lives(r planner.Routine, s *Settings) {
	p := s.Policies
	w.routine, w.alarms, w.rests, w.policies = r, p.Overnight.Level, s.RestAfter, p
	w.repeats = max(w.repeats, len(p.Session.Again), len(p.Power.Again), len(p.Overnight.Again))
	w.giveUp = max(p.Session.GiveUp, p.Power.GiveUp, p.Overnight.GiveUp)
	w.outages = min(p.Session.GiveUp, p.Power.GiveUp, p.Overnight.GiveUp)
}

// follows notes that another configuration is in force, or another zone.
func (w *promiseWatch) follows(l *life) {
	w.lives(l.routine, &l.file)
	w.stirs(l)
	w.counts(l)
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

// say writes an instant down for a counterexample.
func (w *promiseWatch) say(t time.Time) string {
	return t.In(w.routine.Location).Format("Mon 2 Jan 15:04:05 MST")
}

// clockSet begins every account anew that a clock decides.
func (w *promiseWatch) clockSet(l *life, by time.Duration) {
	w.base, w.fresh = l.clock(), false // what now lies ahead is in the plan once it is reached
	if w.lapsed.After(l.clock()) {
		w.quiet, w.alarm = stretch{}, time.Time{} // of a night that is still to come
	} else if from, to, ok := w.routine.Asleep(w.alarm); ok && !w.alarm.IsZero() {
		w.quiet = stretch{from, to} // it may not be over any more
	}
	maps.DeleteFunc(w.offers.snoozed, func(_ string, until time.Time) bool {
		return !until.After(l.clock().Add(-by)) // what was over once does not begin again
	})
	w.pushes.clockSet()
	w.backs.clockSet(l.clock())
	w.ahead, w.word = later(w.ahead, w.word), minTime(w.word, l.clock())
	w.stayed = l.clock()
	// The daemon cannot know that what is held until a time that its clock left
	// out has not come: by its clock it rang.
	for _, p := range l.phone.parked {
		if comes := p.message.Time.Add(parkedAfter); comes.After(l.clock().Add(-by)) && !comes.After(l.clock()) {
			w.offers.rang[p.message.Time.Unix()] = true
		}
	}
	if unseen := l.clock().Add(-by).Sub(l.looked); by < 0 && l.turned && unseen > 0 {
		// The daemon knows by how much since it last looked, so what waits may
		// wait that much longer.
		for _, at := range l.phone.lines {
			if at.limited.After(l.now) {
				at.limited = at.limited.Add(unseen)
			}
			if at.spaced.After(l.now) {
				at.spaced = at.spaced.Add(unseen)
			}
		}
	}
	for i := range w.gone { // what is still to come was not passed over
		w.gone[i].to = minTime(w.gone[i].to, l.clock())
	}
	maps.DeleteFunc(w.offers.rang, func(due int64, _ bool) bool { return due > l.clock().Add(-parkedAfter).Unix() })
	w.offers.pushed = minTime(w.offers.pushed, l.clock())
	w.stirs(l)
	w.counts(l)
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
		w.stayed = l.clock()
		w.touch(l.clock())
	}
	w.outage.begin(l, w, away)
	w.away(l, away)
	w.stirs(l)
}

// closes notes that a reminder is closed.
func (w *promiseWatch) closes(l *life, r journal.Reminder) {
	if r.State == journal.Replaced {
		delete(w.pushes.named, offered{r.Due.Unix(), r.Kind == kindNudge}) // it may be offered once more, by a plan with another anchor
	}
	delete(w.offers.snoozed, r.ID)
	delete(w.backs.unskip, r.ID)
	if r.State == journal.Lapsed {
		w.lapses(l, r)
	}
	if kindOf(r.Kind).start {
		if r.State == journal.Skipped {
			w.offers.skipped = later(w.offers.skipped, r.Due)
			w.counts(l)
		}
		w.stirs(l)
	}
	// While it hurts an alarm comes as a normal push, and buys the same quiet; so
	// does the one that rang until pain was noted, and what a partner stopped.
	rang := w.pushes.alarmed[tagOf(r)]
	if p := (&stepper{State: l.state}); p.silenced(r) {
		rang = w.pushes.alarmed[tag(r.ID, r.Burst-1)]
	}
	due := r.Due
	if r.Burst > 0 {
		due = r.From // who snoozes it has heard it, and waits for the next
	}
	rang = rang || w.offers.rang[due.Unix()] // the service rang by itself
	if r.State != journal.Lapsed || !r.Wakes || !rang {
		return
	}
	if from, to, ok := w.routine.Asleep(r.Due); ok {
		w.lapsed, w.alarm = r.Closed, r.Due // in the hours of sleep of another zone it may not be over
		if l.clock().Before(to) {
			w.quiet = stretch{from, to}
		}
	}
}
