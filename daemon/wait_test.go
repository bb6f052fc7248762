package daemon

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// shiftedClock is the bubble's clock plus what the test adds to it: a clock
// that somebody set, or a machine that slept.
type shiftedClock struct{ shift atomic.Int64 }

func (c *shiftedClock) now() time.Time {
	return time.Now().Add(time.Duration(c.shift.Load())).Round(0)
}

func TestPollingWaiter(t *testing.T) {
	const never = time.Duration(-1)
	tests := []struct {
		rule   string
		until  time.Duration // from the start; never: a zero instant
		at     time.Duration // when the following happens
		shift  time.Duration // the clock jumps
		change bool          // wake delivers
		end    bool          // ctx ends
		want   Woke
		after  time.Duration // how long the wait took
	}{
		{rule: "an instant within one nap is met exactly", until: 9 * time.Second, want: WokeOnTime, after: 9 * time.Second},
		{rule: "an instant many naps away is met exactly", until: 8*time.Hour + 7*time.Second, want: WokeOnTime, after: 8*time.Hour + 7*time.Second},
		{rule: "an instant in the past returns at once", until: -time.Hour, want: WokeOnTime},
		{rule: "this very instant returns at once", until: 0, want: WokeOnTime},
		{rule: "a change wakes at once", until: time.Hour, at: 20 * time.Second, change: true, want: WokeByChange, after: 20 * time.Second},
		{rule: "a change wakes a wait without an instant", until: never, at: 50 * time.Hour, change: true, want: WokeByChange, after: 50 * time.Hour},
		{rule: "the end wakes at once", until: time.Hour, at: 20 * time.Second, end: true, want: WokeByEnd, after: 20 * time.Second},
		{rule: "the end wakes a wait without an instant", until: never, at: time.Hour, end: true, want: WokeByEnd, after: time.Hour},
		{rule: "the end wins over an instant in the past", until: -time.Hour, end: true, want: WokeByEnd},
		{rule: "a clock set forward is seen within a nap", until: time.Hour, at: 20 * time.Second, shift: 30 * time.Minute, want: WokeByClock, after: 30 * time.Second},
		{rule: "a clock set back is seen within a nap", until: time.Hour, at: 20 * time.Second, shift: -30 * time.Minute, want: WokeByClock, after: 30 * time.Second},
		{rule: "a suspend beyond the instant is a jump too", until: time.Hour, at: 20 * time.Second, shift: 8 * time.Hour, want: WokeByClock, after: 30 * time.Second},
		{rule: "a jump wakes no wait without an instant", until: never, at: time.Minute, shift: time.Hour, change: true, want: WokeByChange, after: time.Minute},
		{rule: "a second of slewing is no jump, and the wall clock still decides", until: time.Minute, at: 20 * time.Second, shift: -time.Second, want: WokeOnTime, after: 61 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				clock := &shiftedClock{}
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				wake := make(chan struct{}, 1)
				begun := time.Now()
				var until time.Time
				if tt.until != never {
					until = clock.now().Add(tt.until)
				}
				happen := func() {
					clock.shift.Add(int64(tt.shift))
					if tt.change {
						wake <- struct{}{}
					}
					if tt.end {
						cancel()
					}
				}
				if tt.at == 0 {
					happen()
				} else {
					time.AfterFunc(tt.at, happen)
				}
				got, err := pollingWaiter(clock.now)(ctx, until, wake)
				if err != nil || got != tt.want {
					t.Errorf("woke by %v, %v; want %v", got, err, tt.want)
				}
				if took := time.Since(begun); took != tt.after {
					t.Errorf("the wait took %v, want %v", took, tt.after)
				}
			})
		})
	}
}

func TestPollingWaiterLooksFourTimesAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		looks := 0
		now := func() time.Time { looks++; return time.Now() }
		if _, err := pollingWaiter(now)(t.Context(), time.Now().Add(time.Hour), nil); err != nil {
			t.Fatal(err)
		}
		// Two looks a nap: before and after.
		if most := 2*240 + 2; looks > most {
			t.Errorf("looked at the clock %d times in an hour, want at most %d", looks, most)
		}
	})
}

func TestWokeNamesItself(t *testing.T) {
	for w, want := range map[Woke]string{WokeOnTime: "time", WokeByChange: "change", WokeByClock: "clock", WokeByEnd: "end", 0: "none"} {
		if got := w.String(); got != want {
			t.Errorf("Woke(%d) is %q, want %q", w, got, want)
		}
	}
}
