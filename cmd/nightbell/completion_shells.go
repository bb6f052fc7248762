package main

import (
	"fmt"
	"strings"
)

// bashScript completes for bash 4 or newer, with or without bash-completion.
func bashScript(all []branch) string {
	var b strings.Builder
	b.WriteString(`# bash completion for nightbell; made by: nightbell completion bash
_nightbell() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} at= i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "$at ${COMP_WORDS[i]}" in
`)
	fmt.Fprintf(&b, "            %s) at=\"$at ${COMP_WORDS[i]}\" ;;\n", strings.Join(paths(all), "|"))
	b.WriteString("        esac\n    done\n    case \"$at $prev\" in\n")
	for _, f := range holders(all) {
		switch {
		case f.File:
			fmt.Fprintf(&b, "        %s) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); return ;;\n", f.pattern)
		case f.Folder:
			fmt.Fprintf(&b, "        %s) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\"); return ;;\n", f.pattern)
		default:
			fmt.Fprintf(&b, "        %s) COMPREPLY=($(compgen -W %s -- \"$cur\")); return ;;\n", f.pattern, quoted(strings.Join(f.Values, " ")))
		}
	}
	b.WriteString("    esac\n    case \"$at\" in\n")
	for _, c := range all {
		files := ""
		if takesFile(c) {
			files = ` [[ $cur != -* ]] && { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return; };`
		}
		fmt.Fprintf(&b, "        %s)%s COMPREPLY=($(compgen -W %s -- \"$cur\")) ;;\n", quoted(at(c)), files, quoted(strings.Join(words(all, c), " ")))
	}
	b.WriteString("    esac\n}\ncomplete -F _nightbell nightbell\n")
	return b.String()
}

// holder is a flag that takes a value, and what the scripts of bash and zsh
// have before the cursor where it is one's turn.
type holder struct {
	option
	pattern string
}

func holders(all []branch) []holder {
	var list []holder
	for _, c := range all {
		for _, f := range c.Flags {
			pattern := quoted(at(c) + " --" + f.Name)
			if c.Path == "" {
				pattern = "*" + quoted(" --"+f.Name) // the program's own, behind any command
			}
			if f.Holder != "" {
				list = append(list, holder{f, pattern})
			}
		}
	}
	return list
}

// at is a command's path as the scripts of bash and zsh gather it.
func at(c branch) string {
	if c.Path == "" {
		return ""
	}
	return " " + c.Path
}

// zshScript completes for zsh, as a file _nightbell in fpath or sourced after
// compinit.
func zshScript(all []branch) string {
	var b strings.Builder
	b.WriteString(`#compdef nightbell
# zsh completion for nightbell; made by: nightbell completion zsh
_nightbell() {
    local at= i
    local -a names
    for ((i = 2; i < CURRENT; i++)); do
        case "$at ${words[i]}" in
`)
	fmt.Fprintf(&b, "            %s) at=\"$at ${words[i]}\" ;;\n", strings.Join(paths(all), "|"))
	b.WriteString("        esac\n    done\n    case \"$at ${words[CURRENT-1]}\" in\n")
	for _, f := range holders(all) {
		switch {
		case f.File:
			fmt.Fprintf(&b, "        %s) _files; return ;;\n", f.pattern)
		case f.Folder:
			fmt.Fprintf(&b, "        %s) _files -/; return ;;\n", f.pattern)
		case len(f.Values) > 0:
			fmt.Fprintf(&b, "        %s) compadd -- %s; return ;;\n", f.pattern, strings.Join(f.Values, " "))
		default:
			fmt.Fprintf(&b, "        %s) _message %s; return ;;\n", f.pattern, quoted(f.Holder))
		}
	}
	b.WriteString("    esac\n    case \"$at\" in\n")
	for _, c := range all {
		fmt.Fprintf(&b, "        %s)\n            names=(%s)\n            _describe 'nightbell' names\n", quoted(at(c)), strings.Join(described(all, c), " "))
		if takesFile(c) {
			b.WriteString("            _files\n")
		}
		b.WriteString("            ;;\n")
	}
	// Sourced, it registers itself; as a file of fpath zsh calls it.
	b.WriteString("    esac\n}\nif [[ $funcstack[1] == _nightbell ]]; then _nightbell \"$@\"; else compdef _nightbell nightbell; fi\n")
	return b.String()
}

// described are a command's words with what they do, as _describe takes them.
func described(all []branch, c branch) []string {
	colon := strings.NewReplacer(`\`, `\\`, ":", `\:`)
	var list []string
	for _, sub := range all[1:] {
		if strings.HasPrefix(sub.Path, strings.TrimSpace(c.Path+" ")) && strings.TrimSpace(c.Path+" "+lastWord(sub.Path)) == sub.Path {
			list = append(list, quoted(colon.Replace(lastWord(sub.Path))+":"+colon.Replace(first(sub.Help))))
		}
	}
	for _, arg := range c.Args {
		for _, v := range arg.Values {
			list = append(list, quoted(colon.Replace(v)))
		}
	}
	for _, f := range flagsIn(all, c) {
		list = append(list, quoted("--"+f.Name+":"+colon.Replace(first(f.Help))))
	}
	return list
}

func lastWord(path string) string { return path[strings.LastIndex(path, " ")+1:] }

// fishScript completes for fish 3 or newer.
func fishScript(all []branch) string {
	var b strings.Builder
	b.WriteString(`# fish completion for nightbell; made by: nightbell completion fish
function __nightbell_at
    set -l at ''
    for word in (commandline -opc)[2..]
        switch "$at $word"
`)
	fmt.Fprintf(&b, "            case %s\n                set at \"$at $word\"\n", strings.Join(paths(all), " "))
	b.WriteString("        end\n    end\n    test \"$at\" = \"$argv[1]\"\nend\ncomplete -c nightbell -f\n")
	for _, c := range all {
		when := quoted("__nightbell_at " + fishQuoted(at(c)))
		for _, sub := range all[1:] {
			if strings.TrimSpace(c.Path+" "+lastWord(sub.Path)) == sub.Path {
				fmt.Fprintf(&b, "complete -c nightbell -n %s -a %s -d %s\n", when, lastWord(sub.Path), fishQuoted(first(sub.Help)))
			}
		}
		for _, arg := range c.Args {
			if len(arg.Values) > 0 {
				fmt.Fprintf(&b, "complete -c nightbell -n %s -a %s\n", when, quoted(strings.Join(arg.Values, " ")))
			}
		}
		if takesFile(c) {
			fmt.Fprintf(&b, "complete -c nightbell -n %s -F\n", when)
		}
		for _, f := range c.Flags {
			condition := " -n " + when
			if c.Path == "" {
				condition = "" // those of the program go everywhere
			}
			fmt.Fprintf(&b, "complete -c nightbell%s -l %s%s -d %s\n", condition, f.Name, fishValue(f), fishQuoted(first(f.Help)))
		}
	}
	return b.String()
}

// fishValue is what a flag's value may be, in fish's flags.
func fishValue(f option) string {
	switch {
	case f.Holder == "":
		return ""
	case f.File:
		return " -r -F"
	case f.Folder:
		return " -x -a '(__fish_complete_directories)'"
	case len(f.Values) > 0:
		return " -x -a " + quoted(strings.Join(f.Values, " "))
	}
	return " -x"
}

// fishQuoted is a text in fish's double quotes, where only \ " and $ mean
// something.
func fishQuoted(text string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`).Replace(text) + `"`
}
