package daemon

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"nightbell/daemon/journal"
	"nightbell/notify"
)

// brokenChannel panics wherever it is called.
type brokenChannel struct{ with any }

func (b brokenChannel) Send(context.Context, notify.Message) (notify.Sent, error) { panic(b.with) }
func (b brokenChannel) Withdraw(context.Context, string) error                    { panic(b.with) }
func (b brokenChannel) Receipt(context.Context, string) (notify.Receipt, error)   { panic(b.with) }
func (b brokenChannel) Waiting(context.Context, string) ([]notify.Reply, error)   { panic(b.with) }
func (b brokenChannel) Replies(context.Context, string, func(notify.Reply)) error { panic(b.with) }

func TestAChannelWhoseCodeBreaksFailsThatTryAlone(t *testing.T) {
	const secret = "tk_leakyleakyleakyleakyleaky"
	var b bytes.Buffer
	log := slog.New(slog.NewTextHandler(&b, &slog.HandlerOptions{Level: slog.LevelDebug}))
	now := time.Date(2027, 3, 4, 12, 0, 0, 0, time.UTC)
	broken := brokenChannel{errors.New("POST https://ntfy.example/" + secret)}
	w := newWorld(t, "10T23:00").log("10T23:00").to("11T03:01")
	push := w.state.Deliveries[len(w.state.Deliveries)-1]

	s := newSender("phone", broken, log, func() time.Time { return now }, nil, nil)
	back := push
	back.Withdraw = true
	for what, d := range map[string]journal.Delivery{"a push": push, "a withdrawal": back} {
		o := s.try(t.Context(), job{d, &w.state})
		if o.failure == nil || o.failure.Kind != notify.Unreached || strings.Contains(o.failure.Error(), secret) {
			t.Errorf("%s gave %v; want a failure to try again, without the value's text", what, o.failure)
		}
	}
	reader := newWatcher("phone", broken, log, func() time.Time { return now }, func(journal.Delivery, receiptRead) { t.Error("a receipt was reported") })
	if _, err := reader.read(t.Context(), "r"); err == nil {
		t.Error("a reading that broke gave no error")
	}
	ctx, end := context.WithCancel(t.Context())
	l := &listener{name: "phone", from: broken, log: log, now: func() time.Time { return now }}
	l.doze = func(context.Context, time.Time, <-chan struct{}) (Woke, error) { end(); return WokeByEnd, nil }
	l.settle(ctx)
	if err := l.run(ctx); err != nil { // comes back after each break, until ctx ends
		t.Error(err)
	}
	if got := strings.Count(b.String(), "level=ERROR"); got != 5 || strings.Contains(b.String(), secret) {
		t.Errorf("%d faults were logged, want 5, none with the value's text:\n%s", got, b.String())
	}
}
