//go:build linux

package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"nightbell/notify/ntfytest"
)

// late is a machine whose daemon died while an alarm rang on the phone. It is
// minutes later, so the alarm's repeat is late; port is its page's.
func late(t *testing.T) (q *quiet, port int) {
	t.Helper()
	q = newQuiet(t, justBefore)
	port = freePort(t)
	q.write("config.yaml", strings.Replace(q.read("config.yaml"), "127.0.0.1:0", fmt.Sprintf("127.0.0.1:%d", port), 1))
	d := q.start()
	q.alarm(d)
	d.await("its outcome on disk, and what was parked for it taken back", func() bool {
		return strings.Contains(d.log.String(), "kind=sent") && strings.Contains(d.log.String(), "kind=withdrawn reminder=parked_alarm")
	})
	d.kill()
	q.after(6 * time.Minute) // again: [5m, 15m]
	return q, port
}

// after lets time pass, here and at the server.
func (q *quiet) after(d time.Duration) {
	q.ahead += d
	q.clock.Store(int64(q.ahead))
}

// published is how many messages the server was sent.
func (q *quiet) published() int {
	n := 0
	for _, r := range q.srv.Requests() {
		if r.Method == http.MethodPost && r.Path == "/" {
			n++
		}
	}
	return n
}

// While a server keeps the daemon waiting for what was answered, commands and
// the API work, nothing goes out, and all that ask are told what is waited for.
// What was answered then counts.
func TestCommandsWorkWhileRepliesAreRead(t *testing.T) {
	t.Parallel()
	q, port := late(t)
	if err := q.srv.Tap(t.Context(), q.srv.Shown(ntfytest.Topic)[0], "Starting"); err != nil {
		t.Fatal(err)
	}
	q.after(2 * time.Hour) // a step before the tap is read would let the alarm lapse
	before, release, m := q.published(), make(chan struct{}), newManager(t, q.dir)
	q.env = append(q.env, "NOTIFY_SOCKET="+m.socket)
	q.srv.Fail(ntfytest.HeldBack(release).On("poll=1"), 1)
	d := q.start()
	const waits = "reading what was answered meanwhile on ntfy; no reminder is sent before that, for at most 30s"
	d.await("readyz to say what it waits for", func() bool {
		code, text := probe(port, "readyz")
		return code == http.StatusServiceUnavailable && text == "starting: "+waits
	})
	if code, text := probe(port, "healthz"); code != http.StatusOK {
		t.Errorf("healthz says %d %q", code, text)
	}
	out, code := q.run("status")
	if code != exitDone || !strings.Contains(unfolded(out), waits) {
		t.Errorf("status, exit code %d:\n%s", code, out)
	}
	for _, args := range [][]string{{"plan"}, {"log", "--at", "yesterday 21:00"}, {"undo"}, {"pause", "--for", "30m"}, {"resume"}, {"sessions"}, {"snooze"}} {
		q.must(args...)
	}
	if code, _, _ := ask(t, "POST", fmt.Sprintf("127.0.0.1:%d", port), "/api/v1/pain"); code != http.StatusOK {
		t.Errorf("POST /api/v1/pain is answered %d", code)
	}
	q.must("pain", "clear")
	if code, text := probe(port, "readyz"); code != http.StatusServiceUnavailable {
		t.Errorf("readyz says %d %q once commands were carried out", code, text)
	}
	if n := q.published(); n != before {
		t.Errorf("%d messages went out before the replies were read", n-before)
	}
	if m.heard("READY=1") != 0 || m.heard("STATUS=starting: "+waits) != 1 {
		t.Errorf("systemd was told %q before the first step", m.told)
	}

	close(release)
	d.ready()
	d.await("READY", func() bool { return m.heard("READY=1") == 1 && m.heard("STATUS=running") == 1 })
	d.await("the session of the tap", func() bool { return len(q.sessions()) == 2 && q.sessions()[0].Source == "answer:ntfy" })
	d.await("a clean screen", func() bool { return len(q.srv.Shown(ntfytest.Topic)) == 0 })
	if n := q.srv.Rings(ntfytest.Topic); n != 1 {
		t.Errorf("the phone rang %d times; want once", n)
	}
	if code, text := probe(port, "readyz"); code != http.StatusOK {
		t.Errorf("readyz says %d %q after the first step", code, text)
	}
	if strings.Contains(d.log.String(), "kind=lapsed") {
		t.Errorf("what was answered has lapsed:\n%s", d.log.String())
	}
	if doc := q.status(); doc.Starting != nil {
		t.Errorf("status still says %q", *doc.Starting)
	}
	d.stop()
}

// A server that never answers keeps nobody from answering here: the alarm that
// is late rings no more.
func TestAnAnswerCountsWhileRepliesCannotBeRead(t *testing.T) {
	t.Parallel()
	q, port := late(t)
	before := q.published()
	q.srv.Fail(ntfytest.Hang().On("poll=1"), -1)
	d := q.start()
	d.await("readyz to say what it waits for", func() bool {
		_, text := probe(port, "readyz")
		return strings.Contains(text, "reading what was answered meanwhile on ntfy")
	})
	q.must("done")
	if n := q.published(); n != before {
		t.Errorf("%d messages went out before the replies were given up", n-before)
	}
	d.ready()
	d.await("a clean screen", func() bool { return len(q.srv.Shown(ntfytest.Topic)) == 0 })
	if n := q.srv.Rings(ntfytest.Topic); n != 1 {
		t.Errorf("the phone rang %d times; want once", n)
	}
	d.stop()
}

// A command is no step: what fell due while the machine was off is still known
// for an outage. It lapses without a sound, and the next start is near.
func TestACommandWhileRepliesAreReadHidesNoOutage(t *testing.T) {
	t.Parallel()
	q, port := late(t)
	q.after(6 * time.Hour)
	before, release := q.published(), make(chan struct{})
	q.srv.Fail(ntfytest.HeldBack(release).On("poll=1"), 1)
	d := q.start()
	d.await("readyz to say what it waits for", func() bool {
		_, text := probe(port, "readyz")
		return strings.Contains(text, "reading what was answered meanwhile on ntfy")
	})
	q.must("log", "--at", "yesterday 21:00")
	close(release)
	d.ready()
	d.await("a clean screen", func() bool { return len(q.srv.Shown(ntfytest.Topic)) == 0 })
	if n := q.published(); n != before || !strings.Contains(d.log.String(), "kind=outage reminder=session due=2027-06-11T07:00:00-04:00") {
		t.Errorf("%d messages went out:\n%s", n-before, d.log.String())
	}
	d.stop()
}

// A stop ends the waiting at once.
func TestAStopWhileRepliesAreRead(t *testing.T) {
	t.Parallel()
	q, port := late(t)
	q.srv.Fail(ntfytest.Hang().On("poll=1"), -1)
	d := q.start()
	d.await("readyz to say what it waits for", func() bool {
		_, text := probe(port, "readyz")
		return strings.Contains(text, "reading what was answered meanwhile on ntfy")
	})
	asked := time.Now()
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	<-d.done
	// The request that hangs is given up after 10 s; a busy machine takes some of a stop.
	if took := time.Since(asked); d.err != nil || took > 5*time.Second {
		t.Errorf("it ended after %s with %v:\n%s", took, d.err, d.log.String())
	}
}

// However much was tapped meanwhile, all of it is taken over before anything
// late goes out: a snooze that has passed, tapped ten times, and then Starting.
func TestEveryReplyIsTakenOverBeforeAnythingLate(t *testing.T) {
	t.Parallel()
	q, _ := late(t)
	n := q.srv.Shown(ntfytest.Topic)[0]
	for _, label := range append(slices.Repeat([]string{"Snooze 10"}, 10), "Starting") {
		if err := q.srv.Tap(t.Context(), n, label); err != nil {
			t.Fatal(err)
		}
	}
	q.after(11 * time.Minute)
	d := q.start().ready()
	d.await("a clean screen", func() bool { return len(q.srv.Shown(ntfytest.Topic)) == 0 })
	if rings := q.srv.Rings(ntfytest.Topic); rings != 1 {
		t.Errorf("the phone rang %d times; want once", rings)
	}
	d.stop()
}
