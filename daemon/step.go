package daemon

import (
	"slices"
	"time"

	"nightbell/daemon/journal"
	"nightbell/notify"
	"nightbell/planner"
)

// Figures of the policy, from daemon.md.
const (
	nudgeApart    = 10 * time.Minute // a nudge keeps this far from the push before it
	everyChannel  = 5 * time.Minute  // an alarm unanswered this long goes to every channel
	awakeLine     = 20 * time.Minute // after an acknowledgement that only says "awake"
	reopenAfter   = 10 * time.Minute // a reminder whose answer was undone comes back after this
	standingApart = 15 * time.Minute // no line on where things stand when a start is this near
	fallbackAfter = 30 * time.Second // the next channel takes over when one failed this long
	fallbackAlarm = 10 * time.Second // ... for an alarm
)

// anchorHolds is how old an anchor becomes before a plan no longer goes by it
// (planner.md, Without an anchor).
const anchorHolds = 24 * time.Hour

// maxPasses bounds the passes of one step. Each pass but the last closes or
// opens something; a day's outage replays at most 24 h / 60 min of starts,
// each in a pass of its own, and the rest is margin.
const maxPasses = 64

// Result is what step decided.
type Result struct {
	Batch journal.Batch // to be committed as one transaction
	State State         // the state once it is
	Plan  planner.Plan  // the plan of that state
	Wake  time.Time     // when to look again if nothing else happens; zero: never
}

// Step decides everything that happens at now: which reminder opens, repeats,
// lapses or closes, what is queued or withdrawn, and when to look again. It
// reads no clock and does no I/O; s stays as it was. Asking twice gives
// nothing new the second time.
func Step(s State, now time.Time) Result {
	p := &stepper{State: s, now: now}
	p.begin()
	for range maxPasses {
		p.changed = false
		p.pass()
		if !p.changed {
			break
		}
	}
	p.hold()
	p.soothe()
	p.rest()
	p.nudge()
	p.coach()
	p.standing()
	p.digest()
	p.bedtime()
	p.lines()
	p.rounds()
	p.dropStale() // first: what waits for a service holds its place until then
	p.park()
	p.withdrawals()
	return Result{Batch: p.out, State: p.State, Plan: p.current, Wake: p.wake}
}

// stepper carries one step: the state so far, what is to be written, and the
// next instant at which anything changes by itself.
type stepper struct {
	State
	now     time.Time
	out     journal.Batch
	wake    time.Time
	current planner.Plan
	changed bool         // the pass changed what the plan is made from
	outage  bool         // starts fell into an outage and lapsed quietly
	loud    notify.Level // at least how loud the start's push of this step is: it takes a nudge with it
}

// put records a batch and applies it to the state at once, so that every
// later decision of the step sees it.
func (p *stepper) put(b journal.Batch) {
	p.Snapshot.Apply(b)
	p.out = join(p.out, b)
}

func join(a, b journal.Batch) journal.Batch {
	return journal.Batch{
		Changes:    append(a.Changes, b.Changes...),
		Sessions:   append(a.Sessions, b.Sessions...),
		Passed:     append(a.Passed, b.Passed...),
		Pauses:     append(a.Pauses, b.Pauses...),
		Marks:      append(a.Marks, b.Marks...),
		Reminders:  append(a.Reminders, b.Reminders...),
		Deliveries: append(a.Deliveries, b.Deliveries...),
		Answers:    append(a.Answers, b.Answers...),
		Health:     append(a.Health, b.Health...),
		Requests:   append(a.Requests, b.Requests...),
		Events:     append(a.Events, b.Events...),
	}
}

// at asks to look again at t.
func (p *stepper) at(t time.Time) {
	if t.After(p.now) && (p.wake.IsZero() || t.Before(p.wake)) {
		p.wake = t
	}
}

// begin sets since on the very first step of a journal.
func (p *stepper) begin() {
	// A clock that was ahead once must not keep reminders from beginning.
	if since := p.mark(markSince); since.IsZero() || since.After(p.now.Add(futureSlack)) {
		p.setMark(markSince, p.now, 0)
	}
}

func (p *stepper) setMark(name string, at time.Time, change int64) {
	p.put(journal.Batch{Marks: []journal.Mark{{Name: name, At: at, Change: change, Seq: p.NextMark}}})
}

// pass looks at the start that is next: closes the reminder of the one before
// it, lets go what fell into an outage, opens what is due.
func (p *stepper) pass() {
	p.current = p.plan(p.now)
	for _, e := range slices.Backward(p.Sessions) {
		counts := e.Start.Add(-futureSlack)
		if !counts.After(p.now) {
			break
		}
		p.at(counts) // logged by a clock that was ahead: from there on the plan goes by it
	}
	if p.resting() {
		p.closeAll(journal.Replaced)
		return
	}
	if r := p.openStart(); r != nil {
		p.tend(*r)
		return
	}
	if len(p.current.Starts) == 0 {
		// A timetable may have nothing up to the horizon: the plan is another
		// one once that has passed, or the anchor holds no longer.
		p.at(p.current.Horizon)
		if a := p.current.Anchor; !a.IsZero() {
			p.at(a.Add(anchorHolds))
		}
		return
	}
	next := p.current.Starts[0]
	if next.At.After(p.now) {
		p.at(next.At)
		if a := p.current.Anchor; !a.IsZero() {
			p.at(a.Add(anchorHolds)) // a timetable may list nothing for a day: from there on the plan is another one
		}
		return
	}
	if until := p.pausedUntil(p.now); !until.IsZero() {
		p.at(until)
		p.reopen(next)
		return
	}
	p.offer(next)
}

// tend looks at the open reminder of a start.
func (p *stepper) tend(r journal.Reminder) {
	switch {
	case p.taken(r.Due):
		p.close(r, journal.Logged, p.now)
		return
	case len(p.current.Starts) == 0 || !p.current.Starts[0].At.Equal(r.Due):
		p.close(r, journal.Replaced, p.now)
		return
	}
	lapse, known := p.lapseAt(r)
	if known && !lapse.After(p.now) {
		// The loop wakes for a lapse: one that lies further back than the last
		// look fell into an outage.
		p.outage = p.outage || p.now.Sub(p.Alive) > p.policyOf(r).GiveUp
		due := r.Due
		if r.Burst > 0 {
			due = r.From // the end of a snooze
		}
		p.lapse(p.rung(r, due), lapse)
		return
	}
	if known {
		p.at(lapse)
	}
}

// taken tells whether a session took the start planned for due: one that
// starts less than merge before it, or later.
func (p *stepper) taken(due time.Time) bool {
	for _, e := range p.Sessions {
		if e.Start.After(due.Add(-p.together())) && !e.Start.After(p.now.Add(futureSlack)) {
			return true
		}
	}
	return false
}

// futureSlack is how far in the future an entry may lie and count
// (planner.md, What counts).
const futureSlack = 5 * time.Minute

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func minTime(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// close ends a reminder's life; what is still out is withdrawn at the end of
// the step.
func (p *stepper) close(r journal.Reminder, as journal.ReminderState, at time.Time) {
	r.State, r.Closed = as, at
	b := journal.Batch{
		Reminders: []journal.Reminder{r},
		Events:    []journal.Event{{At: p.now, Kind: string(as), Reminder: r.ID, Text: r.Kind}},
	}
	p.put(b)
	p.changed = true
}

// closeAll ends every open reminder but the lines.
func (p *stepper) closeAll(as journal.ReminderState) {
	for _, r := range p.Snapshot.Reminders {
		if r.State == journal.Open && !kindOf(r.Kind).line {
			p.close(r, as, p.now)
		}
	}
}

// quietUntil is the end of the quiet after an alarm lapsed in the sleep in
// which t lies; zero without one. An alarm that no service took rang nowhere,
// and buys no quiet; and whoever logs a session after one lapsed is up, and
// lives by the plan again.
func (p *stepper) quietUntil(t time.Time) time.Time {
	from, to, ok := p.Routine.Asleep(t)
	if !ok {
		return time.Time{}
	}
	for _, r := range p.Snapshot.Reminders {
		rang := !r.Accepted.IsZero() || r.Round > 0 && !p.reaches()
		if r.Wakes && r.State == journal.Lapsed && !r.Due.Before(from) && r.Due.Before(to) && rang && !p.taken(r.Due) {
			return to
		}
	}
	return time.Time{}
}

// lastPauseEnd is the end of the newest pause that is over; zero: none.
func (p *stepper) lastPauseEnd() time.Time {
	last := time.Time{}
	for _, e := range p.Pauses {
		if !e.To.After(p.now) && e.To.After(last) {
			last = e.To
		}
	}
	return last
}
