package daemon

import (
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/simulate"
	"nightbell/daemon/web"
)

// triesAgain is how long somebody waits before they tell a machine again that
// did not answer.
const triesAgain = 10 * time.Minute

// act lets the person do one thing.
func (l *life) act(a simulate.Act) {
	if closed, ok := l.notes.closed[a.Key]; ok && a.Again && l.clock().Sub(lastSeen(closed)) > keyLife {
		return // the button they would press again has had its time
	}
	if closed := l.notes.closed[a.Key]; a.Again && a.Tells() && l.skew != 0 && a.What == simulate.Start && closed.State != journal.Logged {
		return // a reply carries the time of its service: by a clock that is hours off it was before the start was due
	}
	if !l.person.Still(a) || a.What == simulate.Log && l.watch.told(a.Visit) {
		return
	}
	if a.Tells() {
		l.person.Had(a.Begun)
	}
	if a.What == simulate.Help {
		l.helps(a)
		return
	}
	if a.What == simulate.Acknowledge {
		if l.acknowledge(a) {
			return
		}
		a.What = simulate.Start // nothing rings any more: they say so at home
	}
	if !l.running || l.suspended {
		l.afterwards(a)
		return
	}
	q := l.request(a)
	b, reply, err := l.decide(q)
	if err != nil {
		l.refusedAct(a, err)
		return
	}
	open, sessions := l.state.openStart(), len(l.notes.sessions)
	if goes, written := l.handle(b); !goes && !l.dies && !written {
		l.note(Moment{What: "refused", Kind: string(q.What), Key: q.Reminder, Text: "no room"})
		l.afterwards(a)
		return
	} else if !goes && l.dies {
		if written {
			l.watch.written(l, a)
			if a.What == simulate.Undo {
				return // they look first: a second one would take back what came before
			}
		}
		if a.Key == "" && open != nil {
			a.Key = open.ID
		}
		a.Anew = true
		l.means([]simulate.Act{a}) // nobody said yes, so they say it again, of the same reminder
		return
	}
	l.note(Moment{What: "answered", Kind: string(q.What), Key: q.Reminder, Text: reply.Text})
	l.days.answered(l)
	l.watch.answered(l, a, reply)
	if a.What == simulate.Hush && len(l.notes.sessions) != sessions {
		l.watch.breaks(l, LineAnswer, "the button that stops the ringing logged a session")
	}
	// What is said anew is a change of its own where it can be: a life with a
	// crash would take back another one than the life without.
	twofold := l.o.exact && a.What == simulate.Skip
	if a.What != simulate.Undo && (!reply.Already || a.Anew) && !twofold {
		l.regrets()
	}
}

// regrets lets the person think better of what they just said.
func (l *life) regrets() {
	acts := l.person.Regrets(l.now)
	for i := range acts {
		if acts[i].Named {
			acts[i].Last = l.state.NextChange - 1
		}
	}
	l.means(acts)
}

// acknowledge stops what rings on the phone; it needs the service alone.
func (l *life) acknowledge(a simulate.Act) bool {
	some, wakes := false, false
	for _, r := range l.phone.ringing {
		if r.sounds(l.now) && (a.Key == "" || r.reminder == a.Key) && !l.phone.line(r.channel).Partner {
			r.acked, some = l.now, true
			wakes = wakes || l.phone.line(r.channel).Awake
			l.watch.taps(l, r, a)
		}
	}
	if some {
		l.note(Moment{What: "acknowledged", Key: a.Key})
		l.days.answered(l)
	}
	if wakes { // they say that they begin as well
		a.What, a.At = simulate.Start, l.now.Add(time.Minute)
		l.means([]simulate.Act{a})
	}
	return some
}

// helps lets the partner stop what rings on their own phone.
func (l *life) helps(a simulate.Act) {
	for _, r := range l.phone.ringing {
		if r.sounds(l.now) && r.reminder == a.Key && l.phone.line(r.channel).Partner {
			r.acked = l.now
			l.note(Moment{What: "acknowledged by the partner", Key: a.Key})
		}
	}
}

// afterwards is what becomes of an act that could not reach the machine: a
// session nobody told of yet is logged once the machine is back, the rest is
// let be.
func (l *life) afterwards(a simulate.Act) {
	if !a.Tells() || a.Again || l.watch.told(a.Visit) {
		return
	}
	a.What, a.At = simulate.Log, l.now.Add(triesAgain)
	l.means([]simulate.Act{a})
}

// refusedAct is what becomes of an act that was refused: a session whose
// instant the machine takes for a wrong one is told as beginning now.
func (l *life) refusedAct(a simulate.Act, err error) {
	l.note(Moment{What: "refused", Kind: string(a.What), Key: a.Key, Text: err.Error()})
	if a.Tells() && a.What != simulate.Start && !a.Again {
		a.What, a.At = simulate.Start, l.now
		l.means([]simulate.Act{a})
	}
}

// request is an act as the desk takes it.
func (l *life) request(a simulate.Act) web.Request {
	q := web.Request{Reminder: a.Key, For: a.For, Source: "cli"}
	switch a.What {
	case simulate.Start:
		q.What = web.Start
	case simulate.Done:
		q.What = web.Done
	case simulate.Skip:
		q.What = web.Skip
	case simulate.Snooze:
		q.What = web.Snooze
	case simulate.Log:
		q.What, q.Reminder, q.At = web.Log, "", a.Begun
	case simulate.Pause:
		q.What = web.Pause
	case simulate.Tonight:
		q.What, q.Tonight = web.Pause, true
	case simulate.Resume:
		q.What = web.Resume
	case simulate.Rest:
		q.What = web.Rest
	case simulate.Hush:
		q.What = web.Heard
	case simulate.Undo:
		q.What, q.Change = web.Undo, a.Last
	case simulate.Travels:
		q.What, q.Zone = web.Zone, &a.Zone
	case simulate.Hurts, simulate.Clears:
		on := a.What == simulate.Hurts
		q.What, q.On = web.Pain, &on
	}
	return q
}

// handle is Daemon.carry: the change and the step that follows from it are one
// write, but where the step needs rows that are not in memory. It reports
// whether the daemon goes on to say yes, and whether the change is in the journal.
func (l *life) handle(b journal.Batch) (goes, written bool) {
	now := l.clock()
	after := l.state
	if !after.Snapshot.Apply(b) {
		if written = l.commit(b, after) || l.dies && !l.o.crash.before; written {
			l.state.Snapshot = l.ledger.read(l.state.Snapshot, now)
			l.state.follow()
		}
		if !written || l.dies {
			return false, written
		}
		b, after = journal.Batch{}, l.state
	}
	after.follow()
	after.Alive = l.alive(now)
	r, steps := Result{State: after}, l.settling.IsZero() // no step before what was answered is read
	if steps {
		r = Step(after, now)
	}
	if !l.commit(join(b, r.Batch), r.State) {
		l.wake = now
		return false, written || l.dies && !l.o.crash.before
	}
	if steps {
		l.wake = r.Wake
	}
	return true, true
}
