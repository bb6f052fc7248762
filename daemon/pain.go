package daemon

import (
	"slices"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
	"nightbell/planner"
)

// Pain (daemon.md, A reminder's life): while a person says that it hurts,
// nothing urges. Every start is still pushed, once and at level normal at
// most; there is no repeat, no escalation, no nudge and no power session,
// until the person clears it.

// markPain says since when it hurts; zero: it does not.
const markPain = "pain"

func (s *State) hurts() bool { return !s.mark(markPain).IsZero() }

// never is a date that no plan reaches.
func never() planner.Date { return planner.Date{Year: 9999, Month: time.December, Day: 31} }

// routine is the one that plans are made from. While it hurts no power session
// is planned; those that were logged keep the length of the pattern.
func (s *State) routine() planner.Routine {
	r := s.Routine
	if s.hurts() && r.Power != nil {
		off := *r.Power
		off.Starting = never()
		r.Power = &off
	}
	return r
}

// painRecent is how old a session may be whose pain is that of today: a day,
// after which the plan does not count from it either. What is written down of
// an earlier one is history.
const painRecent = 24 * time.Hour

// pain begins or ends it.
func (a *answering) pain() (journal.Batch, web.Reply, error) {
	if a.q.On == nil || *a.q.On {
		if a.hurts() {
			return journal.Batch{}, web.Reply{Text: "It is noted already." + untilClear + whomToCall, Already: true}, nil
		}
		b := a.change("Noted that it hurts.")
		a.soothe(&b)
		a.answer(&b, nil, 0)
		return b, web.Reply{Text: "Noted." + untilClear + whomToCall}, nil
	}
	if !a.hurts() {
		return journal.Batch{}, web.Reply{Text: "No pain is noted.", Already: true}, nil
	}
	text := "Reminders are as before."
	b := a.change(text)
	b.Marks = append(b.Marks, journal.Mark{Name: markPain, Change: a.NextChange, Seq: a.NextMark})
	a.answer(&b, nil, 0)
	return b, web.Reply{Text: text}, nil
}

// What is said once pain was noted: what follows for the reminders, and whom
// to call (words of the help page).
const (
	untilClear = " Each reminder comes once and quietly until: nightbell pain clear."
	whomToCall = " Pain is a reason to call: a lactation consultant (IBCLC), your OB-GYN or your baby's pediatrician. With fever, chills or a hot red area, call today."
)

// soothe notes that it hurts and takes back what is out and louder than it may
// be from now on. Nothing comes in its place: whoever says so has heard it.
func (a *answering) soothe(b *journal.Batch) {
	b.Marks = append(b.Marks, journal.Mark{Name: markPain, At: a.now, Change: a.NextChange, Seq: a.nextMark(b)})
	r := a.openStart()
	switch {
	case r == nil || a.levelAt(*r, a.now) <= notify.Normal:
	case !r.Accepted.IsZero():
		b.Reminders = append(b.Reminders, hush(*r))
	case a.mayRing(*r):
		// Nobody knows whether it rang: it is taken back, and told once, quietly.
		b.Reminders = append(b.Reminders, quiet(*r, a.now))
	}
}

// hush is r with what its burst has out withdrawn, and nothing in its place.
func hush(r journal.Reminder) journal.Reminder {
	r.Burst++ // what belongs to a burst that is over is withdrawn
	return r
}

// mayRing tells whether a service may ring for r although no answer of it has
// come: one that repeats was asked, and what it said was lost.
func (s *State) mayRing(r journal.Reminder) bool {
	return slices.ContainsFunc(s.Deliveries, func(d journal.Delivery) bool {
		return d.Reminder == r.ID && d.Burst == r.Burst && !d.Withdraw && d.State == journal.Pending && d.Tries > 0 && s.repeats(d)
	})
}

// soothe takes back what rings on while it hurts: pain whose clearing was
// taken back quiets the night as if it had never been cleared.
func (p *stepper) soothe() {
	r := p.openStart()
	if r == nil || !p.hurts() {
		return
	}
	rings := slices.ContainsFunc(p.ofBurst(r.ID, r.Burst), func(d journal.Delivery) bool {
		return !d.Withdraw && d.State == journal.Sent && d.RepeatsUntil.After(p.now)
	})
	if rings {
		p.put(journal.Batch{Reminders: []journal.Reminder{hush(*r)}})
	}
}

// nextMark is the number of the next mark in a batch that may hold some.
func (a *answering) nextMark(b *journal.Batch) int64 {
	return a.NextMark + int64(len(b.Marks))
}

// hurt notes pain that was said of a session, unless the session is history.
func (a *answering) hurt(b *journal.Batch, e journal.Session) {
	if e.Pain && !a.hurts() && a.now.Sub(e.Start) < painRecent {
		a.soothe(b)
	}
}

// silenced tells whether what a burst had out was taken back and nothing has
// been sent since: no other channel is to step in for it.
func (p *stepper) silenced(r journal.Reminder) bool {
	return r.Round > 0 && len(p.ofBurst(r.ID, r.Burst)) == 0
}
