package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"nightbell/daemon"
	"nightbell/notify/ntfytest"
	"nightbell/notify/pushovertest"
)

// enemy stands where an ntfy server should: whatever is published is answered
// without end, and in the reply topic there are as many lines as the wire
// carries. Once it has a true button, it sends that one as well, over and over.
type enemy struct {
	forged, replayed atomic.Int64

	mu     sync.Mutex
	button string // a true answer line; empty: none seen
}

var startButton = regexp.MustCompile(`[a-z0-9]{16}/start/[A-Za-z0-9_-]{22}`)

func (e *enemy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasSuffix(r.URL.Path, "/json") {
		body, _ := io.ReadAll(r.Body)
		if line := startButton.FindString(string(body)); line != "" {
			e.mu.Lock()
			e.button = line
			e.mu.Unlock()
		}
		for junk := []byte(strings.Repeat("x", 64<<10)); ; {
			if _, err := w.Write(junk); err != nil {
				return
			}
		}
	}
	if r.URL.Query().Get("poll") != "" {
		return // nothing waits
	}
	for n := int64(1); ; n++ {
		text, count := "abcdefghijklmnop/start/AAAAAAAAAAAAAAAAAAAAAA", &e.forged
		e.mu.Lock()
		if n%1000 == 0 && e.button != "" {
			text, count = e.button, &e.replayed
		}
		e.mu.Unlock()
		// A year in the past: only a service's clock can be so wrong.
		if _, err := fmt.Fprintf(w, `{"id":"m%d","time":1,"event":"message","topic":"%s-r","message":%q}`+"\n", n, ntfytest.Topic, text); err != nil {
			return
		}
		count.Add(1)
	}
}

// memory is a line of /proc/PID/status, in KiB.
func (r *running) memory(line string) int {
	r.h.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", r.cmd.Process.Pid))
	if err != nil {
		r.h.t.Fatal(err)
	}
	for l := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(l, line+":"); ok {
			n, err := strconv.Atoi(strings.Fields(rest)[0])
			if err != nil {
				r.h.t.Fatal(err)
			}
			return n
		}
	}
	r.h.t.Fatalf("no %s in\n%s", line, text)
	return 0
}

// raceDetector tells whether the program was built with it, which takes
// several times the memory.
func raceDetector() bool {
	built, ok := debug.ReadBuildInfo()
	return ok && slices.ContainsFunc(built.Settings, func(s debug.BuildSetting) bool { return s.Key == "-race" && s.Value == "true" })
}

// TestAHostileServerBreaksNothing: beside a server that floods it, the daemon
// rings through the other channel in time, answers, and stays small.
func TestAHostileServerBreaksNothing(t *testing.T) {
	// What is held at most: 64 MiB, three times what the daemon needs at rest.
	const memoryMost = 64 << 10
	e := &enemy{}
	bad := httptest.NewServer(e)
	t.Cleanup(bad.Close)
	h := newHome(t, justBefore, "")
	srv := pushovertest.Start(pushovertest.Options{Now: h.now, Real: daemon.Now, Scale: 0.005})
	t.Cleanup(srv.Close)
	n := &night{home: h, srv: srv}
	h.write("config.yaml", strings.Replace(withPushover(srv.API()), "log: {level: debug}", "delivery: {use: all}", 1)+
		fmt.Sprintf("  - {name: ntfy, type: ntfy, server: %q, topic: %s, replies: true, prearm: true}\n", bad.URL, ntfytest.Topic))
	h.must("log", "--at", nightBefore)
	d := h.start().ready()
	d.await("the alarm on the channel that is well", func() bool { return n.alarms() == 1 })
	due, err := time.Parse(time.RFC3339, "2027-06-11T03:00:00-04:00")
	if err != nil {
		t.Fatal(err)
	}
	if after := srv.Messages()[0].At.Sub(due); after > 5*time.Second { // a loaded machine; alone it takes milliseconds
		t.Errorf("the alarm came %s after its instant", after)
	}
	d.await("thousands of forged replies, and some true ones", func() bool { return e.forged.Load() > 10_000 && e.replayed.Load() > 3 })
	d.await("the session of the true button, once", func() bool { return len(h.sessions()) == 2 })
	d.await("more of both", func() bool { return e.forged.Load() > 20_000 && e.replayed.Load() > 20 })
	begin := daemon.Now()
	sessions := h.sessions()
	if took := daemon.Now().Sub(begin); took > 5*time.Second {
		t.Errorf("an answer took %s", took)
	}
	if len(sessions) != 2 || n.now().Sub(sessions[0].Start.Time) > time.Minute {
		t.Errorf("%d sessions, the newest of %s; want the one of the button, now", len(sessions), sessions[0].Start)
	}
	peak := d.memory("VmHWM")
	t.Logf("%d forged replies and %d repeated ones; at most %d KiB resident", e.forged.Load(), e.replayed.Load(), peak)
	if peak > memoryMost && !raceDetector() {
		t.Errorf("it held %d KiB", peak)
	}
	bad.CloseClientConnections()
	d.stop()
}
