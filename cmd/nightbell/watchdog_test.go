//go:build linux

package main

import (
	"testing"
	"time"
)

// The daemon tells systemd that it is ready, feeds its watchdog out of the
// loop, and says when it stops. A stopped loop feeds nothing.
func TestTheServiceManagerIsToldOutOfTheLoop(t *testing.T) {
	h := newHome(t, justBefore, onTerminal)
	m := newManager(t, h.dir)
	h.env = []string{"NOTIFY_SOCKET=" + m.socket, "WATCHDOG_USEC=200000"} // 200 ms: fed every 100
	d := h.start()
	d.await("READY", func() bool { return m.heard("READY=1") == 1 })
	begin, fed := time.Now(), m.heard("WATCHDOG=1")
	d.await("five feeds", func() bool { return m.heard("WATCHDOG=1") >= fed+5 })
	if took := time.Since(begin); took < 300*time.Millisecond {
		t.Errorf("five feeds in %s; want one each 100 ms", took)
	}
	d.stop()
	d.await("STOPPING", func() bool { return m.heard("STOPPING=1") == 1 })
}
