package main

import (
	"slices"
	"strings"
	"testing"
	"time"
)

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

func TestALengthIsThatOfTheClocksAndNeverLessThanNone(t *testing.T) {
	at := func(clock string) time.Time {
		v, err := time.Parse(time.TimeOnly, clock)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, row := range []struct{ rule, from, to, want string }{
		{"hours and minutes", "09:40:00", "12:20:00", "2 h 40"},
		{"seconds are not shown, so they do not count", "09:40:50", "09:45:10", "5 min"},
		{"a session by a clock that is ahead", "21:02:00", "21:01:00", "0 min"},
	} {
		if got := between(at(row.from), at(row.to)); got != row.want {
			t.Errorf("%s: %q; want %q", row.rule, got, row.want)
		}
	}
}

// What is printed fits a terminal of 80 columns, unless a word is longer.
func TestWhatIsLongGoesOnBelowItself(t *testing.T) {
	sentence := strings.TrimSpace(strings.Repeat("nightbell test ", 12))
	for _, c := range []struct {
		rule string
		rows [][]string
		want string
	}{
		{"a cell that fits stands as it is", [][]string{{"a", "b  c"}}, "a  b  c\n"},
		{"the last column goes on below itself", [][]string{{"ok", "check", strings.Repeat("word ", 15) + "end"}, {"", "", "x"}},
			"ok  check  word word word word word word word word word word word word word word\n           word end\n           x\n"},
		{"a word that is longer stays whole", [][]string{{"a", strings.Repeat("/path", 20)}}, "a  " + strings.Repeat("/path", 20) + "\n"},
		{"a column that is too narrow is the terminal's to break", [][]string{{strings.Repeat("x", 60), sentence}}, strings.Repeat("x", 60) + "  " + sentence + "\n"},
	} {
		var out strings.Builder
		printTable(&out, c.rows)
		if out.String() != c.want {
			t.Errorf("%s:\n%s\nwant\n%s", c.rule, out.String(), c.want)
		}
	}
	var out strings.Builder
	printNote(&out, "n.yaml:1: "+sentence)
	for i, line := range strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n") {
		if len(line) > terminalColumns || strings.HasPrefix(line, "  ") != (i > 0) {
			t.Errorf("line %d of a note is %q", i+1, line)
		}
	}
}

// In the hour that a clock set back shows twice, a list tells apart what a
// clock does not; everywhere else it stays as short as it is.
func TestTheHourThatComesTwiceIsToldApart(t *testing.T) {
	h := newHome(t, "2026-11-01T09:00:00", onTerminal)
	for _, at := range []string{"2026-11-01T01:30:00-04:00", "2026-11-01T01:30:00-05:00", "2026-11-01T06:00:00-05:00"} {
		h.must("log", "--at", at)
	}
	var got []string
	for _, line := range strings.Split(strings.TrimSpace(h.must("sessions")), "\n") {
		_, at, _ := strings.Cut(line, "Sun ")
		at, _, _ = strings.Cut(at, "  ")
		got = append(got, at)
	}
	if want := []string{"1 Nov 06:00", "1 Nov 01:30 -05:00", "1 Nov 01:30 -04:00"}; !slices.Equal(got, want) {
		t.Errorf("the list says %q; want %q", got, want)
	}
}
