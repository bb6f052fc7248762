package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// newTerminal is a pseudo-terminal: what a person types goes into keys, and
// what is shown comes out of it; the program has the other end.
func newTerminal(t *testing.T) (keys, program *os.File) {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keys.Close() })
	if err := unix.IoctlSetPointerInt(int(keys.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(keys.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	program, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { program.Close() })
	return keys, program
}

func TestASecretIsReadWithoutShowingIt(t *testing.T) {
	for _, c := range []struct {
		rule, typed, want string
		err               error
	}{
		{"a line", "s3cret\r", "s3cret", nil},
		{"a letter taken back", "s3crex\x7ft\n", "s3cret", nil},
		{"all of it taken back", "wrong\x15s3cret\n", "s3cret", nil},
		{"Ctrl-C leaves", "s3cret\x03", "", errLeft},
		{"Ctrl-D leaves", "\x04", "", errLeft},
	} {
		t.Run(c.rule, func(t *testing.T) {
			keys, program := newTerminal(t)
			before, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
			if err != nil {
				t.Fatal(err)
			}
			var shown bytes.Buffer
			d := &dialogue{in: program, out: &shown}
			type result struct {
				text string
				err  error
			}
			done := make(chan result, 1)
			go func() {
				text, err := d.hidden()
				done <- result{text, err}
			}()
			for range 400 { // until nothing is echoed: what is typed before would be
				now, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
				if err != nil {
					t.Fatal(err)
				}
				if now.Lflag&unix.ECHO == 0 {
					break
				}
				wait(5)
			}
			if _, err := io.WriteString(keys, c.typed); err != nil {
				t.Fatal(err)
			}
			select {
			case got := <-done:
				if got.text != c.want || !errors.Is(got.err, c.err) {
					t.Errorf("read %q, %v; want %q, %v", got.text, got.err, c.want, c.err)
				}
			case <-time.After(10 * time.Second):
				t.Fatal("never read")
			}
			after, err := unix.IoctlGetTermios(int(program.Fd()), unix.TCGETS)
			if err != nil || *after != *before {
				t.Errorf("the terminal was not set back: %+v, %v; want %+v", after, err, before)
			}
			if bytes.Contains(shown.Bytes(), []byte("s3")) {
				t.Errorf("shown: %q", shown.String())
			}
		})
	}
}
