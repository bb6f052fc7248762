package notify

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// tagForm is the form of Message.Tag; it stands in paths.
var tagForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`)

// check says what keeps every service from taking m; nil: nothing.
func (m Message) check() error {
	if m.Level < Low || m.Level > Alarm {
		return errors.New("the message has no level; use low, normal, high or alarm")
	}
	if m.Tag != "" {
		if err := checkTag(m.Tag); err != nil {
			return err
		}
	}
	if strings.TrimSpace(printable(m.Text+m.Title)) == "" {
		return errors.New("the message is empty; give it a text or a title")
	}
	return nil
}

func checkTag(tag string) error {
	if !tagForm.MatchString(tag) {
		return fmt.Errorf("the tag %q is not one; use 1 to 40 letters, digits, _ and -", tag)
	}
	return nil
}

// cut shortens s to at most limit characters and marks that it did.
func cut(s string, limit int) string {
	s = strings.TrimSpace(strings.ToValidUTF8(s, "\ufffd"))
	if runes := []rune(s); len(runes) > limit {
		return strings.TrimSpace(string(runes[:limit-1])) + "…"
	}
	return s
}
