package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	_ "time/tzdata"

	"nightbell/daemon"
	"nightbell/notify"
)

// The test binary is the program as well: started with this variable set it
// is nightbell, with a clock that runs ahead of the machine's by so much and
// with receipts read every few milliseconds. Everything else is real.
const asProgram = "NIGHTBELL_TEST_AHEAD"

// testPace is how fast the stand-in's receipts may be read: a hundredth of
// the service's 5 s.
const testPace = 50 * time.Millisecond

func TestMain(m *testing.M) {
	if ahead, ok := os.LookupEnv(asProgram); ok {
		d, err := time.ParseDuration(ahead)
		if err != nil {
			panic(err)
		}
		p := program{
			args: os.Args[1:], in: os.Stdin, out: os.Stdout, err: os.Stderr, getenv: os.LookupEnv,
			now:  func() time.Time { return daemon.Now().Add(d) },
			pace: notify.Pace{Receipts: testPace}, settle: testPace, synced: daemon.Synchronised,
			waiter: func(func() time.Time) (daemon.Waiter, func() error, error) {
				inner, end, err := daemon.NewWaiter(daemon.Now)
				return func(ctx context.Context, until time.Time, wake <-chan struct{}) (daemon.Woke, error) {
					if !until.IsZero() {
						until = until.Add(-d)
					}
					return inner(ctx, until, wake)
				}, end, err
			},
		}
		p.asTested()
		os.Exit(p.run(context.Background()))
	}
	// These tests wait for programs and use the machine little: many fit on it.
	flag.Parse()
	if at := flag.Lookup("test.parallel"); at.Value.String() == at.DefValue {
		if err := at.Value.Set("10"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

// home is one person's machine: folders of its own, a configuration, and a
// clock that shows what the test says.
type home struct {
	t     *testing.T
	dir   string
	ahead time.Duration
	clock *setClock // in the place of ahead; nil: that
	env   []string
}

// newHome makes a machine on which it is now the given wall-clock time of New
// York, with a configuration.
func newHome(t *testing.T, wall, configuration string) *home {
	t.Helper()
	// A short path: a socket's name holds about a hundred bytes.
	dir, err := os.MkdirTemp("", "nb")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02T15:04:05", wall, zone)
	if err != nil {
		t.Fatal(err)
	}
	h := &home{t: t, dir: dir, ahead: at.Sub(daemon.Now())}
	h.write("config.yaml", configuration)
	return h
}

func (h *home) write(name, text string) {
	h.t.Helper()
	writeFile(h.t, filepath.Join(h.dir, name), text)
}

func writeFile(tb testing.TB, file, text string) {
	tb.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
}

// now is what this machine's clock shows.
func (h *home) now() time.Time {
	if h.clock != nil {
		return h.clock.now()
	}
	return daemon.Now().Add(h.ahead)
}

// folder is where the machine's daemon keeps its data.
func (h *home) folder() string { return filepath.Join(h.dir, ".local", "state", "nightbell") }

// command is nightbell on this machine.
func (h *home) command(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir = h.dir
	cmd.Env = append([]string{
		asProgram + "=" + h.ahead.String(), "HOME=" + h.dir, "XDG_RUNTIME_DIR=" + h.dir, "NO_COLOR=1",
		"NIGHTBELL_CONFIG=" + filepath.Join(h.dir, "config.yaml"), "PATH=" + os.Getenv("PATH"), "TZ=UTC",
	}, h.env...)
	if h.clock != nil {
		cmd.Env = append(cmd.Env, byClock+"="+h.clock.file)
	}
	return cmd
}

// run runs a command to its end; what it prints on both is out.
func (h *home) run(args ...string) (out string, code int) {
	h.t.Helper()
	got, err := h.command(args...).CombinedOutput()
	if exit, ok := err.(*exec.ExitError); ok {
		return string(got), exit.ExitCode()
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return string(got), 0
}

// unfolded is what is printed, as it reads without the ends of its lines.
func unfolded(out string) string { return strings.Join(strings.Fields(out), " ") }

// must runs a command that is to succeed.
func (h *home) must(args ...string) string {
	h.t.Helper()
	out, code := h.run(args...)
	if code != 0 {
		h.t.Fatalf("nightbell %s: exit code %d\n%s", strings.Join(args, " "), code, out)
	}
	return out
}

// running is a daemon.
type running struct {
	h    *home
	cmd  *exec.Cmd
	log  *syncBuffer
	done chan struct{}
	err  error
}

// syncBuffer collects what a process prints, while it does.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// start starts the daemon; it is killed when the test ends, if not before.
func (h *home) start(more ...string) *running {
	h.t.Helper()
	return h.launch(h.command(append([]string{"run"}, more...)...))
}

// launch starts the daemon that cmd is.
func (h *home) launch(cmd *exec.Cmd) *running {
	h.t.Helper()
	r := &running{h: h, cmd: cmd, log: &syncBuffer{}, done: make(chan struct{})}
	r.cmd.Stdout, r.cmd.Stderr = io.Writer(r.log), io.Writer(r.log)
	if err := r.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	go func() {
		r.err = r.cmd.Wait()
		close(r.done)
	}()
	h.t.Cleanup(r.kill)
	return r
}

// ready waits until the daemon made its first step.
func (r *running) ready() *running {
	r.h.t.Helper()
	r.await("its first step", func() bool {
		return strings.Contains(r.log.String(), "next ") || strings.Contains(r.log.String(), "due since") || strings.Contains(r.log.String(), "resting")
	})
	return r
}

// await waits for a condition, at most 20 s: far more than anything here takes.
func (r *running) await(what string, holds func() bool) {
	r.h.t.Helper()
	deadline := time.After(time.Minute) // far more than anything takes, also on two cores that do much else
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for !holds() {
		select {
		case <-look.C:
		case <-deadline:
			r.h.t.Fatalf("waited in vain for %s; the daemon said:\n%s\nand now\n%s", what, r.log.String(), r.said())
		}
	}
}

// said is what status says of it now.
func (r *running) said() string {
	out, _ := r.h.run("status")
	return out
}

// kill is kill -9.
func (r *running) kill() {
	_ = r.cmd.Process.Kill()
	<-r.done
}

// stop is SIGTERM; the daemon must end by itself with exit code 0.
func (r *running) stop() {
	r.h.t.Helper()
	_ = r.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-r.done:
	case <-time.After(15 * time.Second):
		r.h.t.Fatalf("SIGTERM did not end the daemon:\n%s", r.log.String())
	}
	if r.err != nil {
		r.h.t.Errorf("SIGTERM: %v\n%s", r.err, r.log.String())
	}
}

// onTerminal is a configuration that reaches no phone.
const onTerminal = "timezone: America/New_York\nlisten: 127.0.0.1:0\nchannels: [{name: here, type: console}]\n"

// withPushover is a configuration with the stand-in as its only phone.
func withPushover(api string) string {
	return fmt.Sprintf(`timezone: America/New_York
listen: 127.0.0.1:0
log: {level: debug}
channels:
  - {name: pushover, type: pushover, token: aTestTokenOf30Characters000001, user: uTestUserKeyOf30Characters0001, api: %q}
`, api)
}
