package daemon

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"nightbell/notify/ntfytest"
	"nightbell/notify/pushovertest"
)

// skewed is a clock that a benchmark sets forward; its waiter is on a real
// timer.
type skewed struct{ by atomic.Int64 }

func (s *skewed) now() time.Time { return Now().Add(time.Duration(s.by.Load())) }

func (s *skewed) wait(ctx context.Context, until time.Time, wake <-chan struct{}) (Woke, error) {
	var rings <-chan time.Time
	if !until.IsZero() {
		timer := time.NewTimer(until.Sub(s.now()))
		defer timer.Stop()
		rings = timer.C
	}
	select {
	case <-ctx.Done():
		return WokeByEnd, nil
	case <-wake:
		return WokeByChange, nil
	case <-rings:
		return WokeOnTime, nil
	}
}

// BenchmarkDueToWire measures from the instant at which a push is due to the
// arrival of its request at the service: the step, the commit with its fsync,
// and the sending, over 200 pushes. It reports the fsync of a small file in
// the same folder beside it.
//
//	go test -run '^$' -bench DueToWire -benchtime 200x ./daemon
func BenchmarkDueToWire(b *testing.B) {
	clock := &skewed{}
	srv := pushovertest.Start(pushovertest.Options{Now: clock.now, Real: Now})
	defer srv.Close()
	d, end := benchDaemon(b, clock, "channels:\n"+pushoverAt(srv))
	defer end()
	report(b, lateBy(b, d, clock, b.N, wire{srv.Await, func() []time.Time { return pushoverTimes(srv) }}))
}

// BenchmarkDueToWireBesideAHang is the same with three channels that all carry
// every push, the first of which takes its requests and never answers.
//
//	go test -run '^$' -bench DueToWireBesideAHang -benchtime 200x ./daemon
func BenchmarkDueToWireBesideAHang(b *testing.B) {
	clock := &skewed{}
	d, wires, end := besideAHang(b, clock)
	defer end()
	report(b, lateBy(b, d, clock, b.N, wires...))
}

// A service that hangs delays no other channel: a request there would be given
// up after 10 s, and each push on the others comes in at most half of that: it
// takes some 3 ms, and a machine with other work may add a second or two.
func TestAHangDelaysNoOtherChannel(t *testing.T) {
	clock := &skewed{}
	d, wires, end := besideAHang(t, clock)
	defer end()
	for _, late := range lateBy(t, d, clock, 10, wires...) {
		if late > 5*time.Second {
			t.Errorf("a push came %s after its instant, beside a channel that hangs", late)
		}
	}
}

// besideAHang is a daemon with three channels, the first of which hangs, and
// the wires of the other two.
func besideAHang(tb testing.TB, clock *skewed) (*Daemon, []wire, func()) {
	tb.Helper()
	hangs := pushovertest.Start(pushovertest.Options{Now: clock.now, Real: Now})
	hangs.Fail(pushovertest.Hang(), -1)
	ntfy := ntfytest.Start(ntfytest.Options{Now: clock.now, Real: Now, Requests: -1})
	hook := &hookTimes{came: make(chan struct{}, 1)}
	srv := httptest.NewServer(hook)
	d, end := benchDaemon(tb, clock, "delivery: {use: all}\nchannels:\n"+pushoverAt(hangs)+
		"  - {name: ntfy, type: ntfy, server: \""+ntfy.URL()+"\", topic: "+ntfytest.Topic+"}\n"+
		"  - {name: hook, type: webhook, url: \""+srv.URL+"/hook\", secret: aTestSecretOf30Characters00001}\n")
	wires := []wire{{ntfy.Await, func() []time.Time {
		var at []time.Time
		for _, r := range ntfy.Requests() {
			at = append(at, r.At)
		}
		return at
	}}, {hook.await, hook.times}}
	return d, wires, func() {
		hangs.Close() // first: what hangs ends with it
		end()
		ntfy.Close()
		srv.Close()
	}
}

// wire is where a service's requests arrive.
type wire struct {
	await func(ctx context.Context, holds func() bool) error
	times func() []time.Time // by the machine's clock
}

func pushoverAt(srv *pushovertest.Server) string {
	return "  - {name: pushover, type: pushover, token: " + pushovertest.Token + ", user: " + pushovertest.User + ", api: \"" + srv.API() + "\"}\n"
}

func pushoverTimes(srv *pushovertest.Server) []time.Time {
	var at []time.Time
	for _, r := range srv.Requests() {
		at = append(at, r.At)
	}
	return at
}

// hookTimes takes a webhook's posts and notes when they came.
type hookTimes struct {
	mu   sync.Mutex
	at   []time.Time
	came chan struct{}
}

func (h *hookTimes) ServeHTTP(http.ResponseWriter, *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = append(h.at, Now())
	poke(h.came)
}

func (h *hookTimes) times() []time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.at)
}

func (h *hookTimes) await(ctx context.Context, holds func() bool) error {
	for !holds() {
		select {
		case <-h.came:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// lateBy lets the daemon reach one instant after another, until so many
// requests arrived, and returns by how much each came after its instant.
func lateBy(tb testing.TB, d *Daemon, clock *skewed, count int, wires ...wire) []time.Duration {
	tb.Helper()
	// Days pass in seconds here: the daily backup of each would be measured too.
	d.inbox.put(func(now time.Time) { d.chores = now.AddDate(10, 0, 0) })
	var late []time.Duration
	if b, ok := tb.(*testing.B); ok {
		b.ResetTimer()
		defer b.StopTimer()
	}
	for len(late) < count {
		wake := d.view.Load().wake
		if wake.IsZero() { // it waits for the outcome of a push, or for the day's work
			<-time.After(100 * time.Microsecond)
			continue
		}
		before := make([]int, len(wires))
		for i, w := range wires {
			before[i] = len(w.times())
		}
		clock.by.Add(int64(wake.Add(-20 * time.Millisecond).Sub(clock.now())))
		d.inbox.put(func(time.Time) {})
		v := d.view.Load()
		for ; v.turned.Before(wake) && !v.wake.After(wake); v = d.view.Load() { // an outcome that comes now may move the instant
			<-time.After(100 * time.Microsecond)
		}
		if v.turned.Before(wake) {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		for i, w := range wires {
			if w.await(ctx, func() bool { return len(w.times()) > before[i] }) == nil {
				late = append(late, w.times()[before[i]].Add(time.Duration(clock.by.Load())).Sub(wake))
			}
		}
		cancel()
	}
	return late
}

// report reports a lateness with the fsync of the same folder beside it.
func report(b *testing.B, late []time.Duration) {
	b.Helper()
	slices.Sort(late)
	fsync := fsyncs(b)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(late[len(late)/2]), "p50-ms")
	b.ReportMetric(ms(late[len(late)*99/100]), "p99-ms")
	b.ReportMetric(ms(fsync[len(fsync)/2]), "fsync-p50-ms")
	b.ReportMetric(ms(fsync[len(fsync)*99/100]), "fsync-p99-ms")
	b.ReportMetric(0, "ns/op")
}

// benchDaemon is a daemon on a folder of its own. settings are the lines of
// its configuration from the channels on.
func benchDaemon(b testing.TB, clock *skewed, settings string) (*Daemon, func()) {
	b.Helper()
	o := opened(b, "timezone: America/New_York\nrest_after: off\nreminders: {overnight: {level: high}}\n"+settings,
		clock.now, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	started := make(chan struct{})
	o.Wait, o.Doze = clock.wait, clock.wait
	o.Synced, o.Ready = func() (bool, error) { return true, nil }, func(string) { close(started) }
	d, err := New(ctx, o)
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	<-started
	return d, func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
	}
}

// fsyncs measures writing and syncing a small file, sorted.
func fsyncs(b *testing.B) []time.Duration {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "sync"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	var took []time.Duration
	for range 200 {
		begin := time.Now()
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	return took
}
