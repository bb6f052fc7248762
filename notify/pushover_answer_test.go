package notify

import (
	"errors"
	"strings"
	"testing"
	"time"

	"nightbell/notify/pushovertest"
)

func TestAnswersOfTheService(t *testing.T) {
	type want struct {
		kind   FailureKind // 0: accepted
		status int
		retry  time.Duration
		text   string
	}
	for _, c := range []struct {
		rule  string
		fault pushovertest.Fault
		want  want
	}{
		{"200 without quota headers is accepted", pushovertest.NoQuotaHeaders(), want{}},
		{"space without end after the answer changes nothing", pushovertest.EndlessSpace(), want{}},
		{"status 1 with an odd list of errors is accepted", pushovertest.Text(200, `{"status":1,"receipt":"r","errors":{"a":1}}`), want{}},
		{"201 with status 1 is accepted", pushovertest.Text(201, `{"status":1,"receipt":"r"}`), want{}},
		{"200 with status 0 is a refusal", pushovertest.Status0("user is inactive"),
			want{Refused, 200, 0, "the service answered 200 and status 0: user is inactive"}},
		{"200 with status 0 and no reason is a refusal", pushovertest.Text(200, `{"status":0}`),
			want{Refused, 200, 0, "the service answered 200 and status 0"}},
		{"200 with a page of somebody else is not reached", pushovertest.Status(200),
			want{Unreached, 200, 0, "the service answered 200, but not as Pushover does; is something in between, or api wrong?"}},
		{"200 with other JSON is not reached", pushovertest.Text(200, `{"hello":1}`),
			want{Unreached, 200, 0, "the service answered 200, but not as Pushover does; is something in between, or api wrong?"}},
		{"200 with a status that is no number is not reached", pushovertest.Text(200, `{"status":{"a":[1]},"receipt":[1],"errors":["no"]}`),
			want{Unreached, 200, 0, "the service answered 200, but not as Pushover does; is something in between, or api wrong?"}},
		{"200 with nothing is not reached", pushovertest.Text(200, ""),
			want{Unreached, 200, 0, "the service answered 200, but not as Pushover does; is something in between, or api wrong?"}},
		{"a body without end and sense is not reached", pushovertest.EndlessBody(),
			want{Unreached, 200, 0, "the service answered 200, but not as Pushover does; is something in between, or api wrong?"}},
		{"400 is a refusal with the service's reasons", pushovertest.Reject400("title is odd", "text too"),
			want{Refused, 400, 0, "the service answered 400: title is odd; text too"}},
		{"400 with a status of 1 is a refusal all the same", pushovertest.Text(400, `{"status":1}`),
			want{Refused, 400, 0, "the service answered 400"}},
		{"reasons that are no list are shown as they are", pushovertest.Text(400, `{"status":0,"errors":"odd"}`),
			want{Refused, 400, 0, `the service answered 400: "odd"`}},
		{"reasons cannot steer a terminal", pushovertest.Reject400("a\x1b[2Jb\nc"),
			want{Refused, 400, 0, "the service answered 400: a[2Jbc"}},
		{"404 with a page is a refusal", pushovertest.Status(404), want{Refused, 404, 0, "the service answered 404"}},
		{"408 is not reached", pushovertest.Status(408), want{Unreached, 408, 0, "the service answered 408"}},
		{"429 asks to wait, in seconds", pushovertest.Limit429("120"),
			want{Limited, 429, 2 * time.Minute, "the service answered 429: the month's quota is used up until 2027-03-05T12:00:00Z: application is over its quota"}},
		{"429 asks to wait, by a date", pushovertest.Limit429("Thu, 04 Mar 2027 12:07:00 GMT"),
			want{Limited, 429, 7 * time.Minute, "the service answered 429: the month's quota is used up until 2027-03-05T12:00:00Z: application is over its quota"}},
		{"429 may ask for nothing", pushovertest.Limit429(""),
			want{Limited, 429, 0, "the service answered 429: the month's quota is used up until 2027-03-05T12:00:00Z: application is over its quota"}},
		{"429 of a proxy has no quota", pushovertest.Text(429, "slow down"),
			want{Limited, 429, 0, "the service answered 429: too many requests"}},
		{"500 with a page is not reached", pushovertest.Status(500), want{Unreached, 500, 0, "the service answered 500"}},
		{"503 with a page is not reached", pushovertest.Status(503), want{Unreached, 503, 0, "the service answered 503"}},
		{"a redirect to another host is named and not followed", pushovertest.Redirect("https://other.example/x"),
			want{Unreached, 307, 0, "the service answered 307 and points to other.example, which is not followed; write the address that answers itself as api"}},
		{"a redirect to the same host is not followed either", pushovertest.Redirect("/1/messages.json"),
			want{Unreached, 307, 0, "the service answered 307 and points elsewhere, which is not followed; write the address that answers itself as api"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			p := ring(t, brisk(), nil)
			p.srv.Fail(c.fault, 1)
			sent, err := p.Send(t.Context(), alarm())
			if n := len(p.srv.Requests()); n != 1 {
				t.Errorf("%d requests for one call", n)
			}
			if c.want.kind == 0 {
				if err != nil || sent.Receipt == "" || !sent.Withdrawable || !sent.RepeatsUntil.Equal(noon().Add(30*time.Minute)) {
					t.Errorf("got %+v, %v; want it accepted with its receipt", sent, err)
				}
				return
			}
			var f *Failure
			if !errors.As(err, &f) {
				t.Fatalf("got %+v, %v", sent, err)
			}
			got := want{f.Kind, f.Status, f.RetryAfter, strings.TrimPrefix(err.Error(), "channel pushover: sending: ")}
			if got != c.want {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
		})
	}
}

// The same table must hold for every way to the service.
func TestEveryCallJudgesAlike(t *testing.T) {
	calls := map[string]func(t *testing.T, p phone) error{
		"send":     func(t *testing.T, p phone) error { _, err := p.Send(t.Context(), alarm()); return err },
		"withdraw": func(t *testing.T, p phone) error { return p.Withdraw(t.Context(), "a") },
		"receipt":  func(t *testing.T, p phone) error { _, err := p.Receipt(t.Context(), "r"); return err },
		"check":    func(t *testing.T, p phone) error { return p.Check(t.Context()) },
	}
	for name, call := range calls {
		for _, c := range []struct {
			rule  string
			fault pushovertest.Fault
			kind  FailureKind
		}{
			{"401 is refused", pushovertest.Status(401), Refused},
			{"429 is limited", pushovertest.Limit429("1"), Limited},
			{"502 is not reached", pushovertest.Status(502), Unreached},
			{"a lost answer is not reached", pushovertest.DropAnswer(), Unreached},
			{"a page is not reached", pushovertest.Status(200), Unreached},
			{"a redirect is not reached", pushovertest.Redirect("https://other.example/"), Unreached},
			{"status 0 is refused", pushovertest.Status0("no"), Refused},
		} {
			t.Run(name+": "+c.rule, func(t *testing.T) {
				p := ring(t, brisk(), nil)
				p.srv.Fail(c.fault, 1)
				var f *Failure
				if err := call(t, p); !errors.As(err, &f) || f.Kind != c.kind {
					t.Errorf("got %v", err)
				}
			})
		}
	}
}

func TestRetryAfter(t *testing.T) {
	for _, c := range []struct {
		rule, text string
		want       time.Duration
	}{
		{"seconds", "30", 30 * time.Second},
		{"seconds with space", " 30 ", 30 * time.Second},
		{"nothing", "", 0},
		{"something else", "soon", 0},
		{"less than nothing", "-5", 0},
		{"a date", "Thu, 04 Mar 2027 12:00:30 GMT", 30 * time.Second},
		{"a date that is over", "Thu, 04 Mar 2027 11:00:00 GMT", 0},
		{"at most a month", "99999999999999999", 31 * 24 * time.Hour},
		{"at most a month by date", "Thu, 04 Mar 2100 12:00:00 GMT", 31 * 24 * time.Hour},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if got := retryAfter(c.text, noon()); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// No byte of token or user may reach a text, whatever the service does with
// them: a relay may well echo what it was sent.
func TestNoSecretReachesAText(t *testing.T) {
	echo := pushovertest.Token + " " + pushovertest.User
	for rule, fault := range map[string]pushovertest.Fault{
		"503":                      pushovertest.Status(503),
		"429":                      pushovertest.Limit429("1"),
		"a lost answer":            pushovertest.DropAnswer(),
		"no answer":                pushovertest.Hang(),
		"an endless body":          pushovertest.EndlessBody(),
		"a slow body":              pushovertest.SlowBody(time.Second),
		"an echo in a reason":      pushovertest.Reject400(echo),
		"an echo at the cut":       pushovertest.Reject400(strings.Repeat("x", 285) + pushovertest.Token),
		"an echo that is no list":  pushovertest.Text(400, `{"status":0,"errors":{"a":"`+echo+`"}}`),
		"an echo in a page":        pushovertest.Text(502, "<h1>"+echo+"</h1>"),
		"an echo in half a body":   pushovertest.Text(200, `{"status":`+echo),
		"an echo in a redirect":    pushovertest.Redirect("https://" + pushovertest.Token + ".example/?token=" + pushovertest.Token),
		"an echo among devices":    pushovertest.Text(200, `{"status":1,"devices":["`+pushovertest.User+`"]}`),
		"an echo split by control": pushovertest.Reject400(pushovertest.Token[:9] + "\x01" + pushovertest.Token[9:]),
	} {
		t.Run(rule, func(t *testing.T) {
			p := ring(t, Pace{Request: 200 * time.Millisecond, Receipts: time.Millisecond}, Values{"device": "watch"})
			p.srv.Fail(fault, -1)
			m := alarm()
			_, err1 := p.Send(t.Context(), m)
			_, err2 := p.Receipt(t.Context(), "r")
			clearOf(t, p, err1, err2, p.Withdraw(t.Context(), "a"), p.Check(t.Context()))
		})
	}
	t.Run("nobody listens", func(t *testing.T) {
		p := ring(t, brisk(), nil)
		p.srv.Close()
		_, err1 := p.Send(t.Context(), alarm())
		_, err2 := p.Receipt(t.Context(), "r")
		clearOf(t, p, err1, err2, p.Withdraw(t.Context(), "a"), p.Check(t.Context()))
	})
	t.Run("all is well", func(t *testing.T) {
		p := ring(t, brisk(), nil)
		m := alarm()
		m.Link = "https://h/" + strings.Repeat("k", 600)
		_, err := p.Send(t.Context(), m)
		clearOf(t, p, err)
		if !strings.Contains(p.log.String(), "push accepted") {
			t.Errorf("the log is not read: %q", p.log.String())
		}
	})
}

// clearOf looks at every text and every text below it.
func clearOf(t *testing.T, p phone, errs ...error) {
	t.Helper()
	texts := []string{p.log.String()}
	for _, err := range errs {
		for ; err != nil; err = errors.Unwrap(err) {
			texts = append(texts, err.Error())
		}
	}
	for _, text := range texts {
		for _, secret := range []string{p.token, p.user} {
			if strings.Contains(text, secret[:8]) || strings.Contains(text, secret[20:]) {
				t.Errorf("holds a secret: %q", text)
			}
		}
	}
}
