package config

import (
	"cmp"
	"maps"
	"slices"

	"gopkg.in/yaml.v3"

	"nightbell/notify"
)

// othersRead is the bit of a file's mode by which everybody may read it. The
// group's is not counted: the service's own configuration is root's, readable
// by the group nightbell.
const othersRead = 0o004

// setting reads one setting of a channel into its values. A value that is
// absent, or says nothing, is left to the channel's default.
func (c *channelReader) setting(s notify.Setting) {
	full := c.full(s.Key)
	if s.Secret && c.node[s.Key+"_file"] != nil {
		if !c.empty(s.Key) {
			c.problem(full, "is given beside %s_file; keep one of the two", s.Key)
			return
		}
		c.secretFile(s)
		return
	}
	n := c.node[s.Key]
	if n == nil || isNull(n) || n.Kind == yaml.ScalarNode && n.Value == "" {
		if s.Required {
			c.problem(full, "%s; write %s: %s%s", map[bool]string{true: "is missing", false: "is empty"}[n == nil], s.Key, example(s), orFile(s))
		}
		return
	}
	switch s.Kind {
	case notify.Flag:
		if on := c.flag(s.Key); !c.wrong(full) {
			c.made.Values[s.Key] = on
		}
	case notify.Words:
		c.wordList(s)
	case notify.Pairs:
		c.pairs(s)
	default:
		if n.Kind != yaml.ScalarNode {
			c.problem(full, "%s is not a text; write %s%s", kindOf(n), example(s), orFile(s))
			return
		}
		if text, ok := c.filled(full, n.Value, s.Secret); ok {
			c.made.Values[s.Key] = text
		}
	}
}

// example is a setting's example as it stands in YAML.
func example(s notify.Setting) string {
	if s.Example == "" {
		return "a value"
	}
	return s.Example
}

func orFile(s notify.Setting) string {
	if !s.Secret {
		return ""
	}
	return ", or " + s.Key + "_file: and the path of a file that holds it"
}

// filled fills in the variables of one text. Those that are not set are a
// problem, or make an optional channel wait.
func (c *channelReader) filled(key, text string, secret bool) (string, bool) {
	filled, unset, err := c.variables.fill(text)
	switch {
	case err != nil:
		c.problem(key, "%v", err)
		return "", false
	case len(unset) > 0 && c.optional:
		c.unset = append(c.unset, unset...)
		return "", false
	case len(unset) > 0:
		c.problem(key, "%s not set; set the variable, or %s", areVariables(unset), cmp.Or(c.without, "write optional: true to leave the channel out until it is"))
		return "", false
	}
	literal := filled == text
	if secret || !literal {
		c.secrets = append(c.secrets, filled)
	}
	if secret && literal && c.mode&othersRead != 0 {
		c.report.secrets = append(c.report.secrets, openSecret{key, cmp.Or(c.made.Name, c.name)})
	}
	return filled, true
}

// secretFile reads KEY_file.
func (c *channelReader) secretFile(s notify.Setting) {
	key := s.Key + "_file"
	full := c.full(key)
	path, _, ok := c.scalar(key, "the path of a file that holds the secret, such as /etc/nightbell/"+s.Key)
	if !ok {
		return
	}
	if path, ok = c.filled(full, path, false); !ok {
		return
	}
	secret, err := c.variables.secret(path)
	if err != nil {
		c.problem(full, "%v", err)
		return
	}
	c.secrets = append(c.secrets, secret)
	c.made.Values[s.Key] = secret
}

// wordList reads a list of texts.
func (c *channelReader) wordList(s notify.Setting) {
	full := c.full(s.Key)
	entries, names := c.list(s.Key, example(s))
	if c.wrong(full) {
		return
	}
	words := []string{}
	for i, n := range entries {
		if n.Kind != yaml.ScalarNode || isNull(n) {
			c.problem(names[i], "%s is not a text; write a list such as %s", value(n), example(s))
			continue
		}
		if text, ok := c.filled(names[i], n.Value, s.Secret); ok {
			words = append(words, text)
		}
	}
	c.made.Values[s.Key] = words
}

// pairs reads a set of texts by name.
func (c *channelReader) pairs(s notify.Setting) {
	full, n := c.full(s.Key), c.node[s.Key]
	if n.Kind != yaml.MappingNode {
		c.problem(full, "%s is not a set of keys; write one such as %s", value(n), example(s))
		return
	}
	all := map[string]string{}
	inner := c.read(full, "a set of any keys", n, keysOf(n)...)
	for _, name := range slices.Sorted(maps.Keys(inner.node)) {
		v := inner.node[name]
		if v.Kind != yaml.ScalarNode || isNull(v) {
			c.problem(inner.full(name), "%s is not a text; write a set such as %s", value(v), example(s))
			continue
		}
		if text, ok := c.filled(inner.full(name), v.Value, s.Secret); ok {
			all[name] = text
		}
	}
	c.made.Values[s.Key] = all
}
