package daemon

import (
	"slices"
	"testing"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
)

// A button whose time is over logs nothing, and the phone that sent it does not
// know: it is said, once, quietly, and in no sleep.
func TestATapByAButtonOfHoursAgoIsNotSilent(t *testing.T) {
	for rule, c := range map[string]struct {
		last, given, tap string // the session before, when the reminder after it was given up, the tap
		taps             int
		logged           string // a session before it
		what             web.What
		then             func(w *world)
		want             string
	}{
		"at night: in the morning": {last: "10T23:00", given: "11T03:31", tap: "11T04:45", what: web.Start, taps: 1,
			want: "11T07:00 low The tap of 04:45 logged nothing. Log it when you like."},
		"by day: at once": {last: "10T07:00", given: "10T10:30", tap: "10T11:45", what: web.Done, taps: 1,
			want: "10T11:45 low The tap of 11:45 logged nothing. Log it when you like."},
		"tapped twice: once": {last: "10T07:00", given: "10T10:30", tap: "10T11:45", what: web.Done, taps: 3,
			want: "10T11:45 low The tap of 11:45 logged nothing. Log it when you like."},
		"logged before the morning: not at all": {last: "10T23:00", given: "11T03:31", tap: "11T04:45", what: web.Start, taps: 1,
			then: func(w *world) { w.log("11T04:45") }},
		"at rest before the morning: not at all": {last: "10T23:00", given: "11T03:31", tap: "11T04:45", what: web.Start, taps: 1,
			then: func(w *world) { w.do(web.Request{What: web.Rest}) }},
		"a session since it was due: not at all": {last: "10T07:00", given: "10T10:30", tap: "10T12:20", what: web.Done, taps: 1, logged: "10T10:40"},
		"no session was told of":                 {last: "10T07:00", given: "10T10:30", tap: "10T11:45", what: web.Snooze, taps: 1},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t, c.last).log(c.last).to(c.given)
			i := slices.IndexFunc(w.state.Reminders, func(r journal.Reminder) bool { return r.State == journal.Lapsed })
			if c.logged != "" {
				w.to(c.logged).log(c.logged)
			}
			w.to(c.tap)
			for range c.taps {
				w.state.Snapshot.Apply(w.state.unlogged(web.Request{What: c.what, Reminder: w.state.Reminders[i].ID, At: w.now}, w.now))
				w.step()
				w.now = w.now.Add(time.Minute)
			}
			if c.then != nil {
				c.then(w)
			}
			w.to(c.tap[:2] + "T13:00")
			if got := w.said(kindUnlogged); got != c.want {
				t.Errorf("%q; want %q", got, c.want)
			}
		})
	}
}
