package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// errLeft is the person leaving a dialogue, by Ctrl-C in a secret or by the
// end of the input.
var errLeft = errors.New("stopped before the end; nothing was written")

// triesMost bounds how often one question is asked: whoever types past it is a
// program.
const triesMost = 20

// dialogue asks a person. With yes it asks nothing and takes what is there.
type dialogue struct {
	in  io.Reader
	out io.Writer
	yes bool
}

// interactive tells whether somebody can answer: a terminal, or a test's
// reader.
func interactive(in io.Reader) bool {
	f, ok := in.(*os.File)
	return !ok || term.IsTerminal(int(f.Fd()))
}

// say prints a line.
func (d *dialogue) say(format string, args ...any) { fmt.Fprintf(d.out, format+"\n", args...) }

// settle is prompt where a flag may have said the answer: then nobody is asked.
func (d *dialogue) settle(flag, question, preset string, accept func(string) (string, error)) (string, error) {
	if flag != "" {
		return accept(flag)
	}
	return d.prompt(question, preset, accept)
}

// prompt asks until accept takes the answer. An empty answer is preset. accept
// returns the answer as it is kept; its error is shown, and it is asked again.
func (d *dialogue) prompt(question, preset string, accept func(string) (string, error)) (string, error) {
	return d.until(question, preset, accept, d.line)
}

// secret is prompt for what nobody else is to see on the screen.
func (d *dialogue) secret(question string, accept func(string) (string, error)) (string, error) {
	return d.until(question, "", accept, d.hidden)
}

func (d *dialogue) until(question, preset string, accept func(string) (string, error), read func() (string, error)) (string, error) {
	if d.yes {
		return accept(preset)
	}
	for range triesMost {
		if preset != "" {
			fmt.Fprintf(d.out, "%s [%s]: ", question, preset)
		} else {
			fmt.Fprintf(d.out, "%s: ", question)
		}
		text, err := read()
		if err != nil {
			return "", err
		}
		if text = strings.TrimSpace(text); text == "" {
			text = preset
		}
		kept, err := accept(text)
		if err == nil {
			return kept, nil
		}
		d.say("  %v", err)
	}
	return "", errLeft
}

// agree asks a question of yes or no.
func (d *dialogue) agree(question string, preset bool) (bool, error) {
	word := map[bool]string{true: "yes", false: "no"}
	answer, err := d.prompt(question, word[preset], func(text string) (string, error) {
		switch strings.ToLower(text) {
		case "y", "yes":
			return word[true], nil
		case "n", "no":
			return word[false], nil
		}
		return "", errors.New("yes or no?")
	})
	return answer == word[true], err
}

// line reads one line, a byte at a time: what comes after it is for the next
// question, which may be read in another way.
func (d *dialogue) line() (string, error) {
	var line []byte
	for {
		b, err := d.byte()
		switch {
		case err != nil && len(line) > 0 && errors.Is(err, io.EOF):
			return string(line), nil
		case err != nil:
			return "", d.left(err)
		case b == '\n' || b == '\r':
			return string(line), nil
		}
		if line = append(line, b); len(line) > 1000 {
			return "", d.left(errors.New("an answer longer than 1000 characters"))
		}
	}
}

func (d *dialogue) byte() (byte, error) {
	var b [1]byte
	_, err := io.ReadFull(d.in, b[:])
	return b[0], err
}

func (d *dialogue) left(err error) error {
	fmt.Fprintln(d.out)
	if errors.Is(err, io.EOF) {
		return errLeft
	}
	return fmt.Errorf("reading an answer: %w", err)
}

// hidden reads a line without showing it. The terminal is in raw mode
// meanwhile, so that Ctrl-C comes here and the terminal is set back in time.
func (d *dialogue) hidden() (text string, err error) {
	f, ok := d.in.(*os.File)
	if !ok {
		return d.line()
	}
	before, err := term.MakeRaw(int(f.Fd()))
	if err != nil {
		return "", fmt.Errorf("reading a secret without showing it: %w", err)
	}
	defer func() {
		err = errors.Join(err, term.Restore(int(f.Fd()), before))
		if err == nil {
			fmt.Fprintf(d.out, "(%d characters)\r\n", len(text))
		}
	}()
	var line []byte
	for {
		b, err := d.byte()
		if err != nil {
			return "", d.left(err)
		}
		switch b {
		case 3, 4: // Ctrl-C and Ctrl-D
			fmt.Fprint(d.out, "\r\n")
			return "", errLeft
		case '\n', '\r':
			return string(bytes.TrimSpace(line)), nil
		case 8, 127: // Backspace
			line = line[:max(0, len(line)-1)]
		case 21: // Ctrl-U
			line = nil
		default:
			line = append(line, b)
		}
	}
}
