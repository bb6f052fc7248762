package daemon

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
)

// flood is a reply topic in which somebody writes many lines.
type flood struct{ lines []string }

func (f flood) Waiting(context.Context, string) ([]notify.Reply, error) { return nil, nil }

func (f flood) Replies(ctx context.Context, _ string, got func(notify.Reply)) error {
	for _, line := range f.lines {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		got(notify.Reply{ID: "m", Text: line})
	}
	<-ctx.Done()
	return ctx.Err()
}

func TestAFloodOfRepliesHoldsNothingUp(t *testing.T) {
	const many = 20000
	secret := Secret(strings.Repeat("k", 32))
	forged := "abcdefghijklmnop/start/" + strings.Repeat("A", 22)
	real := secret.answerOf("abcdefghijklmnop", "start")
	now := time.Date(2027, 3, 4, 12, 0, 0, 0, time.UTC)
	t.Run("forged lines go no further than the listener, and the log speaks of them once a minute", func(t *testing.T) {
		var b bytes.Buffer
		ctx, end := context.WithTimeout(t.Context(), 10*time.Second)
		defer end()
		reported := 0
		l := &listener{name: "phone", from: flood{append(repeated(forged, many), real)}, log: slog.New(slog.NewTextHandler(&b, nil)),
			now: func() time.Time { return now }, proves: secret.proves, doze: awake}
		l.report = func(_ string, r notify.Reply) <-chan struct{} {
			reported++
			if r.Text != real {
				t.Errorf("the loop was given %q", r.Text)
			}
			end()
			return closed()
		}
		if err := l.run(ctx); err != nil {
			t.Error(err)
		}
		if reported != 1 || strings.Count(b.String(), "prove nothing") != 1 {
			t.Errorf("%d replies reached the loop, want the true one; the log says\n%s", reported, b.String())
		}
	})
	t.Run("the next reply waits until the loop is done with the one before", func(t *testing.T) {
		l := &listener{name: "phone", log: slog.New(slog.DiscardHandler), now: func() time.Time { return now }, proves: secret.proves}
		l.doze = func(_ context.Context, until time.Time, _ <-chan struct{}) (Woke, error) {
			if got := until.Sub(now); got != replyPace {
				t.Errorf("it waits %s before the next one; want %s", got, replyPace)
			}
			return WokeByClock, nil
		}
		done, heeded := make(chan struct{}), make(chan struct{})
		l.report = func(string, notify.Reply) <-chan struct{} { return done }
		go func() {
			l.heed(t.Context(), notify.Reply{ID: "1", Text: real})
			close(heeded)
		}()
		select {
		case <-heeded:
			t.Error("it did not wait for the loop")
		case <-time.After(20 * time.Millisecond): // long enough for a goroutine that does not wait
		}
		close(done)
		<-heeded
	})
}

func repeated(line string, n int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = line
	}
	return lines
}

func awake(context.Context, time.Time, <-chan struct{}) (Woke, error) { return WokeByClock, nil }

func closed() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

func TestAServiceInAnotherYearLogsNoSessionThere(t *testing.T) {
	for _, at := range []time.Time{time.Unix(1, 0), time.Unix(1<<40, 0)} {
		t.Run("an acknowledgement of "+at.UTC().Format("2006"), func(t *testing.T) {
			w := newWorld(t, "10T23:00").log("10T23:00").to("11T03:01")
			for _, d := range w.state.Deliveries {
				if d.Receipt != "" {
					w.state.Snapshot.Apply(Acknowledge(w.state, d, notify.Receipt{Acknowledged: true, At: at}, w.now))
				}
			}
			if s := w.state.Sessions; len(s) != 2 || !s[1].Start.Equal(w.now) {
				t.Errorf("sessions %+v; want one that starts now, %s", s, w.now)
			}
		})
		t.Run("a reply of "+at.UTC().Format("2006"), func(t *testing.T) {
			d, end := runningDaemon(t)
			defer end()
			r := d.view.Load().state.openStart()
			done := make(chan time.Time)
			d.inbox.put(func(now time.Time) {
				d.replied("phone", notify.Reply{ID: "1", At: at, Text: d.o.Secret.answerOf(r.ID, "start")}, now)
				d.turn(t.Context(), now)
				done <- now
			})
			now := <-done
			s := d.view.Load().state.Sessions
			if len(s) != 2 || s[1].Start.Sub(now).Abs() > time.Minute {
				t.Errorf("sessions %+v; want one that starts now, %s", s, now)
			}
		})
	}
}

// FuzzProve holds whatever stands in a reply topic, or behind /a/, against
// one promise: only the line that was sent out opens anything.
func FuzzProve(f *testing.F) {
	secret := Secret(strings.Repeat("k", 32))
	now := time.Date(2027, 3, 4, 12, 0, 0, 0, time.UTC)
	const id = "abcdefghijklmnop"
	state := &State{Snapshot: journal.Snapshot{Reminders: []journal.Reminder{{ID: id, State: journal.Open}}}}
	sent := map[string]bool{}
	for _, b := range buttons() {
		line := secret.answerOf(id, b.action)
		sent[line] = true
		f.Add(line)
		f.Add(strings.ToUpper(line))
		f.Add(line + "=")
		f.Add(line[:len(line)-1])
		f.Add("/" + line)
	}
	f.Add(id + "/" + asking + "/" + secret.key(id, asking))
	f.Add("//")
	f.Add(string(web.Undo) + "/\x00/")
	f.Fuzz(func(t *testing.T, line string) {
		if got := secret.proves(line); got != sent[line] {
			t.Fatalf("%q proves: %v; sent: %v", line, got, sent[line])
		}
		reminder, action, key, ok := split(line)
		if Secret(nil).proves(line) {
			t.Fatal("without a secret something proves")
		}
		if !ok {
			return
		}
		r, err := secret.open(state, reminder, action, key, now)
		if opens := err == nil && r != nil; opens && line != secret.answerOf(id, action) {
			t.Fatalf("%q opens %+v", line, r)
		}
		if _, err := (Secret)(nil).open(state, reminder, action, key, now); err == nil {
			t.Fatal("without a secret something opens")
		}
	})
}
