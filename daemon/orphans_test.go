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

func TestASweepMakesTheServiceHoldWhatTheJournalSays(t *testing.T) {
	const gone, kept = "abcdefghijklmnop", "bcdefghijklmnopq"
	now := time.Date(2027, 3, 4, 22, 0, 0, 0, time.UTC)
	secret, other := Secret("the secret of this folder"), Secret("of another machine")
	there := func(reminder string, burst int) notify.Held {
		return notify.Held{Tag: tag(reminder, burst), Answers: []string{secret.answerOf(reminder, "start")}}
	}
	parked := func(state journal.DeliveryState, comes time.Duration) journal.Delivery {
		return journal.Delivery{ID: "p", Reminder: kept, Channel: "phone", Parked: now.Add(comes), State: state, Burst: 1}
	}
	back := func(state journal.DeliveryState) journal.Delivery {
		return journal.Delivery{ID: "w", Reminder: kept, Channel: "phone", Withdraw: true, State: state, Burst: 1}
	}
	const unwanted = true // the reminder was replaced
	for _, c := range []struct {
		rule       string
		held       []notify.Held
		deliveries []journal.Delivery
		unwanted   bool
		back       []string  // tags
		reported   []outcome // but when
	}{
		{"left by a journal that is gone", []notify.Held{there(gone, 0)}, nil, false, []string{tag(gone, 0)}, nil},
		{"the same, answered by a link", []notify.Held{{Tag: tag(gone, 2), Answers: []string{"https://home.example/a/a/" + secret.answerOf(gone, "start")}}},
			nil, false, []string{tag(gone, 2)}, nil},
		{"parked by this journal", []notify.Held{there(kept, 1)}, []journal.Delivery{parked(journal.Sent, time.Hour)}, false, nil, nil},
		{"on its way there, its answer lost", []notify.Held{there(kept, 1)}, []journal.Delivery{parked(journal.Pending, time.Hour)}, false, nil, nil},
		{"of another machine", []notify.Held{{Tag: tag(gone, 0), Answers: []string{other.answerOf(gone, "start")}}}, nil, false, nil, nil},
		{"without a button nobody can tell", []notify.Held{{Tag: tag(gone, 0)}}, nil, false, nil, nil},
		{"the service had refused to give it back", []notify.Held{there(kept, 1)},
			[]journal.Delivery{parked(journal.Sent, time.Hour), back(journal.RefusedBy)}, unwanted, []string{tag(kept, 1)}, []outcome{{delivery: "w"}}},
		{"it is being taken back", []notify.Held{there(kept, 1)},
			[]journal.Delivery{parked(journal.Sent, time.Hour), back(journal.Pending)}, unwanted, nil, nil},
		{"it was taken back, and the service has it again", []notify.Held{there(kept, 1)},
			[]journal.Delivery{parked(journal.Sent, time.Hour), back(journal.Sent)}, unwanted, []string{tag(kept, 1)}, nil},
		{"the service holds it no more", nil, []journal.Delivery{parked(journal.Sent, time.Hour)}, false, nil, []outcome{{delivery: "p", lost: true}}},
		{"the service refused it, and may take it by now", nil, []journal.Delivery{parked(journal.RefusedBy, time.Hour)}, false, nil, []outcome{{delivery: "p", lost: true}}},
		{"the service holds no more what nobody wants", nil, []journal.Delivery{parked(journal.Sent, time.Hour)}, unwanted, nil, nil},
		{"it comes too soon to be parked again", nil, []journal.Delivery{parked(journal.Sent, parkedLeast-time.Second)}, false, nil, nil},
		{"it is on its way there already", nil, []journal.Delivery{parked(journal.Pending, time.Hour)}, false, nil, nil},
	} {
		t.Run(c.rule, func(t *testing.T) {
			phone := &holding{held: c.held}
			var reported []outcome
			s := newSender("phone", phone, slog.New(slog.DiscardHandler), func() time.Time { return now }, nil, func(o outcome) {
				o.at = time.Time{}
				reported = append(reported, o)
			})
			state := &State{Settings: Settings{Secret: secret, Channels: []Facts{{Name: "phone", Parks: true}}}}
			if due, _ := s.sweepDue(now); due {
				t.Error("a sweep is due before anything is known of the journal")
			}
			r := journal.Reminder{ID: kept, Kind: kindParkedAlarm, State: journal.Open, Burst: 1}
			if c.unwanted {
				r.State = journal.Replaced
			}
			state.Snapshot.Reminders, state.Deliveries = []journal.Reminder{r}, c.deliveries
			s.offer(state)
			if due, _ := s.sweepDue(now); !due {
				t.Fatal("no sweep is due")
			}
			s.sweep(t.Context())
			if !slices.Equal(phone.back, c.back) {
				t.Errorf("taken back %q; want %q", phone.back, c.back)
			}
			if !slices.Equal(reported, c.reported) {
				t.Errorf("reported %+v; want %+v", reported, c.reported)
			}
			if due, again := s.sweepDue(now); due || !again.Equal(now.Add(sweepEvery)) {
				t.Errorf("a second sweep is due at once %v, else at %s", due, again)
			}
		})
	}
}

func TestParkedAgainOnlyWhileItIsWanted(t *testing.T) {
	at := time.Date(2027, 3, 4, 22, 0, 0, 0, time.UTC)
	d := journal.Delivery{ID: "p", Reminder: "r", Channel: "phone", Parked: at.Add(time.Hour), State: journal.Sent, Done: at, Tries: 1}
	s := &State{Snapshot: journal.Snapshot{Deliveries: []journal.Delivery{d},
		Reminders: []journal.Reminder{{ID: "r", Kind: kindParkedAlarm, State: journal.Open}}}}
	b := record(s, outcome{delivery: "p", at: at, lost: true})
	if len(b.Deliveries) != 1 || b.Deliveries[0].State != journal.Pending || b.Deliveries[0].Tries != 1 || len(b.Health) != 0 {
		t.Errorf("%+v; want it pending, without a try of its own", b)
	}
	s.Snapshot.Reminders[0].State = journal.Replaced // meanwhile
	if b := record(s, outcome{delivery: "p", at: at, lost: true}); !empty(b) {
		t.Errorf("%+v; want nothing", b)
	}
}

func TestWhenASweepIsMadeAgain(t *testing.T) {
	now := time.Date(2027, 3, 4, 22, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		rule  string
		err   error
		again time.Duration
	}{
		{"all was well", nil, sweepEvery},
		{"the line was down", &notify.Failure{Kind: notify.Unreached, Err: errors.New("no route to host")}, sweepAgain},
		{"the token may not read", &notify.Failure{Kind: notify.Refused, Err: errors.New("forbidden")}, sweepEvery},
	} {
		t.Run(c.rule, func(t *testing.T) {
			s := newSender("phone", &holding{err: c.err}, slog.New(slog.DiscardHandler), func() time.Time { return now }, nil, nil)
			s.offer(&State{Settings: Settings{Channels: []Facts{{Name: "phone", Parks: true}}}})
			s.sweep(t.Context())
			if due, next := s.sweepDue(now); due || !next.Equal(now.Add(c.again)) {
				t.Errorf("due at once %v, again at %s; want it in %s", due, next, c.again)
			}
			if due, _ := s.sweepDue(now.Add(c.again)); !due {
				t.Error("none is due then")
			}
			if due, _ := s.sweepDue(now.Add(-time.Hour)); !due {
				t.Error("a clock that was set back puts it off")
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
