package daemon

import (
	"testing"
	"time"
)

// Between two looks at the clock the loop does a few things and not all that
// wait: who posts without end delays no reminder.
func TestTheLoopLooksUpBetweenRequests(t *testing.T) {
	b := inbox{wake: make(chan struct{}, 1)}
	done := 0
	for range 3*atOnce + 1 {
		b.put(func(time.Time) { done++ })
	}
	for _, want := range []int{atOnce, 2 * atOnce, 3 * atOnce, 3*atOnce + 1} {
		select {
		case <-b.wake:
		default:
			t.Fatalf("nothing wakes the loop for the rest after %d", done)
		}
		for _, f := range b.take() {
			f(time.Time{})
		}
		if done != want {
			t.Fatalf("%d done; want %d", done, want)
		}
	}
	select {
	case <-b.wake:
		t.Error("woken for nothing")
	default:
	}
}
