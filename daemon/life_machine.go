package daemon

import (
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/simulate"
)

// crashPoint is one write of the journal at which the process dies: just
// before it, when all that it would have held is lost, or just after it,
// when only the memory is. The process is back in the same instant.
type crashPoint struct {
	commit int // counts from 1
	before bool
}

// machine is the simulated machine with the daemon's loop on it. It mirrors
// Daemon.turn, handle and outcome, with the journal in memory: what is
// committed is state.Snapshot, and everything else dies with the process.
type machine struct {
	state     State
	wake      time.Time // on the machine's clock, as Daemon.wake
	looked    time.Time // as Daemon.looked
	turned    bool      // the process has made a step
	running   bool      // the process is there
	suspended bool
	settling  time.Time // true: receipts are read first, then the loop begins; zero: it has begun
	held      time.Time // true: nothing is sent before; zero: the clock is to be trusted
	restart   time.Time // true: a killed process is back then; zero: it was not killed
	armed     bool      // the next request that a service takes kills the process
	skew      time.Duration
	commits   int
	dies      bool // the process dies as soon as the present work is left
	stalled   bool // as Daemon.stalled
	crammed   bool // the disk was full when the machine was last looked at
	kept      []keptOutcome
	up        time.Time // true: since when the process has been running and awake
}

// clock is what the machine's clock shows.
func (l *life) clock() time.Time { return l.now.Add(l.skew) }

// machineNext is when something happens on the machine by itself.
func (l *life) machineNext() time.Time {
	if !l.running {
		return l.restart
	}
	if l.suspended {
		return time.Time{}
	}
	if !l.settling.IsZero() {
		return l.settling
	}
	next := time.Time{}
	if !l.wake.IsZero() {
		next = l.wake.Add(-l.skew)
	}
	for _, o := range l.kept {
		next = sooner(next, o.again)
	}
	next = sooner(next, l.held)
	return sooner(next, l.phoneNext())
}

// machineChanged follows the faults of the machine: power, suspend, clock.
func (l *life) machineChanged() {
	fs := l.o.Faults
	was := l.skew
	l.skew = fs.Clock(l.now)
	off := fs.Holds(simulate.Off, l.now) || fs.Holds(simulate.Killed, l.now)
	switch {
	case off:
		if l.running {
			l.note(Moment{What: "off"})
			l.die()
		}
		l.restart = time.Time{}
	case !off && !l.running && l.restart.IsZero():
		l.boot()
	}
	suspended := fs.Holds(simulate.Suspended, l.now)
	if suspended != l.suspended {
		if suspended {
			l.watch.leaves(l)
		}
		l.suspended = suspended
		if l.running {
			l.note(Moment{What: map[bool]string{true: "suspended", false: "resumed"}[suspended]})
		}
		if !suspended && l.running {
			l.back()
			if l.settling.IsZero() {
				l.turn() // a waiter on the wall clock fires when the machine is back
			}
		}
	}
	if l.fills(); l.suspended || !l.running || l.crammed {
		l.watch.left(l)
	}
	for _, f := range fs {
		if f.Kind == simulate.KilledAfter && f.From.Equal(l.now) {
			l.armed = true
		}
	}
	if l.skew != was {
		l.clockSet(l.skew - was)
	}
}

// clockSet follows a clock that was set by so much.
func (l *life) clockSet(by time.Duration) {
	l.note(Moment{What: "clock set", Text: by.String()})
	l.watch.clockSet(l, by)
	// Somebody knows what time it is.
	if l.running && !l.suspended && l.settling.IsZero() && l.trusts() {
		l.turn()
	}
	l.held = time.Time{}
}

// trusts ends the holding of pushes for a clock, as Daemon.release does; false:
// the process died of it.
func (l *life) trusts() bool {
	if l.held.IsZero() {
		return true
	}
	l.held = time.Time{}
	b := wentBack(&l.state, l.clock())
	if empty(b) || !l.turned {
		return true
	}
	l.wake = l.clock()
	return l.apply(b)
}

// back notes that the machine runs again.
func (l *life) back() {
	l.up = l.now
	if !l.full() {
		l.watch.returned(l)
	}
}

// boot starts the process, as New and Run do.
func (l *life) boot() {
	l.running, l.restart, l.armed = true, time.Time{}, false
	l.reads()
	l.state.Age(l.clock())
	l.state.Alive = l.state.Newest
	l.wake, l.looked, l.turned, l.dies, l.stalled = time.Time{}, time.Time{}, false, false, false
	l.held = time.Time{}
	if Plausible(l.clock(), time.Time{}, l.state.Newest) != nil {
		l.held = l.now.Add(holdMost)
	}
	l.note(Moment{What: "started"})
	if !l.suspended {
		l.back()
	}
	l.settling = l.now
	if l.phone.anyOpen(&l.state) {
		l.settling = l.now.Add(receiptPace)
	}
	if l.o.exact {
		l.settling = l.now
	}
}

// receiptPace is how often receipts are read (Pushover's rule).
const receiptPace = 5 * time.Second

// die ends the process: what is in memory alone is gone.
func (l *life) die() {
	l.watch.leaves(l)
	l.running, l.dies = false, false
	l.settling, l.held = time.Time{}, time.Time{}
	l.phone.forget()
	for _, o := range l.kept {
		if o.failure == nil {
			l.watch.lost(o.delivery)
		}
	}
	l.kept = nil
	l.watch.left(l)
}

// machineRuns lets the process do all that is due now.
func (l *life) machineRuns() {
	if !l.running && !l.restart.IsZero() && !l.restart.After(l.now) {
		l.boot()
	}
	for range 1000 {
		if l.dies {
			l.die()
			l.note(Moment{What: "killed"})
			if l.restart.IsZero() || l.o.crash.commit > 0 {
				l.boot()
			}
		}
		if !l.running || l.suspended || !l.machineStep() {
			return
		}
	}
	l.watch.breaks(l, LineEnds, "the daemon did not come to rest")
}

// machineStep does one thing that is due; false: nothing is.
func (l *life) machineStep() bool {
	if !l.settling.IsZero() {
		if l.settling.After(l.now) {
			return false
		}
		l.settling = time.Time{}
		if !l.readReceipts(true) {
			l.turn()
		}
		return true
	}
	switch {
	case !l.held.IsZero() && !l.held.After(l.now) && l.turned:
		l.trusts()
	case !l.turned || !l.wake.IsZero() && !l.wake.After(l.clock()):
		l.turn()
	case l.rewrites(), l.readReceipts(false):
	default:
		return l.send()
	}
	return true
}

// turn is Daemon.turn.
func (l *life) turn() {
	l.reads()
	now := l.clock()
	if now.Before(l.looked) && !l.apply(setBack(&l.state, now, l.looked.Sub(now))) {
		l.stall()
		return
	}
	l.looked = now
	l.state.Alive = l.alive(now)
	r := Step(l.state, now)
	if !l.commit(r.Batch, r.State) {
		l.stall()
		return
	}
	l.wake, l.turned, l.stalled = r.Wake, true, false
	if l.o.twice {
		if again := Step(l.state, now); !empty(again.Batch) {
			l.watch.breaks(l, LineEnds, "asking twice gave more")
		}
	}
}

// stall is Daemon.stall, but that it looks again once there is room.
func (l *life) stall() {
	if !l.dies {
		l.wake, l.turned, l.stalled = l.roomAt().Add(l.skew), true, true
	}
}

// alive is Daemon.alive.
func (l *life) alive(now time.Time) time.Time {
	switch {
	case !l.turned, l.stalled:
		return l.state.Alive
	case !l.wake.IsZero() && l.wake.Before(now):
		return l.wake
	}
	return now
}

// commit is the journal's: b is on disk after it. False means that the process
// died in it (dies), or that there was no room for it.
func (l *life) commit(b journal.Batch, after State) bool {
	if empty(b) {
		l.state = after
		return true
	}
	if l.full() {
		return false
	}
	l.commits++
	here := l.commits == l.o.crash.commit
	if here && l.o.crash.before {
		l.dies = true
		return false
	}
	l.state = after
	l.write(b)
	l.dies = here
	return !here
}

// apply is Daemon.apply.
func (l *life) apply(b journal.Batch) bool {
	after := l.state
	after.Snapshot.Apply(b)
	return l.commit(b, after)
}
