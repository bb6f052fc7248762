package daemon

import (
	"slices"
	"time"

	"nightbell/daemon/journal"
	"nightbell/notify"
)

// bedtime says before bed whether and where the night's alarm is set, and
// when the phone last answered.
func (p *stepper) bedtime() {
	o := p.Policies.Bedtime
	if o.Before <= 0 {
		return
	}
	from, to, ok := p.Routine.NextSleep(p.now)
	if !ok {
		return
	}
	if due := from.Add(-o.Before); !due.After(p.now) {
		// The one after tonight's.
		if next, _, ok := p.Routine.NextSleep(from); ok {
			p.at(next.Add(-o.Before))
		}
	}
	p.moment(kindBedtime, from, from.Add(-o.Before), func() string {
		return spaced("Tonight: "+p.armed(from, to), p.answered())
	})
}

// armed says what of a sleep is set and where, or that nothing is.
func (p *stepper) armed(from, to time.Time) string {
	say := p.sayer(time.Time{})
	night := p.night(from, to)
	if until := p.pausedUntil(from); len(night) == 0 && !until.IsZero() {
		return "off until " + say.at(until) + "."
	}
	if len(night) == 0 {
		return "nothing planned until " + say.at(to) + "."
	}
	text := list(night, say.at)
	if p.hurts() || p.Policies.Overnight.Level < notify.Alarm {
		text += " without ringing"
	}
	i := slices.IndexFunc(p.Channels, func(f Facts) bool { return f.Reaches && !f.Partner && p.works(f, p.now) })
	if i < 0 {
		return text + ", but no channel works (see: nightbell status)."
	}
	text += ", on " + say.channel(p.Channels[i])
	switch held, some := p.heldOn(night[0], p.Channels[i].Name); {
	case some && held.Name == p.Channels[i].Name:
		text += ", and held there"
	case some:
		text += ", and held on " + say.channel(held)
	}
	return text + "."
}

// heldOn is the channel whose service holds the alarm of this instant, the one
// called first before the others.
func (p *stepper) heldOn(due time.Time, first string) (held Facts, some bool) {
	r := p.open(kindNamed(kindParkedAlarm))
	if r == nil || !r.Due.Equal(due) {
		return Facts{}, false
	}
	for _, d := range p.ofBurst(r.ID, r.Burst) {
		f, ok := p.channel(d.Channel)
		if ok && !d.Withdraw && d.State == journal.Sent && (!some || f.Name == first) {
			held, some = f, true
		}
	}
	return held, some
}

// answered says when the phone last answered.
func (p *stepper) answered() string {
	say := p.sayer(time.Time{})
	last := p.LastHeard
	switch {
	case last.IsZero():
		return "No answer from the phone yet."
	case p.now.Sub(last) < 20*time.Hour: // the same evening's clock would name two days
		return "Last answer " + say.at(last) + "."
	}
	return "Last answer " + last.In(p.Routine.Location).Format("Mon 2 Jan") + " " + say.at(last) + "."
}

// channel is what a push calls a channel: its name, or in discreet privacy,
// where a name of the person's own could tell, its type.
func (w words) channel(f Facts) string {
	if w.plain() && f.Name != f.Type {
		return f.Name
	}
	if f.Type == "pushover" {
		return "Pushover"
	}
	return f.Type
}
