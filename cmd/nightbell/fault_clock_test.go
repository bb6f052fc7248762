package main

import (
	"strings"
	"testing"
	"time"
)

// The clock is set to the next morning by mistake, and put right some minutes
// later. The alarm of the night that was passed over rang for nobody, and comes.
func TestAClockThatRanAheadTakesNoAlarm(t *testing.T) {
	t.Parallel()
	n := newSlumber(t, "2027-06-10T23:30:00", leisurely)
	n.must("log", "--at", nightBefore)
	d := n.start().ready()
	n.clock.jump(t, 9*time.Hour)
	d.await("the alarm passed over", func() bool { return strings.Contains(d.log.String(), "kind=outage reminder=overnight") })
	n.clock.jump(t, mustTime(t, "2027-06-10T23:35:00-04:00").Sub(n.now()))
	d.await("that taken back", func() bool { return strings.Contains(d.log.String(), "kind=replaced reminder=overnight") })
	if history := n.must("export"); strings.Contains(history, "lapsed") {
		t.Errorf("a start has passed in a time that is still to come:\n%s", history)
	}
	n.clock.jump(t, mustTime(t, "2027-06-11T02:59:58-04:00").Sub(n.now())) // nothing is due in between
	d.await("the alarm", func() bool { return n.alarms() == 1 })
	if at := n.now(); at.After(mustTime(t, "2027-06-11T03:05:00-04:00")) {
		t.Errorf("it rang by %s; want it at 03:00", at)
	}
	n.must("done")
	d.stop()
}
