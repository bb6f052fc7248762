package daemon

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/notify"
	"nightbell/notify/pushovertest"
)

const watcherKey = "5f1c9a6e-3d2b"

// watchedWithin is how long the watcher of these tests may take to answer:
// long beside what loopback needs on a machine with other work.
const watchedWithin = 2 * time.Second

// outside is a watcher on loopback that counts the calls it gets.
type outside struct {
	*httptest.Server
	calls  atomic.Int32
	answer atomic.Pointer[http.HandlerFunc] // nil: 200
}

func newOutside(t *testing.T) *outside {
	o := &outside{}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		o.calls.Add(1)
		if h := o.answer.Load(); h != nil {
			(*h)(w, r)
		}
	}))
	t.Cleanup(o.Close)
	return o
}

func (o *outside) answers(h http.HandlerFunc) { o.answer.Store(&h) }

// watched is a daemon with a phone, a watcher outside and a clock that the
// test sets forward.
type watched struct {
	t     *testing.T
	d     *Daemon
	clock *skewed
	out   *outside
	log   *lockedText
	ctx   context.Context
	hang  atomic.Bool // the loop's waiting never ends
	hangs atomic.Bool // it does so now
	held  chan struct{}
	wrong atomic.Pointer[error] // what reading the configuration again says
}

type lockedText struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func newWatched(t *testing.T) *watched {
	t.Helper()
	w := &watched{t: t, clock: &skewed{}, out: newOutside(t), log: &lockedText{}, held: make(chan struct{})}
	srv := pushovertest.Start(pushovertest.Options{Now: w.clock.now, Real: Now})
	t.Cleanup(srv.Close)
	text := "timezone: America/New_York\nrest_after: off\nheartbeat: {url: \"" + w.out.URL + "/ping/" + watcherKey + "\", every: 5m}\nchannels:\n" +
		"  - {name: pushover, type: pushover, token: " + pushovertest.Token + ", user: " + pushovertest.User + ", api: \"" + srv.API() + "\"}\n"
	o := opened(t, text, w.clock.now, slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	ctx, cancel := context.WithCancel(context.Background())
	w.ctx = ctx
	started := make(chan struct{})
	o.Wait, o.Doze, o.Pace = w.wait, w.clock.wait, notify.Pace{Request: watchedWithin}
	o.Synced, o.Ready = func() (bool, error) { return true, nil }, func(string) { close(started) }
	o.Reload = func() (*config.Config, []config.Opened, error) {
		if wrong := w.wrong.Load(); wrong != nil {
			return nil, nil, *wrong
		}
		return o.Config, o.Opened, nil
	}
	var err error
	w.d, err = New(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- w.d.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		close(w.held)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	<-started
	return w
}

// wait is the loop's waiter, which hangs when the test says so: it then hears
// neither the clock nor a change.
func (w *watched) wait(ctx context.Context, until time.Time, wake <-chan struct{}) (Woke, error) {
	woke, err := w.clock.wait(ctx, until, wake)
	if w.hang.Load() {
		w.hangs.Store(true)
		<-w.held
	}
	return woke, err
}

// idle waits until nothing is under way.
func (w *watched) idle() {
	w.t.Helper()
	w.await("everything under way", func() bool {
		done := make(chan bool, 1)
		w.d.inbox.put(func(time.Time) {
			done <- !w.d.heart.calling && !slices.ContainsFunc(w.d.state.Deliveries, func(d journal.Delivery) bool { return d.State == journal.Pending })
		})
		return <-done
	})
}

// pass lets so much time pass for the daemon, once nothing is under way.
func (w *watched) pass(by time.Duration) {
	w.t.Helper()
	w.idle()
	w.clock.by.Add(int64(by))
	w.d.inbox.put(func(time.Time) {})
}

// await waits for what a few requests on loopback bring about.
func (w *watched) await(what string, holds func() bool) {
	w.t.Helper()
	deadline := time.After(10 * time.Second)
	for !holds() {
		select {
		case <-deadline:
			w.t.Fatalf("waited in vain for %s; the log:\n%s", what, w.log.String())
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// called waits for the n-th call, and until the daemon knows what came of it.
func (w *watched) called(n int32) {
	w.t.Helper()
	w.await("a call", func() bool { return w.out.calls.Load() == n })
	w.idle()
}

// settled waits until the loop has made a step after everything so far.
func (w *watched) settled() {
	w.t.Helper()
	for range 2 { // the second is taken after the step of the first
		done := make(chan struct{})
		w.d.inbox.put(func(time.Time) { close(done) })
		<-done
	}
}

// beats is the status's heartbeat, and what of it needs a person.
func (w *watched) beats() (ok bool, problems, needs string) {
	w.t.Helper()
	doc, err := w.d.Status(w.ctx)
	if err != nil || doc.Heartbeat == nil {
		w.t.Fatalf("status: %+v, %v", doc, err)
	}
	for _, need := range doc.NeedsPerson {
		if strings.Contains(need, "heartbeat") {
			needs += need + "\n"
		}
	}
	return doc.Heartbeat.OK, strings.Join(doc.Heartbeat.Problems, "\n"), needs
}

func TestAHeartbeatEachFiveMinutesWhileAllIsWell(t *testing.T) {
	w := newWatched(t)
	w.called(1) // at once
	w.pass(4 * time.Minute)
	w.settled()
	if n := w.out.calls.Load(); n != 1 {
		t.Errorf("%d calls after four minutes, want 1", n)
	}
	for n := range int32(3) {
		w.pass(5 * time.Minute)
		w.called(2 + n)
	}
	w.settled()
	if ok, problems, needs := w.beats(); !ok || problems != "" || needs != "" {
		t.Errorf("status: %v %q %q; want well", ok, problems, needs)
	}
	// A day asleep is one call, not 288.
	w.pass(24 * time.Hour)
	w.pass(awakeFirst)
	w.called(5)
	w.settled()
	if n := w.out.calls.Load(); n != 5 {
		t.Errorf("%d calls after a day asleep, want 5", n)
	}
}

func TestAWatcherThatIsNotReachedHoldsNothingUp(t *testing.T) {
	elsewhere := newOutside(t)
	for rule, c := range map[string]struct {
		answer http.HandlerFunc // nil: nobody listens any more
		says   string
	}{
		"500":      {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, "the service answered 500"},
		"redirect": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, elsewhere.URL, http.StatusFound) }, "which is not followed"},
		"hanging":  {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "no answer within " + watchedWithin.String()},
		"gone":     {nil, "connection refused"},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWatched(t)
			w.called(1)
			if c.answer == nil {
				w.out.CloseClientConnections()
				w.out.Close()
			} else {
				w.out.answers(c.answer)
			}
			w.pass(5 * time.Minute)
			w.await("the outcome", func() bool { ok, _, _ := w.beats(); return !ok })
			ok, problems, needs := w.beats()
			if ok || !strings.Contains(problems, c.says) || needs != "" {
				t.Errorf("status: %v %q %q; want %q, and nobody called yet", ok, problems, needs, c.says)
			}
			if err := w.d.ready(); err != nil {
				t.Errorf("readyz: %v; want the daemon to go on", err)
			}
			w.pass(5 * time.Minute)
			w.settled()
			if _, _, needs := w.beats(); !strings.Contains(needs, "no heartbeat has got through since") || !strings.Contains(needs, c.says) {
				t.Errorf("after five minutes: %q", needs)
			}
			doc, _ := w.d.Status(w.ctx)
			if text := w.log.String() + strings.Join(doc.NeedsPerson, ""); strings.Contains(text, watcherKey) {
				t.Errorf("the address is told:\n%s", text)
			}
			if c.answer != nil {
				w.out.answers(func(http.ResponseWriter, *http.Request) {})
				w.pass(time.Minute)
				w.await("a call that gets through", func() bool { ok, _, _ := w.beats(); return ok })
			}
		})
	}
	if n := elsewhere.calls.Load(); n != 0 {
		t.Errorf("the other host was called %d times", n)
	}
}

func TestNoHeartbeatUnlessTheAuditHolds(t *testing.T) {
	w := newWatched(t)
	w.called(1)
	wrong := errors.New("watched.yaml:3: something")
	w.wrong.Store(&wrong)
	w.d.Reload(w.ctx)
	w.settled()
	w.pass(5 * time.Minute)
	w.settled()
	ok, problems, needs := w.beats()
	if ok || !strings.HasPrefix(problems, "configuration: ") || !strings.Contains(needs, "for the configuration") {
		t.Errorf("status: %v %q %q; want the line that does not hold", ok, problems, needs)
	}
	first := needs
	w.pass(time.Hour)
	w.settled()
	if _, _, needs := w.beats(); needs != first {
		t.Errorf("an hour later: %q; want the same instant as in %q", needs, first)
	}
	if n := w.out.calls.Load(); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
	if n := strings.Count(w.log.String(), "no heartbeat is sent"); n != 1 {
		t.Errorf("logged %d times, want once", n)
	}
	w.wrong.Store(nil)
	w.d.Reload(w.ctx)
	w.settled()
	w.pass(time.Minute)
	w.called(2)
	w.settled()
	if ok, problems, needs := w.beats(); !ok || problems != "" || needs != "" {
		t.Errorf("after it was mended: %v %q %q; want well", ok, problems, needs)
	}
}

// A loop that hangs sends no heartbeat, and the probes say so.
func TestALoopThatHangsIsSilentAndNotReady(t *testing.T) {
	w := newWatched(t)
	w.called(1)
	w.settled()
	if err := errors.Join(w.d.aliveNow(), w.d.ready()); err != nil {
		t.Fatal(err)
	}
	w.hang.Store(true)
	w.d.inbox.put(func(time.Time) {})
	w.await("the loop to hang", w.hangs.Load)
	w.clock.by.Add(int64(6 * time.Minute)) // past the next heartbeat, for which the loop was to look again
	if alive, ready := w.d.aliveNow(), w.d.ready(); alive == nil || ready == nil {
		t.Errorf("the probes say %v and %v, want both red", alive, ready)
	}
	w.clock.by.Add(int64(beatSlack))
	ok, _, _ := w.beats()
	doc, _ := w.d.Status(w.ctx)
	if n := w.out.calls.Load(); n != 1 || ok || !strings.Contains(strings.Join(doc.NeedsPerson, "\n"), "the loop was to look again at") {
		t.Errorf("%d calls, ok %v, needs %q; want no further one, and a person", n, ok, doc.NeedsPerson)
	}
}

// What the loop is at is known while it is at it, too.
func TestALoopThatHangsInAStepIsNotReady(t *testing.T) {
	w := newWatched(t)
	w.called(1)
	inside := make(chan struct{})
	w.d.inbox.put(func(time.Time) { close(inside); <-w.held })
	<-inside
	w.clock.by.Add(int64(31 * time.Second))
	if err := w.d.ready(); err == nil || !strings.Contains(err.Error(), "has been at one step since") {
		t.Errorf("readyz: %v; want red", err)
	}
}
