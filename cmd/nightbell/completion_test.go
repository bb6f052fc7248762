package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// shellIs skips without the shell; .ci/run installs all three.
func shellIs(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("no %s here", name)
	}
}

// inShell runs lines in a shell that has read its script.
func inShell(t *testing.T, shell string, lines string) []string {
	t.Helper()
	all, err := tree()
	if err != nil {
		t.Fatal(err)
	}
	script := map[string]func([]branch) string{"bash": bashScript, "zsh": zshScript, "fish": fishScript}[shell](all)
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "script"), script)
	writeFile(t, filepath.Join(dir, "a file.csv"), "")
	args := map[string][]string{"bash": {"--norc", "-c"}, "zsh": {"-f", "-c"}, "fish": {"--no-config", "-c"}}[shell]
	cmd := exec.Command(shell, append(args, lines)...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", shell, err, out)
	}
	var words []string
	for line := range strings.Lines(string(out)) {
		word, _, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		words = append(words, word)
	}
	return words
}

// How each shell is asked what it would offer at the end of a line.
func offered(t *testing.T, shell string, line ...string) []string {
	t.Helper()
	list := strings.Join(slices.Collect(func(yield func(string) bool) {
		for _, word := range append([]string{"nightbell"}, line...) {
			if !yield(quoted(word)) {
				return
			}
		}
	}), " ")
	switch shell {
	case "bash":
		return inShell(t, shell, fmt.Sprintf(`source ./script; COMP_WORDS=(%s); COMP_CWORD=%d; _nightbell; printf '%%s\n' "${COMPREPLY[@]}"`, list, len(line)))
	case "zsh":
		// Outside of its line editor zsh has no completion, so what it would be
		// told is printed.
		return inShell(t, shell, fmt.Sprintf(`compdef() { }; _describe() { print -l -- ${${(P)2}%%%%:*} }; compadd() { shift; print -l -- $@ }
_files() { print -l -- *(N) }; _message() { }; source ./script; words=(%s); CURRENT=%d; _nightbell`, list, len(line)+1))
	}
	return inShell(t, shell, "source ./script; complete -C "+quoted("nightbell "+strings.Join(line, " ")))
}

func TestShellsOfferWhatFits(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		t.Run(shell, func(t *testing.T) {
			shellIs(t, shell)
			for _, c := range []struct {
				rule       string
				line       []string
				with, sans string
			}{
				{"commands first", []string{""}, "sessions", "edit"},
				{"commands below a command", []string{"sessions", ""}, "edit", "plan"},
				{"the flags of a command", []string{"log", "--"}, "--minutes", "--stale"},
				{"those of the program everywhere", []string{"log", "--"}, "--config", "--force"},
				{"those of what a command is without another", []string{"sessions", "--"}, "--limit", "--minutes"},
				{"a flag that can be negated", []string{"sessions", "edit", "--"}, "--no-pain", "--limit"},
				{"the values of a flag", []string{"log", "--kind", ""}, "nurse", "--kind"},
				{"the same flag of another command", []string{"import", "--format", ""}, "jsonl", "ics"},
				{"files where a file is meant", []string{"import", ""}, "a file.csv", "plan"},
				{"files for a flag", []string{"export", "--out", ""}, "a file.csv", "--out"},
				{"a flag before the command", []string{"--config", "x", "sessions", ""}, "delete", "plan"},
			} {
				got := offered(t, shell, c.line...)
				unescaped := strings.ReplaceAll(strings.Join(got, "\n"), `\ `, " ")
				list := strings.Split(unescaped, "\n")
				if !slices.Contains(list, c.with) || slices.Contains(list, c.sans) {
					t.Errorf("%s: %q offers %q; want %q and not %q", c.rule, c.line, got, c.with, c.sans)
				}
			}
		})
	}
}

func TestEveryCommandIsOffered(t *testing.T) {
	all, err := tree()
	if err != nil {
		t.Fatal(err)
	}
	page := manPage(all, "1.0", "2026-06-10")
	if len(all) < 25 {
		t.Fatalf("the tree has %d commands", len(all))
	}
	for _, c := range all[1:] {
		if !strings.Contains(page, strings.ReplaceAll("nightbell "+c.Path, "-", `\-`)) || c.Help == "" {
			t.Errorf("%s is not in the manual page, or says nothing of itself", c.Path)
		}
		for name, script := range map[string]string{"bash": bashScript(all), "zsh": zshScript(all), "fish": fishScript(all)} {
			if !strings.Contains(script, "' "+c.Path+"'") {
				t.Errorf("%s does not know %s", name, c.Path)
			}
		}
	}
	// A side may be the left one, and simulate has a flag of this name.
	for _, word := range unkind.FindAllString(strings.ReplaceAll(page, `\-\-late`, ""), -1) {
		if !strings.EqualFold(word, "left") {
			t.Errorf("the manual page says %q", word)
		}
	}
}

func TestTheManualPageIsRightInTheEyesOfGroff(t *testing.T) {
	shellIs(t, "groff")
	all, err := tree()
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{
		manPage(all, "v1.2.3", "2026-06-10"),
		manPage([]branch{{}, {Path: "odd", Help: `.begins with a dot \ and 'quotes' "and" more`}}, "", ""),
	} {
		cmd := exec.Command("groff", "-man", "-Tutf8", "-ww", "-P-cbou")
		cmd.Stdin = strings.NewReader(page)
		var out, said bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &said
		if err := cmd.Run(); err != nil || said.Len() > 0 {
			t.Errorf("groff: %v\n%s", err, said.String())
		}
		if !strings.Contains(out.String(), "FLAGS EVERYWHERE") || strings.Contains(page, "odd") && !strings.Contains(out.String(), `.begins with a dot \ and 'quotes' "and" more`) {
			t.Errorf("printed:\n%s", out.String())
		}
	}
}

func TestCompletionGoesWhereTheShellLooks(t *testing.T) {
	h := newHome(t, "2026-06-10T10:00:00", "")
	for shell, file := range map[string]string{
		"bash": ".local/share/bash-completion/completions/nightbell", "zsh": ".local/share/zsh/site-functions/_nightbell", "fish": ".config/fish/completions/nightbell.fish",
	} {
		out := h.must("completion", shell, "--install")
		text, err := os.ReadFile(filepath.Join(h.dir, file))
		if err != nil || string(text) != h.must("completion", shell) || !strings.HasPrefix(out, "Written to "+filepath.Join(h.dir, file)) {
			t.Errorf("%s: %v, %s", shell, err, out)
		}
	}
	if out, code := h.run("completion", "tcsh"); code != exitWrong || !strings.Contains(out, `there is no completion for "tcsh"; use bash, zsh or fish`) {
		t.Errorf("another shell: %d %s", code, out)
	}
}
