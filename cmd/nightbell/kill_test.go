package main

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"nightbell/daemon/web"
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
	for _, file := range []string{"kill_test.go", "kill_fallback_test.go", "kill_parking_test.go", "kill_copy_test.go"} {
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

// takenBack is how often Pushover was asked to take something back.
func (n *night) takenBack() int {
	count := 0
	for _, r := range n.srv.Requests() {
		if strings.Contains(r.Path, "/cancel_by_tag/") {
			count++
		}
	}
	return count
}

// idle tells whether nothing is queued on any channel.
func (h *home) idle() bool {
	h.t.Helper()
	return !slices.ContainsFunc(h.status().Channels, func(ch web.ChannelDoc) bool { return ch.Queued > 0 })
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
		logged     int    // sessions in it
		took, ends int    // alarms that the service took before the kill, and in all
		back, all  int    // how often it was asked to take one back before the kill, and in all
	}{
		"before the step is committed":             {"before step", false, "none", 1, 0, 1, 0, 1},
		"committed, before the request":            {"after step", false, "pending", 1, 0, 1, 0, 1},
		"about to request":                         {"before push", false, "pending", 1, 0, 1, 0, 1},
		"accepted, before the outcome is known":    {"after push", false, "pending", 1, 1, 2, 0, 1},
		"accepted, before the outcome is written":  {"before outcome", false, "pending", 1, 1, 2, 0, 1},
		"outcome written":                          {"after outcome", false, "sent", 1, 1, 1, 0, 1},
		"answer read, before its commit":           {"before receipt", true, "sent", 1, 1, 1, 0, 1},
		"answer committed, nothing taken back yet": {"after receipt", true, "sent", 2, 1, 1, 0, 1},
		"about to take back":                       {"before withdraw", true, "none", 2, 1, 1, 0, 1},
		"taken back, before that is written":       {"after withdraw", true, "none", 2, 1, 1, 1, 2},
		"taken back and written":                   {"after outcome 2", true, "none", 2, 1, 1, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inTable(t, doc, name)
			n, k := newNight(t), newHook(t)
			n.write("config.yaml", withPushover(n.srv.API())+k.channel())
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
			if got := n.opened(); got != c.left || len(n.sessions()) != c.logged {
				t.Errorf("left in the journal: %s, %d sessions; want %s, %d", got, len(n.sessions()), c.left, c.logged)
			}
			if got := n.alarms(); got != c.took || n.takenBack() != c.back {
				t.Errorf("before the kill the service took %d alarms, and was asked %d times to take one back; want %d, %d", got, n.takenBack(), c.took, c.back)
			}
			if c.acked {
				// Nobody has answered by now, as far as the journal knows: an alarm would
				// go to every channel, if what the phone says were not read first.
				n.ahead += 6 * time.Minute
			}
			d := n.start().ready()
			d.await("the alarm", func() bool { return n.alarms() == c.ends })
			if !c.acked {
				d.await("its outcome on disk", func() bool { return n.opened() == "sent" })
				acknowledge(d)
			}
			d.await("the session", func() bool { return len(n.sessions()) == 2 })
			d.await("silence", func() bool { return n.silent() && n.status().Reminder == nil && n.idle() })
			d.stop()
			if n.takenBack() != c.all || len(k.texts()) != 0 {
				t.Errorf("the service was asked %d times to take an alarm back, and the next channel got %q; want %d, and nothing", n.takenBack(), k.texts(), c.all)
			}
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
