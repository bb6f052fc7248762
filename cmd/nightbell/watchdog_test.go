//go:build linux

package main

import (
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// The daemon tells systemd that it is ready, feeds its watchdog out of the
// loop, and says when it stops. A stopped loop feeds nothing.
func TestTheServiceManagerIsToldOutOfTheLoop(t *testing.T) {
	h := newHome(t, justBefore, onTerminal)
	socket := filepath.Join(h.dir, "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var mu sync.Mutex
	var told []string
	go func() {
		for b := make([]byte, 4096); ; {
			n, err := conn.Read(b)
			if err != nil {
				return
			}
			mu.Lock()
			told = append(told, strings.Split(strings.TrimSpace(string(b[:n])), "\n")...)
			mu.Unlock()
		}
	}()
	heard := func(line string) int {
		mu.Lock()
		defer mu.Unlock()
		return len(slices.DeleteFunc(slices.Clone(told), func(s string) bool { return s != line }))
	}
	h.env = []string{"NOTIFY_SOCKET=" + socket, "WATCHDOG_USEC=200000"} // 200 ms: fed every 100
	d := h.start()
	d.await("READY", func() bool { return heard("READY=1") == 1 })
	begin, fed := time.Now(), heard("WATCHDOG=1")
	d.await("five feeds", func() bool { return heard("WATCHDOG=1") >= fed+5 })
	if took := time.Since(begin); took < 300*time.Millisecond {
		t.Errorf("five feeds in %s; want one each 100 ms", took)
	}
	d.stop()
	if heard("STOPPING=1") != 1 {
		t.Errorf("told %q; want STOPPING=1 once", told)
	}
}
