package daemon

import (
	"context"
	"slices"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/simulate"
	"nightbell/daemon/web"
)

// LifeEdit is one change of the configuration while the daemon may be running.
type LifeEdit struct {
	At       time.Time // true: when the file is written
	Open     bool      // not before a start's reminder is open
	Settings Settings  // what it says from then on
}

// edit writes what is due into the file. A daemon that runs reads it at once,
// any other when it is back.
func (l *life) edit() {
	for len(l.edits) > 0 && !l.edits[0].At.After(l.now) && (!l.edits[0].Open || l.state.openStart() != nil) {
		l.file, l.edits, l.unread = l.edits[0].Settings, l.edits[1:], true
		l.note(Moment{What: "configured"})
		if l.running && !l.suspended && l.settling.IsZero() {
			l.turn()
			l.machineRuns()
		}
	}
}

// reads is Daemon.Reload: what is in the file is in force.
func (l *life) reads() {
	if !l.unread {
		return
	}
	l.unread = false
	l.state.Settings = l.file
	l.state.follow()
	if l.state.plans != nil {
		l.state.plans = &planMemo{}
	}
	l.phone.serves(l.file.Channels, l.now)
	l.follows()
}

// follows lets everybody go by the routine that the file and the person's own
// word say, whatever the daemon makes of them.
func (l *life) follows() {
	l.routine = l.file.Routine
	if l.zone != nil {
		l.routine.Location = l.zone
	}
	l.person.Follows(l.routine)
	l.watch.follows(l)
}

// decide is core.decideNew.
func (l *life) decide(q web.Request) (journal.Batch, web.Reply, error) {
	switch q.What {
	case web.Zone:
		return (&core{state: l.state}).travel(q, l.clock())
	case web.Undo:
		return takeBack(context.Background(), &l.ledger, l.state, q, l.clock())
	}
	return Answer(l.state, q, l.clock())
}

// travels notes that the journal says where the person is.
func (l *life) travels(a simulate.Act) {
	l.zone = nil
	if zone, err := config.Zone(a.Zone); err == nil {
		l.zone = zone
	}
	l.follows()
}

// serves follows the configuration. A channel that is no longer in it still
// has its service, which rings on and holds what it was given.
func (p *phoneService) serves(channels []Facts, now time.Time) {
	for _, at := range p.lines {
		at.gone = at.gone || !slices.ContainsFunc(channels, func(f Facts) bool { return f.Name == at.Name })
	}
	for _, f := range channels {
		at := p.line(f.Name)
		if at == nil {
			at = &line{gone: true, unheard: map[string]int{}}
			p.lines = append(p.lines, at)
		}
		if at.gone {
			at.since = now
		}
		at.Facts, at.gone = f, false
	}
}
