package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"nightbell/notify/buddytest"
)

// A copy to Baby Buddy and one from there. While the daemon is dead, the
// session moves on the side where it was logged: in the end there is one of it
// on both sides, where it was moved to.
func TestKilledAtEachPointOfACopy(t *testing.T) {
	doc := outboxTable(t)
	logged, moved := mustTime(t, "2027-06-10T08:00:00-04:00"), mustTime(t, "2027-06-10T07:50:00-04:00")
	for name, c := range map[string]struct {
		point         string
		theirs        bool // it was logged there
		here, there   int  // of it on each side when it is dead
		asked, copies int  // how often Baby Buddy was asked to take one by then, and in all
	}{
		"about to copy to Baby Buddy":              {"before give", false, 1, 0, 0, 1},
		"copied there, before that is written":     {"after give", false, 1, 1, 1, 1},
		"copied there and written":                 {"after link", false, 1, 1, 1, 1},
		"taken from there, before that is written": {"before link", true, 1, 1, 0, 0},
		"taken from there and written":             {"after link", true, 1, 1, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inTable(t, doc, name)
			h := onSetClock(t, "2027-06-10T10:00:00", "", hurried)
			buddy := buddytest.Start(h.now)
			t.Cleanup(buddy.Close)
			h.write("config.yaml", onTerminal+fmt.Sprintf("baby_buddy: {url: %q, token: %s, child: %d}\n", buddy.URL(), buddytest.Token, buddytest.Child))
			if c.theirs {
				buddy.Log(logged, 15, 0, "")
			} else {
				h.must("log", "--at", logged.Format(time.RFC3339))
			}
			h.startToDie(c.point, nil)
			if here, there := len(h.sessions()), len(buddy.Entries()); here != c.here || there != c.there || len(added(buddy)) != c.asked {
				t.Errorf("left: %d here, %d there, asked %q; want %d, %d and %d times", here, there, added(buddy), c.here, c.there, c.asked)
			}
			if c.theirs {
				buddy.Edit(1, func(e *buddytest.Entry) { e.Start, e.End = moved, moved.Add(15*time.Minute) })
			} else {
				h.must("sessions", "edit", "1", "--at", moved.Format(time.RFC3339))
			}
			d := h.start().ready()
			d.await("the same on both sides", func() bool {
				here, there := h.sessions(), buddy.Entries()
				return len(here) == 1 && here[0].Start.Equal(moved) && len(there) == 1 && there[0].Start.Equal(moved)
			})
			back := h.now()
			d.await("three quiet rounds", func() bool { return h.now().Sub(back) > 3*time.Minute })
			d.stop()
			if here, there := len(h.sessions()), len(buddy.Entries()); here != 1 || there != 1 || len(added(buddy)) != c.copies {
				t.Errorf("%d here, %d there, asked %q; want one of each, and %d", here, there, added(buddy), c.copies)
			}
		})
	}
}

// added are the requests that asked a Baby Buddy to take a session.
func added(b *buddytest.Server) (asked []string) {
	for _, r := range b.Requests() {
		if strings.HasPrefix(r, "POST ") {
			asked = append(asked, r)
		}
	}
	return asked
}
