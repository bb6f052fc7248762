package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"nightbell/daemon"
)

// said runs the program with arguments that end before anything is opened.
func said(args ...string) (out, err string, code int) {
	var o, e bytes.Buffer
	p := program{args: args, out: &o, err: &e, now: daemon.Now, getenv: func(string) (string, bool) { return "", false }}
	code = p.run(context.Background())
	return o.String(), e.String(), code
}

func TestWrongUseIsSaidInOurWords(t *testing.T) {
	for _, row := range []struct {
		rule string
		args string
		want string
	}{
		{"a flag at the end", "status --config", "nightbell: --config needs a value after it; see: nightbell status --help"},
		{"a word for a count", "sessions --limit x", `nightbell: --limit: "x" is not a number; write one such as 2; see: nightbell sessions --help`},
		{"a word for an amount", "log --ml much", `nightbell: --ml: "much" is not a number; write one such as 2; see: nightbell log --help`},
		{"a file that is not there", "plan --sessions nosuch.csv", "nightbell: --sessions: there is no file "},
		{"two ends of a pause", "pause --for 1h --until 3:00", "nightbell: --for and --until exclude each other; use one of them"},
		{"a number that is none", "sessions edit x", `nightbell: <id>: "x" is not a number`},
		{"a count below zero", "plan --hours -3", "nightbell: --hours needs a value after it, and -3 begins like a flag; see: nightbell plan --help"},
		{"an amount below zero", "log --left -1", "nightbell: --left needs a value after it, and -1 begins like a flag; see: nightbell log --help"},
		{"a number that is left out", "sessions edit", "nightbell: <id> is not said; see: nightbell sessions edit --help"},
		{"an amount beyond any bottle", "log --ml 99999999", "nightbell: ml: 99999999 ml is not an amount; use 0 to 2000"},
		{"in ounces where ounces were typed", "log --oz 90", "nightbell: oz: 90 oz is not an amount; use 0 to 67"},
		{"on a side too", "log --left 90oz", "nightbell: left: 90 oz is not an amount; use 0 to 67"},
		{"and in an edit", "sessions edit 1 --oz 90", "nightbell: oz: 90 oz is not an amount; use 0 to 67"},
		{"a total that its sides do not make", "log --ml 60 --left 30 --right 20", "nightbell: in all 60 ml, on the sides 50 ml: they disagree; say only one of them, or both alike"},
		{"the same in ounces", "log --oz 2.5 --left 1oz --right 1oz", "nightbell: in all 2.5 oz, on the sides 2 oz: they disagree; say only one of them, or both alike"},
		{"a side beyond its total", "log --ml 30 --left 60", "nightbell: in all 30 ml, on the sides 60 ml: they disagree; say only one of them, or both alike"},
		{"a range of sleep", "init --yes --config nosuch.yaml --zone Europe/Berlin --sleep 23-7", `nightbell: "23-7" is not a range; write "23:00-07:00" or off (--sleep)`},
		{"a time straight behind log", "log 20m", "nightbell: unexpected argument 20m; its time goes behind --at: nightbell log --at '20m ago'"},
		{"a length straight behind pause", "pause 2h", "nightbell: unexpected argument 2h; its end goes behind --for or --until: nightbell pause --for 90m"},
		{"an argument nobody asked for", "status now", "nightbell: unexpected argument now; see: nightbell status --help"},
		{"a command that is none", "plann", "nightbell: unexpected argument plann"},
	} {
		t.Run(row.rule, func(t *testing.T) {
			_, err, code := said(strings.Fields(row.args)...)
			if code != exitWrong || !strings.Contains(err, row.want) || strings.Contains(err, "EOL") || strings.Contains(err, " expected") {
				t.Errorf("exit code %d\n%s\nwant %q", code, err, row.want)
			}
		})
	}
}

func TestHelpAndVersionAsOthersAsk(t *testing.T) {
	for args, want := range map[string]string{"help": "Commands:", "help log": "--minutes", "--version": "nightbell", "": "Commands:"} {
		if out, err, code := said(strings.Fields(args)...); code != exitDone || !strings.Contains(out, want) {
			t.Errorf("nightbell %s: exit code %d\n%s%s\nwant %q", args, code, out, err, want)
		}
	}
}
