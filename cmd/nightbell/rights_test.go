//go:build unix

package main

import (
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// nobody is a user that every Unix has and that owns nothing (65534: nobody).
const nobody = 65534

// as makes a command run as another user, from a copy of the program that
// user can reach. It needs root.
func (h *home) as(uid uint32, args ...string) *exec.Cmd {
	h.t.Helper()
	if os.Geteuid() != 0 {
		h.t.Skip("only root can run a command as another user; the project's check script does")
	}
	if err := os.Chmod(h.dir, 0o755); err != nil {
		h.t.Fatal(err)
	}
	program := filepath.Join(h.dir, "program")
	if _, err := os.Stat(program); err != nil {
		copyFile(h.t, os.Args[0], program)
	}
	cmd := h.command(args...)
	cmd.Path, cmd.Args[0] = program, program
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	return cmd
}

// copyFile copies a program by another one: what this process has open for
// writing a child that is begun at that instant would have open too, and nobody
// may execute it ("text file busy").
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	if out, err := exec.Command("cp", from, to).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func TestAnotherUsersFoldersAreLeftAlone(t *testing.T) {
	h := newHome(t, justBefore, onTerminal)
	if err := os.Chmod(filepath.Join(h.dir, "config.yaml"), 0o644); err != nil {
		t.Fatal(err)
	}
	h.must("log", "--data", h.dir+"/data", "--at", nightBefore)

	cmd := h.as(nobody, "log", "--data", h.dir+"/data")
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "nightbell: ") {
		t.Errorf("nobody logs into root's folder: %v\n%s", err, out)
	}
	deep := h.as(nobody, "log", "--data", h.dir+"/data/deep")
	if out, err := deep.CombinedOutput(); err == nil || !strings.Contains(string(out), h.dir+"/data belongs to root; run this as that user") {
		t.Errorf("nobody logs below root's folder: %v\n%s\nwant who may", err, out)
	}
	// The other way round: root creates no file in a folder of nobody's.
	theirs := filepath.Join(h.dir, "theirs")
	if err := os.Mkdir(theirs, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(theirs, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	out, code := h.run("log", "--data", theirs)
	if code != 1 || !strings.Contains(out, "belongs to nobody; run this as that user, with: sudo -u nobody nightbell") {
		t.Errorf("root logs into nobody's folder: exit code %d\n%s", code, out)
	}
	if entries, _ := os.ReadDir(theirs); len(entries) != 0 {
		t.Errorf("root left %v in nobody's folder", entries)
	}
}

func TestASocketThatIsNotOnesOwnIsRefused(t *testing.T) {
	h := newHome(t, justBefore, onTerminal)
	d := h.start("--data", h.dir+"/data").ready()
	if info, err := os.Stat(filepath.Join(h.dir, "data", socketName)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket: %v, %v; want mode 0600", info, err)
	}
	out, err := h.as(nobody, "status", "--data", h.dir+"/data").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "permission denied; "+h.dir+"/data belongs to root; run this as that user, with: sudo -u root nightbell") {
		t.Errorf("nobody asked root's daemon: %v\n%s\nwant who may", err, out)
	}
	d.stop()
}

func TestASecondDaemonIsToldWhoHoldsTheFolder(t *testing.T) {
	h := newHome(t, justBefore, onTerminal)
	d := h.start().ready()
	out, code := h.run("run")
	if code != 1 || !strings.Contains(out, "pid ") || !strings.Contains(out, "running since") {
		t.Errorf("a second daemon: exit code %d\n%s\nwant who holds the folder", code, out)
	}
	d.stop()
}

// Whatever a daemon that hangs is asked, also what may take its time: who asks
// is told so, and nothing is written beside it.
func TestAHangingDaemonIsNoReasonToWriteBesideIt(t *testing.T) {
	h := newHome(t, justBefore, onTerminal)
	h.must("export", "--out", "old.csv")
	d := h.start().ready()
	if err := d.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	asked := [][]string{{"log"}, {"status"}, {"test"}, {"export"}, {"export", "--out", "new.csv"}, {"import", "old.csv"}, {"backup", "new.db"}, {"pair"}}
	t.Run("asked", func(t *testing.T) {
		for _, args := range asked {
			t.Run(strings.Join(args, " "), func(t *testing.T) {
				t.Parallel()
				cmd := h.command(args...)
				tooLong := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
				defer tooLong.Stop()
				begin := time.Now()
				out, _ := cmd.CombinedOutput()
				if code := cmd.ProcessState.ExitCode(); code != exitNot || !strings.Contains(string(out), "did not answer within 2s") || time.Since(begin) > 10*time.Second {
					t.Errorf("beside a stopped daemon, after %s: exit code %d\n%s", time.Since(begin), code, out)
				}
			})
		}
	})
	if left, _ := filepath.Glob(filepath.Join(h.dir, "*new*")); len(left) != 0 {
		t.Errorf("of what could not be written there is %q", left)
	}
	if err := d.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	d.stop()
	if n := len(h.sessions()); n > 1 {
		t.Errorf("%d sessions; want the request to have been carried out at most once", n)
	}
}

// A backup that is broken off leaves nothing that could be taken for one.
func TestABackupThatIsKilledLeavesNoCopy(t *testing.T) {
	h := newHome(t, justBefore, onTerminal)
	socket := filepath.Join(h.dir, "nightbell", socketName) // of a daemon that sends half a copy, and no more
	if err := os.MkdirAll(filepath.Dir(socket), 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	half := make(chan struct{})
	srv := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/backup" {
			_, _ = io.WriteString(w, "{}")
			return
		}
		_, _ = io.WriteString(w, "SQLite format 3")
		_ = http.NewResponseController(w).Flush()
		close(half)
		<-r.Context().Done()
	})}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { srv.Close() })
	cmd := h.command("backup", "new.db")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-half:
	case <-time.After(20 * time.Second):
		t.Error("nobody asked for a copy")
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if _, err := os.Stat(filepath.Join(h.dir, "new.db")); err == nil {
		t.Error("half a copy has the name of the whole")
	}
}

func TestASecondSignalEndsAtOnce(t *testing.T) {
	n := newNight(t)
	n.srv.Fail(hangForEver(), -1)
	d := n.start()
	d.await("the request", func() bool { return len(n.srv.Requests()) > 0 })
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	wait(200)
	select {
	case <-d.done:
		t.Fatal("ended while a request was under way, at the first signal")
	default:
	}
	begin := time.Now()
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	<-d.done
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("the second signal took %s", took)
	}
}

func TestTheConfigurationIsReadAgainOnSIGHUP(t *testing.T) {
	h := newHome(t, justBefore, onTerminal)
	d := h.start().ready()
	before := strings.Count(d.log.String(), "was read again")
	h.write("config.yaml", strings.Replace(onTerminal, "channels", "routine: {target: 9}\nchannels", 1))
	_ = d.cmd.Process.Signal(syscall.SIGHUP)
	d.await("the new target", func() bool { return h.status().Day.Target == 9 })
	if strings.Count(d.log.String(), "was read again") == before {
		t.Errorf("nothing in the log:\n%s", d.log.String())
	}
	d.stop()
}

func TestABrokenConfigurationAtStartRunsOnTheLastGoodOne(t *testing.T) {
	h := newHome(t, "2027-06-10T10:00:00", strings.Replace(onTerminal, "channels", "routine: {target: 9}\nchannels", 1))
	h.start().ready().stop()
	h.write("config.yaml", "timezone: [\n")
	d := h.start().ready()
	if doc := h.status(); doc.Day.Target != 9 || !strings.Contains(strings.Join(doc.NeedsPerson, "\n"), "not in force") {
		t.Errorf("target %d, needs %q; want the last good one and a word about it", doc.Day.Target, doc.NeedsPerson)
	}
	d.await("the line", func() bool {
		return strings.Contains(d.log.String(), "The configuration file has a problem. Reminders")
	})
	d.stop()
	if strings.Count(d.log.String(), "The configuration file has a problem. Reminders") != 1 {
		t.Errorf("the line was not said once:\n%s", d.log.String())
	}
}

// The service is stopped, its alarm is parked, and root takes the service away:
// the alarm goes too, and what is written of it the folder's owner wrote.
func TestRootTakesAParkedAlarmBackForTheFoldersOwner(t *testing.T) {
	t.Parallel()
	q := newQuiet(t, "2027-06-11T01:30:00")
	_ = q.as(nobody) // a copy of the program where that user can reach it; needs root
	data := filepath.Join(q.dir, "theirs")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{data, filepath.Join(q.dir, "config.yaml")} {
		if err := os.Chown(file, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := q.as(nobody, "log", "--at", nightBefore, "--data", data).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	d := q.launch(q.as(nobody, "run", "--data", data))
	d.await("the alarm parked, and written down", func() bool { return q.alarmParked() && strings.Contains(d.log.String(), "kind=parked") })
	d.stop()
	root := q.as(0, "service", "unpark", "--config", filepath.Join(q.dir, "config.yaml"), "--data", data)
	root.SysProcAttr = nil
	out, err := root.CombinedOutput()
	if err != nil || string(out) != nothingParked+"\n" || q.alarmParked() {
		t.Errorf("%v, it says %q, an alarm parked: %v", err, out, q.alarmParked())
	}
	entries, err := os.ReadDir(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		if uid, _ := ownerOf(info); uid != nobody {
			t.Errorf("%s belongs to %d; want all of it to stay its owner's", e.Name(), uid)
		}
	}
}

func TestVariablesOfTheService(t *testing.T) {
	file := filepath.Join(t.TempDir(), "environment")
	writeFile(t, file, "# keys\nA=1\n B=\"two words\"\n;C=3\nD='x=y'\nnone\n")
	if got := strings.Join(variablesIn(file), "|"); got != "A=1|B=two words|D=x=y" {
		t.Errorf("it reads %q", got)
	}
	if got := variablesIn(file + ".none"); got != nil {
		t.Errorf("of no file it reads %q", got)
	}
}
