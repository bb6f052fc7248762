package daemon

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/notify"
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
	d, end := benchDaemon(b, clock, srv)
	defer end()
	// Days pass in seconds here: the daily backup of each would be measured too.
	d.inbox.put(func(now time.Time) { d.chores = now.AddDate(10, 0, 0) })
	var late []time.Duration
	b.ResetTimer()
	for len(late) < b.N {
		wake := d.view.Load().wake
		before := len(srv.Requests())
		clock.by.Add(int64(wake.Add(-20 * time.Millisecond).Sub(clock.now())))
		d.inbox.put(func(time.Time) {})
		for d.view.Load().turned.Before(wake) {
			<-time.After(100 * time.Microsecond)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		if srv.Await(ctx, func() bool { return len(srv.Requests()) > before }) == nil {
			at := srv.Requests()[before].At
			late = append(late, at.Add(time.Duration(clock.by.Load())).Sub(wake))
		}
		cancel()
	}
	b.StopTimer()
	slices.Sort(late)
	fsync := fsyncs(b)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	b.ReportMetric(ms(late[len(late)/2]), "p50-ms")
	b.ReportMetric(ms(late[len(late)*99/100]), "p99-ms")
	b.ReportMetric(ms(fsync[len(fsync)/2]), "fsync-p50-ms")
	b.ReportMetric(ms(fsync[len(fsync)*99/100]), "fsync-p99-ms")
	b.ReportMetric(0, "ns/op")
}

func benchDaemon(b *testing.B, clock *skewed, srv *pushovertest.Server) (*Daemon, func()) {
	b.Helper()
	dir := b.TempDir()
	text := "timezone: America/New_York\nrest_after: off\nreminders: {overnight: {level: high}}\nchannels:\n  - {name: pushover, type: pushover, token: " +
		pushovertest.Token + ", user: " + pushovertest.User + ", api: \"" + srv.API() + "\"}\n"
	cfg, err := config.Parse("bench.yaml", []byte(text), 0o600, func(string) (string, bool) { return "", false })
	if err != nil {
		b.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	opened, err := cfg.Open(notify.Tools{Log: log, Out: io.Discard, Now: clock.now})
	if err != nil {
		b.Fatal(err)
	}
	j, err := journal.OpenFolder(context.Background(), dir, journal.Options{Now: clock.now, Log: log})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	started := make(chan struct{})
	d, err := New(ctx, Options{
		Journal: j, Dir: dir, Config: cfg, Opened: opened, Now: clock.now, Wait: clock.wait, Doze: clock.wait, Log: log,
		Synced: func() (bool, error) { return true, nil }, Ready: func(string) { close(started) },
	})
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
		j.Close()
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
