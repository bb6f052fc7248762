package web_test

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"nightbell/daemon/web"
)

// forwarded is what shows that a proxy passed a request on.
const forwarded = "X-Forwarded-For: 203.0.113.9"

// path is a pattern of the table with something real in each of its names.
func (h *house) path(pattern string) string {
	h.t.Helper()
	status := h.reminded()
	mac := hmac.New(sha256.New, h.secret)
	mac.Write([]byte(status.Reminder.ID + "/start"))
	key := base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
	code := ""
	if strings.Contains(pattern, "{code}") {
		doc, err := h.daemon.Pair(h.t.Context(), web.PairQuery{})
		if err != nil {
			h.t.Fatal(err)
		}
		_, code, _ = strings.Cut(doc.Link, "/pair/")
	}
	id := "1"
	if strings.Contains(pattern, "/reminders/") {
		id = "open"
	}
	return strings.NewReplacer("{$}", "", "{reminder}", status.Reminder.ID, "{action}", "start", "{key}", key, "{code}", code, "{id}", id).Replace(pattern)
}

// Link previews, scanners and browsers that fetch ahead ask for whatever they
// see. Whatever they see is in the table.
func TestGETChangesNothing(t *testing.T) {
	h := newHouse(t, "")
	_, token := h.token("script", "")
	key, _ := h.token("cal", web.CalendarLogin)
	cookie := h.pair()
	before := h.content()
	for _, r := range web.TableForTest(h.site) {
		if reads := r.Method == "GET"; reads == r.Changes {
			t.Errorf("%s %s: changes %v", r.Method, r.Pattern, r.Changes)
		}
		if r.Method != "GET" {
			continue
		}
		path := h.path(r.Pattern) + map[string]string{
			"/api/v1/calendar.ics": "?key=" + key, "/api/v1/export": "?format=csv", "/session": "?id=1",
		}[r.Pattern]
		if r.Pattern == "/api/v1/events" {
			h.stream(path, token).Close()
			h.ask("HEAD", path, "", token).want(t, "HEAD of a stream", http.StatusOK, "")
		} else if r.Access == "local" {
			w := httptest.NewRecorder()
			h.socket.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), r.Method, path, nil))
			answer{status: w.Code}.want(t, r.Pattern, http.StatusOK, "")
		} else {
			for _, who := range []string{token, cookie} {
				for _, method := range []string{"GET", "HEAD"} {
					h.ask(method, path, "", who).want(t, method+" "+r.Pattern+" by "+who[:6], http.StatusOK, "")
				}
			}
		}
		if after := h.content(); after != before {
			t.Fatalf("GET %s changed the journal:\n%s\nbefore it was\n%s", r.Pattern, after, before)
		}
	}
}

// A method that a path does not take is told so, with those that it does; and
// nothing of it is carried out.
func TestAMethodThatAPathDoesNotTake(t *testing.T) {
	h := newHouse(t, "")
	takes := map[string][]string{}
	for _, r := range web.TableForTest(h.site) {
		if r.Access == "local" {
			continue
		}
		takes[r.Pattern] = append(takes[r.Pattern], r.Method)
		if r.Method == "GET" {
			takes[r.Pattern] = append(takes[r.Pattern], "HEAD")
		}
	}
	before := h.content()
	for pattern, known := range takes {
		path := h.path(pattern)
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
			if slices.Contains(known, method) {
				continue
			}
			got := h.ask(method, path, "")
			allow := strings.Split(got.header.Get("Allow"), ", ")
			slices.Sort(allow)
			slices.Sort(known)
			if got.status != http.StatusMethodNotAllowed || !slices.Equal(allow, known) {
				t.Errorf("%s %s: %d, Allow %q; want 405 and %q", method, pattern, got.status, allow, known)
			}
			form := "text/html; charset=utf-8"
			if strings.HasPrefix(pattern, "/api/") || pattern == "/metrics" {
				form = "application/json"
			}
			if got.header.Get("Content-Type") != form {
				t.Errorf("%s %s: the refusal is %q; want %s", method, pattern, got.header.Get("Content-Type"), form)
			}
		}
	}
	if len(takes) < 40 {
		t.Errorf("%d paths were tried", len(takes))
	}
	if after := h.content(); after != before {
		t.Errorf("the journal is now\n%s\nand was\n%s", after, before)
	}
	h.ask("GET", "/api/v1/pause", "").want(t, "in words", http.StatusMethodNotAllowed,
		`{"error":{"code":"method_not_allowed","message":"/api/v1/pause is asked for with POST, not with GET"}}`)
	h.ask("PUT", "/nothing", "").want(t, "what is not there", http.StatusNotFound, "No PUT /nothing here.")
	h.ask("POST", "/api/v1/test", "").want(t, "what only the socket serves", http.StatusNotFound, `"code":"not_found"`)
	for path, allow := range map[string]string{"/api/v1/test": "POST", "/api/v1/logins": "GET, HEAD, POST"} {
		w := httptest.NewRecorder()
		h.socket.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "PUT", path, nil))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != allow {
			t.Errorf("on the socket, PUT %s: %d, Allow %q; want 405 and %s", path, w.Code, w.Header().Get("Allow"), allow)
		}
	}
}

// stream opens a stream of events and reads its first.
func (h *house) stream(path string, headers ...string) io.ReadCloser {
	h.t.Helper()
	ctx, cancel := context.WithCancel(h.t.Context())
	req, err := http.NewRequestWithContext(ctx, "GET", h.srv.URL+path, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		h.t.Fatalf("opening a stream: %v %v", resp, err)
	}
	s := &stream{bufio.NewReader(resp.Body), resp.Body, cancel}
	if first := s.next(h.t); !strings.HasPrefix(first, "event: status\ndata: {") {
		h.t.Fatalf("the first event is %q", first)
	}
	return s
}

// stream is an open stream of events.
type stream struct {
	*bufio.Reader
	body   io.Closer
	cancel func()
}

func (s *stream) Close() error {
	s.cancel()
	return s.body.Close()
}

// next is the next event; "" at the end of the stream.
func (s *stream) next(t *testing.T) string {
	t.Helper()
	text := ""
	for {
		line, err := s.ReadString('\n')
		if err != nil {
			return ""
		}
		if line == "\n" {
			return text
		}
		text += line
	}
}

// visitor is somebody who comes by, with what they bring.
type visitor struct {
	rule    string
	headers []string
	query   string
	may     string // which kinds of route open
}

// visitors is everybody who may come by a house.
func visitors(t *testing.T, h *house) []visitor {
	t.Helper()
	_, token := h.token("script", "")
	key, asBearer := h.token("cal", web.CalendarLogin)
	cookie := h.pair()
	gone, _ := h.token("gone", "")
	goneCookie := h.pair()
	revoke(t, h, "gone")
	revokeLast(t, h)
	return []visitor{
		{"on this machine", nil, "", "open login keyed"},
		{"on this machine, by another name of it", []string{"Host: localhost:8787"}, "", "open login keyed"},
		{"through a proxy", []string{forwarded}, "", "open keyed"},
		{"through a proxy that says it speaks for this machine", []string{"X-Forwarded-For: 127.0.0.1", "X-Real-IP: 127.0.0.1", "X-Forwarded-Host: localhost"}, "", "open keyed"},
		{"through a proxy that says https and a user", []string{"X-Forwarded-Proto: https", "X-Forwarded-User: owner", "Tailscale-User-Login: owner"}, "", "open keyed"},
		{"by a name of nobody here", []string{"Host: evil.example"}, "", "open"},
		{"by a name of nobody here, with a token", []string{"Host: evil.example", token}, "", "open"},
		{"with a token", []string{forwarded, token}, "", "open login token feed keyed"},
		{"with the cookie of a paired browser", []string{forwarded, cookie}, "", "open login token feed keyed"},
		{"with a calendar's key", []string{forwarded}, "?key=" + key, "open feed keyed"},
		{"with a calendar's key as a token", []string{forwarded, asBearer}, "", "open keyed"},
		{"with a token as a cookie", []string{forwarded, "Cookie: nightbell=" + strings.TrimPrefix(token, "Authorization: Bearer ")}, "", "open keyed"},
		{"with a revoked token", []string{forwarded, "Authorization: Bearer " + gone}, "", "open keyed"},
		{"with the cookie of a revoked browser", []string{forwarded, goneCookie}, "", "open keyed"},
		{"with nonsense", []string{forwarded, "Authorization: Basic b3duZXI6b3duZXI="}, "", "open keyed"},
	}
}

// Every route, by everybody who may come by. Each of them meets a house of
// their own: nobody has asked it too much then, and its reminder stays open.
func TestWhoMayComeIn(t *testing.T) {
	for i := 0; ; i++ {
		h := newHouse(t, "")
		everybody := visitors(t, h)
		if i == len(everybody) {
			return
		}
		v := everybody[i]
		for _, r := range web.TableForTest(h.site) {
			if r.Access == "local" || r.Changes || r.Pattern == "/api/v1/events" {
				continue
			}
			h.set(h.now.Load().Add(6 * time.Second)) // so that nobody has been wrong too often
			got := h.ask(r.Method, h.path(r.Pattern)+v.query, "", v.headers...)
			in := got.status != http.StatusUnauthorized && got.status != http.StatusForbidden
			if want := strings.Contains(v.may, r.Access); in != want {
				t.Errorf("%s: %s %s (%s): %d %.100s; want in: %v", v.rule, r.Method, r.Pattern, r.Access, got.status, got.body, want)
			}
		}
	}
}

// What changes something asks the same, before it looks at anything else.
func TestWhoMayChangeSomething(t *testing.T) {
	h := newHouse(t, "")
	_, token := h.token("script", "")
	cookie := h.pair()
	before := h.content()
	for _, r := range web.TableForTest(h.site) {
		if !r.Changes || r.Access == "local" || r.Access == "keyed" {
			continue
		}
		path := h.path(r.Pattern)
		h.ask(r.Method, path, "{}", forwarded).want(t, r.Pattern+" through a proxy", http.StatusUnauthorized, "login")
		h.ask(r.Method, path, "{}", "Host: evil.example").want(t, r.Pattern+" by another name", http.StatusForbidden, "is no name of this machine")
		h.ask(r.Method, path, "{}", cookie, "Origin: https://evil.example").want(t, r.Pattern+" from another site", http.StatusForbidden, "another site")
		h.ask(r.Method, path, "{}", "Sec-Fetch-Site: cross-site").want(t, r.Pattern+" from another site, on this machine", http.StatusForbidden, "another site")
		h.ask(r.Method, path, "{}", cookie, "Origin: null").want(t, r.Pattern+" from a page without a name", http.StatusForbidden, "another site")
	}
	for _, path := range []string{"/api/v1/backup", "/api/v1/export?format=csv"} {
		h.ask("GET", path, "", token).want(t, path+" is for the socket alone", http.StatusNotFound, "not_found")
	}
	if after := h.content(); after != before {
		t.Errorf("something was changed:\n%s\nbefore it was\n%s", after, before)
	}
}

func revoke(t *testing.T, h *house, name string) {
	t.Helper()
	doc, err := h.daemon.Logins(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range doc.Logins {
		if l.Name == name {
			if _, err := h.daemon.Revoke(t.Context(), l.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// revokeLast revokes the newest login.
func revokeLast(t *testing.T, h *house) {
	t.Helper()
	doc, err := h.daemon.Logins(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.daemon.Revoke(t.Context(), doc.Logins[len(doc.Logins)-1].ID); err != nil {
		t.Fatal(err)
	}
}

// With login: always, or a public_url, this machine is asked too.
func TestThisMachineNeedsALoginWhereOthersMayBeBehindIt(t *testing.T) {
	for _, configuration := range []string{"login: always\n", "public_url: https://home.example/r\n"} {
		h := newHouse(t, configuration)
		h.ask("GET", "/api/v1/status", "").want(t, configuration, http.StatusUnauthorized, "nightbell pair")
		h.ask("GET", "/", "").want(t, configuration, http.StatusUnauthorized, "nightbell pair")
		_, token := h.token("script", "")
		h.ask("GET", "/api/v1/status", "", token).want(t, configuration+"with a token", http.StatusOK, `"state":"due"`)
	}
	h := newHouse(t, "public_url: https://home.example/r\nhosts: [nas.local]\n")
	_, token := h.token("script", "")
	for _, host := range []string{"home.example", "HOME.example:443", "nas.local:8787"} {
		h.ask("GET", "/api/v1/status", "", token, "Host: "+host).want(t, host, http.StatusOK, `"state":"due"`)
	}
	// A proxy that puts its own Host in the place of the one asked for.
	h.ask("POST", "/api/v1/undo", "", token, "Origin: https://home.example").want(t, "from public_url itself", http.StatusOK, "Taken back")
}

func TestABodyIsBounded(t *testing.T) {
	h := newHouse(t, "")
	send := func(rule, head string, body func(io.Writer) error) {
		conn, err := net.Dial("tcp", h.srv.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST /api/v1/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\n%s\r\n\r\n", head)
		sent := make(chan error, 1)
		go func() { sent <- body(conn) }()
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s: %v", rule, err)
		}
		text, _ := io.ReadAll(resp.Body)
		answer{resp.StatusCode, resp.Header, string(text)}.want(t, rule, http.StatusRequestEntityTooLarge, "too_large")
		conn.Close()
		<-sent
	}
	send("100 MB that are announced are not waited for", "Content-Length: 100000000", func(io.Writer) error { return nil })
	taken := 0
	send("100 MB that are not announced end with the first 64 KiB", "Transfer-Encoding: chunked", func(w io.Writer) error {
		chunk := "10000\r\n" + strings.Repeat(" ", 0x10000) + "\r\n"
		for taken < 100_000_000 {
			if _, err := io.WriteString(w, chunk); err != nil {
				return err
			}
			taken += 0x10000
		}
		return nil
	})
	if taken > 20_000_000 { // what the two sockets hold in between
		t.Errorf("%d bytes were taken", taken)
	}
	if n := len(h.sessions()); n != 1 {
		t.Errorf("%d sessions; want the one that was there", n)
	}
}

func (h *house) sessions() []web.SessionDoc {
	h.t.Helper()
	doc, err := h.daemon.Sessions(h.t.Context(), web.SessionsQuery{})
	if err != nil {
		h.t.Fatal(err)
	}
	return doc.Sessions
}

// A tap is sent again when nobody knows whether it arrived.
func TestARequestWithAKeyIsCarriedOutOnce(t *testing.T) {
	h := newHouse(t, "")
	const key = "Idempotency-Key: 5f0c4c52-8f1e-4d6e-9c59-0c1d5a7c1a11"
	const body = `{"at":"2026-06-10T09:30:00-04:00","session":{"ml":40}}`
	first := h.ask("POST", "/api/v1/sessions", body, key)
	first.want(t, "the first time", http.StatusOK, `"ml":40`)
	again := h.ask("POST", "/api/v1/sessions", body, key)
	again.want(t, "the second time", http.StatusOK, `"already":true`)
	var one, two web.Reply
	if json.Unmarshal([]byte(first.body), &one) != nil || json.Unmarshal([]byte(again.body), &two) != nil || one.Text != two.Text || one.Logged.ID != two.Logged.ID {
		t.Errorf("answered %s, then %s; want the same session in the same words", first.body, again.body)
	}
	h.ask("POST", "/api/v1/sessions", `{"session":{"ml":50}}`, key).want(t, "the same key for something else", http.StatusConflict, "give each request a key of its own")
	if n := len(h.sessions()); n != 2 {
		t.Errorf("%d sessions; want the one that was there and one more", n)
	}
	h.set(h.now.Load().Add(25 * time.Hour))
	h.ask("POST", "/api/v1/sessions", body, key).want(t, "the next day", http.StatusOK, `"already":true`)
	h.set(h.now.Load().Add(-25 * time.Hour))
	h.ask("POST", "/api/v1/undo", "", "Idempotency-Key: u").want(t, "an undo", http.StatusOK, "Taken back")
	h.ask("POST", "/api/v1/undo", "", "Idempotency-Key: u").want(t, "an undo that is sent again takes nothing else back", http.StatusOK, `"already":true`)
	if n := len(h.sessions()); n != 1 {
		t.Errorf("%d sessions; want one", n)
	}
	h.ask("POST", "/api/v1/sessions", body, "Idempotency-Key: "+strings.Repeat("k", 101)).want(t, "a key that is no key", http.StatusBadRequest, "such as a UUID")
}
