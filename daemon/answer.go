package daemon

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/planner"
)

// Bounds of what can be asked (daemon.md and interface.md).
const (
	snoozeLeast   = 5 * time.Minute
	snoozeMost    = 60 * time.Minute
	snoozeDefault = 10 * time.Minute
	pauseMost     = 7 * 24 * time.Hour
	completes     = 90 * time.Minute // "done" completes a session begun this long ago at most
	clearsAfter   = 10 * time.Minute // an acknowledgement this long after the lapse logs nothing
)

// Answer turns one request into what it changes, as of now, and what it says
// back. It reads no clock and does no I/O. The reply's Next is filled by the
// caller, from the plan after the change.
func Answer(s State, q web.Request, now time.Time) (journal.Batch, web.Reply, error) {
	a := &answering{State: s, now: now, q: q}
	a.say = a.sayer(time.Time{})
	switch q.What {
	case web.Log:
		return a.log()
	case web.Start:
		return a.start()
	case web.Done:
		return a.done()
	case web.Snooze:
		return a.snooze()
	case web.Skip:
		return a.skip()
	case web.Pause:
		return a.pause()
	case web.Resume:
		return a.resume()
	case web.Rest:
		return a.rest()
	}
	return journal.Batch{}, web.Reply{}, web.Wrong("%q is no answer; use start, done, snooze, skip, log, pause, resume or rest", q.What)
}

// answering carries one request: the state it was made in and what to write.
type answering struct {
	State
	now time.Time
	q   web.Request
	say words
}

// change begins a batch with the change that undo would take back.
func (a *answering) change(text string) journal.Batch {
	return journal.Batch{Changes: []journal.Change{{ID: a.NextChange, At: a.now, What: string(a.q.What), Text: text, Undoable: true}}}
}

// at is the instant the request speaks of.
func (a *answering) at() time.Time {
	if a.q.At.IsZero() {
		return a.now
	}
	return a.q.At
}

// target is the reminder that is answered: the one that is named, else the
// open start, else the open nudge; nil without one.
func (a *answering) target() (*journal.Reminder, error) {
	if a.q.Reminder != "" && a.q.Reminder != web.OpenReminder {
		r := a.reminder(a.q.Reminder)
		if r == nil {
			return nil, web.NotFound("no reminder %q; it may be more than two days old", a.q.Reminder)
		}
		return r, nil
	}
	if r := a.openStart(); r != nil {
		return r, nil
	}
	return a.openNudge(), nil
}

// already finds the session that the one starting at start would repeat.
func (a *answering) already(start time.Time) (journal.Session, bool) {
	for _, e := range slices.Backward(a.Sessions) {
		merge := a.Routine.Merge
		if e.Kind == planner.PowerSession {
			merge = max(merge, a.lengthOf(e))
		}
		if e.Start.After(a.now.Add(futureSlack)) {
			continue
		}
		if d := start.Sub(e.Start); d > -a.Routine.Merge && d < merge {
			return e, true
		}
	}
	return journal.Session{}, false
}

// lengthOf is the length of a session (planner.md, Words).
func (a *answering) lengthOf(e journal.Session) time.Duration {
	switch {
	case e.Length > 0:
		return e.Length
	case e.Kind == planner.PowerSession && a.Routine.Power != nil:
		return a.Routine.PowerLength()
	}
	return a.Routine.Session
}

// kindFor is the kind of session that answers r.
func (a *answering) kindFor(r *journal.Reminder) planner.Kind {
	switch {
	case a.q.Session.Kind != "":
		return planner.Kind(a.q.Session.Kind)
	case r != nil && r.Power:
		return planner.PowerSession
	}
	return planner.Pump
}

func (a *answering) log() (journal.Batch, web.Reply, error) {
	start := a.at()
	if err := a.checkStart(start); err != nil {
		return journal.Batch{}, web.Reply{}, err
	}
	return a.put(a.session(start, a.kindFor(nil)), nil)
}

func (a *answering) checkStart(start time.Time) error {
	if start.After(a.now.Add(futureSlack)) {
		return web.Wrong("%s lies in the future; log a session once it has begun", a.say.at(start))
	}
	if start.Year() < 2000 {
		return web.Wrong("%s is not a time a session can have begun", start.Format(time.RFC3339))
	}
	return nil
}

// session is a new session from the request's fields.
func (a *answering) session(start time.Time, k planner.Kind) journal.Session {
	f := a.q.Session
	return journal.Session{
		ID: a.NextSession, Start: start, Kind: k, Length: time.Duration(f.Minutes) * time.Minute,
		LeftML: f.LeftML, RightML: f.RightML, ML: f.ML, Pain: f.Pain, Note: f.Note, Source: a.source(),
		Change: a.NextChange,
	}
}

func (a *answering) source() string {
	if a.q.Source == "" {
		return "api"
	}
	return a.q.Source
}

// put logs a session, ends resting and remembers which reminder it answered.
func (a *answering) put(e journal.Session, r *journal.Reminder) (journal.Batch, web.Reply, error) {
	text := "Logged " + a.say.at(e.Start) + "."
	if e.Start.After(a.now.Add(-time.Minute)) && a.q.What == web.Start {
		text = "Logged."
	}
	b := a.change(text)
	b.Sessions = append(b.Sessions, e)
	a.wake(&b)
	a.answer(&b, r, e.ID)
	return b, web.Reply{Text: text, Session: e.ID}, nil
}

// wake ends resting: a session is the best way to resume.
func (a *answering) wake(b *journal.Batch) {
	if a.resting() {
		b.Marks = append(b.Marks, journal.Mark{Name: markResting, Change: a.NextChange, Seq: a.NextMark})
	}
}

// answer records the answer itself, with the reminder it is for.
func (a *answering) answer(b *journal.Batch, r *journal.Reminder, session int64) {
	e := journal.Answer{ID: a.NextAnswer, Action: string(a.q.What), At: a.at(), Channel: a.q.Channel, Session: session, Change: a.NextChange}
	if r != nil {
		e.Reminder = r.ID
	}
	b.Answers = append(b.Answers, e)
}

// repeated is the reply to an answer that was given before. A ringing
// reminder still closes: the session is there.
func (a *answering) repeated(e journal.Session) (journal.Batch, web.Reply, error) {
	return journal.Batch{}, web.Reply{Text: "Already logged at " + a.say.at(e.Start) + ".", Session: e.ID, Already: true}, nil
}

func (a *answering) start() (journal.Batch, web.Reply, error) {
	r, err := a.target()
	if err != nil {
		return journal.Batch{}, web.Reply{}, err
	}
	start := a.at()
	if err := a.checkStart(start); err != nil {
		return journal.Batch{}, web.Reply{}, err
	}
	if e, ok := a.already(start); ok {
		return a.repeated(e)
	}
	e := a.session(start, a.kindFor(r))
	e.Begun = true
	return a.put(e, r)
}

func (a *answering) done() (journal.Batch, web.Reply, error) {
	r, err := a.target()
	if err != nil {
		return journal.Batch{}, web.Reply{}, err
	}
	end := a.at()
	if e, ok := a.begun(end); ok {
		return a.complete(e, end, r)
	}
	e := a.session(end, a.kindFor(r))
	if e.Length == 0 {
		e.Length = a.lengthOf(e)
	}
	e.Start = end.Add(-e.Length)
	if err := a.checkStart(e.Start); err != nil {
		return journal.Batch{}, web.Reply{}, err
	}
	if e, ok := a.already(e.Start); ok {
		return a.repeated(e)
	}
	return a.put(e, r)
}

// begun is the session begun by "starting" that a "done" at end completes.
func (a *answering) begun(end time.Time) (journal.Session, bool) {
	for _, e := range slices.Backward(a.Sessions) {
		if since := end.Sub(e.Start); e.Begun && since >= 0 && since <= completes {
			return e, true
		}
	}
	return journal.Session{}, false
}

// complete gives a begun session its length: a new version of it.
func (a *answering) complete(e journal.Session, end time.Time, r *journal.Reminder) (journal.Batch, web.Reply, error) {
	old := e
	old.Removed = a.NextChange
	f := a.q.Session
	e.Length = max(end.Sub(e.Start).Round(time.Minute), time.Minute)
	if f.Minutes > 0 {
		e.Length = time.Duration(f.Minutes) * time.Minute
	}
	e.LeftML, e.RightML, e.ML = either(f.LeftML, e.LeftML), either(f.RightML, e.RightML), either(f.ML, e.ML)
	if f.Note != "" {
		e.Note = f.Note
	}
	e.Pain, e.Begun, e.Change = e.Pain || f.Pain, false, a.NextChange
	text := fmt.Sprintf("Logged %s, %d min.", a.say.at(e.Start), int(e.Length/time.Minute))
	b := a.change(text)
	b.Sessions = append(b.Sessions, old, e)
	a.answer(&b, r, e.ID)
	return b, web.Reply{Text: text, Session: e.ID}, nil
}

func either(a, b *float64) *float64 {
	if a != nil {
		return a
	}
	return b
}

var errNothingOpen = errors.New("no reminder is open just now")

func (a *answering) snooze() (journal.Batch, web.Reply, error) {
	d := a.q.For
	if d == 0 {
		d = snoozeDefault
	}
	if d < snoozeLeast || d > snoozeMost {
		return journal.Batch{}, web.Reply{}, web.Wrong("%s is not a snooze; it can last 5m to 60m, such as 10m", d)
	}
	r, err := a.target()
	if err != nil {
		return journal.Batch{}, web.Reply{}, err
	}
	if r == nil || r.State != journal.Open || kindOf(r.Kind).parked {
		return journal.Batch{}, web.Reply{}, web.Conflict("%w; to be quiet for a while, use: nightbell pause --for %s", errNothingOpen, d)
	}
	until := a.at().Add(d)
	text := "Quiet until " + a.say.at(until) + "."
	b := a.change(text)
	b.Changes[0].Undoable = false // it runs out by itself
	b.Reminders = append(b.Reminders, quiet(*r, until))
	a.answer(&b, r, 0)
	return b, web.Reply{Text: text}, nil
}

// quiet is r, silent until then: a new burst begins at its end.
func quiet(r journal.Reminder, until time.Time) journal.Reminder {
	r.Burst++
	r.Round, r.Accepted, r.From, r.Snoozed = 0, time.Time{}, until, until
	return r
}

func (a *answering) skip() (journal.Batch, web.Reply, error) {
	r, err := a.target()
	if err != nil {
		return journal.Batch{}, web.Reply{}, err
	}
	if r == nil || r.State != journal.Open || kindOf(r.Kind).parked {
		return journal.Batch{}, web.Reply{}, web.Conflict("%w, so there is nothing to skip; to be quiet for a while, use: nightbell pause --for 90m", errNothingOpen)
	}
	text := "All right, not this one."
	b := a.change(text)
	closed := *r
	closed.State, closed.Closed = journal.Skipped, a.now
	b.Reminders = append(b.Reminders, closed)
	if kindOf(r.Kind).start {
		b.Passed = append(b.Passed, journal.Passed{At: r.Due, Power: r.Power, Skipped: true, Reminder: r.ID, Change: a.NextChange})
	}
	a.answer(&b, r, 0)
	return b, web.Reply{Text: text}, nil
}

func (a *answering) pause() (journal.Batch, web.Reply, error) {
	from, to, err := a.stretch()
	if err != nil {
		return journal.Batch{}, web.Reply{}, err
	}
	text := "Quiet until " + a.say.at(to) + "."
	if from.After(a.now) {
		text = "Quiet from " + a.say.at(from) + " until " + a.say.at(to) + "."
	}
	b := a.change(text)
	a.endPauses(&b, from)
	b.Pauses = append(b.Pauses, journal.Pause{From: from, To: to, Change: a.NextChange})
	if !from.After(a.now) {
		for _, r := range []*journal.Reminder{a.openStart(), a.openNudge()} {
			if r != nil {
				b.Reminders = append(b.Reminders, quiet(*r, to))
			}
		}
	}
	a.answer(&b, nil, 0)
	return b, web.Reply{Text: text}, nil
}

// stretch is the pause that is asked for.
func (a *answering) stretch() (from, to time.Time, err error) {
	from = a.now
	switch {
	case a.q.Tonight:
		_, to, ok := a.Routine.Asleep(a.now)
		if ok {
			return from, to, nil
		}
		if from, to, ok = a.Routine.NextSleep(a.now); !ok {
			return from, to, web.Wrong("the routine has no sleep range, so there is no tonight; use --for 8h or --until 07:00")
		}
		return from, to, nil
	case !a.q.Until.IsZero():
		to = a.q.Until
	default:
		to = a.now.Add(a.q.For)
	}
	switch {
	case !to.After(a.now):
		return from, to, web.Wrong("a pause needs an end that lies ahead, such as --for 90m or --until 14:00")
	case to.Sub(a.now) > pauseMost:
		return from, to, web.Wrong("a pause ends within 7 days; for no end at all there is: nightbell rest")
	}
	return from, to, nil
}

// endPauses takes the pauses away that a new one from then on replaces, or
// (resume) that are to end: what has passed of them stays.
func (a *answering) endPauses(b *journal.Batch, from time.Time) {
	for _, e := range a.Pauses {
		if !e.To.After(a.now) || !e.To.After(from) {
			continue
		}
		gone := e
		gone.Removed = a.NextChange
		b.Pauses = append(b.Pauses, gone)
		end := a.now
		if from.After(end) {
			end = from
		}
		if e.From.Before(end) {
			b.Pauses = append(b.Pauses, journal.Pause{From: e.From, To: end, Change: a.NextChange})
		}
	}
}

func (a *answering) resume() (journal.Batch, web.Reply, error) {
	text := "Picking up from here."
	b := a.change(text)
	until := a.pausedUntil(a.now)
	a.endPauses(&b, a.now)
	if a.resting() {
		b.Marks = append(b.Marks,
			journal.Mark{Name: markResting, Change: a.NextChange, Seq: a.NextMark},
			journal.Mark{Name: markSince, At: a.now, Change: a.NextChange, Seq: a.NextMark + 1})
	}
	if len(b.Pauses)+len(b.Marks) == 0 {
		return journal.Batch{}, web.Reply{Text: "Nothing was paused.", Already: true}, nil
	}
	for _, r := range []*journal.Reminder{a.openStart(), a.openNudge()} {
		if r != nil && !until.IsZero() && r.Snoozed.Equal(until) {
			b.Reminders = append(b.Reminders, quiet(*r, a.now))
		}
	}
	a.answer(&b, nil, 0)
	return b, web.Reply{Text: text}, nil
}

func (a *answering) rest() (journal.Batch, web.Reply, error) {
	if a.resting() {
		return journal.Batch{}, web.Reply{Text: "Reminders are resting already.", Already: true}, nil
	}
	text := "Reminders are resting. Log a session or resume when you like."
	b := a.change(text)
	b.Marks = append(b.Marks, journal.Mark{Name: markResting, At: a.now, Change: a.NextChange, Seq: a.NextMark})
	a.answer(&b, nil, 0)
	return b, web.Reply{Text: text}, nil
}

// Undo takes back a change: the rows it made go, those it removed stand
// again. rows are as journal.LastUndoable gives them.
func Undo(s State, change journal.Change, rows journal.Batch, now time.Time) (journal.Batch, web.Reply) {
	id := s.NextChange
	change.Undone = id
	b := journal.Batch{Changes: []journal.Change{change, {ID: id, At: now, What: "undo", Text: "Taken back: " + change.Text}}}
	turn := func(made, removed int64) int64 {
		switch change.ID {
		case made:
			return id
		case removed:
			return 0
		}
		return removed
	}
	for _, e := range rows.Sessions {
		e.Removed = turn(e.Change, e.Removed)
		b.Sessions = append(b.Sessions, e)
	}
	for _, e := range rows.Passed {
		e.Removed = turn(e.Change, e.Removed)
		b.Passed = append(b.Passed, e)
	}
	for _, e := range rows.Pauses {
		e.Removed = turn(e.Change, e.Removed)
		b.Pauses = append(b.Pauses, e)
	}
	for _, e := range rows.Marks {
		e.Removed = turn(e.Change, e.Removed)
		b.Marks = append(b.Marks, e)
	}
	b.Answers = []journal.Answer{{ID: s.NextAnswer, Action: "undo", At: now, Change: id}}
	return b, web.Reply{Text: "Taken back: " + change.Text}
}

// Acknowledge is what reading a receipt changes: the receipt is done with,
// and an acknowledgement is an answer.
func Acknowledge(s State, d journal.Delivery, got receiptRead, now time.Time) journal.Batch {
	r := s.reminder(d.Reminder)
	d.ReceiptDone = got.Acknowledged || got.Expired || got.Gone || r == nil || r.State != journal.Open && r.State != journal.Lapsed
	if r != nil && r.State == journal.Lapsed && now.Sub(r.Closed) > clearsAfter {
		d.ReceiptDone = true
	}
	b := journal.Batch{}
	if !d.ReceiptDone {
		return b
	}
	b.Deliveries = []journal.Delivery{d}
	if !got.Acknowledged || r == nil {
		return b
	}
	at := got.At
	if at.IsZero() || at.After(now) || s.Rate > 0 { // the phone knows nothing of a time-lapse
		at = now
	}
	b.Events = []journal.Event{{At: now, Kind: "acknowledged", Reminder: r.ID, Channel: d.Channel, Text: at.UTC().Format(time.RFC3339)}}
	f, _ := s.channel(d.Channel)
	switch {
	case r.State == journal.Skipped, r.State == journal.Logged:
		return b
	case r.State == journal.Lapsed && at.Sub(r.Closed) > clearsAfter:
		return b
	case f.Awake && r.State == journal.Open:
		up := quiet(*r, at.Add(awakeLine))
		up.Acknowledged = at
		b.Reminders = []journal.Reminder{up}
		b.Answers = []journal.Answer{{ID: s.NextAnswer, Reminder: r.ID, Action: "acknowledged", At: at, Channel: d.Channel}}
		return b
	case f.Awake:
		return b
	}
	q := web.Request{What: web.Start, Reminder: r.ID, At: at, Source: "answer:" + d.Channel, Channel: d.Channel}
	logged, reply, err := Answer(s, q, now)
	if err != nil || reply.Already {
		return b
	}
	for i := range logged.Sessions {
		logged.Sessions[i].Begun = true
	}
	b = join(b, logged)
	due := at
	if _, to, ok := s.Routine.Asleep(at); ok {
		due = later(to, now)
	}
	return join(b, s.noted(r, at, due, now))
}

// noted is the quiet line that says an acknowledged alarm back after waking.
func (s *State) noted(r *journal.Reminder, at, due, now time.Time) journal.Batch {
	p := stepper{State: *s, now: now}
	p.say(kindNoted, at, due, "Logged "+p.sayer(time.Time{}).at(at)+". Undo?")
	return p.out
}
