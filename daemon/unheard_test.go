package daemon

import (
	"errors"
	"testing"
	"time"

	"nightbell/daemon/config"
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

// A channel that refused is asked anew each give_up (45 min), and the one that
// loses its answers is not: beside a broken channel it shows no more than alone.
func TestAServiceThatLosesEveryAnswerBesideOneThatRefuses(t *testing.T) {
	unanswered := &notify.Failure{Kind: notify.Unreached, Unanswered: true, Err: errors.New("no answer within 10 s")}
	refused := &notify.Failure{Kind: notify.Refused, Status: 400, Err: errors.New("token is invalid")}
	for _, c := range []struct {
		rule     string
		channels []Facts
		use      config.Use
	}{
		{"the first loses", []Facts{phone("loses"), phone("refuses")}, config.UseFirst},
		{"the first refuses", []Facts{phone("refuses"), phone("loses")}, config.UseFirst},
		{"both are asked", []Facts{phone("loses"), phone("refuses")}, config.UseAll},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := newWorld(t, "10T07:00", func(s *Settings) { s.Channels, s.Use = c.channels, c.use }).log("10T07:00")
			tries, pushes := map[string]int{}, map[string]bool{}
			w.answer = func(d journal.Delivery, _ notify.Message) *notify.Failure {
				tries[d.Channel]++
				w.loses = d.Channel == "loses"
				if !w.loses {
					return refused
				}
				pushes[d.ID] = true
				return unanswered
			}
			w.to("10T12:35")
			if n := tries["loses"]; n < 12 || n > 13 || len(pushes) != 1 {
				t.Errorf("%d tries of %d pushes where answers are lost; want 12 to 13 of 1", n, len(pushes))
			}
			if n := tries["refuses"]; n != 4 {
				t.Errorf("%d tries where it is refused; want 4: at 09:40, 10:25, 11:10 and 11:55", n)
			}
			w.answer = func(d journal.Delivery, m notify.Message) *notify.Failure {
				w.loses = d.Channel == "loses"
				if w.loses {
					return unanswered
				}
				return nil
			}
			w.take()
			w.to("10T12:50")
			if got := w.take(); len(got) == 0 || got[0].channel != "refuses" {
				t.Errorf("once the channel that refused works it takes %v; want the push", got)
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
