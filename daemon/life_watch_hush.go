package daemon

import (
	"time"

	"nightbell/daemon/simulate"
)

// asked notes what the person asked for, once the daemon said yes.
func (w *promiseWatch) asked(l *life, a simulate.Act) {
	now := l.clock()
	switch a.What {
	case simulate.Snooze:
		w.snoozes(l, a)
	case simulate.Hush:
		w.stops(l, a.Key)
	case simulate.Skip:
		w.touch(now) // "not this one": the silence until the next is the person's own
	case simulate.Pause:
		clear(w.offers.snoozed) // this is their newer word
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
		w.hurts, w.soothed = time.Time{}, now
	}
}

// written notes what was asked for and is in the journal, although the process
// died before it could say so: from here on pushes may come again.
func (w *promiseWatch) written(l *life, a simulate.Act) {
	w.pushes.happens++
	w.stirs(l)
	w.word = later(w.word, l.clock())
	switch a.What {
	case simulate.Snooze:
		w.snoozes(l, a)
	case simulate.Hush:
		w.stops(l, a.Key)
	case simulate.Pause, simulate.Tonight:
		w.asked(l, a) // said again and taken back, this one stands again
	case simulate.Resume:
		w.endHush(l.clock())
		w.resting = false
	case simulate.Clears:
		w.hurts = time.Time{}
	case simulate.Travels:
		l.travels(a)
	}
	if a.Tells() {
		w.resting = false
	}
}

// endHush ends the pauses that hold at from, and reports whether one did.
func (w *promiseWatch) endHush(from time.Time) bool {
	for _, h := range w.hush {
		if h.holds(from) {
			w.unsnoozes(h)
		}
	}
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
		w.unsnoozes(w.hush[next])
		w.hush = append(w.hush[:next:next], w.hush[next+1:]...)
	}
}
