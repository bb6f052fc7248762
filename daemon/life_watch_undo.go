package daemon

import (
	"maps"
	"slices"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/simulate"
)

// undoWatch checks what is taken back: that it is the newest that was said,
// that everything is as it was before, and that the start it had answered comes
// back, once and not at once.
type undoWatch struct {
	said    []deed               // what can be taken back, oldest first
	closed  map[string]time.Time // clock: starts that were answered when the last undo was written, and when each was
	unskip  map[string]bool      // skips that were taken back
	stopped map[string]time.Time // true, by reminder: when somebody stopped its ringing and logged nothing
	hushed  []time.Time          // clock: when the pauses had begun that were taken back later on
	open    string               // the start that was open when a quiet came back: it was offered by then, and goes on
	since   time.Time            // clock: when the daemon may have been told last that silence is not over; zero: never

	due  time.Time // clock: the start that is to be pushed again; zero: none is
	key  string    // of its reminder
	from time.Time // clock: not before
	look time.Time // true: when to look whether it was; zero: never
}

// deed is one thing that a person said and may take back, with what the watch
// knew before it.
type deed struct {
	change   int64
	at       time.Time                  // clock
	sessions map[int64]*journal.Session // what stood under the IDs that it wrote; nil: nothing
	skipped  []string                   // reminders
	base     time.Time
	skip     time.Time
	quiet    stretch
	alarm    time.Time
	lapsed   time.Time
	hush     []stretch
	resting  bool
	rested   bool
	hurts    bool
	zone     *time.Location
}

func newUndoWatch() undoWatch {
	return undoWatch{closed: map[string]time.Time{}, unskip: map[string]bool{}, stopped: map[string]time.Time{}}
}

// does notes what a batch says that can be taken back, before it changes anything.
func (w *promiseWatch) does(l *life, b journal.Batch) {
	u := &w.backs
	for _, c := range b.Changes {
		switch {
		case c.Undone != 0:
			clear(u.closed)
			for id, r := range l.notes.closed {
				if kindOf(r.Kind).start && (r.State == journal.Logged || r.State == journal.Skipped) {
					u.closed[id] = r.Closed
				}
			}
		case c.Undoable:
			d := deed{
				change: c.ID, at: l.clock(), sessions: map[int64]*journal.Session{}, base: w.base, skip: w.offers.skipped, quiet: w.quiet, alarm: w.alarm,
				lapsed: w.lapsed, hush: append([]stretch(nil), w.hush...), resting: w.resting, rested: w.rested, hurts: !w.hurts.IsZero(), zone: l.zone,
			}
			for _, e := range b.Sessions {
				if was, stands := l.notes.sessions[e.ID]; stands {
					d.sessions[e.ID] = &was
				} else if _, known := d.sessions[e.ID]; !known {
					d.sessions[e.ID] = nil
				}
			}
			for _, e := range b.Passed {
				if e.Skipped && e.Change == c.ID {
					d.skipped = append(d.skipped, e.Reminder)
				}
			}
			u.said = append(u.said, d)
		}
	}
}

// undoes looks at what a batch took back, once it is in the journal.
func (w *promiseWatch) undoes(l *life, b journal.Batch) {
	u := &w.backs
	for _, c := range b.Changes {
		if c.Undone == 0 {
			continue
		}
		if !c.Undoable { // a snooze: what is open goes on at once
			maps.DeleteFunc(w.offers.snoozed, func(_ string, until time.Time) bool { return until.After(l.clock()) })
			w.stirs(l)
			continue
		}
		if len(u.said) == 0 || u.said[len(u.said)-1].change != c.ID {
			w.breaks(l, LineUndone, "change %d was taken back, and another was made after it", c.ID)
			continue
		}
		d := u.said[len(u.said)-1]
		u.said = u.said[:len(u.said)-1]
		w.unlogs(l, &d)
		w.restores(l, &d)
		w.awaits(l, &d)
	}
}

// unlogs looks whether the sessions of what was taken back are as before.
func (w *promiseWatch) unlogs(l *life, d *deed) {
	x := &w.answers
	for id, was := range d.sessions {
		is, stands := l.notes.sessions[id]
		if stands != (was != nil) || stands && (!is.Start.Equal(was.Start) || is.Length != was.Length || is.Kind != was.Kind || is.Begun != was.Begun) {
			w.breaks(l, LineUndone, "session %d is %+v, and was %+v before", id, is, was)
		}
		if stands {
			continue
		}
		delete(x.ids, id)
		for visit, told := range x.visits {
			if told.session == id {
				delete(x.visits, visit)
				l.unmeans(visit)
			}
		}
		l.person.Unsays()
	}
}

// restores takes the account back to what it was before the deed.
func (w *promiseWatch) restores(l *life, d *deed) {
	now := l.clock()
	for _, id := range d.skipped {
		w.backs.unskip[id] = true
	}
	for _, h := range w.hush {
		if slices.ContainsFunc(d.hush, func(e stretch) bool { return e.from.Equal(h.from) }) {
			continue
		}
		w.unsnoozes(h)
		if h.from.After(d.at) && !h.from.After(now) {
			w.backs.hushed = append(w.backs.hushed, h.from) // it silenced what was open
		}
	}
	w.hush, w.offers.skipped = d.hush, d.skip
	w.resting = d.resting
	w.rested = d.rested || w.rested // a rest that began by itself since is nothing that the deed made
	switch {
	case !d.hurts:
		w.hurts = time.Time{}
	case w.hurts.IsZero():
		w.hurts = l.now
	}
	if d.zone != l.zone {
		l.zone = d.zone
		l.follows()
	}
	if from, to, ok := w.routine.Asleep(d.alarm); ok && d.quiet.holds(now) && w.alarm.IsZero() && !d.lapsed.After(now) {
		w.quiet, w.alarm, w.lapsed = stretch{from, to}, d.alarm, d.lapsed
		if r := l.state.openStart(); r != nil {
			w.backs.open = r.ID
		}
	}
	w.base, w.fresh = later(later(d.base, w.offers.pushed), minTime(w.stayed, now)), false
	w.backs.since = now
	if len(d.sessions)+len(d.skipped) > 0 {
		w.backs.since = now.Add(reopenAfter)
	}
	w.stirs(l)
	w.counts(l)
}

// awaits notes which start is to come back: the one that is due now, by what
// the watch knows. Whoever took its answer back is there, so it waits a while.
func (w *promiseWatch) awaits(l *life, d *deed) {
	u, now := &w.backs, l.clock()
	u.due, u.look = time.Time{}, time.Time{}
	starts := w.plan(l, now).Starts
	if len(d.sessions)+len(d.skipped) == 0 || len(starts) == 0 || starts[0].At.After(now) {
		return
	}
	for id, closed := range u.closed {
		r := l.state.reminder(id)
		if r == nil || !r.Due.Equal(starts[0].At) || r.Kind != string(starts[0].Kind) || now.Sub(closed) >= remindersKept {
			continue
		}
		from := now.Add(reopenAfter)
		w.offers.snoozed[id] = later(w.offers.snoozed[id], from)
		u.comes(l, id, r.Due, from)
	}
}

// comes notes that the start of due is to be pushed once more, from then on.
func (u *undoWatch) comes(l *life, key string, due, from time.Time) {
	u.key, u.due, u.from = key, due, from
	u.look = later(from.Add(promiseSlack-l.skew), l.now)
}

// push notes that a start was pushed.
func (u *undoWatch) push(due time.Time) {
	if due.Equal(u.due) {
		u.due, u.look = time.Time{}, time.Time{}
	}
}

// cameBack looks whether the start that is to be pushed again was.
func (w *promiseWatch) cameBack(l *life) {
	u := &w.backs
	if u.look.IsZero() || u.look.After(l.now) {
		return
	}
	_, closed := l.notes.closed[u.key]
	starts := w.plan(l, l.clock()).Starts
	if closed || len(starts) == 0 || !starts[0].At.Equal(u.due) {
		u.look = time.Time{}
		return // answered, given up (lapses looks at that) or moved
	}
	u.look = l.now.Add(promiseSlack)
	quiet := later(u.from, later(w.offers.snoozed[u.key], w.offers.hushed[u.key]))
	if waited := w.waited(l, quiet); waited > promiseSlack {
		u.look = time.Time{}
		w.breaks(l, LineUndone, "the start of %s did not come back in %s", w.say(u.due), waited)
	}
}

// clockSet begins anew what a clock decides.
func (u *undoWatch) clockSet(now time.Time) {
	u.due, u.look, u.since = time.Time{}, time.Time{}, minTime(u.since, now)
}

// unmeans lets the person do no more of a visit that was taken back.
func (l *life) unmeans(visit int) {
	l.acts = slices.DeleteFunc(l.acts, func(a simulate.Act) bool { return a.Visit == visit })
}

// stops notes that somebody stopped the ringing of a reminder, and logged nothing.
func (w *promiseWatch) stops(l *life, key string) {
	w.backs.stopped[key] = l.now
	if w.offers.hushed[key] = l.clock().Add(awakeLine); w.backs.due.IsZero() {
		if r := l.state.reminder(key); r != nil && kindOf(r.Kind).start {
			w.backs.comes(l, key, r.Due, w.offers.hushed[key])
		}
	}
}
