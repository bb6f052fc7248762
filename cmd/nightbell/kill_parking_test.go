package main

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"nightbell/notify/ntfytest"
)

// The same on an ntfy server: a reply that was read, and the alarm that is
// parked there, moved by taking it back and leaving another.
func TestKilledAtEachPointOfParkingAndReplies(t *testing.T) {
	doc := outboxTable(t)
	for name, c := range map[string]struct {
		point       string
		wall        string
		act         func(t *testing.T, q *quiet, d *running) // before the kill; nil: nothing
		logged      int                                      // sessions when it is dead
		ends        int                                      // and in the end
		parked, all int                                      // how often the server was given an alarm to hold by then, and in all; 0: another night's as well
	}{
		"about to park":                            {"before park", "2027-06-10T23:30:00", nil, 1, 1, 0, 1},
		"parked, before that is written":           {"after park", "2027-06-10T23:30:00", nil, 1, 1, 1, 2},
		"parked and written":                       {"after outcome", "2027-06-10T23:30:00", nil, 1, 1, 1, 1},
		"moved: committed, before the old is back": {"after answer", "2027-06-10T23:50:00", move, 2, 2, 1, 2},
		"moved: about to take the old back":        {"before withdraw", "2027-06-10T23:50:00", move, 2, 2, 1, 2},
		"moved: the old is back, not written":      {"after withdraw", "2027-06-10T23:50:00", move, 2, 2, 1, 2},
		"moved: the new is parked, not written":    {"after park 2", "2027-06-10T23:50:00", move, 2, 2, 2, 3},
		"a reply is read, before its commit":       {"before answer", justBefore, tap, 1, 2, 0, 0},
		"a reply is committed":                     {"after answer", justBefore, tap, 2, 2, 0, 0},
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
			if got := len(q.sessions()); got != c.logged {
				t.Errorf("%d sessions left in the journal; want %d", got, c.logged)
			}
			if got := len(q.parks()); got != c.parked && c.all > 0 {
				t.Errorf("the server was given an alarm to hold %d times before the kill; want %d", got, c.parked)
			}
			d := q.start().ready()
			d.await("the sessions", func() bool { return len(q.sessions()) == c.ends })
			d.await("one alarm parked, and nothing of the one before", func() bool {
				alarms := 0
				for _, m := range q.srv.Scheduled(ntfytest.Topic) {
					if m.Priority == 5 {
						alarms++
					}
				}
				return alarms == 1 && q.idle()
			})
			if c.wall == justBefore {
				d.await("a clean screen", func() bool { return len(q.srv.Shown(ntfytest.Topic)) == 0 })
			}
			d.stop()
			if got := len(q.sessions()); got != c.ends {
				t.Errorf("%d sessions; want %d", got, c.ends)
			}
			q.inOrder()
			if got := len(q.parks()); got != c.all && c.all > 0 {
				t.Errorf("the server was given an alarm to hold %d times; want %d", got, c.all)
			}
		})
	}
}

// parkedAlarm finds the name of an alarm that is given to the server to hold.
var parkedAlarm = regexp.MustCompile(`^\{.*"priority":5.*"sequence_id":"([^"]+-p)"`)

// parks are the names of the alarms that the server was given to hold, one for
// each time.
func (q *quiet) parks() (names []string) {
	for _, r := range q.srv.Requests() {
		if m := parkedAlarm.FindStringSubmatch(r.Body); m != nil && r.Status == http.StatusOK {
			names = append(names, m[1])
		}
	}
	return names
}

// inOrder checks that an alarm is taken back before another is parked in its
// place: else both would ring, should the machine die between the two.
func (q *quiet) inOrder() {
	q.t.Helper()
	held := "" // the name of the one that is held
	for _, r := range q.srv.Requests() {
		m := parkedAlarm.FindStringSubmatch(r.Body)
		switch {
		case r.Status != http.StatusOK:
		case r.Method == http.MethodDelete && strings.HasSuffix(r.Path, "/"+held):
			held = ""
		case m != nil && held != "":
			q.t.Errorf("%s was parked while %s was", m[1], held)
		case m != nil:
			held = m[1]
		}
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
