package daemon

import (
	"runtime"
	"strings"
	"testing"
	"time"
	"unsafe"

	sys "golang.org/x/sys/unix"
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
}
