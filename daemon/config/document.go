package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

const (
	// maxSize bounds the file, in bytes. A full configuration is below
	// 20 kB; more than a mebibyte is some other file.
	maxSize = 1 << 20
	// maxAliases bounds how often a file refers to its anchors. Each reminder
	// and each busy stretch may repeat another one; beyond that it is an
	// attempt to make a small file large.
	maxAliases = 100
	// maxSearch bounds the file, in bytes, in which the line of a syntax
	// error is searched for by reading ever shorter beginnings, and
	// maxSearchLines its lines. That takes 5 ms for the example, and 2 s for
	// brackets in brackets that were made to be slow.
	maxSearch      = 32 << 10
	maxSearchLines = 500
)

const leastFile = `the least it holds is one line such as "timezone: Europe/Berlin"`

// document reads the one YAML document of a text as a mapping, nil when there
// is none. What is wrong with it as YAML goes to the report.
func (r *report) document(text []byte) *yaml.Node {
	if len(text) > maxSize {
		r.problemAt(place{1, 1}, "", "%s", tooLarge)
		return nil
	}
	if line, what := unreadable(text); line > 0 {
		r.problemAt(place{line, 1}, "", "%s", what)
		return nil
	}
	first, second, err := decode(text)
	switch {
	case errors.Is(err, io.EOF), err == nil && first.Content[0].ShortTag() == "!!null" && second == 0:
		r.problemAt(place{1, 1}, "", "the file is empty; %s", leastFile)
		return nil
	case err != nil:
		line := syntaxLine(text, err)
		r.problemAt(place{line, 1}, "", "%s", syntaxText(err, text, line))
		return nil
	case second > 0:
		r.problemAt(place{second, 1}, "", "a second document begins here; keep one, and no line that says --- after it")
	}
	root := first.Content[0]
	if root.Kind != yaml.MappingNode {
		r.problemAt(placeOf(root), "", "the file holds %s, not keys with values; %s", kindOf(root), leastFile)
		return nil
	}
	if !r.vet(root) {
		return nil
	}
	return root
}

// unreadable returns the line of the first byte that has no place in a file
// of lines and what it is; 0 when there is none. The parser knows nearly the
// same rule, but not the line. Signs that YAML takes for the end of a line and
// editors do not are refused, so that both count the same lines.
func unreadable(text []byte) (line int, what string) {
	line = 1
	for len(text) > 0 {
		c, size := utf8.DecodeRune(text)
		switch {
		case c == utf8.RuneError && size == 1:
			return line, "holds a byte that is not UTF-8; save the file as UTF-8 text"
		case c == '\n':
			line++
		case c == '\r' && bytes.HasPrefix(text, []byte("\r\n")):
		case c < ' ' && c != '\t', c >= 0x7f && c < 0xa0, c == '\u2028', c == '\u2029', c == '\ufeff', c == '\ufffe', c == '\uffff':
			return line, fmt.Sprintf("holds the invisible character U+%04X; take it out", c)
		}
		text = text[size:]
	}
	return 0, ""
}

// decode parses the first document and returns the line on which a second
// one begins, 0 without one. The parser has been seen to panic on hostile
// text in earlier releases; a configuration must not end the daemon.
func decode(text []byte) (first *yaml.Node, second int, err error) {
	defer func() {
		if p := recover(); p != nil {
			first, second, err = nil, 0, fmt.Errorf("yaml: %v", p)
		}
	}()
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	first = new(yaml.Node)
	if err := decoder.Decode(first); err != nil {
		return nil, 0, err
	}
	var next yaml.Node
	switch err := decoder.Decode(&next); {
	case errors.Is(err, io.EOF):
		return first, 0, nil
	case err != nil:
		return nil, 0, err
	}
	return first, next.Line, nil
}

// vet tells whether a tree can be read: no tags, and no more than maxAliases
// aliases. An alias that holds itself does no harm, because only as many
// levels are read as there are levels of keys.
func (r *report) vet(root *yaml.Node) bool {
	aliases, good := 0, true
	var walk func(n *yaml.Node)
	walk = func(n *yaml.Node) {
		if n.Style&yaml.TaggedStyle != 0 {
			good = false
			r.problemAt(placeOf(n), "", "a YAML tag (!...) is not used here; write the value alone, in quotes if it begins with !")
		}
		if n.Kind == yaml.AliasNode {
			if aliases++; aliases == maxAliases+1 {
				good = false
				r.problemAt(placeOf(n), "", "more than %d aliases (*...); write the values out", maxAliases)
			}
		}
		for _, c := range n.Content {
			walk(c)
		}
	}
	walk(root)
	return good
}

// kindOf says what a node is, for a sentence.
func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a set of keys"
	case yaml.SequenceNode:
		return "a list"
	}
	return "a single value"
}

// syntaxLine finds the line of a syntax error. The parser often names the
// line where the structure around it began, so the error is taken to follow
// the longest beginning of the file that can be read.
func syntaxLine(text []byte, err error) int {
	ends := []int{0}
	for i, c := range text {
		if c == '\n' {
			ends = append(ends, i+1)
		}
	}
	lines := len(ends) // the last one may have no line break
	if len(text) <= maxSearch && lines <= maxSearchLines {
		for n := lines - 1; n > 0; n-- {
			if _, _, err := decode(text[:ends[n]]); err == nil || errors.Is(err, io.EOF) {
				return n + 1
			}
		}
		return 1
	}
	if m := linePattern.FindStringSubmatch(err.Error()); m != nil {
		if n, err := strconv.Atoi(m[1]); err == nil {
			return min(max(n, 1), lines)
		}
	}
	return 1
}

var linePattern = regexp.MustCompile(`^yaml: line (\d+): `)

// syntaxText says in a sentence of ours what the parser found. The parser's
// own words are not passed on: they name productions of a grammar, and an
// anchor's name may be a secret that began with a star.
func syntaxText(err error, text []byte, line int) string {
	at := lineText(text, line)
	indent := at[:len(at)-len(strings.TrimLeft(at, " \t"))]
	if strings.Contains(indent, "\t") {
		return "a tab indents this line; YAML allows only spaces there"
	}
	if inBraces.MatchString(at) {
		return `inside { } or [ ] a variable stands in quotes; write "${NAME}"`
	}
	const directive = "a line that begins with % is a directive, which is not used here; take it out"
	if strings.HasPrefix(at, "%") {
		return directive
	}
	said := err.Error()
	for _, row := range []struct{ part, text string }{
		{"tab character", "a tab stands where YAML allows only spaces; use spaces"},
		{"mapping values are not allowed", `a second ": " in one line, or a line indented too far; put a value that holds ": " in quotes, and line keys up`},
		{"',' or '}'", `a { has no } that closes it; write { key: value, key: value }, and quotes around a value that holds { } [ ] or a comma`},
		{"',' or ']'", `a [ has no ] that closes it; write [value, value], and quotes around a value that holds { } [ ] or a comma`},
		{"cannot start any token", "a value cannot begin with this character; put the value in quotes"},
		{"unexpected end of stream", "a quote is never closed; write the same quote at the end of the value"},
		{"unexpected document indicator", "a quote is never closed; write the same quote at the end of the value"},
		{"escape", `a backslash in double quotes begins no known character; write the value in single quotes, such as 'C:\data'`},
		{"unknown anchor", "an alias (*...) names no anchor (&...); put a value that begins with * in quotes"},
		{"contains itself", "an anchor (&...) stands for something that holds itself; write the values out"},
		{"expected ':'", `a line without ": "; write "key: value"`},
		{"document start", "something follows the end of the document; keep one document"},
		{"max depth", "lists or keys are nested too deeply; no key here is more than four levels deep"},
		{"did not find expected key", "this line does not line up with the keys above it, or something follows a closed quote or bracket; indent keys of one level alike"},
		{"'-' indicator", "a key stands among the entries of a list; begin each entry with - or indent the key like those of its entry"},
		{"block sequence entries", `a list entry (- ...) stands where a value is expected; begin it on a line of its own`},
		{"node content", "a value is expected here; finish the list or the value, or put it in quotes"},
		{"incompatible YAML document", directive},
		{"tag", "a YAML tag (!...) is not used here; put a value that begins with ! in quotes"},
	} {
		if strings.Contains(said, row.part) {
			return row.text
		}
	}
	return `this line is not YAML; write "key: value", with quotes around a value of signs`
}

// inBraces finds a variable without quotes in a line that opens a bracket.
var inBraces = regexp.MustCompile(`[{\[,][^"'#]*:? \$\{[A-Za-z0-9_]*\}`)

// lineText returns one line of the text, counted from 1, without its end.
func lineText(text []byte, line int) string {
	for range line - 1 {
		_, rest, ok := bytes.Cut(text, []byte("\n"))
		if !ok {
			return ""
		}
		text = rest
	}
	one, _, _ := bytes.Cut(text, []byte("\n"))
	return strings.TrimRight(string(one), "\r")
}
