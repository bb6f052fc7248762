package daemon

import (
	"maps"
	"slices"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/simulate"
	"nightbell/notify"
	"nightbell/planner"
)

// LifeOptions are what a simulated life is made from. The same options give
// the same life.
type LifeOptions struct {
	Settings Settings
	Person   simulate.Person
	Faults   simulate.Faults
	From     time.Time  // the machine is switched on for the first time
	Days     int        // pumping days that are lived to their end
	Edits    []LifeEdit // of the configuration, oldest first
	Seed     uint64

	crash  crashPoint // where the process dies once; zero: nowhere
	exact  bool       // restarts and the reading of receipts take no time, so that a life can be compared with one that had a crash
	afresh bool       // every plan is made anew
	twice  bool       // every step is asked twice, and the second must give nothing
}

// SimulatedSettings are those of a configuration with one phone in the place
// of its channels: a phone that rings alarms until they are answered.
func SimulatedSettings(cfg *config.Config) Settings {
	s := SettingsOf(cfg, nil)
	s.Channels = []Facts{{
		Name: "phone", Type: "pushover", Reaches: true, Withdraws: true, Adds: true,
		Repeats: func(l notify.Level) bool { return l == notify.Alarm },
	}}
	return s
}

// Life is what became of somebody who lived with a routine for some days.
type Life struct {
	Days     []LifeDay
	Broken   []Break   // where a line of the promise was broken, oldest first
	Timeline []Moment  // everything that happened
	Commits  int       // how often the journal was written
	end      *lifeRest // what is left at the end, for tests
}

// Moment is one thing that happened, at an instant of the machine's clock.
type Moment struct {
	At   time.Time
	What string // pushed, withdrawn, answered, logged, lapsed, ..., or a fault's kind
	Kind string // of the reminder, or what was answered
	Key  string // of the reminder
	Text string
}

// lifeRest is what is left at the end of a life.
type lifeRest struct {
	state State
	notes *notes
	phone *phoneService
}

// life is a life being lived. Time passes in it from one thing that happens
// to the next; between two of them nothing does. Two clocks run: the true
// one, by which people, services and faults go, and the machine's.
type life struct {
	o      LifeOptions
	now    time.Time // true
	end    time.Time // true
	person *simulate.Living
	acts   []simulate.Act // what the person means to do, by instant
	edges  []time.Time    // of the faults, that still lie ahead
	edits  []LifeEdit     // that still lie ahead

	file    Settings        // what the configuration says
	unread  bool            // and the daemon has not read
	zone    *time.Location  // where the person said they are; nil: at home
	routine planner.Routine // what the person lives by

	machine
	phone  phoneService
	notes  notes
	ledger ledger
	watch  promiseWatch
	days   dayBook
}

// Live lets a person live with a routine: the daemon's own Step, Answer and
// Acknowledge on a journal in memory, with channels and a machine that work
// as the faults say. It reads no clock and does no I/O.
func Live(o LifeOptions) Life {
	if o.Settings.Home == nil {
		o.Settings.Home = o.Settings.Routine.Location
	}
	l := &life{
		o: o, now: o.From, person: simulate.Begin(o.Person, o.Settings.Routine, o.Seed), edges: o.Faults.Edges(),
		edits: o.Edits, file: o.Settings, routine: o.Settings.Routine,
	}
	l.state.Settings = o.Settings
	l.state.Salt = "simulated"
	if !o.afresh {
		l.state.plans = &planMemo{}
	}
	l.state.NextSession, l.state.NextChange, l.state.NextAnswer, l.state.NextMark = 1, 1, 1, 1
	l.phone = newPhoneService(o.Settings.Channels)
	l.notes = newNotes()
	l.ledger = newLedger()
	l.watch = newPromiseWatch(&o)
	l.days = newDayBook(&o)
	_, l.end = o.Settings.Routine.PumpingDay(o.From)
	for range o.Days - 1 {
		l.end = nextDay(o.Settings.Routine, l.end)
	}
	l.newDay()
	l.machineChanged()
	for {
		next := l.next()
		if next.IsZero() || next.After(l.end) {
			break
		}
		l.now = later(l.now, next)
		l.happen()
	}
	l.now = l.end
	l.watch.finish(l)
	l.state.Age(l.clock()) // a process that died forgot what no decision needs sooner
	return Life{
		Days: l.days.close(l), Broken: l.watch.broken, Timeline: l.notes.moments, Commits: l.commits,
		end: &lifeRest{state: l.state, notes: &l.notes, phone: &l.phone},
	}
}

// nextDay is the end of the pumping day that begins at t.
func nextDay(r planner.Routine, t time.Time) time.Time {
	_, end := r.PumpingDay(t)
	return end
}

// next is the true instant at which something happens next; zero: never.
func (l *life) next() time.Time {
	next := l.days.until
	if len(l.acts) > 0 {
		next = sooner(next, l.acts[0].At)
	}
	if len(l.edges) > 0 {
		next = sooner(next, l.edges[0])
	}
	if len(l.edits) > 0 && l.edits[0].At.After(l.now) {
		next = sooner(next, l.edits[0].At)
	}
	next = sooner(sooner(sooner(next, l.watch.look), l.watch.pushes.look), sooner(l.watch.offers.look, l.watch.backs.look))
	next = sooner(next, l.phone.parkedNext())
	return sooner(next, l.machineNext())
}

// happen lets everything happen that is due now.
func (l *life) happen() {
	for len(l.edges) > 0 && !l.edges[0].After(l.now) {
		l.edges = l.edges[1:]
		l.machineChanged()
	}
	if !l.days.until.After(l.now) {
		l.newDay()
	}
	l.machineRuns()
	l.delivers()
	for len(l.acts) > 0 && !l.acts[0].At.After(l.now) {
		a := l.acts[0]
		l.acts = l.acts[1:]
		l.act(a)
		l.machineRuns()
	}
	l.edit()
	l.watch.silence(l)
	l.watch.rings(l)
	l.watch.cameBack(l)
}

// newDay begins a pumping day: the account of the one before it is closed,
// and the person decides what to do in it unasked.
func (l *life) newDay() {
	from, to := l.routine.PumpingDay(l.now)
	l.days.turn(l, from, to)
	l.means(l.person.Day(later(from, l.now), to))
	if l.running {
		l.state.Age(l.clock())
	}
	maps.DeleteFunc(l.notes.recent, func(_ int64, e journal.Session) bool { return l.clock().Sub(e.Start) > recentFor })
}

// recentFor is for how long a plan can look at a session: the planner asks for
// 72 h, and a clock may be set back by hours.
const recentFor = 4 * 24 * time.Hour

// means adds what the person means to do.
func (l *life) means(acts []simulate.Act) {
	if len(acts) == 0 {
		return
	}
	l.acts = append(l.acts, acts...)
	slices.SortStableFunc(l.acts, func(a, b simulate.Act) int { return a.At.Compare(b.At) })
}

// notes are the account of what is in the journal, kept for all of the life
// while the daemon forgets what no decision needs any more.
type notes struct {
	moments  []Moment
	sessions map[int64]journal.Session // standing versions, by ID
	recent   map[int64]journal.Session // ... of those that a plan still looks at
	closed   map[string]journal.Reminder
	moves    map[string]bool // parked, or taken back for another, while a start was due: where to depends on when somebody looked, as the rest of that plan does
}

func newNotes() notes {
	return notes{sessions: map[int64]journal.Session{}, recent: map[int64]journal.Session{}, closed: map[string]journal.Reminder{}, moves: map[string]bool{}}
}

// note adds to the timeline.
func (l *life) note(m Moment) {
	m.At = l.clock()
	l.notes.moments = append(l.notes.moments, m)
}

// write keeps account of a batch that is in the journal now.
func (l *life) write(b journal.Batch) {
	if !l.watch.begun {
		l.watch.begun, l.watch.word = true, later(l.watch.word, l.clock())
	}
	l.watch.does(l, b)
	l.ledger.put(b)
	l.notes.follow(l, b.Sessions)
	for _, r := range b.Reminders {
		l.notes.moves[r.ID] = l.notes.moves[r.ID] || kindOf(r.Kind).parked && l.state.openStart() != nil
		if r.State == journal.Open {
			delete(l.notes.closed, r.ID)
			continue
		}
		if was, ok := l.notes.closed[r.ID]; !ok || was.State != r.State {
			l.note(Moment{What: string(r.State), Kind: r.Kind, Key: r.ID})
			l.notes.closed[r.ID] = r
			l.watch.closes(l, r)
		}
	}
	l.watch.undoes(l, b)
}

// follow keeps account of versions of sessions that are in the journal now.
func (n *notes) follow(l *life, versions []journal.Session) {
	for _, e := range versions {
		if e.Removed != 0 {
			continue
		}
		if _, known := n.sessions[e.ID]; !known {
			l.note(Moment{What: "logged", Kind: string(e.Kind), Text: e.Start.In(l.routine.Location).Format("15:04")})
		}
		n.sessions[e.ID], n.recent[e.ID] = e, e
	}
	for _, e := range versions {
		if was, known := n.sessions[e.ID]; known && e.Removed != 0 && was.Change == e.Change { // else another version stands
			l.note(Moment{What: "unlogged", Kind: string(e.Kind), Text: e.Start.In(l.routine.Location).Format("15:04")})
			delete(n.sessions, e.ID)
			delete(n.recent, e.ID)
		}
	}
}
