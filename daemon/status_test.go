package daemon

import (
	"testing"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
)

func TestAStartThatNobodyAnsweredStaysInSight(t *testing.T) {
	for _, c := range []struct {
		rule string
		do   func(w *world)
		want string // "": nothing
	}{
		{"the night's alarm, at breakfast", func(w *world) { w.to("11T06:59") }, "11T03:00"},
		{"not while another one is open", func(w *world) { w.to("11T07:30") }, ""},
		{"not while it may still be answered", func(w *world) { w.to("11T03:20") }, ""},
		{"not once a session was logged for it", func(w *world) { w.to("11T06:00").log("11T03:05") }, ""},
		{"a session before it is another one's", func(w *world) { w.to("11T06:00").log("11T01:00") }, "11T03:00"},
		{"not while it hurts", func(w *world) { w.to("11T06:00").do(web.Request{What: web.Pain}) }, ""},
		{"not in a pause", func(w *world) { w.to("11T06:00").do(web.Request{What: web.Pause, For: time.Hour}) }, ""},
		{"not at rest", func(w *world) { w.to("11T06:00").do(web.Request{What: web.Rest}) }, ""},
		{"not of a time in which the machine was off, and nothing was asked", func(w *world) {
			w.to("11T02:00").off("11T06:00").step()
			if r := w.state.Reminders; len(r) == 0 || r[len(r)-1].State != journal.Lapsed {
				w.t.Fatalf("reminders %+v; want one that lapsed quietly", r)
			}
		}, ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := newWorld(t, "10T23:00").log("10T23:00")
			c.do(w)
			got, want := w.state.unanswered(w.now), time.Time{}
			if c.want != "" {
				want = w.at(c.want)
			}
			if !got.Equal(want) {
				t.Errorf("it is %s; want %s", got, want)
			}
		})
	}
}
