package config

import (
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"nightbell/notify"
)

// channelSource is what channels are made from, besides their section.
type channelSource struct {
	types     []notify.Type
	variables variables
	mode      fs.FileMode // of the configuration file
}

const exampleChannel = "{name: here, type: console}"

// maxChannels bounds the channels: several people's phones and some spare ones.
const maxChannels = 32

// channels reads the channels that are in use. Without any of the person's own
// the pushes are printed, because to be told nowhere is what nobody wants.
func (s section) channels(from channelSource, partner *Partner) []Channel {
	var all []Channel
	entries, places := s.list("channels", "entries such as - "+exampleChannel)
	if len(entries) > maxChannels {
		s.problem("channels", "has %d entries, more than %d; keep those that are in use", len(entries), maxChannels)
		return nil
	}
	byName := map[string]int{}
	read := map[string][]*channelReader{} // by type, as they stand in the file
	for i, n := range entries {
		if n.Kind != yaml.MappingNode {
			// The value is not shown: it may be a token that lost its key.
			s.problem(places[i], "%s is not a channel; write one such as %s", kindOf(n), exampleChannel)
			continue
		}
		c := s.channel(places[i], n, from)
		if first, again := byName[c.made.Name]; again && c.made.Name != "" {
			s.problem(c.full("name"), "%s is the name of the channel on line %d too; give each its own", quote(c.made.Name), first)
		}
		if c.made.Name != "" {
			byName[c.made.Name] = s.find(c.full("name")).line
		}
		if c.made.Type == "" || c.leftOut() {
			continue
		}
		read[c.made.Type] = append(read[c.made.Type], c)
		all = append(all, c.made)
	}
	for _, t := range from.types {
		together(t, read[t.Name])
	}
	s.partners(partner, all, byName)
	if !slices.ContainsFunc(all, func(c Channel) bool { return !c.Partner }) {
		name := "console"
		if len(all) > 0 && byName[name] > 0 {
			name = "terminal" // the partner's may have that name
		}
		all = append(all, Channel{Name: name, Type: "console", Values: notify.Values{}})
	}
	if !slices.ContainsFunc(all, func(c Channel) bool { return c.Reaches && !c.Partner }) {
		s.notice("channels", "none in use reaches a phone, so pushes are only printed; %s", "add one such as pushover")
	}
	return all
}

// together reports what is wrong with the channels of one type as a whole, at
// the last of them that has the key.
func together(t notify.Type, all []*channelReader) {
	if t.Together == nil || len(all) == 0 {
		return
	}
	values := make([]notify.Values, 0, len(all))
	for _, c := range all {
		values = append(values, c.made.Values)
	}
	for _, p := range t.Together(values) {
		at := all[len(all)-1]
		for _, c := range all {
			if c.node[p.Key] != nil {
				at = c
			}
		}
		at.says(p)
	}
}

// channelReader reads one channel.
type channelReader struct {
	section
	channelSource
	optional bool
	unset    []string // variables that an optional channel waits for
	secrets  []string // what no text may show
	without  string   // how to do without what is read; empty: as a channel is left out
	made     Channel
}

var channelName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)

// channel reads one entry. Its made is without a type when that is not known.
func (r *report) channel(place string, n *yaml.Node, from channelSource) *channelReader {
	t, known := typeOf(n, from.types)
	var extra []string
	for _, s := range t.Settings {
		if extra = append(extra, s.Key); s.Secret {
			extra = append(extra, s.Key+"_file")
		}
	}
	if !known {
		extra = keysOf(n)
	}
	c := &channelReader{section: r.read(place, "channels[]", n, extra...), channelSource: from}
	c.optional = c.flag("optional")
	c.made = Channel{Name: c.channelName(), Values: notify.Values{}}
	if !known {
		c.unknownType()
		return c
	}
	c.made.Type, c.made.Reaches = t.Name, t.Reaches
	for _, s := range t.Settings {
		c.setting(s)
	}
	c.check(t)
	return c
}

// typeOf finds the type that an entry names.
func typeOf(n *yaml.Node, types []notify.Type) (notify.Type, bool) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if v := resolve(n.Content[i+1]); n.Content[i].Value == "type" && v.Kind == yaml.ScalarNode {
			for _, t := range types {
				if t.Name == v.Value {
					return t, true
				}
			}
			return notify.Type{}, false
		}
	}
	return notify.Type{}, false
}

func keysOf(n *yaml.Node) []string {
	var names []string
	for i := 0; i+1 < len(n.Content); i += 2 {
		names = append(names, n.Content[i].Value)
	}
	return names
}

func (c *channelReader) unknownType() {
	var names []string
	for _, t := range c.types {
		names = append(names, t.Name)
	}
	what := "one of " + strings.Join(names, ", ")
	if c.node["type"] == nil {
		c.problem(c.full("type"), "is missing; write %s, such as type: %s", what, names[0])
		return
	}
	if _, n, ok := c.scalar("type", what); ok {
		c.problem(c.full("type"), "%s is not a type of channel that this version has; write %s", value(n), what)
	}
}

func (c *channelReader) channelName() string {
	const what = "a name of letters, digits, - and _, such as name: phone"
	if c.node["name"] == nil {
		c.problem(c.full("name"), "is missing; write %s", what)
		return ""
	}
	name, n, ok := c.scalar("name", what)
	if ok && (len(name) > maxName || !channelName.MatchString(name)) {
		c.problem(c.full("name"), "%s is not a channel's name; write %s", value(n), what)
		return ""
	}
	return name
}

// check asks the type what is wrong with the settings together. Making a
// channel does no I/O; this one is dropped again.
func (c *channelReader) check(t notify.Type) {
	if len(c.unset) > 0 {
		return
	}
	_, problems := t.Open(c.made.Name, c.made.Values, notify.Tools{
		Log: slog.New(slog.DiscardHandler),
		Out: io.Discard,
		Now: func() time.Time { return time.Time{} },
	})
	for _, p := range problems {
		c.says(p)
	}
}

// says reports a problem that the channel's type found, unless the key has
// one already.
func (c *channelReader) says(p notify.Problem) {
	full := c.name
	if p.Key != "" {
		full = c.full(p.Key)
		if c.node[p.Key] == nil && c.node[p.Key+"_file"] != nil {
			full += "_file"
		}
	}
	if p.Key == "" || !c.wrong(full) {
		c.problem(full, "%s", hide(p.Text, c.secrets))
	}
}

// leastSecret is the length from which a secret is taken out of a text. A
// shorter one would take out parts of ordinary words, and is none.
const leastSecret = 4

// hide takes secrets out of a text. A type's own texts hold none; this is for
// the one that forgets.
func hide(text string, secrets []string) string {
	for _, s := range secrets {
		if len(s) >= leastSecret {
			text = strings.ReplaceAll(text, s, "(secret)")
		}
	}
	return text
}

// leftOut tells whether the channel waits for variables, and says so.
func (c *channelReader) leftOut() bool {
	if len(c.unset) == 0 {
		return false
	}
	slices.Sort(c.unset)
	c.notice(c.name, "%s is left out while %s not set", c.made.Name, areVariables(slices.Compact(c.unset)))
	return true
}

// Opened is one channel, ready to send.
type Opened struct {
	Name, Type string
	Reaches    bool
	Channel    notify.Channel
	Partner    bool // it is the partner's
}

// Open makes every channel, in order. Parse made each once to see that it
// can, so an error here means that the types changed; it says everything that
// is wrong.
func (c *Config) Open(tools notify.Tools) ([]Opened, error) {
	var all []Opened
	var wrong []string
	for _, one := range c.Channels {
		i := slices.IndexFunc(c.types, func(t notify.Type) bool { return t.Name == one.Type })
		if i < 0 {
			wrong = append(wrong, fmt.Sprintf("%s: channel %s: %q is not a type of channel", c.Path, one.Name, one.Type))
			continue
		}
		channel, problems := c.types[i].Open(one.Name, one.Values, tools)
		for _, p := range problems {
			if p.Key != "" {
				p.Text = p.Key + ": " + p.Text
			}
			wrong = append(wrong, fmt.Sprintf("%s: channel %s: %s", c.Path, one.Name, p.Text))
		}
		all = append(all, Opened{one.Name, one.Type, one.Reaches, channel, one.Partner})
	}
	if len(wrong) > 0 {
		return nil, &Error{Problems: wrong}
	}
	return all, nil
}
