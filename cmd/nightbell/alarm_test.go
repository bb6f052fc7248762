package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"nightbell/daemon"
	"nightbell/daemon/web"
	"nightbell/notify/pushovertest"
)

// A night in New York: a session at 23:00, so that the alarm is due at 03:00.
const (
	nightBefore = "2027-06-10T23:00:00-04:00"
	justBefore  = "2027-06-11T02:59:59"
)

// night is a machine with a stand-in for Pushover, just before an alarm.
type night struct {
	*home
	srv *pushovertest.Server
}

func newNight(t *testing.T) *night {
	t.Helper()
	// The clock stands before the server does: a port that another test just
	// gave back may still be asked by what spoke to that one.
	n := &night{home: newHome(t, justBefore, "")}
	n.srv = pushovertest.Start(pushovertest.Options{Now: n.now, Real: daemon.Now, Scale: 0.005})
	t.Cleanup(n.srv.Close)
	n.write("config.yaml", withPushover(n.srv.API()))
	n.must("log", "--at", nightBefore)
	t.Cleanup(func() {
		for _, v := range n.srv.Violations() {
			t.Errorf("a rule of friendly use was broken: %s", v)
		}
	})
	return n
}

// newSlumber is newNight on a clock that the test sets.
func newSlumber(t *testing.T, wall string, rate float64) *night {
	t.Helper()
	n := &night{home: onSetClock(t, wall, "", rate)}
	// Conduct is measured on the machine's clock: the test's own changes its pace.
	n.srv = pushovertest.Start(pushovertest.Options{Now: n.now, Real: daemon.Now, Scale: 0.005})
	t.Cleanup(n.srv.Close)
	n.write("config.yaml", withPushover(n.srv.API()))
	t.Cleanup(func() {
		for _, v := range n.srv.Violations() {
			t.Errorf("a rule of friendly use was broken: %s", v)
		}
	})
	return n
}

// sessions are the logged sessions, newest first.
func (h *home) sessions() []web.SessionDoc {
	h.t.Helper()
	var doc web.SessionsDoc
	if err := json.Unmarshal([]byte(h.must("sessions", "--json")), &doc); err != nil {
		h.t.Fatal(err)
	}
	return doc.Sessions
}

// status is the status document, whatever the exit code.
func (h *home) status() web.StatusDoc {
	h.t.Helper()
	out, _ := h.run("status", "--json")
	var doc web.StatusDoc
	if err := json.Unmarshal([]byte(out), &doc); err != nil {
		h.t.Fatalf("%v\n%s", err, out)
	}
	return doc
}

// alarms counts the emergency pushes that the service accepted.
func (n *night) alarms() int {
	count := 0
	for _, m := range n.srv.Messages() {
		if m.Priority == 2 {
			count++
		}
	}
	return count
}

func (n *night) silent() bool { return len(n.srv.Ringing()) == 0 }

func TestAnAcknowledgedAlarmIsOneSessionAtTheTap(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	d := n.start()
	d.await("the alarm", func() bool { return n.alarms() == 1 })
	m := n.srv.Messages()[0]
	if m.Retry != 60*time.Second || m.Expire != 30*time.Minute || len(m.Tags) != 1 {
		t.Errorf("retry %s, expire %s, tags %q; want 60 s, give_up and a tag", m.Retry, m.Expire, m.Tags)
	}
	if strings.ContainsAny(m.Text, "?!") || len(m.Text) > 60 {
		t.Errorf("night text %q; want at most 60 characters, no question, no exclamation mark", m.Text)
	}
	tap := n.now().Truncate(time.Second)
	n.srv.Acknowledge(m.Receipt, tap)
	d.await("the session", func() bool { return len(n.sessions()) == 2 })
	got := n.sessions()[0]
	if !got.Start.Equal(tap) || got.Source != "answer:pushover" {
		t.Errorf("session at %s from %s; want %s from answer:pushover", got.Start, got.Source, tap)
	}
	d.await("the alarm taken back everywhere", func() bool { return strings.Contains(d.log.String(), "kind=withdrawn") })
	if doc := n.status(); doc.Reminder != nil || !doc.Next.At.After(tap.Add(time.Hour)) {
		t.Errorf("after the tap: reminder %v, next %v; want none open and a later start", doc.Reminder, doc.Next)
	}
	d.stop()
	if n.alarms() != 1 || len(n.srv.Messages()) != 1 {
		t.Errorf("%d pushes; want the one alarm", len(n.srv.Messages()))
	}
}

func TestALoggedSessionTakesTheAlarmBack(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	d := n.start()
	d.await("the alarm", func() bool { return n.alarms() == 1 })
	n.must("log")
	d.await("silence", n.silent)
	n.must("done") // a second answer: the same session
	if got := n.sessions(); len(got) != 2 {
		t.Errorf("%d sessions after two answers; want the first and one more", len(got))
	}
	d.stop()
	if n.alarms() != 1 {
		t.Errorf("%d alarms; want 1", n.alarms())
	}
}

func TestAnAcknowledgementWhileTheDaemonWasDownCounts(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	d := n.start()
	d.await("the alarm", func() bool { return n.alarms() == 1 })
	d.await("its receipt on disk", func() bool { return strings.Contains(d.log.String(), "kind=sent") })
	d.kill()
	tap := n.now().Truncate(time.Second)
	n.srv.Acknowledge(n.srv.Messages()[0].Receipt, tap)
	d = n.start().ready()
	d.await("the session", func() bool { return len(n.sessions()) == 2 })
	if got := n.sessions()[0]; !got.Start.Equal(tap) {
		t.Errorf("session at %s; want the tap at %s", got.Start, tap)
	}
	d.stop()
	if n.alarms() != 1 {
		t.Errorf("%d alarms; want the one from before", n.alarms())
	}
}

// Each fault strikes the alarm's push. pushes is how many the service accepts
// in the end; session tells whether an acknowledgement then becomes one.
func TestFaultsOfTheService(t *testing.T) {
	for name, c := range map[string]struct {
		fault   pushovertest.Fault
		times   int
		pushes  int
		refused bool
	}{
		"503 once":                 {pushovertest.Status(503), 1, 1, false},
		"500 twice":                {pushovertest.Status(500), 2, 1, false},
		"429 for a second":         {pushovertest.Limit429("1"), 1, 1, false},
		"400: never again":         {pushovertest.Reject400("user identifier is invalid"), -1, 0, true},
		"accepted, answer lost":    {pushovertest.DropAnswer(), 1, 2, false},
		"quota headers left out":   {pushovertest.NoQuotaHeaders(), 1, 1, false},
		"a server that hangs once": {pushovertest.Hang(), 1, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNight(t)
			n.srv.Fail(c.fault.On("messages"), c.times)
			d := n.start()
			if c.refused {
				d.await("the refusal", func() bool { return strings.Contains(d.log.String(), "kind=refused") })
				out, code := n.run("status")
				if code != 1 || !strings.Contains(unfolded(out), "user identifier is invalid") {
					t.Errorf("status: exit code %d\n%s\nwant 1 and the reason", code, out)
				}
			} else {
				d.await("the push", func() bool { return n.alarms() >= c.pushes })
				d.await("its outcome on disk", func() bool { return strings.Contains(d.log.String(), "kind=sent") })
				ringing := n.srv.Ringing()
				tap := n.now().Truncate(time.Second)
				n.srv.Acknowledge(ringing[len(ringing)-1].Receipt, tap)
				d.await("the session", func() bool { return len(n.sessions()) == 2 })
				d.await("silence", n.silent)
			}
			d.stop()
			if got := len(n.srv.Messages()); got != c.pushes {
				t.Errorf("the service accepted %d pushes; want %d", got, c.pushes)
			}
		})
	}
}

// Twenty times the process is killed at a random instant around the sending
// of the alarm and its acknowledgement.
func TestKillAtAnyInstant(t *testing.T) {
	for i := range 20 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			seed := rand.Uint64()
			t.Logf("seed %d", seed)
			random := rand.New(rand.NewPCG(seed, 0))
			n := newNight(t)
			d := n.start()
			early := random.IntN(2) == 0 // the tap comes before the kill, or after the restart
			if early {
				d.await("the alarm", func() bool { return n.alarms() == 1 })
				tap := n.now().Truncate(time.Second)
				wait(random.IntN(60))
				n.srv.Acknowledge(n.srv.Messages()[0].Receipt, tap)
				wait(random.IntN(120))
			} else {
				d.await("the daemon", func() bool { return len(d.log.String()) > 0 })
				left := mustTime(t, "2027-06-11T03:00:00-04:00").Sub(n.now())
				wait(int(left.Milliseconds()) + random.IntN(60) - 10)
			}
			d.kill()
			d = n.start().ready()
			d.await("the alarm", func() bool { return n.alarms() >= 1 })
			// Whatever rings is acknowledged, as a person would.
			d.await("the session", func() bool {
				for _, m := range n.srv.Ringing() {
					n.srv.Acknowledge(m.Receipt, n.now().Truncate(time.Second))
				}
				return len(n.sessions()) >= 2
			})
			d.await("silence", n.silent)
			d.stop()
			if got := len(n.sessions()); got != 2 {
				t.Errorf("%d sessions; want the one before and the one acknowledged", got)
			}
			if got := n.alarms(); got > 2 {
				t.Errorf("%d alarms; want at most one extra for the kill", got)
			}
		})
	}
}

// wait lets real time pass: what is tested is a process on a real clock.
func wait(milliseconds int) { <-time.After(time.Duration(milliseconds) * time.Millisecond) }

func mustTime(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// hangForEver is a service that takes a push and never answers.
func hangForEver() pushovertest.Fault { return pushovertest.Hang().On("messages") }
