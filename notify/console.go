package notify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
)

// consoleColumns is how wide a block may be: it fits the smallest terminal in
// use (80 columns) with room for a log prefix.
const consoleColumns = 64

// consoleType describes the channel that prints. It reaches nobody's phone.
func consoleType() Type {
	return Type{
		Name: "console",
		Open: func(name string, _ Values, t Tools) (Channel, []Problem) {
			return &console{name: name, out: t.Out, now: t.Now, colour: t.Colour,
				limit: t.Pace.withDefaults().Request, free: make(chan struct{}, 1)}, nil
		},
	}
}

// console prints each push as one block.
type console struct {
	name   string
	out    io.Writer
	now    func() time.Time
	colour bool
	limit  time.Duration
	free   chan struct{} // holds one while a block is being written
}

// Send prints m with a single Write. A terminal may stop taking output (a full
// pipe, Ctrl-S), and no Write can be called off: after the limit, or when ctx
// ends, Send returns, and the one Write that hangs keeps later blocks out until
// it ends.
func (c *console) Send(ctx context.Context, m Message) (Sent, error) {
	if c.out == nil {
		return Sent{}, c.failure(Refused, errors.New("there is nowhere to print"))
	}
	if m.Level < Low || m.Level > Alarm {
		return Sent{}, c.failure(Refused, errors.New("the message has no level; use low, normal, high or alarm"))
	}
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	if err := ctx.Err(); err != nil { // select below would choose by chance
		return Sent{}, c.failure(Unreached, err)
	}
	select {
	case c.free <- struct{}{}:
	case <-ctx.Done():
		return Sent{}, c.failure(Unreached, fmt.Errorf("the output takes no text: %w", ctx.Err()))
	}
	block, written := c.block(m), make(chan error, 1)
	go func() {
		defer func() { <-c.free }()
		n, err := io.WriteString(c.out, block)
		if err == nil && n < len(block) {
			err = io.ErrShortWrite
		}
		written <- err
	}()
	select {
	case err := <-written:
		if err != nil {
			return Sent{}, c.failure(Unreached, err)
		}
		return Sent{}, nil
	case <-ctx.Done():
		return Sent{}, c.failure(Unreached, fmt.Errorf("the output takes no text: %w", ctx.Err()))
	}
}

func (c *console) failure(k FailureKind, err error) *Failure {
	return &Failure{Kind: k, Err: fmt.Errorf("channel %s: printing: %w", c.name, err)}
}

// block lays m out. The frame has no right side, so that characters of any
// width cannot break it; links and commands are never broken, so that they can
// be copied.
func (c *console) block(m Message) string {
	at := m.Time
	if at.IsZero() {
		at = c.now()
	}
	var b strings.Builder
	head := "┌ " + c.paint(m.Level, m.Level.String()) + " · " + at.Format("Mon 15:04") + " "
	plain := "┌ " + m.Level.String() + " · " + at.Format("Mon 15:04") + " "
	b.WriteString(head + strings.Repeat("─", consoleColumns-columns(plain)) + "\n")
	line := func(s string) { b.WriteString(strings.TrimRight("│ "+s, " ") + "\n") }
	for _, s := range wrap(m.Title, consoleColumns-2) {
		line(s)
	}
	for _, s := range wrap(m.Text, consoleColumns-2) {
		line(s)
	}
	if m.Link != "" || len(m.Answers) > 0 {
		line("")
	}
	if m.Link != "" {
		line(strings.TrimSpace(printable(m.LinkTitle) + " " + printable(m.Link)))
	}
	for _, s := range m.Answers {
		line(printable(s))
	}
	b.WriteString("└" + strings.Repeat("─", consoleColumns-1) + "\n")
	return b.String()
}

// paint colours the level's word: what is louder stands out more.
func (c *console) paint(l Level, word string) string {
	if !c.colour {
		return word
	}
	code := [...]string{Low: "2", Normal: "1", High: "1;33", Alarm: "1;31"}[l]
	return "\x1b[" + code + "m" + word + "\x1b[0m"
}

// wrap breaks text into lines of at most width columns, at spaces where it can.
func wrap(text string, width int) []string {
	var lines []string
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		line := ""
		for word := range strings.FieldsSeq(printable(paragraph)) {
			if line != "" && columns(line)+1+columns(word) > width {
				lines, line = append(lines, line), ""
			}
			if line != "" {
				line += " "
			}
			for _, r := range word {
				if columns(line)+columns(string(r)) > width {
					lines, line = append(lines, line), ""
				}
				line += string(r)
			}
		}
		lines = append(lines, line)
	}
	if len(lines) == 1 && lines[0] == "" {
		return nil
	}
	return lines
}

// columns is how many columns of a terminal s takes at most. From U+1100 on
// each character counts two: some there are narrow, but a line that breaks
// early is better than one that runs over.
func columns(s string) int {
	n := 0
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case r >= 0x1100 && (r < 0x2000 || r > 0x259f): // U+2000-259F: punctuation, arrows, frames
			n += 2
		default:
			n++
		}
	}
	return n
}

// printable drops what would steer a terminal: control characters, and the
// marks that turn the direction of writing.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case unicode.IsControl(r), r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == '\u2028', r == '\u2029':
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
}
