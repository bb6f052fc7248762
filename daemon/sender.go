package daemon

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"nightbell/daemon/journal"
	"nightbell/notify"
)

// stopWithin is how long a request may go on after the daemon is told to
// stop (daemon.md, Shape: finish or abandon sends within 10 s).
const stopWithin = 10 * time.Second

// sender takes the due deliveries of one channel, one after another, so that
// nothing overtakes: a withdrawal waits for the push that it takes back.
type sender struct {
	name    string
	channel notify.Channel
	log     *slog.Logger
	now     func() time.Time
	wait    Waiter
	report  func(outcome)
	catchUp func(context.Context) // reads what was answered while nothing got through; nil: nothing is answered here
	parks   bool                  // the service was asked, and gives back what it holds

	at func(point string) // Options.At; nil: nobody is told

	mu      sync.Mutex
	last    *State // newest offered; nil: none yet
	jobs    []job
	tried   map[string]int // tries the journal does not know of yet
	unheard map[string]int // tries that went out whole and brought no answer, of what is still to be sent
	wake    chan struct{}

	sweepNext time.Time // when what is parked is looked at; zero: at once
}

// job is one delivery with the state its message is made from.
type job struct {
	journal.Delivery
	state *State
}

func newSender(name string, c notify.Channel, log *slog.Logger, now func() time.Time, wait Waiter, report func(outcome)) *sender {
	return &sender{name: name, channel: c, log: log, now: now, wait: wait, report: report,
		tried: map[string]int{}, unheard: map[string]int{}, wake: make(chan struct{}, 1)}
}

// offer replaces what is to be sent by the pending deliveries of s.
func (s *sender) offer(state *State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := s.last == nil
	s.last, s.jobs = state, s.jobs[:0]
	known, unheard := map[string]int{}, map[string]int{}
	for _, d := range state.Deliveries {
		if d.Channel != s.name {
			continue
		}
		if n := s.unheard[d.ID]; n > 0 && d.State == journal.Pending {
			unheard[d.ID] = n
		}
		if tried, ok := s.tried[d.ID]; ok && d.Tries < tried {
			known[d.ID] = tried
			continue // its outcome is on the way to the journal
		}
		if d.State == journal.Pending {
			s.jobs = append(s.jobs, job{d, state})
		}
	}
	s.tried, s.unheard = known, unheard
	if len(s.jobs) > 0 || first {
		poke(s.wake)
	}
}

// poke wakes a waiter without ever blocking.
func poke(wake chan<- struct{}) {
	select {
	case wake <- struct{}{}:
	default:
	}
}

// take removes the job that is next at now: an alarm before the rest, then the
// oldest, then what takes something back. Without one it tells when to look
// again; zero: when woken.
func (s *sender) take(now time.Time) (job, time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	best, next := -1, time.Time{}
	for i, j := range s.jobs {
		if j.Next.After(now) {
			if next.IsZero() || j.Next.Before(next) {
				next = j.Next
			}
			continue
		}
		if best < 0 || before(j, s.jobs[best]) {
			best = i
		}
	}
	if best < 0 {
		return job{}, next, false
	}
	j := s.jobs[best]
	s.jobs = slices.Delete(s.jobs, best, best+1)
	s.tried[j.ID] = j.Tries + 1
	return j, time.Time{}, true
}

// late tells whether a push is due at now that did not get through before.
func (s *sender) late(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.jobs, func(j job) bool {
		return j.Tries > 0 && !j.Withdraw && j.Parked.IsZero() && !j.Next.After(now)
	})
}

// before tells which of two jobs is more urgent. What is to be held for later is
// in no hurry, however loud it will be; where it moves, the old one goes before
// the new one comes.
func before(a, b job) bool {
	switch {
	case a.rings() != b.rings():
		return a.rings()
	case !a.Created.Equal(b.Created):
		return a.Created.Before(b.Created)
	}
	return a.Withdraw && !b.Withdraw
}

// rings tells whether j is about an alarm that rings, or is to ring now.
func (j job) rings() bool {
	if j.Level != notify.Alarm {
		return false
	}
	r := j.state.reminder(j.Reminder)
	return r == nil || !kindOf(r.Kind).parked
}

// run sends until ctx ends. A request that is under way then may finish until
// hard ends.
func (s *sender) run(ctx, hard context.Context) error {
	for ctx.Err() == nil {
		if s.catchUp != nil && s.late(s.now()) {
			s.catchUp(ctx) // an answer may wait behind the same outage: then there is nothing to send
		}
		j, next, ok := s.take(s.now())
		if ok {
			s.report(s.try(hard, j))
			continue
		}
		due, again := s.sweepDue(s.now())
		if due {
			s.sweep(ctx)
			continue
		}
		if _, err := s.wait(ctx, sooner(next, again), s.wake); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return nil
}

// try makes one attempt at a delivery.
func (s *sender) try(ctx context.Context, j job) outcome {
	o := outcome{delivery: j.ID}
	err := pass(s.at, requestOf(j.Delivery), func() error { return s.request(ctx, j, &o) })
	o.at = s.now()
	if err != nil && !errors.As(err, &o.failure) {
		o.failure = &notify.Failure{Kind: notify.Unreached, Err: err}
	}
	if o.failure != nil && o.failure.Unanswered {
		o.unheard = s.unheardOf(j.ID)
	}
	return o
}

// unheardOf counts one more try of a delivery that brought no answer.
func (s *sender) unheardOf(id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unheard[id]++
	return s.unheard[id]
}

// request makes the one request that a delivery is.
func (s *sender) request(ctx context.Context, j job, o *outcome) error {
	return contain(s.log, s.name, func() (err error) {
		switch {
		case j.Withdraw:
			err = s.withdraw(ctx, j)
		case !j.Parked.IsZero():
			o.sent, err = s.park(ctx, j)
		default:
			if m, ok := j.state.compose(j.Delivery, s.now()); ok {
				o.sent, err = s.channel.Send(ctx, m)
			}
		}
		return err
	})
}

// withdraw takes back what a burst left at the service.
func (s *sender) withdraw(ctx context.Context, j job) error {
	if r := j.state.reminder(j.Reminder); r != nil && kindOf(r.Kind).parked {
		if p, ok := s.channel.(notify.Parker); ok {
			return p.Unpark(ctx, tag(j.Reminder, j.Burst))
		}
		return nil
	}
	if w, ok := s.channel.(notify.Withdrawer); ok {
		return w.Withdraw(ctx, tag(j.Reminder, j.Burst))
	}
	return nil
}

// park leaves a message at the service, if the service is one that gives it
// back: a parked alarm that cannot be taken back would ring for nothing.
func (s *sender) park(ctx context.Context, j job) (notify.Sent, error) {
	p, ok := s.channel.(notify.Parker)
	m, known := j.state.compose(j.Delivery, s.now())
	if !ok || !known {
		return notify.Sent{}, nil
	}
	if probe, ok := s.channel.(notify.Prober); ok && !s.parks {
		features, err := probe.Probe(ctx)
		if err != nil {
			return notify.Sent{}, err
		}
		if !features.Parks {
			return notify.Sent{}, &notify.Failure{Kind: notify.Refused, Err: errors.New("this server cannot take a held alarm back; prearm needs a newer one, or prearm: false")}
		}
		s.parks = true
	}
	return notify.Sent{Withdrawable: true}, p.Park(ctx, m, j.Parked)
}
