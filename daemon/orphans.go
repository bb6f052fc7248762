package daemon

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"nightbell/daemon/journal"
	"nightbell/notify"
)

// What a service holds and what the journal says it holds can part. A journal
// that begins anew, or goes on from a backup, knows nothing of what the one
// before it has parked; a service that refused to give an alarm back (its token
// had been revoked) still holds it; one that keeps what it holds in memory, as
// ntfy does without a cache-file, holds nothing any more after a restart, and no
// alarm would outlive this machine. So the two are held against each other: when
// a sender begins, and then every half hour. What is held and not wanted is taken
// back, if the keys of its buttons prove that it is of this data folder: what
// another machine has parked in the same place is left alone. What is wanted and
// not held is parked again; so is what was refused, for the person may have
// mended that at the service.

const (
	// sweepEvery is how often; one request without a trace on the phone. Chosen:
	// an alarm that got lost lies hours ahead.
	sweepEvery = 30 * time.Minute
	// sweepAgain is how long to wait after a sweep that did not work: a line that
	// is gone has more urgent things to do when it is back.
	sweepAgain = 5 * time.Minute
	// sweepWithin bounds the reading, which an alarm that falls due has to wait
	// for: as long as catching up does.
	sweepWithin = catchUpWithin
)

// sweepDue tells whether a sweep is due at now; else when one will be, zero:
// never.
func (s *sender) sweepDue(now time.Time) (bool, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil || s.last.Rate > 0 {
		return false, time.Time{}
	}
	if f, ok := s.last.channel(s.name); !ok || !f.Parks {
		return false, time.Time{}
	}
	// A clock that was set back must not put it off.
	return !s.sweepNext.After(now) || s.sweepNext.Sub(now) > sweepEvery, s.sweepNext
}

// sweep makes what the service holds what the journal says it holds.
func (s *sender) sweep(ctx context.Context) {
	err := contain(s.log, s.name, func() error {
		h, ok := s.channel.(notify.Holder)
		if !ok {
			return nil
		}
		reading, end := context.WithTimeout(ctx, sweepWithin)
		defer end()
		held, err := h.Held(reading)
		if err != nil {
			return err
		}
		for _, left := range held {
			if err := s.takeBack(ctx, left); err != nil {
				return err
			}
		}
		for _, d := range s.lacking(held) {
			if d.State == journal.Sent {
				s.log.Warn("the service does not hold any more what was parked there; it is parked again", keyChannel, s.name)
			}
			s.report(outcome{delivery: d.ID, at: s.now(), lost: true})
		}
		return nil
	})
	next := sweepEvery
	var f *notify.Failure
	refused := errors.As(err, &f) && f.Kind == notify.Refused // a token that may only write sees nothing
	if err != nil && ctx.Err() == nil {
		s.log.Info("looking for what is parked", keyChannel, s.name, keyErr, err)
	}
	if err != nil && !refused {
		next = sweepAgain
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sweepNext = s.now().Add(s.last.meanwhile(next))
}

// takeBack takes back what a service holds of this data folder and the journal
// does not want. What is being taken back anyway is left to that.
func (s *sender) takeBack(ctx context.Context, left notify.Held) error {
	back, refused := s.stray(left)
	if !back {
		return nil
	}
	if err := s.channel.(notify.Parker).Unpark(ctx, left.Tag); err != nil {
		return err
	}
	if refused != "" {
		s.log.Info("took back what the service had refused to give back", keyChannel, s.name)
		s.report(outcome{delivery: refused, at: s.now()})
		return nil
	}
	s.log.Info("took back what was parked by a journal that is gone", keyChannel, s.name)
	return nil
}

// stray tells whether what a service holds is to be taken back, and by which
// withdrawal that was refused; "": there is none.
func (s *sender) stray(h notify.Held) (back bool, refused string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.last.Deliveries {
		switch {
		case d.Channel != s.name || tag(d.Reminder, d.Burst) != h.Tag:
		case d.Withdraw && d.State == journal.RefusedBy:
			refused = d.ID
		case d.State == journal.Pending, s.last.wantsHeld(d):
			return false, ""
		}
	}
	return slices.ContainsFunc(h.Answers, func(answer string) bool {
		if i := strings.LastIndex(answer, linkPath); i >= 0 {
			answer = answer[i+len(linkPath):]
		}
		return s.last.Secret.proves(answer)
	}), refused
}

// lacking lists what is to be parked and the service does not hold, of what
// comes late enough to be parked once more.
func (s *sender) lacking(held []notify.Held) []journal.Delivery {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	return slices.DeleteFunc(slices.Clone(s.last.Deliveries), func(d journal.Delivery) bool {
		return d.Channel != s.name || !s.last.wantsHeld(d) || d.Parked.Sub(now) < parkedLeast ||
			slices.ContainsFunc(held, func(h notify.Held) bool { return h.Tag == tag(d.Reminder, d.Burst) })
	})
}

// wantsHeld tells whether d is something that its service is to hold, and that
// is not on its way there.
func (s *State) wantsHeld(d journal.Delivery) bool {
	if d.Parked.IsZero() || d.Withdraw || d.State != journal.Sent && d.State != journal.RefusedBy {
		return false
	}
	r := s.reminder(d.Reminder)
	return r != nil && r.State == journal.Open && r.Burst == d.Burst
}

// parkAgain is what becomes of d when its service turned out not to hold it:
// it is to be parked once more, unless nobody wants it any more.
func (s *State) parkAgain(d journal.Delivery, at time.Time) journal.Batch {
	if !s.wantsHeld(d) {
		return journal.Batch{}
	}
	d.State, d.Done, d.Next = journal.Pending, time.Time{}, time.Time{}
	return journal.Batch{
		Deliveries: []journal.Delivery{d},
		Events:     []journal.Event{{At: at, Kind: "parking again", Reminder: d.Reminder, Channel: d.Channel}},
	}
}
