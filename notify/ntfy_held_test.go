package notify

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"nightbell/notify/ntfytest"
)

func TestHeld(t *testing.T) {
	for _, c := range []struct {
		rule    string
		settled Values
		want    []string
	}{
		{"with what its buttons reply", Values{"replies": true}, []string{"r1/start/k1", "r1/done/k2", "r1/snooze/k3"}},
		{"with the addresses of its buttons", nil,
			[]string{"https://home.example/a/r1/start/k1", "https://home.example/a/r1/done/k2", "https://home.example/a/r1/snooze/k3"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			h := &hands{}
			n := subscribe(t, ntfytest.Options{Now: h.now}, brisk(), c.settled)
			if err := n.Park(t.Context(), night(), noon().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			if _, err := n.Send(t.Context(), night()); err != nil { // is shown, and not held
				t.Fatal(err)
			}
			if got, err := n.Held(t.Context()); err != nil || !reflect.DeepEqual(got, []Held{{Tag: "nb-r1-0", Answers: c.want}}) {
				t.Errorf("%v, held %+v; want the one that is parked", err, got)
			}
			h.move(2 * time.Hour)
			if got, err := n.Held(t.Context()); err != nil || len(got) != 0 {
				t.Errorf("%v, held %+v once it has come", err, got)
			}
		})
	}
	t.Run("what has another name was not parked", func(t *testing.T) {
		n := subscribe(t, ntfytest.Options{}, brisk(), nil)
		if _, err := n.publish(t.Context(), "sending", ntfyPush{Topic: ntfytest.Topic, Message: "x", Priority: 1, Sequence: probeName, Delay: "1h"}); err != nil {
			t.Fatal(err)
		}
		if got, err := n.Held(t.Context()); err != nil || len(got) != 0 {
			t.Errorf("%v, held %+v", err, got)
		}
	})
	t.Run("a token that may not read is refused", func(t *testing.T) {
		n := subscribe(t, ntfytest.Options{Token: ntfytest.Token}, brisk(), nil)
		_, err := n.Held(t.Context())
		var f *Failure
		if !errors.As(err, &f) || f.Kind != Refused {
			t.Errorf("got %v; want it refused", err)
		}
	})
}
