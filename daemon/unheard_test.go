package daemon

import (
	"errors"
	"testing"
	"time"

	"nightbell/daemon/journal"
	"nightbell/notify"
)

// A service that takes every push and loses every answer shows each try of
// ours, unless it can fold. So it is tried at another pace than one that cannot
// be reached.
func TestAServiceThatLosesEveryAnswer(t *testing.T) {
	unreached := &notify.Failure{Kind: notify.Unreached, Err: errors.New("connection refused")}
	unanswered := &notify.Failure{Kind: notify.Unreached, Unanswered: true, Err: errors.New("no answer within 10 s")}
	for _, c := range []struct {
		rule    string
		at, log string
		failure *notify.Failure
		folds   bool
		until   string
		least   int // tries
		most    int
	}{
		{"what it takes twice is shown twice: further and further apart", "10T07:00", "10T07:00", unanswered, false, "10T12:35", 12, 13},
		{"what it takes twice replaces: every minute", "10T07:00", "10T07:00", unanswered, true, "10T10:40", 55, 70},
		{"what cannot be reached shows nothing: every minute", "10T07:00", "10T07:00", unreached, false, "10T10:40", 55, 70},
		{"an alarm is worth being shown twice: every minute", "10T23:00", "10T23:00", unanswered, false, "11T04:00", 55, 70},
		{"an alarm whose sleep is over is none: further apart from then on", "10T23:00", "10T23:00", unanswered, false, "11T08:00", 240, 250},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := newWorld(t, c.at, func(s *Settings) { s.Channels[0].Adds = !c.folds }).log(c.log)
			w.loses = c.failure.Unanswered
			tries := 0
			w.answer = func(journal.Delivery, notify.Message) *notify.Failure {
				tries++
				return c.failure
			}
			w.to(c.until)
			if tries < c.least || tries > c.most {
				t.Errorf("%d tries; want %d to %d", tries, c.least, c.most)
			}
		})
	}
}

func TestTheWaitAfterATryThatBroughtNoAnswer(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00")
	w.to("10T09:39")
	w.answer = unreach
	w.to("10T09:41") // tries that cannot be made count for nothing
	var d journal.Delivery
	for _, e := range w.state.Deliveries {
		if e.State == journal.Pending {
			d = e
		}
	}
	for n, want := range []time.Duration{1: time.Minute, 2: 2 * time.Minute, 3: 5 * time.Minute, 4: 10 * time.Minute, 5: 20 * time.Minute, 6: 20 * time.Minute, 200: 20 * time.Minute} {
		if want == 0 {
			continue
		}
		o := outcome{delivery: d.ID, at: w.now, unheard: n, failure: &notify.Failure{Kind: notify.Unreached, Unanswered: true, Err: errors.New("no answer")}}
		if got := record(&w.state, o).Deliveries[0].Next.Sub(w.now); got != want {
			t.Errorf("after %d tries without an answer the next comes in %s; want %s", n, got, want)
		}
		d.Withdraw = true
		s := w.state
		s.Deliveries = []journal.Delivery{d}
		if got := record(&s, o).Deliveries[0].Next.Sub(w.now); got > retryMost {
			t.Errorf("a push is taken back once more in %s; that shows nothing, so want at most %s", got, retryMost)
		}
		d.Withdraw = false
	}
}
