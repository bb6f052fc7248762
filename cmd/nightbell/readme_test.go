package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// readmeLines is how long the README may be: what one sitting takes to read.
const readmeLines = 250

// attempt is how a command of the README is known to work: a file that runs
// it, and the text there that does; or why nothing here can run it.
type attempt struct{ file, text, reason string }

// attempts has a row for every command that stands in a block of the README.
func attempts() map[string]attempt {
	const (
		first  = "cmd/nightbell/testdata/stories/first_minute.txtar"
		checks = ".ci/run"
	)
	return map[string]attempt{
		"go run ./cmd/nightbell run --config config.example.yaml": {file: first, text: "exec nightbell run --config config.example.yaml"},
		"go test ./...":                               {file: checks, text: "\ngo test ./...\n"},
		"go build -o nightbell ./cmd/nightbell":       {file: ".ci/stranger", text: `go build -o "$work/nightbell" ./cmd/nightbell`},
		`./nightbell log --at "3h ago"`:               {file: first, text: "exec nightbell log --at '3h ago'"},
		"./nightbell plan":                            {file: first, text: "exec nightbell plan\n"},
		"./nightbell status":                          {file: first, text: "exec nightbell status\n"},
		"./nightbell done":                            {file: first, text: "exec nightbell done\n"},
		"./nightbell undo":                            {file: first, text: "exec nightbell undo\n"},
		"./nightbell init":                            {file: "cmd/nightbell/testdata/stories/init.txtar", text: "exec nightbell init\n"},
		"./nightbell run":                             {file: "cmd/nightbell/main_test.go", text: `h.command(append([]string{"run"}, more...)...)`},
		"./nightbell test --alarm":                    {file: "cmd/nightbell/leak_test.go", text: `{"test", "--alarm", "push"}`},
		"packaging/build released linux/amd64":        {file: checks, text: `packaging/build" "$work/again" linux/amd64`},
		"sudo dpkg -i released/nightbell_*_amd64.deb": {file: "packaging/verify", text: "inside dpkg -i /tmp/nightbell.deb"},

		"sudo install -m 0755 nightbell /usr/local/bin/": {reason: "it writes into the machine that runs the checks"},
		"sudo nightbell init":                            {reason: "as root it writes to /etc and installs a service of systemd's"},
		`sudo usermod -aG nightbell "$USER"`:             {reason: "it changes the accounts of the machine; packaging/verify does it in a root of its own"},
		"bash .ci/run":                                   {reason: "it is what runs this test"},
	}
}

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// blocks are the lines of the README's blocks of commands.
func blocks(text string) (lines []string) {
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(text, -1) {
		lines = append(lines, strings.Split(strings.TrimSpace(block[1]), "\n")...)
	}
	return lines
}

func TestEveryCommandOfTheReadmeIsTried(t *testing.T) {
	known := attempts()
	shown := blocks(readme(t))
	if len(shown) == 0 {
		t.Fatal("the README has no block of commands")
	}
	for _, line := range shown {
		a, ok := known[line]
		if !ok {
			t.Errorf("nothing tries %q; give it a row in attempts", line)
			continue
		}
		if a.reason != "" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, a.file))
		if err != nil {
			t.Error(err)
		} else if !strings.Contains(string(text), a.text) {
			t.Errorf("%s does not run %q any more: it lacks %q", a.file, line, a.text)
		}
	}
	for line := range known {
		if !slices.Contains(shown, line) {
			t.Errorf("the README does not say %q; take its row out of attempts", line)
		}
	}
}

// shellWords splits a command line as a shell does, as far as the README needs it.
func shellWords(line string) []string {
	var list []string
	for _, m := range regexp.MustCompile(`"([^"]*)"|'([^']*)'|(\S+)`).FindAllStringSubmatch(line, -1) {
		list = append(list, m[1]+m[2]+m[3])
	}
	return list
}

// ours is the part of a command line that nightbell reads; false: it is not
// nightbell's.
func ours(line string) ([]string, bool) {
	for _, before := range []string{"./nightbell ", "nightbell ", "sudo nightbell ", "go run ./cmd/nightbell "} {
		if rest, ok := strings.CutPrefix(line, before); ok {
			rest, _, _ = strings.Cut(rest, ` \|`) // a pipe, as a table writes it
			return shellWords(rest), true
		}
	}
	return nil, false
}

// What the README calls a command is one, with those flags; and what is a
// command stands in its table.
func TestTheReadmesCommandsExist(t *testing.T) {
	text := readme(t)
	var lines []string
	for _, line := range blocks(text) {
		if _, ok := ours(line); ok {
			lines = append(lines, line)
		}
	}
	span := regexp.MustCompile("`([^`\n]+)`")
	// What runs on over the end of a line is one command.
	prose := strings.Join(strings.Fields(regexp.MustCompile("(?s)```.*?```").ReplaceAllString(text, "")), " ")
	for _, m := range span.FindAllStringSubmatch(prose, -1) {
		if _, ok := ours(m[1]); ok {
			lines = append(lines, m[1])
		}
	}
	_, table, _ := strings.Cut(text, "## Commands\n")
	table, _, _ = strings.Cut(table, "\n## ")
	named := map[string]bool{}
	for row := range strings.Lines(table) {
		cells := regexp.MustCompile(`[^\\]\|`).Split(row, -1)
		if !strings.HasPrefix(row, "| `") || len(cells) < 2 {
			continue
		}
		commands := span.FindAllStringSubmatch(cells[0], -1)
		for _, m := range commands {
			lines = append(lines, "nightbell "+m[1])
			for path := m[1]; path != ""; path = path[:max(strings.LastIndex(path, " "), 0)] {
				named[path] = true
			}
		}
		for _, m := range span.FindAllStringSubmatch(strings.Join(cells[1:], ""), -1) {
			if strings.HasPrefix(m[1], "--") && len(commands) > 0 && !flagOf(commands, m[1]) {
				t.Errorf("none of the commands in %.40q has %s", row, m[1])
			}
		}
	}
	for _, line := range lines {
		if err := parses(line); err != nil {
			t.Errorf("%q: %v", line, err)
		}
	}
	all, err := tree()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all[1:] {
		if len(c.Subs) == 0 && !named[c.Path] {
			t.Errorf("the README's table has no %q", c.Path)
		}
	}
}

// parses tells whether the real command line takes what the README writes.
// Words in capitals stand for values; a number is one that any flag takes.
func parses(line string) error {
	args, _ := ours(line)
	for i, arg := range args {
		switch arg {
		case "N", "ID":
			args[i] = "2"
		case "FILE":
			args[i] = "-"
		}
	}
	parser, err := parserFor(&commands{}, io.Discard, io.Discard, func(int) {})
	if err != nil {
		return err
	}
	_, err = parser.Parse(args)
	return err
}

// flagOf tells whether one of a row's commands takes a flag as it is written.
func flagOf(commands [][]string, flag string) bool {
	for _, m := range commands {
		if parses("nightbell "+m[1]+" "+flag) == nil || parses("nightbell "+m[1]+" "+flag+" N") == nil {
			return true
		}
	}
	return false
}

// What the README points at is there: files, and the tests that it names.
func TestTheReadmesLinksLead(t *testing.T) {
	for _, m := range regexp.MustCompile(`\[([^\]]*)\]\(([^)#]+)\)`).FindAllStringSubmatch(readme(t), -1) {
		name, to := strings.Trim(m[1], "`"), m[2]
		if strings.Contains(to, "://") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(root, to))
		if err != nil {
			t.Error(err)
			continue
		}
		isTest := regexp.MustCompile(`^(Test|Fuzz)\w+$`).MatchString(name)
		if isTest && !strings.Contains(string(text), "func "+name+"(") {
			t.Errorf("%s has no %s", to, name)
		}
	}
}

func TestTheReadmeIsShortAndKind(t *testing.T) {
	text := readme(t)
	if n := strings.Count(text, "\n"); n > readmeLines {
		t.Errorf("the README has %d lines; %d are read", n, readmeLines)
	}
	// Names of flags are not said to anybody.
	text = regexp.MustCompile("`[^`\n]*`").ReplaceAllString(text, "")
	for i, line := range strings.Split(text, "\n") {
		if word := unkind.FindString(line); word != "" {
			t.Errorf("README.md:%d says %q", i+1, word)
		}
	}
}

// The README's day is what the program says of it.
func TestTheReadmesDay(t *testing.T) {
	t.Parallel()
	h := newHome(t, "2027-06-09T09:45:00", onTerminal+readmesRoutine)
	for _, at := range []string{"2027-06-09T07:00:00-04:00", "2027-06-09T09:40:00-04:00"} {
		h.must("log", "--at", at)
	}
	want := h.must("plan")
	text := regexp.MustCompile(`(?m)^    `).ReplaceAllString(readme(t), "")
	if !strings.Contains(text, want) {
		t.Errorf("the README's day is not what plan says:\n%s", want)
	}
	h = newHome(t, "2027-06-09T12:55:00", onTerminal+readmesRoutine)
	for _, at := range []string{"07:00", "09:40", "12:50"} {
		h.must("log", "--at", fmt.Sprintf("2027-06-09T%s:00-04:00", at))
	}
	if got := h.must("plan"); !strings.Contains(got, "Wed 15:10") || !strings.Contains(got, "Wed 17:35") {
		t.Errorf("after a session at 12:50 the README says 15:10 and 17:35; plan says:\n%s", got)
	}
}
