package main

import (
	"fmt"
	"strings"
)

// manCommand prints the manual page.
type manCommand struct{}

// Run prints it, made from the command tree.
func (manCommand) Run(c *call) error {
	all, err := tree()
	if err != nil {
		return err
	}
	s := stamp()
	date := "" // of the commit, so that equal builds give equal pages
	if !s.built.IsZero() {
		date = s.built.UTC().Format("2006-01-02")
	}
	fmt.Fprint(c.out, manPage(all, s.version, date))
	return nil
}

// manPage is nightbell(1) in roff, by the macros of man(7).
func manPage(all []branch, version, date string) string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line(`.TH NIGHTBELL 1 %s %s "User Commands"`, roffWord(date), roffWord("nightbell "+version))
	line(".SH NAME\nnightbell \\- plans pumping sessions and reminds of them, day and night")
	line(".SH SYNOPSIS\n.B nightbell\n.I command\n.RI [ flags ]")
	line(".SH DESCRIPTION")
	line("%s", roff("From a routine and the log of sessions nightbell plans every start up to the next-but-one wake-up, and reminds: by day with a push, at night with an alarm that rings until it is answered. A command speaks to the daemon that runs; without one it works on the journal itself."))
	line(".PP\n%s", roff("You can slow down or stop at any time: nightbell rest keeps quiet until you come back, and asks nothing."))
	line(".PP\n%s", roff("It is not a medical device. Pain is a reason to call: a lactation consultant (IBCLC), your OB-GYN or your baby's pediatrician. With fever, chills or a hot red area, call today."))
	line(".SH FLAGS EVERYWHERE")
	options(&b, all[0].Flags)
	line(".SH COMMANDS")
	for _, c := range all[1:] {
		line(".SS %s", roffWord(strings.TrimSpace("nightbell "+c.Path+" "+argumentsOf(c))))
		line("%s", roff(c.Help))
		for _, arg := range c.Args {
			line(".TP\n.I %s\n%s", roff(strings.ToUpper(arg.Name)), roff(arg.Help))
		}
		options(&b, c.Flags)
	}
	manEnd(&b)
	return b.String()
}

func argumentsOf(c branch) string {
	var list []string
	for _, arg := range c.Args {
		name := strings.ToUpper(arg.Name)
		if arg.Optional {
			name = "[" + name + "]"
		}
		list = append(list, name)
	}
	if len(c.Subs) > 0 {
		list = append(list, "[COMMAND]")
	}
	return strings.Join(list, " ")
}

// options lists flags, a paragraph each.
func options(b *strings.Builder, flags []option) {
	for _, f := range flags {
		fmt.Fprintf(b, ".TP\n.B %s", roff("--"+f.Name))
		if f.Holder != "" {
			fmt.Fprintf(b, " \\fI%s\\fR", roff(f.Holder))
		}
		fmt.Fprintf(b, "\n%s\n", roff(f.Help))
	}
}

// manEnd is what the tree does not know: files, environment, exit status.
func manEnd(b *strings.Builder) {
	section := func(name string, rows [][2]string) {
		fmt.Fprintf(b, ".SH %s\n", name)
		for _, row := range rows {
			fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(row[0]), roff(row[1]))
		}
	}
	section("FILES", [][2]string{
		{"./nightbell.yaml, ~/.config/nightbell/config.yaml, " + systemConfig, "The configuration: the first that is there."},
		{"~/.local/state/nightbell, " + serviceData, "The journal and its backups, for their owner alone."},
		{systemSocket, "Where commands speak to the service; for its group, nightbell."},
	})
	section("ENVIRONMENT", [][2]string{
		{"NIGHTBELL_CONFIG", "The configuration, when --config does not say it."},
		{"STATE_DIRECTORY, XDG_STATE_HOME, XDG_CONFIG_HOME, XDG_RUNTIME_DIR", "Where data, configuration and socket are."},
		{"NO_COLOR", "When set: no colour."},
	})
	section("EXIT STATUS", [][2]string{
		{"0", "Done."},
		{"1", "It could not be done, or something needs a person."},
		{"2", "Wrong usage or configuration."},
	})
}

// roff is a text that troff prints as it is: a backslash and a dash mean
// something to it, and so does a dot or a quote at the beginning of a line.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "\n", " ").Replace(text)
	if strings.HasPrefix(text, ".") || strings.HasPrefix(text, "'") {
		text = `\&` + text
	}
	return text
}

// roffWord is an argument of a macro.
func roffWord(text string) string { return `"` + strings.ReplaceAll(roff(text), `"`, `\(dq`) + `"` }
