package daemon

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
	"nightbell/planner"
)

func TestADayThatIsAnswered(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00")
	for _, at := range []string{"10T09:40", "10T12:20"} {
		w.to(at)
		w.expect(at + " session normal")
		w.do(web.Request{What: web.Start})
	}
	w.to("10T14:59")
	w.expect()
}

func TestAReminderRepeatsAndLapses(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00").to("10T10:40")
	w.expect("10T09:40 session normal", "10T09:50 session normal", "10T10:30 nudge high")
	if len(w.state.Passed) != 1 || w.state.Passed[0].Skipped {
		t.Errorf("passed %+v; want the lapsed start of 09:40", w.state.Passed)
	}
}

func TestAnAlarmIsSentOnceAndItsAcknowledgementIsTheSession(t *testing.T) {
	w := newWorld(t, "10T23:00").log("10T23:00").to("11T03:02")
	w.expect("11T03:00 overnight alarm")
	w.acknowledge()
	w.expect("11T03:02 overnight withdrawn")
	last := w.state.Sessions[len(w.state.Sessions)-1]
	if !last.Start.Equal(w.at("11T03:02")) || last.Source != "answer:pushover" {
		t.Errorf("session %+v; want one that starts at the acknowledgement", last)
	}
	w.to("11T07:01")
	got := w.take()
	if len(got) != 2 || got[0].message.Text != "Logged 03:02. Undo?" && got[1].message.Text != "Logged 03:02. Undo?" {
		t.Errorf("after waking: %v; want the line that says the session back, and the morning's start", got)
	}
}

func TestAnswersByOtherMeansWithdrawTheAlarm(t *testing.T) {
	for name, answer := range map[string]func(w *world){
		"log":     func(w *world) { w.log("11T03:04") },
		"start":   func(w *world) { w.do(web.Request{What: web.Start}) },
		"done":    func(w *world) { w.do(web.Request{What: web.Done}) },
		"skip":    func(w *world) { w.do(web.Request{What: web.Skip}) },
		"snooze":  func(w *world) { w.do(web.Request{What: web.Snooze}) },
		"tonight": func(w *world) { w.do(web.Request{What: web.Pause, Tonight: true}) },
		"rest":    func(w *world) { w.do(web.Request{What: web.Rest}) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "10T23:00").log("10T23:00").to("11T03:05")
			w.expect("11T03:00 overnight alarm")
			answer(w)
			w.expect("11T03:05 overnight withdrawn")
		})
	}
}

func TestNightQuietAfterAnAlarmLapsed(t *testing.T) {
	w := newWorld(t, "10T23:00", func(s *Settings) { s.Routine.Overnight.Sessions = 2 }).log("10T23:00").to("11T06:59")
	got := w.take()
	alarms := 0
	for _, p := range got {
		if p.message.Level == notify.Alarm {
			alarms++
		}
	}
	if alarms != 1 {
		t.Errorf("%d alarms in a night whose first one lapsed; want 1:\n%v", alarms, got)
	}
}

func TestSnoozeKeepsTheDueInstant(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00").to("10T09:45")
	w.expect("10T09:40 session normal")
	w.do(web.Request{What: web.Snooze, For: 20 * time.Minute})
	w.to("10T10:16")
	w.expect("10T10:05 session normal", "10T10:15 session normal")
	if r := w.state.openStart(); r == nil || !r.Due.Equal(w.at("10T09:40")) {
		t.Errorf("open reminder %+v; want the one due 09:40", r)
	}
}

func TestAPauseHoldsTheReminderAndTheNudge(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00").to("10T09:45")
	w.expect("10T09:40 session normal")
	w.do(web.Request{What: web.Pause, For: 60 * time.Minute})
	w.to("10T10:44")
	w.expect()
	w.to("10T10:46")
	w.expect("10T10:45 session high") // the nudge falls together with it
}

func TestOffForSixHoursOverTheAlarm(t *testing.T) {
	w := newWorld(t, "10T23:00").log("10T23:00").to("10T23:30")
	w.off("11T05:30").to("11T05:31")
	w.expect() // asleep, nothing due: nothing to say
	w.to("11T07:00")
	w.expect("11T07:00 session normal")
}

func TestOffByDayEndsInOneMessage(t *testing.T) {
	for _, back := range []string{"10T13:10", "10T14:00", "10T15:30", "10T19:00", "11T12:00", "14T12:00"} {
		t.Run(back, func(t *testing.T) {
			w := newWorld(t, "10T07:00").log("10T07:00").to("10T08:00")
			w.off(back).step()
			w.to(w.now.Add(standingApart).Format("02T15:04"))
			keys := map[string]bool{} // a repeat replaces the message it repeats
			for _, p := range w.take() {
				keys[p.message.Key] = true
			}
			if len(keys) != 1 {
				t.Errorf("%d messages on return: %v; want one", len(keys), w.told())
			}
		})
	}
}

func TestTheNetworkGoneForEightHours(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00")
	down := true
	w.answer = func(_ journal.Delivery, _ notify.Message) *notify.Failure {
		if down {
			return &notify.Failure{Kind: notify.Unreached, Err: errors.New("no route to host")}
		}
		return nil
	}
	w.to("10T17:40")
	down = false
	w.to("10T17:44")
	got := w.take()
	if len(got) != 1 {
		t.Errorf("%d messages when the network is back: %v; want one", len(got), got)
	}
}

func TestRestingAfterTwoDaysWithoutAnAnswer(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00").to("12T07:01")
	w.take()
	w.to("13T12:00")
	w.expect()
	if !w.state.resting() {
		t.Fatal("not resting after two days without a session or an answer")
	}
	w.do(web.Request{What: web.Resume})
	w.to("13T12:05")
	w.expect("13T12:00 first normal")
}

func TestNothingAnsweredAllDay(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00").to("11T07:30")
	alarms := 0
	seen := map[string]bool{}
	last := w.at("10T07:00")
	for _, p := range w.pushes {
		if p.message.Level == notify.Alarm {
			alarms++
		}
		if p.kind == kindNudge || seen[p.message.Key] {
			continue
		}
		seen[p.message.Key] = true
		if gap := p.at.Sub(last); gap < 90*time.Minute || gap > 4*time.Hour {
			t.Errorf("%s comes %s after the one before; want an even day within the limits", p, gap)
		}
		last = p.at
	}
	if alarms != 1 {
		t.Errorf("%d alarms; want one a night:\n%s", alarms, w.told())
	}
	if len(seen) != 10 {
		t.Errorf("%d starts; want ten: the day's eight, two made up for, and no more:\n%s", len(seen), w.told())
	}
}

func TestTheClockSetBackByAnHour(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00").to("10T09:45")
	w.expect("10T09:40 session normal")
	w.now, w.wake = w.at("10T08:45"), time.Time{}
	w.to("10T09:49")
	w.expect() // what was sent stays sent
	w.to("10T09:51")
	w.expect("10T09:50 session normal")
}

func TestTheClockSetForwardByEightHours(t *testing.T) {
	for from, back := range map[string]string{"10T07:30": "10T15:30", "10T09:45": "10T17:45", "10T22:30": "11T06:30"} {
		t.Run(from, func(t *testing.T) {
			w := newWorld(t, "10T07:00").log("10T07:00").to(from)
			w.take()
			w.off(back).step()
			keys := map[string]bool{}
			for _, p := range w.take() {
				keys[p.message.Key] = true
			}
			_, _, asleep := w.state.Routine.Asleep(w.now)
			if want := map[bool]int{true: 0, false: 1}[asleep]; len(keys) != want {
				t.Errorf("%d messages after the jump; want %d", len(keys), want)
			}
		})
	}
}

func TestARetryFollowsAClockThatIsSetBack(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00")
	w.answer = func(journal.Delivery, notify.Message) *notify.Failure {
		return &notify.Failure{Kind: notify.Unreached, Err: errors.New("no route to host")}
	}
	w.to("10T09:45")
	w.state.Snapshot.Apply(setBack(&w.state, w.now, time.Hour))
	for _, d := range w.state.Deliveries {
		if left := d.Next.Sub(w.at("10T08:45")); d.State == journal.Pending && left > retryMost {
			t.Errorf("the next try comes %s after the clock was set back; want at most %s", left, retryMost)
		}
	}
}

func TestAnAlarmUnansweredGoesToEveryChannel(t *testing.T) {
	w := newWorld(t, "10T23:00", func(s *Settings) { s.Channels = append(s.Channels, phone("second")) }).log("10T23:00")
	w.to("11T03:06")
	var names []string
	for _, p := range w.take() {
		names = append(names, p.at.Format("15:04 ")+p.channel)
	}
	if got := strings.Join(names, ", "); got != "03:00 pushover, 03:05 second" {
		t.Errorf("pushes: %s; want the second channel five minutes after the first", got)
	}
}

func TestTheNextChannelTakesOver(t *testing.T) {
	refused := &notify.Failure{Kind: notify.Refused, Status: 400, Err: errors.New("token is invalid")}
	unreached := &notify.Failure{Kind: notify.Unreached, Err: errors.New("no route to host")}
	limited := &notify.Failure{Kind: notify.Limited, Status: 429, RetryAfter: time.Hour, Err: errors.New("over quota")}
	for name, c := range map[string]struct {
		failure *notify.Failure
		within  time.Duration
	}{
		"refused: at once":        {refused, 0},
		"over its quota: at once": {limited, 0},
		"unreached: after 30 s":   {unreached, 40 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "10T07:00", func(s *Settings) { s.Channels = append(s.Channels, phone("second")) }).log("10T07:00")
			w.answer = func(d journal.Delivery, _ notify.Message) *notify.Failure {
				if d.Channel == "pushover" {
					return c.failure
				}
				return nil
			}
			w.to("10T09:41")
			got := w.take()
			if len(got) != 1 || got[0].channel != "second" || got[0].at.Sub(w.at("10T09:40")) > c.within {
				t.Errorf("pushes %v; want one on the second channel within %s", got, c.within)
			}
		})
	}
}

func TestARefusedReminderLapsesAndTheNextOneIsTried(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00")
	w.answer = func(journal.Delivery, notify.Message) *notify.Failure {
		return &notify.Failure{Kind: notify.Refused, Status: 400, Err: errors.New("token is invalid")}
	}
	w.to("10T11:00")
	if len(w.state.Passed) != 1 {
		t.Fatalf("passed %+v; want the start whose push was refused", w.state.Passed)
	}
	w.answer = nil
	w.to("10T12:00")
	if got := w.take(); len(got) == 0 {
		t.Error("nothing was sent once the channel took pushes again")
	}
}

func TestAnAcknowledgementThatOnlyWakes(t *testing.T) {
	w := newWorld(t, "10T23:00", func(s *Settings) { s.Channels[0].Awake = true }).log("10T23:00").to("11T03:02")
	w.expect("11T03:00 overnight alarm")
	w.acknowledge()
	w.to("11T03:30")
	w.expect("11T03:02 overnight withdrawn", "11T03:22 overnight low")
	if n := len(w.state.Sessions); n != 1 {
		t.Errorf("%d sessions; an acknowledgement that only wakes logs none", n)
	}
}

func TestALateAcknowledgementLogsNothing(t *testing.T) {
	for minutes, want := range map[int]int{39: 2, 45: 1} {
		w := newWorld(t, "10T23:00").log("10T23:00").to("11T03:31")
		w.take()
		d := w.state.Deliveries[len(w.state.Deliveries)-1]
		w.now = w.at("11T03:00").Add(time.Duration(minutes) * time.Minute)
		w.state.Snapshot.Apply(Acknowledge(w.state, d, notify.Receipt{Acknowledged: true, At: w.now}, w.now))
		if got := len(w.state.Sessions); got != want {
			t.Errorf("acknowledged %d min after the alarm, which lapsed after 30: %d sessions, want %d", minutes, got, want)
		}
	}
}

func TestStepLeavesItsStateAsItWas(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00")
	before := fmt.Sprintf("%+v", w.state.Snapshot)
	Step(w.state, w.at("10T12:00"))
	if after := fmt.Sprintf("%+v", w.state.Snapshot); after != before {
		t.Errorf("Step changed what it was given:\n%s\n%s", before, after)
	}
}

func TestUndoBringsTheReminderBack(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00").to("10T09:42")
	w.expect("10T09:40 session normal")
	made, _, err := Answer(w.state, web.Request{What: web.Start}, w.now)
	if err != nil {
		t.Fatal(err)
	}
	w.state.Snapshot.Apply(made)
	w.step()
	taken, _ := Undo(w.state, made.Changes[0], made, w.now)
	w.state.Snapshot.Apply(taken)
	w.to("10T09:51")
	w.expect()
	w.to("10T09:53")
	w.expect("10T09:52 session normal")
}

func TestATimetableWithNothingUpToTheHorizonIsAskedAgain(t *testing.T) {
	w := newWorld(t, "10T07:00", func(s *Settings) {
		weekly, err := planner.ParseClockwork("0 9 * * 1") // Mondays; the tenth is a Wednesday
		if err != nil {
			t.Fatal(err)
		}
		s.Routine.Times, s.RestAfter = []planner.Clockwork{weekly}, 0
	}).log("10T07:00").to("15T09:01")
	found := false
	for _, p := range w.take() {
		found = found || p.at.Format("02T15:04") == "15T09:00"
	}
	if !found {
		t.Errorf("nothing was pushed on Monday at 9:\n%s", w.told())
	}
}

// A service that asked for more quiet than a reminder is kept up leaves nothing
// to write down meanwhile: an older journal after a restart is no outage.
func TestARestartBetweenTwoTriesIsNoOutage(t *testing.T) {
	w := newWorld(t, "10T07:00", func(s *Settings) { s.Policies.Session.GiveUp = 15 * time.Minute }).log("10T07:00")
	w.answer = func(journal.Delivery, notify.Message) *notify.Failure {
		if w.now.Before(w.at("10T09:50")) {
			return &notify.Failure{Kind: notify.Limited, RetryAfter: 20 * time.Minute, Err: errors.New("too many requests")}
		}
		return nil
	}
	w.to("10T09:58")
	w.wake = time.Time{}
	w.state.Alive = w.at("10T09:40") // what the journal knows
	for _, c := range []struct {
		back string
		open bool
	}{{"10T09:58", true}, {"10T10:14", true}, {"10T10:16", false}} { // 15 min after the try that was to come
		after := Step(w.state, w.at(c.back)).State
		r := after.reminder(w.state.openStart().ID)
		if got := r.State == journal.Open; got != c.open {
			t.Errorf("back at %s: %s; want it open: %v", c.back, r.State, c.open)
		}
	}
}
