package notify

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"nightbell/notify/ntfytest"
)

func TestNtfyAnswersOfTheService(t *testing.T) {
	other := ", but not as ntfy does; is something in between, or server wrong?"
	for _, c := range []struct {
		rule  string
		fault ntfytest.Fault
		kind  FailureKind // 0: accepted
		retry time.Duration
		text  string
	}{
		{"space without end after the answer changes nothing", ntfytest.EndlessSpace(), 0, 0, ""},
		{"200 with a page of somebody else is not reached", ntfytest.Status(200), Unreached, 0, "the service answered 200" + other},
		{"200 with other JSON is not reached", ntfytest.Text(200, `{"hello":1}`), Unreached, 0, "the service answered 200" + other},
		{"200 with nothing is not reached", ntfytest.Text(200, ""), Unreached, 0, "the service answered 200" + other},
		{"a body without end and sense is not reached", ntfytest.EndlessBody(), Unreached, 0, "the service answered 200" + other},
		{"400 is a refusal with the service's reason", ntfytest.Refuse(40009, "invalid request: topic invalid"), Refused, 0,
			"the service answered 400: invalid request: topic invalid"},
		{"reasons cannot steer a terminal", ntfytest.Refuse(40000, "a\x1b[2Jb\nc"), Refused, 0, "the service answered 400: a[2Jbc"},
		{"401 points to the token", ntfytest.Refuse(40101, "unauthorized"), Refused, 0, "the service answered 401: unauthorized; check token"},
		{"403 points to its rights", ntfytest.Refuse(40301, "forbidden"), Refused, 0, "the service answered 403: forbidden; token needs the right to this topic"},
		{"404 with a page is a refusal", ntfytest.Status(404), Refused, 0, "the service answered 404"},
		{"408 is not reached", ntfytest.Status(408), Unreached, 0, "the service answered 408"},
		{"413 is a refusal", ntfytest.Refuse(41303, "JSON body too large"), Refused, 0, "the service answered 413: JSON body too large"},
		{"429 of requests comes back in 10 s", ntfytest.Refuse(42901, "limit reached"), Limited, 10 * time.Second, "the service answered 429: too many requests: limit reached"},
		{"429 of the day's messages is asked again in an hour", ntfytest.Refuse(42908, "limit reached"), Limited, time.Hour, "the service answered 429: too many requests: limit reached"},
		{"429 of a proxy says when", ntfytest.RetryAfter("120"), Limited, 2 * time.Minute, "the service answered 429: too many requests"},
		{"500 is not reached", ntfytest.Refuse(50001, "internal server error"), Unreached, 0, "the service answered 500: internal server error"},
		{"503 with a page is not reached", ntfytest.Status(503), Unreached, 0, "the service answered 503"},
		{"507 is not reached", ntfytest.Status(507), Unreached, 0, "the service answered 507"},
		{"a redirect is not followed", ntfytest.Redirect("https://elsewhere.example/"), Unreached, 0,
			"the service answered 307 and points to elsewhere.example, which is not followed; write the address that answers itself as server"},
		{"a lost answer is not reached", ntfytest.DropAnswer(), Unreached, 0, "EOF"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			n := subscribe(t, ntfytest.Options{Token: ntfytest.Token}, brisk(), withToken(nil))
			n.srv.Fail(c.fault, 1)
			_, err := n.Send(t.Context(), night())
			if c.kind == 0 {
				if err != nil || len(n.srv.Shown(ntfytest.Topic)) != 1 {
					t.Errorf("got %v", err)
				}
				return
			}
			wantFailure(t, err, c.kind, "channel ntfy: sending: "+c.text)
			var f *Failure
			if errors.As(err, &f) && f.RetryAfter != c.retry {
				t.Errorf("again after %v, want %v", f.RetryAfter, c.retry)
			}
			if n := len(n.srv.Requests()); n != 1 {
				t.Errorf("%d requests; nothing is repeated here", n)
			}
		})
	}
	t.Run("the day's messages come back at midnight UTC", func(t *testing.T) {
		late := func() time.Time { return noon().Add(11*time.Hour + 50*time.Minute) }
		n := subscribe(t, ntfytest.Options{Now: late}, brisk(), nil)
		n.srv.Fail(ntfytest.Refuse(42908, "limit reached"), 1)
		_, err := n.Send(t.Context(), night())
		var f *Failure
		if !errors.As(err, &f) || f.RetryAfter != 10*time.Minute {
			t.Errorf("got %v: %+v", err, f)
		}
	})
	t.Run("a topic that wants a token says so", func(t *testing.T) {
		n := subscribe(t, ntfytest.Options{Token: ntfytest.Token}, brisk(), nil)
		_, err := n.Send(t.Context(), night())
		wantFailure(t, err, Refused, "channel ntfy: sending: the service answered 403: forbidden; the topic needs a token")
	})
	t.Run("the limit is the service's own", func(t *testing.T) {
		n := subscribe(t, ntfytest.Options{Requests: 1}, brisk(), nil)
		if _, err := n.Send(t.Context(), night()); err != nil {
			t.Fatal(err)
		}
		_, err := n.Send(t.Context(), night())
		wantFailure(t, err, Limited, "channel ntfy: sending: the service answered 429: too many requests: limit reached: too many requests, please be nice")
	})
}

func TestNtfyCancelledBeforehandNothingLeaves(t *testing.T) {
	n := subscribe(t, ntfytest.Options{}, brisk(), Values{"replies": true})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for name, err := range ntfyCalls(ctx, n) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if n := len(n.srv.Requests()); n != 0 {
		t.Errorf("%d requests left the machine", n)
	}
}

func TestNtfyEveryPhaseIsBounded(t *testing.T) {
	const bound = 150 * time.Millisecond
	for _, c := range []struct{ phase, server string }{
		{"dial", "http://" + full(t)},
		{"TLS", "https://" + mute(t, "")},
		{"headers", "http://" + mute(t, "")},
		{"half the headers", "http://" + mute(t, "HTTP/1.1 200 OK\r\nX-")},
		{"body", "http://" + mute(t, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{\"id")},
	} {
		t.Run(c.phase, func(t *testing.T) {
			t.Parallel()
			n := openedNtfy(t, c.server, noon, Pace{Request: bound, Alive: bound / 2}, Values{"replies": true}, &logText{})
			r := ntfyReplier{n}
			calls := map[string]func(context.Context) error{
				"send":     func(ctx context.Context) error { _, err := n.Send(ctx, night()); return err },
				"withdraw": func(ctx context.Context) error { return n.Withdraw(ctx, "a") },
				"park":     func(ctx context.Context) error { return n.Park(ctx, night(), noon().Add(time.Hour)) },
				"unpark":   func(ctx context.Context) error { return n.Unpark(ctx, "a") },
				"probe":    func(ctx context.Context) error { _, err := n.Probe(ctx); return err },
				"check":    n.Check,
				"waiting":  func(ctx context.Context) error { _, err := r.Waiting(ctx, ""); return err },
				"replies":  func(ctx context.Context) error { return r.Replies(ctx, "", func(Reply) {}) },
			}
			for name, call := range calls {
				begin := time.Now()
				err := call(t.Context())
				var f *Failure
				ends := []string{": no answer within 150ms", ": no sign of life for 150ms"}
				if !errors.As(err, &f) || f.Kind != Unreached || !slices.ContainsFunc(ends, func(end string) bool { return strings.HasSuffix(err.Error(), end) }) {
					t.Errorf("%s: got %v", name, err)
				}
				if took := time.Since(begin); took > 2*bound+5*time.Second {
					t.Errorf("%s took %v", name, took)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
				err = call(ctx)
				cancel()
				if !errors.As(err, &f) || f.Kind != Unreached || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s with a context that ends: got %v", name, err)
				}
			}
		})
	}
}

// ntfyCalls makes every call once and returns the errors.
func ntfyCalls(ctx context.Context, n post) map[string]error {
	r := ntfyReplier{n.ntfyChannel}
	_, sent := n.Send(ctx, night())
	_, probed := n.Probe(ctx)
	_, waiting := r.Waiting(ctx, "")
	return map[string]error{
		"send": sent, "withdraw": n.Withdraw(ctx, "a"), "park": n.Park(ctx, night(), n.now().Add(time.Hour)), "unpark": n.Unpark(ctx, "a"),
		"probe": probed, "check": n.Check(ctx), "waiting": waiting, "replies": r.Replies(ctx, "", func(Reply) {}),
	}
}

func TestNtfyRedirectsCarryNothingAway(t *testing.T) {
	asked := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer other.Close()
	n := subscribe(t, ntfytest.Options{}, brisk(), Values{"replies": true})
	n.srv.Fail(ntfytest.Redirect(other.URL), -1)
	for name, err := range ntfyCalls(t.Context(), n) {
		if err == nil {
			t.Errorf("%s: a redirect was taken for an answer", name)
		}
	}
	if asked != 0 {
		t.Errorf("the other host was asked %d times", asked)
	}
}

// No byte of topic, reply topic or token may reach a text, whatever the server
// does with them: a proxy may well echo what it was sent.
func TestNtfyNoSecretReachesAText(t *testing.T) {
	const answers = "answers-fedcba9876543210"
	secrets := []string{ntfytest.Topic, answers, ntfytest.Token}
	echo := strings.Join(secrets, " ")
	faults := map[string]ntfytest.Fault{
		"503":                     ntfytest.Status(503),
		"a lost answer":           ntfytest.DropAnswer(),
		"no answer":               ntfytest.Hang(),
		"an endless body":         ntfytest.EndlessBody(),
		"an echo in a reason":     ntfytest.Refuse(40000, echo),
		"an echo at the cut":      ntfytest.Refuse(40000, strings.Repeat("x", 285)+ntfytest.Token),
		"an echo in a page":       ntfytest.Text(502, "<h1>"+echo+"</h1>"),
		"an echo in half a body":  ntfytest.Text(200, `{"error":`+echo),
		"an echo in a redirect":   ntfytest.Redirect("https://" + ntfytest.Topic + ".example/" + ntfytest.Token),
		"an echo split by a char": ntfytest.Refuse(40000, ntfytest.Token[:9]+"\x01"+ntfytest.Token[9:]),
		"an error of access":      ntfytest.Refuse(40301, echo),
		"silence":                 ntfytest.Silence(`{"id":"a","event":"open"}`),
	}
	look := func(t *testing.T, n post) {
		texts := []string{}
		for _, err := range ntfyCalls(t.Context(), n) {
			for ; err != nil; err = errors.Unwrap(err) {
				texts = append(texts, err.Error())
			}
		}
		for _, text := range append(texts, n.log.String()) {
			for _, secret := range secrets {
				if strings.Contains(text, secret[:9]) || strings.Contains(text, secret[14:]) {
					t.Errorf("holds a secret: %q", text)
				}
			}
		}
	}
	v := withToken(Values{"replies": true, "reply_topic": answers})
	for rule, fault := range faults {
		t.Run(rule, func(t *testing.T) {
			n := subscribe(t, ntfytest.Options{Token: ntfytest.Token}, Pace{Request: 100 * time.Millisecond, Alive: 20 * time.Millisecond}, v)
			n.srv.Fail(fault, -1)
			look(t, n)
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		n := subscribe(t, ntfytest.Options{}, brisk(), v)
		n.srv.Close()
		look(t, n)
	})
	t.Run("all is well", func(t *testing.T) {
		n := subscribe(t, ntfytest.Options{Token: ntfytest.Token, Open: []string{answers}}, Pace{Alive: 20 * time.Millisecond}, v)
		look(t, n)
		if !strings.Contains(n.log.String(), "push accepted") {
			t.Errorf("the log is not read: %q", n.log.String())
		}
	})
}
