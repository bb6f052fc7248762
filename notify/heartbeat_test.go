package notify

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const heartbeatKey = "5f1c9a6e-3d2b"

// heart opens a heartbeat to an address.
func heart(t *testing.T, address string, pace Pace) *Heartbeat {
	t.Helper()
	h, problems := OpenHeartbeat(Values{"url": address}, Tools{Pace: pace})
	if problems != nil {
		t.Fatal(problems)
	}
	return h
}

func TestHeartbeatAnswers(t *testing.T) {
	var elsewhere atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer other.Close()
	for _, c := range []struct {
		rule   string
		answer http.HandlerFunc
		want   string // how the error begins; empty: none
	}{
		{"a GET without a body, at its path and query", func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet || r.ContentLength != 0 || r.URL.Path != "/ping/"+heartbeatKey || r.URL.RawQuery != "status=up" {
				w.WriteHeader(http.StatusBadRequest)
			}
		}, ""},
		{"whatever a 2xx says is a yes", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusCreated)
			_, _ = w.Write([]byte("<html>" + strings.Repeat("x", 1<<20)))
		}, ""},
		{"500 is none", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) }, "calling the watcher: the service answered 500"},
		{"404 is none", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404) }, "calling the watcher: the service answered 404"},
		{"a redirect is not followed", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL+"/ping/"+heartbeatKey, http.StatusFound)
		}, "calling the watcher: the service answered 302 and points to 127.0.0.1:"},
		{"a connection that ends is none", func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) }, "calling the watcher: EOF"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			srv := httptest.NewServer(c.answer)
			defer srv.Close()
			srv.Config.ErrorLog = nil
			err := heart(t, srv.URL+"/ping/"+heartbeatKey+"?status=up", brisk()).Beat(t.Context())
			if (err == nil) != (c.want == "") || err != nil && !strings.HasPrefix(err.Error(), c.want) {
				t.Errorf("got %v; want %q", err, c.want)
			}
		})
	}
	if n := elsewhere.Load(); n != 0 {
		t.Errorf("the other host was called %d times", n)
	}
}

func TestHeartbeatIsBoundedAndKeepsItsAddress(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for rule, address := range map[string]string{
		"nobody listens":          gone.URL,
		"nobody answers":          "http://" + mute(t, ""),
		"nobody takes it":         "http://" + full(t),
		"an answer without end":   "http://" + mute(t, "HTTP/1.1 "),
		"headers without end":     "http://" + mute(t, "HTTP/1.1 200 OK\r\nX: "),
		"no TLS where it is said": "https://" + mute(t, ""),
	} {
		t.Run(rule, func(t *testing.T) {
			h := heart(t, address+"/ping/"+heartbeatKey, Pace{Request: 50 * time.Millisecond})
			err := h.Beat(t.Context())
			var f *Failure
			if !errors.As(err, &f) || f.Kind != Unreached {
				t.Fatalf("got %v; want a failure to reach it", err)
			}
			if strings.Contains(err.Error(), heartbeatKey) || strings.Contains(err.Error(), "/ping") {
				t.Errorf("tells the address: %v", err)
			}
		})
	}
}

// What answers in no known form is quoted in the error; it may quote the
// address in turn.
func TestAWatcherThatQuotesItsAddressIsNotBelieved(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close()
		_, _ = c.Write([]byte(r.URL.Path + "\r\n\r\n"))
	}))
	defer srv.Close()
	err := heart(t, srv.URL+"/ping/"+heartbeatKey, brisk()).Beat(t.Context())
	if err == nil || !strings.Contains(err.Error(), "[path]") || strings.Contains(err.Error(), heartbeatKey) {
		t.Errorf("got %v; want what it said, without the address", err)
	}
}

func TestHeartbeatSettings(t *testing.T) {
	for _, c := range []struct {
		rule string
		v    Values
		want []Problem
	}{
		{"https is well", Values{"url": "https://hc.example/ping/1?a=b"}, nil},
		{"an address is needed", Values{}, []Problem{{"url", "is missing; write the address that is called: https://watcher.example/ping/ID"}}},
		{"something else than the web", Values{"url": "ftp://h.example/x"}, []Problem{{"url", "is not an address; write https://watcher.example/ping/ID"}}},
		{"plain http elsewhere", Values{"url": "http://h.example/" + heartbeatKey}, []Problem{
			{"url", "plain http to h.example would show its key to anyone on the way; write https://, or insecure_http: true"}}},
		{"plain http elsewhere if told", Values{"url": "http://h.example/", "insecure_http": true}, nil},
		{"plain http to loopback", Values{"url": "http://127.0.0.1:3001/api/push/x"}, nil},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if _, problems := OpenHeartbeat(c.v, Tools{}); !reflect.DeepEqual(problems, c.want) {
				t.Errorf("got  %q\nwant %q", problems, c.want)
			}
		})
	}
}
