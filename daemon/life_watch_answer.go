package daemon

import (
	"maps"
	"slices"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/simulate"
	"nightbell/daemon/web"
)

// answerWatch checks that every answer is in the journal, once.
type answerWatch struct {
	visits map[int]visitTold
	ids    map[int64]bool // sessions that somebody told of
	firsts map[int64]int  // the visit that was told of a session first: it is logged by that one
	taps   []tap          // on the phone, that the daemon has not read yet
	sets   int            // how often the clock was set
}

// visitTold is what the daemon said of one visit.
type visitTold struct {
	session int64
	sets    int
}

// tap is one acknowledgement on a phone.
type tap struct {
	ring   *ring
	at     time.Time // true
	visit  int
	sets   int
	hushed bool // in a pause: the tap only silences
}

func newAnswerWatch() answerWatch {
	return answerWatch{visits: map[int]visitTold{}, ids: map[int64]bool{}, firsts: map[int64]int{}}
}

// told reports whether the daemon said that a visit is logged.
func (w *promiseWatch) told(visit int) bool {
	_, ok := w.answers.visits[visit]
	return ok
}

// answered looks at what the daemon said to an act.
func (w *promiseWatch) answered(l *life, a simulate.Act, reply web.Reply) {
	w.outage.end()
	w.pushes.happens++
	w.stirs(l)
	if !reply.Already {
		w.word = l.clock()
	}
	if pause := a.What == simulate.Pause || a.What == simulate.Tonight; !pause || !reply.Already {
		w.asked(l, a) // else the pause that stands was noted
	}
	if !a.Tells() {
		return
	}
	w.session(l, a.Visit, reply.Session)
	switch {
	case reply.Already:
	case a.What == simulate.Start:
		w.begins(l, reply.Session, l.clock(), time.Minute)
	case a.What == simulate.Log:
		w.begins(l, reply.Session, a.Begun, time.Minute)
	}
}

// begins looks whether a session is logged at the instant that was told.
func (w *promiseWatch) begins(l *life, session int64, at time.Time, within time.Duration) {
	if e, stands := l.notes.sessions[session]; stands && e.Start.Sub(at).Abs() >= within {
		w.breaks(l, LineAnswer, "a session of %s is logged as one of %s", w.say(at), w.say(e.Start))
	}
}

// session notes that a visit is logged as a session.
func (w *promiseWatch) session(l *life, visit int, id int64) {
	x := &w.answers
	e, stands := l.notes.sessions[id]
	if !stands {
		w.breaks(l, LineAnswer, "somebody was told %q of a session that is not in the journal", "logged")
		return
	}
	if !x.ids[id] { // what began before the rest may end in it
		w.resting, x.firsts[id] = false, visit
	}
	w.word = later(w.word, minTime(e.Start, l.clock()))
	w.counts(l)
	if e.Start.After(w.alarm.Add(-max(w.routine.Merge, time.Second))) {
		w.quiet, w.alarm = stretch{}, time.Time{} // they are up, and go by the plan again
	}
	w.touch(minTime(e.Start, l.clock()))
	x.ids[id] = true
	was, ok := x.visits[visit]
	// Whoever begins on a reminder that another visit answered is told of that
	// one for an hour; said after the hour, their end logs what they did.
	if ok && was.session != id && x.firsts[was.session] == visit && was.sets == x.sets && !x.stray(id) {
		w.breaks(l, LineAnswer, "one visit is logged as two sessions, %d and %d", was.session, id)
	}
	x.visits[visit] = visitTold{id, x.sets}
}

// stray tells whether a session was told of by a clock that was another one:
// its instant may lie in the middle of what came after it, and nothing shows
// that it does not belong there.
func (x *answerWatch) stray(session int64) bool {
	for _, told := range x.visits {
		if told.session == session && told.sets != x.sets {
			return true
		}
	}
	return false
}

// taps notes an acknowledgement on the phone.
func (w *promiseWatch) taps(l *life, r *ring, a simulate.Act) {
	w.outage.end()
	hushed := slices.ContainsFunc(w.hush, func(h stretch) bool { return h.holds(l.clock()) })
	w.answers.taps = append(w.answers.taps, tap{r, l.now, a.Visit, w.answers.sets, hushed})
}

// acknowledged looks at what reading a receipt changed.
func (w *promiseWatch) acknowledged(l *life, d journal.Delivery, got receiptRead, b journal.Batch) {
	if !got.Acknowledged {
		return
	}
	w.pushes.happens++
	w.stirs(l)
	for _, e := range b.Answers {
		w.word = later(w.word, minTime(e.At, l.clock()))
	}
	w.offers.hushed[d.Reminder] = l.clock().Add(awakeLine)
	if at := l.phone.line(d.Channel); at.Partner && len(b.Sessions) > 0 {
		w.breaks(l, LineAnswer, "the partner's tap logged a session")
	} else if (at.Awake || at.Partner) && len(b.Reminders) > 0 {
		w.stops(l, d.Reminder)
	}
	x := &w.answers
	for i, t := range x.taps {
		if t.ring != l.phone.rings[d.Receipt] {
			continue
		}
		x.taps = append(x.taps[:i:i], x.taps[i+1:]...)
		if len(b.Sessions) > 0 {
			id := b.Sessions[len(b.Sessions)-1].ID
			w.session(l, t.visit, id)
			if l.skew == 0 && t.sets == x.sets {
				w.begins(l, id, t.at, time.Second) // not the instant at which it was read
			}
			return
		}
		w.unlogged(l, t)
		return
	}
}

// unlogged looks at an acknowledgement that logged nothing: it may only
// because it wakes and no more, because the reminder had been answered, or
// because it had lapsed long before.
func (w *promiseWatch) unlogged(l *life, t tap) {
	if l.phone.line(t.ring.channel).Awake || t.sets != w.answers.sets || l.state.resting() || t.hushed {
		return
	}
	if r := l.state.reminder(t.ring.reminder); r != nil && tagOf(*r) != t.ring.tag {
		return // another answer had been given: the tap only silenced
	}
	if r, closed := l.notes.closed[t.ring.reminder]; closed {
		lapsed := r.State == journal.Lapsed && t.at.Add(l.skew).Sub(r.Closed) > clearsAfter
		if lapsed || r.State == journal.Skipped || r.State == journal.Logged {
			return
		}
	}
	for _, e := range l.notes.sessions {
		if d := t.at.Add(l.skew).Sub(e.Start).Abs(); d < max(l.routine.Merge, l.routine.PowerLength()) {
			return
		}
	}
	w.breaks(l, LineAnswer, "the acknowledgement of %s logged nothing", w.say(t.at.Add(l.skew)))
}

// finish looks at the account at the end of a life.
func (w *promiseWatch) finish(l *life) {
	for _, id := range slices.Sorted(maps.Keys(w.answers.ids)) {
		if _, stands := l.notes.sessions[id]; !stands {
			w.breaks(l, LineAnswer, "session %d was told of and is not in the journal", id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(l.notes.sessions)) {
		if !w.answers.ids[id] {
			w.breaks(l, LineAnswer, "session %d of %s is in the journal, and nobody told of it", id, w.say(l.notes.sessions[id].Start))
		}
	}
	for _, t := range w.answers.taps {
		if !t.ring.known {
			continue // the service's answer was lost each time, and its receipt with it: there is nothing to read
		}
		at := l.phone.line(t.ring.channel)
		if min(l.now.Sub(t.at), l.works(), l.lineWorks(at)) >= promiseSlack && l.now.Sub(t.at) < remindersKept {
			w.breaks(l, LineAnswer, "the acknowledgement of %s was never read", w.say(t.at.Add(l.skew)))
		}
	}
}

// remindersKept is how long the journal's snapshot knows a closed reminder.
const remindersKept = 48 * time.Hour
