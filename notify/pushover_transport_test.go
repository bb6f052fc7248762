package notify

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gregdel/pushover"
	"go.uber.org/goleak"

	"nightbell/notify/pushovertest"
)

// stranger is a TCP listener that does something to each connection.
func stranger(t *testing.T, does func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var open sync.WaitGroup
	open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			open.Go(func() {
				defer conn.Close()
				does(conn)
			})
		}
	})
	t.Cleanup(func() { l.Close(); open.Wait() })
	return l.Addr().String()
}

// mute is a TCP listener that accepts, reads, says what it is told, and no more.
func mute(t *testing.T, say string) string {
	t.Helper()
	return stranger(t, func(conn net.Conn) {
		if n, _ := conn.Read(make([]byte, 1)); n == 1 { // an answer before the question is another fault
			_, _ = io.WriteString(conn, say)
		}
		_, _ = io.Copy(io.Discard, conn) // until the client has had enough
	})
}

func TestEveryPhaseIsBounded(t *testing.T) {
	const bound = 150 * time.Millisecond
	const half = "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"stat"
	for _, c := range []struct {
		phase, api string
		unanswered bool // the request went out
	}{
		{"dial", "http://" + full(t) + "/1", false},
		{"TLS", "https://" + mute(t, "") + "/1", false},
		{"headers", "http://" + mute(t, "") + "/1", true},
		{"half the headers", "http://" + mute(t, "HTTP/1.1 200 OK\r\nX-") + "/1", true},
		{"nothing but early hints", "http://" + mute(t, strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 3)) + "/1", true},
		{"body", "http://" + mute(t, half) + "/1", true},
	} {
		t.Run(c.phase, func(t *testing.T) {
			t.Parallel()
			p := dial(t, c.api, Pace{Request: bound, Receipts: time.Millisecond}, nil, &logText{})
			calls := map[string]func(context.Context) error{
				"send":     func(ctx context.Context) error { _, err := p.Send(ctx, alarm()); return err },
				"withdraw": func(ctx context.Context) error { return p.Withdraw(ctx, "a") },
				"receipt":  func(ctx context.Context) error { _, err := p.Receipt(ctx, "r"); return err },
				"check":    p.Check,
			}
			for name, call := range calls {
				begin := time.Now()
				err := call(t.Context())
				var f *Failure
				if !errors.As(err, &f) || f.Kind != Unreached || !strings.HasSuffix(err.Error(), ": no answer within 150ms") {
					t.Errorf("%s: got %v", name, err)
				}
				if f != nil && f.Unanswered != c.unanswered {
					t.Errorf("%s: unanswered: %v; want whether the whole request went out: %v", name, f.Unanswered, c.unanswered)
				}
				if took := time.Since(begin); took > bound+5*time.Second {
					t.Errorf("%s took %v", name, took)
				}
			}
			for name, call := range calls { // the caller's end comes first
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
				err := call(ctx)
				cancel()
				var f *Failure
				if !errors.As(err, &f) || f.Kind != Unreached || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s with a context that ends: got %v", name, err)
				}
			}
		})
	}
}

// net/http lets a dial or a handshake go on after its request was given up,
// for a next request to use; here nobody would.
func TestNothingGoesOnAfterACall(t *testing.T) {
	for phase, api := range map[string]string{"dial": "http://" + full(t) + "/1", "TLS": "https://" + mute(t, "") + "/1"} {
		t.Run(phase, func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			p := dial(t, api, Pace{Request: 20 * time.Millisecond}, nil, &logText{})
			if _, err := p.Send(t.Context(), alarm()); err == nil {
				t.Error("accepted by nobody")
			}
			if err := goleak.Find(before, goleak.IgnoreAnyFunction("nightbell/notify.mute.func1.1")); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestSlowBodyIsBounded(t *testing.T) {
	p := ring(t, Pace{Request: 500 * time.Millisecond}, nil)
	p.srv.Fail(pushovertest.SlowBody(100*time.Millisecond), 1)
	_, err := p.Send(t.Context(), alarm())
	if err == nil || err.Error() != "channel pushover: sending: no answer within 500ms" {
		t.Errorf("got %v", err)
	}
	if n := len(p.srv.Messages()); n != 1 {
		t.Errorf("the service took %d messages; this failure may have been accepted", n)
	}
}

func TestAnAnswerThatWasSaidIsTaken(t *testing.T) {
	for rule, say := range map[string]string{
		"more was promised":    "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"status\":1,\"receipt\":\"r\"}",
		"a chunk was promised": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1a\r\n{\"status\":1,\"receipt\":\"r\"}\r\nff\r\n",
	} {
		t.Run(rule+" and the connection closed", func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				conn, _, err := http.NewResponseController(w).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				defer conn.Close()
				_, _ = io.WriteString(conn, say)
			}))
			defer srv.Close()
			taken(t, dial(t, srv.URL+"/1", brisk(), nil, &logText{}))
		})
		t.Run(rule+" and nothing follows", func(t *testing.T) {
			t.Parallel()
			taken(t, dial(t, "http://"+mute(t, say)+"/1", Pace{Request: 2 * time.Second}, nil, &logText{}))
		})
	}
}

func taken(t *testing.T, p *pushoverChannel) {
	t.Helper()
	sent, err := p.Send(t.Context(), alarm())
	if err != nil || sent.Receipt != "r" {
		t.Errorf("got %+v, %v", sent, err)
	}
}

func TestCancelledBeforehandNothingLeaves(t *testing.T) {
	p := ring(t, brisk(), nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err1 := p.Send(ctx, alarm())
	_, err2 := p.Receipt(ctx, "r")
	for _, err := range []error{err1, err2, p.Withdraw(ctx, "a"), p.Check(ctx)} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	if n := len(p.srv.Requests()); n != 0 {
		t.Errorf("%d requests left the machine", n)
	}
}

func TestCancellingEndsACallUnderWay(t *testing.T) {
	arrived := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // else the server does not notice that the client goes
		close(arrived)
		<-r.Context().Done()
	}))
	defer srv.Close()
	p := dial(t, srv.URL+"/1", Pace{Request: time.Minute}, nil, &logText{})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { _, err := p.Send(ctx, alarm()); ended <- err }()
	<-arrived
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) || err.Error() != "channel pushover: sending: given up: context canceled" {
		t.Errorf("got %v", err)
	}
}

func TestRedirectsCarryNothingAway(t *testing.T) {
	var asked int
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer other.Close()
	p := ring(t, brisk(), nil)
	p.srv.Fail(pushovertest.Redirect(other.URL), -1)
	_, err1 := p.Send(t.Context(), alarm())
	_, err2 := p.Receipt(t.Context(), "r")
	if err1 == nil || err2 == nil || p.Withdraw(t.Context(), "a") == nil || p.Check(t.Context()) == nil {
		t.Error("a redirect was taken for an answer")
	}
	if asked != 0 {
		t.Errorf("the other host was asked %d times", asked)
	}
}

func TestReceiptsAreReadInTurn(t *testing.T) {
	const gap = 40 * time.Millisecond
	srv := pushovertest.Start(pushovertest.Options{Now: noon, Real: time.Now, Scale: gap.Seconds() / 5})
	defer srv.Close()
	a := dial(t, srv.API(), Pace{Receipts: gap}, nil, &logText{})
	b := dial(t, srv.API(), Pace{Receipts: gap}, nil, &logText{}) // as after reading the configuration again
	var all sync.WaitGroup
	for i := range 8 {
		p := []*pushoverChannel{a, b}[i%2]
		all.Go(func() {
			if _, err := p.Receipt(t.Context(), strings.Repeat("r", i+1)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if v := srv.Violations(); len(v) > 0 {
		t.Errorf("violations: %q", v)
	}
	if n := len(srv.Requests()); n != 8 {
		t.Errorf("%d requests", n)
	}
}

func TestWaitingForATurnEndsWithTheContext(t *testing.T) {
	p := ring(t, Pace{Request: time.Second, Receipts: 300 * time.Millisecond}, nil)
	if _, err := p.Receipt(t.Context(), "r"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := p.Receipt(ctx, "s"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if _, err := p.Receipt(t.Context(), "s"); err != nil { // the turn was not lost
		t.Error(err)
	}
	if n := len(p.srv.Requests()); n != 2 {
		t.Errorf("%d requests", n)
	}
}

func TestAtMostTwoRequestsAtATime(t *testing.T) {
	p := ring(t, brisk(), nil)
	p.srv.Fail(pushovertest.SlowBody(time.Millisecond), 4)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if _, err := p.Send(t.Context(), alarm()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if v := p.srv.Violations(); len(v) > 0 {
		t.Errorf("violations: %q", v)
	}
	if n := len(p.srv.Messages()); n != 10 {
		t.Errorf("%d messages", n)
	}
}

func TestEachCallKeepsItsOwn(t *testing.T) {
	srv := pushovertest.Start(pushovertest.Options{Now: noon, Users: []string{pushovertest.User, strings.Repeat("p", 30)}})
	defer srv.Close()
	mine := dial(t, srv.API(), brisk(), nil, &logText{})
	theirs := dial(t, srv.API(), brisk(), Values{"user": strings.Repeat("p", 30), "device": "tablet"}, &logText{})
	var all sync.WaitGroup
	for i := range 20 {
		m := alarm()
		m.Tag = strings.Repeat("t", i+1)
		p := []*pushoverChannel{mine, theirs}[i%2]
		all.Go(func() {
			sent, err := p.Send(t.Context(), m)
			if err != nil {
				t.Error(err)
			}
			for _, got := range srv.Messages() {
				if got.Receipt == sent.Receipt && (got.Tags[0] != m.Tag || got.User != p.user || got.Device != p.device) {
					t.Errorf("%q for %q has the receipt of %q for %q", got.Tags[0], got.User, m.Tag, p.user)
				}
			}
		})
	}
	all.Wait()
	process.mu.Lock()
	defer process.mu.Unlock()
	if len(process.calls) != 0 {
		t.Errorf("%d calls are not forgotten", len(process.calls))
	}
}

func TestRequestsOfOthersPassThrough(t *testing.T) {
	ring(t, brisk(), nil)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/from" {
			http.Redirect(w, r, "/to", http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, r.Header.Get("User-Agent")+strings.Repeat("x", 100<<10))
	}))
	defer srv.Close()
	defer http.DefaultClient.CloseIdleConnections()
	resp, err := http.Get(srv.URL + "/from")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || len(body) != 100<<10+len("Go-http-client/1.1") {
		t.Errorf("got %d bytes, %v", len(body), err)
	}
}

func TestACallOfNobodyStaysHere(t *testing.T) {
	p := ring(t, brisk(), nil)
	_, err := pushover.New(pushovertest.Token).SendMessage(pushover.NewMessage("x"), pushover.NewRecipient(pushovertest.User))
	if err == nil || !strings.Contains(err.Error(), "this call of the Pushover library belongs to no channel") {
		t.Errorf("got %v", err)
	}
	if n := len(p.srv.Requests()); n != 0 {
		t.Errorf("%d requests left the machine", n)
	}
}

func TestATransportTakenAwayIsNamed(t *testing.T) {
	p := ring(t, brisk(), nil)
	ours := http.DefaultClient.Transport
	defer func() { http.DefaultClient.Transport = ours }()
	http.DefaultClient.Transport = refusing{}
	_, err := p.Send(t.Context(), alarm())
	if err == nil || err.Error() != "channel pushover: sending: something else in this program took http.DefaultClient's transport away; restart it" {
		t.Errorf("got %v", err)
	}
}

type refusing struct{}

func (refusing) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, errors.New("asked for " + r.URL.Host)
}

// Whoever sends again has to know whether the push may be out already.
func TestWhatMayHaveBeenTakenIsSaid(t *testing.T) {
	for _, c := range []struct {
		rule  string
		fault pushovertest.Fault
		want  bool
	}{
		{"the connection ends in the place of an answer", pushovertest.DropAnswer(), true},
		{"a proxy waited in vain for the service", pushovertest.Status(http.StatusGatewayTimeout), true},
		{"the service is down behind its proxy", pushovertest.Status(http.StatusBadGateway), false},
		{"the service has trouble", pushovertest.Status(http.StatusInternalServerError), false},
		{"over its quota", pushovertest.Limit429(""), false},
		{"refused", pushovertest.Reject400("token is invalid"), false},
	} {
		t.Run(c.rule, func(t *testing.T) {
			srv := pushovertest.Start(pushovertest.Options{Now: noon})
			t.Cleanup(srv.Close)
			srv.Fail(c.fault, 1)
			_, err := dial(t, srv.API(), Pace{}, nil, &logText{}).Send(t.Context(), alarm())
			var f *Failure
			if !errors.As(err, &f) || f.Unanswered != c.want {
				t.Errorf("%v; want unanswered %v", err, c.want)
			}
		})
	}
}
