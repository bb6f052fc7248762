package daemon

import (
	"context"
	"errors"
	"slices"
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
	t := &trial{opened: []config.Opened{{Name: "phone", Reaches: true, Channel: c}}, now: func() time.Time { return time.Unix(0, 0) }, report: func(string, error) {}}
	var lines []string
	t.say = func(line string) { lines = append(lines, line) }
	err := t.try(context.Background(), web.TestQuery{Alarm: true})
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

// replier is a channel whose button comes back, or that ends before it does.
type replier struct {
	notify.Channel
	taps *notify.Message
	back bool
}

func (r replier) Send(_ context.Context, m notify.Message) (notify.Sent, error) {
	*r.taps = m
	return notify.Sent{}, nil
}

func (r replier) Replies(_ context.Context, _ string, got func(notify.Reply)) error {
	got(notify.Reply{ID: "1", Text: testAnswer + "of another test"})
	if r.back {
		got(notify.Reply{ID: "2", Text: r.taps.Buttons[0].Answer})
	}
	return errors.New("channel phone: the stream ended")
}

func (r replier) Waiting(context.Context, string) ([]notify.Reply, error) { return nil, nil }

func TestATestAlarmWaitsForItsOwnTap(t *testing.T) {
	for rule, back := range map[string]bool{"it comes": true, "only that of another test does": false} {
		t.Run(rule, func(t *testing.T) {
			out, err := tried(replier{taps: &notify.Message{}, back: back})
			if (err == nil) != back || strings.Contains(out, "the tap came back") != back {
				t.Errorf("%v\n%s", err, out)
			}
			if !strings.Contains(out, "phone: tap Stop ringing on the phone within 2 min") {
				t.Errorf("it does not say what to do:\n%s", out)
			}
		})
	}
}

func TestATestThatDidNotGetThroughShowsUntilOneDoes(t *testing.T) {
	w := newWorld(t, "10T07:00").log("10T07:00")
	shown := func() (web.ChannelDoc, string) {
		v := &view{state: w.state, config: &config.Config{}}
		return channelDoc(&w.state, w.state.Channels[0]), strings.Join(needs(v, w.state.plan(w.now), w.now), "\n")
	}
	fails := func() {
		w.state.Snapshot.Apply(tested(&w.state, "pushover", errors.New("channel pushover: sending: token is invalid"), w.now))
		w.now = w.now.Add(time.Minute)
	}
	for rule, mends := range map[string]func(){
		"a test": func() { w.state.Snapshot.Apply(tested(&w.state, "pushover", nil, w.now)) },
		"a push": func() { w.to("10T09:41") },
	} {
		t.Run(rule, func(t *testing.T) {
			fails()
			doc, text := shown()
			if doc.OK || doc.LastError == nil || !strings.Contains(text, "channel pushover does not work: sending: token is invalid; check its settings, then: nightbell test pushover") {
				t.Errorf("after a test that did not get through: %+v, %q", doc, text)
			}
			mends()
			if doc, text := shown(); !doc.OK || strings.Contains(text, "does not work") {
				t.Errorf("after %s that did: %+v, %q", rule, doc, text)
			}
			w = newWorld(t, "10T07:00").log("10T07:00")
		})
	}
}

func TestATestTellsHowTheChannelFared(t *testing.T) {
	refused := &notify.Failure{Kind: notify.Refused, Status: 401, Err: errors.New("token is invalid")}
	for rule, c := range map[string]struct {
		channel trier
		ctx     func() context.Context
		want    []string
	}{
		"refused":    {trier{refused}, context.Background, []string{"phone: token is invalid"}},
		"accepted":   {trier{}, context.Background, []string{"phone: works"}},
		"broken off": {trier{refused}, func() context.Context { ctx, end := context.WithCancel(context.Background()); end(); return ctx }, nil},
	} {
		t.Run(rule, func(t *testing.T) {
			var got []string
			test := trial{opened: []config.Opened{{Name: "phone", Reaches: true, Channel: c.channel}}, say: func(string) {},
				now: func() time.Time { return time.Unix(0, 0) },
				report: func(channel string, err error) {
					if err == nil {
						err = errors.New("works")
					}
					got = append(got, channel+": "+err.Error())
				}}
			_ = test.try(c.ctx(), web.TestQuery{})
			if !slices.Equal(got, c.want) {
				t.Errorf("reported %q, want %q", got, c.want)
			}
		})
	}
}

func TestATestLeavesThePartnerAlone(t *testing.T) {
	var said []string
	test := trial{opened: []config.Opened{{Name: "theirs", Reaches: true, Partner: true, Channel: trier{}}}, say: func(line string) { said = append(said, line) },
		now: func() time.Time { return time.Unix(0, 0) }, report: func(string, error) { t.Error("it was sent") }}
	if err := test.try(t.Context(), web.TestQuery{}); err != nil || len(said) != 1 || !strings.Contains(said[0], "to try it: nightbell test theirs") {
		t.Errorf("%v, %q", err, said)
	}
}

// dated keeps the instant that a push speaks of.
type dated struct{ at *time.Time }

func (d dated) Send(_ context.Context, m notify.Message) (notify.Sent, error) {
	*d.at = m.Time
	return notify.Sent{}, nil
}

func TestATestSpeaksInTheZoneOfTheRoutine(t *testing.T) {
	cfg, err := config.Parse("n.yaml", []byte("timezone: Asia/Kathmandu\nchannels: [{name: here, type: console}]\n"), 0o600, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	var at time.Time
	opened := []config.Opened{{Name: "here", Channel: dated{&at}}}
	now := func() time.Time { return time.Date(2026, 6, 10, 12, 0, 0, 0, time.UTC) }
	if err := Try(t.Context(), cfg, opened, web.TestQuery{}, now, func(string) {}); err != nil || at.Format("15:04") != "17:45" {
		t.Errorf("at noon in UTC it is %s in Kathmandu, %v; want 17:45", at.Format("15:04"), err)
	}
}
