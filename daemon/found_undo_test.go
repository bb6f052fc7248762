package daemon

import (
	"testing"
	"time"

	"nightbell/daemon/journal"
	"nightbell/notify"
)

// What random lives with changes that are taken back, clocks that were wrong
// and services of which one is down found, each as its shortest story.

// One service cannot be reached for hours. The other holds the alarm, and must
// not ring at an instant that the plan has left.
func TestAParkedAlarmMovesWhereItIsHeldThoughAnotherServiceIsDown(t *testing.T) {
	w := newWorld(t, "10T20:00", parking, func(s *Settings) {
		more := s.Channels[0]
		more.Name = "another"
		s.Channels = append(s.Channels, more)
	})
	w.answer = func(d journal.Delivery, m notify.Message) *notify.Failure {
		if d.Channel == "another" {
			return unreach(d, m)
		}
		return nil
	}
	w.log("10T20:00").to("10T22:00").take()
	w.log("10T21:55")
	w.to("10T22:02")
	held := map[int64]bool{}
	for _, p := range w.take() {
		if p.kind == kindParkedAlarm && !p.back {
			held[p.parked.Add(-parkedAfter).Unix()] = true
		}
	}
	var alarm time.Time
	for _, s := range Step(w.state, w.now).Plan.Starts {
		if s.Wakes {
			alarm = s.At
			break
		}
	}
	if !held[alarm.Unix()] {
		t.Errorf("the alarm of %s is held nowhere", alarm.In(w.zone))
	}
}
