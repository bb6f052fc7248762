package main

import (
	"path/filepath"
	"strings"
	"testing"

	"nightbell/notify/ntfytest"
)

// leaver is the uninstalling command on this machine, and the plan of the
// user's own service there.
func (h *home) leaver() (*call, servicePlan, string) {
	h.t.Helper()
	env := map[string]string{"HOME": h.dir, "XDG_RUNTIME_DIR": h.dir}
	var said strings.Builder
	c := &call{ctx: h.t.Context(), flags: &commands{}, program: &program{now: h.now, out: &said, err: &said,
		getenv: func(name string) (string, bool) { v, ok := env[name]; return v, ok }}}
	return c, servicePlan{User: true}, filepath.Join(h.dir, ".local", "state", serviceName)
}

// alarmParked tells whether the server holds an alarm.
func (q *quiet) alarmParked() bool {
	for _, m := range q.srv.Scheduled(ntfytest.Topic) {
		if m.Priority == 5 {
			return true
		}
	}
	return false
}

func TestLeavingTakesParkedAlarmsBack(t *testing.T) {
	t.Parallel()
	parked := func(t *testing.T) (*quiet, *running) {
		q := newQuiet(t, "2027-06-11T01:30:00")
		d := q.start()
		d.await("the alarm parked, and written down", func() bool { return q.alarmParked() && strings.Contains(d.log.String(), "kind=parked") })
		return q, d
	}
	t.Run("through the daemon, which parks no other one", func(t *testing.T) {
		q, d := parked(t)
		c, p, data := q.leaver()
		left, err := c.takeBack(p, filepath.Join(q.dir, "config.yaml"), data)
		if left != "" || err != nil {
			t.Errorf("left %q, %v", left, err)
		}
		if n := len(q.srv.Scheduled(ntfytest.Topic)); n != 0 {
			t.Errorf("%d messages are still held by the server", n)
		}
		d.stop()
		if n := len(q.srv.Scheduled(ntfytest.Topic)); n != 0 {
			t.Errorf("after the stop %d messages are held by the server", n)
		}
	})
	t.Run("without a daemon", func(t *testing.T) {
		q, d := parked(t)
		d.stop()
		if !q.alarmParked() {
			t.Fatal("a stop alone took the alarm back; it is to outlive the daemon")
		}
		c, p, data := q.leaver()
		left, err := c.takeBack(p, filepath.Join(q.dir, "config.yaml"), data)
		if left != "" || err != nil || q.alarmParked() {
			t.Errorf("left %q, %v, an alarm parked: %v", left, err, q.alarmParked())
		}
		d = q.start() // installed again
		d.await("the alarm parked anew", q.alarmParked)
		d.stop()
	})
	t.Run("from a server that is gone", func(t *testing.T) {
		q, d := parked(t)
		d.stop()
		c, p, data := q.leaver()
		q.srv.Close()
		left, err := c.takeBack(p, filepath.Join(q.dir, "config.yaml"), data)
		if err != nil || !strings.HasPrefix(left, "Still parked: on ntfy, comes Fri 03:03 (channel ntfy: unparking: ") {
			t.Errorf("left %q, %v", left, err)
		}
		// The system's service, stopped: nobody but it may write its journal.
		p.User = false
		left, err = c.takeBack(p, filepath.Join(q.dir, "config.yaml"), data)
		if err != nil || !strings.HasPrefix(left, "Still parked: on ntfy, comes Fri 03:03 (channel ntfy: unparking: ") {
			t.Errorf("stopped, left %q, %v", left, err)
		}
		q.write("config.yaml", "channels: [")
		left, err = c.takeBack(p, filepath.Join(q.dir, "config.yaml"), data)
		if err != nil || !strings.HasPrefix(left, "Still parked: on ntfy, comes ") || !strings.Contains(left, " The service does not run, and without it: ") {
			t.Errorf("stopped, with a broken configuration, left %q, %v", left, err)
		}
	})
	t.Run("of a service that never ran", func(t *testing.T) {
		c, _, _ := newHome(t, justBefore, "").leaver()
		if left, err := c.stillParked(t.TempDir()); left != "" || err != nil {
			t.Errorf("left %q, %v", left, err)
		}
	})
}

// Whoever takes a service away has what is parked taken back: TestUninstall and
// its like hold when, and this that the commands bring who does.
func TestEveryServiceCommandCanTakeBackWhatIsParked(t *testing.T) {
	c, _, _ := newHome(t, justBefore, "").leaver()
	for _, user := range []bool{false, true} {
		if p, err := c.servicePlan(user); err != nil || p.TakeBack == nil || p.User != user {
			t.Errorf("for a user %v: %+v, %v; want a plan that takes back", user, p, err)
		}
	}
}
