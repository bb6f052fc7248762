package main

import (
	"strings"
	"testing"
	"time"

	"nightbell/daemon"
	"nightbell/notify/pushovertest"
)

// A push that does not get through, and the next channel: the rows of the table
// in daemon/doc.go that say so.
func TestKilledAtEachPointOfAFailure(t *testing.T) {
	doc := outboxTable(t)
	for name, c := range map[string]struct {
		point, left string
		fault       pushovertest.Fault
		tries       int           // of the push, in the journal
		asked       int           // requests of a push that Pushover heard before the next start's first
		ends        int           // and in all; 0: any number
		least, most time.Duration // between the first request and the second, or else the start and that; 0: any
	}{
		"failed, before that is written":  {"before outcome", "pending", pushovertest.Status(503), 0, 1, 0, 0, 4 * time.Second},
		"failed and written":              {"after outcome", "pending", pushovertest.Status(503), 1, 1, 0, 5 * time.Second, 0},
		"refused, before that is written": {"before outcome", "pending", pushovertest.Reject400("no"), 0, 1, 2, 0, 0},
		"refused and written":             {"after outcome", "refused", pushovertest.Reject400("no"), 1, 1, 1, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inTable(t, doc, name)
			// Not newNight: what was refused and not written down is asked once more,
			// which nobody could help.
			n, k := &night{home: newHome(t, justBefore, "")}, newHook(t)
			n.srv = pushovertest.Start(pushovertest.Options{Now: n.now, Real: daemon.Now, Scale: 0.005})
			t.Cleanup(n.srv.Close)
			n.write("config.yaml", withPushover(n.srv.API())+k.channel())
			n.must("log", "--at", nightBefore)
			refused := strings.HasPrefix(name, "refused")
			n.srv.Fail(c.fault.On("messages"), -1)
			n.startToDie(c.point, nil)
			if got, tries := n.opened(), n.tries(); got != c.left || tries != c.tries {
				t.Errorf("left in the journal: %s after %d tries; want %s after %d", got, tries, c.left, c.tries)
			}
			if got := n.asked(); len(got) != c.asked || len(k.texts()) != 0 {
				t.Errorf("before the kill Pushover was asked %d times, and the next channel got %q; want %d and nothing", len(got), k.texts(), c.asked)
			}
			if !refused {
				n.srv.Heal()
			}
			d := n.start().ready()
			up := daemon.Now()
			if refused {
				d.await("the alarm on the next channel", func() bool { return len(k.texts()) == 1 })
			} else {
				d.await("the alarm", func() bool { return n.alarms() == 1 })
				asked := n.asked()
				if apart := asked[1].Sub(asked[0]); apart < c.least {
					t.Errorf("it was sent again after %s; want it to wait %s for its next try", apart, c.least)
				}
				if late := asked[1].Sub(up); c.most > 0 && late > c.most { // 5 s are the shortest wait
					t.Errorf("it was sent %s after the start; want it at once", late)
				}
			}
			n.must("done")
			d.await("nothing open", func() bool { return n.silent() && n.status().Reminder == nil })
			d.stop()
			if got := len(n.asked()); c.ends > 0 && got != c.ends {
				t.Errorf("Pushover was asked %d times in all; want %d", got, c.ends)
			}
			if got := len(n.sessions()); got != 2 || len(k.texts()) > 1 || n.alarms() > 1 {
				t.Errorf("%d sessions, %d alarms and %q on the next channel; want two sessions and nothing twice", got, n.alarms(), k.texts())
			}
		})
	}
}

// asked is when Pushover was asked to take a push.
func (n *night) asked() (at []time.Time) {
	for _, r := range n.srv.Requests() {
		if strings.HasSuffix(r.Path, "/messages.json") {
			at = append(at, r.At)
		}
	}
	return at
}

// tries is how often the newest push of the open reminder was tried, as the
// journal knows it.
func (h *home) tries() int {
	h.t.Helper()
	doc := h.status()
	if doc.Reminder == nil || len(doc.Reminder.Pushes) == 0 {
		return 0
	}
	return doc.Reminder.Pushes[len(doc.Reminder.Pushes)-1].Tries
}

// An answer by a command, whose daemon dies: who asked is never told that it
// is logged when it is not, and may ask again either way.
func TestKilledAtEachPointOfACommand(t *testing.T) {
	doc := outboxTable(t)
	for name, c := range map[string]struct {
		point, left string
		logged      int // sessions when it is dead
		again       string
	}{
		"a command answers, before its commit":    {"before answer", "sent", 1, "Logged "},
		"a command answers and that is committed": {"after answer", "none", 2, "Already logged "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inTable(t, doc, name)
			n := newNight(t)
			n.startToDie(c.point, func(d *running) {
				d.await("the alarm, and its outcome on disk", func() bool { return n.alarms() == 1 && strings.Contains(d.log.String(), "kind=sent") })
				if out, code := n.run("done"); code != exitNot || strings.Contains(out, "ogged") {
					t.Errorf("the daemon died, and the command says, with exit code %d:\n%s", code, out)
				}
			})
			if got := n.opened(); got != c.left || len(n.sessions()) != c.logged {
				t.Errorf("left in the journal: %s, %d sessions; want %s, %d", got, len(n.sessions()), c.left, c.logged)
			}
			d := n.start().ready()
			if out := n.must("done"); !strings.HasPrefix(out, c.again) {
				t.Errorf("asked again, it says %q; want %q", out, c.again)
			}
			d.await("silence", n.silent)
			d.stop()
			if got := len(n.sessions()); got != 2 || n.alarms() != 1 {
				t.Errorf("%d sessions and %d alarms; want one answer to one alarm", got, n.alarms())
			}
		})
	}
}

// Nobody answers: the reminder is given up, and the service's own receipt of it
// runs out.
func TestKilledAtEachPointOfGivingUp(t *testing.T) {
	doc := outboxTable(t)
	for name, c := range map[string]struct {
		point string
		left  string // of the open reminder
		done  bool   // the receipt is, when it is dead
	}{
		"given up, before that is written":        {"before close", "sent", false},
		"given up and written":                    {"after close", "none", false},
		"a receipt ran out, before its commit":    {"before receipt", "", false},
		"a receipt ran out and that is committed": {"after receipt", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inTable(t, doc, name)
			n := newSlumber(t, "2027-06-11T02:59:20", leisurely)
			n.must("log", "--at", nightBefore)
			n.startToDie(c.point, func(d *running) {
				n.clock.run(t, hurried)
				d.await("the alarm, and its outcome on disk", func() bool { return n.alarms() == 1 && strings.Contains(d.log.String(), "kind=sent") })
				n.clock.run(t, 600) // half an hour in 3 s
			})
			n.clock.run(t, leisurely)
			if got := n.opened(); c.left != "" && got != c.left {
				t.Errorf("left in the journal: %s; want %s", got, c.left)
			}
			if next := n.status().Next.At; c.left == "none" && !next.After(n.now()) {
				t.Errorf("given up, and the plan still has the start of %s; want it passed", next)
			}
			read := n.receiptsRead()
			d := n.start().ready()
			d.await("the end of it", func() bool { return n.opened() == "none" })
			if !c.done && c.left == "" {
				d.await("its receipt read again", func() bool { return n.receiptsRead() > read })
			}
			n.clock.run(t, 60)
			back := n.now()
			d.await("ten quiet minutes", func() bool { return n.now().Sub(back) > 10*time.Minute })
			if got := n.receiptsRead(); c.done && got != read {
				t.Errorf("a receipt that ran out was read %d times more", got-read)
			}
			d.stop()
			if got := len(n.sessions()); got != 1 || len(n.srv.Messages()) != 1 {
				t.Errorf("%d sessions and %d pushes; want one alarm, which nobody answered", got, len(n.srv.Messages()))
			}
		})
	}
}

// receiptsRead is how often Pushover was asked for a receipt.
func (n *night) receiptsRead() int {
	count := 0
	for _, r := range n.srv.Requests() {
		if strings.Contains(r.Path, "/receipts/") && r.Method == "GET" {
			count++
		}
	}
	return count
}
