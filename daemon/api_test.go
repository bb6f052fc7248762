package daemon

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nightbell/daemon/web"
)

// newDirect is a desk on a journal of its own, at 10:00 on 10 June 2026 in
// New York.
func newDirect(t testing.TB) *Direct {
	t.Helper()
	now := func() time.Time { return time.Date(2026, 6, 10, 14, 0, 0, 0, time.UTC) }
	d, err := NewDirect(t.Context(), opened(t, "timezone: America/New_York\nchannels: [{name: here, type: console}]\n", now, slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheAPIAnswersInOneShape(t *testing.T) {
	srv := httptest.NewServer(web.API(newDirect(t), slog.New(slog.NewTextHandler(io.Discard, nil))))
	defer srv.Close()
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		holds                    string
	}{
		{"status", "GET", "/api/v1/status", "", 200, `"state":"due"`},
		{"a plan of another instant", "GET", "/api/v1/plan?now=2026-06-10T09:45:00-04:00&hours=5", "", 200, `"timezone":"America/New_York"`},
		{"a plan of nonsense", "GET", "/api/v1/plan?now=noon", "", 400, `"code":"wrong"`},
		{"a plan of too many hours", "GET", "/api/v1/plan?hours=1000", "", 400, "at most 72"},
		{"a session", "POST", "/api/v1/sessions", `{"at":"2026-06-10T09:30:00-04:00","session":{"ml":0}}`, 200, `"ml":0`},
		{"a session in the future", "POST", "/api/v1/sessions", `{"at":"2026-06-10T19:30:00-04:00"}`, 400, "lies in the future"},
		{"a kind nobody knows", "POST", "/api/v1/sessions", `{"session":{"kind":"bottle"}}`, 400, "use pump, power, nurse or hand"},
		{"a negative amount", "POST", "/api/v1/sessions", `{"session":{"ml":-1}}`, 400, "is not an amount"},
		{"a field nobody knows", "POST", "/api/v1/sessions", `{"volume":3}`, 400, `no key \"volume\" belongs there; /api/v1/openapi.json has them all`},
		{"a session written flat", "POST", "/api/v1/sessions", `{"minutes":20}`, 400, `no key \"minutes\" belongs there; what a session says is under \"session\", such as {\"session\": {\"minutes\": 20}}`},
		{"its start by the name that it has where it is read", "POST", "/api/v1/sessions", `{"session":{"start":"2026-06-10T09:00:00Z"}}`, 400, `no key \"start\" belongs there; when it began is \"at\", beside \"session\"`},
		{"a text for minutes", "POST", "/api/v1/sessions", `{"session":{"minutes":"20"}}`, 400, "the request's body: session.minutes: a text is not a whole number"},
		{"half a minute", "POST", "/api/v1/sessions", `{"session":{"minutes":1.5}}`, 400, "session.minutes: 1.5 is not a whole number"},
		{"an amount beyond all numbers", "POST", "/api/v1/sessions", `{"session":{"ml":1e400}}`, 400, "session.ml: 1e400 is not a number within bounds"},
		{"a list for a session", "POST", "/api/v1/sessions", `{"session":[]}`, 400, `session: a list is not an object such as {\"key\": \"value\"}`},
		{"a list", "POST", "/api/v1/sessions", `[]`, 400, `the request's body: a list is not an object such as`},
		{"an instant without a zone", "POST", "/api/v1/sessions", `{"at":"2026-06-10T09:00"}`, 400, `2026-06-10T09:00 is not an instant; write it like 2026-06-10T09:45:00+02:00`},
		{"no JSON", "POST", "/api/v1/sessions", `{minutes`, 400, "the request's body: not JSON: invalid character 'm'"},
		{"half of one", "POST", "/api/v1/sessions", `{"session":{`, 400, "the request's body: not JSON: unexpected EOF"},
		{"two values", "POST", "/api/v1/sessions", `{} {}`, 400, "more follows its JSON value; send one value alone"},
		{"something behind the value", "POST", "/api/v1/sessions", `{} and so on`, 400, "not JSON: invalid character 'a'"},
		{"no JSON", "POST", "/api/v1/sessions", `{`, 400, `"code":"wrong"`},
		{"a body without end", "POST", "/api/v1/sessions", `{"session":{"note":"` + strings.Repeat("x", 100_000) + `"}}`, 413, "too large"},
		{"nothing to snooze", "POST", "/api/v1/reminders/open/snooze", `{}`, 409, `"code":"conflict"`},
		{"a reminder that never was", "POST", "/api/v1/reminders/nosuch/skip", `{}`, 404, `"code":"not_found"`},
		{"an answer that is none", "POST", "/api/v1/reminders/open/dance", `{}`, 404, "use start, done, snooze or skip"},
		{"a place that is none", "GET", "/api/v1/nowhere", "", 404, `"code":"not_found"`},
		{"pain", "POST", "/api/v1/pain", `{"on":true}`, 200, "a reason to call"},
		{"pain in the status", "GET", "/api/v1/status", "", 200, `"pain":"2026-06-10T10:00:00-04:00"`},
		{"pain cleared", "POST", "/api/v1/pain", `{"on":false}`, 200, "as before"},
		{"no pain in the status", "GET", "/api/v1/status", "", 200, `"pain":null`},
		{"undo of the clearing", "POST", "/api/v1/undo", "", 200, "Taken back"},
		{"pain is back", "GET", "/api/v1/status", "", 200, `"pain":"2026-06-10T10:00:00-04:00"`},
		{"another zone", "POST", "/api/v1/zone", `{"zone":"Europe/Berlin"}`, 200, "where it is 16:00"},
		{"another zone in the status", "GET", "/api/v1/status", "", 200, `"timezone":"Europe/Berlin","home_timezone":"America/New_York"`},
		{"no zone at all", "POST", "/api/v1/zone", `{}`, 400, "no zone is named"},
		{"a zone nobody knows", "POST", "/api/v1/zone", `{"zone":"Berlin"}`, 400, `\"Berlin\" is not a time zone; write a name of the IANA list such as Europe/Berlin`},
		{"the machine's zone", "POST", "/api/v1/zone", `{"zone":"Local"}`, 400, "would follow the machine, not you"},
		{"the configuration's zone", "POST", "/api/v1/zone", `{"zone":""}`, 200, "America/New_York again"},
		{"undo of that", "POST", "/api/v1/undo", "", 200, "Taken back"},
		{"the other zone is back", "GET", "/api/v1/status", "", 200, `"timezone":"Europe/Berlin"`},
		{"undo of the journey", "POST", "/api/v1/undo", "", 200, "Taken back"},
		{"home", "GET", "/api/v1/status", "", 200, `"timezone":"America/New_York"`},
		{"undo of the pain", "POST", "/api/v1/undo", "", 200, `Taken back: \"Noted that it hurts.\"`},
		{"the log", "GET", "/api/v1/sessions?limit=5", "", 200, `"counted":true`},
		{"a source that only the daemon knows of", "POST", "/api/v1/sessions", `{"source":"answer:phone"}`, 400, "use cli, api or page"},
		{"a wrong limit", "GET", "/api/v1/sessions?limit=0", "", 400, "use 1 to 10000"},
		{"undo", "POST", "/api/v1/undo", "", 200, "Taken back"},
		{"nothing to undo", "POST", "/api/v1/undo", "", 409, "nothing to take back"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, srv.URL+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != c.status || !strings.Contains(string(text), c.holds) {
			t.Errorf("%s: %d %s; want %d with %s", c.name, resp.StatusCode, text, c.status, c.holds)
		}
		if !json.Valid(text) {
			t.Errorf("%s: not JSON: %s", c.name, text)
		}
	}
}

func TestGETChangesNothing(t *testing.T) {
	d := newDirect(t)
	srv := httptest.NewServer(web.API(d, slog.New(slog.NewTextHandler(io.Discard, nil))))
	defer srv.Close()
	for _, path := range []string{"sessions", "undo", "pause", "resume", "rest", "reminders/open/start", "reminders/open/skip", "test", "status", "plan", "backup"} {
		resp, err := srv.Client().Get(srv.URL + "/api/v1/" + path)
		if err != nil {
			t.Fatal(err)
		}
		io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	if change, _, err := d.journal.LastUndoable(t.Context()); err != nil || change.ID != 0 || d.state.resting() {
		t.Errorf("after only GETs: change %+v, err %v; want none", change, err)
	}
}

// A daemon that hangs is an error within two seconds and a bit, not a reason
// to write beside it.
func TestAClientDoesNotWaitForADaemonThatHangs(t *testing.T) {
	dir, err := os.MkdirTemp("", "nb")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := web.Dial(filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	_, err = client.Status(context.Background())
	if err == nil || !strings.Contains(err.Error(), "did not answer within 2s") || time.Since(begin) > 4*time.Second {
		t.Errorf("after %s: %v; want an error after 2 s that says so", time.Since(begin), err)
	}
}

func TestTheClientAsksForTheSameThing(t *testing.T) {
	dir, err := os.MkdirTemp("", "nb")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	l, err := net.Listen("unix", filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	d := newDirect(t)
	srv := &http.Server{Handler: web.API(d, slog.New(slog.NewTextHandler(io.Discard, nil)))}
	go srv.Serve(l)
	defer srv.Close()
	client, err := web.Dial(filepath.Join(dir, "s"))
	if err != nil {
		t.Fatal(err)
	}
	reply, err := client.Do(t.Context(), web.Request{What: web.Done, Source: "cli"})
	if err != nil || reply.Logged == nil || *reply.Logged.Minutes != 15 || reply.Next.IsZero() {
		t.Errorf("done: %+v, %v; want the session of 15 min and what comes next", reply, err)
	}
	again, err := client.Do(t.Context(), web.Request{What: web.Start, Source: "cli"})
	if err != nil || !again.Already || !strings.HasPrefix(again.Text, "Already logged at 09:45.") {
		t.Errorf("start right after: %+v, %v; want to be told of the first answer", again, err)
	}
	list, err := client.Sessions(t.Context(), web.SessionsQuery{})
	if err != nil || len(list.Sessions) != 1 || list.Sessions[0].Source != "cli" {
		t.Errorf("sessions %+v, %v", list, err)
	}
	var copied strings.Builder
	if err := client.Backup(t.Context(), &copied); err != nil || !strings.HasPrefix(copied.String(), "SQLite format 3") {
		t.Errorf("backup: %v, %d bytes", err, copied.Len())
	}
	var said []string
	if err := client.Test(t.Context(), web.TestQuery{Channel: "nowhere"}, func(s string) { said = append(said, s) }); err == nil || !strings.Contains(err.Error(), `no channel "nowhere"; there is here`) {
		t.Errorf("test on no channel: %v %v", err, said)
	}
	if err := client.Test(t.Context(), web.TestQuery{}, func(s string) { said = append(said, s) }); err != nil || len(said) == 0 {
		t.Errorf("test: %v %v", err, said)
	}
}
