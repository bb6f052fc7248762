package pushovertest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"reflect"
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

func newClock() *clock { return &clock{at: time.Date(2027, 3, 4, 3, 0, 0, 0, time.UTC)} }

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
	c := newClock()
	o.Now = c.now
	s := Start(o)
	t.Cleanup(s.Close)
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	return s, c
}

// post sends a form; what the fields leave out is as a good message has it.
func post(t *testing.T, s *Server, path string, with map[string]string) (int, map[string]any, http.Header) {
	t.Helper()
	form := url.Values{"token": {Token}}
	if path == "/messages.json" {
		form.Set("user", User)
		form.Set("message", "x")
	}
	for key, value := range with {
		form.Set(key, value)
	}
	resp, err := http.PostForm(s.API()+path, form)
	return answered(t, resp, err)
}

func get(t *testing.T, s *Server, path string) (int, map[string]any, http.Header) {
	t.Helper()
	resp, err := http.Get(s.API() + path + "?token=" + Token)
	return answered(t, resp, err)
}

func answered(t *testing.T, resp *http.Response, err error) (int, map[string]any, http.Header) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var body map[string]any
	if json.Unmarshal(text, &body) != nil {
		body = map[string]any{"text": string(text)}
	}
	return resp.StatusCode, body, resp.Header
}

func TestStrictness(t *testing.T) {
	emergency := func(with map[string]string) map[string]string {
		all := map[string]string{"priority": "2", "retry": "60", "expire": "1800"}
		for key, value := range with {
			if all[key] = value; value == "" {
				delete(all, key)
			}
		}
		return all
	}
	for _, c := range []struct {
		rule string
		with map[string]string
		want string // the reason; empty: accepted
	}{
		{"a message of 1024 characters", map[string]string{"message": strings.Repeat("ä", 1024)}, ""},
		{"one more", map[string]string{"message": strings.Repeat("ä", 1025)}, "message has 1025 characters, more than 1024"},
		{"blank", map[string]string{"message": " \n"}, "message cannot be blank"},
		{"a title of 250", map[string]string{"title": strings.Repeat("ä", 250)}, ""},
		{"a title of 251", map[string]string{"title": strings.Repeat("ä", 251)}, "title has 251 characters, more than 250"},
		{"a link of 513", map[string]string{"url": strings.Repeat("k", 513)}, "url has 513 characters, more than 512"},
		{"a link's title of 101", map[string]string{"url_title": strings.Repeat("k", 101)}, "url_title has 101 characters, more than 100"},
		{"not UTF-8", map[string]string{"title": "\xff"}, "title is not UTF-8"},
		{"a device of 26", map[string]string{"device": strings.Repeat("d", 26)}, "device name is not valid"},
		{"two devices", map[string]string{"device": "phone,tablet"}, ""},
		{"html and monospace", map[string]string{"html": "1", "monospace": "1"}, "html and monospace exclude each other"},
		{"priority 3", map[string]string{"priority": "3"}, "priority must be a whole number from -2 to 2"},
		{"a timestamp in words", map[string]string{"timestamp": "now"}, "timestamp must be a whole number from 1 to 2147483647"},
		{"an emergency", emergency(nil), ""},
		{"without retry", emergency(map[string]string{"retry": ""}), "priority 2 needs retry and expire"},
		{"retry under 30 s", emergency(map[string]string{"retry": "29"}), "retry must be a whole number from 30 to 10800"},
		{"retry in parts of a second", emergency(map[string]string{"retry": "30.5"}), "retry must be a whole number from 30 to 10800"},
		{"expire over 3 h", emergency(map[string]string{"expire": "10801"}), "expire must be a whole number from 1 to 10800"},
		{"an empty tag", emergency(map[string]string{"tags": "a,"}), "tags has an empty one"},
		{"an unknown token", map[string]string{"token": "x"}, "application token is invalid"},
		{"an unknown user", map[string]string{"user": "x"}, "user identifier is not a valid user, group, or subscribed user key"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			s, _ := begin(t, Options{})
			status, body, header := post(t, s, "/messages.json", c.with)
			if c.want != "" {
				if status != 400 || !reflect.DeepEqual(body["errors"], []any{c.want}) || body["status"] != 0.0 || len(s.Messages()) != 0 {
					t.Errorf("got %d %v, want 400 %q", status, body, c.want)
				}
				return
			}
			if status != 200 || body["status"] != 1.0 || (body["receipt"] != nil) != (c.with["priority"] == "2") || header.Get("X-Limit-App-Remaining") != "9999" {
				t.Errorf("got %d %v %v", status, body, header)
			}
		})
	}
}

func TestOtherRequests(t *testing.T) {
	s, _ := begin(t, Options{Quota: 1})
	for _, c := range []struct {
		rule   string
		do     func() (int, map[string]any, http.Header)
		status int
	}{
		{"a known pair is valid", func() (int, map[string]any, http.Header) {
			return post(t, s, "/users/validate.json", map[string]string{"user": User})
		}, 200},
		{"an unknown device is not", func() (int, map[string]any, http.Header) {
			return post(t, s, "/users/validate.json", map[string]string{"user": User, "device": "watch"})
		}, 400},
		{"an unknown receipt is 404", func() (int, map[string]any, http.Header) { return get(t, s, "/receipts/x.json") }, 404},
		{"an unknown receipt is not cancelled", func() (int, map[string]any, http.Header) { return post(t, s, "/receipts/x/cancel.json", nil) }, 404},
		{"an unknown tag cancels nothing", func() (int, map[string]any, http.Header) {
			return post(t, s, "/receipts/cancel_by_tag/x.json", nil)
		}, 200},
		{"no such page", func() (int, map[string]any, http.Header) { return post(t, s, "/x.json", nil) }, 404},
		{"a message is posted", func() (int, map[string]any, http.Header) { return get(t, s, "/messages.json") }, 404},
		{"within the quota", func() (int, map[string]any, http.Header) { return post(t, s, "/messages.json", nil) }, 200},
		{"over the quota", func() (int, map[string]any, http.Header) {
			return post(t, s, "/messages.json", map[string]string{"title": "2"})
		}, 429},
	} {
		if status, body, _ := c.do(); status != c.status {
			t.Errorf("%s: got %d %v", c.rule, status, body)
		}
	}
}

func TestLifeOfAnEmergency(t *testing.T) {
	s, c := begin(t, Options{})
	send := func(tag, retry, expire string) string {
		_, body, _ := post(t, s, "/messages.json", map[string]string{"priority": "2", "retry": retry, "expire": expire, "tags": tag, "title": tag})
		return body["receipt"].(string)
	}
	tapped, cancelled, short, long := send("tapped", "60", "1800"), send("cancelled", "60", "1800"), send("short", "60", "120"), send("long", "30", "10800")
	if n := len(s.Ringing()); n != 4 {
		t.Fatalf("%d ringing", n)
	}
	c.move(90 * time.Second)
	if !s.Acknowledge(tapped, c.now()) || s.Acknowledge(tapped, c.now()) || s.Acknowledge("none", c.now()) {
		t.Error("the first tap counts, and no other")
	}
	if _, body, _ := post(t, s, "/receipts/cancel_by_tag/cancelled.json", nil); body["canceled"] != 1.0 {
		t.Errorf("got %v", body)
	}
	if _, body, _ := post(t, s, "/receipts/cancel_by_tag/tapped.json", nil); body["canceled"] != 0.0 {
		t.Errorf("one that rings no more was cancelled: %v", body)
	}
	if s.Acknowledge(cancelled, c.now()) {
		t.Error("a cancelled one cannot be tapped")
	}
	c.move(30 * time.Second)
	if left := s.Ringing(); len(left) != 1 || left[0].Receipt != long {
		t.Errorf("still ringing: %+v", left)
	}
	if n := s.AcknowledgeTag("short", c.now()); n != 1 {
		t.Error("an expired one can still be tapped")
	}
	for receipt, want := range map[string]map[string]any{
		tapped: {"acknowledged": 1.0, "acknowledged_at": float64(c.now().Add(-30 * time.Second).Unix()), "acknowledged_by": User,
			"acknowledged_by_device": "phone", "last_delivered_at": float64(c.now().Add(-time.Minute).Unix()), "expired": 0.0,
			"expires_at": float64(c.now().Add(28 * time.Minute).Unix()), "called_back": 0.0, "called_back_at": 0.0},
		short:     {"acknowledged": 1.0, "expired": 1.0},
		cancelled: {"acknowledged": 0.0, "expired": 1.0},
		long:      {"acknowledged": 0.0, "acknowledged_at": 0.0, "expired": 0.0},
	} {
		_, body, _ := get(t, s, "/receipts/"+receipt+".json")
		for key, value := range want {
			if body[key] != value {
				t.Errorf("%s: %s is %v, want %v", receipt, key, body[key], value)
			}
		}
	}
	c.move(23*time.Minute - time.Second)
	if len(s.Ringing()) != 1 {
		t.Error("50 retries of 30 s end before 25 min")
	}
	c.move(time.Second)
	if len(s.Ringing()) != 0 || s.Messages()[3].Rings(c.now()) != 51 {
		t.Errorf("50 retries of 30 s go on after 25 min: %d rings", s.Messages()[3].Rings(c.now()))
	}
	c.move(7 * 24 * time.Hour)
	if status, _, _ := get(t, s, "/receipts/"+tapped+".json"); status != 404 {
		t.Errorf("after a week a receipt is still kept: %d", status)
	}
}

func TestAwaitEndsWithTheContext(t *testing.T) {
	s, _ := begin(t, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Await(ctx, func() bool { return false }); err != context.Canceled {
		t.Errorf("got %v", err)
	}
}

func TestFaultsStrikeInOrderAndWhereTold(t *testing.T) {
	s, _ := begin(t, Options{})
	s.Fail(Status(503).On("receipts"), 1)
	s.Fail(Status(500), 1)
	s.Fail(Text(418, "tea"), -1)
	var got []int
	for _, do := range []func() (int, map[string]any, http.Header){
		func() (int, map[string]any, http.Header) { return post(t, s, "/messages.json", nil) },
		func() (int, map[string]any, http.Header) { return get(t, s, "/receipts/a.json") },
		func() (int, map[string]any, http.Header) { return get(t, s, "/receipts/b.json") },
		func() (int, map[string]any, http.Header) { return get(t, s, "/receipts/c.json") },
		func() (int, map[string]any, http.Header) { s.Heal(); return get(t, s, "/receipts/d.json") },
	} {
		status, _, _ := do()
		got = append(got, status)
	}
	if want := []int{500, 503, 418, 418, 404}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if r := s.Requests(); r[0].Fault != "Internal Server Error" || r[1].Fault != "Service Unavailable on receipts" || r[4].Fault != "" || r[0].Status != 500 {
		t.Errorf("got %+v", r)
	}
}

func TestAFixedAddressIsFreeAgainAfterClose(t *testing.T) {
	s, _ := begin(t, Options{})
	addr := s.Addr()
	s.Close()
	again := Start(Options{Addr: addr, Now: newClock().now})
	defer again.Close()
	if status, _, _ := post(t, again, "/messages.json", nil); status != 200 {
		t.Errorf("got %d", status)
	}
}
