package daemon

import (
	"slices"
	"testing"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
)

// clockSet sets the clock, and lets the daemon look, as its loop does.
func (w *world) clockSet(to string) *world {
	w.t.Helper()
	at := w.at(to)
	if by := w.now.Sub(at); by > 0 {
		w.state.Snapshot.Apply(setBack(&w.state, at, by))
		w.wake = time.Time{}
	}
	w.now = at
	w.step()
	return w
}

// A clock that ran hours ahead for some minutes let the starts of the night
// lapse, and nobody was told of them. They come when it really is their time.
func TestWhatLapsedByAClockAheadComesAtItsTime(t *testing.T) {
	unheld := func(*Settings) {}
	for rule, c := range map[string]struct {
		change func(*Settings)
		ahead  string
		want   []string
	}{
		"a night that was passed over":  {unheld, "11T08:00", []string{"11T03:00 overnight alarm"}},
		"the middle of a night":         {unheld, "11T05:00", []string{"11T03:00 overnight alarm"}},
		"an alarm that a service holds": {parking, "11T08:00", []string{"11T03:00 overnight alarm", "11T03:00 parked_alarm for 12T03:03", "11T03:00 parked_alarm withdrawn"}},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t, "10T23:00", c.change).log("10T23:00").to("10T23:10")
			w.clockSet(c.ahead).clockSet("10T23:14").take()
			for _, e := range w.state.Passed {
				t.Errorf("the start of %s has passed, and it is 23:14", e.At)
			}
			w.to("11T03:01").expect(c.want...)
			w.do(web.Request{What: web.Start})
			if n := len(w.state.Sessions); n != 2 {
				t.Errorf("%d sessions; want the answer to be one", n)
			}
		})
	}
}

// What rang stays sent, although by this clock it did in what is to come; and
// what a service rang before this instant did ring.
func TestWhatRangIsNotOfferedOnceMoreByAClockSetBack(t *testing.T) {
	t.Run("by a push of its own", func(t *testing.T) {
		w := newWorld(t, "10T23:00").log("10T23:00").to("11T03:31")
		w.clockSet("11T02:00").take()
		w.to("11T03:40").expect()
	})
	t.Run("by the service that held it", func(t *testing.T) {
		w := newWorld(t, "10T23:00", parking).log("10T23:00").to("11T01:40")
		w.off("11T04:29").step()
		w.clockSet("11T03:20").take()
		w.to("11T04:20")
		for _, p := range w.take() {
			if !p.back && p.parked.IsZero() {
				t.Errorf("%s; the service rang at 03:03", p)
			}
		}
	})
}

// Who looks at the last thing that was done sees what people did, and can take
// it back.
func TestAClockThatIsSetBackIsNothingToTakeBack(t *testing.T) {
	w := newWorld(t, "10T23:00").log("10T23:00").to("10T23:10").clockSet("11T08:00")
	b := setBack(&w.state, w.at("10T23:14"), w.now.Sub(w.at("10T23:14")))
	if len(b.Changes) != 1 || b.Changes[0].Undoable || b.Changes[0].Text != "" {
		t.Errorf("changes %+v; want one without a text, which nobody takes back", b.Changes)
	}
	if !slices.ContainsFunc(b.Passed, func(e journal.Passed) bool { return e.Removed == b.Changes[0].ID }) {
		t.Errorf("passed starts %+v; want the alarm's taken away by that change", b.Passed)
	}
}
