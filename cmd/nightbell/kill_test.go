package main

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"nightbell/notify/ntfytest"
)

// diesAt makes the program die, as by kill -9, at a point of a push's way
// (daemon/points.go): "after push", or "after push 2" for the second time.
const diesAt = "NIGHTBELL_TEST_DIES_AT"

// dieAt kills the process the n-th time that it comes to a point.
func dieAt(point string) func(string) {
	times := 1
	if cut := strings.LastIndexByte(point, ' '); cut > 0 {
		if n, err := strconv.Atoi(point[cut+1:]); err == nil {
			point, times = point[:cut], n
		}
	}
	var passed atomic.Int64
	return func(at string) {
		if at != point || passed.Add(1) != int64(times) {
			return
		}
		self, err := os.FindProcess(os.Getpid())
		if err == nil {
			err = self.Kill()
		}
		if err != nil {
			panic(err)
		}
		select {} // nothing happens between the kill and the end
	}
}

// startToDie starts the daemon, to die at a point, and waits until it has.
func (h *home) startToDie(point string, meanwhile func(*running)) {
	h.t.Helper()
	h.env = append(h.env, diesAt+"="+point)
	d := h.start()
	h.env = h.env[:len(h.env)-1]
	if meanwhile != nil {
		meanwhile(d)
	}
	select {
	case <-d.done:
	case <-time.After(20 * time.Second):
		h.t.Fatalf("the daemon did not come to %q:\n%s", point, d.log.String())
	}
}

// opened is the state of the open reminder in the journal of a machine on
// which nothing runs: "none", or the outcome of its newest push.
func (h *home) opened() string {
	h.t.Helper()
	doc := h.status()
	switch {
	case doc.Reminder == nil:
		return "none"
	case len(doc.Reminder.Pushes) == 0:
		return "open, nothing queued"
	}
	return doc.Reminder.Pushes[len(doc.Reminder.Pushes)-1].Outcome
}

// outboxTable is the documentation that holds the table.
func outboxTable(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(root + "/daemon/doc.go")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// inTable checks that a row that is tested is one of the table.
func inTable(t *testing.T, doc, name string) {
	t.Helper()
	if !strings.Contains(doc, "\n//\t"+name+"  ") {
		t.Errorf("daemon/doc.go, What a crash leaves, has no row %q", name)
	}
}

// What the table says is tested: each of its rows names a subtest below.
func TestEachRowOfTheTableIsTested(t *testing.T) {
	tested := ""
	for _, file := range []string{"kill_test.go", "kill_fallback_test.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		tested += string(text)
	}
	_, table, _ := strings.Cut(outboxTable(t), "\n//\tdied  ")
	table, _, _ = strings.Cut(table, "\n//\n")
	rows := strings.Split(table, "\n//\t")[1:]
	for _, row := range rows {
		if name, _, _ := strings.Cut(row, "  "); !strings.Contains(tested, `"`+name+`":`) {
			t.Errorf("no test has the row %q", name)
		}
	}
	if len(rows) < 30 {
		t.Errorf("%d rows found; want the whole table", len(rows))
	}
}

// Each row of the table in daemon/doc.go, What a crash leaves: the real
// program is killed at exactly that point, what it left is read from the
// journal, and another one goes on.
func TestKilledAtEachPoint(t *testing.T) {
	doc := outboxTable(t)
	for name, c := range map[string]struct {
		point      string
		acked      bool   // the phone acknowledges before the kill
		left       string // in the journal: of the open reminder
		took, ends int    // alarms that the service took before the kill, and in all
	}{
		"before the step is committed":             {"before step", false, "none", 0, 1},
		"committed, before the request":            {"after step", false, "pending", 0, 1},
		"about to request":                         {"before push", false, "pending", 0, 1},
		"accepted, before the outcome is known":    {"after push", false, "pending", 1, 2},
		"accepted, before the outcome is written":  {"before outcome", false, "pending", 1, 2},
		"outcome written":                          {"after outcome", false, "sent", 1, 1},
		"answer read, before its commit":           {"before receipt", true, "sent", 1, 1},
		"answer committed, nothing taken back yet": {"after receipt", true, "sent", 1, 1},
		"about to take back":                       {"before withdraw", true, "none", 1, 1},
		"taken back, before that is written":       {"after withdraw", true, "none", 1, 1},
		"taken back and written":                   {"after outcome 2", true, "none", 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inTable(t, doc, name)
			n := newNight(t)
			tap := time.Time{}
			acknowledge := func(d *running) {
				d.await("the alarm", func() bool { return len(n.srv.Ringing()) > 0 })
				tap = n.now().Truncate(time.Second)
				for _, m := range n.srv.Ringing() {
					n.srv.Acknowledge(m.Receipt, tap)
				}
			}
			during := acknowledge
			if !c.acked {
				during = nil
			}
			n.startToDie(c.point, during)
			if got := n.opened(); got != c.left {
				t.Errorf("left in the journal: %s; want %s", got, c.left)
			}
			if got := n.alarms(); got != c.took {
				t.Errorf("the service took %d alarms before the kill; want %d", got, c.took)
			}
			d := n.start().ready()
			d.await("the alarm", func() bool { return n.alarms() == c.ends })
			if !c.acked {
				d.await("its outcome on disk", func() bool { return n.opened() == "sent" })
				acknowledge(d)
			}
			d.await("the session", func() bool { return len(n.sessions()) == 2 })
			d.await("silence", func() bool { return n.silent() && n.status().Reminder == nil })
			d.stop()
			if got := n.sessions(); len(got) != 2 || !got[0].Start.Equal(tap) {
				t.Errorf("sessions %+v; want the one before and one at the tap, %s", got, tap)
			}
			tags := map[string]bool{}
			for _, m := range n.srv.Messages() {
				if m.Priority == 2 {
					tags[strings.Join(m.Tags, ",")] = true
				}
			}
			if n.alarms() != c.ends || len(tags) != 1 {
				t.Errorf("%d alarms under %d tags; want %d under one", n.alarms(), len(tags), c.ends)
			}
		})
	}
}

// The same on an ntfy server: a reply that was read, and the alarm that is
// parked there, moved by taking it back and leaving another.
func TestKilledAtEachPointOfParkingAndReplies(t *testing.T) {
	doc := outboxTable(t)
	for name, c := range map[string]struct {
		point string
		wall  string
		act   func(t *testing.T, q *quiet, d *running) // before the kill; nil: nothing
		ends  int                                      // sessions in the end
	}{
		"about to park":                            {"before park", "2027-06-10T23:30:00", nil, 1},
		"parked, before that is written":           {"after park", "2027-06-10T23:30:00", nil, 1},
		"parked and written":                       {"after outcome", "2027-06-10T23:30:00", nil, 1},
		"moved: committed, before the old is back": {"after answer", "2027-06-10T23:50:00", move, 2},
		"moved: about to take the old back":        {"before withdraw", "2027-06-10T23:50:00", move, 2},
		"moved: the old is back, not written":      {"after withdraw", "2027-06-10T23:50:00", move, 2},
		"moved: the new is parked, not written":    {"after park 2", "2027-06-10T23:50:00", move, 2},
		"a reply is read, before its commit":       {"before answer", justBefore, tap, 2},
		"a reply is committed":                     {"after answer", justBefore, tap, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inTable(t, doc, name)
			q := newQuiet(t, c.wall)
			q.startToDie(c.point, func(d *running) {
				if c.act != nil {
					c.act(t, q, d)
				}
			})
			d := q.start().ready()
			d.await("the sessions", func() bool { return len(q.sessions()) == c.ends })
			d.await("one alarm parked, and nothing of the one before", func() bool {
				alarms := 0
				for _, m := range q.srv.Scheduled(ntfytest.Topic) {
					if m.Priority == 5 {
						alarms++
					}
				}
				for _, ch := range q.status().Channels {
					if ch.Queued > 0 {
						return false
					}
				}
				return alarms == 1
			})
			if c.wall == justBefore {
				d.await("a clean screen", func() bool { return len(q.srv.Shown(ntfytest.Topic)) == 0 })
			}
			d.stop()
			if got := len(q.sessions()); got != c.ends {
				t.Errorf("%d sessions; want %d", got, c.ends)
			}
		})
	}
}

// move logs a session once the alarm is parked: the plan moves it.
func move(_ *testing.T, q *quiet, d *running) {
	d.await("the alarm parked", func() bool { return strings.Contains(d.log.String(), "kind=parked") })
	_, _ = q.run("log") // whose daemon may die before it says yes
}

// tap answers the alarm on the phone.
func tap(t *testing.T, q *quiet, d *running) {
	if err := q.srv.Tap(t.Context(), q.alarm(d), "Starting"); err != nil {
		t.Fatal(err)
	}
}
