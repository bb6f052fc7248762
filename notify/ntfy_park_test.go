package notify

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"nightbell/notify/ntfytest"
)

// hands is a clock that a test moves.
type hands struct{ ahead atomic.Int64 }

func (h *hands) now() time.Time       { return noon().Add(time.Duration(h.ahead.Load())) }
func (h *hands) move(d time.Duration) { h.ahead.Add(int64(d)) }

func TestPark(t *testing.T) {
	t.Run("it comes at its instant although nobody does anything more", func(t *testing.T) {
		h := &hands{}
		n := subscribe(t, ntfytest.Options{Now: h.now}, brisk(), Values{"replies": true})
		if err := n.Park(t.Context(), night(), noon().Add(3*time.Hour)); err != nil {
			t.Fatal(err)
		}
		h.move(3*time.Hour - time.Second)
		if len(n.srv.Shown(ntfytest.Topic)) != 0 {
			t.Error("it came early")
		}
		h.move(time.Second)
		shown := n.srv.Shown(ntfytest.Topic)
		if len(shown) != 1 || shown[0].Priority != 5 || len(shown[0].Actions) != 3 || n.srv.Rings(ntfytest.Topic) != 1 {
			t.Errorf("shown %+v", shown)
		}
	})
	t.Run("a second one takes the place of the first", func(t *testing.T) {
		n := subscribe(t, ntfytest.Options{}, brisk(), nil)
		for _, at := range []time.Duration{time.Hour, 2 * time.Hour} {
			if err := n.Park(t.Context(), night(), noon().Add(at)); err != nil {
				t.Fatal(err)
			}
		}
		if got := n.srv.Scheduled(ntfytest.Topic); len(got) != 1 || got[0].Time != noon().Add(2*time.Hour).Unix() {
			t.Errorf("parked %+v", got)
		}
	})
	t.Run("a second try after a lost answer leaves one", func(t *testing.T) {
		n := subscribe(t, ntfytest.Options{}, brisk(), nil)
		n.srv.Fail(ntfytest.DropAnswer().On("POST"), 1)
		at := noon().Add(time.Hour)
		if err := n.Park(t.Context(), night(), at); err == nil {
			t.Error("parked without an answer")
		}
		if err := n.Park(t.Context(), night(), at); err != nil || len(n.srv.Scheduled(ntfytest.Topic)) != 1 {
			t.Errorf("%v; parked %+v", err, n.srv.Scheduled(ntfytest.Topic))
		}
	})
	t.Run("unparked it never comes, and the push of the same tag stays", func(t *testing.T) {
		h := &hands{}
		n := subscribe(t, ntfytest.Options{Now: h.now}, brisk(), nil)
		if err := n.Park(t.Context(), night(), noon().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if _, err := n.Send(t.Context(), night()); err != nil {
			t.Fatal(err)
		}
		if err := n.Unpark(t.Context(), night().Tag); err != nil {
			t.Fatal(err)
		}
		h.move(2 * time.Hour)
		if got := n.srv.Shown(ntfytest.Topic); len(got) != 1 || got[0].Sequence != "nb-r1-0-0" {
			t.Errorf("shown %+v", got)
		}
	})
	t.Run("unparked after it came it goes from the phone", func(t *testing.T) {
		h := &hands{}
		n := subscribe(t, ntfytest.Options{Now: h.now}, brisk(), nil)
		if err := n.Park(t.Context(), night(), noon().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		h.move(2 * time.Hour)
		if err := n.Unpark(t.Context(), night().Tag); err != nil || len(n.srv.Shown(ntfytest.Topic)) != 0 {
			t.Errorf("%v; shown %+v", err, n.srv.Shown(ntfytest.Topic))
		}
	})
	t.Run("nothing being parked is no error", func(t *testing.T) {
		n := subscribe(t, ntfytest.Options{}, brisk(), nil)
		if err := n.Unpark(t.Context(), "none"); err != nil {
			t.Error(err)
		}
	})
	untagged := night()
	untagged.Tag = ""
	for _, c := range []struct {
		rule string
		o    ntfytest.Options
		m    Message
		in   time.Duration
		want string // after "parking: "; empty: parked
	}{
		{"10 s ahead", ntfytest.Options{}, night(), 10 * time.Second, ""},
		{"less is refused", ntfytest.Options{}, night(), 9 * time.Second, "it would come in 9s; the service holds messages for 10 s to 3 days"},
		{"the past is refused", ntfytest.Options{}, night(), -time.Minute, "it would come in -1m0s; the service holds messages for 10 s to 3 days"},
		{"3 days ahead", ntfytest.Options{}, night(), 72 * time.Hour, ""},
		{"more is refused", ntfytest.Options{}, night(), 72*time.Hour + time.Second, "it would come in 72h0m1s; the service holds messages for 10 s to 3 days"},
		{"no tag", ntfytest.Options{}, untagged, time.Hour, "the message has no tag to take it back by"},
		{"an empty message", ntfytest.Options{}, Message{Level: Low, Tag: "a"}, time.Hour, "the message is empty; give it a text or a title"},
		{"an older server", ntfytest.Options{Old: true}, night(), time.Hour, "the service answered 404: page not found; it takes no push back, which ntfy can from version 2.16 on"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			n := subscribe(t, c.o, brisk(), nil)
			err := n.Park(t.Context(), c.m, noon().Add(c.in))
			if parked := len(n.srv.Scheduled(ntfytest.Topic)); parked != 1 && c.want == "" || parked != 0 && c.want != "" {
				t.Errorf("%d parked", parked)
			}
			if c.want != "" {
				wantFailure(t, err, Refused, "channel ntfy: parking: "+c.want)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("under another name it is an error that says when it comes", func(t *testing.T) {
		n := subscribe(t, ntfytest.Options{}, brisk(), nil)
		n.srv.Fail(ntfytest.Text(200, `{"id":"a","event":"message"}`).On("POST"), 1)
		wantFailure(t, n.Park(t.Context(), night(), noon().Add(time.Hour)), Refused,
			"channel ntfy: parking: the service took it under another name, so it cannot be taken back and comes at 2027-03-04T13:00:00Z")
	})
}

func TestProbe(t *testing.T) {
	all := Features{Replaces: true, Withdraws: true, Parks: true}
	for _, c := range []struct {
		rule  string
		o     ntfytest.Options
		v     Values
		fault ntfytest.Fault
		times int
		want  Features
		err   string
	}{
		{"a server of today does all", ntfytest.Options{}, nil, ntfytest.Fault{}, 0, all, ""},
		{"with a token too", ntfytest.Options{Token: ntfytest.Token}, withToken(nil), ntfytest.Fault{}, 0, all, ""},
		{"an older one does nothing of it", ntfytest.Options{Old: true}, nil, ntfytest.Fault{}, 0, Features{}, ""},
		{"a proxy that lets no DELETE through is like an older one", ntfytest.Options{}, nil, ntfytest.Status(405).On("DELETE"), -1, Features{}, ""},
		{"one that does not delete what is scheduled cannot park", ntfytest.Options{}, nil, ntfytest.Text(200, `{"id":"a","event":"message_delete"}`).On("DELETE"), -1,
			Features{Replaces: true, Withdraws: true}, ""},
		{"a token that may only publish sees no more", ntfytest.Options{}, nil, ntfytest.Refuse(40301, "forbidden").On("GET"), 1, all, ""},
		{"a fault is a fault", ntfytest.Options{}, nil, ntfytest.Status(503).On("GET"), 1, Features{}, "channel ntfy: probing: the service answered 503"},
		{"a wrong token is no old server", ntfytest.Options{Token: ntfytest.Token}, Values{"token": "tk_0123456789other"}, ntfytest.Fault{}, 0, Features{},
			"channel ntfy: probing: the service answered 401: unauthorized; check token"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			n := subscribe(t, c.o, brisk(), c.v)
			n.srv.Fail(c.fault, c.times)
			got, err := n.Probe(t.Context())
			if text := errorText(err); got != c.want || text != c.err {
				t.Errorf("got %+v, %q; want %+v, %q", got, text, c.want, c.err)
			}
			if len(n.srv.Shown(ntfytest.Topic)) != 0 || n.srv.Rings(ntfytest.Topic) != 0 {
				t.Errorf("shown %+v", n.srv.Shown(ntfytest.Topic))
			}
			if left := n.srv.Scheduled(ntfytest.Topic); len(left) != 0 && !strings.HasPrefix(c.rule, "one that does not") || len(left) > 0 && left[0].Priority != 1 {
				t.Errorf("left behind %+v", left)
			}
		})
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestNtfyCheck(t *testing.T) {
	replies := withToken(Values{"replies": true})
	for _, c := range []struct {
		rule string
		o    ntfytest.Options
		v    Values
		want string // empty: no error
	}{
		{"a topic for everyone", ntfytest.Options{}, nil, ""},
		{"a token that may publish", ntfytest.Options{Token: ntfytest.Token}, withToken(nil), ""},
		{"no token where one is needed", ntfytest.Options{Token: ntfytest.Token}, nil,
			"channel ntfy: checking topic and token: the service answered 403: forbidden; the topic needs a token"},
		{"a wrong token", ntfytest.Options{Token: ntfytest.Token}, Values{"token": "tk_0123456789other"},
			"channel ntfy: checking topic and token: the service answered 401: unauthorized; check token"},
		{"replies on topics for everyone", ntfytest.Options{}, Values{"replies": true}, ""},
		{"replies that everyone may write", ntfytest.Options{Token: ntfytest.Token, Open: []string{replyTopic}}, replies, ""},
		{"replies that the buttons may not write", ntfytest.Options{Token: ntfytest.Token}, replies,
			"channel ntfy: checking the reply topic: the buttons may not post there: they carry no token, which everyone could read who knows the topic; let everyone write to it: ntfy access everyone REPLY_TOPIC write-only"},
		{"an older server", ntfytest.Options{Token: ntfytest.Token, Old: true}, replies, ""},
		{"an older server and a wrong token", ntfytest.Options{Token: ntfytest.Token, Old: true}, Values{"token": "tk_0123456789other"},
			"channel ntfy: checking topic and token: the service answered 401: unauthorized; check token"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			n := subscribe(t, c.o, brisk(), c.v)
			if got := errorText(n.Check(t.Context())); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			if n.srv.Rings(ntfytest.Topic) != 0 || len(n.srv.Scheduled(ntfytest.Topic)) != 0 {
				t.Error("something was sent")
			}
		})
	}
	t.Run("the right to read the replies is asked for", func(t *testing.T) {
		n := subscribe(t, ntfytest.Options{}, brisk(), Values{"replies": true})
		n.srv.Fail(ntfytest.Refuse(40301, "forbidden").On("GET /"+replyTopic+"/auth"), 1)
		wantFailure(t, n.Check(t.Context()), Refused, "channel ntfy: checking the reply topic: the service answered 403: forbidden; the topic needs a token")
	})
	t.Run("only what can be unreached is", func(t *testing.T) {
		n := subscribe(t, ntfytest.Options{}, brisk(), Values{"replies": true})
		n.srv.Fail(ntfytest.Status(502), -1)
		var f *Failure
		if err := n.Check(context.Background()); !errors.As(err, &f) || f.Kind != Unreached {
			t.Errorf("got %v", err)
		}
	})
}
