package config

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// A length is written in hours and minutes. Seconds would promise what the
// five-minute grid of a plan cannot keep, and a day is not always 24 hours.
var (
	lengthPattern = regexp.MustCompile(`^(?:([0-9]{1,5})h)?(?:([0-9]{1,6})m)?$`)
	wholePattern  = regexp.MustCompile(`^-?(?:0|[1-9][0-9]*)$`)
)

// parseLength reads a length such as 15m, 4h or 1h30m; 0 needs no unit.
func parseLength(n *yaml.Node, example string) (time.Duration, error) {
	if n.Kind != yaml.ScalarNode {
		return 0, fmt.Errorf("%s is not a length; write hours and minutes such as %s", kindOf(n), example)
	}
	if n.Value == "0" {
		return 0, nil
	}
	m := lengthPattern.FindStringSubmatch(n.Value)
	if m == nil || n.Value == "" {
		if numberPattern.MatchString(n.Value) {
			return 0, fmt.Errorf("%s has no unit; write hours and minutes such as %s", value(n), example)
		}
		return 0, fmt.Errorf("%s is not a length; write hours and minutes such as %s", value(n), example)
	}
	hours, _ := strconv.Atoi("0" + m[1])
	minutes, _ := strconv.Atoi("0" + m[2])
	return time.Duration(hours)*time.Hour + time.Duration(minutes)*time.Minute, nil
}

// lengthText writes a length as the file does.
func lengthText(d time.Duration) string {
	hours, minutes := int(d/time.Hour), int(d%time.Hour/time.Minute)
	switch {
	case hours == 0:
		return fmt.Sprintf("%dm", minutes)
	case minutes == 0:
		return fmt.Sprintf("%dh", hours)
	}
	return fmt.Sprintf("%dh%dm", hours, minutes)
}

// length reads a length into to, which keeps its value when the key is
// absent or wrong.
func (s section) length(key string, to *time.Duration, example string) {
	_, n, ok := s.scalar(key, "hours and minutes such as "+example)
	if !ok {
		return
	}
	d, err := parseLength(n, example)
	if err != nil {
		s.problem(s.full(key), "%v", err)
		return
	}
	*to = d
}

// lengthWithin is length with bounds of its own. Written as off it is 0,
// where off is allowed.
func (s section) lengthWithin(key string, to *time.Duration, least, most time.Duration, off bool, example string) {
	if off {
		example += " or off"
		if n := s.node[key]; n != nil && n.Kind == yaml.ScalarNode && n.Value == "off" {
			*to = 0
			return
		}
	}
	d := *to
	s.length(key, &d, example)
	if s.node[key] == nil || s.wrong(s.full(key)) {
		return
	}
	if d < least || d > most {
		s.problem(s.full(key), "%s is outside %s to %s; write one such as %s", lengthText(d), lengthText(least), lengthText(most), example)
		return
	}
	*to = d
}

// maxWhole bounds whole numbers before their own rules look at them: it is
// larger than any of those, and small enough for every sum.
const maxWhole = 100_000

// parseWhole reads a whole number that is not in quotes.
func parseWhole(n *yaml.Node, example string) (int, error) {
	if n.Kind != yaml.ScalarNode {
		return 0, fmt.Errorf("%s is not a whole number; write one such as %s", kindOf(n), example)
	}
	if !wholePattern.MatchString(n.Value) {
		return 0, fmt.Errorf("%s is not a whole number; write one such as %s", value(n), example)
	}
	number, err := strconv.Atoi(n.Value)
	if err != nil || number < -maxWhole || number > maxWhole {
		return 0, fmt.Errorf("%s is too large a number; write one such as %s", quote(n.Value), example)
	}
	if n.ShortTag() == "!!str" {
		return 0, fmt.Errorf("%s is text because of its quotes; write %d", value(n), number)
	}
	return number, nil
}

// whole reads a whole number into to.
func (s section) whole(key string, to *int, example string) {
	_, n, ok := s.scalar(key, "a whole number such as "+example)
	if !ok {
		return
	}
	number, err := parseWhole(n, example)
	if err != nil {
		s.problem(s.full(key), "%v", err)
		return
	}
	*to = number
}

// flag reads true or false.
func (s section) flag(key string) bool {
	_, n, ok := s.scalar(key, "true or false")
	if ok && (n.ShortTag() != "!!bool" || n.Value != "true" && n.Value != "false") {
		s.problem(s.full(key), "%s is neither true nor false; write one of these, without quotes", value(n))
		return false
	}
	return ok && n.Value == "true"
}

// flagOrOff is flag for a key whose off says false.
func (s section) flagOrOff(key string) bool {
	if s.empty(key) || s.node[key].Value == "off" {
		return false
	}
	return s.flag(key)
}

// maxName bounds a name or a word of the person's own, in characters: it
// stands in one line of a push.
const maxName = 40

// words reads a short text for people, at most most characters, on one line.
// An absent key and an empty value are none.
func (s section) words(key string, most int, example string) string {
	if s.empty(key) {
		return ""
	}
	text, n, ok := s.scalar(key, "a word such as "+example)
	if !ok {
		return ""
	}
	if err := checkWords(text, most); err != nil {
		s.problem(s.full(key), "%s %v; write a word such as %s", value(n), err, example)
		return ""
	}
	return text
}

func checkWords(text string, most int) error {
	if n := utf8.RuneCountInString(text); n > most {
		return fmt.Errorf("has %d characters, more than %d", n, most)
	}
	for _, c := range text {
		if !unicode.IsPrint(c) {
			return fmt.Errorf("holds a line break or a sign that cannot be seen")
		}
	}
	return nil
}
