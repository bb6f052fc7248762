package main

import (
	"regexp"
	"slices"
	"strings"
)

// asPeopleType turns ways to ask that other programs have taught into ours:
// "help log" and "--version".
func asPeopleType(args []string) []string {
	switch {
	case len(args) == 0:
		return []string{"--help"}
	case args[0] == "help":
		return append(slices.Clone(args[1:]), "--help")
	case args[0] == "--version" && len(args) == 1:
		return []string{"version"}
	}
	return args
}

// What the parser says that a person would not.
var (
	noValue   = regexp.MustCompile(`^(--[\w-]+|<[\w-]+>): expected \S+ value but got "EOL".*`)
	negative  = regexp.MustCompile(`^(--[\w-]+|<[\w-]+>): expected \S+ value but got "(-[^"]*)" \((?:short|long) flag\).*`)
	nothing   = regexp.MustCompile(`^expected "(<[^"]*>)"$`)
	noNumber  = regexp.MustCompile(`^(--[\w-]+|<[\w-]+>): expected (?:a valid \d+ bit int|an int|a float) but got ("(?:[^"\\]|\\.)*").*`)
	noFile    = regexp.MustCompile(`^(--[\w-]+): stat (.*): no such file or directory$`)
	notAtOnce = regexp.MustCompile(`^(--[\w-]+) and (--[\w-]+) can't be used together$`)
)

// whereItGoes says how to give a command what people write straight behind it.
func whereItGoes(command string) string {
	switch command {
	case "log":
		return "its time goes behind --at: nightbell log --at '20m ago'"
	case "pause":
		return "its end goes behind --for or --until: nightbell pause --for 90m"
	case "plan":
		return "a time goes behind --now: nightbell plan --now 03:00"
	}
	return ""
}

// inWords is an error of the parser in this program's words, with the way out.
func inWords(err error, args []string) string {
	text := err.Error()
	way := "; see: nightbell --help"
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		way = "; see: nightbell " + args[0] + " --help"
	}
	switch {
	case strings.HasPrefix(text, "unexpected argument") && len(args) > 0 && !strings.HasPrefix(text, "unexpected argument "+args[0]):
		if hint := whereItGoes(args[0]); hint != "" {
			way = "; " + hint
		}
	case strings.HasPrefix(text, "unexpected argument") || strings.HasPrefix(text, "expected one of"):
		way = "; see: nightbell --help"
	case noValue.MatchString(text):
		text = noValue.ReplaceAllString(text, "$1 needs a value after it")
	case negative.MatchString(text):
		text = negative.ReplaceAllString(text, "$1 needs a value after it, and $2 begins like a flag")
	case nothing.MatchString(text):
		text = nothing.ReplaceAllString(text, "$1 is not said")
		if len(args) > 1 && !strings.HasPrefix(args[1], "-") {
			way = "; see: nightbell " + args[0] + " " + args[1] + " --help"
		}
	case noNumber.MatchString(text):
		text = noNumber.ReplaceAllString(text, "$1: $2 is not a number; write one such as 2")
	case noFile.MatchString(text):
		return noFile.ReplaceAllString(text, "$1: there is no file $2")
	case notAtOnce.MatchString(text):
		text = notAtOnce.ReplaceAllString(text, "$1 and $2 exclude each other; use one of them")
	}
	return text + way
}
