package config

import "gopkg.in/yaml.v3"

// later reads a key of a later version. It may only say that the thing is not
// wanted: off, false, or nothing. none is how that is best written, instead
// what does the same today; empty: nothing does.
func (s section) later(key, none, instead string) {
	n := s.node[key]
	if s.empty(key) || n.Kind == yaml.ScalarNode && (n.Value == "off" || n.Value == "false") {
		return
	}
	text := "this version does not do that yet; write " + none + " or take it out"
	if instead != "" {
		text += ", and " + instead
	}
	s.problem(s.full(key), "%s", text)
}
