package daemon

import (
	"fmt"
	"slices"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
)

func (a *answering) pause() (journal.Batch, web.Reply, error) {
	from, to, err := a.stretch()
	if err != nil {
		return journal.Batch{}, web.Reply{}, err
	}
	text := a.quietText(from, to)
	if a.quietAlready(text) {
		return journal.Batch{}, web.Reply{Text: text, Already: true}, nil
	}
	b := a.change(text)
	ends := a.endPauses(&b, from)
	b.Pauses = append(b.Pauses, journal.Pause{From: from, To: to, Change: a.NextChange})
	for _, r := range []*journal.Reminder{a.openStart(), a.openNudge()} {
		// Tonight, asked for in a pause, may end before that one would have.
		if r != nil && (!from.After(a.now) || slices.ContainsFunc(ends, r.Snoozed.Equal)) {
			b.Reminders = append(b.Reminders, quiet(*r, to))
		}
	}
	a.answer(&b, nil, 0)
	return b, web.Reply{Text: text}, nil
}

func (a *answering) quietText(from, to time.Time) string {
	if from.After(a.now) {
		return "Quiet from " + a.on(from) + " until " + a.on(to) + "."
	}
	return "Quiet until " + a.on(to) + "."
}

// quietAlready tells whether a pause of which the same would be said holds, for
// what is open as well: a second tap is no wish of its own, and whoever takes
// the pause back takes back all of it.
func (a *answering) quietAlready(text string) bool {
	return slices.ContainsFunc(a.Pauses, func(e journal.Pause) bool {
		if !e.To.After(a.now) || a.quietText(e.From, e.To) != text {
			return false
		}
		goesOn := func(r *journal.Reminder) bool { return r != nil && !r.Snoozed.Equal(e.To) }
		return e.From.After(a.now) || !goesOn(a.openStart()) && !goesOn(a.openNudge())
	})
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

// endPauses takes away the pauses that cover from, because another takes
// their place or they are to end; what has passed of them stays. One that has
// not begun by then is a wish of its own and stays as well. It returns until
// when those that it took away could have kept anything quiet.
func (a *answering) endPauses(b *journal.Batch, from time.Time) []time.Time {
	var ends []time.Time
	for _, e := range a.Pauses {
		if e.From.After(from) || !e.To.After(from) {
			continue
		}
		gone := e
		gone.Removed = a.NextChange
		b.Pauses = append(b.Pauses, gone)
		ends = append(ends, a.quietedUntil(e)...)
		if e.From.Before(from) {
			b.Pauses = append(b.Pauses, journal.Pause{From: e.From, To: from, Change: a.NextChange})
		}
	}
	return ends
}

// quietedUntil is until when a pause can have kept what is open quiet: to its
// end, or to that of the last one that follows it without a break.
func (s *State) quietedUntil(e journal.Pause) []time.Time {
	return []time.Time{e.To, s.pausedUntil(e.From)}
}

// wakeUp lets what is open go on where a pause that ended early kept it quiet,
// or was to, for a snooze that ran into it.
func (s *State) wakeUp(b *journal.Batch, ends []time.Time, now time.Time) {
	for _, r := range []*journal.Reminder{s.openStart(), s.openNudge()} {
		if r != nil && slices.ContainsFunc(ends, r.Snoozed.Equal) {
			b.Reminders = append(b.Reminders, quiet(*r, now))
		}
	}
}

// resume ends resting and the pause that holds now; without either, the next
// one that is to come.
func (a *answering) resume() (journal.Batch, web.Reply, error) {
	text := "Picking up from here."
	b := a.change(text)
	ends := a.endPauses(&b, a.now)
	next := slices.IndexFunc(a.Pauses, func(e journal.Pause) bool { return e.From.After(a.now) })
	switch {
	case a.resting():
		b.Marks = append(b.Marks,
			journal.Mark{Name: markResting, Change: a.NextChange, Seq: a.NextMark},
			journal.Mark{Name: markSince, At: a.now, Change: a.NextChange, Seq: a.NextMark + 1})
	case len(ends) > 0 && next >= 0:
		text += fmt.Sprintf(" Still quiet from %s until %s; to end that too: nightbell resume.", a.on(a.Pauses[next].From), a.on(a.Pauses[next].To))
	case len(ends) > 0:
	case next >= 0:
		gone := a.Pauses[next]
		gone.Removed = a.NextChange
		b.Pauses = append(b.Pauses, gone)
		ends = append(ends, a.quietedUntil(gone)...)
		text = fmt.Sprintf("No longer quiet from %s until %s.", a.on(gone.From), a.on(gone.To))
	default:
		return journal.Batch{}, web.Reply{Text: "Nothing was paused.", Already: true}, nil
	}
	b.Changes[0].Text = text
	a.wakeUp(&b, ends, a.now)
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
