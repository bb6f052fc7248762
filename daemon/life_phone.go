package daemon

import (
	"errors"
	"slices"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/simulate"
	"nightbell/notify"
)

// phoneService is the far end: the services behind the channels and the
// phone that shows what they took.
type phoneService struct {
	lines   []*line
	rings   map[string]*ring // by receipt
	ringing []*ring          // those that may still sound, oldest first
	parked  []parkedMessage  // that services hold for later, in the order they were left
}

// parkedMessage is one that a service holds and delivers by itself.
type parkedMessage struct {
	line     *line
	delivery journal.Delivery
	message  notify.Message
}

// line is one channel with its sender.
type line struct {
	Facts
	gone    bool           // it is not in the configuration any more
	since   time.Time      // true: since when it is in it
	busy    *request       // under way; nil: none
	limited time.Time      // true: the service asked for quiet until then
	unheard map[string]int // sender.unheard
	spaced  time.Time      // true: until then a push there may wait, for the tries before brought no answer
}

// request is one that is under way and will get no answer.
type request struct {
	delivery string
	ends     time.Time // true
}

// ring is one alarm that a service keeps up until somebody acknowledges it.
type ring struct {
	reminder, tag, channel string
	known                  bool      // the machine heard of its receipt
	from, until            time.Time // true
	acked                  time.Time // true; zero: not
	stopped                time.Time // true: withdrawn; zero: not
	over                   time.Time // true: since when it should have been withdrawn; zero: it should not
	sets                   int       // how often the clock had been set when it began
}

func newPhoneService(channels []Facts) phoneService {
	p := phoneService{rings: map[string]*ring{}}
	p.serves(channels, time.Time{})
	return p
}

// forget ends what is under way with the process.
func (p *phoneService) forget() {
	for _, at := range p.lines {
		at.busy = nil
		clear(at.unheard)
	}
}

// sounds reports whether the ring can be heard at t.
func (r *ring) sounds(t time.Time) bool {
	return r.acked.IsZero() && r.stopped.IsZero() && t.Before(r.until)
}

// phoneNext is when a sender or a watcher has something to do next.
func (l *life) phoneNext() time.Time {
	next := time.Time{}
	for _, at := range l.phone.lines {
		if at.busy != nil {
			next = sooner(next, at.busy.ends)
		}
	}
	for i := range l.state.Deliveries {
		d := &l.state.Deliveries[i]
		at := l.phone.line(d.Channel)
		if at.gone {
			continue
		}
		if d.State == journal.Pending && l.held.IsZero() && !l.keeps(d.ID) {
			if at.busy == nil {
				next = sooner(next, later(d.Next.Add(-l.skew), l.now))
			}
		}
		if d.Receipt != "" && !d.ReceiptDone {
			if at := l.readAt(d); !at.IsZero() {
				next = sooner(next, at)
			}
		}
	}
	return next
}

func (p *phoneService) line(name string) *line {
	for _, at := range p.lines {
		if at.Name == name {
			return at
		}
	}
	return nil
}

// send lets every sender do what is due, and reports whether one did.
func (l *life) send() bool {
	for _, at := range l.phone.lines {
		if at.busy != nil {
			if at.busy.ends.After(l.now) {
				continue
			}
			id := at.busy.delivery
			at.busy = nil
			at.unheard[id]++
			l.watch.unheard(l, at, id)
			l.outcome(outcome{delivery: id, at: l.clock(), unheard: at.unheard[id], failure: &notify.Failure{
				Kind: notify.Unreached, Unanswered: true, Err: errors.New("channel " + at.Name + ": no answer within 10 s"),
			}})
			return true
		}
		if !l.held.IsZero() || at.gone {
			continue
		}
		if d, ok := l.job(at.Name); ok {
			l.try(at, d)
			return true
		}
	}
	return false
}

// job is the delivery that a sender takes next (sender.take).
func (l *life) job(channel string) (journal.Delivery, bool) {
	best := -1
	for i := range l.state.Deliveries {
		d := &l.state.Deliveries[i]
		if d.Channel != channel || d.State != journal.Pending || d.Next.After(l.clock()) || l.keeps(d.ID) {
			continue
		}
		if best < 0 || before(job{*d, &l.state}, job{l.state.Deliveries[best], &l.state}) {
			best = i
		}
	}
	if best < 0 {
		return journal.Delivery{}, false
	}
	return l.state.Deliveries[best], true
}

// try is sender.try, with the service as the faults say.
func (l *life) try(at *line, d journal.Delivery) {
	m := notify.Message{}
	if !d.Withdraw {
		m, _ = l.state.compose(d, l.clock())
	}
	l.watch.sends(l, d)
	f, troubled := l.o.Faults.Trouble(at.Name, l.now)
	failure := &notify.Failure{Kind: notify.Unreached, Err: errors.New("channel " + at.Name + ": no route to host")}
	switch {
	case !troubled:
		sent := l.accepts(at, d, m)
		if l.armed && at.Reaches {
			l.armed, l.dies, l.restart = false, true, l.now.Add(simulate.RestartTime)
			l.watch.lost(d.ID)
			return
		}
		l.outcome(outcome{delivery: d.ID, at: l.clock(), sent: sent})
		return
	case f.Kind == simulate.Losing:
		l.accepts(at, d, m)
		l.watch.lost(d.ID)
		at.busy = &request{d.ID, l.now.Add(simulate.RequestTime)}
		return
	case f.Kind == simulate.Hanging:
		at.busy = &request{d.ID, l.now.Add(simulate.RequestTime)}
		return
	case f.Kind == simulate.Limiting:
		failure = &notify.Failure{Kind: notify.Limited, RetryAfter: f.By, Err: errors.New("channel " + at.Name + ": too many requests")}
		at.limited = later(at.limited, l.now.Add(f.By))
	case f.Kind == simulate.Refusing:
		failure = &notify.Failure{Kind: notify.Refused, Err: errors.New("channel " + at.Name + ": the service answered 400")}
	}
	l.outcome(outcome{delivery: d.ID, at: l.clock(), failure: failure})
}

// accepts lets the service take a message or a withdrawal, and the phone
// show it.
func (l *life) accepts(at *line, d journal.Delivery, m notify.Message) notify.Sent {
	if d.Withdraw {
		l.note(Moment{What: "withdrawn", Key: d.Reminder, Text: at.Name})
		l.phone.parked = slices.DeleteFunc(l.phone.parked, func(p parkedMessage) bool {
			return p.line == at && p.message.Tag == tag(d.Reminder, d.Burst)
		})
		for _, r := range l.phone.ringing {
			if r.channel == at.Name && r.tag == tag(d.Reminder, d.Burst) && r.sounds(l.now) {
				r.stopped = l.now
			}
		}
		return notify.Sent{}
	}
	if !d.Parked.IsZero() {
		l.note(Moment{What: "parked", Key: d.Reminder, Text: at.Name})
		l.phone.parked = slices.DeleteFunc(l.phone.parked, func(p parkedMessage) bool { return p.line == at && p.message.Tag == m.Tag })
		l.phone.parked = append(l.phone.parked, parkedMessage{at, d, m})
		return notify.Sent{Withdrawable: true}
	}
	sent := notify.Sent{Withdrawable: at.Withdraws && at.Repeats == nil}
	if at.Repeats != nil && at.Repeats(m.Level) {
		sent = notify.Sent{Receipt: d.ID, RepeatsUntil: l.clock().Add(m.Repeat.For), Withdrawable: true}
		l.phone.begins(d.ID, ring{reminder: d.Reminder, tag: m.Tag, channel: at.Name, from: l.now, until: l.now.Add(m.Repeat.For), sets: l.watch.answers.sets})
	}
	kind := ""
	if r := l.state.reminder(d.Reminder); r != nil {
		kind = r.Kind
	}
	l.note(Moment{What: "pushed", Kind: kind, Key: d.Reminder, Text: at.Name + " " + m.Level.String() + " " + m.Text})
	l.watch.accepted(l, at, d, m, kind)
	switch {
	case at.Partner:
		if helps, ok := l.person.Helps(simulate.Card{Key: d.Reminder, Tag: m.Tag}, sent.Receipt != "", l.now); ok {
			l.means([]simulate.Act{helps})
		}
	case at.Reaches:
		l.shows(d, m, kind)
	}
	return sent
}

// begins begins to ring. An alarm that was taken twice, because nobody heard
// of the first time, is one to whoever hears it: one tap stops both.
func (p *phoneService) begins(receipt string, r ring) {
	if was := p.rings[receipt]; was != nil {
		was.until = r.until
		return
	}
	p.rings[receipt] = &r
	p.ringing = append(slices.DeleteFunc(p.ringing, func(was *ring) bool { return !was.sounds(r.from) }), &r)
}

// shows lets the phone show a message, and the person hear it.
func (l *life) shows(d journal.Delivery, m notify.Message, kind string) {
	l.days.pushed(l, m)
	k := kindOf(kind)
	l.means(l.person.Hears(simulate.Card{Key: d.Reminder, Tag: m.Tag, Level: m.Level, Asks: !k.line, Nudge: k.name == kindNudge}, l.now))
}

// parkedNext is when a service delivers what it holds next; zero: never.
func (p *phoneService) parkedNext() time.Time {
	next := time.Time{}
	for _, m := range p.parked {
		next = sooner(next, m.delivery.Parked)
	}
	return next
}

// delivers lets the services deliver what they held until now.
func (l *life) delivers() {
	for i := 0; i < len(l.phone.parked); i++ {
		p := l.phone.parked[i]
		if p.delivery.Parked.After(l.now) {
			continue
		}
		l.phone.parked = slices.Delete(l.phone.parked, i, i+1)
		i--
		l.note(Moment{What: "came", Key: p.delivery.Reminder, Text: p.line.Name + " " + p.message.Level.String() + " " + p.message.Text})
		l.watch.comes(l, p)
		l.shows(p.delivery, p.message, kindParkedAlarm)
	}
}

// outcome is Daemon.outcome, and the step that follows it.
func (l *life) outcome(o outcome) {
	goes := l.apply(record(&l.state, o))
	if !goes && !l.dies {
		l.kept = append(l.kept, keptOutcome{o, l.roomAt()})
		return
	}
	if goes || !l.o.crash.before {
		l.watch.outcome(l, o) // it is in the journal, even if the process died right after
	} else if o.failure == nil {
		l.watch.lost(o.delivery)
	}
	if goes {
		l.turn()
	}
}
