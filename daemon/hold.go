package daemon

import (
	"slices"
	"time"

	"nightbell/daemon/journal"
)

// hold keeps a pause that has begun: whatever is open falls silent until its
// end, lines too. One that the person begins now silences by their answer
// already; this one is for a pause that was asked for ahead, such as tonight,
// and for one that a clock which was set back has come into once more.
func (p *stepper) hold() {
	for _, e := range p.Pauses {
		p.at(e.From)
	}
	until := p.pausedUntil(p.now)
	if until.IsZero() {
		return
	}
	for _, r := range p.Snapshot.Reminders {
		if k := kindOf(r.Kind); r.State == journal.Open && (k.start || k.line) && r.Snoozed.Before(until) {
			p.snooze(r, until)
		}
	}
}

// fellLeast is how long ago something was due that the machine was away for:
// longer than any timer rings after its instant on a busy machine.
const fellLeast = time.Minute

// fold lets go of the lines on acknowledged alarms that the machine was away
// for, but for the newest when there is nothing else to say: it comes back
// with one message. It returns what they would have said.
func (p *stepper) fold(other bool) string {
	text := ""
	for _, r := range slices.Backward(p.Snapshot.Reminders) {
		from := r.From
		if _, to, asleep := p.Routine.Asleep(from); asleep {
			from = to // it was to wait: sleep is other hours since somebody travelled
		}
		fell := r.Round == 0 && p.now.Sub(from) >= fellLeast && !p.Alive.After(from)
		if r.State != journal.Open || r.Kind != kindNoted || !fell {
			continue
		}
		if !other {
			other = true
			continue
		}
		p.close(r, journal.Replaced, p.now)
		text = "Logged " + p.sayer(time.Time{}).at(r.Anchor) + ". "
	}
	return text
}
