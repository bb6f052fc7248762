package notify

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

// printer opens a console that prints to w; zero: with the usual limit.
func printer(w io.Writer, colour bool, limit time.Duration) Channel {
	c, _ := consoleType().Open("here", nil, Tools{Out: w, Now: noon, Colour: colour, Pace: Pace{Request: limit}})
	return c
}

func TestConsoleBlocks(t *testing.T) {
	for _, c := range []struct {
		rule   string
		colour bool
		m      Message
		want   string
	}{
		{"level, time, words and the commands that answer", false, Message{Level: Alarm, Title: "Reminder", Text: "03:00. Starting or done?",
			Time: noon().Add(15 * time.Hour), Answers: []string{"nightbell start", "nightbell done"}}, `
┌ alarm · Fri 03:00 ────────────────────────────────────────────
│ Reminder
│ 03:00. Starting or done?
│
│ nightbell start
│ nightbell done
└───────────────────────────────────────────────────────────────
`},
		{"without a time it is now; without answers it ends", false, Message{Level: Low, Text: "Logged."}, `
┌ low · Thu 12:00 ──────────────────────────────────────────────
│ Logged.
└───────────────────────────────────────────────────────────────
`},
		{"long text is wrapped between words, lines are kept", false, Message{Level: Normal, Text: strings.Repeat("word ", 14) + "\n\nend"}, `
┌ normal · Thu 12:00 ───────────────────────────────────────────
│ word word word word word word word word word word word word
│ word word
│
│ end
└───────────────────────────────────────────────────────────────
`},
		{"wide characters count double, a word too long is broken", false, Message{Level: Normal, Text: strings.Repeat("夜", 40)}, `
┌ normal · Thu 12:00 ───────────────────────────────────────────
│ ` + strings.Repeat("夜", 31) + `
│ ` + strings.Repeat("夜", 9) + `
└───────────────────────────────────────────────────────────────
`},
		{"marks on a letter take no room", false, Message{Level: Normal, Text: strings.Repeat("a\u0308", 62)}, `
┌ normal · Thu 12:00 ───────────────────────────────────────────
│ ` + strings.Repeat("a\u0308", 62) + `
└───────────────────────────────────────────────────────────────
`},
		{"a link and a command are never broken", false, Message{Level: High, Text: "x", Link: "https://h/" + strings.Repeat("k", 90), LinkTitle: "Answer", Answers: []string{strings.Repeat("c", 90)}}, `
┌ high · Thu 12:00 ─────────────────────────────────────────────
│ x
│
│ Answer https://h/` + strings.Repeat("k", 90) + `
│ ` + strings.Repeat("c", 90) + `
└───────────────────────────────────────────────────────────────
`},
		{"words cannot steer the terminal", false, Message{Level: Low, Title: "a\x1b]0;x\x07b\r", Text: "c\u202ed\xff"}, `
┌ low · Thu 12:00 ──────────────────────────────────────────────
│ a]0;xb
│ cd` + "\ufffd" + `
└───────────────────────────────────────────────────────────────
`},
		{"colour only when told", true, Message{Level: Alarm, Text: "x"}, `
┌ ` + "\x1b[1;31malarm\x1b[0m" + ` · Thu 12:00 ────────────────────────────────────────────
│ x
└───────────────────────────────────────────────────────────────
`},
	} {
		t.Run(c.rule, func(t *testing.T) {
			var b bytes.Buffer
			sent, err := printer(&b, c.colour, 0).Send(t.Context(), c.m)
			if err != nil || sent != (Sent{}) {
				t.Fatalf("got %+v, %v", sent, err)
			}
			if got := "\n" + b.String(); got != c.want {
				t.Errorf("got %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestConsoleBlocksStayWhole(t *testing.T) {
	out := &pieces{}
	c := printer(out, false, 0)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if _, err := c.Send(t.Context(), Message{Level: Low, Text: "x"}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if len(out.all) != 50 {
		t.Errorf("%d writes for 50 blocks", len(out.all))
	}
	for _, p := range out.all {
		if !strings.HasPrefix(p, "┌") || !strings.HasSuffix(p, "─\n") || !utf8.ValidString(p) {
			t.Errorf("a piece: %q", p)
		}
	}
}

// pieces keeps each Write; without a lock, so that -race sees two at a time.
type pieces struct{ all []string }

func (w *pieces) Write(p []byte) (int, error) { w.all = append(w.all, string(p)); return len(p), nil }

func TestConsoleThatCannotPrint(t *testing.T) {
	hangs, free := io.Pipe() // a Write waits until somebody reads
	defer hangs.Close()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		rule string
		out  io.Writer
		ctx  context.Context
		m    Message
		kind FailureKind
		want string
	}{
		{"nowhere to print", nil, t.Context(), Message{Level: Low}, Refused, "channel here: printing: there is nowhere to print"},
		{"no level", io.Discard, t.Context(), Message{}, Refused, "channel here: printing: the message has no level; use low, normal, high or alarm"},
		{"the output is closed", closedWriter{}, t.Context(), Message{Level: Low}, Unreached, "channel here: printing: io: read/write on closed pipe"},
		{"the output takes part", shortWriter{}, t.Context(), Message{Level: Low}, Unreached, "channel here: printing: short write"},
		{"the output hangs", free, t.Context(), Message{Level: Low}, Unreached, "channel here: printing: the output takes no text: context deadline exceeded"},
		{"the caller has gone", io.Discard, ended, Message{Level: Low}, Unreached, "channel here: printing: context canceled"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			limit := time.Duration(0)
			if c.out == free {
				limit = 20 * time.Millisecond
			}
			ch := printer(c.out, false, limit)
			for range 2 { // the second finds the first still hanging
				_, err := ch.Send(c.ctx, c.m)
				var f *Failure
				if !errors.As(err, &f) || f.Kind != c.kind || err.Error() != c.want {
					t.Errorf("got %v, want %q", err, c.want)
				}
			}
		})
	}
}

type closedWriter struct{}

func (closedWriter) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

type shortWriter struct{}

func (shortWriter) Write(p []byte) (int, error) { return len(p) / 2, nil }
