package daemon

import (
	"errors"
	"strings"
	"testing"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
	"nightbell/planner"
)

// powerAt asks for a power session around a time of day.
func powerAt(at planner.TimeOfDay) func(*Settings) {
	return func(s *Settings) {
		p := planner.DefaultPower(at)
		s.Routine.Power = &p
	}
}

// noted says that it hurts, in every way in which it can be said.
func noted() map[string]web.Request {
	return map[string]web.Request{
		"by itself":      {What: web.Pain},
		"with a session": {What: web.Log, Session: web.SessionFields{Pain: true}},
	}
}

func TestWhileItHurtsEachStartIsPushedOnceAndQuietly(t *testing.T) {
	for name, q := range noted() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "10T07:00", powerAt(14*60)).log("10T07:00")
			w.do(q)
			w.to("11T06:59")
			seen := map[string]int{}
			for _, p := range w.take() {
				if seen[p.message.Key]++; seen[p.message.Key] > 1 || p.message.Level > notify.Normal {
					t.Errorf("%s: a repeat, or louder than normal", p)
				}
				if p.kind == kindNudge || p.kind == string(planner.StartPower) {
					t.Errorf("%s: neither a nudge nor a power session", p)
				}
			}
			if len(seen) < 6 {
				t.Errorf("%d starts; want them to go on:\n%s", len(seen), w.told())
			}
		})
	}
}

func TestPainEndsTheUrgingThatIsUnderWay(t *testing.T) {
	w := newWorld(t, "10T23:00").log("10T23:00").to("11T03:02")
	w.expect("11T03:00 overnight alarm")
	w.do(web.Request{What: web.Pain})
	w.to("11T03:29")
	w.expect("11T03:02 overnight withdrawn")
	if r := w.state.openStart(); r == nil || !r.Due.Equal(w.at("11T03:00")) {
		t.Errorf("open is %+v; want the start of 03:00, quiet", r)
	}
	w.to("11T06:59")
	w.expect()
}

func TestPainEndsTheNudge(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00").to("10T10:31")
	w.take()
	w.do(web.Request{What: web.Pain})
	if r := w.state.openNudge(); r != nil {
		t.Errorf("open is %+v; want no nudge while it hurts", r)
	}
}

func TestPainIsClearedByThePersonAlone(t *testing.T) {
	off := false
	w := newWorld(t, "10T20:00").log("10T20:00")
	w.do(web.Request{What: web.Pain})
	w.do(web.Request{What: web.Start})
	w.to("11T03:01")
	got := w.take()
	if last := got[len(got)-1]; last.message.Level != notify.Normal {
		t.Errorf("%s; want it at level normal, a session clears nothing", last)
	}
	if reply := w.do(web.Request{What: web.Pain, On: &off}); reply.Text != "Reminders are as before." {
		t.Errorf("clear says %q", reply.Text)
	}
	w.do(web.Request{What: web.Start})
	w.to("12T03:01")
	loudest := notify.Low
	for _, p := range w.take() {
		loudest = max(loudest, p.message.Level)
	}
	if loudest != notify.Alarm {
		t.Errorf("the loudest push of the next night is %s; want the alarm back", loudest)
	}
}

func TestUndoTakesPainBack(t *testing.T) {
	for name, q := range noted() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "10T12:00").log("10T07:00")
			made, _, err := Answer(w.state, q, w.now)
			if err != nil {
				t.Fatal(err)
			}
			w.state.Snapshot.Apply(made)
			if !w.state.hurts() {
				t.Fatal("not noted")
			}
			taken, _ := Undo(w.state, made.Changes[0], made, w.now)
			w.state.Snapshot.Apply(taken)
			if w.state.hurts() {
				t.Error("undo left the pain noted")
			}
		})
	}
}

func TestThePainOfASessionOfAnotherDayIsHistory(t *testing.T) {
	w := newWorld(t, "10T12:00").log("10T07:00")
	w.do(web.Request{What: web.Log, At: w.now.Add(-25 * time.Hour), Session: web.SessionFields{Pain: true}})
	if w.state.hurts() {
		t.Error("the pain of a session of the day before quiets today's reminders")
	}
}

func TestNothingLouderIsParkedThanWouldBeSent(t *testing.T) {
	w := newWorld(t, "10T20:20", parking).log("10T20:20")
	w.step()
	w.take()
	for _, c := range []struct {
		on   bool
		want notify.Level
	}{{true, notify.Normal}, {false, notify.Alarm}} {
		w.do(web.Request{What: web.Pain, On: &c.on})
		parked, back := 0, 0
		for _, p := range w.take() {
			if p.back {
				back++
			} else if p.kind == kindParkedAlarm {
				parked++
				if p.message.Level != c.want {
					t.Errorf("pain %v: %s is parked at level %s; want %s", c.on, p, p.message.Level, c.want)
				}
			}
		}
		if parked != 1 || back == 0 {
			t.Errorf("pain %v: %d parked, %d taken back; want the alarm parked anew and the old one gone", c.on, parked, back)
		}
		if w.state.hurts() && w.state.open(kindNamed(kindParkedNudge)) != nil {
			t.Error("a nudge is parked while it hurts")
		}
	}
}

func TestPainSaysWhomToCall(t *testing.T) {
	w := newWorld(t, "10T12:00").log("10T07:00")
	reply := w.do(web.Request{What: web.Pain})
	if !strings.HasSuffix(reply.Text, whomToCall) || reply.Already {
		t.Errorf("said %q", reply.Text)
	}
	if again := w.do(web.Request{What: web.Pain}); !again.Already || !strings.HasSuffix(again.Text, whomToCall) {
		t.Errorf("a second time it says %q", again.Text)
	}
}

func TestALoggedPowerSessionKeepsItsLengthWhileItHurts(t *testing.T) {
	w := newWorld(t, "10T12:00", powerAt(20*60))
	w.state.Routine.Power.Pattern = []time.Duration{30 * time.Minute, 10 * time.Minute, 50 * time.Minute}
	w.do(web.Request{What: web.Log, Session: web.SessionFields{Kind: "power"}})
	before := w.state.plan(w.now).Starts[0].At
	w.do(web.Request{What: web.Pain})
	if after := w.state.plan(w.now).Starts[0].At; after.Before(w.now.Add(165*time.Minute)) || before.Before(w.now.Add(165*time.Minute)) {
		t.Errorf("next %s, with pain %s; want both min_gap and the longer length after the power session", before, after)
	}
}

// A clearing that is taken back quiets what began to ring in between.
func TestPainThatStandsAgainQuietsWhatRings(t *testing.T) {
	off := false
	w := newWorld(t, "10T23:00").log("10T23:00")
	w.do(web.Request{What: web.Pain})
	hurting := w.state.Marks
	w.do(web.Request{What: web.Pain, On: &off})
	w.to("11T03:01")
	w.expect("11T03:00 overnight alarm")
	w.state.Marks = hurting // as the journal has them once the clearing is undone
	w.to("11T03:29")
	w.expect("11T03:01 overnight withdrawn")
}

// Whether an alarm rings whose answer was lost, nobody knows: it is taken back
// as one that does.
func TestPainTakesBackAnAlarmThatMayRing(t *testing.T) {
	w := newWorld(t, "10T23:00").log("10T23:00")
	w.answer = func(journal.Delivery, notify.Message) *notify.Failure {
		if w.now.Equal(w.at("11T03:00")) {
			return &notify.Failure{Kind: notify.Unreached, Err: errors.New("the answer was lost")}
		}
		return nil
	}
	w.to("11T03:00")
	w.now = w.now.Add(3 * time.Second)
	w.do(web.Request{What: web.Pain})
	w.to("11T03:29")
	w.expect("11T03:00 overnight withdrawn", "11T03:00 overnight normal")
}

func TestNoNudgeIsParkedWhileItHurts(t *testing.T) {
	w := newWorld(t, "10T07:00", parking).log("10T07:00")
	w.step()
	if w.state.open(kindNamed(kindParkedNudge)) == nil {
		t.Fatalf("no nudge is parked at all:\n%s", w.told())
	}
	w.do(web.Request{What: web.Pain})
	if r := w.state.open(kindNamed(kindParkedNudge)); r != nil {
		t.Errorf("the nudge of %s stays parked", r.Due)
	}
}
