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

// keeping is a phone whose service keeps every push on the screen, and repeats
// none by itself.
func keeping(s *Settings) { s.Channels[0].Repeats = nil }

func TestALineThatWasToldStaysOnThePhone(t *testing.T) {
	w := newWorld(t, "10T07:00", keeping).log("10T07:00").to("10T08:00")
	w.keeps = true
	w.off("10T13:10").step()
	w.to("10T13:12")
	w.expect("10T13:10 standing normal")
}

func TestAClosedReminderLeavesThePhone(t *testing.T) {
	w := newWorld(t, "10T07:00", keeping).log("10T07:00")
	w.keeps = true
	w.to("10T09:41")
	w.do(web.Request{What: web.Start})
	w.expect("10T09:40 session normal", "10T09:41 session withdrawn")
}

func TestTonightOffOutlivesAnotherPause(t *testing.T) {
	for name, between := range map[string][]web.Request{
		"a pause":            {{What: web.Pause, For: 30 * time.Minute}},
		"a pause and resume": {{What: web.Pause, For: 30 * time.Minute}, {What: web.Resume}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, "10T18:00").log("10T18:00")
			w.do(web.Request{What: web.Pause, Tonight: true})
			for _, q := range between {
				w.do(q)
			}
			w.to("11T06:59")
			for _, p := range w.take() {
				if p.message.Level == notify.Alarm {
					t.Errorf("tonight is off, and still: %s", p)
				}
			}
		})
	}
}

func TestResumeEndsTonightWhenNothingElseHolds(t *testing.T) {
	w := newWorld(t, "10T18:00").log("10T18:00")
	w.do(web.Request{What: web.Pause, Tonight: true})
	if got := w.do(web.Request{What: web.Resume}).Text; !strings.HasPrefix(got, "No longer quiet from 23:00 until tomorrow 07:00.") {
		t.Errorf("resume says %q", got)
	}
	if got := w.do(web.Request{What: web.Resume}).Text; got != "Nothing was paused." {
		t.Errorf("a second resume says %q", got)
	}
}

func TestUndoOfAPauseLetsTheReminderGoOn(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00").to("10T09:45")
	w.take()
	made, _, err := Answer(w.state, web.Request{What: web.Pause, For: 5 * time.Hour}, w.now)
	if err != nil {
		t.Fatal(err)
	}
	w.state.Snapshot.Apply(made)
	w.to("10T09:50")
	back, _ := Undo(w.state, made.Changes[0], made, w.now)
	w.state.Snapshot.Apply(back)
	w.to("10T09:51")
	w.expect("10T09:50 session normal")
}

func TestTwoTapsAreOneSession(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00").to("10T09:41")
	id := w.state.openStart().ID
	tap := func(at string, what web.What) web.Reply {
		w.to(at)
		return w.do(web.Request{What: what, Reminder: id})
	}
	tap("10T09:41", web.Start)
	tap("10T10:30", web.Done)
	for at, what := range map[string]web.What{"10T10:31": web.Done, "10T10:40": web.Start} {
		if reply := tap(at, what); !reply.Already || reply.Text != "Already logged at 09:41." {
			t.Errorf("%s at %s: %+v; want to be told of 09:41", what, at, reply)
		}
	}
	if n := len(w.state.Sessions); n != 2 {
		t.Errorf("%d sessions; want the morning's and one", n)
	}
}

// A session of minutes is over long before its button is.
func TestASecondDoneIsNoSecondSession(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00").to("10T09:41")
	id := w.state.openStart().ID
	w.do(web.Request{What: web.Start, Reminder: id})
	w.to("10T10:00")
	w.do(web.Request{What: web.Done, Reminder: id})
	w.to("10T10:35") // what "done" tells of would have begun at 10:20
	if reply := w.do(web.Request{What: web.Done, Reminder: id}); !reply.Already || len(w.state.Sessions) != 2 {
		t.Errorf("%+v, %d sessions; want to be told of 09:41", reply, len(w.state.Sessions))
	}
}

func TestTwoTapsOnWhatHadLapsedAreOneSession(t *testing.T) {
	for rule, first := range map[string]func(w *world, id string) web.Reply{
		"a tap, and one later than merge": func(w *world, id string) web.Reply { return w.do(web.Request{What: web.Start, Reminder: id}) },
		"said at home, of a time before it lapsed, and a tap": func(w *world, _ string) web.Reply {
			return w.do(web.Request{What: web.Log, At: w.at("10T09:55")})
		},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t, "10T07:00").log("10T07:00").to("10T09:41")
			id := w.state.openStart().ID
			w.to("10T10:30")
			if r := w.state.reminder(id); r.State != journal.Lapsed {
				t.Fatalf("it is %s; want it lapsed", r.State)
			}
			said := first(w, id)
			w.to("10T11:05")
			if reply := w.do(web.Request{What: web.Start, Reminder: id}); !reply.Already || reply.Session != said.Session {
				t.Errorf("%+v; want to be told of the session that was logged", reply)
			}
			if n := len(w.state.Sessions); n != 2 {
				t.Errorf("%d sessions; want the morning's and one", n)
			}
		})
	}
}

// The way home was down all morning: what was tapped in the night is a session
// of the night, whatever was logged since.
func TestATapThatIsReadHoursLaterIsNoneOfTheSessionsSince(t *testing.T) {
	w := newWorld(t, "10T23:00").log("10T23:00").to("11T03:01")
	tapped, alarm := w.now, w.state.openStart().ID
	w.to("11T07:10").log("11T07:05")
	if r := w.state.reminder(alarm); r.State != journal.Lapsed {
		t.Fatalf("the alarm is %s; want it lapsed, for nothing was heard", r.State)
	}
	w.to("11T12:00")
	for _, d := range w.state.Deliveries {
		if d.Reminder == alarm && d.Receipt != "" {
			w.state.Snapshot.Apply(Acknowledge(w.state, d, notify.Receipt{Acknowledged: true, At: tapped}, w.now))
			break
		}
	}
	if !slices.ContainsFunc(w.state.Sessions, func(e journal.Session) bool { return e.Start.Equal(tapped) }) {
		t.Errorf("sessions %+v; want one of the night, when it was acknowledged", w.state.Sessions)
	}
}

// A reminder is answered as often as anybody means to: whoever names one hours
// after it closed, on a page that lay open or in a script, begins now.
func TestAReminderOfHoursAgoIsAnsweredAnew(t *testing.T) {
	for rule, c := range map[string]struct {
		logged bool // it had been answered; else it lapsed, and another took the session
		at     string
		what   web.What
		want   string // start of the session that the answer is; "": the one before
	}{
		"answered, and named within the hour":   {true, "10T10:40", web.Start, ""},
		"answered, and named hours later":       {true, "10T14:30", web.Start, "10T14:30"},
		"answered, and done hours later":        {true, "10T14:30", web.Done, "10T14:15"},
		"lapsed, and named within the hour":     {false, "10T11:20", web.Start, ""},
		"lapsed, and named hours later":         {false, "10T14:30", web.Start, "10T14:30"},
		"lapsed, and done hours later":          {false, "10T14:30", web.Done, "10T14:15"},
		"answered, and named within its length": {true, "10T09:50", web.Start, ""},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t, "10T07:00").log("10T07:00").to("10T09:41")
			id := w.state.openStart().ID
			if !c.logged {
				w.to("10T10:45")
			}
			before := w.do(web.Request{What: web.Start})
			w.to(c.at)
			reply := w.do(web.Request{What: c.what, Reminder: id})
			if c.want == "" {
				if !reply.Already || reply.Session != before.Session {
					t.Errorf("%+v; want to be told of the session before", reply)
				}
				return
			}
			got := w.state.Sessions[len(w.state.Sessions)-1]
			if reply.Already || reply.Session == before.Session || !got.Start.Equal(w.at(c.want)) {
				t.Errorf("%+v, the newest session at %s; want one at %s", reply, got.Start, c.want)
			}
		})
	}
}

func TestWhatIsNewInASecondAnswerIsAdded(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00").to("10T07:20")
	ml := 40.0
	reply := w.do(web.Request{What: web.Done, Session: web.SessionFields{ML: &ml, Pain: true}})
	if !strings.HasPrefix(reply.Text, "Added to 07:00."+untilClear+" Pain is a reason to call: a lactation consultant") {
		t.Errorf("said %q", reply.Text)
	}
	if e := w.state.Sessions[0]; len(w.state.Sessions) != 1 || e.ML == nil || *e.ML != 40 || !e.Pain {
		t.Errorf("sessions %+v; want the one, with its amount and pain", w.state.Sessions)
	}
}

func TestRepeatsReachTheChannelThatTookOver(t *testing.T) {
	w := newWorld(t, "10T07:00", func(s *Settings) { s.Channels = append(s.Channels, phone("second")) }).log("10T07:00")
	w.answer = func(d journal.Delivery, _ notify.Message) *notify.Failure {
		if d.Channel == "pushover" {
			return &notify.Failure{Kind: notify.Refused, Status: 400, Err: errors.New("token is invalid")}
		}
		return nil
	}
	w.to("10T09:51")
	w.expect("10T09:40 session normal", "10T09:50 session normal")
}

func TestARepeatSaysWhichItIs(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00").to("10T09:51")
	got := w.take()
	if len(got) != 2 || got[0].message.Round != 0 || got[1].message.Round != 1 || got[0].message.Tag != got[1].message.Tag {
		t.Errorf("pushes %+v; want rounds 0 and 1 of one burst", got)
	}
}

func TestASessionThatIsLoggedLongAfterInventsNoOutage(t *testing.T) {
	w := newWorld(t, "11T03:15").to("11T03:16")
	w.take()
	w.log("10T22:45")
	w.expect("11T03:16 overnight alarm")
	if len(w.state.Passed) != 0 {
		t.Errorf("passed %+v; nobody was offered anything before", w.state.Passed)
	}
}

func TestNothingIsPushedInAPause(t *testing.T) {
	w := newWorld(t, "10T20:20").log("10T20:20")
	w.do(web.Request{What: web.Pause, Tonight: true})
	w.to("10T22:56")
	if r := w.state.openStart(); r == nil {
		w.to("10T22:59")
	}
	w.take()
	if w.state.openStart() != nil {
		w.do(web.Request{What: web.Snooze, For: 30 * time.Minute})
	}
	w.to("11T06:59")
	w.expect()
}

func TestAnAlarmAfterItsSleepIsSaidOnce(t *testing.T) {
	w := newWorld(t, "10T23:00").log("10T23:00")
	down := true
	w.answer = func(journal.Delivery, notify.Message) *notify.Failure {
		if down {
			return &notify.Failure{Kind: notify.Unreached, Err: errors.New("no route to host")}
		}
		return nil
	}
	w.to("11T07:19")
	down = false
	w.to("11T07:48")
	w.expect("11T07:19 overnight normal")
}

func TestSinceInTheFutureIsMended(t *testing.T) {
	w := newWorld(t, "10T07:00")
	w.state.Marks = []journal.Mark{{Name: markSince, At: w.at("10T07:00").AddDate(3, 0, 0), Seq: 1}}
	w.state.NextMark = 2
	w.to("10T07:09")
	w.expect("10T07:00 first normal")
}

func TestATapThatOnlySilencesAPausedAlarmLogsNothing(t *testing.T) {
	for _, what := range []web.Request{{What: web.Pause, Tonight: true}, {What: web.Rest}, {What: web.Snooze}} {
		t.Run(string(what.What), func(t *testing.T) {
			w := newWorld(t, "10T23:00").log("10T23:00").to("11T03:02")
			w.do(what)
			w.now = w.now.Add(5 * time.Second)
			w.acknowledge()
			if n := len(w.state.Sessions); n != 1 {
				t.Errorf("%d sessions; want the tap after it to log none", n)
			}
		})
	}
}

func TestAnswersNameTheDay(t *testing.T) {
	w := newWorld(t, "10T16:46").log("10T16:00")
	for want, q := range map[string]web.Request{
		"Logged yesterday 17:00.":     {What: web.Log, At: w.at("09T17:00")},
		"Logged Mon 1 Jun 12:00.":     {What: web.Log, At: w.at("01T12:00")},
		"Quiet until tomorrow 16:45.": {What: web.Pause, Until: w.at("11T16:45")},
	} {
		if got := w.do(q).Text; got != want {
			t.Errorf("%q; want %q", got, want)
		}
	}
}
