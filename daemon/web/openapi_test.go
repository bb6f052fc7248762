package web_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"nightbell/daemon/web"
)

// The document speaks of every route of the table, and of no other.
func TestTheDocumentHasEveryRoute(t *testing.T) {
	h := newHouse(t, "")
	doc := document(t, h)
	known := web.OperationsForTest()
	for _, r := range web.TableForTest(h.site) {
		if !r.Documented {
			continue
		}
		name := r.Method + " " + r.Pattern
		if !known[name] {
			t.Errorf("%s is in the table of routes, but daemon/web/operations.go says nothing of it", name)
		}
		delete(known, name)
		item := doc.Paths.Value(r.Pattern)
		if item == nil || item.GetOperation(r.Method) == nil {
			t.Errorf("%s is not in the document", name)
			continue
		}
		o := item.GetOperation(r.Method)
		if open := o.Security != nil && len(*o.Security) == 0; open != (r.Access == "open") {
			t.Errorf("%s: open in the document %v, in the table %s", name, open, r.Access)
		}
	}
	for name := range known {
		t.Errorf("daemon/web/operations.go speaks of %s, which is in no table", name)
	}
	total := 0
	for path, item := range doc.Paths.Map() {
		total += len(item.Operations())
		for method := range item.Operations() {
			if !slices.ContainsFunc(web.TableForTest(h.site), func(r web.RouteForTest) bool { return r.Method == method && r.Pattern == path }) {
				t.Errorf("the document has %s %s", method, path)
			}
		}
	}
	if total < 25 {
		t.Errorf("the document has %d operations", total)
	}
}

// document reads the document as anybody would, and checks it by OpenAPI's own
// rules.
func document(t *testing.T, h *house) *openapi3.T {
	t.Helper()
	text := h.ask("GET", "/api/v1/openapi.json", "", forwarded)
	text.want(t, "the document", http.StatusOK, `"openapi":"3.0.3"`)
	doc, err := openapi3.NewLoader().LoadFromData([]byte(text.body))
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return doc
}

// What is sent and what comes back is as the document says.
func TestTheHandlersKeepToTheDocument(t *testing.T) {
	h := newHouse(t, "")
	router, err := gorillamux.NewRouter(document(t, h))
	if err != nil {
		t.Fatal(err)
	}
	_, token := h.token("script", "")
	key, _ := h.token("cal", web.CalendarLogin)
	done := map[string]bool{}
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/api/v1/status", "", 200},
		{"GET", "/api/v1/plan?hours=5.5&explain=true&now=2026-06-10T09:45:00-04:00", "", 200},
		{"GET", "/api/v1/report?from=2026-06-09&to=2026-06-10", "", 200},
		{"POST", "/api/v1/reminders/open/snooze", `{"for":600,"source":"api"}`, 200},
		{"POST", "/api/v1/sessions", `{"at":"2026-06-10T05:30:00-04:00","session":{"kind":"nurse","minutes":20,"left_ml":0,"right_ml":12.5,"note":"","pain":false}}`, 200},
		{"POST", "/api/v1/sessions", `{"session":{"ml":-1}}`, 400},
		{"PATCH", "/api/v1/sessions/2", `{"minutes":25,"left_ml":null}`, 200},
		{"PATCH", "/api/v1/sessions/99", `{"minutes":25}`, 404},
		{"GET", "/api/v1/sessions?limit=5&deleted=true", "", 200},
		{"DELETE", "/api/v1/sessions/2", "", 200},
		{"POST", "/api/v1/undo", `{}`, 200},
		{"POST", "/api/v1/reminders/open/start", `{"at":"2026-06-10T10:00:00-04:00","session":{"ml":40}}`, 200},
		{"POST", "/api/v1/reminders/open/done", `{}`, 200},
		{"POST", "/api/v1/reminders/open/skip", `{}`, 409},
		{"POST", "/api/v1/pause", `{"until":"2026-06-10T12:00:00-04:00"}`, 200},
		{"POST", "/api/v1/pause", `{"for":1e9}`, 400},
		{"POST", "/api/v1/resume", `{}`, 200},
		{"POST", "/api/v1/rest", `{}`, 200},
		{"POST", "/api/v1/pain", `{"on":true}`, 200},
		{"POST", "/api/v1/zone", `{"zone":"Europe/Berlin"}`, 200},
		{"GET", "/api/v1/logins", "", 200},
		{"POST", "/api/v1/pairings", `{"url":"http://192.0.2.7:8787"}`, 200},
		{"DELETE", "/api/v1/logins/2", "", 200},
		{"DELETE", "/api/v1/logins/99", "", 404},
		{"GET", "/api/v1/browsers", "", 200},
		{"POST", "/api/v1/browsers", `{"name":"phone","endpoint":"https://push.example/x","expirationTime":null,"keys":{"p256dh":"","auth":""}}`, 409},
		{"DELETE", "/api/v1/browsers/0011223344556677", "", 404},
		{"GET", "/metrics", "", 200},
		{"GET", "/healthz", "", 200},
		{"GET", "/readyz", "", 200},
		{"GET", "/api/v1/openapi.json", "", 200},
	} {
		if strings.HasPrefix(c.path, "/api/v1/logins/2") {
			h.ask("GET", "/api/v1/calendar.ics?key="+key, "").want(t, "the calendar", http.StatusOK, "BEGIN:VCALENDAR")
		}
		req, err := http.NewRequestWithContext(t.Context(), c.method, h.srv.URL+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		name, value, _ := strings.Cut(token, ": ")
		req.Header.Set(name, value)
		if c.body != "" {
			req.Header.Set("Content-Type", "application/json")
		}
		route, parameters, err := router.FindRoute(req)
		if err != nil {
			t.Errorf("%s %s: %v", c.method, c.path, err)
			continue
		}
		done[c.method+" "+route.Path] = true
		in := &openapi3filter.RequestValidationInput{Request: req, PathParams: parameters, Route: route,
			Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}}
		if err := openapi3filter.ValidateRequest(t.Context(), in); err != nil {
			t.Errorf("%s %s: the request is not as the document says: %v", c.method, c.path, err)
		}
		req.Body = io.NopCloser(strings.NewReader(c.body))
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != c.status {
			t.Errorf("%s %s: %d %s; want %d", c.method, c.path, resp.StatusCode, text, c.status)
		}
		if !strings.Contains(resp.Header.Get("Content-Type"), "json") {
			continue
		}
		out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: resp.StatusCode, Header: resp.Header,
			Body: io.NopCloser(bytes.NewReader(text)), Options: &openapi3filter.Options{IncludeResponseStatus: true}}
		if err := openapi3filter.ValidateResponse(t.Context(), out); err != nil {
			t.Errorf("%s %s: the answer is not as the document says: %v", c.method, c.path, err)
		}
	}
	for _, r := range web.TableForTest(h.site) {
		elsewhere := r.Access == "local" || r.Pattern == "/api/v1/events" || r.Pattern == "/api/v1/calendar.ics"
		if r.Documented && !elsewhere && !done[r.Method+" "+r.Pattern] {
			t.Errorf("%s %s is not tried", r.Method, r.Pattern)
		}
	}
}

// A method that the document does not have for a path is refused as the
// document says of refusals, and names those that it has.
func TestTheDocumentHasEveryMethod(t *testing.T) {
	h := newHouse(t, "")
	doc := document(t, h)
	local := map[string]bool{}
	for _, r := range web.TableForTest(h.site) {
		local[r.Method+" "+r.Pattern] = r.Access == "local"
	}
	tried := 0
	for pattern, item := range doc.Paths.Map() {
		var here []string
		for method := range item.Operations() {
			if local[method+" "+pattern] {
				continue
			}
			here = append(here, method)
			if method == "GET" {
				here = append(here, "HEAD")
			}
		}
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			if len(here) == 0 || slices.Contains(here, method) {
				continue
			}
			tried++
			got := h.ask(method, h.path(pattern), "")
			allow := strings.Split(got.header.Get("Allow"), ", ")
			slices.Sort(allow)
			slices.Sort(here)
			if got.status != http.StatusMethodNotAllowed || !slices.Equal(allow, here) {
				t.Errorf("%s %s: %d, Allow %q; the document has %q", method, pattern, got.status, allow, here)
			}
			if !strings.HasPrefix(got.header.Get("Content-Type"), "application/json") {
				continue // a probe or the like: for people
			}
			var body any
			if err := json.Unmarshal([]byte(got.body), &body); err != nil {
				t.Fatal(err)
			}
			if err := doc.Components.Schemas["Error"].Value.VisitJSON(body); err != nil {
				t.Errorf("%s %s: the refusal is not as the document says: %v", method, pattern, err)
			}
		}
	}
	if tried < 60 {
		t.Errorf("%d were tried", tried)
	}
}
