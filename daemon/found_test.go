package daemon

import (
	"errors"
	"strings"
	"testing"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
	"nightbell/planner"
)

// What random lives found (TestThePromise), each once more as its shortest
// story.

// refuse refuses everything but what it takes back; unreach reaches nobody.
func refuse(d journal.Delivery, _ notify.Message) *notify.Failure {
	if d.Withdraw {
		return nil
	}
	return &notify.Failure{Kind: notify.Refused, Err: errors.New("400")}
}

func unreach(journal.Delivery, notify.Message) *notify.Failure {
	return &notify.Failure{Kind: notify.Unreached, Err: errors.New("no route to host")}
}

func TestAnswersThatLivesFound(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Settings)
		live   func(w *world)
		want   int // sessions besides the one at 07:00
	}{
		"with merge off two acknowledgements of one second are one session": {
			func(s *Settings) {
				s.Routine.Merge = 0
				s.Use, s.Channels = config.UseAll, []Facts{phone("first"), phone("second")}
			},
			func(w *world) {
				w.off("10T23:00").log("10T23:00").to("11T03:00")
				w.acknowledge()
				w.acknowledge()
			}, 2,
		},
		"a second done does not reach back to the session before": {
			func(*Settings) {},
			func(w *world) {
				w.to("10T09:40")
				w.do(web.Request{What: web.Start})
				w.to("10T11:05")
				w.do(web.Request{What: web.Start})
				w.to("10T11:09")
				w.do(web.Request{What: web.Done})
				w.do(web.Request{What: web.Done})
				if e := w.state.Sessions[1]; e.Length != 0 {
					w.t.Errorf("the session of 09:40 lasted %s by the second done", e.Length)
				}
			}, 2,
		},
		"a session that is told again, to the second, is the same one": {
			func(*Settings) {},
			func(w *world) {
				w.to("10T10:00")
				w.do(web.Request{What: web.Log, At: w.at("10T09:10")})
				w.do(web.Request{What: web.Log, At: w.at("10T09:10")})
			}, 1,
		},
		"a second done does not make a session of the time before the one it ended": {
			func(s *Settings) { s.Routine.Merge = 0 },
			func(w *world) {
				w.to("10T09:50")
				w.do(web.Request{What: web.Start})
				w.to("10T09:55")
				w.do(web.Request{What: web.Done})
				w.to("10T09:56")
				w.do(web.Request{What: web.Done})
			}, 1,
		},
		"nobody answers a push before it is made, whatever the service's clock says": {
			func(*Settings) {},
			func(w *world) {
				w.off("10T23:00").log("10T23:00").to("11T03:00")
				for _, d := range w.state.Deliveries {
					if d.Receipt != "" {
						w.state.Snapshot.Apply(Acknowledge(w.state, d, notify.Receipt{Acknowledged: true, At: w.at("11T02:58")}, w.now))
					}
				}
				if last := w.state.Sessions[len(w.state.Sessions)-1]; !last.Start.Equal(w.at("11T03:00")) {
					w.t.Errorf("logged %s; want the instant of the push", last.Start)
				}
			}, 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "10T07:00", c.change).log("10T07:00")
			c.live(w)
			if n := len(w.state.Sessions) - 1; n != c.want {
				t.Errorf("%d sessions; want %d: %+v", n, c.want, w.state.Sessions)
			}
		})
	}
}

func TestQuietThatLivesFound(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Settings)
		live   func(w *world)
		want   []string // what the service takes in the end
	}{
		"an alarm that no service took buys no quiet for the next": {
			func(s *Settings) { s.Routine.Overnight.Sessions = 2 },
			func(w *world) {
				w.off("10T22:30").log("10T22:30")
				w.answer = refuse
				w.to("11T03:00").take()
				w.answer = nil
				w.to("11T06:00")
			}, []string{"11T04:20 overnight alarm"},
		},
		"what one channel refused, it is asked again after give_up, while another is still being tried": {
			func(s *Settings) { s.Channels = []Facts{phone("first"), phone("second")} },
			func(w *world) {
				w.answer = func(d journal.Delivery, m notify.Message) *notify.Failure {
					if d.Channel == "first" {
						return unreach(d, m)
					}
					return refuse(d, m)
				}
				w.to("10T10:00").take()
				w.answer = unreachOn("first")
				w.to("10T10:27")
			}, []string{"10T10:25 session normal"},
		},
		"a line that one channel told is not told on into a pause": {
			func(s *Settings) { s.Use, s.Channels = config.UseAll, []Facts{phone("first"), phone("second")} },
			func(w *world) {
				w.off("10T13:00")
				w.answer = unreachOn("second")
				w.step()
				w.to("10T13:01").take()
				w.do(web.Request{What: web.Pause, For: time.Hour})
				w.answer = nil
				w.to("10T13:40")
			}, nil,
		},
		"with the first channel that works, a line is told once": {
			func(s *Settings) { s.Channels = []Facts{phone("first"), phone("second")} },
			func(w *world) {
				w.off("10T13:00")
				w.answer = unreachOn("first")
				w.step()
				w.to("10T13:05").take()
				w.answer = nil
				w.to("10T13:10")
			}, nil,
		},
		"what was logged at night is not said while resting": {
			func(*Settings) {},
			func(w *world) {
				w.off("10T23:00").log("10T23:00").to("11T03:00")
				w.acknowledge()
				w.answer = unreach
				w.to("11T07:05").take()
				w.do(web.Request{What: web.Rest})
				w.answer = nil
				w.to("11T09:00")
			}, nil,
		},
		"a line on where things stand gives way to the next start": {
			func(*Settings) {},
			func(w *world) {
				w.off("10T13:00")
				w.answer = unreach
				w.step()
				w.to("10T14:10").take()
				w.answer = nil
				w.to("10T14:11")
			}, []string{"10T14:10 session normal"},
		},
		"a snooze in a pause lasts as long as the pause": {
			func(*Settings) {},
			func(w *world) {
				w.off("10T20:15").log("10T20:15")
				w.do(web.Request{What: web.Pause, Tonight: true})
				w.to("10T23:02").take()
				if text := w.do(web.Request{What: web.Snooze, For: 15 * time.Minute}).Text; !strings.Contains(text, "tomorrow 07:00") {
					w.t.Errorf("the snooze says %q", text)
				}
				if r := w.state.openStart(); r == nil || r.Burst != 1 {
					w.t.Errorf("open: %+v; want burst 1, for the pause alone", r)
				}
				w.to("11T06:59")
			}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "10T07:00", c.change).log("10T07:00")
			w.take()
			c.live(w)
			w.expect(c.want...)
		})
	}
}

func TestTheReturnThatLivesFound(t *testing.T) {
	t.Run("what was due in the very minute the clock jumped folds into the one message", func(t *testing.T) {
		w := newWorld(t, "10T23:00").log("10T23:00").to("11T03:00")
		w.acknowledge()
		w.to("11T06:59").take()
		w.wake, w.state.Alive = w.at("11T07:00"), w.at("11T07:00")
		w.off("11T10:00").step()
		w.expect("11T10:00 session normal")
	})
	t.Run("a line that reached nobody before the next outage is not said after it", func(t *testing.T) {
		w := newWorld(t, "10T07:00").log("10T07:00").to("10T08:00")
		w.off("10T13:00")
		w.answer = unreach
		w.step()
		w.off("10T18:00")
		w.answer = nil
		w.step()
		w.to("10T18:01")
		if n := len(w.take()); n != 1 {
			t.Errorf("%d messages after two outages; want one", n)
		}
	})
}

func TestWhatRangIsTakenBackThoughAQuietMessageCameAfterIt(t *testing.T) {
	w := newWorld(t, "10T23:00").log("10T23:00")
	w.answer = unreach // the answers get lost; what was taken rings
	w.to("11T07:00").take()
	w.answer = nil
	w.to("11T07:02")
	w.take()
	w.do(web.Request{What: web.Start})
	w.expect("11T07:02 overnight withdrawn")
}

func TestNoParkedNudgeComesIntoASnooze(t *testing.T) {
	w := newWorld(t, "10T07:00", parking).log("10T07:00").to("10T10:20")
	w.do(web.Request{What: web.Snooze, For: time.Hour})
	if r := w.state.open(kindNamed(kindParkedNudge)); r != nil {
		t.Errorf("parked for %s, in a snooze until 11:20", r.Due)
	}
}

func TestWhatASetBackClockLeaves(t *testing.T) {
	w := newWorld(t, "10T23:00").log("10T23:00").to("11T03:31") // the alarm of 03:00 lapsed
	w.take()
	w.now = w.at("10T23:30")
	w.state.Snapshot.Apply(setBack(&w.state, w.now, 4*time.Hour))
	w.wake = time.Time{}
	w.log("10T23:20")
	if until := w.state.quiet("11T03:00", w); !until.IsZero() {
		t.Errorf("quiet until %s for a night that is still to come", until)
	}
}

// An alarm that lapsed is followed by quiet, for whoever sleeps through it. A
// session after it says that somebody is up.
func TestTheQuietOfANightEndsWithASession(t *testing.T) {
	night := func() *world {
		w := newWorld(t, "10T21:00", func(s *Settings) {
			for _, at := range []string{"21:00", "00:00", "03:00", "07:00"} {
				c, err := planner.ParseClockwork(at)
				if err != nil {
					t.Fatal(err)
				}
				s.Routine.Times = append(s.Routine.Times, c)
			}
		}).log("10T21:00").to("11T01:00")
		w.take()
		return w
	}
	w := night()
	w.to("11T06:59")
	w.expect()
	w = night()
	w.do(web.Request{What: web.Start})
	w.to("11T03:01")
	w.expect("11T03:00 session alarm")
}

// The pause was over, its start was offered, and then it lasts once more.
func TestAClockSetBackIntoAPauseIsQuietAgain(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00").to("10T09:00")
	w.do(web.Request{What: web.Pause, For: 3 * time.Hour})
	w.answer = unreach
	w.to("10T12:05")
	w.answer = nil
	w.now = w.at("10T11:05")
	w.state.Snapshot.Apply(setBack(&w.state, w.now, time.Hour))
	w.wake = time.Time{}
	w.to("10T11:59")
	w.expect()
	w.to("10T12:01")
	w.expect("10T12:00 session normal")
}

func (s *State) quiet(at string, w *world) time.Time {
	p := stepper{State: *s, now: w.at(at)}
	return p.quietUntil(w.at(at))
}

func TestWhatATryWithoutAnswerMayHaveLeftIsTakenBack(t *testing.T) {
	for name, last := range map[string]func(journal.Delivery, notify.Message) *notify.Failure{
		"though the last try was refused":     refuse,
		"though it was too near to be parked": unreach,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "10T23:00", parking).log("10T23:00")
			w.answer = unreach
			w.to("11T02:50").take()
			w.answer = last
			w.to("11T02:59").take()
			w.answer = nil
			w.do(web.Request{What: web.Rest})
			for _, p := range w.take() {
				if p.kind == kindParkedAlarm && p.back {
					return
				}
			}
			t.Error("what may be parked is not taken back")
		})
	}
}

// world.step asks twice at each instant, and fails when there is more.
func TestWhatIsTooNearToParkIsLetGoOnce(t *testing.T) {
	w := newWorld(t, "10T23:00", func(s *Settings) {
		s.Routine.Overnight.Sessions = 2
		s.Channels = append(s.Channels, Facts{Name: "ntfy", Type: "ntfy", Reaches: true, Withdraws: true, Parks: true})
	}).log("10T23:00")
	w.answer = func(d journal.Delivery, m notify.Message) *notify.Failure {
		if d.Channel == "ntfy" {
			return unreach(d, m)
		}
		return nil
	}
	w.to("11T07:00")
}

// unreachOn is a fault of one channel alone.
func unreachOn(channel string) func(journal.Delivery, notify.Message) *notify.Failure {
	return func(d journal.Delivery, m notify.Message) *notify.Failure {
		if d.Channel == channel {
			return unreach(d, m)
		}
		return nil
	}
}
