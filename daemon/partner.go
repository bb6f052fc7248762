package daemon

import (
	"slices"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
)

// own are the person's own channels: all but the partner's. Ordinary pushes,
// repeats, a channel that steps in for another, an alarm that goes to every
// channel and what is parked go to these alone.
func (s *State) own() []Facts {
	return slices.DeleteFunc(slices.Clone(s.Channels), func(f Facts) bool { return f.Partner })
}

// partners tells whether a channel is the partner's.
func (s *State) partners(channel string) bool {
	f, ok := s.channel(channel)
	return ok && f.Partner
}

// tellPartner sends an alarm that nobody has answered for long enough to the
// partner's channels: once for each reminder, whatever is snoozed after it.
// An alarm that no service of the person's own took is unanswered as well,
// from when it was to come.
func (p *stepper) tellPartner(r journal.Reminder) {
	p.keepFromPartner(r)
	if p.PartnerAfter <= 0 || r.State != journal.Open || r.Round == 0 || r.Snoozed.After(p.now) || p.silenced(r) || kindOf(r.Kind).line ||
		p.levelAt(r, p.now) != notify.Alarm || p.toldPartner(r.ID) {
		return
	}
	base := r.Accepted
	if base.IsZero() {
		base = r.From
	}
	at := later(base.Add(p.PartnerAfter), p.pausedUntil(p.now))
	if at.After(p.now) {
		p.at(at)
		return
	}
	for _, f := range p.Channels {
		if f.Partner {
			p.push(r, f)
		}
	}
}

// keepFromPartner lets go of what waits for the partner's channels once it is
// no alarm any more: the sleep is over, or it hurts.
func (p *stepper) keepFromPartner(r journal.Reminder) {
	for _, d := range p.ofBurst(r.ID, r.Burst) {
		if d.State != journal.Pending || d.Withdraw || !p.partners(d.Channel) {
			continue
		}
		if p.levelAt(r, p.now) < notify.Alarm {
			p.drop(d)
		} else if _, to, ok := p.Routine.Asleep(r.Due); ok {
			p.at(to) // before it is tried then
		}
	}
}

// toldPartner tells whether a reminder has gone to the partner, or is on its
// way there. A push that gave way to a newer round or to a snooze before their
// service took it has told nobody.
func (p *stepper) toldPartner(reminder string) bool {
	return slices.ContainsFunc(p.Deliveries, func(d journal.Delivery) bool {
		return d.Reminder == reminder && !d.Withdraw && d.State != journal.Dropped && p.partners(d.Channel)
	})
}

// hushed is r once somebody stopped its ringing and logged nothing: no more
// alarm, and one quiet line with the buttons after a while.
func (s *State) hushed(r journal.Reminder, at time.Time) journal.Reminder {
	up := quiet(r, later(at.Add(awakeLine), s.pausedUntil(at)))
	up.Acknowledged = at
	return up
}

// heard stops the ringing of a reminder, and logs nothing.
func (a *answering) heard() (journal.Batch, web.Reply, error) {
	r, err := a.target()
	switch {
	case err != nil:
		return journal.Batch{}, web.Reply{}, err
	case r != nil && !r.Acknowledged.IsZero():
		return journal.Batch{}, web.Reply{Text: "It is quiet already.", Already: true}, nil
	case r == nil || r.State != journal.Open || kindOf(r.Kind).parked:
		return journal.Batch{}, web.Reply{}, web.Conflict("%w, so nothing rings", errNothingOpen)
	}
	text := "The ringing has stopped. Nothing was logged."
	b := a.change(text)
	b.Changes[0].Undoable = false // it has been heard
	b.Reminders = append(b.Reminders, a.hushed(*r, a.at()))
	a.answer(&b, r, 0)
	return b, web.Reply{Text: text}, nil
}
