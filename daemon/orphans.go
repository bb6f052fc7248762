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

// A journal that begins anew, or goes on from a backup, knows nothing of what
// the one before it has parked: that would ring at the times of a plan that is
// gone, and its buttons would open nothing. The keys of its buttons prove that it
// is of this data folder, so it is taken back, once after every start. What
// another machine has parked in the same place is left alone.

// sweepAgain is how long to wait after a sweep that did not work: the alarms of
// the night are hours away, and a line that is gone has more urgent things to do
// when it is back.
const sweepAgain = 5 * time.Minute

// sweepDue tells whether a sweep is due at now; else when one will be, zero:
// never.
func (s *sender) sweepDue(now time.Time) (bool, time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.swept || s.last == nil || s.last.Rate > 0 {
		return false, time.Time{}
	}
	if f, ok := s.last.channel(s.name); !ok || !f.Parks {
		return false, time.Time{}
	}
	return !s.sweepNext.After(now), s.sweepNext
}

// sweep takes back what the service holds of this data folder and the journal
// does not know.
func (s *sender) sweep(ctx context.Context) {
	err := contain(s.log, s.name, func() error {
		h, ok := s.channel.(notify.Holder)
		if !ok {
			return nil
		}
		held, err := h.Held(ctx)
		if err != nil {
			return err
		}
		for _, left := range held {
			if !s.orphan(left) {
				continue
			}
			if err := s.channel.(notify.Parker).Unpark(ctx, left.Tag); err != nil {
				return err
			}
			s.log.Info("took back what was parked by a journal that is gone", keyChannel, s.name)
		}
		return nil
	})
	var f *notify.Failure
	refused := errors.As(err, &f) && f.Kind == notify.Refused // a token that may only write sees nothing
	if err != nil && ctx.Err() == nil {
		s.log.Info("looking for what was parked by a journal that is gone", keyChannel, s.name, keyErr, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.swept, s.sweepNext = err == nil || refused, s.now().Add(s.last.meanwhile(sweepAgain))
}

// orphan tells whether what a service holds is of this data folder, and the
// journal does not know of it.
func (s *sender) orphan(h notify.Held) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := slices.ContainsFunc(s.last.Deliveries, func(d journal.Delivery) bool {
		return !d.Parked.IsZero() && d.Channel == s.name && d.State != journal.Dropped && tag(d.Reminder, d.Burst) == h.Tag
	})
	return !known && slices.ContainsFunc(h.Answers, func(answer string) bool {
		if i := strings.LastIndex(answer, linkPath); i >= 0 {
			answer = answer[i+len(linkPath):]
		}
		return s.last.Secret.proves(answer)
	})
}
