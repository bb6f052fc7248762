package daemon

import (
	"context"
	"time"
)

// Waiter sleeps until the wall clock shows until, wake delivers, the clock
// jumps, or ctx ends, and says which. A zero until waits for wake and ctx
// alone. A nil wake never delivers.
//
// The caller computes anew after every return, so an early one costs a step
// and a late one a reminder: a Waiter may return early, never late by more
// than its own grain (see NewWaiter). An instant already past returns at once.
// The error is of the waiting itself; an ended ctx is WokeByEnd and no error.
// One call at a time.
type Waiter func(ctx context.Context, until time.Time, wake <-chan struct{}) (Woke, error)

// Woke is why a Waiter returned. The zero Woke comes with an error.
type Woke uint8

// The four reasons. When several hold at once, the later one in this list is
// named, except that a jump beats the instant that it jumped over.
const (
	WokeOnTime   Woke = iota + 1 // the wall clock shows the instant
	WokeByChange                 // wake delivered
	WokeByClock                  // the clock was set, or the machine slept
	WokeByEnd                    // ctx is done
)

// String is the reason as the log writes it.
func (w Woke) String() string {
	switch w {
	case WokeOnTime:
		return "time"
	case WokeByChange:
		return "change"
	case WokeByClock:
		return "clock"
	case WokeByEnd:
		return "end"
	}
	return "none"
}

const (
	// pollEvery is how late the portable waiter may notice a jump or the end of
	// a suspend: a quarter of a minute is no delay to a person, and 4 wakes a
	// minute are no load to a machine.
	pollEvery = 15 * time.Second
	// jumpSlack is how far the wall clock may stray from one wait of the
	// portable waiter without being called a jump. Timers come late on a busy
	// or a power-saving machine; 2 s is above that and below what a plan notices.
	jumpSlack = 2 * time.Second
)

// pollingWaiter works everywhere and needs nothing: it waits at most
// pollEvery, then looks at the wall clock. A Go timer stands still during a
// suspend on most systems and follows no clock that is set, hence the looking.
func pollingWaiter(now func() time.Time) Waiter {
	return func(ctx context.Context, until time.Time, wake <-chan struct{}) (Woke, error) {
		var timer *time.Timer
		var rang <-chan time.Time // nil, so never, without an instant
		for {
			var begun time.Time
			var nap time.Duration
			if !until.IsZero() {
				begun = now().Round(0)
				left := until.Round(0).Sub(begun)
				if left <= 0 {
					return endFirst(ctx, WokeOnTime), nil
				}
				nap = min(left, pollEvery)
				if timer == nil {
					timer = time.NewTimer(nap)
					defer timer.Stop()
				} else {
					timer.Reset(nap)
				}
				rang = timer.C
			}
			select {
			case <-ctx.Done():
				return WokeByEnd, nil
			case <-wake:
				return endFirst(ctx, WokeByChange), nil
			case <-rang:
			}
			if strayed := now().Round(0).Sub(begun) - nap; strayed.Abs() > jumpSlack {
				return endFirst(ctx, WokeByClock), nil
			}
		}
	}
}

// endFirst lets the end win over w: select picks at random, and somebody who
// asked for the end should not be given another round.
func endFirst(ctx context.Context, w Woke) Woke {
	if ctx.Err() != nil {
		return WokeByEnd
	}
	return w
}
