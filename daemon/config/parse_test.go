package config

import (
	"errors"
	"slices"
	"strings"
	"testing"
	_ "time/tzdata" // the tests do not depend on the machine's zones

	"nightbell/notify"
)

// environment is a getenv over fixed variables.
func environment(set map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := set[name]
		return v, ok
	}
}

// sourceOf is a configuration of the text with the phone type of these tests
// besides two real ones, so that a new type changes no text here, and with no
// file of secrets.
func sourceOf(text string) source {
	f := newSource("n.yaml", []byte(text), 0o600, environment(map[string]string{"TOKEN": secretToken, "EMPTY": ""}))
	f.types = slices.DeleteFunc(f.types, func(t notify.Type) bool { return t.Name != "console" && t.Name != "pushover" })
	f.types = append(f.types, phoneType())
	f.variables.read = files(nil)
	return f
}

// problemsOf returns the problems of a text, nil when it loads.
func problemsOf(t *testing.T, f source) []string {
	t.Helper()
	c, err := f.parse()
	if err == nil {
		return nil
	}
	if c != nil {
		t.Error("a configuration came back beside an error")
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("the error is a %T, not an *Error", err)
	}
	return e.Problems
}

// compare fails when the lines differ from those that are wanted.
func compare(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

const zoneLine = "timezone: Europe/Berlin\n"

// badText is one text with everything that is said about it.
type badText struct {
	rule string
	text string
	want []string
}

func check(t *testing.T, rows []badText) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.rule, func(t *testing.T) {
			compare(t, problemsOf(t, sourceOf(row.text)), row.want)
		})
	}
}

func TestTextThatIsNoConfiguration(t *testing.T) {
	const empty = `n.yaml:1: the file is empty; the least it holds is one line such as "timezone: Europe/Berlin"`
	check(t, []badText{
		{"an empty file names the least file", "", []string{empty}},
		{"a file of comments is empty", "# nothing\n", []string{empty}},
		{"a document without anything is empty", "---\n", []string{empty}},
		{"a file of one word", "nightbell", []string{
			`n.yaml:1: the file holds a single value, not keys with values; the least it holds is one line such as "timezone: Europe/Berlin"`}},
		{"a file that is a list", "\n- timezone: Europe/Berlin\n", []string{
			`n.yaml:2: the file holds a list, not keys with values; the least it holds is one line such as "timezone: Europe/Berlin"`}},
		{"a second document", zoneLine + "---\n" + zoneLine, []string{
			"n.yaml:2: a second document begins here; keep one, and no line that says --- after it"}},
		{"a second document does not hide the problems of the first", "units: cups\n" + zoneLine + "---\n", []string{
			`n.yaml:1: units: "cups" is not one of its words; write ml or oz`,
			"n.yaml:3: a second document begins here; keep one, and no line that says --- after it"}},
		{"text after the end of the document", zoneLine + "...\nunits: ml\n", []string{
			"n.yaml:3: something follows the end of the document; keep one document"}},
		{"a tab as indent", zoneLine + "routine:\n\ttarget: 8\n", []string{
			"n.yaml:3: a tab indents this line; YAML allows only spaces there"}},
		{"a tab before a key", zoneLine + "\tunits: ml\n", []string{
			"n.yaml:2: a tab indents this line; YAML allows only spaces there"}},
		{"a line indented too far", zoneLine + "routine:\n  target: 8\n   session: 15m\n", []string{
			`n.yaml:4: a second ": " in one line, or a line indented too far; put a value that holds ": " in quotes, and line keys up`}},
		{"a line indented too little", zoneLine + "routine:\n  target: 8\n session: 15m\n", []string{
			"n.yaml:4: this line does not line up with the keys above it, or something follows a closed quote or bracket; indent keys of one level alike"}},
		{"a line without a colon", zoneLine + "listen\nunits: ml\n", []string{
			`n.yaml:2: a line without ": "; write "key: value"`}},
		{"two colons in a line", zoneLine + "data: listen: x\n", []string{
			`n.yaml:2: a second ": " in one line, or a line indented too far; put a value that holds ": " in quotes, and line keys up`}},
		{"a quote that is not closed is found where it opens", zoneLine + "data: '/var\nunits: ml\nprivacy: plain\n", []string{
			"n.yaml:2: a quote is never closed; write the same quote at the end of the value"}},
		{"a brace that is not closed is found where it opens", zoneLine + "words: {session: x\nunits: ml\n", []string{
			"n.yaml:2: a { has no } that closes it; write { key: value, key: value }, and quotes around a value that holds { } [ ] or a comma"}},
		{"a bracket that is not closed is found where it opens", zoneLine + "channels: [\nunits: ml\n", []string{
			"n.yaml:2: a [ has no ] that closes it; write [value, value], and quotes around a value that holds { } [ ] or a comma"}},
		{"a variable without quotes in braces", zoneLine + "channels:\n  - {name: p, type: phone, token: ${TOKEN}}\n", []string{
			`n.yaml:3: inside { } or [ ] a variable stands in quotes; write "${NAME}"`}},
		{"a sign that begins no value", zoneLine + "data: @home\n", []string{
			"n.yaml:2: a value cannot begin with this character; put the value in quotes"}},
		{"a backslash in double quotes", zoneLine + `data: "C:\night"` + "\nwords: {session: \"\\q\"}\n", []string{
			`n.yaml:3: a backslash in double quotes begins no known character; write the value in single quotes, such as 'C:\data'`}},
		{"a key among list entries", zoneLine + "channels:\n- name: p\nunits: ml\n- x\n", []string{
			"n.yaml:5: this line does not line up with the keys above it, or something follows a closed quote or bracket; indent keys of one level alike"}},
		{"a byte that is not UTF-8", zoneLine + "# caf\xe9\n", []string{
			"n.yaml:2: holds a byte that is not UTF-8; save the file as UTF-8 text"}},
		{"a character that cannot be seen", zoneLine + "units: ml\x00\n", []string{
			"n.yaml:2: holds the invisible character U+0000; take it out"}},
		{"a line break that only YAML takes for one", zoneLine + "units: ml\runits: oz\n", []string{
			"n.yaml:2: holds the invisible character U+000D; take it out"}},
		{"another one", zoneLine + "# a\u2028b\n", []string{
			"n.yaml:2: holds the invisible character U+2028; take it out"}},
		{"a character of a terminal's control", "# \u0080\n" + zoneLine, []string{
			"n.yaml:1: holds the invisible character U+0080; take it out"}},
		{"a delete", "# \x7f\n" + zoneLine, []string{
			"n.yaml:1: holds the invisible character U+007F; take it out"}},
		{"in a file of many lines the parser's own line is taken", zoneLine + "units: ml\nroutine: 1: 2\n" + strings.Repeat("# night\n", 600), []string{
			`n.yaml:3: a second ": " in one line, or a line indented too far; put a value that holds ": " in quotes, and line keys up`}},
		{"a tag", zoneLine + "routine: {target: !!int 8}\n", []string{
			"n.yaml:2: a YAML tag (!...) is not used here; write the value alone, in quotes if it begins with !"}},
		{"a directive", "%TAG\n---\n" + zoneLine, []string{
			"n.yaml:1: a line that begins with % is a directive, which is not used here; take it out"}},
		{"an alias without its anchor", zoneLine + "units: *ml\n", []string{
			"n.yaml:2: an alias (*...) names no anchor (&...); put a value that begins with * in quotes"}},
		{"merging", zoneLine + "reminders:\n  power: &p {level: low}\n  session: {<<: *p}\n", []string{
			"n.yaml:4: reminders.session: merging (<<) is not used here; write the keys out, or repeat a whole value with an alias (*...)"}},
		{"more aliases than a person writes", zoneLine + "units: &u ml\nlog: {format: [" + strings.Repeat("*u,", 101) + "]}\n", []string{
			"n.yaml:3: more than 100 aliases (*...); write the values out"}},
		{"lists nested a thousand deep", zoneLine + "log: " + strings.Repeat("[", 20_000) + "\n", []string{
			"n.yaml:2: lists or keys are nested too deeply; no key here is more than four levels deep"}},
		{"a text of more than 1 MiB", zoneLine + strings.Repeat("# night\n", 1<<17), []string{
			"n.yaml:1: is larger than 1 MiB; a configuration is a few kilobytes, so name that file"}},
	})
}

func TestKeys(t *testing.T) {
	top := "timezone, routine, data, listen, hosts, public_url, login, privacy, units, words, rest_after, reminders, partner, channels, delivery, heartbeat, home_assistant, baby_buddy, wake_system, log"
	check(t, []badText{
		{"an unknown key is shown the one spelled alike", zoneLine + "rutine: {}\n", []string{
			"n.yaml:2: rutine: is not a known key; did you mean routine?"}},
		{"also inside a section, with a dash, in capitals, with letters swapped", zoneLine + "routine:\n  targte: 8\n  min-gap: 2h\n  SLEEP: off\n", []string{
			"n.yaml:3: routine.targte: is not a known key; did you mean target?",
			"n.yaml:4: routine.min-gap: is not a known key; did you mean min_gap?",
			"n.yaml:5: routine.SLEEP: is not a known key; did you mean sleep?"}},
		{"a key of another section is sent there", zoneLine + "target: 8\nrecipes: {}\nlog: {units: ml}\n", []string{
			"n.yaml:2: target: is not a known key; target belongs under routine",
			"n.yaml:3: recipes: is not a known key; known here: " + top,
			"n.yaml:4: log.units: is not a known key; units stands at the top of the file, not inside another key"}},
		{"a key of a channel's settings", zoneLine + "channels:\n- {name: p, type: phone, token: x, rom: y}\n- {name: c, type: console, token: x}\n", []string{
			"n.yaml:3: channels[0].rom: is not a known key; did you mean room?",
			"n.yaml:4: channels[1].token: is not a known key; known here: name, type, optional"}},
		{"a duplicate key names the first", zoneLine + "units: ml\nunits: oz\n" + zoneLine, []string{
			"n.yaml:3: units: stands in the file twice, first on line 2; keep one",
			"n.yaml:4: timezone: stands in the file twice, first on line 1; keep one"}},
		{"a duplicate key in a section", zoneLine + "reminders: {nudge: {level: low, level: high}}\n", []string{
			"n.yaml:2: reminders.nudge.level: stands in the file twice, first on line 2; keep one"}},
		{"a key that is not a word", zoneLine + "[a, b]: c\n\"un\\nits\": ml\n", []string{
			"n.yaml:2: a list stands where a key is expected; write a word and a colon, such as timezone:",
			`n.yaml:3: "un\nits": is not a known key; did you mean units?`}},
		{"a very long key is cut", zoneLine + strings.Repeat("k", 1000) + ": 1\n", []string{
			`n.yaml:2: "` + strings.Repeat("k", 40) + `…": is not a known key; known here: ` + top}},
		{"a value where keys belong", zoneLine + "routine: 8\nreminders: [low]\nwords: pump\n", []string{
			"n.yaml:2: routine: 8 is not a set of keys; write keys such as target: 8 under it, indented",
			"n.yaml:3: reminders: a list is not a set of keys; write keys such as session: {level: normal} under it, indented",
			`n.yaml:4: words: "pump" is not a set of keys; write session: pump under it, indented`}},
		{"a section with everything in comments is its defaults", zoneLine + "routine:\n# target: 8\nreminders:\nchannels:\nlog:\n", nil},
		{"keys of later versions may be off", zoneLine + "partner: off\nheartbeat: false\npublic_url: \"\"\nlogin:\nwake_system: false\n" +
			"reminders: {digest: off, bedtime_check: off, power: {coach: false}}\nroutine: {times: off, ramp: []}\n", nil},
		{"addresses are whole, words are known", zoneLine + "public_url: home.example/r\nlogin: soon\n", []string{
			`n.yaml:2: public_url: "home.example/r" is not an address that links can begin with; write the address under which the phone reaches this machine, such as https://home.example/r`,
			`n.yaml:3: login: "soon" is not one of its words; write always or ""`}},
	})
}

func TestSettings(t *testing.T) {
	check(t, []badText{
		{"a word that is not one of the legal ones", zoneLine + "privacy: secret\nunits: cups\ndelivery: {use: any}\nlog: {level: loud, format: xml}\n", []string{
			`n.yaml:2: privacy: "secret" is not one of its words; write discreet or plain`,
			`n.yaml:3: units: "cups" is not one of its words; write ml or oz`,
			`n.yaml:4: delivery.use: "any" is not one of its words; write first or all`,
			`n.yaml:5: log.level: "loud" is not one of its words; write debug, info, warn or error`,
			`n.yaml:5: log.format: "xml" is not one of its words; write text or json`}},
		{"a key without a value", zoneLine + "privacy:\nrest_after:\nlisten:\n", []string{
			"n.yaml:2: privacy: has no value; write discreet or plain, or take the line out for the default",
			"n.yaml:3: rest_after: has no value; write hours and minutes such as 48h or off, or take the line out for the default",
			"n.yaml:4: listen: has no value; write an address and a port, such as 127.0.0.1:8787, or take the line out for the default"}},
		{"rest_after is off or half a day to thirty days", zoneLine + "rest_after: 11h59m\n", []string{
			"n.yaml:2: rest_after: 11h59m is outside 12h to 720h; write one such as 48h or off"}},
		{"rest_after has an upper end", zoneLine + "rest_after: 720h1m\n", []string{
			"n.yaml:2: rest_after: 720h1m is outside 12h to 720h; write one such as 48h or off"}},
		{"the ends of rest_after are legal", zoneLine + "rest_after: 720h\n", nil},
		{"no is not off", zoneLine + "rest_after: no\n", []string{
			`n.yaml:2: rest_after: "no" is not a length; write hours and minutes such as 48h or off`}},
		{"data is a full path", zoneLine + "data: state\n", []string{
			`n.yaml:2: data: "state" is not a full path; write the full path of a folder, such as /var/lib/nightbell`}},
		{"data may be left open", zoneLine + "data: \"\"\n", nil},
		{"data may hold a variable, but one that is set", zoneLine + "data: ${NOWHERE}/x\n", []string{
			"n.yaml:2: data: NOWHERE is not set; set the variable or write the value here"}},
		{"a wrong value of a variable is shown as it is written", zoneLine + "data: ${TOKEN}\nlisten: ${TOKEN}\n", []string{
			`n.yaml:2: data: "${TOKEN}" is not a full path; write the full path of a folder, such as /var/lib/nightbell`,
			`n.yaml:3: listen: "${TOKEN}" is not an address of this machine; write an address and a port, such as 127.0.0.1:8787`}},
		{"listen is an address and a port", zoneLine + "listen: 8787\n", []string{
			"n.yaml:2: listen: 8787 is not an address of this machine; write an address and a port, such as 127.0.0.1:8787"}},
		{"listen may be a Unix socket, by its full path", zoneLine + "listen: unix:page.sock\n", []string{
			`n.yaml:2: listen: "unix:page.sock" is not the full path of a socket; write it such as unix:/run/nightbell/page.sock`}},
		{"a path is no address", zoneLine + "listen: /run/page.sock\n", []string{
			`n.yaml:2: listen: "/run/page.sock" is not the full path of a socket; write it such as unix:/run/nightbell/page.sock`}},
		{"hosts are names, without scheme and port", zoneLine + "hosts: [nas.local, \"http://x\", \"nas:80\", 10.0.0.2, \"::1\", null, a b]\n", []string{
			`n.yaml:2: hosts[1]: "http://x" is not the name of a machine; write it without http:// and port, such as nas.local`,
			`n.yaml:2: hosts[2]: "nas:80" is not the name of a machine; write it without http:// and port, such as nas.local`,
			`n.yaml:2: hosts[5]: nothing is not the name of a machine; write it without http:// and port, such as nas.local`,
			`n.yaml:2: hosts[6]: "a b" is not the name of a machine; write it without http:// and port, such as nas.local`}},
		{"listen needs a number as port", zoneLine + "listen: localhost:http\n", []string{
			`n.yaml:2: listen: "localhost:http" is not an address of this machine; write an address and a port, such as 127.0.0.1:8787`}},
		{"listen has a port of at most 65535", zoneLine + "listen: localhost:65536\n", []string{
			`n.yaml:2: listen: "localhost:65536" is not an address of this machine; write an address and a port, such as 127.0.0.1:8787`}},
		{"listen is not another machine", zoneLine + "listen: home.example:8787\n", []string{
			`n.yaml:2: listen: "home.example:8787" is not an address of this machine; write an address and a port, such as 127.0.0.1:8787`}},
		{"IPv6 and any free port are legal", zoneLine + "listen: \"[::1]:0\"\n", nil},
		{"a word of one's own is one line", zoneLine + "words: {session: \"a\\nb\"}\n", []string{
			`n.yaml:2: words.session: "a\nb" holds a line break or a sign that cannot be seen; write a word such as pump`}},
		{"a word of one's own is short", zoneLine + "words: {session: " + strings.Repeat("é", 41) + "}\n", []string{
			`n.yaml:2: words.session: "` + strings.Repeat("é", 40) + `…" has 41 characters, more than 40; write a word such as pump`}},
	})
}

func TestReminders(t *testing.T) {
	check(t, []badText{
		{"levels are four words", zoneLine + "reminders: {session: {level: loud}, nudge: {level: 2}}\n", []string{
			`n.yaml:2: reminders.session.level: "loud" is not one of its words; write low, normal, high or alarm`,
			"n.yaml:2: reminders.nudge.level: 2 is not one of its words; write low, normal, high or alarm"}},
		{"give_up is 5 min to the 3 h a service repeats for", zoneLine + "reminders:\n  session: {give_up: 3h1m}\n  power: {give_up: 4m}\n", []string{
			"n.yaml:3: reminders.session.give_up: 3h1m is outside 5m to 3h; write one such as 45m",
			"n.yaml:4: reminders.power.give_up: 4m is outside 5m to 3h; write one such as 45m"}},
		{"its ends are legal", zoneLine + "reminders:\n  session: {give_up: 3h}\n  power: {give_up: 5m, again: []}\n", nil},
		{"repeats ascend", zoneLine + "reminders: {power: {again: [10m, 5m]}}\n", []string{
			"n.yaml:2: reminders.power.again: entry 2: 5m does not come after 10m; each offset counts from the first push, so write them ascending such as [10m] or [5m, 15m]"}},
		{"repeats differ", zoneLine + "reminders: {power: {again: [10m, 10m]}}\n", []string{
			"n.yaml:2: reminders.power.again: entry 2: 10m does not come after 10m; each offset counts from the first push, so write them ascending such as [10m] or [5m, 15m]"}},
		{"repeats come a minute to three hours after the first push", zoneLine + "reminders:\n  session: {again: [0]}\n  power: {again: [3h1m], give_up: 3h}\n", []string{
			"n.yaml:3: reminders.session.again: entry 1: 0m is outside 1m to 3h; write offsets such as [10m] or [5m, 15m]",
			"n.yaml:4: reminders.power.again: entry 1: 3h1m is outside 1m to 3h; write offsets such as [10m] or [5m, 15m]"}},
		{"repeats have units", zoneLine + "reminders: {power: {again: [10]}}\n", []string{
			"n.yaml:2: reminders.power.again: entry 1: 10 has no unit; write hours and minutes such as 10m"}},
		{"repeats are a list", zoneLine + "reminders: {power: {again: 10m}}\n", []string{
			"n.yaml:2: reminders.power.again: a single value is not a list; write offsets from the first push such as [10m] or [5m, 15m], or [] for none"}},
		{"repeats from a minute on, ten of them", zoneLine + "reminders: {power: {again: [1m, 2m, 3m, 4m, 5m, 6m, 7m, 8m, 9m, 10m]}}\n", nil},
		{"at most ten repeats", zoneLine + "reminders: {power: {again: [1m, 2m, 3m, 4m, 5m, 6m, 7m, 8m, 9m, 10m, 11m]}}\n", []string{
			"n.yaml:2: reminders.power.again: has 11 repeats, more than 10; write a few such as [10m] or [5m, 15m]"}},
		{"repeats end before the reminder gives up", zoneLine + "reminders: {session: {again: [45m]}}\n", []string{
			"n.yaml:2: reminders.session.again: the repeat after 45m would come when the reminder has given up, after 45m; write a longer give_up or repeats such as again: [22m]"}},
		{"also those that were not written", zoneLine + "reminders:\n  overnight:\n    give_up: 15m\n", []string{
			"n.yaml:4: reminders.overnight.give_up: the repeat after 15m would come when the reminder has given up, after 15m; write a longer give_up or repeats such as again: [7m]"}},
		{"a nudge has a level alone", zoneLine + "reminders: {nudge: {again: [5m]}}\n", []string{
			"n.yaml:2: reminders.nudge.again: is not a known key; known here: level"}},
		{"a reminder is a set of keys", zoneLine + "reminders: {nudge: off, session: [10m]}\n", []string{
			`n.yaml:2: reminders.nudge: "off" is not a set of keys; write {level: high}`,
			"n.yaml:2: reminders.session: a list is not a set of keys; write {level: normal, again: [10m], give_up: 45m}"}},
	})
}

func TestNearestKnowsEveryKeyItself(t *testing.T) {
	for section, known := range keys() {
		for _, key := range known {
			if got, want := nearest(strings.ToUpper(key), section, known), "did you mean "+key+"?"; got != want {
				t.Errorf("%s in %q: %q, want %q", key, section, got, want)
			}
		}
	}
}

func TestDistanceCountsTypos(t *testing.T) {
	for _, row := range []struct {
		a, b string
		want int
	}{
		{"sleep", "sleep", 0}, {"", "sleep", 5}, {"slep", "sleep", 1}, {"sleeep", "sleep", 1},
		{"slepe", "sleep", 1}, {"sloop", "sleep", 2}, {"merge", "ramp", 5},
	} {
		if got := distance(row.a, row.b); got != row.want {
			t.Errorf("from %q to %q: %d, want %d", row.a, row.b, got, row.want)
		}
		if got := distance(row.b, row.a); got != row.want {
			t.Errorf("from %q to %q: %d, want %d", row.b, row.a, got, row.want)
		}
	}
}

func TestTheCoachIsAskedFor(t *testing.T) {
	for text, want := range map[string]bool{"": false, "reminders: {power: {coach: true}}\n": true, "reminders: {power: {coach: false, level: high}}\n": false} {
		if got := load(t, zoneLine+text).Reminders.Coach; got != want {
			t.Errorf("%q: the coach is %v, want %v", text, got, want)
		}
	}
	check(t, []badText{{"a word for a flag", zoneLine + "reminders: {power: {coach: please}}\n",
		[]string{`n.yaml:2: reminders.power.coach: "please" is neither true nor false; write one of these, without quotes`}}})
}
