package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"gopkg.in/yaml.v3"
)

// section is one set of keys of the file, checked for unknown and repeated
// ones. The zero node of a key means that it is absent.
type section struct {
	*report
	name string // full name, "" for the file itself
	node map[string]*yaml.Node
}

// read makes a section of a mapping; name is its full name and form its entry
// in keys, with more keys than those in extra.
func (r *report) read(name, form string, n *yaml.Node, extra ...string) section {
	s := section{r, name, map[string]*yaml.Node{}}
	known := slices.Concat(keys()[form], extra)
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], resolve(n.Content[i+1])
		if k.Kind != yaml.ScalarNode {
			s.problemAt(placeOf(k), name, "%s stands where a key is expected; write a word and a colon, such as %s:", kindOf(resolve(k)), known[0])
			continue
		}
		full := s.full(k.Value)
		switch first, again := r.places[full]; {
		case k.Value == "<<":
			s.problemAt(placeOf(k), name, "merging (<<) is not used here; write the keys out, or repeat a whole value with an alias (*...)")
		case again:
			s.problemAt(placeOf(k), full, "stands in the file twice, first on line %d; keep one", first.line)
		case !slices.Contains(known, k.Value):
			r.places[full] = placeOf(k)
			s.problemAt(placeOf(k), full, "is not a known key; %s", nearest(k.Value, form, known))
		default:
			r.places[full] = placeOf(k)
			s.node[k.Value] = v
		}
	}
	return s
}

// resolve returns what an alias stands for, and any other node itself.
func resolve(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode && n.Alias != nil {
		return n.Alias
	}
	return n
}

var plainKey = regexp.MustCompile(`^[A-Za-z0-9_-]{1,60}$`)

// full is the full name of a key of this section.
func (s section) full(key string) string {
	if !plainKey.MatchString(key) {
		key = quote(key)
	}
	if s.name == "" {
		return key
	}
	return s.name + "." + key
}

// quote writes a value of the file for a sentence: in quotes, on one line, at
// most 40 characters of it.
func quote(text string) string {
	const most = 40
	if utf8.RuneCountInString(text) > most {
		text = string([]rune(text)[:most]) + "…"
	}
	return strconv.Quote(text)
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// sub reads the section under a key. A key that is absent or has nothing
// under it is an empty section.
func (s section) sub(key string, example string) section {
	full := s.full(key)
	n := s.node[key]
	if n == nil || isNull(n) {
		return section{s.report, full, nil}
	}
	if n.Kind != yaml.MappingNode {
		s.problem(full, "%s is not a set of keys; write %s", value(n), example)
		return section{s.report, full, nil}
	}
	return s.read(full, full, n)
}

// subOrOff is sub for a section that may be switched off, and is when the key
// is absent or has nothing under it.
func (s section) subOrOff(key, example string) (in section, on bool) {
	n := s.node[key]
	if n == nil || isNull(n) || n.Kind == yaml.ScalarNode && (n.Value == "off" || n.Value == "false" || n.Value == "") {
		return section{s.report, s.full(key), nil}, false
	}
	return s.sub(key, example), n.Kind == yaml.MappingNode
}

// list returns the entries under a key and their full names. A key that is
// absent or has nothing under it is an empty list.
func (s section) list(key, example string) (entries []*yaml.Node, names []string) {
	n := s.node[key]
	if n == nil || isNull(n) {
		return nil, nil
	}
	if n.Kind != yaml.SequenceNode {
		s.problem(s.full(key), "%s is not a list; write %s", kindOf(n), example)
		return nil, nil
	}
	for i, c := range n.Content {
		name := fmt.Sprintf("%s[%d]", s.full(key), i)
		s.places[name] = placeOf(c)
		entries, names = append(entries, resolve(c)), append(names, name)
	}
	return entries, names
}

// value says what a node holds, for a sentence.
func value(n *yaml.Node) string {
	switch {
	case n.Kind != yaml.ScalarNode:
		return kindOf(n)
	case isNull(n):
		return "nothing"
	case n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0 && numberPattern.MatchString(n.Value) && len(n.Value) < 20:
		return n.Value
	}
	return quote(n.Value)
}

var numberPattern = regexp.MustCompile(`^-?[0-9]+$`)

// scalar returns the text of a key's single value; ok is false when the key
// is absent or its value is none. what names the value that is expected, with
// an example.
func (s section) scalar(key, what string) (text string, n *yaml.Node, ok bool) {
	n = s.node[key]
	switch {
	case n == nil:
		return "", nil, false
	case isNull(n):
		s.problem(s.full(key), "has no value; write %s, or take the line out for the default", what)
	case n.Kind != yaml.ScalarNode:
		s.problem(s.full(key), "%s is no value here; write %s", kindOf(n), what)
	default:
		return n.Value, n, true
	}
	return "", nil, false
}

// empty tells whether a key is absent or its value says nothing.
func (s section) empty(key string) bool {
	n := s.node[key]
	return n == nil || isNull(n) || n.Kind == yaml.ScalarNode && n.Value == "" || n.Kind != yaml.ScalarNode && len(n.Content) == 0
}

// choice reads one of some words.
func (s section) choice(key string, words ...string) (string, bool) {
	what := strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
	text, n, ok := s.scalar(key, what)
	if ok && !slices.Contains(words, text) {
		s.problem(s.full(key), "%s is not one of its words; write %s", value(n), what)
		return "", false
	}
	return text, ok
}
