package web_test

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"nightbell/daemon/web"
)

// code makes a pairing link and returns its path.
func (h *house) code() string {
	h.t.Helper()
	doc, err := h.daemon.Pair(h.t.Context(), web.PairQuery{})
	if err != nil {
		h.t.Fatal(err)
	}
	return strings.TrimPrefix(doc.Link, "http://127.0.0.1:8787")
}

func TestPairing(t *testing.T) {
	h := newHouse(t, "")
	link := h.code()
	for range 3 { // a preview, a scanner, a person
		got := h.ask("GET", link, "", forwarded)
		got.want(t, "opening the link", http.StatusOK, "<button>Pair this browser</button>")
		if got.header.Get("Set-Cookie") != "" || !strings.Contains(got.header.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("opening the link: %v", got.header)
		}
	}
	got := h.ask("POST", link, "", forwarded, "User-Agent: Mozilla/5.0 (Linux; Android 14; Mobile) Gecko/130.0 Firefox/130.0")
	got.want(t, "the button", http.StatusSeeOther, "")
	if to := got.header.Get("Location"); to != "../" {
		t.Errorf("it leads to %q; want ../, wherever a proxy serves this", to)
	}
	cookie, attributes, _ := strings.Cut(got.header.Get("Set-Cookie"), ";")
	if attributes != " Path=/; Max-Age=34560000; HttpOnly; SameSite=Lax" {
		t.Errorf("the cookie is %q", attributes)
	}
	h.ask("GET", "/api/v1/logins", "", forwarded, "Cookie: "+cookie).want(t, "the paired browser", http.StatusOK, `"name":"Firefox on Android"`)
	h.ask("POST", link, "", forwarded).want(t, "a link that was used", http.StatusNotFound, "used already, or has had its time")
	h.ask("GET", link, "", forwarded).want(t, "looking at a link that was used", http.StatusNotFound, "nightbell pair")

	old := h.code()
	h.set(h.now.Load().Add(10 * time.Minute))
	h.ask("POST", old, "", forwarded).want(t, "a link of ten minutes ago", http.StatusNotFound, "used already, or has had its time")

	var links []string
	for range 9 {
		links = append(links, h.code())
	}
	h.ask("GET", links[0], "").want(t, "the first of nine links", http.StatusNotFound, "")
	h.ask("GET", links[1], "").want(t, "the second of nine links", http.StatusOK, "")

	h.ask("DELETE", "/api/v1/logins/1", "", forwarded, "Cookie: "+cookie).want(t, "revoking itself", http.StatusOK, "is let in no more")
	h.ask("GET", "/api/v1/logins", "", forwarded, "Cookie: "+cookie).want(t, "the revoked browser", http.StatusUnauthorized, "was revoked")
}

func TestTheCookieIsSecureBehindHTTPS(t *testing.T) {
	for _, c := range []struct {
		rule, configuration string
		headers             []string
		secure              bool
	}{
		{"a browser that speaks https says so", "", []string{"Origin: https://127.0.0.1"}, true},
		{"a browser that speaks http says so", "public_url: https://home.example/r\n", []string{"Origin: http://127.0.0.1"}, false},
		{"else public_url does", "public_url: https://home.example/r\n", []string{"Host: home.example"}, true},
		{"but not for this machine itself", "public_url: https://home.example/r\n", nil, false},
		{"plain http has nothing to be secure", "", nil, false},
		{"what a proxy says of itself does not count", "", []string{"X-Forwarded-Proto: https"}, false},
	} {
		h := newHouse(t, c.configuration)
		doc, err := h.daemon.Pair(t.Context(), web.PairQuery{URL: "http://127.0.0.1:8787"})
		if err != nil {
			t.Fatal(err)
		}
		cookie := h.ask("POST", strings.TrimPrefix(doc.Link, "http://127.0.0.1:8787"), "", c.headers...).header.Get("Set-Cookie")
		if strings.Contains(cookie, "; Secure") != c.secure || strings.HasPrefix(cookie, "__Host-") != c.secure {
			t.Errorf("%s: %q", c.rule, cookie)
		}
	}
}

func TestAPairingLinkLeadsHere(t *testing.T) {
	h := newHouse(t, "public_url: https://home.example/r\nhosts: [nas.local]\n")
	for _, c := range []struct{ rule, url, begins, wrong string }{
		{"public_url is what others reach", "", "https://home.example/r/pair/", ""},
		{"a name that is known", "http://nas.local:8787/", "http://nas.local:8787/pair/", ""},
		{"an address needs no name", "http://192.0.2.7:8787", "http://192.0.2.7:8787/pair/", ""},
		{"a name that would be refused", "http://other.local:8787", "", "add it to hosts: in the configuration first"},
		{"no address", "nas.local", "", "write it such as http://nas.local:8787"},
	} {
		doc, err := h.daemon.Pair(t.Context(), web.PairQuery{URL: c.url})
		if c.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s: %v", c.rule, err)
			}
			continue
		}
		if err != nil || !strings.HasPrefix(doc.Link, c.begins) {
			t.Errorf("%s: %q, %v", c.rule, doc.Link, err)
		}
		secret, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(doc.Link, c.begins))
		if err != nil || len(secret) != 16 {
			t.Errorf("%s: the code has %d bytes (%v); want 128 bits", c.rule, len(secret), err)
		}
		if n := len(doc.QR); n < 21 || len(doc.QR[0]) != n || !strings.HasPrefix(doc.QR[0], "1111111") {
			t.Errorf("%s: the QR code is %q", c.rule, doc.QR)
		}
	}
}

func TestTokens(t *testing.T) {
	h := newHouse(t, "")
	secret, token := h.token("grafana", "")
	if raw, err := base64.RawURLEncoding.DecodeString(strings.TrimPrefix(secret, "nb_")); err != nil || len(raw) != 32 {
		t.Errorf("the secret has %d bytes (%v); want 256 bits", len(raw), err)
	}
	if strings.Contains(h.content(), secret) {
		t.Error("the journal holds the secret itself")
	}
	if _, err := h.daemon.AddToken(t.Context(), web.TokenQuery{Name: "grafana"}); err == nil || !strings.Contains(err.Error(), "choose another name") {
		t.Errorf("a second token of one name: %v", err)
	}
	for _, name := range []string{"", " x", strings.Repeat("x", 41), "a\nb", "a\x1b[2J"} {
		if err := (web.TokenQuery{Name: name}).Check(); err == nil {
			t.Errorf("%q is a name", name)
		}
	}
	used := func() web.Instant {
		doc, err := h.daemon.Logins(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return doc.Logins[0].Used
	}
	if !used().IsZero() {
		t.Errorf("used at %v before it was", used())
	}
	first := *h.now.Load()
	for _, after := range []time.Duration{0, 59 * time.Minute, 2 * time.Hour} {
		h.set(first.Add(after))
		h.ask("GET", "/api/v1/status", "", forwarded, token).want(t, "the token", http.StatusOK, "")
		if want := first.Add(after.Truncate(time.Hour)); !used().Equal(want) {
			t.Errorf("after %s: used at %v; want %v", after, used(), want)
		}
	}
	doc, err := h.daemon.AddToken(t.Context(), web.TokenQuery{Name: "phone", Kind: web.CalendarLogin})
	if err != nil || doc.Link != "http://127.0.0.1:8787/api/v1/calendar.ics?key="+doc.Secret {
		t.Errorf("a calendar's address %q, %v", doc.Link, err)
	}
	got := h.ask("GET", strings.TrimPrefix(doc.Link, "http://127.0.0.1:8787"), "", forwarded)
	got.want(t, "the calendar", http.StatusOK, "BEGIN:VCALENDAR")
	got.want(t, "the calendar has the log", http.StatusOK, "SUMMARY:Logged")
}

// Who hammers at the door is told to wait, and locks nobody out.
func TestGuessing(t *testing.T) {
	h := newHouse(t, "")
	_, token := h.token("script", "")
	status, err := h.daemon.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	guesses := []struct {
		rule, method, path string
		headers            []string
		status             int
	}{
		{"tokens", "GET", "/api/v1/status", []string{forwarded, "Authorization: Bearer nb_guess"}, http.StatusUnauthorized},
		{"cookies", "GET", "/", []string{forwarded, "Cookie: nightbell=nb_guess"}, http.StatusUnauthorized},
		{"a calendar's keys", "GET", "/api/v1/calendar.ics?key=nb_guess", []string{forwarded}, http.StatusUnauthorized},
		{"pairing links", "POST", "/pair/AAAAAAAAAAAAAAAAAAAAAA", []string{forwarded}, http.StatusNotFound},
		{"the keys of pushes", "POST", "/a/" + status.Reminder.ID + "/start/AAAAAAAAAAAAAAAAAAAAAA", []string{forwarded}, http.StatusNotFound},
	}
	for _, g := range guesses {
		h.set(h.now.Load().Add(2 * time.Minute))
		refused := 0
		for n := range 200 {
			got := h.ask(g.method, g.path, "", g.headers...)
			switch {
			case n < 10 && got.status != g.status, n >= 10 && got.status != http.StatusTooManyRequests:
				t.Fatalf("%s, the %d. guess: %d %s", g.rule, n+1, got.status, got.body)
			case got.status == http.StatusTooManyRequests:
				refused++
				if wait := got.header.Get("Retry-After"); wait != "6" {
					t.Fatalf("%s: wait %q s; want 6", g.rule, wait)
				}
			}
		}
		if refused != 190 {
			t.Errorf("%s: %d of 200 were told to wait", g.rule, refused)
		}
		h.ask("GET", "/api/v1/status", "", forwarded, token).want(t, g.rule+" lock no token out", http.StatusOK, "")
		h.ask("GET", "/api/v1/status", "").want(t, g.rule+" do not lock this machine out", http.StatusOK, "")
		h.ask("POST", h.code(), "", forwarded).want(t, g.rule+" lock no new browser out", http.StatusSeeOther, "")
	}
	if n := strings.Count(h.logged.String(), "keys that open nothing"); n != len(guesses) {
		t.Errorf("the log tells of it %d times; want once for each:\n%s", n, h.logged)
	}
	if n := len(h.sessions()); n != 1 {
		t.Errorf("%d sessions; want the one that was there", n)
	}
}

func TestOneLoginCannotAskForEverything(t *testing.T) {
	h := newHouse(t, "")
	_, busy := h.token("busy", "")
	_, other := h.token("other", "")
	for n := range 120 {
		if got := h.ask("GET", "/metrics", "", busy); got.status != http.StatusOK {
			t.Fatalf("the %d. request: %d %s", n+1, got.status, got.body)
		}
	}
	h.ask("GET", "/metrics", "", busy).want(t, "one more at the same instant", http.StatusTooManyRequests, "too_many")
	h.ask("GET", "/metrics", "", other).want(t, "another login", http.StatusOK, "")
	h.set(h.now.Load().Add(50 * time.Millisecond))
	h.ask("GET", "/metrics", "", busy).want(t, "a moment later", http.StatusOK, "")
}

func TestBrowsersHaveNames(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0":                                                    "Firefox on Linux",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/604.1": "Safari on iPhone",
		"Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36":                  "Chrome on Android",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0":     "Edge on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15":     "Safari on macOS",
		"": "a browser on another system", "\x1b[2J<script>": "a browser on another system",
	} {
		if got := web.BrowserNameForTest(agent); got != want {
			t.Errorf("%q is %q; want %q", agent, got, want)
		}
	}
}
