package notify

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"nightbell/notify/webpushtest"
)

// browser is one browser and its push service, which checks signatures as RFC
// 8292 says, with nothing of the library that makes them.
type browser struct {
	*webpushtest.Browser
	t      *testing.T
	public string // of the application server, as it was given at subscribing
	srv    *httptest.Server

	mu     sync.Mutex
	status int // 0: takes it
	got    []webpushPush
	heads  []http.Header
	wrong  []string
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	keys, err := webpushtest.New()
	if err != nil {
		t.Fatal(err)
	}
	b := &browser{Browser: keys, t: t}
	b.srv = httptest.NewServer(http.HandlerFunc(b.serve))
	t.Cleanup(b.srv.Close)
	t.Cleanup(func() {
		for _, w := range b.wrong {
			t.Errorf("the push service complains: %s", w)
		}
	})
	return b
}

func (b *browser) subscription(name string) Subscription {
	return Subscription{Name: name, Endpoint: b.srv.URL + "/push/secret-" + name,
		Key: b.Key(), Auth: b.Auth()}
}

func (b *browser) serve(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.status != 0 {
		w.WriteHeader(b.status)
		fmt.Fprintf(w, "no: %s", r.URL.Path)
		return
	}
	body, _ := io.ReadAll(r.Body)
	b.heads = append(b.heads, r.Header)
	if err := b.signed(r); err != nil {
		b.wrong = append(b.wrong, err.Error())
	}
	text, err := b.Read(body, webpushRecord)
	if err != nil {
		b.wrong = append(b.wrong, err.Error())
	}
	var push webpushPush
	if err := json.Unmarshal(text, &push); err != nil {
		b.wrong = append(b.wrong, err.Error())
	}
	b.got = append(b.got, push)
	w.WriteHeader(http.StatusCreated)
}

// signed checks the header of RFC 8292, 3.
func (b *browser) signed(r *http.Request) error {
	var token, key string
	for part := range strings.SplitSeq(strings.TrimPrefix(r.Header.Get("Authorization"), "vapid "), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			token = value
		case "k":
			key = value
		}
	}
	if key != b.public {
		return fmt.Errorf("signed with another key than the browser subscribed with: %q", key)
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return fmt.Errorf("the token %q is none", token)
	}
	point, _ := base64.RawURLEncoding.DecodeString(key)
	mark, _ := base64.RawURLEncoding.DecodeString(parts[2])
	signer, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if len(mark) != 64 || !ecdsa.Verify(signer, sum[:], new(big.Int).SetBytes(mark[:32]), new(big.Int).SetBytes(mark[32:])) {
		return errors.New("the signature does not hold")
	}
	text, _ := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	if err := json.Unmarshal(text, &claims); err != nil || claims.Aud != b.srv.URL || claims.Sub != "mailto:ann@mail.example" {
		return fmt.Errorf("claims %s", text)
	}
	return nil
}

func newWebPush(t *testing.T) *webPush {
	t.Helper()
	c, problems := openWebPush("phone", Values{"contact": "mailto:ann@mail.example"}, Tools{
		Now: time.Now, Folder: t.TempDir(), Pace: Pace{Request: 5 * time.Second}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return c.(*webPush)
}

func subscribed(t *testing.T, w *webPush, b *browser, name string) {
	t.Helper()
	var err error
	if b.public, err = w.PublicKey(); err != nil {
		t.Fatal(err)
	}
	if err := w.Subscribe(b.subscription(name)); err != nil {
		t.Fatal(err)
	}
}

func webpushAlarm() Message {
	return Message{Key: "k1", Tag: "t1", Level: Alarm, Title: "Reminder", Text: "03:00, if it suits. Then back to bed.", Time: time.Unix(1800000000, 0),
		Buttons: []Button{{Label: "Starting", Answer: "r1/start/key"}, {Label: "Link", URL: "https://home.example/a/x"}}}
}

func TestWebPushReachesEveryBrowser(t *testing.T) {
	w := newWebPush(t)
	one, two := newBrowser(t), newBrowser(t)
	subscribed(t, w, one, "phone")
	subscribed(t, w, two, "tablet")
	if _, err := w.Send(t.Context(), webpushAlarm()); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]*browser{"phone": one, "tablet": two} {
		if len(b.got) != 1 {
			t.Fatalf("%s got %d pushes", name, len(b.got))
		}
		got := b.got[0]
		if got.Text != "03:00, if it suits. Then back to bed." || got.Tag != "k1" || got.Level != "alarm" || got.At != 1800000000 ||
			len(got.Buttons) != 1 || got.Buttons[0].Answer != "r1/start/key" {
			t.Errorf("%s got %+v", name, got)
		}
		h := b.heads[0]
		if h.Get("Urgency") != "high" || h.Get("TTL") != "1800" || h.Get("Topic") != "k1" || h.Get("Content-Encoding") != "aes128gcm" {
			t.Errorf("%s: headers %v", name, h)
		}
	}
}

func TestTheKeysOfWebPushOutliveARestart(t *testing.T) {
	w := newWebPush(t)
	b := newBrowser(t)
	subscribed(t, w, b, "phone")
	again, _ := openWebPush("phone", Values{"contact": "mailto:ann@mail.example"}, Tools{Now: time.Now, Folder: filepath.Dir(w.file)})
	if _, err := again.Send(t.Context(), webpushAlarm()); err != nil || len(b.got) != 1 {
		t.Errorf("%d pushes, %v", len(b.got), err)
	}
	if info, err := os.Stat(w.file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file of the keys: %v, %v; want it for its owner alone", info.Mode(), err)
	}
}

func TestASubscriptionThatIsGoneIsShown(t *testing.T) {
	for _, status := range []int{http.StatusNotFound, http.StatusGone} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			w := newWebPush(t)
			one, two := newBrowser(t), newBrowser(t)
			subscribed(t, w, one, "phone")
			subscribed(t, w, two, "tablet")
			one.status = status
			if _, err := w.Send(t.Context(), webpushAlarm()); err != nil {
				t.Errorf("one browser took it, so it reached somebody: %v", err)
			}
			notes := strings.Join(w.Notes(), "\n")
			if !strings.Contains(notes, "phone takes no pushes since") || strings.Contains(notes, "secret") || strings.Contains(notes, "tablet") {
				t.Errorf("notes %q", notes)
			}
			two.status = status
			_, err := w.Send(t.Context(), webpushAlarm())
			var f *Failure
			if !errors.As(err, &f) || f.Kind != Refused || strings.Contains(err.Error(), "secret") {
				t.Errorf("all are gone: %v; want a refusal without an address", err)
			}
			if _, err := w.Send(t.Context(), webpushAlarm()); err == nil || !strings.Contains(err.Error(), "open the page on the phone") {
				t.Errorf("nobody is left: %v", err)
			}
			one.status = 0
			subscribed(t, w, one, "phone")
			if got, _ := w.Subscriptions(); len(got) != 2 || !got[1].Gone.IsZero() {
				t.Errorf("subscribed again: %+v; want it in the place of the one that is gone", got)
			}
		})
	}
}

func TestWebPushFailures(t *testing.T) {
	for status, kind := range map[int]FailureKind{500: Unreached, 429: Limited, 403: Refused, 413: Refused, 307: Unreached} {
		w := newWebPush(t)
		b := newBrowser(t)
		subscribed(t, w, b, "phone")
		b.status = status
		_, err := w.Send(t.Context(), webpushAlarm())
		var f *Failure
		if !errors.As(err, &f) || f.Kind != kind || strings.Contains(err.Error(), "secret") {
			t.Errorf("%d: %v; want kind %d and no address", status, err, kind)
		}
	}
}

func TestSubscriptionsAreChecked(t *testing.T) {
	w := newWebPush(t)
	good := newBrowser(t).subscription("phone")
	tests := []struct {
		rule   string
		change func(*Subscription)
		want   string
	}{
		{"an address on this machine only by loopback", func(s *Subscription) { s.Endpoint = "http://push.example/x" }, "not an https address"},
		{"no file", func(s *Subscription) { s.Endpoint = "file:///etc/passwd" }, "not an https address"},
		{"a point of the curve", func(s *Subscription) { s.Key = "AAAA" }, "key is not one"},
		{"a secret of 16 bytes", func(s *Subscription) { s.Auth = "AAAA" }, "secret is not one"},
		{"a name", func(s *Subscription) { s.Name = " " }, "name of 1 to 40"},
		{"a name on one line", func(s *Subscription) { s.Name = "a\nb" }, "name of 1 to 40"},
	}
	for _, tt := range tests {
		s := good
		tt.change(&s)
		if err := w.Subscribe(s); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", tt.rule, err)
		}
	}
	if err := w.Subscribe(good); err != nil {
		t.Error(err)
	}
	if known, err := w.Unsubscribe(good.Endpoint); !known || err != nil {
		t.Errorf("forgotten: %v, %v", known, err)
	}
	for i := range subscriptionsMost + 1 {
		s := good
		s.Endpoint, s.Name = fmt.Sprintf("https://push.example/%d", i), fmt.Sprint(i)
		if err := w.Subscribe(s); (err == nil) != (i < subscriptionsMost) {
			t.Errorf("browser %d: %v", i, err)
		}
	}
}
