package main

import "testing"

func TestNotesStayOnTheirLine(t *testing.T) {
	for _, row := range []struct{ rule, note, want string }{
		{"words stay as they are", "by the window, größer", "by the window, größer"},
		{"lines become one", "first\nsecond\r\n\tthird", "first second third"},
		{"control characters are shown, not obeyed", "red \x1b[31m text", "red \uFFFD[31m text"},
		{"direction marks too", "a\u202eb", "a\uFFFDb"},
	} {
		if got := oneLine(row.note); got != row.want {
			t.Errorf("%s: %q; want %q", row.rule, got, row.want)
		}
	}
}
