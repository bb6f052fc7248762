package config

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// exampleText is config.example.yaml: a program cannot embed what lies above it.
//
//go:generate cp ../../config.example.yaml example.yaml
//go:embed example.yaml
var exampleText string

// Answers are what a first run asks.
type Answers struct {
	Zone    string
	Target  int
	Sleep   string // a range, or off
	Channel string // the type of the one channel that is to reach a phone; console: none is
	// Settings are the channel's, by their keys. What is not here stays as the
	// example has it.
	Settings map[string]string
	Written  string // the day, for the first lines
}

// Fill is the example with the answers in place of its own, all its comments
// included: a configuration that is its own manual. Of the channels it keeps
// the chosen one and the console. It does not check the answers; Parse does.
func Fill(a Answers) ([]byte, error) {
	f := filling{text: exampleText}
	f.line(`# This file runs as it is: .*\n# It needs no account: .*`, "# Written by nightbell init on "+a.Written+". To look it over: nightbell check")
	f.line(`# changes are taken care of\. Please change this one\. No default\.`, "# changes are taken care of. No default.")
	f.line(`timezone: .*`, "timezone: "+a.Zone)
	f.line(`  target: .*`, "  target: "+strconv.Itoa(a.Target))
	f.line(`  sleep: .*`, "  sleep: "+a.Sleep)
	f.channels(a)
	return []byte(f.text), f.err
}

// filling is a text that is being changed, and the first thing that could not be.
type filling struct {
	text string
	err  error
}

// line puts a text in the place of the first lines that match as a whole.
func (f *filling) line(pattern, text string) {
	at := regexp.MustCompile(`(?m)^` + pattern + `$`).FindStringIndex(f.text)
	if at == nil {
		f.missing(pattern)
		return
	}
	f.text = f.text[:at[0]] + text + f.text[at[1]:]
}

func (f *filling) missing(what string) {
	if f.err == nil {
		f.err = fmt.Errorf("filling in the example configuration: it has no line %s", what)
	}
}

// channels keeps the channel that was chosen, with its settings, and the
// console. In the example each channel is a paragraph.
func (f *filling) channels(a Answers) {
	before, rest, found := strings.Cut(f.text, "\nchannels:\n")
	list, after, ends := strings.Cut(rest, "\n\ndelivery:")
	if !found || !ends {
		f.missing("channels:")
		return
	}
	var kept []string
	for _, paragraph := range strings.Split(list, "\n\n") {
		switch one := (filling{text: paragraph}); {
		case strings.Contains(paragraph, "\n    type: console"):
			kept = append(kept, paragraph)
		case strings.Contains(paragraph, "\n    type: "+a.Channel+"\n"):
			one.settings(a.Settings)
			if one.err != nil && f.err == nil {
				f.err = one.err
			}
			kept = append([]string{one.text}, kept...)
		}
	}
	if len(kept) == 0 || a.Channel != "console" && len(kept) == 1 {
		f.missing("type: " + a.Channel)
	}
	f.text = before + "\nchannels:\n" + strings.Join(kept, "\n\n") + "\n\ndelivery:" + after
}

// settings fills in one channel. It is in use now, so it is not optional.
func (f *filling) settings(values map[string]string) {
	f.text = strings.Replace(f.text, "\n    optional: true", "", 1)
	var keys []string
	for key := range values {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		value, err := yaml.Marshal(values[key]) // with the quotes that it needs
		if err != nil && f.err == nil {
			f.err = fmt.Errorf("filling in the example configuration: %s: %w", key, err)
		}
		text := strings.TrimSuffix(string(value), "\n")
		if values[key] == "true" || values[key] == "false" {
			text = values[key] // a flag, not the word
		}
		f.line(`    #?`+regexp.QuoteMeta(key)+`: .*`, "    "+key+": "+text)
	}
}
