package daemon

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/web"
	"nightbell/notify"
)

// trier is a channel that refuses, or takes an alarm that is acknowledged at once.
type trier struct{ err error }

func (c trier) Send(context.Context, notify.Message) (notify.Sent, error) {
	return notify.Sent{Receipt: "r"}, c.err
}

func (c trier) Receipt(context.Context, string) (notify.Receipt, error) {
	return notify.Receipt{Acknowledged: true}, nil
}

func tried(c notify.Channel) (string, error) {
	var lines []string
	opened := []config.Opened{{Name: "phone", Reaches: true, Channel: c}}
	err := try(context.Background(), opened, words{}, web.TestQuery{Alarm: true}, func() time.Time { return time.Unix(0, 0) },
		func(line string) { lines = append(lines, line) })
	return strings.Join(lines, "\n"), err
}

func TestATestSaysWhatToDoNext(t *testing.T) {
	says := func(kind notify.FailureKind, status int) error {
		return &notify.Failure{Kind: kind, Status: status, Err: errors.New("channel phone: sending: it says so")}
	}
	for _, row := range []struct {
		rule string
		err  error
		want string
	}{
		{"a refusal is in the settings", says(notify.Refused, 401), "phone: sending: it says so; check the token"},
		{"a service in trouble recovers", says(notify.Unreached, 503), "the service has trouble, so try again in a few minutes"},
		{"no answer may be this machine's fault", says(notify.Unreached, 0), "check that this machine is online"},
		{"a quota ends", says(notify.Limited, 429), "it takes no more for now"},
	} {
		t.Run(row.rule, func(t *testing.T) {
			out, err := tried(trier{row.err})
			if err == nil || !strings.Contains(out, row.want) {
				t.Errorf("%v\n%s\nwant %q", err, out, row.want)
			}
		})
	}
}

func TestATestSaysHowLongItRings(t *testing.T) {
	if out, err := tried(trier{}); err != nil || !strings.Contains(out, "acknowledge it on the phone within 2 min") {
		t.Errorf("%v\n%s", err, out)
	}
}
