package config

import (
	"bytes"
	"errors"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var findingLine = regexp.MustCompile(`^n\.yaml:(\d+): .`)

// FuzzParse holds whatever a file may contain against three promises: Parse
// never panics, every text of it is one line that names a line of the file,
// and none shows the value of a variable.
func FuzzParse(f *testing.F) {
	example, err := os.ReadFile(examplePath)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(example)
	for _, s := range []string{
		"", zoneLine, "timezone: Local\nroutine: {sleep: 0700, day_start: yes}\n", "a: &a [*a]\nrouting: *a\n", "{? [a]: b, <<: {}}", "\ttimezone: x\n---\n",
		phoneWith("token: ${TOKEN}\n  room: leaky"), phoneWith("token_file: ${TOKEN}"), phoneWith("token_file: t\n  sounds: {low: ${TOKEN}}\n  answerable: [\"${TOKEN}\"]"),
		zoneLine + "routine:\n  busy:\n  - {from: \"09:00\", to: \"10:00\", days: mon-fri, name: x}\n  power_pump: {at: \"20:00\", pattern: [20, 10, 10], starting: 2026-01-01}\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		source := sourceOf(string(text))
		source.variables.read = files(map[string]string{"t": secretToken})
		c, err := source.parse()
		var found []string
		var e *Error
		switch {
		case err == nil:
			found = c.Notices
			if c.Routine.Location == nil || len(c.Channels) == 0 || c.Listen == "" {
				t.Fatalf("a configuration came back half empty: %#v", c)
			}
		case errors.As(err, &e) && len(e.Problems) > 0 && c == nil:
			found = e.Problems
		default:
			t.Fatalf("got %v and the error %#v", c, err)
		}
		lines := bytes.Count(text, []byte("\n")) + 1
		for _, one := range found {
			m := findingLine.FindStringSubmatch(one)
			if m == nil || strings.ContainsAny(one, "\n\r") {
				t.Fatalf("%q is not one line that begins with a place", one)
			}
			if n, err := strconv.Atoi(m[1]); err != nil || n < 1 || n > lines {
				t.Fatalf("%q names a line beyond the %d of the file", one, lines)
			}
			if strings.Contains(one, secretToken) && !bytes.Contains(text, []byte(secretToken)) {
				t.Fatalf("%q shows a secret", one)
			}
		}
	})
}
