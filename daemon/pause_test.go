package daemon

import (
	"testing"
	"time"

	"nightbell/daemon/web"
	"nightbell/planner"
)

// A pause keeps an open start quiet to its end, to that of the pause that
// follows it, or from a snooze that runs into it. Where it ends before that the
// start goes on, or the night would pass without its alarm: one start at a time.
func TestWhatAPauseKeptQuietGoesOnWhenItIsNoMore(t *testing.T) {
	tonight := web.Request{What: web.Pause, Tonight: true}
	short := web.Request{What: web.Pause, For: 35 * time.Minute} // to 23:06, into tonight's
	long := web.Request{What: web.Pause, For: 10 * time.Hour}    // to 08:31
	snooze := web.Request{What: web.Snooze, For: 40 * time.Minute}
	resume := func(w *world, _ func()) { w.do(web.Request{What: web.Resume}) }
	undo := func(_ *world, undo func()) { undo() }
	for rule, c := range map[string]struct {
		asked []web.Request // at 22:31, of the start of 22:30
		at    string
		ends  func(w *world, undo func())
		until string
		want  []string
	}{
		"a snooze ran into tonight, which is ended before it began": {
			[]web.Request{tonight, snooze}, "10T22:42", resume, "11T03:05",
			[]string{"10T22:42 session normal", "10T22:52 session normal", "11T03:00 overnight alarm"},
		},
		"a snooze ran into tonight, which is taken back": {
			[]web.Request{tonight, snooze}, "10T22:42", undo, "11T03:05",
			[]string{"10T22:42 session normal", "10T22:52 session normal", "11T03:00 overnight alarm"},
		},
		"a pause that ran into tonight is ended": {
			[]web.Request{tonight, short}, "10T22:42", resume, "11T06:59",
			[]string{"10T22:42 session normal", "10T22:52 session normal"},
		},
		"a pause that ran into tonight is taken back": {
			[]web.Request{tonight, short}, "10T22:42", undo, "11T06:59",
			[]string{"10T22:42 session normal", "10T22:52 session normal"},
		},
		"tonight ends before the pause in which it is asked for": {
			[]web.Request{long, tonight}, "10T22:42", func(*world, func()) {}, "11T07:05",
			[]string{"11T07:00 session normal"},
		},
		"a snooze that ran into no pause lasts when one is ended": {
			[]web.Request{tonight, {What: web.Snooze, For: 20 * time.Minute}}, "10T22:42", resume, "10T22:52",
			[]string{"10T22:51 session normal"},
		},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t, "10T18:59", func(s *Settings) {
				for _, text := range []string{"03:00", "07:00", "10:00", "13:00", "16:00", "19:00", "22:30"} {
					at, err := planner.ParseClockwork(text)
					if err != nil {
						t.Fatal(err)
					}
					s.Routine.Times = append(s.Routine.Times, at)
				}
			}).log("10T18:59").to("10T22:31")
			back := func() {}
			for _, q := range c.asked {
				if made := w.doAndUndo(q); q.What == web.Pause {
					back = made
				}
			}
			w.to(c.at)
			w.take()
			c.ends(w, back)
			w.to(c.until)
			w.expect(c.want...)
		})
	}
}
