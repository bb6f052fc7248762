package web

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"
)

// FuzzRequests holds any body of a request against this: what is taken has a
// length within its bounds, and says the same when it is written and read again.
func FuzzRequests(f *testing.F) {
	for _, body := range []string{
		`{}`, `{"what":"log","at":"2026-06-10T09:45:00+02:00","session":{"kind":"nurse","minutes":20,"ml":12.5,"note":"a"}}`,
		`{"for":600,"tonight":true}`, `{"for":1e300}`, `{"for":-1}`, `{"until":"9999-12-31T23:59:59Z"}`, `{"session":{"minutes":1e2}}`, `[]`, `null`, `{"at":""}`, `{"For":5,"for":6}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var q Request
		if json.Unmarshal(body, &q) != nil {
			return
		}
		if q.For < 0 || q.For > secondsMost*time.Second {
			t.Fatalf("a length of %s", q.For)
		}
		text, err := json.Marshal(q)
		if err != nil {
			t.Fatalf("%+v cannot be written: %v", q, err)
		}
		var again Request
		if err := json.Unmarshal(text, &again); err != nil {
			t.Fatalf("%s cannot be read: %v", text, err)
		}
		// Instants by what they are, lengths to the nanosecond of a float's.
		same := q.At.Equal(again.At) && q.Until.Equal(again.Until) && (q.For-again.For).Abs() < time.Microsecond
		q.At, q.Until, q.For = again.At, again.Until, again.For
		if !same || !reflect.DeepEqual(q, again) {
			t.Fatalf("written and read again\n%+v\nis\n%+v", q, again)
		}
		if q.Session.Check() == nil && (q.Session.Minutes < 0 || q.Session.Minutes > minutesMost || len([]rune(q.Session.Note)) > noteMost) {
			t.Fatalf("taken: %+v", q.Session)
		}
	})
}

// FuzzEdits holds any body of a PATCH against the same.
func FuzzEdits(f *testing.F) {
	for _, body := range []string{`{}`, `{"start":"2026-06-10T09:45:00Z","ml":null,"note":"x","pain":false}`, `{"kind":null}`, `{"minutes":1.5}`, `{"ml":1e-320,"left_ml":-0}`, `null`} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var e SessionEdit
		if json.Unmarshal(body, &e) != nil || e.Check() != nil {
			return
		}
		for _, v := range []Field[float64]{e.ML, e.LeftML, e.RightML} {
			if amount, _ := v.Given(); amount != nil && !(*amount >= 0 && *amount <= mlMost) {
				t.Fatalf("taken: %g ml", *amount)
			}
		}
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatalf("%+v cannot be written: %v", e, err)
		}
		var again SessionEdit
		if err := json.Unmarshal(text, &again); err != nil || again.Check() != nil {
			t.Fatalf("%s cannot be read: %v", text, err)
		}
	})
}

// doorman knows one key, and counts what was done.
type doorman struct{ done int }

// bedroom is a home that says when its people sleep and no more.
type bedroom struct{ Home }

func (bedroom) Setting(context.Context) (Setting, error) { return Setting{}, nil }

const goodLink = "/a/abcdefghijklmnop/start/AAAAAAAAAAAAAAAAAAAAAQ"

func (d *doorman) Ask(_ context.Context, reminder, action, key string) (Offer, error) {
	if "/a/"+reminder+"/"+action+"/"+key != goodLink {
		return Offer{}, NotFound("this link opens nothing")
	}
	return Offer{Title: "Reminder", Text: "03:00."}, nil
}

func (d *doorman) Act(ctx context.Context, reminder, action, key string) (Reply, error) {
	if _, err := d.Ask(ctx, reminder, action, key); err != nil {
		return Reply{}, err
	}
	d.done++
	return Reply{Text: "Logged."}, nil
}

// FuzzLinks holds any address below /a/ against this: only a POST to the whole
// link does anything, a GET never, and no answer repeats what was asked.
func FuzzLinks(f *testing.F) {
	for _, path := range []string{goodLink, goodLink + "/", goodLink + "?x", strings.ToUpper(goodLink), "/a/../a/x/start/y", "/a//start/", "/a/<script>alert(1)</script>/start/x", "/a/%2e%2e/start/%00", "/a/x/start/" + strings.Repeat("A", 5000)} {
		f.Add("GET", path)
		f.Add("POST", path)
	}
	f.Fuzz(func(t *testing.T, method, path string) {
		u, err := url.Parse(path)
		if err != nil || method != "GET" && method != "POST" && method != "HEAD" || !strings.HasPrefix(u.Path, "/a/") {
			return
		}
		d := &doorman{}
		at := &site{Site: Site{Desk: bedroom{}, Actions: d, Now: time.Now, Log: slog.New(slog.DiscardHandler)}, small: newSmallPage()}
		mux := http.NewServeMux()
		for _, r := range linkRoutes(at) {
			mux.HandleFunc(r.method+" "+r.pattern, r.serve)
		}
		w := httptest.NewRecorder()
		r := httptest.NewRequest(method, "http://home.example/", nil)
		r.URL, r.RequestURI = u, ""
		mux.ServeHTTP(w, r)
		if did := d.done == 1; did != (method == "POST" && u.Path == goodLink) || d.done > 1 {
			t.Fatalf("%s %q did %d things", method, path, d.done)
		}
		body, err := io.ReadAll(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		if w.Code == http.StatusOK && u.Path != goodLink {
			t.Fatalf("%s %q is answered with %d: %s", method, path, w.Code, body)
		}
		if strings.Contains(string(body), "<script") {
			t.Fatalf("%s %q: the answer holds a script: %s", method, path, body)
		}
	})
}
