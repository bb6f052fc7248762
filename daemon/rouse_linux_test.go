package daemon

import (
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"

	sys "golang.org/x/sys/unix"

	"nightbell/daemon/web"
)

// wakes is the bit of CAP_WAKE_ALARM in the second word (capabilities(7)).
const wakes = 1 << (sys.CAP_WAKE_ALARM - 32)

// capabilities are those of the calling thread.
func capabilities(t *testing.T) (*sys.CapUserHeader, *[2]sys.CapUserData) {
	t.Helper()
	head, data := &sys.CapUserHeader{Version: sys.LINUX_CAPABILITY_VERSION_3}, &[2]sys.CapUserData{}
	if err := sys.Capget(head, &data[0]); err != nil {
		t.Fatal(err)
	}
	return head, data
}

func TestWakingAMachineNeedsTheCapability(t *testing.T) {
	_, mine := capabilities(t)
	rouse, end, err := NewRouser()
	if can := mine[1].Effective&wakes != 0; can != (err == nil) {
		t.Fatalf("the capability is here: %v; the timer gave %v", can, err)
	}
	if err == nil {
		for what, at := range map[string]time.Time{"an instant": Now().Add(time.Hour), "one that has passed": Now().Add(-time.Hour), "none": {}} {
			if err := rouse(at); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := end(); err != nil {
			t.Error(err)
		}
		if rouse(Now()) == nil {
			t.Error("a timer that was given back can be set")
		}
	}
	// A thread that gives the capability up, and never comes back to the others.
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		head, data := capabilities(t)
		data[1].Effective &^= wakes
		if _, _, e := sys.RawSyscall(sys.SYS_CAPSET, uintptr(unsafe.Pointer(head)), uintptr(unsafe.Pointer(&data[0])), 0); e != 0 {
			result <- e
			return
		}
		_, _, err := NewRouser()
		result <- err
	}()
	if err := <-result; err == nil || !strings.Contains(err.Error(), "lacks CAP_WAKE_ALARM") || !strings.Contains(err.Error(), "nightbell service install") {
		t.Errorf("without the capability: %v; want what is missing and the way out", err)
	}
}

// The alarm clock is set for what reminds, and for nothing else: neither the
// watchdog nor the heartbeat wakes anybody's machine.
func TestTheMachineIsWokenForReminders(t *testing.T) {
	w := newWatched(t)
	w.called(1)
	w.settled()
	var next, woken time.Time
	done := make(chan struct{})
	w.d.inbox.put(func(now time.Time) {
		w.d.heart.next = now.Add(time.Second) // sooner than anything that reminds
		w.d.o.Rouse = func(at time.Time) error { woken = at; return nil }
		close(done)
	})
	<-done
	w.settled()
	done = make(chan struct{})
	w.d.inbox.put(func(now time.Time) {
		next = Step(w.d.state, now).Wake
		close(done)
	})
	<-done
	if woken.IsZero() || !woken.Equal(next) {
		t.Errorf("the machine is to wake at %s; want the policy's next instant %s, not the heartbeat's", woken, next)
	}
	// Further ahead than a hardware clock takes, it wakes in between, and the
	// loop with it: nothing else would set the clock again.
	if _, err := w.d.Do(t.Context(), web.Request{What: web.Pause, For: 30 * time.Hour}); err != nil {
		t.Fatal(err)
	}
	w.settled()
	done = make(chan struct{})
	var ahead time.Duration
	var set, looks time.Time
	w.d.inbox.put(func(now time.Time) {
		set, looks = woken, w.d.wake
		ahead = set.Sub(now).Round(time.Minute)
		close(done)
	})
	<-done
	if ahead != rouseMost || looks.After(set) {
		t.Errorf("in a pause of 30 h the machine wakes after %s, at %s, and the loop looks at %s; want it no later, and both after %s", ahead, set, looks, rouseMost)
	}
}

func TestHowFarAheadAMachineIsWoken(t *testing.T) {
	now := time.Date(2026, 6, 10, 10, 0, 0, 0, time.UTC)
	none := func(time.Time) error { return nil }
	for _, c := range []struct {
		rule       string
		rouse      func(time.Time) error
		wake, want time.Time
	}{
		{"soon", none, now.Add(time.Hour), now.Add(time.Hour)},
		{"at the limit", none, now.Add(rouseMost), now.Add(rouseMost)},
		{"beyond it", none, now.Add(60 * time.Hour), now.Add(rouseMost)},
		{"never", none, time.Time{}, time.Time{}},
		{"a machine that nobody wakes", nil, now.Add(60 * time.Hour), now.Add(60 * time.Hour)},
	} {
		if got := (&Daemon{o: Options{Rouse: c.rouse}}).within(c.wake, now); !got.Equal(c.want) {
			t.Errorf("%s: %s, want %s", c.rule, got, c.want)
		}
	}
}
