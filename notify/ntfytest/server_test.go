package ntfytest

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clock is a clock that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// begin starts a service on a clock of its own.
func begin(t *testing.T, o Options) (*Server, *clock) {
	t.Helper()
	c := &clock{at: time.Date(2027, 3, 4, 3, 0, 0, 0, time.UTC)}
	o.Now = c.now
	s := Start(o)
	t.Cleanup(s.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return s, c
}

// ask makes a request and returns what was said.
func ask(t *testing.T, s *Server, method, path, token, body string) (int, map[string]any, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var said map[string]any
	_ = json.Unmarshal(text, &said)
	return resp.StatusCode, said, string(text)
}

// publish sends a good message, with these fields added.
func publish(t *testing.T, s *Server, with string) {
	t.Helper()
	if code, said, _ := ask(t, s, "POST", "/", "", `{"topic":"`+Topic+`","message":"x"`+with+`}`); code != 200 || said["event"] != "message" {
		t.Fatalf("got %d %v", code, said)
	}
}

func TestStrictness(t *testing.T) {
	button := func(n int) string {
		return strings.TrimSuffix(strings.Repeat(`{"action":"http","label":"a","url":"https://h/"},`, n), ",")
	}
	for _, c := range []struct {
		rule, body string
		code       float64 // of the error; 0: accepted
	}{
		{"a text of 4096 bytes", `{"topic":"t","message":"` + strings.Repeat("ä", 2048) + `"}`, 0},
		{"a text of 4097 bytes", `{"topic":"t","message":"x` + strings.Repeat("ä", 2048) + `"}`, 40014},
		{"a body over 8192 bytes", `{"topic":"t","title":"` + strings.Repeat("x", 8192) + `"}`, 41303},
		{"no JSON", `topic=t`, 40017},
		{"no topic", `{"message":"x"}`, 40009},
		{"a topic with a slash", `{"topic":"a/b","message":"x"}`, 40009},
		{"a topic of 65", `{"topic":"` + strings.Repeat("t", 65) + `","message":"x"}`, 40009},
		{"priority 5", `{"topic":"t","priority":5}`, 0},
		{"priority 6", `{"topic":"t","priority":6}`, 40007},
		{"three buttons", `{"topic":"t","actions":[` + button(3) + `]}`, 0},
		{"four buttons", `{"topic":"t","actions":[` + button(4) + `]}`, 40018},
		{"a button without a label", `{"topic":"t","actions":[{"action":"http","url":"https://h/"}]}`, 40018},
		{"a button to nowhere", `{"topic":"t","actions":[{"action":"http","label":"a","url":"/x"}]}`, 40018},
		{"a sequence of 64", `{"topic":"t","sequence_id":"` + strings.Repeat("s", 64) + `"}`, 0},
		{"a sequence with a dot", `{"topic":"t","sequence_id":"a.b"}`, 40049},
		{"a delay of 10 s", `{"topic":"t","delay":"10s"}`, 0},
		{"a delay of 9 s", `{"topic":"t","delay":"9s"}`, 40005},
		{"a delay of 3 days", `{"topic":"t","delay":"72h"}`, 0},
		{"a longer delay", `{"topic":"t","delay":"72h1s"}`, 40006},
		{"a delay to an instant", `{"topic":"t","delay":"1804129260"}`, 0},
		{"a delay in other words", `{"topic":"t","delay":"soon"}`, 40004},
	} {
		t.Run(c.rule, func(t *testing.T) {
			s, _ := begin(t, Options{})
			code, said, _ := ask(t, s, "POST", "/", "", c.body)
			if c.code == 0 && (code != 200 || said["id"] == "") || c.code != 0 && (said["code"] != c.code || float64(code) != float64(int(c.code)/100)) {
				t.Errorf("got %d %v, want %v", code, said, c.code)
			}
		})
	}
	t.Run("an unknown field is let pass and noted", func(t *testing.T) {
		s, _ := begin(t, Options{})
		publish(t, s, `,"sequence":"x"`)
		if v := s.Violations(); len(v) != 1 || v[0] != `the field "sequence" is unknown` {
			t.Errorf("violations %q", v)
		}
	})
	t.Run("a token in a message is noted", func(t *testing.T) {
		s, _ := begin(t, Options{Token: Token})
		if code, _, _ := ask(t, s, "POST", "/", Token, `{"topic":"t","message":"`+Token+`"}`); code != 200 {
			t.Errorf("got %d", code)
		}
		if v := s.Violations(); len(v) != 1 {
			t.Errorf("violations %q", v)
		}
	})
}

func TestRights(t *testing.T) {
	for _, c := range []struct {
		rule, method, path, token, body string
		want                            int
	}{
		{"the token publishes", "POST", "/", Token, `{"topic":"t","message":"x"}`, 200},
		{"nobody does not", "POST", "/", "", `{"topic":"t","message":"x"}`, 403},
		{"a wrong token is not known", "POST", "/", "tk_other", `{"topic":"t","message":"x"}`, 401},
		{"everyone writes to an open topic", "POST", "/open", "", "x", 200},
		{"with a wrong token not", "POST", "/open", "tk_other", "x", 401},
		{"nobody reads an open topic", "GET", "/open/json?poll=1", "", "", 403},
		{"the token reads it", "GET", "/open/json?poll=1", Token, "", 200},
		{"the token may ask", "GET", "/t/auth", Token, "", 200},
		{"nobody may not ask", "GET", "/t/auth", "", "", 403},
		{"deleting wants the right to write", "DELETE", "/t/1", "", "", 403},
		{"clearing too", "PUT", "/t/1/clear", "", "", 403},
		{"everyone deletes in an open topic", "DELETE", "/open/1", "", "", 200},
	} {
		t.Run(c.rule, func(t *testing.T) {
			s, _ := begin(t, Options{Token: Token, Open: []string{"open"}})
			if code, _, text := ask(t, s, c.method, c.path, c.token, c.body); code != c.want {
				t.Errorf("got %d %s, want %d", code, text, c.want)
			}
		})
	}
	t.Run("an older server does not know the page", func(t *testing.T) {
		s, _ := begin(t, Options{Old: true})
		for _, method := range []string{"DELETE /t/1", "PUT /t/1/clear"} {
			m, path, _ := strings.Cut(method, " ")
			if code, said, _ := ask(t, s, m, path, "", ""); code != 404 || said["code"] != 40401.0 {
				t.Errorf("%s: got %d %v", method, code, said)
			}
		}
	})
}

func TestLimit(t *testing.T) {
	s, c := begin(t, Options{Requests: 2})
	want := []int{200, 200, 429}
	for i, w := range want {
		if code, _, _ := ask(t, s, "POST", "/t", "", "x"); code != w {
			t.Errorf("request %d: got %d, want %d", i, code, w)
		}
	}
	c.move(5 * time.Second)
	for i, w := range []int{200, 429} {
		if code, _, _ := ask(t, s, "POST", "/t", "", "x"); code != w {
			t.Errorf("5 s on, request %d: got %d, want %d", i, code, w)
		}
	}
}

func TestSince(t *testing.T) {
	s, c := begin(t, Options{})
	old := s.Publish("t", "old")
	c.move(13 * time.Hour)
	a := s.Publish("t", "a")
	s.Publish("other", "o")
	c.move(time.Minute)
	b := s.Publish("t", "b")
	publish(t, s, `,"topic":"t","message":"later","delay":"1h"`)
	for _, q := range []struct{ rule, query, want string }{
		{"all is what is kept, for 12 h", "poll=1&since=all", "a b"},
		{"without since a poll reads all", "poll=1", "a b"},
		{"since an id", "poll=1&since=" + a.ID, "b"},
		{"since the last id", "poll=1&since=" + b.ID, ""},
		{"since an id that is not kept any more", "poll=1&since=" + old.ID, "a b"},
		{"since an instant", "poll=1&since=1804176060", "b"},
		{"with what is scheduled", "poll=1&scheduled=1&since=" + b.ID, "later"},
	} {
		t.Run(q.rule, func(t *testing.T) {
			_, _, text := ask(t, s, "GET", "/t/json?"+q.query, "", "")
			var got []string
			for line := range strings.Lines(text) {
				var m Message
				if err := json.Unmarshal([]byte(line), &m); err != nil {
					t.Fatal(err)
				}
				got = append(got, m.Text)
			}
			if strings.Join(got, " ") != q.want {
				t.Errorf("got %q, want %q", got, q.want)
			}
		})
	}
}

// subscribe opens a stream and returns its lines.
func subscribe(t *testing.T, s *Server, query string) *bufio.Scanner {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL()+"/t/json?"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return bufio.NewScanner(resp.Body)
}

func TestStreams(t *testing.T) {
	s, _ := begin(t, Options{Scale: 0.0002}) // a keepalive each 9 ms
	s.Publish("t", "kept")
	lines := subscribe(t, s, "since=all")
	next := func() Message {
		var m Message
		for lines.Scan() {
			if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
				t.Fatal(err)
			}
			if m.Event != "keepalive" {
				return m
			}
		}
		return Message{Event: "ended"}
	}
	if m := next(); m.Event != "open" {
		t.Errorf("begins with %+v", m)
	}
	if m := next(); m.Text != "kept" {
		t.Errorf("then %+v", m)
	}
	s.Publish("other", "no")
	s.Publish("t", "live")
	if m := next(); m.Text != "live" {
		t.Errorf("then %+v", m)
	}
	for lines.Scan() && !strings.Contains(lines.Text(), `"keepalive"`) {
	}
	if n := s.Streams(); n != 1 {
		t.Errorf("%d streams", n)
	}
	s.Cut()
	if m := next(); m.Event != "ended" {
		t.Errorf("after Cut %+v", m)
	}
	if err := s.Await(t.Context(), func() bool { return s.Streams() == 0 }); err != nil {
		t.Error(err)
	}
}

func TestFaults(t *testing.T) {
	s, _ := begin(t, Options{})
	s.Fail(Status(503), 1)
	s.Fail(Refuse(42908, "limit reached"), 1)
	s.Fail(Text(200, "hello"), 1)
	for i, want := range []int{503, 429, 200, 200} {
		if code, _, text := ask(t, s, "POST", "/t", "", "x"); code != want || i == 2 && text != "hello" {
			t.Errorf("request %d: got %d %q", i, code, text)
		}
	}
	if n := len(s.Messages("t")); n != 1 {
		t.Errorf("%d messages", n)
	}
	s.Fail(DropAnswer().On("POST /t"), -1)
	if _, _, text := ask(t, s, "GET", "/t/json?poll=1", "", ""); text == "" {
		t.Error("the fault struck elsewhere")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, "POST", s.URL()+"/t", strings.NewReader("x"))
	if resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req); err == nil {
		resp.Body.Close()
		t.Error("answered")
	}
	if n := len(s.Messages("t")); n != 2 {
		t.Errorf("%d messages; this one was accepted", n)
	}
	s.Heal()
	if code, _, _ := ask(t, s, "POST", "/t", "", "x"); code != 200 {
		t.Errorf("healed: %d", code)
	}
	r := s.Requests()
	if r[0].Status != 503 || r[0].Fault != "Service Unavailable" || r[len(r)-1].Body != "x" {
		t.Errorf("requests %+v", r)
	}
}
