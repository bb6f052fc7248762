package web_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	_ "time/tzdata"

	"nightbell/daemon"
	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
)

// house is a daemon at work and what it serves: everything is real but the
// clock, which stands where the test puts it.
type house struct {
	t       *testing.T
	daemon  *daemon.Daemon
	journal *journal.Journal
	dir     string
	secret  daemon.Secret
	site    web.Site
	srv     *httptest.Server
	socket  http.Handler // the API as the Unix socket serves it
	now     atomic.Pointer[time.Time]
	logged  *bytes.Buffer
	stop    chan struct{}
}

// newHouse starts one at 10:00 on 10 June 2026 in New York, with a session at
// 07:00, so that a start is due and its reminder open.
func newHouse(t *testing.T, configuration string) *house {
	t.Helper()
	h := &house{t: t, secret: daemon.Secret(strings.Repeat("k", 32)), logged: &bytes.Buffer{}, stop: make(chan struct{})}
	h.set(time.Date(2026, 6, 10, 14, 0, 0, 0, time.UTC))
	now := func() time.Time { return *h.now.Load() }
	log := slog.New(slog.NewTextHandler(h.logged, &slog.HandlerOptions{Level: slog.LevelWarn}))
	if !strings.Contains(configuration, "channels:") {
		configuration = "channels: [{name: here, type: console}]\n" + configuration
	}
	h.dir = t.TempDir()
	cfg, err := config.Parse("house.yaml", []byte("timezone: America/New_York\n"+configuration), 0o600,
		func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	opened, err := cfg.Open(notify.Tools{Log: log, Out: io.Discard, Now: now, Folder: h.dir})
	if err != nil {
		t.Fatal(err)
	}
	if h.journal, err = journal.OpenFolder(t.Context(), h.dir, journal.Options{Now: now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.journal.Close() })
	wait := func(ctx context.Context, _ time.Time, wake <-chan struct{}) (daemon.Woke, error) {
		select {
		case <-ctx.Done():
			return daemon.WokeByEnd, nil
		case <-wake:
			return daemon.WokeByChange, nil
		}
	}
	started := make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	h.daemon, err = daemon.New(ctx, daemon.Options{
		Journal: h.journal, Dir: h.dir, Config: cfg, Opened: opened, Now: now, Wait: wait, Doze: wait, Log: log, Secret: h.secret,
		Page: "http://127.0.0.1:8787", Synced: func() (bool, error) { return true, nil }, Ready: func(string) { close(started) },
	})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- h.daemon.Run(ctx) }()
	<-started
	d := h.daemon
	h.site = web.Site{
		Desk: d, Actions: d, Door: d, Browsers: d, Health: d.Health(), Entrance: d.Entrance, Changed: d.Changed, Stop: h.stop,
		Metrics: d.WriteMetrics, Now: now, Log: log,
	}
	h.socket = web.API(d, log)
	h.srv = httptest.NewServer(h.site.Handler())
	t.Cleanup(func() {
		h.srv.Close()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	if _, err := d.Do(t.Context(), web.Request{What: web.Log, At: now().Add(-3 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) set(now time.Time) { h.now.Store(&now) }

// reminded waits until a reminder is open, and says how things stand then.
func (h *house) reminded() web.StatusDoc {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	for {
		changed := h.daemon.Changed()
		status, err := h.daemon.Status(ctx)
		if err != nil {
			h.t.Fatal(err)
		}
		if status.Reminder != nil {
			return status
		}
		select {
		case <-changed:
		case <-ctx.Done():
			h.t.Fatal("no reminder is open")
		}
	}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends one request. The headers are "Name: value"; Host is one of them.
func (h *house) ask(method, path, body string, headers ...string) answer {
	h.t.Helper()
	return h.askAt(h.srv.URL, method, path, body, headers...)
}

func (h *house) askAt(base, method, path, body string, headers ...string) answer {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, base+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
		if name == "Host" {
			req.Host = value
		}
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(text)}
}

// want says what is wrong with an answer.
func (a answer) want(t *testing.T, rule string, status int, holds string) {
	t.Helper()
	if a.status != status || !strings.Contains(a.body, holds) {
		t.Errorf("%s: %d %.300s; want %d with %q", rule, a.status, a.body, status, holds)
	}
}

// token makes one and returns the header that brings it.
func (h *house) token(name, kind string) (secret, header string) {
	h.t.Helper()
	doc, err := h.daemon.AddToken(h.t.Context(), web.TokenQuery{Name: name, Kind: kind})
	if err != nil {
		h.t.Fatal(err)
	}
	return doc.Secret, "Authorization: Bearer " + doc.Secret
}

// pair pairs a browser and returns the header that brings its cookie.
func (h *house) pair() string {
	h.t.Helper()
	doc, err := h.daemon.Pair(h.t.Context(), web.PairQuery{})
	if err != nil {
		h.t.Fatal(err)
	}
	got := h.ask("POST", strings.TrimPrefix(doc.Link, "http://127.0.0.1:8787"), "")
	cookie, _, _ := strings.Cut(got.header.Get("Set-Cookie"), ";")
	if got.status != http.StatusSeeOther || cookie == "" {
		h.t.Fatalf("pairing: %d %v", got.status, got.header)
	}
	return "Cookie: " + cookie
}

// settled waits until nothing is on its way to a channel: what a push came to
// is written down by itself.
func (h *house) settled() {
	h.t.Helper()
	for {
		changed := h.daemon.Changed()
		doc, err := h.daemon.Status(h.t.Context())
		if err != nil {
			h.t.Fatal(err)
		}
		if !slices.ContainsFunc(doc.Channels, func(c web.ChannelDoc) bool { return c.Queued > 0 }) {
			return
		}
		<-changed
	}
}

// content is all that the journal holds, but for when logins were used.
func (h *house) content() string {
	h.t.Helper()
	h.settled()
	return dump(h.t, filepath.Join(h.dir, "journal.db"))
}
