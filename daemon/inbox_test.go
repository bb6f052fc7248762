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

// Who passes the inbox comes back after the step that follows on what was in
// it, also when that is taken in the same round.
func TestPassingTheInboxWaitsForTheStep(t *testing.T) {
	b := inbox{wake: make(chan struct{}, 1)}
	var did []string
	b.put(func(time.Time) { did = append(did, "answer") })
	passed := make(chan struct{})
	go func() {
		defer close(passed)
		b.pass(t.Context())
	}()
	for stepped := 0; ; {
		select {
		case <-passed:
			if len(did) != 1 || stepped == 0 {
				t.Errorf("passed after %q and %d steps", did, stepped)
			}
			return
		case <-b.wake:
			for _, f := range b.take() {
				f(time.Time{})
			}
			select {
			case <-passed:
				if stepped == 0 {
					t.Fatal("passed before the step")
				}
			case <-time.After(5 * time.Millisecond): // who comes back too early would be here by now
			}
			stepped++
		}
	}
}
