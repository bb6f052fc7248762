package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// Error is everything that is wrong with a configuration.
type Error struct {
	// Problems holds each problem as "file:line: key: what is wrong; what is
	// right", in line order. A file that cannot be read has no lines: its
	// one problem is "file: what is wrong; what is right".
	Problems []string
	// Notices are what can be said besides, as in Config.
	Notices []string
	// Data is the data folder that the file names, as far as that could be
	// read: there lies the last good copy. Empty: the file does not say.
	Data string

	cause error // why the file could not be read
}

// Error returns the problems, one a line.
func (e *Error) Error() string { return strings.Join(e.Problems, "\n") }

// Unwrap returns why the file could not be read, so that a caller can tell a
// missing file from a broken one; nil when it was read.
func (e *Error) Unwrap() error { return e.cause }

// place is where something stands in the file, both counted from 1. The
// column only serves the order of what stands in one line.
type place struct{ line, column int }

// placeOf is where a node begins.
func placeOf(n *yaml.Node) place { return place{n.Line, n.Column} }

// finding is one problem or notice.
type finding struct {
	place
	key  string // empty: the file as a whole
	text string
}

// report collects what is found in one file.
type report struct {
	file     string
	places   map[string]place // of every key that occurs, by its full name
	problems []finding
	notices  []finding
	secrets  []openSecret
}

// openSecret is a secret that stands in the file itself, for everybody on this
// machine to read.
type openSecret struct{ key, owner string }

// find returns the place of a key, or of the nearest parent that occurs. A
// key that nothing in the file stands for belongs to its first line.
func (r *report) find(key string) place {
	for key != "" {
		if at, ok := r.places[key]; ok {
			return at
		}
		key = key[:max(0, strings.LastIndexAny(key, ".["))]
	}
	return place{1, 1}
}

func (r *report) problem(key, format string, args ...any) {
	r.problemAt(r.find(key), key, format, args...)
}

func (r *report) problemAt(at place, key, format string, args ...any) {
	r.problems = append(r.problems, finding{at, key, fmt.Sprintf(format, args...)})
}

func (r *report) notice(key, format string, args ...any) {
	r.notices = append(r.notices, finding{r.find(key), key, fmt.Sprintf(format, args...)})
}

// secretsNotice makes one notice of all the secrets that stand open, however
// many they are: there is one thing to do about them.
func (r *report) secretsNotice() {
	if len(r.secrets) == 0 {
		return
	}
	first := r.secrets[0]
	if len(r.secrets) == 1 {
		r.notice(first.key, "is a secret in a file that everybody on this machine may read; run chmod o-r on it, or write ${VARIABLE} here")
		return
	}
	var owners []string
	for _, s := range r.secrets {
		if !slices.Contains(owners, s.owner) {
			owners = append(owners, s.owner)
		}
	}
	r.notices = append(r.notices, finding{r.find(first.key), "", "the secrets of " + oneAndOther(owners) +
		" are in a file that everybody on this machine may read; run chmod o-r on it, or write ${VARIABLE} in their places"})
}

// wrong tells whether a problem of exactly this key was found.
func (r *report) wrong(key string) bool {
	return slices.ContainsFunc(r.problems, func(f finding) bool { return f.key == key })
}

// err returns what was found, nil if nothing is wrong.
func (r *report) err() *Error {
	if len(r.problems) == 0 {
		return nil
	}
	return &Error{Problems: r.texts(r.problems), Notices: r.texts(r.notices)}
}

// texts writes findings in the order of the file, each once.
func (r *report) texts(found []finding) []string {
	found = slices.Clone(found)
	slices.SortStableFunc(found, func(a, b finding) int {
		return cmp.Or(cmp.Compare(a.line, b.line), cmp.Compare(a.column, b.column))
	})
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
