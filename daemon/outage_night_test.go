package daemon

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
)

// noRoute is a service's answer when the line is down.
func noRoute(journal.Delivery, notify.Message) *notify.Failure {
	return &notify.Failure{Kind: notify.Unreached, Err: errors.New("no route to host")}
}

// The line goes before a start that nobody hears of. The plan moves on with
// every quarter of an hour; what is to be told the service does not pile up,
// and the buttons of the alarm that rings there all the same stay good.
func TestANightWithoutTheLine(t *testing.T) {
	w := newWorld(t, "10T21:50", parking, func(s *Settings) { s.Secret = Secret("a secret of the test") })
	w.log("10T20:30").step()
	first := w.state.open(kindNamed(kindParkedAlarm))
	if first == nil || !first.Due.Equal(w.at("11T03:00")) {
		t.Fatalf("parked %+v; want the alarm of 03:00", first)
	}
	rings := *first
	w.to("10T22:00")
	w.answer = noRoute
	w.to("11T03:05")
	var waiting []string
	for _, d := range w.state.Deliveries {
		if d.State == journal.Pending {
			waiting = append(waiting, d.ID)
		}
	}
	if len(waiting) > 6 {
		t.Errorf("%d deliveries wait for the line; want a push and what moves one parked alarm: %q", len(waiting), waiting)
	}
	key := w.state.Secret.key(rings.ID, "start")
	for _, c := range []struct {
		rule, at string
		good     bool
	}{
		{"when it rings", "11T03:03", true},
		{"an hour after it rang", "11T04:03", true},
		{"later", "11T04:04", false},
	} {
		if _, err := w.state.Secret.open(&w.state, rings.ID, "start", key, w.at(c.at)); (err == nil) != c.good {
			t.Errorf("%s: the key of the alarm's button: %v", c.rule, err)
		}
	}
	w.do(web.Request{What: web.Start, Reminder: rings.ID, At: w.at("11T03:05")})
	w.answer = nil
	w.take()
	w.to("11T06:00")
	for _, p := range w.take() {
		if !p.back && p.parked.IsZero() {
			t.Errorf("after the answer the phone was sent %s", p)
		}
	}
}

// The alarm that a service rang by itself, because the line was down, is not
// rung once more when the line is back.
func TestWhatRangAtTheServiceIsNotRungAgain(t *testing.T) {
	w := newWorld(t, "10T21:50", parking).log("10T20:30").to("10T22:00")
	w.answer = noRoute
	w.to("11T06:00")
	w.answer = nil
	w.take()
	w.to("11T06:59")
	for _, p := range w.take() {
		if p.message.Level == notify.Alarm && p.parked.IsZero() && !p.back {
			t.Errorf("once more: %s", p)
		}
	}
}

// A push that did not get through waits for what was answered behind the same
// outage.
func TestALatePushLooksForAnswersFirst(t *testing.T) {
	now := time.Date(2027, 6, 11, 6, 0, 0, 0, time.UTC)
	r := journal.Reminder{ID: "r", Kind: "session", Due: now.Add(-time.Hour), State: journal.Open}
	for _, c := range []struct {
		rule  string
		d     journal.Delivery
		looks bool
	}{
		{"its first try", journal.Delivery{}, false},
		{"a second try", journal.Delivery{Tries: 1}, true},
		{"a second try that is not due", journal.Delivery{Tries: 1, Next: now.Add(time.Minute)}, false},
		{"taking back makes no sound", journal.Delivery{Tries: 1, Withdraw: true}, false},
		{"nor does parking", journal.Delivery{Tries: 1, Parked: now.Add(time.Hour)}, false},
	} {
		t.Run(c.rule, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			var did []string
			wait := func(context.Context, time.Time, <-chan struct{}) (Woke, error) {
				cancel() // nothing is left to do
				return WokeByEnd, nil
			}
			s := newSender("phone", recorder{&did}, slog.New(slog.DiscardHandler), func() time.Time { return now }, wait, func(outcome) {})
			s.catchUp = func(context.Context) { did = append(did, "looked") }
			c.d.ID, c.d.Reminder, c.d.Channel, c.d.State = "r/0/1/phone", r.ID, "phone", journal.Pending
			s.offer(&State{Snapshot: journal.Snapshot{Reminders: []journal.Reminder{r}, Deliveries: []journal.Delivery{c.d}},
				Settings: newWorld(t, "10T21:50").state.Settings})
			if err := s.run(ctx, ctx); err != nil {
				t.Fatal(err)
			}
			if looked := slices.Contains(did, "looked"); looked != c.looks || looked && did[0] != "looked" {
				t.Errorf("did %q; want it to look for answers first: %v", did, c.looks)
			}
		})
	}
}

// recorder is a channel that notes that it was asked to send.
type recorder struct{ did *[]string }

func (r recorder) Send(context.Context, notify.Message) (notify.Sent, error) {
	*r.did = append(*r.did, "sent")
	return notify.Sent{}, nil
}

// Trouble is said when it begins and when it ends.
func TestTroubleIsSaidTwice(t *testing.T) {
	trouble := troubles{}
	for i, want := range []slog.Level{slog.LevelWarn, slog.LevelDebug, slog.LevelDebug} {
		if got := trouble.begins("ntfy"); got != want {
			t.Errorf("try %d: level %s, want %s", i+1, got, want)
		}
	}
	if trouble.begins("hook") != slog.LevelWarn {
		t.Error("another channel's trouble is news")
	}
	if !trouble.ends("ntfy") || trouble.ends("ntfy") {
		t.Error("the end of trouble is said once")
	}
}
