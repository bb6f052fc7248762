package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Error is everything that is wrong with a configuration.
type Error struct {
	// Problems holds each problem as "file:line: key: what is wrong; what is
	// right", in line order. A file that cannot be read has no lines: its
	// one problem is "file: what is wrong; what is right".
	Problems []string

	cause error // why the file could not be read
}

// Error returns the problems, one a line.
func (e *Error) Error() string { return strings.Join(e.Problems, "\n") }

// Unwrap returns why the file could not be read, so that a caller can tell a
// missing file from a broken one; nil when it was read.
func (e *Error) Unwrap() error { return e.cause }

// finding is one problem or notice.
type finding struct {
	line int
	key  string // empty: the file as a whole
	text string
}

// report collects what is found in one file.
type report struct {
	file     string
	lines    map[string]int // line of every key that occurs, by its full name
	problems []finding
	notices  []finding
}

// lineOf returns the line of a key, or of the nearest parent that occurs. A
// key that nothing in the file stands for belongs to its first line.
func (r *report) lineOf(key string) int {
	for key != "" {
		if line, ok := r.lines[key]; ok {
			return line
		}
		key = key[:max(0, strings.LastIndexAny(key, ".["))]
	}
	return 1
}

func (r *report) problem(key, format string, args ...any) {
	r.problemAt(r.lineOf(key), key, format, args...)
}

func (r *report) problemAt(line int, key, format string, args ...any) {
	r.problems = append(r.problems, finding{max(line, 1), key, fmt.Sprintf(format, args...)})
}

func (r *report) notice(key, format string, args ...any) {
	r.notices = append(r.notices, finding{r.lineOf(key), key, fmt.Sprintf(format, args...)})
}

// wrong tells whether a problem of exactly this key was found.
func (r *report) wrong(key string) bool {
	return slices.ContainsFunc(r.problems, func(f finding) bool { return f.key == key })
}

// err returns what was found as an *Error, nil if nothing is wrong.
func (r *report) err() error {
	if len(r.problems) == 0 {
		return nil
	}
	return &Error{Problems: r.texts(r.problems)}
}

// texts writes findings in line order, each once.
func (r *report) texts(found []finding) []string {
	found = slices.Clone(found)
	slices.SortStableFunc(found, func(a, b finding) int { return cmp.Compare(a.line, b.line) })
	var texts []string
	seen := map[string]bool{}
	for _, f := range found {
		text := fmt.Sprintf("%s:%d: ", r.file, f.line)
		if f.key != "" {
			text += f.key + ": "
		}
		if text += f.text; !seen[text] {
			seen[text] = true
			texts = append(texts, text)
		}
	}
	return texts
}
