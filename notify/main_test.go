package notify

import (
	"bytes"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"nightbell/notify/pushovertest"
	"nightbell/planner/seedtest"
)

func TestMain(m *testing.M) {
	seedtest.Fix()
	goleak.VerifyTestMain(m)
}

// noon is the instant of every test that is not about time passing.
func noon() time.Time { return time.Date(2027, 3, 4, 12, 0, 0, 0, time.UTC) }

// brisk is a pace for tests: long enough for a loaded machine's loopback,
// short enough to wait for.
func brisk() Pace { return Pace{Request: 5 * time.Second, Receipts: time.Millisecond} }

// logText is a log that several goroutines write and a test reads.
type logText struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// phone is a channel to a service of its own.
type phone struct {
	*pushoverChannel
	srv *pushovertest.Server
	log *logText
}

// ring opens a channel to a fresh service; v adds to its settings.
func ring(t *testing.T, pace Pace, v Values) phone {
	t.Helper()
	srv := pushovertest.Start(pushovertest.Options{Now: noon, Real: time.Now, Scale: 0.0001})
	t.Cleanup(srv.Close)
	log := &logText{}
	return phone{dial(t, srv.API(), pace, v, log), srv, log}
}

// dial opens a channel to api.
func dial(t *testing.T, api string, pace Pace, v Values, log *logText) *pushoverChannel {
	t.Helper()
	all := Values{"token": pushovertest.Token, "user": pushovertest.User, "api": api}
	for key, value := range v {
		all[key] = value
	}
	c, problems := openPushover("pushover", all, Tools{
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: noon, Pace: pace})
	if len(problems) > 0 {
		t.Fatalf("opening: %v", problems)
	}
	return c.(*pushoverChannel)
}

// alarm is a message as the daemon sends one at night.
func alarm() Message {
	return Message{Key: "r1", Tag: "r1-1", Level: Alarm, Title: "Reminder", Text: "03:00. Starting or done?",
		Time: noon(), Repeat: Repeat{Every: time.Minute, For: 30 * time.Minute}}
}
