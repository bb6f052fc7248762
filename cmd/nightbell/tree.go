package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// parserFor is the command line's parser, filling c.
func parserFor(c *commands, out, err io.Writer, exit func(int)) (*kong.Kong, error) {
	return kong.New(c,
		kong.Name("nightbell"),
		kong.Description("Plans pumping sessions and reminds of them, day and night."),
		kong.Writers(out, err),
		kong.Exit(exit),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.UsageOnError(),
	)
}

// branch is one command as its documents need it: what the parser knows,
// without the parser. The first is the program itself, with the flags that go
// everywhere.
type branch struct {
	Path  string // "sessions edit"; empty: the program
	Help  string
	Flags []option
	Args  []option
	Subs  []string // the words that may follow
}

// option is a flag or an argument.
type option struct {
	Name     string // without dashes
	Holder   string // stands for its value, such as FILE; empty: it takes none
	Help     string
	Values   []string // what it may be, where that is a list
	File     bool     // its value is a file's name
	Folder   bool     // its value is a folder's name
	Optional bool     // of an argument
}

// tree is every command that is shown in help, parents before their children.
func tree() ([]branch, error) {
	parser, err := parserFor(&commands{}, io.Discard, io.Discard, func(int) {})
	if err != nil {
		return nil, fmt.Errorf("reading the command line's own form: %w", err)
	}
	var all []branch
	var walk func(n *kong.Node, path string)
	walk = func(n *kong.Node, path string) {
		at := len(all)
		all = append(all, branch{Path: path, Help: n.Help, Flags: optionsOf(n.Flags)})
		for _, arg := range n.Positional {
			o := optionOf(arg, strings.ToUpper(arg.Name))
			o.Optional = !arg.Required
			all[at].Args = append(all[at].Args, o)
		}
		for _, sub := range n.Children {
			switch {
			case sub.Hidden:
			case n.DefaultCmd == sub:
				// "sessions" alone is "sessions list": its flags follow at once.
				all[at].Flags = append(all[at].Flags, optionsOf(sub.Flags)...)
			default:
				all[at].Subs = append(all[at].Subs, sub.Name)
				walk(sub, strings.TrimSpace(path+" "+sub.Name))
			}
		}
	}
	walk(parser.Model.Node, "")
	return all, nil
}

func optionsOf(flags []*kong.Flag) []option {
	var list []option
	for _, f := range flags {
		if f.Hidden {
			continue
		}
		holder := ""
		if !f.IsBool() {
			if holder = f.PlaceHolder; holder == "" {
				holder = strings.ToUpper(f.Name)
			}
		}
		list = append(list, optionOf(f.Value, holder))
		if f.Tag.Negatable != "" {
			no := optionOf(f.Value, "")
			no.Name, no.Help = "no-"+f.Name, "Not: "+f.Help
			list = append(list, no)
		}
	}
	return list
}

// optionOf reads what completion needs from the tag values:"pump power" and
// from what stands for the value.
func optionOf(v *kong.Value, holder string) option {
	return option{
		Name: v.Name, Holder: holder, Help: v.Help, Values: strings.Fields(v.Tag.Get("values")),
		File: holder == "FILE", Folder: holder == "DIR",
	}
}

// first is the first sentence of a help text, for where there is one line.
func first(help string) string {
	if i := strings.Index(help, ". "); i > 0 {
		help = help[:i]
	}
	return strings.TrimSuffix(help, ".")
}

// flagsIn are the flags that a command takes: its own and those of the program.
func flagsIn(all []branch, c branch) []option {
	if c.Path == "" {
		return all[0].Flags
	}
	return append(slices.Clone(c.Flags), all[0].Flags...)
}
