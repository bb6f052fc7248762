package daemon

import (
	"testing"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
	"nightbell/planner"
)

// What random lives with changes that are taken back, clocks that were wrong
// and services of which one is down found, each as its shortest story.

// unlog takes the newest session back, as undo does.
func (w *world) unlog() {
	w.t.Helper()
	newest := w.state.Sessions[0]
	for _, e := range w.state.Sessions {
		if e.Change > newest.Change {
			newest = e
		}
	}
	change := journal.Change{ID: newest.Change, Text: "Logged.", Undoable: true}
	b, _ := Undo(w.state, change, journal.Batch{Changes: []journal.Change{change}, Sessions: []journal.Session{newest}}, w.now)
	w.state.Snapshot.Apply(b)
	w.step()
}

// Whoever takes a session back is there for the next ten minutes, not for ten
// minutes from the end of a pause on.
func TestAStartWhoseAnswerWasTakenBackInAPauseComesAtItsEnd(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00").to("10T09:41")
	w.do(web.Request{What: web.Start})
	w.do(web.Request{What: web.Pause, For: 30 * time.Minute})
	w.take()
	w.to("10T09:50")
	w.unlog()
	w.to("10T10:12")
	w.expect("10T10:11 session normal")
}

// Whoever ends the pause asks for what is due: it comes at once.
func TestAStartWhoseAnswerWasTakenBackComesWhenAPauseIsEnded(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00").to("10T09:41")
	w.do(web.Request{What: web.Start})
	w.do(web.Request{What: web.Pause, For: 30 * time.Minute})
	w.to("10T09:45")
	w.unlog()
	w.take()
	w.to("10T09:47")
	w.do(web.Request{What: web.Resume})
	w.to("10T09:50")
	w.expect("10T09:47 session normal")
}

func TestAStartWhoseAnswerWasTakenBackComesTenMinutesLater(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00").to("10T09:41")
	w.do(web.Request{What: web.Start})
	w.take()
	w.unlog()
	w.to("10T09:52")
	w.expect("10T09:51 session normal")
}

// A session that was logged while the clock ran ahead counts from five minutes
// before it on: it takes the start that is open, and moves what is held.
func TestTheLoopLooksAgainWhenASessionThatLiesAheadCounts(t *testing.T) {
	w := newWorld(t, "10T20:00").log("10T20:00")
	w.state.Sessions = append(w.state.Sessions, journal.Session{ID: 9, Start: w.at("10T22:04"), Kind: "pump"})
	w.to("10T21:55")
	if !w.wake.Equal(w.at("10T21:59")) {
		t.Errorf("the loop looks again at %s, and the session of 22:04 counts from 21:59 on", w.wake.In(w.zone))
	}
}

// One service cannot be reached for hours. The other holds the alarm, and must
// not ring at an instant that the plan has left.
func TestAParkedAlarmMovesWhereItIsHeldThoughAnotherServiceIsDown(t *testing.T) {
	w := newWorld(t, "10T20:00", parking, func(s *Settings) {
		more := s.Channels[0]
		more.Name = "another"
		s.Channels = append(s.Channels, more)
	})
	w.answer = func(d journal.Delivery, m notify.Message) *notify.Failure {
		if d.Channel == "another" {
			return unreach(d, m)
		}
		return nil
	}
	w.log("10T20:00").to("10T22:00").take()
	w.log("10T21:55")
	w.to("10T22:02")
	held := map[int64]bool{}
	for _, p := range w.take() {
		if p.kind == kindParkedAlarm && !p.back {
			held[p.parked.Add(-parkedAfter).Unix()] = true
		}
	}
	var alarm time.Time
	for _, s := range Step(w.state, w.now).Plan.Starts {
		if s.Wakes {
			alarm = s.At
			break
		}
	}
	if !held[alarm.Unix()] {
		t.Errorf("the alarm of %s is held nowhere", alarm.In(w.zone))
	}
}

// twoAlarms is a night with two acknowledged alarms, and a machine that was off
// from five o'clock on.
func twoAlarms(t *testing.T) *world {
	w := newWorld(t, "10T23:00", func(s *Settings) { s.Routine.Overnight.Sessions = 2 }).log("10T23:00")
	for _, at := range []string{"11T03:30", "11T05:00"} {
		for w.now.Before(w.at(at)) && len(w.state.Sessions) < 3 {
			w.to(w.now.Add(5 * time.Minute).Format("02T15:04"))
			if r := w.state.openStart(); r != nil && !r.Accepted.IsZero() {
				w.acknowledge()
			}
		}
	}
	if len(w.state.Sessions) != 3 {
		t.Fatalf("%d sessions by five; want two acknowledged alarms", len(w.state.Sessions))
	}
	w.take()
	return w
}

func TestLinesOnAcknowledgedAlarmsAreOneMessageAfterAnOutage(t *testing.T) {
	for rule, c := range map[string]struct {
		travels string
		back    time.Duration // before the next start
	}{
		"a start is near, and says enough soon": {"", 10 * time.Minute},
		"by the hours of sleep of another zone": {"America/Los_Angeles", 40 * time.Minute},
	} {
		t.Run(rule, func(t *testing.T) {
			w := twoAlarms(t)
			if c.travels != "" {
				w.travels(c.travels)
				w.to("11T08:00").take() // past the seven o'clock of home
			}
			w.off("11T12:30")
			next := Step(w.state, w.now).Plan.Starts[0].At
			w.now = next.Add(-c.back)
			w.step()
			if got := w.take(); len(got) != 1 {
				t.Errorf("%d messages after the outage: %v; want one", len(got), got)
			}
		})
	}
}

// A session that was logged afterwards is the anchor of the start that is open
// by then. It is the same start all the same.
func TestAStartWhoseAnswerWasTakenBackIsTheOneFromBefore(t *testing.T) {
	w := newWorld(t, "10T07:00", func(s *Settings) {
		for at := planner.TimeOfDay(60); at < 24*60; at += 3 * 60 {
			s.Routine.Times = append(s.Routine.Times, planner.Clockwork{At: at})
		}
	}).log("10T07:00").to("10T10:01")
	was := w.state.openStart().ID
	w.log("10T08:00").to("10T10:02")
	w.do(web.Request{What: web.Start})
	w.take()
	w.unlog()
	w.to("10T10:11")
	w.expect()
	w.to("10T10:13")
	w.expect("10T10:12 session normal")
	if r := w.state.openStart(); r == nil || r.ID != was {
		t.Errorf("open is %+v; want %s again", r, was)
	}
}

// The alarm was queued while it hurt, and tried as an alarm once that was over.
// Each try was taken, and its answer lost.
func TestAnAlarmThatWasQueuedWhileItHurtIsTakenBack(t *testing.T) {
	no := false
	w := newWorld(t, "10T23:00").log("10T23:00").to("11T02:00")
	w.do(web.Request{What: web.Pain})
	w.answer, w.loses = unreach, true
	w.to("11T03:01")
	w.do(web.Request{What: web.Pain, On: &no})
	w.to("11T03:10")
	w.answer, w.loses = nil, false
	w.do(web.Request{What: web.Snooze, For: 30 * time.Minute})
	w.expect("11T03:10 overnight withdrawn")
}

// The digest was on its way when the night became quiet.
func TestADigestThatWaitsIsLetGoOfInTheQuietOfANight(t *testing.T) {
	w := newWorld(t, "10T23:00", func(s *Settings) {
		s.Policies.Digest = config.Digest{Daily: true, At: 3*60 + 20, Level: notify.Low}
	}).log("10T23:00").to("11T03:10")
	w.answer = unreach
	w.to("11T03:40").take()
	if r := w.state.openStart(); r != nil {
		t.Fatalf("open is %+v; want the alarm given up at 03:30", r)
	}
	w.answer = nil
	w.to("11T06:59")
	w.expect()
}
