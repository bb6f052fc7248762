package main

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"nightbell/daemon"
	"nightbell/notify/ntfytest"
)

// quiet is a machine whose phone is on an ntfy server, just before an alarm.
// The phone cannot reach the machine: it answers through the reply topic.
type quiet struct {
	*home
	srv   *ntfytest.Server
	clock atomic.Int64 // how far the server's clock is ahead of the machine's real one
}

func newQuiet(t *testing.T, wall string) *quiet {
	t.Helper()
	q := &quiet{}
	q.srv = ntfytest.Start(ntfytest.Options{
		Now:  func() time.Time { return daemon.Now().Add(time.Duration(q.clock.Load())) },
		Real: daemon.Now, Requests: -1,
	})
	t.Cleanup(q.srv.Close)
	q.home = newHome(t, wall, fmt.Sprintf(`timezone: America/New_York
listen: 127.0.0.1:0
log: {level: debug}
channels:
  - {name: ntfy, type: ntfy, server: %q, topic: %s, replies: true, prearm: true, insecure_http: true}
`, q.srv.URL(), ntfytest.Topic))
	q.clock.Store(int64(q.ahead))
	q.must("log", "--at", nightBefore)
	t.Cleanup(func() {
		for _, v := range q.srv.Violations() {
			t.Errorf("the server complains: %s", v)
		}
	})
	return q
}

// alarm is the alarm that the phone shows, once it does.
func (q *quiet) alarm(d *running) ntfytest.Notification {
	q.t.Helper()
	d.await("the alarm on the phone", func() bool { return len(q.srv.Shown(ntfytest.Topic)) > 0 })
	return q.srv.Shown(ntfytest.Topic)[0]
}

func TestAButtonAnswersThroughTheService(t *testing.T) {
	t.Parallel()
	q := newQuiet(t, justBefore)
	d := q.start()
	n := q.alarm(d)
	var labels []string
	for _, a := range n.Actions {
		labels = append(labels, a.Label)
	}
	if got := strings.Join(labels, ", "); got != "Starting, Done, Snooze 10" || n.Priority != 5 {
		t.Errorf("buttons %s at priority %d; want the three at 5", got, n.Priority)
	}
	if err := q.srv.Tap(t.Context(), n, "Starting"); err != nil {
		t.Fatal(err)
	}
	d.await("the session", func() bool { return len(q.sessions()) == 2 })
	if got := q.sessions()[0]; got.Source != "answer:ntfy" {
		t.Errorf("session %+v; want it from answer:ntfy", got)
	}
	d.await("a clean screen", func() bool { return len(q.srv.Shown(ntfytest.Topic)) == 0 })
	d.await("this night's parked alarm taken back", func() bool {
		for _, m := range q.srv.Scheduled(ntfytest.Topic) {
			if time.Unix(m.Time, 0).Sub(q.now()) < 12*time.Hour && m.Priority == 5 {
				return false
			}
		}
		return true
	})
	q.srv.Publish(ntfytest.Topic+"-r", "forged/start/AAAAAAAAAAAAAAAAAAAAAA")
	q.srv.Cut()
	d.await("the stream again", func() bool { return q.srv.Streams() == 1 })
	if err := q.srv.Tap(t.Context(), n, "Starting"); err != nil { // an iPhone leaves it on the screen
		t.Fatal(err)
	}
	q.srv.Publish(ntfytest.Topic+"-r", n.Actions[2].Body) // as somebody who read the topic
	d.await("a forgery and two replays counted", func() bool {
		ignored := q.status().Channels[0].RepliesIgnored
		return ignored != nil && ignored.Forged == 1 && ignored.Repeated == 2 && ignored.Expired == 0
	})
	if text := q.must("status"); !strings.Contains(text, "1 without a true key ignored") {
		t.Errorf("status says nothing of the forgery:\n%s", text)
	}
	if text, _ := q.run("doctor"); !strings.Contains(unfolded(text), "without a true key, ignored since the daemon started: 1;") {
		t.Errorf("doctor says nothing of the forgery:\n%s", text)
	}
	token := strings.Fields(q.must("token", "create", "prometheus"))[0]
	_, text, _ := ask(t, "GET", d.pageAddress(), "/metrics", "Authorization: Bearer "+token)
	if line := `nightbell_replies_ignored_total{channel="ntfy",why="forged"} 1`; !strings.Contains(text, line) {
		t.Errorf("the metrics do not say %s", line)
	}
	d.stop()
	q.ahead += 3 * time.Hour // a button is good for an hour after its reminder
	q.clock.Store(int64(q.ahead))
	d = q.start().ready()
	d.await("the stream of the next morning", func() bool { return q.srv.Streams() == 1 })
	q.srv.Publish(ntfytest.Topic+"-r", n.Actions[1].Body)
	d.await("a button that has had its time, counted", func() bool {
		ignored := q.status().Channels[0].RepliesIgnored
		return ignored != nil && ignored.Expired == 1 && ignored.Forged == 0
	})
	d.stop()
	if n := len(q.sessions()); n != 2 {
		t.Errorf("%d sessions after a forgery, a cut stream and an old button; want 2", n)
	}
}

// An iPhone keeps a notification that was taken back, and shows each tap on it as
// sent. One by a button whose time is over logs nothing: that is said.
func TestATapOnAnAlarmOfHoursAgoIsNotSilent(t *testing.T) {
	t.Parallel()
	q := newQuiet(t, justBefore)
	d := q.start()
	n := q.alarm(d)
	d.await("its outcome", func() bool { return strings.Contains(d.log.String(), "kind=sent") })
	d.stop()
	later := func(by time.Duration) {
		q.ahead += by
		q.clock.Store(int64(q.ahead))
	}
	later(35 * time.Minute)
	d = q.start()
	d.await("the alarm given up", func() bool { return strings.Contains(d.log.String(), "kind=lapsed") })
	d.stop()
	later(75 * time.Minute)
	if err := q.srv.Tap(t.Context(), n, "Starting"); err != nil {
		t.Fatal(err)
	}
	later(2*time.Hour + 15*time.Minute)
	d = q.start()
	want := regexp.MustCompile(`^The tap of 04:[45]\d logged nothing\. Log it when you like\.$`)
	d.await("the word that nothing was logged", func() bool {
		return slices.ContainsFunc(q.srv.Shown(ntfytest.Topic), func(n ntfytest.Notification) bool { return n.Priority == 2 && want.MatchString(n.Text) })
	})
	d.stop()
	if n := len(q.sessions()); n != 1 {
		t.Errorf("%d sessions; want the one before", n)
	}
}

// A test alarm is answered as a night's is: the tap comes home through the
// service. It logs nothing, and the daemon, which hears it too, takes it for no
// forgery.
func TestATestAlarmIsAnsweredThroughTheService(t *testing.T) {
	t.Parallel()
	q := newQuiet(t, "2027-06-11T01:00:00")
	d := q.start().ready()
	test := q.command("test", "--alarm", "ntfy")
	var out bytes.Buffer
	test.Stdout, test.Stderr = &out, &out
	if err := test.Start(); err != nil {
		t.Fatal(err)
	}
	n := q.alarm(d)
	if n.Text != "A test alarm. Tap Stop ringing." || n.Priority != 5 {
		t.Errorf("the phone shows %q at priority %d", n.Text, n.Priority)
	}
	q.srv.Publish(ntfytest.Topic+"-r", "test/heard/somebodyelse")
	if err := q.srv.Tap(t.Context(), n, "Stop ringing"); err != nil {
		t.Fatal(err)
	}
	if err := test.Wait(); err != nil || !strings.Contains(out.String(), "ntfy: the tap came back, so the phone can answer a night's alarm") ||
		!strings.Contains(out.String(), "ntfy: iPhone: there is no critical level") {
		t.Errorf("%v\n%s", err, out.String())
	}
	d.await("a clean screen", func() bool { return len(q.srv.Shown(ntfytest.Topic)) == 0 })
	q.srv.Publish(ntfytest.Topic+"-r", "forged/start/AAAAAAAAAAAAAAAAAAAAAA") // heard after the tap
	d.await("the forgery alone counted", func() bool {
		ignored := q.status().Channels[0].RepliesIgnored
		return ignored != nil && ignored.Forged > 0
	})
	if got := *q.status().Channels[0].RepliesIgnored; got.Forged != 1 || got.Expired != 0 || got.Repeated != 0 {
		t.Errorf("ignored %+v; want the forgery alone", got)
	}
	if n := len(q.sessions()); n != 1 {
		t.Errorf("%d sessions after a test", n)
	}
	d.stop()
}

// The machine dies at 02:58; the parked alarm rings all the same, is answered
// on the phone, and the answer counts when the machine is back.
func TestTheAlarmOutlivesTheBox(t *testing.T) {
	t.Parallel()
	q := newQuiet(t, "2027-06-11T02:58:00")
	d := q.start()
	d.await("the alarm parked", func() bool {
		for _, m := range q.srv.Scheduled(ntfytest.Topic) {
			if m.Priority == 5 {
				return true
			}
		}
		return false
	})
	d.await("its outcome on disk", func() bool { return strings.Contains(d.log.String(), "kind=parked") })
	d.kill()
	q.ahead += 5*time.Minute + 30*time.Second // 03:03:30: three minutes past the alarm
	q.clock.Store(int64(q.ahead))
	shown := q.srv.Shown(ntfytest.Topic)
	if len(shown) != 1 || shown[0].Priority != 5 || shown[0].Rings != 1 || shown[0].Text != "03:00, if it suits. Then back to bed." {
		t.Fatalf("the phone shows %+v; want the parked alarm, ringing", shown)
	}
	if err := q.srv.Tap(t.Context(), shown[0], "Starting"); err != nil {
		t.Fatal(err)
	}
	q.srv.Publish(ntfytest.Topic+"-r", "forged/start/AAAAAAAAAAAAAAAAAAAAAA")
	d = q.start().ready()
	d.await("the session", func() bool { return len(q.sessions()) == 2 })
	d.await("the stream", func() bool { return q.srv.Streams() == 1 })
	if n := q.status().Channels[0].RepliesIgnored; n == nil || n.Forged != 1 || n.Repeated != 0 {
		t.Errorf("ignored %+v; want the forgery once, and the answer not at all", n)
	}
	if n := q.srv.Rings(ntfytest.Topic); n != 1 {
		t.Errorf("the phone rang %d times; want once", n)
	}
	d.stop()
}

// The journal is gone, or an older one is put back: it knows nothing of the alarm
// that is parked. The next daemon takes that back, and leaves alone what another
// machine has parked there.
func TestNoAlarmIsLeftByAJournalThatIsGone(t *testing.T) {
	t.Parallel()
	for _, rule := range []string{"lost", "older"} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			q := newQuiet(t, "2027-06-10T23:50:00")
			q.must("backup", "older.db")
			d := q.start()
			d.await("its outcome on disk", func() bool { return strings.Contains(d.log.String(), "kind=parked") })
			if rule == "older" {
				q.must("log") // the alarm moves
				d.await("the alarm where it is now", func() bool { names := q.parks(); return len(names) > 1 && names[0] != names[len(names)-1] && q.idle() })
			}
			d.kill()
			before := q.srv.Scheduled(ntfytest.Topic)
			if len(before) == 0 {
				t.Fatal("nothing is parked")
			}
			for _, file := range []string{"journal.db", "journal.db-wal", "journal.db-shm", "backups"} {
				if err := os.RemoveAll(filepath.Join(q.folder(), file)); err != nil {
					t.Fatal(err)
				}
			}
			if rule == "older" {
				older, err := os.ReadFile(filepath.Join(q.dir, "older.db"))
				if err != nil {
					t.Fatal(err)
				}
				writeFile(t, filepath.Join(q.folder(), "journal.db"), string(older))
			}
			theirs := fmt.Sprintf(`{"topic": %q, "message": "theirs", "delay": "3h", "sequence_id": "nb-abcdefghijklmnop-0-p",
		"actions": [{"action": "http", "label": "Done", "url": "https://home.example/r", "body": "abcdefghijklmnop/done/AAAAAAAAAAAAAAAAAAAAAA"}]}`, ntfytest.Topic)
			resp, err := http.Post(q.srv.URL(), "application/json", strings.NewReader(theirs))
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			d = q.start().ready()
			d.await("what is left taken back", func() bool { return strings.Contains(d.log.String(), "by a journal that is gone") })
			d.await("an alarm parked anew", func() bool { return rule == "lost" || q.alarmParked() })
			left := false
			for _, m := range q.srv.Scheduled(ntfytest.Topic) {
				left = left || m.Text == "theirs"
				for _, was := range before {
					if m.Sequence == was.Sequence {
						t.Errorf("%q of %s is still parked", m.Text, time.Unix(m.Time, 0))
					}
				}
			}
			if !left {
				t.Error("what another machine had parked is gone")
			}
			d.stop()
		})
	}
}

// A server that keeps what it holds in memory loses it when it is started anew.
// It is parked there again, for no alarm would outlive the machine otherwise.
func TestWhatAServerLostIsParkedAgain(t *testing.T) {
	t.Parallel()
	q := newQuiet(t, "2027-06-11T01:00:00")
	d := q.start()
	d.await("its outcome on disk", func() bool { return strings.Contains(d.log.String(), "kind=parked") })
	d.kill()
	q.srv.Forget()
	d = q.start().ready()
	d.await("the alarm parked again", func() bool {
		parked := q.srv.Scheduled(ntfytest.Topic)
		return len(parked) == 1 && parked[0].Priority == 5
	})
	d.stop()
}

// A service that refuses to give an alarm back (its token was revoked before
// the file had the new one) rings no second one: once it gives back what it
// holds, nothing but the one that is wanted stays there.
func TestAnAlarmThatWasRefusedBackIsTakenBackLater(t *testing.T) {
	t.Parallel()
	q := newQuiet(t, "2027-06-11T01:00:00")
	d := q.start()
	d.await("its outcome on disk", func() bool { return strings.Contains(d.log.String(), "kind=parked") })
	q.srv.Fail(ntfytest.Refuse(40301, "forbidden").On("DELETE"), 1)
	d.await("the sweep of the start", func() bool {
		return slices.ContainsFunc(q.srv.Requests(), func(r ntfytest.Request) bool { return strings.Contains(r.Path, "/json?poll=1&scheduled=1") })
	})
	q.write("config.yaml", fmt.Sprintf("timezone: America/New_York\nlisten: 127.0.0.1:0\nlog: {level: debug}\nchannels:\n"+
		"  - {name: ntfy, type: ntfy, server: %q, phone_server: %[1]q, topic: %s, replies: true, prearm: true, insecure_http: true}\n", q.srv.URL(), ntfytest.Topic))
	d.await("the file read", func() bool { return strings.Contains(d.log.String(), "the configuration was read again") })
	d.await("it is taken back", func() bool { return strings.Contains(d.log.String(), "took back what the service had refused") })
	d.await("one alarm parked", func() bool { return len(q.srv.Scheduled(ntfytest.Topic)) == 1 })
	if text := q.must("status"); strings.Contains(text, "Needs a person") {
		t.Errorf("status still finds something:\n%s", text)
	}
	d.stop()
}

// Where it cannot be taken back any more, status says so until it has come.
func TestAnAlarmThatNothingCanTakeBackIsSaid(t *testing.T) {
	t.Parallel()
	q := newQuiet(t, "2027-06-11T01:00:00")
	d := q.start()
	d.await("its outcome on disk", func() bool { return strings.Contains(d.log.String(), "kind=parked") })
	d.stop()
	q.srv.Close()
	q.write("config.yaml", "timezone: America/New_York\nlisten: 127.0.0.1:0\nchannels:\n  - {name: here, type: console}\n")
	d = q.start().ready()
	d.needs("an alarm is still held where the configuration has no channel any more: on ntfy, comes Fri 03:03")
	d.stop()
	q.ahead += 2*time.Hour + 4*time.Minute
	if out, _ := q.run("status"); strings.Contains(unfolded(out), "is still held") {
		t.Errorf("it is still said at 03:04:\n%s", out)
	}
}

// What is parked lies where the file said then. Who edits the file takes it
// along: nothing rings that nobody could stop.
func TestAParkedAlarmMovesWithItsChannel(t *testing.T) {
	t.Parallel()
	const elsewhere = "another-topic-0123456789"
	channel := "  - {name: ntfy, type: ntfy, server: %q, topic: %s, replies: true, prearm: true, insecure_http: true}\n"
	toAnother := func(q *quiet) string { return fmt.Sprintf(channel, q.srv.URL(), elsewhere) }
	away := func(*quiet) string { return "  - {name: here, type: console}\n" }
	for rule, c := range map[string]struct {
		channels func(*quiet) string
		moved    bool
		stopped  bool // the file is edited while no daemon runs
	}{
		"to another topic":                                          {toAnother, true, false},
		"away, where the channel is taken out":                      {away, false, false},
		"to another topic, while it is stopped":                     {toAnother, true, true},
		"away, where the channel is taken out, while it is stopped": {away, false, true},
	} {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			q := newQuiet(t, "2027-06-11T01:00:00")
			d := q.start()
			d.await("the alarm parked", func() bool { return len(q.srv.Scheduled(ntfytest.Topic)) > 0 })
			d.await("its outcome on disk", func() bool { return strings.Contains(d.log.String(), "kind=parked") })
			if c.stopped {
				d.stop()
			}
			q.write("config.yaml", "timezone: America/New_York\nlisten: 127.0.0.1:0\nlog: {level: debug}\nchannels:\n"+c.channels(q))
			if c.stopped {
				d = q.start().ready()
			} else {
				d.await("the file read", func() bool { return strings.Contains(d.log.String(), "the configuration was read again") })
			}
			if left := q.srv.Scheduled(ntfytest.Topic); len(left) != 0 {
				t.Errorf("%d messages are still parked on the topic of before", len(left))
			}
			if c.moved {
				d.await("the alarm parked where the file says", func() bool { return len(q.srv.Scheduled(elsewhere)) > 0 })
			}
			if strings.Contains(d.log.String(), "could not be taken back") {
				t.Error("it says that it could not be taken back")
			}
			d.stop()
		})
	}
}
