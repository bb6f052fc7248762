package notify

import (
	"errors"
	"strings"
	"testing"
	"time"

	"nightbell/notify/pushovertest"
)

func TestReceipts(t *testing.T) {
	tap := noon().Add(2 * time.Minute)
	for _, c := range []struct {
		rule   string
		happen func(*pushovertest.Server, string)
		want   Receipt
	}{
		{"nothing yet", func(*pushovertest.Server, string) {}, Receipt{}},
		{"acknowledged says when and by which device", func(s *pushovertest.Server, r string) { s.Acknowledge(r, tap) },
			Receipt{Acknowledged: true, At: tap, By: "phone"}},
		{"acknowledged counts although it is expired as well", func(s *pushovertest.Server, _ string) {
			s.Fail(pushovertest.Text(200, `{"status":1,"acknowledged":1,"acknowledged_at":1804161720,"acknowledged_by_device":"phone","expired":1}`), 1)
		}, Receipt{Acknowledged: true, At: tap, By: "phone"}},
		{"acknowledged without an instant is now", func(s *pushovertest.Server, _ string) {
			s.Fail(pushovertest.Text(200, `{"status":1,"acknowledged":1,"acknowledged_at":0}`), 1)
		}, Receipt{Acknowledged: true, At: noon()}},
		{"a relay may write true for 1", func(s *pushovertest.Server, _ string) {
			s.Fail(pushovertest.Text(200, `{"status":"1","acknowledged":true,"acknowledged_at":"1804161720"}`), 1)
		}, Receipt{Acknowledged: true, At: tap}},
		{"expired", func(s *pushovertest.Server, _ string) {
			s.Fail(pushovertest.Text(200, `{"status":1,"acknowledged":0,"expired":1}`), 1)
		}, Receipt{Expired: true}},
		{"404 is gone", func(s *pushovertest.Server, _ string) { s.Fail(pushovertest.Status(404), 1) }, Receipt{Gone: true}},
		{"400 is gone", func(s *pushovertest.Server, _ string) { s.Fail(pushovertest.Reject400("receipt not found"), 1) }, Receipt{Gone: true}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			p := ring(t, brisk(), nil)
			sent, err := p.Send(t.Context(), alarm())
			if err != nil {
				t.Fatal(err)
			}
			c.happen(p.srv, sent.Receipt)
			got, err := p.Receipt(t.Context(), sent.Receipt)
			if err != nil || got.Acknowledged != c.want.Acknowledged || !got.At.Equal(c.want.At) || got.By != c.want.By ||
				got.Expired != c.want.Expired || got.Gone != c.want.Gone {
				t.Errorf("got %+v, %v; want %+v", got, err, c.want)
			}
		})
	}
	t.Run("a name of any form stays one part of the path", func(t *testing.T) {
		p := ring(t, brisk(), nil)
		got, err := p.Receipt(t.Context(), "../users?x=%2e#y")
		if err != nil || !got.Gone {
			t.Errorf("got %+v, %v", got, err)
		}
		if path := p.srv.Requests()[0].Path; path != "/receipts/../users?x=%2e#y.json" {
			t.Errorf("asked for %q", path)
		}
	})
	t.Run("a refused token is no gone receipt", func(t *testing.T) {
		p := ring(t, brisk(), Values{"token": strings.Repeat("x", 30)})
		_, err := p.Receipt(t.Context(), "r")
		var f *Failure
		if !errors.As(err, &f) || f.Kind != Refused {
			t.Errorf("got %v", err)
		}
	})
}

func TestWithdraw(t *testing.T) {
	send := func(t *testing.T, p phone, tag string) {
		m := alarm()
		m.Tag = tag
		if _, err := p.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("ends every push of the tag and no other", func(t *testing.T) {
		p := ring(t, brisk(), nil)
		send(t, p, "a")
		send(t, p, "a")
		send(t, p, "b")
		if err := p.Withdraw(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		if left := p.srv.Ringing(); len(left) != 1 || left[0].Tags[0] != "b" {
			t.Errorf("still ringing: %+v", left)
		}
	})
	t.Run("works although the answer with the receipt was lost", func(t *testing.T) {
		p := ring(t, brisk(), nil)
		p.srv.Fail(pushovertest.DropAnswer(), 1)
		if _, err := p.Send(t.Context(), alarm()); err == nil {
			t.Fatal("accepted without an answer")
		}
		if n := len(p.srv.Ringing()); n != 1 {
			t.Fatalf("%d ringing", n)
		}
		if err := p.Withdraw(t.Context(), alarm().Tag); err != nil || len(p.srv.Ringing()) != 0 {
			t.Errorf("%v, still ringing: %v", err, p.srv.Ringing())
		}
	})
	t.Run("nothing being out is no error", func(t *testing.T) {
		p := ring(t, brisk(), nil)
		if err := p.Withdraw(t.Context(), "none"); err != nil {
			t.Error(err)
		}
	})
	t.Run("the service's own 404 says that nothing is out", func(t *testing.T) {
		p := ring(t, brisk(), nil)
		p.srv.Fail(pushovertest.Text(404, `{"status":0,"errors":["tag not found"]}`), 1)
		if err := p.Withdraw(t.Context(), "none"); err != nil {
			t.Error(err)
		}
	})
	t.Run("some page's 404 says nothing", func(t *testing.T) {
		p := ring(t, brisk(), nil)
		p.srv.Fail(pushovertest.Status(404), 1)
		if err := p.Withdraw(t.Context(), "none"); err == nil {
			t.Error("taken for withdrawn")
		}
	})
	for _, tag := range []string{"", "a/b", "..", strings.Repeat("a", 41)} {
		t.Run("a tag that is none is refused: "+tag, func(t *testing.T) {
			p := ring(t, brisk(), nil)
			var f *Failure
			if err := p.Withdraw(t.Context(), tag); !errors.As(err, &f) || f.Kind != Refused || len(p.srv.Requests()) != 0 {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		rule string
		v    Values
		want string // empty: no error
	}{
		{"a known pair is fine", nil, ""},
		{"a known device is fine", Values{"device": "tablet"}, ""},
		{"an unknown device is named", Values{"device": "phone,watch"},
			`channel pushover: checking token and user: the account has no device "watch"; it has phone, tablet`},
		{"an unknown token is refused", Values{"token": strings.Repeat("x", 30)},
			"channel pushover: checking token and user: the service answered 400: application token is invalid"},
		{"an unknown user is refused", Values{"user": strings.Repeat("y", 30)},
			"channel pushover: checking token and user: the service answered 400: user key is invalid"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			p := ring(t, brisk(), c.v)
			got := ""
			if err := p.Check(t.Context()); err != nil {
				got = err.Error()
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if n := len(p.srv.Messages()); n != 0 {
				t.Errorf("%d messages were sent", n)
			}
		})
	}
}
