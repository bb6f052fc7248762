package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"time"

	"nightbell/daemon"
	"nightbell/notify"
)

// Variables of the test binary when it is the program. A shipped program knows
// none of them.
const (
	byClock  = "NIGHTBELL_TEST_CLOCK"  // a file with the clock to go by, in the place of asProgram's
	unsynced = "NIGHTBELL_TEST_SYNCED" // "no": nothing keeps the machine's clock right; a file: something does once it is there
	askingAt = "NIGHTBELL_TEST_DNS"    // the name server to ask, in the place of the machine's
)

// clockLook is how often a program looks whether its clock was set.
const clockLook = 10 * time.Millisecond

// setClock is a clock that a test sets, and lets run as fast as it likes,
// while programs run by it. It lives in a file, so that a suspend, a night or
// a clock that is set is one line of a test. Its methods are safe for
// concurrent use.
type setClock struct {
	file string

	mu      sync.Mutex
	text    string // of the file
	real    time.Time
	shown   time.Time // what it showed then
	rate    float64
	changed chan struct{} // closed and renewed when it is set
}

// newSetClock makes a clock for programs that a test starts.
func newSetClock(t *testing.T, dir string, shown time.Time, rate float64) *setClock {
	t.Helper()
	c := &setClock{file: filepath.Join(dir, "clock"), changed: make(chan struct{})}
	c.set(t, shown, rate)
	return c
}

// set makes the clock show an instant and run so many times as fast.
func (c *setClock) set(t *testing.T, shown time.Time, rate float64) {
	t.Helper()
	text := fmt.Sprintf("%d %d %g", daemon.Now().UnixNano(), shown.UnixNano(), rate)
	if err := os.WriteFile(c.file+".next", []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(c.file+".next", c.file); err != nil {
		t.Fatal(err)
	}
	if err := c.read(); err != nil {
		t.Fatal(err)
	}
}

// run changes how fast it runs from now on; jump, what it shows.
func (c *setClock) run(t *testing.T, rate float64) { t.Helper(); c.set(t, c.now(), rate) }

func (c *setClock) jump(t *testing.T, by time.Duration) {
	t.Helper()
	c.set(t, c.now().Add(by), c.speed())
}

func (c *setClock) read() error {
	text, err := os.ReadFile(c.file)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if string(text) == c.text {
		return nil
	}
	var real, shown int64
	if _, err := fmt.Sscan(string(text), &real, &shown, &c.rate); err != nil {
		return err
	}
	c.text, c.real, c.shown = string(text), time.Unix(0, real), time.Unix(0, shown)
	close(c.changed)
	c.changed = make(chan struct{})
	return nil
}

func (c *setClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.shown.Add(time.Duration(float64(daemon.Now().Sub(c.real)) * c.rate)).UTC()
}

func (c *setClock) speed() float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rate
}

// wait is a daemon.Waiter; several may wait at a time.
func (c *setClock) wait(ctx context.Context, until time.Time, wake <-chan struct{}) (daemon.Woke, error) {
	c.mu.Lock()
	changed, rate := c.changed, c.rate
	c.mu.Unlock()
	var rang <-chan time.Time
	if !until.IsZero() {
		left := until.Sub(c.now())
		if left <= 0 {
			return daemon.WokeOnTime, nil
		}
		timer := time.NewTimer(time.Duration(float64(left)/rate) + time.Microsecond)
		defer timer.Stop()
		rang = timer.C
	}
	select {
	case <-ctx.Done():
		return daemon.WokeByEnd, nil
	case <-wake:
		return daemon.WokeByChange, nil
	case <-changed:
		return daemon.WokeByClock, nil
	case <-rang:
		return daemon.WokeOnTime, nil
	}
}

// inside is what of a process its test cannot see from outside.
type inside struct {
	goroutines int
	live       uint64 // bytes that the last garbage collection found in use
}

// lookInside looks at the process that it runs in.
func lookInside() inside {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	return inside{runtime.NumGoroutine(), live[0].Value.Uint64()}
}

func (i inside) String() string { return fmt.Sprintf("%d, %d", i.goroutines, i.live) }

// follow reads the clock again and again, and leaves what is inside the
// process beside the file whenever it was set.
func (c *setClock) follow() {
	for seen := ""; ; wait(int(clockLook.Milliseconds())) {
		if err := c.read(); err != nil {
			continue // the test is over, and took its folder along
		}
		if c.text != seen {
			seen = c.text
			_ = os.WriteFile(c.file+".inside", []byte(fmt.Sprintf("%s of %s", lookInside(), seen)), 0o644)
		}
	}
}

// inside is what the daemon on this clock sees of itself.
func (c *setClock) inside(r *running) (i inside) {
	r.h.t.Helper()
	c.run(r.h.t, c.speed())
	r.await("a look inside", func() bool {
		text, err := os.ReadFile(c.file + ".inside")
		looked, of, ok := strings.Cut(string(text), " of ")
		if err != nil || !ok || of != c.text {
			return false
		}
		_, err = fmt.Sscanf(looked, "%d, %d", &i.goroutines, &i.live)
		return err == nil
	})
	return i
}

// receiptsPace is Pushover's rule, one receipt in 5 s.
const receiptsPace = 5 * time.Second

// requestWithin bounds a request of a program whose clock runs fast: a fifth of
// the real 10 s, and still a hundred times what one on loopback takes.
const requestWithin = 2 * time.Second

// A clock that stands almost still lets a test prepare a night at its leisure;
// hurried is how fast it then runs.
const (
	leisurely = 1
	hurried   = 60
)

// onClock makes p a program by the clock of a file.
func (p *program) onClock(file string) {
	c := &setClock{file: file, changed: make(chan struct{})}
	if err := c.read(); err != nil {
		panic(err)
	}
	go c.follow()
	p.now = c.now
	p.waiter = func(func() time.Time) (daemon.Waiter, func() error, error) {
		return c.wait, func() error { return nil }, nil
	}
	p.doze = c.wait
	rate := c.speed()
	if rate == leisurely {
		rate = hurried // before anything rings
	}
	p.settle = receiptsPace
	p.pace = notify.Pace{Receipts: time.Duration(float64(receiptsPace) / rate), Request: requestWithin}
}

// asTested gives p what the variables of the test binary say.
func (p *program) asTested() {
	if file, ok := os.LookupEnv(byClock); ok {
		p.onClock(file)
	}
	if file, ok := os.LookupEnv(unsynced); ok {
		p.synced = func() (bool, error) {
			_, err := os.Stat(file)
			return err == nil, nil
		}
	}
	if file, ok := os.LookupEnv(hanging); ok {
		p.hangs(file)
	}
	if point, ok := os.LookupEnv(diesAt); ok {
		p.at = dieAt(point)
	}
	if server, ok := os.LookupEnv(askingAt); ok {
		askThere(server)
	}
}

// onSetClock makes a machine whose clock the test sets.
func onSetClock(t *testing.T, wall, configuration string, rate float64) *home {
	t.Helper()
	h := newHome(t, wall, configuration)
	h.clock = newSetClock(t, h.dir, h.now(), rate)
	return h
}

// hanging names a file: once it is there, the loop's waiting ends no more.
const hanging = "NIGHTBELL_TEST_HANGS"

// hangs makes p a program whose loop hangs when the file is there.
func (p *program) hangs(file string) {
	inner := p.waiter
	p.waiter = func(now func() time.Time) (daemon.Waiter, func() error, error) {
		wait, end, err := inner(now)
		return func(ctx context.Context, until time.Time, wake <-chan struct{}) (daemon.Woke, error) {
			woke, err := wait(ctx, until, wake)
			if _, gone := os.Stat(file); gone == nil {
				select {} // neither the clock, nor a change, nor the end
			}
			return woke, err
		}, end, err
	}
}
