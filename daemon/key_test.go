package daemon

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
)

func TestTheSecretIsMadeOnceAndKept(t *testing.T) {
	dir := t.TempDir()
	one, err := LoadSecret(dir)
	if err != nil || len(one) != 32 {
		t.Fatalf("%d bytes, %v; want 256 bits", len(one), err)
	}
	two, err := LoadSecret(dir)
	if err != nil || string(one) != string(two) {
		t.Errorf("a second time: %v; want the same secret", err)
	}
	if info, err := os.Stat(filepath.Join(dir, keyFile)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v; want mode 0600", info, err)
	}
	if err := os.WriteFile(filepath.Join(dir, keyFile), []byte("torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadSecret(dir); err == nil || !strings.Contains(err.Error(), "take the file away, and a new one is made") {
		t.Errorf("a torn secret: %v; want the way out", err)
	}
}

// withButtons is a world in which a start is due and open.
func withButtons(t *testing.T) (*world, journal.Reminder) {
	t.Helper()
	w := newWorld(t, "10T07:00", func(s *Settings) {
		s.Secret, s.PublicURL = Secret(strings.Repeat("k", 32)), "https://home.example/r"
	}).log("10T07:00").to("10T09:42")
	return w, *w.state.openStart()
}

func TestAKeyOpensItsOwnButtonOnly(t *testing.T) {
	w, r := withButtons(t)
	secret := w.state.Secret
	good := secret.key(r.ID, "start")
	for _, c := range []struct {
		name, reminder, action, key string
		opens                       bool
	}{
		{"its own", r.ID, "start", good, true},
		{"of another action", r.ID, "skip", good, false},
		{"of another reminder", "x" + r.ID[1:], "start", good, false},
		{"of another secret", r.ID, "start", Secret(strings.Repeat("x", 32)).key(r.ID, "start"), false},
		{"none", r.ID, "start", "", false},
		{"cut short", r.ID, "start", good[:10], false},
	} {
		if _, err := secret.open(&w.state, c.reminder, c.action, c.key, w.now); (err == nil) != c.opens {
			t.Errorf("%s: %v; want opens=%v", c.name, err, c.opens)
		}
	}
	if len(good) != 22 {
		t.Errorf("a key has %d characters; want 22, 128 bits in base64url", len(good))
	}
	if _, err := (Secret{}).open(&w.state, r.ID, "start", Secret{}.key(r.ID, "start"), w.now); err == nil {
		t.Error("no secret opened something")
	}
	w.do(web.Request{What: web.Skip})
	w.to("10T10:41")
	if _, err := secret.open(&w.state, r.ID, "start", good, w.now); err != nil {
		t.Errorf("59 min after the reminder closed: %v; want it to open", err)
	}
	w.to("10T10:43")
	if _, err := secret.open(&w.state, r.ID, "start", good, w.now); err == nil {
		t.Error("61 min after the reminder closed it still opened")
	}
}

func TestAPushCarriesItsButtonsAndLink(t *testing.T) {
	w, r := withButtons(t)
	m := w.take()[0].message
	var labels []string
	for _, b := range m.Buttons {
		labels = append(labels, b.Label)
		if b.URL != "https://home.example/r/a/"+b.Answer {
			t.Errorf("%s leads to %s", b.Label, b.URL)
		}
	}
	if got := strings.Join(labels, ", "); got != "Starting, Done, Snooze 10" {
		t.Errorf("buttons %s", got)
	}
	if !strings.HasPrefix(m.Link, "https://home.example/r/a/"+r.ID+"/answer/") {
		t.Errorf("link %s", m.Link)
	}
}

func TestALinkShowsOnGETAndChangesOnPOST(t *testing.T) {
	d, end := runningDaemon(t)
	defer end()
	srv := httptest.NewServer(siteOf(d).Handler())
	defer srv.Close()
	r := d.view.Load().state.openStart()
	if r == nil {
		t.Fatal("no reminder is open")
	}
	secret := d.o.Secret
	fetch := func(method, path string) (int, string, http.Header) {
		req, err := http.NewRequestWithContext(t.Context(), method, srv.URL+"/a/"+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := srv.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(text), resp.Header
	}
	status, page, header := fetch("GET", secret.answerOf(r.ID, asking))
	if status != 200 || strings.Count(page, "<button>") != 4 || !strings.Contains(header.Get("Content-Security-Policy"), "default-src 'none'") {
		t.Fatalf("GET: %d %v\n%s\nwant the four buttons", status, header, page)
	}
	for _, b := range buttons() {
		if fetch("GET", secret.answerOf(r.ID, b.action)); len(d.view.Load().state.Sessions) != 1 || d.view.Load().state.openStart() == nil {
			t.Fatalf("GET of %s changed something", b.action)
		}
	}
	start := regexp.MustCompile(`action="\.\./(start/[^"]+)"`).FindStringSubmatch(page)[1]
	if status, text, _ := fetch("POST", r.ID+"/"+start); status != 200 || !strings.Contains(text, "Logged.") {
		t.Errorf("POST: %d\n%s", status, text)
	}
	if n := len(d.view.Load().state.Sessions); n != 2 {
		t.Errorf("%d sessions; want the first and the one begun", n)
	}
	if status, text, _ := fetch("POST", r.ID+"/"+start); status != 200 || !strings.Contains(text, "Already logged at ") {
		t.Errorf("a second tap: %d\n%s\nwant to be told of the first", status, text)
	}
	if status, text, _ := fetch("POST", secret.answerOf(r.ID, "skip")); status != 409 || strings.Contains(text, secret.key(r.ID, "done")) {
		t.Errorf("skip of a closed reminder: %d\n%s", status, text)
	}
	if status, _, _ := fetch("POST", r.ID+"/start/"+strings.Repeat("A", 22)); status != 404 {
		t.Errorf("a forged key: %d; want 404", status)
	}
	if status, _, _ := fetch("POST", secret.answerOf(r.ID, asking)); status != 404 {
		t.Errorf("POST of the page: %d; want 404, it is no answer", status)
	}
}

func TestRepliesAreAnswersOnce(t *testing.T) {
	d, end := runningDaemon(t)
	defer end()
	r := d.view.Load().state.openStart()
	now := d.now()
	hear := func(id, text string) {
		done := make(chan struct{})
		d.inbox.put(func(at time.Time) {
			d.replied("phone", notify.Reply{ID: id, At: now, Text: text}, at)
			d.turn(t.Context(), at)
			close(done)
		})
		<-done
	}
	hear("1", "nonsense")
	hear("2", r.ID+"/start/"+strings.Repeat("A", 22))
	hear("3", d.o.Secret.answerOf(r.ID, asking))
	if n := len(d.view.Load().state.Sessions); n != 1 {
		t.Fatalf("%d sessions after forgeries; want only the first", n)
	}
	snooze := d.o.Secret.answerOf(r.ID, "snooze")
	hear("4", snooze)
	first := d.view.Load().state.openStart().Burst
	hear("5", snooze)
	if again := d.view.Load().state.openStart().Burst; again != first || first == r.Burst {
		t.Errorf("burst %d, then %d; want one snooze, and the same tap heard again to change nothing", first, again)
	}
	hear("6", d.o.Secret.answerOf(r.ID, "done"))
	v := d.view.Load()
	if n := len(v.state.Sessions); n != 2 || v.state.Sessions[1].Source != "answer:phone" || v.state.health("phone").Cursor != "6" {
		t.Errorf("%d sessions, cursor %q", n, v.state.health("phone").Cursor)
	}
	before := d.tally.ignoredOn("phone")
	hear("7", d.o.Secret.answerOf("areminderoflongago", "done"))
	said := func() bool {
		return slices.ContainsFunc(d.view.Load().state.Reminders, func(r journal.Reminder) bool { return r.Kind == kindUnlogged })
	}
	if said() {
		t.Error("a line after forgeries, repeats and a reminder that nobody knows")
	}
	if after := d.tally.ignoredOn("phone"); before.Repeated != 1 || after.Expired != before.Expired+1 || after.Repeated != before.Repeated {
		t.Errorf("ignored %+v, then %+v; want the repeat counted, then one whose time is over", before, after)
	}
}

// siteOf is what a daemon serves over TCP.
func siteOf(d *Daemon) web.Site {
	return web.Site{
		Desk: d, Actions: d, Door: d, Health: d.Health(), Entrance: d.Entrance, Changed: d.Changed, Metrics: d.WriteMetrics, Now: d.now, Log: slog.New(slog.DiscardHandler),
	}
}

// runningDaemon is a daemon on a real journal and the machine's clock, with a
// session three hours ago: its start is due and its reminder open.
func runningDaemon(t *testing.T) (*Daemon, func()) {
	t.Helper()
	direct := newDirect(t)
	if _, err := direct.Do(t.Context(), web.Request{What: web.Log, At: direct.now().Add(-3 * time.Hour)}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	started := make(chan struct{})
	wait := func(ctx context.Context, _ time.Time, wake <-chan struct{}) (Woke, error) {
		select {
		case <-ctx.Done():
			return WokeByEnd, nil
		case <-wake:
			return WokeByChange, nil
		}
	}
	d, err := New(ctx, Options{
		Journal: direct.journal, Dir: direct.dir, Config: direct.config, Opened: direct.opened, Now: direct.now, Wait: wait, Doze: wait,
		Log: direct.log, Synced: func() (bool, error) { return true, nil }, Ready: func(string) { close(started) },
		Secret: Secret(strings.Repeat("k", 32)),
	})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- d.Run(ctx) }()
	<-started
	return d, func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
