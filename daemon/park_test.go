package daemon

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
)

// parking is a phone whose service holds the next alarm.
func parking(s *Settings) { s.Channels[0].Parks = true }

func TestTheNextAlarmIsParkedAndTakenBackOnceItsOwnPushIsOut(t *testing.T) {
	w := newWorld(t, "10T23:00", parking).log("10T23:00")
	w.step()
	w.expect("10T23:00 parked_alarm for 11T03:03")
	w.to("11T03:01")
	w.expect("11T03:00 overnight alarm", "11T03:00 parked_alarm for 12T03:03", "11T03:00 parked_alarm withdrawn")
}

func TestAParkedAlarmMovesWithThePlan(t *testing.T) {
	w := newWorld(t, "10T20:20", parking).log("10T20:20")
	w.step()
	w.take()
	w.to("10T22:10")
	w.log("10T22:10")
	var parked []string
	for _, p := range w.take() {
		if p.kind == kindParkedAlarm {
			parked = append(parked, p.String())
		}
	}
	if len(parked) != 2 {
		t.Errorf("after a session that moves the alarm: %q; want the old one taken back and the new one parked", parked)
	}
}

// What moves is taken back first, whatever the two are called; and a push that
// is due waits for neither.
func TestWhatIsParkedMovesByTakingBackFirst(t *testing.T) {
	for _, last := range []string{"10T20:20", "10T20:40", "10T21:00", "10T21:20", "10T21:40", "10T22:00", "10T22:20"} {
		w := newWorld(t, last, parking).log(last)
		w.step()
		zone, err := time.LoadLocation("America/Chicago") // where the night is an hour later
		if err != nil {
			t.Fatal(err)
		}
		w.state.Routine.Location = zone
		w.now = w.now.Add(time.Minute)
		w.state = Step(w.state, w.now).State
		due := journal.Delivery{ID: "due", Channel: "pushover", Level: notify.Normal, State: journal.Pending, Created: w.now.Add(-time.Second)}
		w.state.Snapshot.Apply(journal.Batch{Deliveries: []journal.Delivery{due}})
		s := newSender("pushover", nil, nil, nil, nil, nil)
		s.offer(&w.state)
		var order []string
		for j, _, ok := s.take(w.now); ok; j, _, ok = s.take(w.now) {
			if j.Level == notify.Alarm || j.ID == due.ID {
				order = append(order, requestOf(j.Delivery))
			}
		}
		if got := strings.Join(order, ", "); got != "push, withdraw, park" {
			t.Errorf("with a session at %s: %s; want push, withdraw, park", last, got)
		}
	}
}

// held is until when a service holds each alarm.
func (w *world) held() []time.Time {
	var all []time.Time
	for _, p := range w.state.parkedNow(w.now) {
		all = append(all, p.comes)
	}
	return all
}

// Whoever snoozes is promised another ringing, whatever becomes of this
// machine until then.
func TestASnoozedAlarmIsParkedForTheEndOfTheSnooze(t *testing.T) {
	snoozed := func(t *testing.T, change ...func(*Settings)) *world {
		w := newWorld(t, "10T23:00", append(change, parking)...).log("10T23:00")
		w.to("11T03:01")
		w.take()
		return w
	}
	t.Run("and taken back once it has rung by itself", func(t *testing.T) {
		w := snoozed(t)
		w.do(web.Request{What: web.Snooze})
		if held := w.held(); len(held) != 1 || !held[0].Equal(w.at("11T03:14")) {
			t.Errorf("held until %v; want 03:14 alone, three minutes after the end of the snooze", held)
		}
		w.to("11T03:12")
		if held := w.held(); len(held) != 1 || !held[0].Equal(w.at("12T03:03")) {
			t.Errorf("held until %v once it has rung; want the next night's alone", held)
		}
	})
	for rule, act := range map[string]func(w *world){
		"not past the end of sleep":          func(w *world) { w.to("11T06:30"); w.do(web.Request{What: web.Snooze, For: time.Hour}) },
		"not where it was heard and stopped": func(w *world) { w.do(web.Request{What: web.Heard}) },
		"not while it hurts":                 func(w *world) { w.do(web.Request{What: web.Pain}); w.do(web.Request{What: web.Snooze}) },
	} {
		t.Run(rule, func(t *testing.T) {
			w := snoozed(t, func(s *Settings) { s.Policies.Overnight.GiveUp = 3*time.Hour + 59*time.Minute })
			act(w)
			for _, p := range w.take() {
				if p.kind == kindParkedAlarm && !p.back && p.parked.Before(w.at("11T12:00")) && (p.message.Level == notify.Alarm || p.parked.After(w.at("11T07:00"))) {
					t.Errorf("parked: %s", p)
				}
			}
		})
	}
}

// What a service rang by itself and nobody answered is a lapse like any other:
// the rest of the night is quiet.
func TestAfterAnAlarmThatRangAtTheServiceTheNightIsQuiet(t *testing.T) {
	for rule, off := range map[string]func(w *world){
		"the machine died before it":     func(w *world) { w.to("11T01:40") },
		"the machine died in its snooze": func(w *world) { w.to("11T01:51"); w.do(web.Request{What: web.Snooze}) },
		"it had been taken back, and was parked once more": func(w *world) {
			w.to("10T23:10")
			w.do(web.Request{What: web.Pause, For: 4 * time.Hour})
			w.to("10T23:20")
			w.do(web.Request{What: web.Resume})
			w.to("11T01:40")
		},
	} {
		t.Run(rule, func(t *testing.T) {
			// Two starts a night, at 01:50 and at 04:45 or so.
			w := newWorld(t, "10T23:00", parking, func(s *Settings) { s.Routine.Overnight.Sessions = 2 }).log("10T23:00")
			off(w)
			w.take()
			w.off("11T04:29").to("11T06:59")
			for _, p := range w.take() {
				if !p.back && p.parked.IsZero() {
					t.Errorf("%s; want quiet until seven: the service rang by itself", p)
				}
			}
		})
	}
}

// With a give_up of minutes an outage can be over it while the service rings.
func TestAnAlarmThatRingsAtTheServiceWhenTheMachineReturnsBuysItsQuiet(t *testing.T) {
	for rule, c := range map[string]struct {
		back string
		want []string
	}{
		// Two starts a night, at 01:50 and at 04:45.
		"it rang, and would ring on": {"11T01:57", []string{"11T07:00 overnight normal"}},
		"it had not come yet":        {"11T01:52", []string{"11T01:52 overnight alarm", "11T07:00 overnight normal"}},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t, "10T23:00", parking, func(s *Settings) {
				s.Routine.Overnight.Sessions, s.Policies.Overnight.GiveUp = 2, 5*time.Minute
			}).log("10T23:00").to("11T01:40")
			w.take()
			w.off(c.back).to("11T07:01")
			w.pushes = slices.DeleteFunc(w.pushes, func(p pushed) bool { return p.back || !p.parked.IsZero() })
			w.expect(c.want...)
		})
	}
}

func TestWhenTheNetworkIsGoneTheParkedAlarmStays(t *testing.T) {
	w := newWorld(t, "10T23:00", parking).log("10T23:00")
	w.step()
	w.take()
	w.to("11T02:00")
	w.answer = func(journal.Delivery, notify.Message) *notify.Failure {
		return &notify.Failure{Kind: notify.Unreached, Err: errors.New("no route to host")}
	}
	w.to("11T03:10")
	w.expect()
	r := w.state.open(kindNamed(kindParkedAlarm))
	if r == nil || !r.Due.Equal(w.at("11T03:00")) {
		t.Fatalf("parked %+v; want the alarm of 03:00, which the service rings at 03:03", r)
	}
	// It was answered by its own buttons; the daemon hears of it later.
	w.answer = nil
	w.do(web.Request{What: web.Start, Reminder: r.ID, At: w.at("11T03:05")})
	if n := len(w.state.Sessions); n != 2 {
		t.Errorf("%d sessions; want the answer to the parked alarm to be one", n)
	}
	if w.state.openStart() != nil {
		t.Error("the alarm of 03:00 is still open after its parked twin was answered")
	}
}

func TestWhatIsParkedIsTakenBack(t *testing.T) {
	for name, act := range map[string]func(w *world){
		"by rest":    func(w *world) { w.do(web.Request{What: web.Rest}) },
		"by a pause": func(w *world) { w.do(web.Request{What: web.Pause, Until: w.at("12T12:00")}) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "10T23:00", parking).log("10T23:00")
			w.step()
			w.take()
			act(w)
			back := false
			for _, p := range w.take() {
				back = back || p.kind == kindParkedAlarm && p.back
			}
			if !back {
				t.Errorf("the parked alarm stays at the service")
			}
		})
	}
}

func TestNothingIsParkedBeyondWhatServicesHold(t *testing.T) {
	w := newWorld(t, "10T07:00", parking).log("10T07:00")
	w.do(web.Request{What: web.Pause, Until: w.at("16T22:00")})
	for _, p := range w.take() {
		if !p.parked.IsZero() && p.parked.Sub(p.at) > 72*time.Hour {
			t.Errorf("%s is more than three days ahead", p)
		}
	}
	w.to("14T12:00")
	found := false
	for _, p := range w.take() {
		found = found || p.kind == kindParkedAlarm && p.parked.Sub(p.at) <= 72*time.Hour
	}
	if !found {
		t.Error("the alarm is not parked once it is near enough")
	}
}

func TestTheNudgeIsParkedToo(t *testing.T) {
	w := newWorld(t, "10T12:00", parking).log("10T12:00")
	w.step()
	var nudge []pushed
	for _, p := range w.take() {
		if p.kind == kindParkedNudge {
			nudge = append(nudge, p)
		}
	}
	if len(nudge) != 1 || !nudge[0].parked.Equal(w.at("10T15:33")) || nudge[0].message.Level != notify.High {
		t.Errorf("parked nudges %v; want one for 15:33, three minutes after its instant, at level high", nudge)
	}
}

func TestAParkedMessageSpeaksOfItsOwnInstant(t *testing.T) {
	w := newWorld(t, "10T23:00", parking).log("10T23:00")
	w.step()
	m := w.take()[0].message
	if m.Level != notify.Alarm || m.Text != "03:00, if it suits. Then back to bed." {
		t.Errorf("parked: %v %q; want the alarm's words, true whenever it comes", m.Level, m.Text)
	}
}
