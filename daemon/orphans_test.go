package daemon

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"nightbell/daemon/journal"
	"nightbell/notify"
)

// holding is a service that holds messages.
type holding struct {
	notify.Channel
	held []notify.Held
	err  error
	back []string // what was taken back
}

func (h *holding) Held(context.Context) ([]notify.Held, error)           { return h.held, h.err }
func (h *holding) Park(context.Context, notify.Message, time.Time) error { return nil }
func (h *holding) Unpark(_ context.Context, tag string) error {
	h.back = append(h.back, tag)
	return nil
}

func TestASweepTakesBackWhatTheJournalDoesNotKnow(t *testing.T) {
	const gone, kept = "abcdefghijklmnop", "bcdefghijklmnopq"
	now := time.Date(2027, 3, 4, 22, 0, 0, 0, time.UTC)
	secret, other := Secret("the secret of this folder"), Secret("of another machine")
	parked := func(state journal.DeliveryState) []journal.Delivery {
		return []journal.Delivery{{ID: "p", Reminder: kept, Channel: "phone", Parked: now.Add(time.Hour), State: state}}
	}
	for _, c := range []struct {
		rule       string
		held       notify.Held
		deliveries []journal.Delivery
		back       bool
	}{
		{"left by a journal that is gone", notify.Held{Tag: tag(gone, 0), Answers: []string{secret.answerOf(gone, "start")}}, nil, true},
		{"the same, answered by a link", notify.Held{Tag: tag(gone, 2), Answers: []string{"https://home.example/a/a/" + secret.answerOf(gone, "start")}}, nil, true},
		{"parked by this journal", notify.Held{Tag: tag(kept, 0), Answers: []string{secret.answerOf(kept, "start")}}, parked(journal.Sent), false},
		{"on its way there, its answer lost", notify.Held{Tag: tag(kept, 0), Answers: []string{secret.answerOf(kept, "start")}}, parked(journal.Pending), false},
		{"of another machine", notify.Held{Tag: tag(gone, 0), Answers: []string{other.answerOf(gone, "start")}}, nil, false},
		{"without a button nobody can tell", notify.Held{Tag: tag(gone, 0)}, nil, false},
	} {
		t.Run(c.rule, func(t *testing.T) {
			phone := &holding{held: []notify.Held{c.held}}
			s := newSender("phone", phone, slog.New(slog.DiscardHandler), func() time.Time { return now }, nil, nil)
			state := &State{Settings: Settings{Secret: secret, Channels: []Facts{{Name: "phone", Parks: true}}}}
			if due, _ := s.sweepDue(now); due {
				t.Error("a sweep is due before anything is known of the journal")
			}
			state.Deliveries = c.deliveries
			s.offer(state)
			if due, _ := s.sweepDue(now); !due {
				t.Fatal("no sweep is due")
			}
			s.sweep(t.Context())
			want := []string(nil)
			if c.back {
				want = []string{c.held.Tag}
			}
			if !slices.Equal(phone.back, want) {
				t.Errorf("taken back %q; want %q", phone.back, want)
			}
			if due, again := s.sweepDue(now.Add(time.Hour)); due || !again.IsZero() {
				t.Error("a second sweep is due")
			}
		})
	}
}

func TestWhenASweepIsMadeAgain(t *testing.T) {
	now := time.Date(2027, 3, 4, 22, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		rule  string
		err   error
		again bool
	}{
		{"the line was down", &notify.Failure{Kind: notify.Unreached, Err: errors.New("no route to host")}, true},
		{"the token may not read", &notify.Failure{Kind: notify.Refused, Err: errors.New("forbidden")}, false},
	} {
		t.Run(c.rule, func(t *testing.T) {
			s := newSender("phone", &holding{err: c.err}, slog.New(slog.DiscardHandler), func() time.Time { return now }, nil, nil)
			s.offer(&State{Settings: Settings{Channels: []Facts{{Name: "phone", Parks: true}}}})
			s.sweep(t.Context())
			if due, next := s.sweepDue(now); due || next.Equal(now.Add(sweepAgain)) != c.again {
				t.Errorf("due at once %v, again at %s", due, next)
			}
			if due, _ := s.sweepDue(now.Add(sweepAgain)); due != c.again {
				t.Errorf("due after a while %v; want %v", due, c.again)
			}
		})
	}
	t.Run("where nothing is to be parked none is made", func(t *testing.T) {
		s := newSender("phone", &holding{}, slog.New(slog.DiscardHandler), func() time.Time { return now }, nil, nil)
		s.offer(&State{Settings: Settings{Channels: []Facts{{Name: "phone"}}}})
		if due, next := s.sweepDue(now); due || !next.IsZero() {
			t.Error("a sweep is due")
		}
	})
}
