package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"nightbell/notify/ntfytest"
)

// darkNight is a machine whose line to the ntfy server can be cut, at 21:50,
// with the night's alarm parked on the server. The phone has a line of its own.
type darkNight struct {
	*home
	srv   *ntfytest.Server
	line  *line
	notes []string // what the test did, with the instant
}

func newDarkNight(t *testing.T) *darkNight {
	t.Helper()
	n := &darkNight{home: onSetClock(t, "2027-06-10T21:50:00", "", leisurely)}
	n.srv = ntfytest.Start(ntfytest.Options{Now: n.now, Requests: -1})
	t.Cleanup(n.srv.Close)
	n.line = newLine(t, n.srv.Addr())
	n.write("config.yaml", fmt.Sprintf(`timezone: America/New_York
listen: 127.0.0.1:0
log: {level: debug}
channels:
  - {name: ntfy, type: ntfy, server: "http://%s", topic: %s, replies: true, prearm: true}
`, n.line.addr(), ntfytest.Topic))
	n.must("log", "--at", "2027-06-10T20:30:00-04:00")
	t.Cleanup(func() {
		for _, v := range n.srv.Violations() {
			t.Errorf("the server complains: %s", v)
		}
	})
	return n
}

// note adds a line to the timeline.
func (n *darkNight) note(format string, args ...any) {
	n.notes = append(n.notes, n.wall(n.now())+"  the test: "+fmt.Sprintf(format, args...))
}

func (n *darkNight) wall(at time.Time) string {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		n.t.Fatal(err)
	}
	return at.In(zone).Format("Mon 15:04:05")
}

// timeline is the night as the phone and the test saw it.
func (n *darkNight) timeline() string {
	lines := append([]string(nil), n.notes...)
	for _, topic := range []string{ntfytest.Topic, ntfytest.Topic + "-r"} {
		for _, m := range n.srv.Messages(topic) {
			lines = append(lines, fmt.Sprintf("%s  %s: %s priority %d %q", n.wall(time.Unix(m.Time, 0)), topic, m.Event, m.Priority, m.Text))
		}
		for _, m := range n.srv.Scheduled(topic) {
			lines = append(lines, fmt.Sprintf("%s  %s: still parked, priority %d %q", n.wall(time.Unix(m.Time, 0)), topic, m.Priority, m.Text))
		}
	}
	for _, s := range n.sessions() {
		lines = append(lines, n.wall(s.Start.Time)+"  session from "+s.Source)
	}
	return strings.Join(lines, "\n")
}

// until runs the clock to a wall-clock time, as fast as it stands.
func (n *darkNight) until(d *running, at string) {
	n.t.Helper()
	instant := mustTime(n.t, at)
	d.await(at, func() bool { return !n.now().Before(instant) })
}

func (n *darkNight) rings() int { return n.srv.Rings(ntfytest.Topic) }

// The network is gone from 22:00 to 06:00. The alarm rings all the same, from
// the server's side and at its time; what is answered on the phone counts, and
// when the line is back nothing is said twice.
func TestANightWithoutTheNetwork(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule     string
		answered bool
		after    int // how often the phone may ring once the line is back, until seven
	}{
		{"answered on the phone when it rings", true, 0},
		{"nobody answers", false, 1},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			n := newDarkNight(t)
			d := n.start().ready()
			d.await("the alarm parked", func() bool {
				parked := n.srv.Scheduled(ntfytest.Topic)
				return len(parked) > 0 && strings.Contains(d.log.String(), "kind=parked")
			})
			n.clock.run(t, 1200)
			n.until(d, "2027-06-10T22:00:00-04:00")
			n.line.set(true)
			n.note("the line is cut")
			n.clock.run(t, 6000)
			n.until(d, "2027-06-11T02:00:00-04:00")
			n.clock.run(t, leisurely) // a command takes what would be an hour of the night
			d.needs("channel ntfy has not taken", "it is tried again every minute")
			n.clock.run(t, 300)
			d.await("the parked alarm", func() bool { return n.rings() > 0 })
			n.clock.run(t, leisurely)
			shown := n.srv.Shown(ntfytest.Topic)
			if at := time.Unix(shown[0].Time, 0); len(shown) != 1 || shown[0].Priority != 5 || shown[0].Text != "03:00, if it suits. Then back to bed." ||
				at.Sub(mustTime(t, "2027-06-11T03:03:00-04:00")).Abs() > time.Second {
				t.Fatalf("the phone shows %+v; want the alarm of 03:00, at 03:03\n%s", shown, n.timeline())
			}
			if c.answered {
				if err := n.srv.Tap(t.Context(), phoneSide(n, shown[0]), "Starting"); err != nil {
					t.Fatal(err)
				}
				n.note("Starting was tapped")
			}
			tapped := n.now()
			n.clock.run(t, 6000)
			n.until(d, "2027-06-11T06:00:00-04:00")
			if got := n.rings(); got != 1 {
				t.Errorf("the phone rang %d times by six; want the alarm alone\n%s", got, n.timeline())
			}
			// What is under way ends first: at this pace a try's milliseconds are
			// minutes, in which the line would come back in the middle of it.
			n.clock.run(t, leisurely)
			wait(300)
			n.line.set(false)
			n.note("the line is back")
			back := n.now()
			n.clock.run(t, 300)
			if c.answered {
				d.await("the session", func() bool { return len(n.sessions()) == 2 })
				if got := n.sessions()[0]; got.Source != "answer:ntfy" || tapped.Sub(got.Start.Time).Abs() > time.Minute {
					t.Errorf("session at %s from %s; want the tap's, at %s\n%s", got.Start, got.Source, tapped, n.timeline())
				}
			}
			d.await("ten more minutes", func() bool { return n.now().Sub(back) > 10*time.Minute })
			if got := n.rings() - 1; got > c.after {
				t.Errorf("the phone rang %d times more once the line was back; want %d at most\n%s\n%s", got, c.after, n.timeline(), d.log.String())
			}
			n.well()
			t.Log("\n" + n.timeline())
			d.stop()
		})
	}
}

// phoneSide is the notification as the phone can act on it: its buttons' way
// to the server is the phone's own, not the machine's line.
func phoneSide(n *darkNight, shown ntfytest.Notification) ntfytest.Notification {
	actions := append(shown.Actions[:0:0], shown.Actions...)
	for i := range actions {
		actions[i].URL = strings.Replace(actions[i].URL, n.line.addr(), n.srv.Addr(), 1)
	}
	shown.Actions = actions
	return shown
}
