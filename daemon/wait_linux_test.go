package daemon

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	sys "golang.org/x/sys/unix"
)

// openTimer is a timer that ends with the test and leaves no goroutine.
func openTimer(t *testing.T) *wallTimer {
	t.Helper()
	before := goleak.IgnoreCurrent()
	w, err := newWallTimer(Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.close(); err != nil {
			t.Error(err)
		}
		select {
		case _, open := <-w.rang:
			if open {
				t.Error("an expiry is left after close")
			}
		default:
			t.Error("close returned before its reader had ended")
		}
		goleak.VerifyNone(t, before)
	})
	return w
}

func TestWallTimer(t *testing.T) {
	const soon = 30 * time.Millisecond
	ended, end := context.WithCancel(t.Context())
	end()
	ready := func() chan struct{} {
		c := make(chan struct{}, 1)
		c <- struct{}{}
		return c
	}
	tests := []struct {
		rule  string
		ctx   context.Context
		until time.Duration // 0: a zero instant
		wake  chan struct{}
		want  Woke
		least time.Duration
	}{
		{rule: "an instant is met and not before it", ctx: t.Context(), until: soon, want: WokeOnTime, least: soon},
		{rule: "an instant in the past returns at once", ctx: t.Context(), until: -time.Hour, want: WokeOnTime},
		{rule: "an instant before 1970 returns at once", ctx: t.Context(), until: -100 * 365 * 24 * time.Hour, want: WokeOnTime},
		{rule: "a change wakes", ctx: t.Context(), until: time.Hour, wake: ready(), want: WokeByChange},
		{rule: "a change wakes a wait without an instant", ctx: t.Context(), wake: ready(), want: WokeByChange},
		{rule: "the end wakes", ctx: ended, until: time.Hour, want: WokeByEnd},
		{rule: "the end wins over a change", ctx: ended, until: time.Hour, wake: ready(), want: WokeByEnd},
		{rule: "the end wins over an instant in the past", ctx: ended, until: -time.Hour, want: WokeByEnd},
		{rule: "the end wakes a wait without an instant", ctx: ended, want: WokeByEnd},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			w := openTimer(t)
			begun := Now()
			var until time.Time
			if tt.until != 0 {
				until = begun.Add(tt.until)
			}
			got, err := w.wait(tt.ctx, until, tt.wake)
			if err != nil || got != tt.want {
				t.Errorf("woke by %v, %v; want %v", got, err, tt.want)
			}
			if took := Now().Sub(begun); took < tt.least {
				t.Errorf("the wait took %v, want at least %v", took, tt.least)
			}
		})
	}
}

func TestWallTimerIsSetAnew(t *testing.T) {
	w := openTimer(t)
	wake := make(chan struct{}, 1)
	wake <- struct{}{}
	if got, err := w.wait(t.Context(), Now().Add(20*time.Millisecond), wake); err != nil || got != WokeByChange {
		t.Fatalf("woke by %v, %v; want a change", got, err)
	}
	// The first instant passes during this wait and must not end it.
	until := Now().Add(80 * time.Millisecond)
	if got, err := w.wait(t.Context(), until, nil); err != nil || got != WokeOnTime {
		t.Fatalf("woke by %v, %v; want the time", got, err)
	}
	if now := Now(); now.Before(until) {
		t.Errorf("woke %v early: an instant that was given up still rings", until.Sub(now))
	}
	for range 3 {
		if got, err := w.wait(t.Context(), Now().Add(time.Millisecond), nil); err != nil || got != WokeOnTime {
			t.Fatalf("woke by %v, %v; want the time", got, err)
		}
	}
}

func TestWallTimerKeepsWhatHappensBetweenWaits(t *testing.T) {
	soon := func() time.Time { return Now().Add(30 * time.Millisecond) }
	tests := []struct {
		rule string
		rang error // what the reader read after the last wait
		want Woke
		err  error
	}{
		{rule: "a jump is told to the next wait", rang: &os.PathError{Op: "read", Path: "timerfd", Err: syscall.ECANCELED}, want: WokeByClock},
		{rule: "an old expiry is not the next instant", rang: nil, want: WokeOnTime},
		{rule: "a broken timer is an error", rang: syscall.EIO, err: syscall.EIO},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			w := openTimer(t)
			w.rang <- tt.rang
			until := soon()
			got, err := w.wait(t.Context(), until, nil)
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("woke by %v, %v; want %v, %v", got, err, tt.want, tt.err)
			}
			if got == WokeOnTime && Now().Before(until) {
				t.Error("woke before the instant")
			}
		})
	}
}

func TestWallTimerNeverSpins(t *testing.T) {
	// now lags an hour behind the kernel: each expiry comes "early".
	before := goleak.IgnoreCurrent()
	w, err := newWallTimer(func() time.Time { return Now().Add(-time.Hour) })
	if err != nil {
		t.Fatal(err)
	}
	if got, err := w.wait(t.Context(), Now().Add(-time.Minute), nil); err != nil || got != WokeByClock {
		t.Errorf("woke by %v, %v; want the clock", got, err)
	}
	if err := w.close(); err != nil {
		t.Error(err)
	}
	goleak.VerifyNone(t, before)
}

func TestClosedWaiterSaysSo(t *testing.T) {
	before := goleak.IgnoreCurrent()
	wait, closeWaiter, err := NewWaiter(Now)
	if err != nil {
		t.Fatal(err)
	}
	result := make(chan error, 1)
	go func() {
		_, err := wait(t.Context(), time.Time{}, nil)
		result <- err
	}()
	if err := closeWaiter(); err != nil {
		t.Error(err)
	}
	if err := closeWaiter(); err != nil {
		t.Errorf("closed again: %v", err)
	}
	if err := <-result; !errors.Is(err, os.ErrClosed) {
		t.Errorf("the wait ended with %v, want %v", err, os.ErrClosed)
	}
	goleak.VerifyNone(t, before)
}

// TestWallTimerSeesTheClockBeingSet moves the clock by a nanosecond, which is a
// jump to the kernel. It needs root, and the kernel then calls the clock
// unsynchronised, so it runs only when asked for.
func TestWallTimerSeesTheClockBeingSet(t *testing.T) {
	if os.Getenv("NIGHTBELL_TEST_SETS_CLOCK") == "" {
		t.Skip("sets the clock of this machine by 1 ns; NIGHTBELL_TEST_SETS_CLOCK=1 runs it")
	}
	w := openTimer(t)
	set := make(chan error, 1)
	time.AfterFunc(50*time.Millisecond, func() {
		_, err := sys.Adjtimex(&sys.Timex{Modes: sys.ADJ_SETOFFSET | sys.ADJ_NANO, Time: sys.Timeval{Usec: 1}})
		set <- err
	})
	got, err := w.wait(t.Context(), Now().Add(5*time.Second), nil)
	if err != nil || got != WokeByClock {
		t.Errorf("woke by %v, %v; want the clock", got, err)
	}
	if err := <-set; err != nil {
		t.Fatal(err)
	}
}

// TestWaitingCostsNothing counts the context switches of a process that does
// nothing but wait: this test binary again, with this test alone.
func TestWaitingCostsNothing(t *testing.T) {
	const idle = 2 * time.Second
	if os.Getenv("NIGHTBELL_TEST_IDLES") == "" {
		var err error
		for range 5 { // other work on the machine adds to it, and nothing takes away: the best of five is the program's own
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWaitingCostsNothing$", "-test.v")
			child.Env = append(os.Environ(), "NIGHTBELL_TEST_IDLES=1")
			var out []byte
			out, err = child.CombinedOutput()
			t.Logf("%s", out)
			if err == nil {
				return
			}
		}
		t.Fatal(err)
	}
	wait, closeWaiter, err := NewWaiter(Now)
	if err != nil {
		t.Fatal(err)
	}
	defer closeWaiter()
	// A first wait lets the runtime's own start-up work settle.
	for _, d := range []time.Duration{300 * time.Millisecond, idle} {
		switches, cpu := switchesOf(t), cpuOf(t)
		if got, err := wait(t.Context(), Now().Add(d), nil); err != nil || got != WokeOnTime {
			t.Fatalf("woke by %v, %v; want the time", got, err)
		}
		switches, cpu = switchesOf(t)-switches, cpuOf(t)-cpu
		t.Logf("waited %v: %d context switches, %v of CPU", d, switches, cpu)
		// Measured: 3 or 4 for the wake itself, after 2 s as after 20 s, and with
		// the race detector's own thread 12, or 39 beside other work (a load of 12
		// on two cores). A ticker of 50 ms takes 80 and more.
		if d == idle && switches > 60 {
			t.Errorf("%d context switches in %v of waiting, want at most 60", switches, d)
		}
	}
}

// switchesOf counts the voluntary context switches of all threads so far.
func switchesOf(t *testing.T) int {
	t.Helper()
	threads, err := filepath.Glob("/proc/self/task/*/status")
	if err != nil || len(threads) == 0 {
		t.Fatalf("read the threads of this process: %v", err)
	}
	sum := 0
	for _, path := range threads {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // The thread has ended.
		}
		for line := range bytes.Lines(text) {
			if count, ok := strings.CutPrefix(string(line), "voluntary_ctxt_switches:"); ok {
				n, err := strconv.Atoi(strings.TrimSpace(count))
				if err != nil {
					t.Fatal(err)
				}
				sum += n
			}
		}
	}
	return sum
}

func cpuOf(t *testing.T) time.Duration {
	t.Helper()
	var use sys.Rusage
	if err := sys.Getrusage(sys.RUSAGE_SELF, &use); err != nil {
		t.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
