package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"nightbell/notify"
)

// The columns of a transcript: "Wed 12:20", who speaks, and what is said.
const (
	transcriptTime = "Mon 15:04"
	transcriptWho  = 6
)

// transcript writes what happens in a time-lapse, a line or two each: when a
// day takes minutes, the blocks of the console would run by unread. It is a
// channel in the place of each console.
type transcript struct {
	out    io.Writer
	now    func() time.Time
	zone   *time.Location
	colour bool

	mu sync.Mutex
}

// Send writes a push, its level before it. It always gets through.
func (t *transcript) Send(_ context.Context, m notify.Message) (notify.Sent, error) {
	t.say(m.Level.String(), m.Text)
	return notify.Sent{}, nil
}

// say writes what somebody says at the present.
func (t *transcript) say(who, text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	head := t.now().In(t.zone).Format(transcriptTime) + "  "
	indent := strings.Repeat(" ", len(head)+transcriptWho+2)
	name := who + strings.Repeat(" ", max(0, transcriptWho-len([]rune(who))))
	for i, line := range folded(text, terminalColumns-len(indent)) {
		if i > 0 {
			fmt.Fprintln(t.out, indent+line)
			continue
		}
		fmt.Fprintln(t.out, strings.TrimRight(head+t.paint(who, name)+"  "+line, " "))
	}
}

// paint colours who speaks: what is louder stands out more.
func (t *transcript) paint(who, name string) string {
	code, known := map[string]string{"alarm": "1;31", "high": "1;33", "you": "36"}[strings.ToLower(who)]
	if !t.colour || !known {
		return name
	}
	return "\x1b[" + code + "m" + name + "\x1b[0m"
}
