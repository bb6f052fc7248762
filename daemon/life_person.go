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
	open := l.state.openStart()
	if !l.handle(b) {
		if !l.o.crash.before {
			l.watch.written(l, a)
		}
		if a.Key == "" && open != nil {
			a.Key = open.ID
		}
		l.means([]simulate.Act{a}) // nobody said yes, so they say it again, of the same reminder
		return
	}
	l.note(Moment{What: "answered", Kind: string(q.What), Key: q.Reminder, Text: reply.Text})
	l.days.answered(l)
	l.watch.answered(l, a, reply)
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
	case simulate.Travels:
		q.What, q.Zone = web.Zone, &a.Zone
	case simulate.Hurts, simulate.Clears:
		on := a.What == simulate.Hurts
		q.What, q.On = web.Pain, &on
	}
	return q
}

// handle is Daemon.handle: the change and the step that follows from it are
// one write.
func (l *life) handle(b journal.Batch) bool {
	now := l.clock()
	after := l.state
	after.Snapshot.Apply(b)
	after.follow()
	after.Alive = l.alive(now)
	if !l.settling.IsZero() {
		return l.commit(b, after) // Daemon.carry makes no step before what was answered is read
	}
	r := Step(after, now)
	if !l.commit(join(b, r.Batch), r.State) {
		return false
	}
	l.wake = r.Wake
	return true
}
