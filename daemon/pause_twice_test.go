package daemon

import (
	"testing"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
)

// Whoever taps twice has one pause, and is rid of it by taking back one.
func TestAPauseAskedForTwiceIsOne(t *testing.T) {
	for rule, q := range map[string]web.Request{
		"for a while":    {What: web.Pause, For: 90 * time.Minute},
		"until a time":   {What: web.Pause, Until: time.Date(2026, 6, 10, 17, 0, 0, 0, time.UTC)},
		"for this night": {What: web.Pause, Tonight: true},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t, "10T07:00").log("10T07:00").to("10T09:41") // the start of 09:40 is open
			made, first, err := Answer(w.state, q, w.now)
			if err != nil {
				t.Fatal(err)
			}
			w.state.Snapshot.Apply(made)
			w.now = w.now.Add(20 * time.Second)
			w.step()
			if second := w.do(q); !second.Already || second.Text != first.Text {
				t.Errorf("the second tap is told %+v; want %q, as already so", second, first.Text)
			}
			back, _ := Undo(w.state, made.Changes[0], journal.Batch{Changes: made.Changes, Pauses: made.Pauses}, w.now)
			w.state.Snapshot.Apply(back)
			w.step()
			if len(w.state.Pauses) != 0 {
				t.Errorf("taken back, and quiet by %+v", w.state.Pauses)
			}
			if r := w.state.openStart(); r == nil || r.Snoozed.After(w.now) {
				t.Errorf("taken back, and the open start is %+v; want it to go on", r)
			}
		})
	}
}

// What is not the same is a wish of its own.
func TestAPauseThatChangesSomethingIsAnother(t *testing.T) {
	for rule, then := range map[string]func(w *world) web.Request{
		"a longer one":  func(*world) web.Request { return web.Request{What: web.Pause, For: 2 * time.Hour} },
		"a shorter one": func(*world) web.Request { return web.Request{What: web.Pause, For: time.Hour} },
		"the same, after what is open was to be quiet for longer": func(w *world) web.Request {
			w.do(web.Request{What: web.Pause, For: 30 * time.Minute})
			w.do(web.Request{What: web.Snooze, For: time.Hour})
			return web.Request{What: web.Pause, For: 30 * time.Minute}
		},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t, "10T07:00").log("10T07:00").to("10T09:41")
			w.do(web.Request{What: web.Pause, For: 90 * time.Minute})
			q := then(w)
			if reply := w.do(q); reply.Already {
				t.Errorf("it is told %q as already so", reply.Text)
			}
			if r := w.state.openStart(); r == nil || !r.Snoozed.Equal(w.now.Add(q.For)) {
				t.Errorf("the open start is %+v; want it quiet for %s", r, q.For)
			}
		})
	}
}
