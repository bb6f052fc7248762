package main

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Prometheus' own tool has nothing to say against the metrics of the program.
func TestPrometheusReadsTheMetrics(t *testing.T) {
	promtool := installed(t, "promtool")
	h := newHome(t, "2027-06-10T10:00:00", "timezone: America/New_York\nlisten: 127.0.0.1:0\nchannels: [{name: here, type: console}]\n")
	d := h.start().ready()
	at := d.pageAddress()
	h.must("log", "--at", "3h ago")
	out := h.must("token", "create", "prometheus")
	token := "Authorization: Bearer " + strings.Fields(out)[0]
	if status, body, _ := ask(t, "GET", at, "/metrics"); status != http.StatusUnauthorized {
		t.Errorf("without a token: %d %.200s", status, body)
	}
	var text string
	d.await("a push", func() bool {
		_, text, _ = ask(t, "GET", at, "/metrics", token)
		return strings.Contains(text, `nightbell_pushes_total{kind="session",channel="here",outcome="sent"} 1`)
	})
	if !strings.Contains(text, "nightbell_push_lateness_seconds_count 1\n") || !strings.Contains(text, `nightbell_reminders_due_total{kind="session"} 1`) {
		t.Errorf("what was due and sent is not counted:\n%s", text)
	}
	check := exec.Command(promtool, "check", "metrics")
	check.Stdin = strings.NewReader(text)
	if said, err := check.CombinedOutput(); err != nil || len(said) > 0 {
		t.Errorf("promtool: %v\n%s\nof\n%s", err, said, text)
	}
}

// Who takes his time over a request does not keep the daemon's.
func TestSlowRequestsAreGivenUp(t *testing.T) {
	t.Parallel()
	h := newHome(t, "2027-06-10T10:00:00", "timezone: America/New_York\nlisten: 127.0.0.1:0\nchannels: [{name: here, type: console}]\n")
	d := h.start().ready()
	conn, err := net.Dial("tcp", d.pageAddress())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
	dripping := time.NewTicker(200 * time.Millisecond)
	defer dripping.Stop()
	ended := make(chan string, 1)
	go func() {
		line, _ := bufio.NewReader(conn).ReadString('\n') // an answer, or the end
		ended <- line
	}()
	begun := time.Now()
	for {
		select {
		case line := <-ended:
			if took := time.Since(begun); took > 2*headerWithin || strings.Contains(line, "200") {
				t.Errorf("answered %q after %s; want the end within %s", line, took, headerWithin)
			}
			return
		case <-dripping.C:
			_, _ = fmt.Fprint(conn, "x") // the other end may be closed by now
		case <-time.After(4 * headerWithin):
			t.Fatal("a request that drips in is read on and on")
		}
	}
}
