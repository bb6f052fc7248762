package notify

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

const hookSecret = "correct-horse-battery"

// hooked is what a receiver got.
type hooked struct{ body, timestamp, signature, kind string }

// hook opens a webhook to a receiver that answers with status and remembers.
func hook(t *testing.T, status int, log *logText) (*webhook, *[]hooked) {
	t.Helper()
	var got []hooked
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = append(got, hooked{string(body), r.Header.Get(WebhookTimestamp), r.Header.Get(WebhookSignature), r.Method + " " + r.URL.RequestURI() + " " + r.Header.Get("Content-Type")})
		w.WriteHeader(status)
	}))
	t.Cleanup(srv.Close)
	return openedHook(t, srv.URL+"/key-in-the-path?k=2", brisk(), log), &got
}

func openedHook(t *testing.T, address string, pace Pace, log *logText) *webhook {
	t.Helper()
	c, problems := openWebhook("hook", Values{"url": address, "secret": hookSecret}, Tools{
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: noon, Pace: pace})
	if len(problems) > 0 {
		t.Fatalf("opening: %v", problems)
	}
	return c.(*webhook)
}

func TestWebhookPosts(t *testing.T) {
	for _, c := range []struct {
		rule string
		m    Message // with level 0: its tag is withdrawn
		want string
	}{
		{"everything", Message{Key: "r1", Tag: "nb-r1-0", Level: Alarm, Title: "Reminder", Text: "03:00. <&>", Time: noon().In(time.FixedZone("", 3600)), Link: "https://h/a",
			Buttons: []Button{{"Done", "a", "https://h/d"}, {"Only by reply", "b", ""}}},
			`{"key":"r1","tag":"nb-r1-0","level":"alarm","title":"Reminder","text":"03:00. <&>","at":"2027-03-04T12:00:00Z","link":"https://h/a","buttons":[{"label":"Done","url":"https://h/d"}],"withdraw":false}`},
		{"every key is there", Message{Level: Low, Text: "x"},
			`{"key":"","tag":"","level":"low","title":"","text":"x","at":"2027-03-04T12:00:00Z","link":"","buttons":[],"withdraw":false}`},
		{"a withdrawal", Message{Tag: "nb-r1-0"},
			`{"key":"","tag":"nb-r1-0","level":"","title":"","text":"","at":"2027-03-04T12:00:00Z","link":"","buttons":[],"withdraw":true}`},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w, got := hook(t, 204, &logText{})
			if c.m.Level == 0 {
				if err := w.Withdraw(t.Context(), c.m.Tag); err != nil {
					t.Fatal(err)
				}
			} else if sent, err := w.Send(t.Context(), c.m); err != nil || sent.Withdrawable != (c.m.Tag != "") {
				t.Fatalf("sent %+v, %v", sent, err)
			}
			p := (*got)[0]
			if p.body != c.want+"\n" || p.kind != "POST /key-in-the-path?k=2 application/json" {
				t.Errorf("got %s %s", p.kind, p.body)
			}
			if err := VerifyWebhook(hookSecret, p.timestamp, p.signature, []byte(p.body), noon()); err != nil || p.timestamp != "1804161600" {
				t.Errorf("timestamp %s: %v", p.timestamp, err)
			}
		})
	}
}

// The vector stands in the manual (doc.go); it was computed by openssl:
//
//	printf %s '1804161600.{"key":"r1"}' | openssl dgst -sha256 -hmac correct-horse-battery
const vector = "v1=e634c9a75f13cdf20f7067f2ba275048770f1ab75ca59f163c26d30ff12ef367"

func TestVerifyWebhook(t *testing.T) {
	body := `{"key":"r1"}`
	unfit := "the signature does not fit; check that both ends have the same secret, and that the body is read as it came"
	form := "the signature is not one; Nightbell-Signature is v1= and 64 hexadecimal digits"
	signed := func(stamp string) string { return signWebhook(hookSecret, stamp, []byte(body)) }
	for _, c := range []struct {
		rule, secret, timestamp, signature, body string
		later                                    time.Duration
		want                                     string
	}{
		{"the vector of the manual", hookSecret, "1804161600", vector, body, 0, ""},
		{"five minutes later", hookSecret, "1804161600", vector, body, 5 * time.Minute, ""},
		{"five minutes earlier", hookSecret, "1804161600", vector, body, -5 * time.Minute, ""},
		{"a second more is too old", hookSecret, "1804161600", vector, body, 5*time.Minute + time.Second, "the timestamp is 5m1s from this clock, more than 5m0s; set both clocks"},
		{"a second more is too early", hookSecret, "1804161600", vector, body, -5*time.Minute - time.Second, "the timestamp is 5m1s from this clock, more than 5m0s; set both clocks"},
		{"another body", hookSecret, "1804161600", vector, body + "\n", 0, unfit},
		{"another timestamp", hookSecret, "1804161601", vector, body, 0, unfit},
		{"another secret", hookSecret + "x", "1804161600", vector, body, 0, unfit},
		{"the full stop belongs to it", hookSecret, "180416160", signWebhook(hookSecret, "18041616", []byte("0."+body)), body, 0, unfit},
		{"capitals are another text", hookSecret, "1804161600", "v1=" + strings.ToUpper(vector[3:]), body, 0, unfit},
		{"another version", hookSecret, "1804161600", "v2=" + vector[3:], body, 0, form},
		{"none", hookSecret, "1804161600", "", body, 0, form},
		{"a timestamp in words, although signed", hookSecret, "noon", signed("noon"), body, 0, "the timestamp is not one; Nightbell-Timestamp is Unix seconds"},
		{"an old one is not told of before it is genuine", hookSecret, "1", vector, body, 0, unfit},
		{"an instant beyond all clocks", hookSecret, "-9223372036854775808", signed("-9223372036854775808"), body, 0, "the timestamp is 2562047h47m16s from this clock, more than 5m0s; set both clocks"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if got := errorText(VerifyWebhook(c.secret, c.timestamp, c.signature, []byte(c.body), noon().Add(c.later))); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// Whoever writes a receiver goes by the manuals: what they give as an example
// verifies, and they name every key of a post.
func TestTheManualsOfTheWebhookAreRight(t *testing.T) {
	body, err := json.Marshal(hookPush{Buttons: []hookButton{{}}})
	if err != nil {
		t.Fatal(err)
	}
	keys := regexp.MustCompile(`"(\w+)":`).FindAllStringSubmatch(string(body), -1)
	if len(keys) != 11 {
		t.Fatalf("a post has the keys %q; want nine and a button's two", keys)
	}
	for _, file := range []string{"doc.go", "../config.example.yaml"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		words := strings.Join(strings.FieldsFunc(string(text), func(r rune) bool { return strings.ContainsRune(" \t\n#/", r) }), " ")
		given := regexp.MustCompile(`secret (\S+), the timestamp (\d+) and the body (\S+) \(no newline\) (?:the signature is|give) (v1=\S+)`).FindStringSubmatch(words)
		if given == nil {
			t.Errorf("%s has no vector", file)
			continue
		}
		if err := VerifyWebhook(given[1], given[2], given[4], []byte(given[3]), noon()); err != nil {
			t.Errorf("%s: %q: %v", file, given, err)
		}
		names := []string{WebhookTimestamp, WebhookSignature}
		for _, key := range keys {
			names = append(names, key[1])
		}
		for _, name := range names {
			if !regexp.MustCompile(`\b` + name + `\b`).MatchString(words) {
				t.Errorf("%s says nothing of %s", file, name)
			}
		}
	}
}

func TestWebhookAnswers(t *testing.T) {
	for _, c := range []struct {
		rule   string
		status int
		kind   FailureKind
		text   string
	}{
		{"any 2xx is an acceptance", 202, 0, ""},
		{"400 is a refusal", 400, Refused, "the service answered 400"},
		{"410 is a refusal", 410, Refused, "the service answered 410"},
		{"408 is not reached", 408, Unreached, "the service answered 408"},
		{"429 is a limit", 429, Limited, "the service answered 429: too many requests"},
		{"502 is not reached", 502, Unreached, "the service answered 502"},
		{"302 is not followed", 302, Unreached, "the service answered 302 and points elsewhere, which is not followed; write the address that answers itself as url"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w, got := hook(t, c.status, &logText{})
			_, err := w.Send(t.Context(), night())
			if c.kind == 0 && err != nil {
				t.Error(err)
			} else if c.kind != 0 {
				wantFailure(t, err, c.kind, "channel hook: sending: "+c.text)
				wantFailure(t, w.Withdraw(t.Context(), "a"), c.kind, "channel hook: withdrawing: "+c.text)
			}
			if len(*got) == 0 {
				t.Error("nobody was asked")
			}
		})
	}
	t.Run("an acceptance counts, whatever its body does", func(t *testing.T) {
		w := openedHook(t, "http://"+mute(t, "HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf")+"/", Pace{Request: 300 * time.Millisecond}, &logText{})
		if _, err := w.Send(t.Context(), night()); err != nil {
			t.Error(err)
		}
	})
	t.Run("silence is bounded", func(t *testing.T) {
		w := openedHook(t, "http://"+mute(t, "")+"/", Pace{Request: 50 * time.Millisecond}, &logText{})
		_, err := w.Send(t.Context(), night())
		wantFailure(t, err, Unreached, "channel hook: sending: no answer within 50ms")
	})
	t.Run("a message that is none stays here", func(t *testing.T) {
		w, got := hook(t, 200, &logText{})
		_, err := w.Send(t.Context(), Message{Level: Low})
		wantFailure(t, err, Refused, "channel hook: sending: the message is empty; give it a text or a title")
		wantFailure(t, w.Withdraw(t.Context(), "a/b"), Refused, `channel hook: withdrawing: the tag "a/b" is not one; use 1 to 40 letters, digits, _ and -`)
		if len(*got) != 0 {
			t.Error("it left the machine")
		}
	})
}

func TestWebhookSecretsReachNoText(t *testing.T) {
	var asked atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Redirect(w, r, "https://"+hookSecret+"/key-in-the-path?k=2", http.StatusTemporaryRedirect)
	}))
	log := &logText{}
	w := openedHook(t, srv.URL+"/key-in-the-path?k=2", brisk(), log)
	look := func() {
		t.Helper()
		_, err := w.Send(t.Context(), night())
		for _, err := range []error{err, w.Withdraw(t.Context(), "a")} {
			if err == nil {
				t.Fatal("accepted")
			}
			for text := err.Error() + log.String(); ; text = err.Error() {
				if strings.Contains(text, "key-in") || strings.Contains(text, hookSecret[:8]) {
					t.Errorf("holds a secret: %q", text)
				}
				if err = errors.Unwrap(err); err == nil {
					break
				}
			}
		}
	}
	look()
	if asked.Load() != 2 {
		t.Errorf("asked %d times", asked.Load())
	}
	srv.Close()
	look() // nobody listens
}

func TestWebhookSettings(t *testing.T) {
	for _, c := range []struct {
		rule string
		v    Values
		want []Problem
	}{
		{"url and secret are enough", nil, nil},
		{"a query may be part of it", Values{"url": "https://h.example/a?b=c"}, nil},
		{"16 characters are enough", Values{"secret": strings.Repeat("s", 16)}, nil},
		{"all problems come at once", Values{"url": "", "secret": ""}, []Problem{
			{"url", "is missing; write the address that is called: https://home.example/hook"},
			{"secret", "is missing; it signs each push; make one: openssl rand -hex 16"}}},
		{"15 are not", Values{"secret": strings.Repeat("s", 15)}, []Problem{{"secret", "has 15 characters, fewer than 16; make one: openssl rand -hex 16"}}},
		{"something else than the web", Values{"url": "mailto:me"}, []Problem{{"url", "is not an address; write https://home.example/hook"}}},
		{"a password in it", Values{"url": "https://me:word@h.example/"}, []Problem{{"url", "holds a name or a #; write scheme, host, path and perhaps a query: https://home.example/hook"}}},
		{"plain http elsewhere", Values{"url": "http://h.example/secret"}, []Problem{
			{"url", "plain http to h.example would show every push to anyone on the way; write https://, or insecure_http: true on this channel"}}},
		{"plain http elsewhere if told", Values{"url": "http://h.example/", "insecure_http": true}, nil},
		{"plain http to loopback", Values{"url": "http://[::1]:8123/api/webhook/x"}, nil},
	} {
		t.Run(c.rule, func(t *testing.T) {
			v := Values{"url": "https://home.example/hook", "secret": hookSecret}
			for key, value := range c.v {
				v[key] = value
			}
			channel, problems := openWebhook("h", v, Tools{Now: time.Now})
			if !reflect.DeepEqual(problems, c.want) {
				t.Errorf("got  %q\nwant %q", problems, c.want)
			}
			if (channel == nil) != (len(c.want) > 0) {
				t.Errorf("channel %v with problems %q", channel, problems)
			}
		})
	}
}
