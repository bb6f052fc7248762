package daemon

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
)

func TestALapseRunsOnlyWhileItIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := time.Date(2026, 6, 10, 7, 0, 0, 0, time.UTC)
		l := NewLapse(from, 720, Stopwatch())
		at := func(what string, want time.Duration) {
			t.Helper()
			if got := l.Now().Sub(from); got != want {
				t.Errorf("%s: the clock shows %s after its beginning, want %s", what, got, want)
			}
		}
		time.Sleep(time.Minute)
		at("nobody waits", 0)

		begun := Stopwatch()
		if woke, err := l.Wait(t.Context(), from.Add(2*time.Hour), nil); woke != WokeOnTime || err != nil {
			t.Errorf("a wait to its end: %s, %v", woke, err)
		}
		at("a wait to its end", 2*time.Hour)
		if took := begun(); took != 10*time.Second {
			t.Errorf("two hours took %s, want 10 s at a rate of 720", took)
		}
		if woke, err := l.Wait(t.Context(), from.Add(time.Hour), nil); woke != WokeOnTime || err != nil {
			t.Errorf("an instant that is past: %s, %v", woke, err)
		}
		at("an instant that is past", 2*time.Hour)

		wake := make(chan struct{}, 1)
		time.AfterFunc(5*time.Second, func() { wake <- struct{}{} })
		if woke, err := l.Wait(t.Context(), time.Time{}, wake); woke != WokeByChange || err != nil {
			t.Errorf("a change: %s, %v", woke, err)
		}
		at("woken by a change", 3*time.Hour)

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if woke, err := l.Wait(ctx, time.Time{}, nil); woke != WokeByEnd || err != nil {
			t.Errorf("the end: %s, %v", woke, err)
		}
	})
}

// While the loop works on what it was woken for, the senders see its instant
// and nothing later.
func TestALapseNeverRunsPastWhatIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := time.Date(2026, 6, 10, 7, 0, 0, 0, time.UTC)
		l := NewLapse(from, 3600, Stopwatch())
		l.run(from.Add(time.Hour))
		time.Sleep(time.Minute)
		if got := l.Now(); !got.Equal(from.Add(time.Hour)) {
			t.Errorf("a loop a minute late sees %s, want the instant it waited for", got)
		}
	})
}

func TestALapseDozesOnAClockThatStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from := time.Date(2026, 6, 10, 7, 0, 0, 0, time.UTC)
		l, begun := NewLapse(from, 60, Stopwatch()), Stopwatch()
		if woke, err := l.Doze(t.Context(), from.Add(5*time.Minute), nil); woke != WokeOnTime || err != nil {
			t.Errorf("a doze: %s, %v", woke, err)
		}
		if took := begun(); took != 5*time.Second {
			t.Errorf("it took %s, want 5 s: five minutes at a rate of 60", took)
		}
		if _, err := l.Doze(t.Context(), from, nil); err != nil || begun() != 5*time.Second+leastNap {
			t.Errorf("a doze to an instant that is past took until %s, want a millisecond more", begun())
		}
	})
}

// The network's seconds are real in a time-lapse: its retries, the patience
// before another channel takes over, and how long a service rings by itself.
func TestANetworksSecondsAreRealInATimeLapse(t *testing.T) {
	const rate = 720
	w := newWorld(t, "10T09:00", func(s *Settings) { s.Channels = []Facts{phone("one"), phone("two")} })
	w.state.Rate = rate
	s := &w.state
	s.Snapshot.Apply(journal.Batch{
		Reminders:  []journal.Reminder{{ID: "r", Kind: "session", State: journal.Open, Due: w.now, From: w.now, Opened: w.now, Round: 1, Level: notify.Normal}},
		Deliveries: []journal.Delivery{{ID: "r/0/1/one", Reminder: "r", Channel: "one", Round: 1, Level: notify.Normal, State: journal.Pending, Created: w.now}},
	})
	failed := record(s, outcome{delivery: "r/0/1/one", at: w.now, failure: &notify.Failure{Kind: notify.Unreached, Err: context.DeadlineExceeded}}).Deliveries[0]
	if wait := failed.Next.Sub(w.now) / rate; wait < 5*time.Second || wait > 7*time.Second {
		t.Errorf("the next try comes after %s of the network, want 5 s and a little", wait)
	}
	s.Snapshot.Apply(journal.Batch{Deliveries: []journal.Delivery{failed}})
	given := func(after time.Duration) bool {
		p := &stepper{State: *s, now: w.now.Add(after * rate)}
		return p.givenUp(p.Reminders[0], "one", p.meanwhile(fallbackAfter))
	}
	if given(29*time.Second) || !given(30*time.Second) {
		t.Error("the next channel takes over at another moment than after 30 s of the network")
	}
	sent := record(s, outcome{delivery: "r/0/1/one", at: w.now, sent: notify.Sent{RepeatsUntil: w.now.Add(time.Minute)}}).Deliveries[0]
	if rings := sent.RepeatsUntil.Sub(w.now); rings != rate*time.Minute {
		t.Errorf("a service that rings for a minute rings for %s of the time-lapse, want 12 h", rings)
	}
	m, ok := s.compose(failed, w.now)
	if want := s.policyOf(s.Reminders[0]).GiveUp / rate; !ok || m.Repeat.For != want {
		t.Errorf("the service is asked to ring for %s, want %s", m.Repeat.For, want)
	}
}

// A service would hold what is parked there until the real hour.
func TestATimeLapseParksNothing(t *testing.T) {
	w := newWorld(t, "10T23:00", parking)
	w.state.Rate = 60
	w.log("10T23:00")
	w.step()
	w.expect()
}

// The phone's clock knows nothing of a time-lapse: its tap is now.
func TestATapInATimeLapseIsNow(t *testing.T) {
	w := newWorld(t, "10T22:30")
	w.do(web.Request{What: web.Start})
	w.state.Rate = 60
	w.to("11T03:05")
	for _, d := range w.state.Deliveries {
		if d.Receipt == "" || d.ReceiptDone {
			continue
		}
		b := Acknowledge(w.state, d, notify.Receipt{Acknowledged: true, At: w.at("10T22:31")}, w.now)
		if len(b.Sessions) != 1 || !b.Sessions[0].Start.Equal(w.now) {
			t.Errorf("the session is %+v, want one that starts at %s", b.Sessions, w.now)
		}
		return
	}
	t.Fatalf("nothing rings:\n%s", w.told())
}

func TestOnlyATimeLapseHasARate(t *testing.T) {
	s := State{Settings: Settings{Policies: config.DefaultReminders()}}
	if s.lapse() != nil || s.meanwhile(time.Minute) != time.Minute || s.outside(time.Minute) != time.Minute {
		t.Error("the real clock has a rate")
	}
}
