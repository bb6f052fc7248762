package daemon

import (
	"io"
	"log/slog"
	"testing"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/notify"
)

// opened is what a daemon is made of, with a configuration of this text, a
// journal in a folder of its own that is closed with the test.
func opened(tb testing.TB, text string, now func() time.Time, log *slog.Logger) Options {
	tb.Helper()
	cfg, err := config.Parse("test.yaml", []byte(text), 0o600, func(string) (string, bool) { return "", false })
	if err != nil {
		tb.Fatal(err)
	}
	channels, err := cfg.Open(notify.Tools{Log: log, Out: io.Discard, Now: now})
	if err != nil {
		tb.Fatal(err)
	}
	dir := tb.TempDir()
	j, err := journal.OpenFolder(tb.Context(), dir, journal.Options{Now: now, Log: log})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { j.Close() })
	return Options{Journal: j, Dir: dir, Config: cfg, Opened: channels, Now: now, Log: log}
}
