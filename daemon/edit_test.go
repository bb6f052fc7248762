package daemon

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/planner"
)

// An edit changes what it names and nothing else.
func TestAnEditKeepsWhatItDoesNotName(t *testing.T) {
	w := newWorld(t, "10T12:00")
	ml, more, side := 30.0, 45.0, 15.0
	old := journal.Session{ID: 1, Start: w.at("10T09:40"), Kind: planner.Pump, Length: 20 * time.Minute, ML: &ml, Pain: true, Note: "n", Source: "cli", Begun: true, Change: 1}
	for _, c := range []struct {
		rule   string
		edit   web.SessionEdit
		change func(*journal.Session)
	}{
		{"the start moves", web.SessionEdit{Start: web.To(w.at("10T09:30"))}, func(e *journal.Session) { e.Start = w.at("10T09:30") }},
		{"a kind", web.SessionEdit{Kind: web.To("hand")}, func(e *journal.Session) { e.Kind = planner.Hand }},
		{"a length ends what was begun", web.SessionEdit{Minutes: web.To(25)}, func(e *journal.Session) { e.Length, e.Begun = 25*time.Minute, false }},
		{"a length is taken out", web.SessionEdit{Minutes: web.Without[int]()}, func(e *journal.Session) { e.Length = 0 }},
		{"an amount", web.SessionEdit{ML: web.To(45.0)}, func(e *journal.Session) { e.ML = &more }},
		{"an amount is taken out", web.SessionEdit{ML: web.Without[float64]()}, func(e *journal.Session) { e.ML = nil }},
		{"a side", web.SessionEdit{LeftML: web.To(15.0), RightML: web.To(15.0)}, func(e *journal.Session) { e.LeftML, e.RightML = &side, &side }},
		{"no pain after all", web.SessionEdit{Pain: web.To(false)}, func(e *journal.Session) { e.Pain = false }},
		{"a note is taken out", web.SessionEdit{Note: web.Without[string]()}, func(e *journal.Session) { e.Note = "" }},
	} {
		b, reply, err := Rewrite(w.state, old, web.Request{What: web.Edit, ID: 1, Edit: c.edit}, w.now)
		if err != nil || reply.Already || len(b.Sessions) != 2 || len(b.Changes) != 1 || !b.Changes[0].Undoable {
			t.Errorf("%s: %+v, %+v, %v; want two versions and a change that can be undone", c.rule, b, reply, err)
			continue
		}
		gone, want := old, old
		gone.Removed = w.state.NextChange
		want.Change = w.state.NextChange
		c.change(&want)
		if !reflect.DeepEqual(b.Sessions, []journal.Session{gone, want}) {
			t.Errorf("%s: %+v; want %+v", c.rule, b.Sessions, []journal.Session{gone, want})
		}
	}
	if b, reply, err := Rewrite(w.state, old, web.Request{What: web.Edit, ID: 1, Edit: web.SessionEdit{ML: web.To(30.0)}}, w.now); err != nil || !reply.Already || !empty(b) {
		t.Errorf("an edit that says the same: %+v, %+v, %v; want nothing written", b, reply, err)
	}
	if _, _, err := Rewrite(w.state, old, web.Request{What: web.Edit, ID: 1, Edit: web.SessionEdit{LeftML: web.To(45.0)}}, w.now); !web.IsWrong(err) || !strings.Contains(err.Error(), "in all 30 ml, on the sides 45 ml") {
		t.Errorf("a side beyond the total that stands: %v; want a refusal", err)
	}
	apart := old
	apart.LeftML = &more
	if _, _, err := Rewrite(w.state, apart, web.Request{What: web.Edit, ID: 1, Edit: web.SessionEdit{Note: web.To("x")}}, w.now); err != nil {
		t.Errorf("a note for amounts that an import brought as they are: %v", err)
	}
	if _, _, err := Rewrite(w.state, old, web.Request{What: web.Edit, ID: 1, Edit: web.SessionEdit{Start: web.To(w.at("10T13:00"))}}, w.now); !web.IsWrong(err) {
		t.Errorf("a start in the future: %v; want a refusal", err)
	}
}

// A session that is taken out brings its reminder back after a while, as undo does.
func TestADeletedSessionBringsTheReminderBack(t *testing.T) {
	w := newWorld(t, "10T09:00")
	w.to("10T09:05")
	w.do(web.Request{What: web.Start})
	w.to("10T12:00")
	due := w.state.openStart()
	if due == nil {
		t.Fatalf("no reminder at 12:00:\n%s", w.told())
	}
	w.do(web.Request{What: web.Start})
	w.to("10T12:05")
	if w.state.openStart() != nil {
		t.Fatal("the answer did not close the reminder")
	}
	old := w.state.Sessions[len(w.state.Sessions)-1]
	b, _, err := Rewrite(w.state, old, web.Request{What: web.Delete, ID: old.ID}, w.now)
	if err != nil {
		t.Fatal(err)
	}
	w.state.Snapshot.Apply(b)
	w.to("10T12:06")
	if r := w.state.openStart(); r == nil || r.ID != due.ID || !r.Snoozed.After(w.now) {
		t.Errorf("after the session was taken out: %+v; want the reminder of %s back in a while", r, due.Due)
	}
}

func TestSessionsAreEditedOverTheAPI(t *testing.T) {
	srv := httptest.NewServer(web.API(newDirect(t), slog.New(slog.NewTextHandler(io.Discard, nil))))
	defer srv.Close()
	for _, c := range []struct {
		name, method, path, body string
		status                   int
		holds                    string
	}{
		{"a session to edit", "POST", "sessions", `{"at":"2026-06-10T09:30:00-04:00","session":{"ml":0,"note":"n"}}`, 200, `"id":1`},
		{"a length", "PATCH", "sessions/1", `{"minutes":20}`, 200, `"minutes":20`},
		{"what is not named stays", "PATCH", "sessions/1", `{"pain":true}`, 200, `"note":"n"`},
		{"null takes out", "PATCH", "sessions/1", `{"ml":null}`, 200, `"ml":null`},
		{"the start moves the plan", "PATCH", "sessions/1", `{"start":"2026-06-10T09:00:00-04:00"}`, 200, `"start":"2026-06-10T09:00:00-04:00"`},
		{"no start", "PATCH", "sessions/1", `{"start":null}`, 400, "delete it"},
		{"no kind", "PATCH", "sessions/1", `{"kind":null}`, 400, "a session has a kind"},
		{"a kind nobody knows", "PATCH", "sessions/1", `{"kind":"bottle"}`, 400, "use pump, power, nurse or hand"},
		{"a text for a number", "PATCH", "sessions/1", `{"minutes":"20"}`, 400, `"code":"wrong"`},
		{"a field nobody knows", "PATCH", "sessions/1", `{"source":"cli"}`, 400, `no key \"source\" belongs there`},
		{"a session that is not there", "PATCH", "sessions/9", `{"minutes":20}`, 404, "no session 9"},
		{"no number", "DELETE", "sessions/all", "", 404, "is no session"},
		{"out it goes", "DELETE", "sessions/1", "", 200, `"deleted":true`},
		{"twice is once", "DELETE", "sessions/1", "", 409, "taken out already"},
		{"no edit of what is out", "PATCH", "sessions/1", `{"minutes":20}`, 409, "taken out already"},
		{"undo", "POST", "undo", "", 200, `Taken back: \"Taken out: 09:00, 20 min.\"`},
		{"and it stands again", "GET", "sessions", "", 200, `"minutes":20`},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, srv.URL+"/api/v1/"+c.path, strings.NewReader(c.body))
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
	}
}
