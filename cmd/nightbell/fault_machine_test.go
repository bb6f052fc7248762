//go:build unix

package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"nightbell/daemon"
)

// address is where the daemon listens, host:port.
func (r *running) address() string {
	r.h.t.Helper()
	where := regexp.MustCompile(`at http://([^/,]+)`)
	r.await("its address", func() bool { return where.MatchString(r.log.String()) })
	return where.FindStringSubmatch(r.log.String())[1]
}

// get asks the probes of a daemon.
func (r *running) get(path string) (status int, body string) {
	r.h.t.Helper()
	client := http.Client{Timeout: 5 * time.Second}
	resp, err := client.Get("http://" + r.address() + path)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	return resp.StatusCode, string(text)
}

// The machine boots with a clock that shows an instant before the journal's
// newest entry. Nothing is sent by such a clock, until it is right or two
// minutes are over.
func TestAWrongClockAtBoot(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule   string
		mended bool
	}{
		{"never right: two minutes, then by the clock there is, with a warning", false},
		{"right after a while: then at once, without one", true},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			n := newSlumber(t, "2027-06-11T02:58:00", leisurely)
			n.must("log", "--at", nightBefore)
			n.clock.jump(t, -24*time.Hour) // a day back: 10 June, 02:58
			n.must("log", "--at", "2027-06-09T22:30:00-04:00")
			synced := filepath.Join(n.dir, "synced")
			n.env = append(n.env, unsynced+"="+synced)
			begun := n.now()
			d := n.start()
			d.await("readyz to say why", func() bool {
				status, body := d.get("/readyz")
				return status == http.StatusServiceUnavailable && strings.Contains(body, "waiting for the clock: the clock says 2027-06-10 0") &&
					strings.Contains(body, "but the newest entry of the journal was written at 2027-06-11 06:5")
			})
			if status, body := d.get("/healthz"); status != http.StatusOK {
				t.Errorf("healthz while it waits for the clock: %d %s; it is alive", status, body)
			}
			d.needs("the clock is not to be trusted yet", "switch its synchronisation on (timedatectl set-ntp true)")
			if c.mended {
				n.write("synced", "")
				n.clock.jump(t, 24*time.Hour)
				d.await("trust in the clock", func() bool { status, _ := d.get("/readyz"); return status == http.StatusOK })
			}
			n.clock.run(t, hurried)
			d.await("a push", func() bool { return len(n.srv.Messages()) > 0 })
			waited := n.srv.Messages()[0].At.Sub(begun)
			if !c.mended && (waited < 2*time.Minute || waited > 10*time.Minute) { // a start under load takes its time
				t.Errorf("the first push came %s after the start; want it held for two minutes", waited)
			}
			if warned := strings.Contains(d.log.String(), "reminding by a clock that may be wrong"); warned == c.mended {
				t.Errorf("a warning: %v; want one only by a clock that nobody mended:\n%s", warned, d.log.String())
			}
			const doubt = "reminders go by a clock that may be wrong: the clock says 2027-06-10"
			said := func() bool { return strings.Contains(strings.Join(n.status().NeedsPerson, "\n"), doubt) }
			if said() == c.mended {
				t.Errorf("status speaks of a doubt: %v; want it by a clock that nobody mended, and only then", c.mended)
			}
			d.await("readiness", func() bool { status, _ := d.get("/readyz"); return status == http.StatusOK })
			n.write("synced", "")
			n.must("done")
			d.await("no doubt about a clock that is kept right", func() bool { return !said() })
			d.stop()
			if got := len(n.srv.Messages()); got != 1 {
				t.Errorf("%d pushes; want one", got)
			}
		})
	}
}

// The night's first alarm rang, nobody answered, and while the daemon is away
// the clock is set back to the evening before, for good. What was sent stays
// sent; but that night is still to come, and its second alarm rings in it.
func TestAClockSetBackWhileTheDaemonWasAway(t *testing.T) {
	t.Parallel()
	n := newSlumber(t, "2027-06-11T01:49:00", leisurely)
	n.write("config.yaml", withPushover(n.srv.API())+"routine: {overnight: {sessions: 2}}\n")
	n.must("log", "--at", nightBefore)
	d := n.start().ready()
	n.clock.run(t, 600)
	d.await("the alarm given up", func() bool { return strings.Contains(d.log.String(), "kind=lapsed") })
	d.stop()
	n.clock.run(t, leisurely)
	lapsed, rang := n.now(), n.alarms()
	n.clock.jump(t, mustTime(t, "2027-06-10T23:30:00-04:00").Sub(lapsed))
	n.env = append(n.env, unsynced+"=no")
	d = n.start().ready()
	n.clock.run(t, hurried)
	d.await("trust in the clock", func() bool { status, _ := d.get("/readyz"); return status == http.StatusOK })
	n.clock.jump(t, mustTime(t, "2027-06-11T04:15:00-04:00").Sub(n.now())) // nothing is due in between
	n.clock.run(t, 600)
	d.await("the second alarm of that night", func() bool { return n.alarms() > rang })
	at := n.srv.Messages()[len(n.srv.Messages())-1].At
	if at.Before(lapsed) || at.After(mustTime(t, "2027-06-11T07:00:00-04:00")) {
		t.Errorf("it rang at %s; want after %s, when the first was given up, and within the night", at, lapsed)
	}
	n.must("done")
	d.stop()
}

// The process is stopped (a machine that is paused, a debugger, a cgroup that
// is frozen) for longer than any reminder is kept up. It comes back with one
// message.
func TestStoppedForLongerThanGiveUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ rule, wall, session, want string }{
		{"by day: what is due now", "2027-06-10T12:19:00", "2027-06-10T09:40:00-04:00", "Since 17:45. Starting or done?"},
		{"over the night's alarm, into the day: where things stand", "2027-06-11T02:59:00", nightBefore, "Picking up from here. Next around 09:15."},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			n := newSlumber(t, c.wall, leisurely)
			n.must("log", "--at", c.session)
			d := n.start().ready()
			if err := d.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			n.clock.jump(t, 6*time.Hour)
			if err := d.cmd.Process.Signal(syscall.SIGCONT); err != nil {
				t.Fatal(err)
			}
			d.await("the message", func() bool { return len(n.srv.Messages()) > 0 })
			n.clock.run(t, 30)
			back := n.now()
			d.await("a quiet minute", func() bool { return n.now().Sub(back) > time.Minute })
			got := n.srv.Messages()
			if len(got) != 1 || got[0].Priority == 2 || got[0].Text != c.want {
				t.Errorf("%d messages after six hours, the first %q at priority %d; want %q, and no alarm by day", len(got), got[0].Text, got[0].Priority, c.want)
			}
			d.stop()
		})
	}
}

// A second daemon on the folder is refused, and the first rings on.
func TestASecondDaemonLeavesTheFirstAlone(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	d := n.start().ready()
	for range 3 {
		out, code := n.run("run")
		if code != exitNot || !strings.Contains(out, fmt.Sprintf("is in use by pid %d, nightbell", d.cmd.Process.Pid)) ||
			!strings.Contains(out, "stop that one first, or give this one a folder of its own with --data") {
			t.Errorf("a second daemon: exit code %d\n%s", code, out)
		}
	}
	d.await("the alarm", func() bool { return n.alarms() == 1 })
	n.must("done")
	d.await("silence", n.silent)
	n.well()
	d.stop()
}

// A command that has the folder at that moment does not keep a daemon from
// beginning: whoever asks for the status every minute would.
func TestADaemonWaitsForACommandThatHasTheFolder(t *testing.T) {
	t.Parallel()
	n := newNight(t)
	lock, err := daemon.Lock(n.folder(), "nightbell status")
	if err != nil {
		t.Fatal(err)
	}
	d := n.start()
	d.await("that it waits", func() bool {
		return strings.Contains(d.log.String(), "waiting for a command that has the data folder")
	})
	if err := lock.Release(); err != nil {
		t.Fatal(err)
	}
	d.ready().stop()
}

// A configuration that is broken at the start costs no alarm.
func TestABrokenConfigurationStillRings(t *testing.T) {
	t.Parallel()
	n := newSlumber(t, "2027-06-11T02:59:20", leisurely)
	n.must("log", "--at", nightBefore)
	n.start().ready().stop()
	n.write("config.yaml", "timezone: America/New_York\nchannels: [{name: x, type: telegraph}]\n")
	d := n.start().ready()
	d.needs("the configuration file is not in force", "telegraph", "mend it, then: nightbell check")
	n.clock.run(t, hurried)
	d.await("the alarm", func() bool { return n.alarms() == 1 })
	out, code := n.run("check")
	if code != exitWrong || !strings.Contains(out, "telegraph") {
		t.Errorf("check: exit code %d\n%s", code, out)
	}
	n.write("config.yaml", withPushover(n.srv.API()))
	d.await("the file in force again", func() bool { _, code := n.run("status"); return code == exitDone })
	d.stop()
	if got := len(n.srv.Messages()); got != 1 { // the line waits for the morning
		t.Errorf("%d pushes at night; want the alarm alone", got)
	}
}

// limited runs a daemon under limits of the shell's ulimit.
func (h *home) limited(limits string) *running {
	h.t.Helper()
	cmd := h.command("run")
	cmd.Path, cmd.Args = "/bin/sh", []string{"/bin/sh", "-c", limits + `; exec "$0" run`, cmd.Path}
	return h.launch(cmd)
}

// Few descriptors and little memory: reminders go on, and what is tighter than
// the daemon wants it is said, since a process that dies of it says little.
func TestLittleOfEverything(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ rule, limits, env, said string }{
		{"32 descriptors", "ulimit -n 32", "", ""},
		{"a heap of 8 MiB", ":", "GOMEMLIMIT=8MiB", ""},
		// A thread of the test binary, in which C may run, takes what ulimit -s says
		// of it. The released program is without C, and its threads without that.
		{"112 MiB that it may write to, and not a byte more", "ulimit -s 512; ulimit -d 114688", "", "memory: this process may have 112 MiB"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			n := newSlumber(t, "2027-06-11T02:59:20", leisurely)
			if c.env != "" {
				n.env = append(n.env, c.env)
			}
			n.must("log", "--at", nightBefore)
			d := n.limited(c.limits).ready()
			before := d.descriptors()
			end := d.flood(100)
			n.clock.run(t, hurried)
			d.await("the alarm", func() bool { return n.alarms() == 1 })
			end()
			d.await("its own descriptors alone", func() bool { return d.descriptors() <= before+2 }) // 2: a receipt is being read
			if log := d.log.String(); strings.Contains(log, "too many open files") {
				t.Errorf("whoever only connects took every descriptor:\n%s", log)
			}
			n.must("done")
			d.await("silence", n.silent)
			if c.said == "" || runtime.GOOS != "linux" {
				n.well()
			} else if d.needs(c.said, "raise LimitDATA="); !strings.Contains(d.log.String(), c.said) {
				t.Errorf("the log does not say %q:\n%s", c.said, d.log.String())
			}
			d.stop()
			if got := len(n.srv.Messages()); got != 1 {
				t.Errorf("%d pushes; want the alarm", got)
			}
		})
	}
}

// descriptors is how many a process holds; 0 where the system does not say.
func (r *running) descriptors() int {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", r.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	return len(entries)
}

// flood opens connections that say nothing, on TCP and on the socket, and
// opens each again when the daemon closes it, until end is called.
func (r *running) flood(count int) (end func()) {
	r.h.t.Helper()
	quit := make(chan struct{})
	ended := make(chan struct{}, count)
	socket := filepath.Join(r.h.dir, ".local", "state", "nightbell", socketName)
	for i := range count {
		network, addr := "tcp", r.address()
		if i%2 == 0 {
			network, addr = "unix", socket
		}
		go func() {
			defer func() { ended <- struct{}{} }()
			for {
				conn, err := net.DialTimeout(network, addr, time.Second)
				if err == nil {
					_ = conn.SetReadDeadline(time.Now().Add(time.Second))
					_, _ = conn.Read(make([]byte, 1))
				}
				select {
				case <-quit:
					if conn != nil {
						conn.Close()
					}
					return
				default:
				}
				if conn != nil {
					conn.Close()
				}
			}
		}()
	}
	return func() {
		close(quit)
		for range count {
			<-ended
		}
	}
}

// A daemon whose socket was removed still holds its folder: a command says
// so, and writes nothing beside it.
func TestASocketThatIsGoneIsNoReasonToWriteBesideTheDaemon(t *testing.T) {
	h := newHome(t, justBefore, onTerminal)
	d := h.start("--data", h.dir+"/data").ready()
	if err := os.Remove(filepath.Join(h.dir, "data", socketName)); err != nil {
		t.Fatal(err)
	}
	before := modified(t, filepath.Join(h.dir, "data"))
	out, code := h.run("log", "--data", h.dir+"/data")
	if code != exitNot || !strings.Contains(out, fmt.Sprintf("pid %d", d.cmd.Process.Pid)) {
		t.Errorf("log without a socket: exit code %d\n%s\nwant who holds the folder", code, out)
	}
	if after := modified(t, filepath.Join(h.dir, "data")); after != before {
		t.Errorf("files before\n%s\nafter\n%s\nwant them untouched", before, after)
	}
	t.Log(out)
	d.stop()
}

// modified lists a folder's files with their sizes and times.
func modified(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || e.IsDir() || strings.HasSuffix(e.Name(), "-shm") { // the daemon's own backups, and SQLite's shared memory
			continue
		}
		lines = append(lines, fmt.Sprintf("%s %d %s", e.Name(), info.Size(), info.ModTime()))
	}
	return strings.Join(lines, "\n")
}
