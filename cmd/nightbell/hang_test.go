//go:build linux

package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"nightbell/notify/pushovertest"
)

// manager is a service manager on a socket of its own: it hears what a daemon
// tells systemd.
type manager struct {
	socket string
	mu     sync.Mutex
	told   []string
	last   time.Time // when the watchdog was last fed, on the machine's clock
}

func newManager(t *testing.T, dir string) *manager {
	t.Helper()
	m := &manager{socket: filepath.Join(dir, "notify")}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: m.socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	t.Cleanup(func() { conn.Close(); reading.Wait() })
	reading.Go(func() {
		for b := make([]byte, 4096); ; {
			n, err := conn.Read(b)
			if err != nil {
				return
			}
			lines := strings.Split(strings.TrimSpace(string(b[:n])), "\n")
			m.mu.Lock()
			m.told = append(m.told, lines...)
			if slices.Contains(lines, "WATCHDOG=1") {
				m.last = time.Now()
			}
			m.mu.Unlock()
		}
	})
	return m
}

// heard is how often a line was told.
func (m *manager) heard(line string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(slices.DeleteFunc(slices.Clone(m.told), func(s string) bool { return s != line }))
}

// starved is for how long the watchdog has not been fed.
func (m *manager) starved() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return time.Since(m.last)
}

// A loop that hangs feeds the watchdog no more, sends no heartbeat and is not
// ready; the process lives on until somebody ends it. The unit says
// WatchdogSec=60, so the service manager ends it at most 60 s after the last
// feed; here it says one second, and 60 of them are within the 90 s promised.
func TestALoopThatHangsIsNoticed(t *testing.T) {
	port := freePort(t)
	var calls atomic.Int32
	outside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { calls.Add(1) }))
	defer outside.Close()
	phone := pushovertest.Start(pushovertest.Options{Now: time.Now, Real: time.Now})
	defer phone.Close()
	text := strings.Replace(withPushover(phone.API()), "127.0.0.1:0", fmt.Sprintf("127.0.0.1:%d", port), 1) +
		fmt.Sprintf("heartbeat: {url: %q, every: 1m}\n", outside.URL+"/ping/5f1c9a6e")
	h := onSetClock(t, justBefore, text, 1)
	m := newManager(t, h.dir)
	hang := filepath.Join(h.dir, "hang")
	const within = time.Second
	h.env = append(h.env, "NOTIFY_SOCKET="+m.socket, fmt.Sprintf("WATCHDOG_USEC=%d", within.Microseconds()), hanging+"="+hang)
	d := h.start()
	d.await("the first heartbeat", func() bool { return calls.Load() == 1 && m.heard("WATCHDOG=1") > 1 })
	h.clock.jump(t, time.Minute)
	d.await("the second", func() bool { return calls.Load() == 2 })
	if code, text := probe(port, "readyz"); code != http.StatusOK {
		t.Fatalf("readyz says %d %q before the loop hangs", code, text)
	}

	h.write("hang", "")
	d.await("a watchdog that is not fed for longer than it allows", func() bool { return m.starved() > within+within/2 })
	h.clock.jump(t, 5*time.Minute)
	d.await("readyz", func() bool { code, _ := probe(port, "readyz"); return code == http.StatusServiceUnavailable })
	if code, text := probe(port, "healthz"); code != http.StatusServiceUnavailable || !strings.Contains(text, "the loop was to look again at") {
		t.Errorf("healthz says %d %q", code, text)
	}
	out, code := h.run("status")
	out = unfolded(out)
	if code != exitNot || !strings.Contains(out, "the loop was to look again at") || !strings.Contains(out, "heartbeat not heard; last ") {
		t.Errorf("status, exit code %d:\n%s", code, out)
	}
	if n := calls.Load(); n != 2 || strings.Contains(out+d.log.String(), "5f1c9a6e") {
		t.Errorf("%d heartbeats, want 2, and their address nowhere:\n%s", n, d.log.String())
	}
}

// A network that is gone stops the heartbeat and not the process; status says
// since when, without the address.
func TestANetworkThatIsGoneStopsTheHeartbeatAlone(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	phone := pushovertest.Start(pushovertest.Options{Now: time.Now, Real: time.Now})
	defer phone.Close()
	h := onSetClock(t, justBefore, withPushover(phone.API())+fmt.Sprintf("heartbeat: {url: %q, every: 5m}\n", gone.URL+"/ping/5f1c9a6e"), 1)
	d := h.start().ready()
	status := ""
	says := func(text string) func() bool {
		return func() bool { status, _ = h.run("status"); return strings.Contains(unfolded(status), text) }
	}
	d.await("status to say so", says("heartbeat not heard; calling the watcher: "))
	if strings.Contains(status, "no heartbeat has got through") {
		t.Errorf("called for a person at once:\n%s", status)
	}
	h.clock.jump(t, 6*time.Minute)
	d.await("status to call for a person", says("no heartbeat has got through since "))
	h.must("log")
	if strings.Contains(status+d.log.String(), "5f1c9a6e") {
		t.Errorf("the address is told:\n%s\n%s", status, d.log.String())
	}
	d.stop()
}
