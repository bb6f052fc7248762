package config

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"strings"
	"testing"

	"nightbell/notify"
)

// secretToken stands for everything that no text may show.
const secretToken = "tok3nThatNobodyMaySee"

// phoneType is a type of channel with a setting of each kind. A room called
// leaky makes it say the token, as no type may.
func phoneType() notify.Type {
	return notify.Type{
		Name:    "phone",
		Reaches: true,
		Settings: []notify.Setting{
			{Key: "token", Kind: notify.Text, Secret: true, Required: true, Example: "${PHONE_TOKEN}"},
			{Key: "room", Kind: notify.Text, Example: "bedroom"},
			{Key: "loud", Kind: notify.Flag, Example: "true"},
			{Key: "answerable", Kind: notify.Words, Example: "[alarm]"},
			{Key: "sounds", Kind: notify.Pairs, Example: "{alarm: bell}"},
		},
		Open: func(name string, v notify.Values, t notify.Tools) (notify.Channel, []notify.Problem) {
			if v["room"] == "leaky" {
				return nil, []notify.Problem{{Key: "token", Text: fmt.Sprintf("%v is refused", v["token"])}}
			}
			if v["room"] == "attic" {
				return nil, []notify.Problem{{Key: "room", Text: `"attic" has no phone; write bedroom`}, {Key: "", Text: "cannot ring"}}
			}
			return phone{name}, nil
		},
		Together: func(all []notify.Values) []notify.Problem {
			if len(all) > 1 && all[0]["room"] != all[1]["room"] {
				return []notify.Problem{{Key: "room", Text: "phones stand in one room; name the same"}}
			}
			return nil
		},
	}
}

type phone struct{ name string }

func (phone) Send(context.Context, notify.Message) (notify.Sent, error) { return notify.Sent{}, nil }

// files reads from fixed texts.
func files(texts map[string]string) func(string) ([]byte, error) {
	return func(path string) ([]byte, error) {
		text, ok := texts[path]
		if !ok {
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
		}
		return []byte(text), nil
	}
}

// phoneWith is a configuration of one phone with these further settings.
func phoneWith(settings string) string {
	return zoneLine + "channels:\n- name: p\n  type: phone\n  " + settings + "\n"
}

func TestChannels(t *testing.T) {
	check(t, []badText{
		{"a channel has a name and a type", zoneLine + "channels:\n- {type: console}\n- {name: a}\n", []string{
			"n.yaml:3: channels[0].name: is missing; write a name of letters, digits, - and _, such as name: phone",
			"n.yaml:4: channels[1].type: is missing; write one of console, pushover, phone, such as type: console"}},
		{"a name is one word", zoneLine + "channels:\n- {name: my phone, type: console}\n- {name: -x, type: console}\n", []string{
			`n.yaml:3: channels[0].name: "my phone" is not a channel's name; write a name of letters, digits, - and _, such as name: phone`,
			`n.yaml:4: channels[1].name: "-x" is not a channel's name; write a name of letters, digits, - and _, such as name: phone`}},
		{"names differ", zoneLine + "channels:\n- {name: a, type: console}\n- {name: b, type: console}\n- {name: a, type: console}\n", []string{
			`n.yaml:5: channels[2].name: "a" is the name of the channel on line 3 too; give each its own`}},
		{"an unknown type says no more about its settings", zoneLine + "channels:\n- {name: a, type: pigeon, loft: west}\n", []string{
			`n.yaml:3: channels[0].type: "pigeon" is not a type of channel that this version has; write one of console, pushover, phone`}},
		{"channels are a list", zoneLine + "channels: console\n", []string{
			"n.yaml:2: channels: a single value is not a list; write entries such as - {name: here, type: console}"}},
		{"an entry that is no channel is not shown: it may be a token", zoneLine + "channels:\n- " + secretToken + "\n", []string{
			"n.yaml:3: channels[0]: a single value is not a channel; write one such as {name: here, type: console}"}},
		{"a required setting", phoneWith("room: bedroom"), []string{
			"n.yaml:3: channels[0].token: is missing; write token: ${PHONE_TOKEN}, or token_file: and the path of a file that holds it"}},
		{"a required setting that is empty", phoneWith(`token: ""`), []string{
			"n.yaml:5: channels[0].token: is empty; write token: ${PHONE_TOKEN}, or token_file: and the path of a file that holds it"}},
		{"each kind of setting has its shape", phoneWith("token: [" + secretToken + "]\n  room: {a: b}\n  loud: yes\n  answerable: alarm\n  sounds: bell"), []string{
			"n.yaml:5: channels[0].token: a list is not a text; write ${PHONE_TOKEN}, or token_file: and the path of a file that holds it",
			"n.yaml:6: channels[0].room: a set of keys is not a text; write bedroom",
			`n.yaml:7: channels[0].loud: "yes" is neither true nor false; write one of these, without quotes`,
			"n.yaml:8: channels[0].answerable: a single value is not a list; write [alarm]",
			`n.yaml:9: channels[0].sounds: "bell" is not a set of keys; write one such as {alarm: bell}`}},
		{"a flag has no quotes", phoneWith("token: t\n  loud: \"true\""), []string{
			`n.yaml:6: channels[0].loud: "true" is neither true nor false; write one of these, without quotes`}},
		{"channels have an end", zoneLine + "channels:\n" + strings.Repeat("- {name: a, type: console}\n", 33), []string{
			"n.yaml:2: channels: has 33 entries, more than 32; keep those that are in use"}},
		{"entries have their shape as well", phoneWith("token: t\n  answerable: [[alarm], ~]\n  sounds: {alarm: [x], low: ~, low: y}"), []string{
			"n.yaml:6: channels[0].answerable[0]: a list is not a text; write a list such as [alarm]",
			"n.yaml:6: channels[0].answerable[1]: nothing is not a text; write a list such as [alarm]",
			"n.yaml:7: channels[0].sounds.alarm: a list is not a text; write a set such as {alarm: bell}",
			"n.yaml:7: channels[0].sounds.low: nothing is not a text; write a set such as {alarm: bell}",
			"n.yaml:7: channels[0].sounds.low: stands in the file twice, first on line 7; keep one"}},
		{"what the type finds wrong has its line", phoneWith("token: t\n  room: attic"), []string{
			"n.yaml:3: channels[0]: cannot ring",
			`n.yaml:6: channels[0].room: "attic" has no phone; write bedroom`}},
		{"a type that says a secret is cut short", phoneWith("room: leaky\n  token: ${TOKEN}"), []string{
			"n.yaml:6: channels[0].token: (secret) is refused"}},
		{"also one that stands in the file", phoneWith("room: leaky\n  token: " + secretToken), []string{
			"n.yaml:6: channels[0].token: (secret) is refused"}},
		{"what the type finds wrong with all its channels", zoneLine + "channels:\n- {name: a, type: phone, token: x, room: den}\n- {name: b, type: phone, token: x}\n", []string{
			"n.yaml:3: channels[0].room: phones stand in one room; name the same"}},
		{"the real types are asked", zoneLine + "channels:\n- {name: a, type: pushover, token: short, user: \"${TOKEN}\", acknowledge: maybe}\n", []string{
			"n.yaml:3: channels[0].token: is not the application's token from https://pushover.net/apps: that has 30 letters and digits, this has 5 characters",
			"n.yaml:3: channels[0].user: is not the user key (or a group's key) from https://pushover.net: that has 30 letters and digits, this has 21 characters",
			`n.yaml:3: channels[0].acknowledge: "maybe" is not known; write log (an acknowledged alarm is a session that starts then) or awake (it only stops the alarm)`}},
	})
}

func TestVariables(t *testing.T) {
	check(t, []badText{
		{"a variable that is not set", phoneWith("token: ${NOWHERE}\n  room: ${EMPTY}-${NOWHERE}"), []string{
			"n.yaml:5: channels[0].token: NOWHERE is not set; set the variable, or write optional: true to leave the channel out until it is",
			"n.yaml:6: channels[0].room: EMPTY and NOWHERE are not set; set the variable, or write optional: true to leave the channel out until it is"}},
		{"what looks like a variable and is none", phoneWith("token: ${TO KEN}\n  room: ${TOKEN:-den}\n  sounds: {low: \"${\"}"), []string{
			"n.yaml:5: channels[0].token: holds a ${ that begins no variable; write ${NAME} with letters, digits and _, or $${ for a plain ${",
			"n.yaml:6: channels[0].room: holds a ${ that begins no variable; write ${NAME} with letters, digits and _, or $${ for a plain ${",
			"n.yaml:7: channels[0].sounds.low: holds a ${ that begins no variable; write ${NAME} with letters, digits and _, or $${ for a plain ${"}},
		{"an optional channel still has its other problems", phoneWith("token: ${NOWHERE}\n  optional: true\n  loud: 1"), []string{
			"n.yaml:7: channels[0].loud: 1 is neither true nor false; write one of these, without quotes"}},
		{"optional is a flag", phoneWith("token: ${NOWHERE}\n  optional: yes"), []string{
			"n.yaml:5: channels[0].token: NOWHERE is not set; set the variable, or write optional: true to leave the channel out until it is",
			`n.yaml:6: channels[0].optional: "yes" is neither true nor false; write one of these, without quotes`}},
		{"no variable in the routine", zoneLine + "routine: {session: \"${TOKEN}\"}\n", []string{
			`n.yaml:2: routine.session: "${TOKEN}" is not a length; write hours and minutes such as 15m`}},
	})
}

func TestValuesOfAChannel(t *testing.T) {
	for _, row := range []struct {
		rule, settings string
		want           notify.Values
	}{
		{"only what is given is there", "token: abcd", notify.Values{"token": "abcd"}},
		{"every kind arrives as its Go value", "token: abcd\n  room: den\n  loud: true\n  answerable: [alarm, high]\n  sounds: {alarm: bell}",
			notify.Values{"token": "abcd", "room": "den", "loud": true, "answerable": []string{"alarm", "high"}, "sounds": map[string]string{"alarm": "bell"}}},
		{"an empty text is left to the default, an empty list is not", "token: abcd\n  room: \"\"\n  loud:\n  answerable: []\n  sounds: {}",
			notify.Values{"token": "abcd", "answerable": []string{}, "sounds": map[string]string{}}},
		{"variables are filled in anywhere", "token: a${TOKEN}b\n  answerable: [\"${TOKEN}\"]\n  sounds: {low: \"${TOKEN}\"}",
			notify.Values{"token": "a" + secretToken + "b", "answerable": []string{secretToken}, "sounds": map[string]string{"low": secretToken}}},
		{"what a variable holds is not filled in again", "token: ${NESTED}", notify.Values{"token": "${TOKEN}"}},
		{"a doubled dollar keeps the rest", "token: $${TOKEN}$TOKEN$$", notify.Values{"token": "${TOKEN}$TOKEN$$"}},
		{"numbers and words of YAML are their text", "token: 0012\n  room: 1e5\n  answerable: [true, 2026-01-01]",
			notify.Values{"token": "0012", "room": "1e5", "answerable": []string{"true", "2026-01-01"}}},
		{"a secret from a file, without its line break", "token_file: /etc/token", notify.Values{"token": "from-file"}},
		{"a relative file lies beside the configuration", "token_file: beside", notify.Values{"token": "from-beside"}},
		{"or among the credentials, which come first", "token_file: both", notify.Values{"token": "from-credential"}},
		{"a file's path may hold a variable", "token_file: ${FOLDER}/token", notify.Values{"token": "from-file"}},
	} {
		t.Run(row.rule, func(t *testing.T) {
			f := sourceOf(phoneWith(row.settings))
			f.variables.folder = "/home"
			f.variables.getenv = environment(map[string]string{"TOKEN": secretToken, "NESTED": "${TOKEN}", "CREDENTIALS_DIRECTORY": "/run/credentials", "FOLDER": "/etc"})
			f.variables.read = files(map[string]string{"/etc/token": "from-file\r\n", "/home/beside": " from-beside", "/home/both": "x", "/run/credentials/both": "from-credential\n"})
			c, err := f.parse()
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Channels[0]; !reflect.DeepEqual(got.Values, row.want) || got.Name != "p" || got.Type != "phone" || !got.Reaches {
				t.Errorf("got %v with %v, want %v", got, got.Values, row.want)
			}
		})
	}
}

func TestSecretFiles(t *testing.T) {
	for _, row := range []struct {
		rule, settings, want string
	}{
		{"a file that is not there", "token_file: /etc/gone", `channels[0].token_file: the file it names is not there; name one that holds the secret, with its full path or beside this configuration`},
		{"a file without anything", "token_file: /etc/empty", `channels[0].token_file: the file it names is empty; write the secret into it, on one line`},
		{"a file of two lines", "token_file: /etc/two", `channels[0].token_file: the file it names holds more than one line of text; it holds the secret alone, on one line`},
		{"a file of 5 kB", "token_file: /etc/large", `channels[0].token_file: the file it names is larger than 4 KiB; it holds the secret alone, on one line`},
		{"a secret where its file belongs is not said", "token_file: " + secretToken, "channels[0].token_file: the file it names is not there; name one that holds the secret, with its full path or beside this configuration"},
		{"a secret in both places", "token: " + secretToken + "\n  token_file: /etc/token", "channels[0].token: is given beside token_file; keep one of the two"},
		{"a path that is no text", "token_file: [a]", "channels[0].token_file: a list is no value here; write the path of a file that holds the secret, such as /etc/nightbell/token"},
		{"a secret of a file is not said", "token_file: /etc/token\n  room: leaky", "channels[0].token_file: (secret) is refused"},
		{"a file only for secrets", "token: x\n  room_file: /etc/token", "channels[0].room_file: is not a known key; known here: name, type, optional, token, token_file, room, loud, answerable, sounds"},
	} {
		t.Run(row.rule, func(t *testing.T) {
			f := sourceOf(phoneWith(row.settings))
			f.variables.read = files(map[string]string{"/etc/token": secretToken, "/etc/empty": " \n", "/etc/two": "a\nb", "/etc/large": strings.Repeat("a", 5000)})
			got := problemsOf(t, f)
			if len(got) != 1 || !strings.HasSuffix(got[0], ": "+row.want) {
				t.Errorf("got:\n  %s\nwant:\n  %s", strings.Join(got, "\n  "), row.want)
			}
			if strings.Contains(strings.Join(got, "\n"), secretToken) {
				t.Error("the secret is in the text")
			}
		})
	}
}

func TestNotices(t *testing.T) {
	const ring = "- {name: p, type: phone, token: \"${TOKEN}\"}\n"
	for _, row := range []struct {
		rule, text string
		mode       fs.FileMode
		want       []string
	}{
		{"a channel that reaches a phone is nothing to speak of", "channels:\n" + ring, 0o644, nil},
		{"a literal secret that everybody may read", phoneWith("token: abcd")[len(zoneLine):], 0o644, []string{
			"n.yaml:5: channels[0].token: is a secret in a file that everybody on this machine may read; run chmod o-r on it, or write ${VARIABLE} here"}},
		{"several secrets are one notice that names whose they are", "heartbeat: {url: https://watch.example/abcdef}\nchannels:\n" +
			strings.ReplaceAll(ring, "${TOKEN}", "abcd") + strings.ReplaceAll(ring, "name: p, type: phone, token: \"${TOKEN}\"", "name: q, type: phone, token: efgh"), 0o644, []string{
			"n.yaml:4: the secrets of p, q and heartbeat are in a file that everybody on this machine may read; run chmod o-r on it, or write ${VARIABLE} in their places"}},
		{"a literal secret that the group may read is the service's own case", phoneWith("token: abcd")[len(zoneLine):], 0o640, nil},
		{"no channel", "units: ml\n", 0o600, []string{
			"n.yaml:1: channels: none in use reaches a phone, so pushes are only printed; add one such as pushover"}},
		{"an optional channel waits for its variables, and says so once", "channels:\n- {name: q, type: phone, optional: true, token: \"${B}${A}\", room: \"${B}\"}\n" + ring, 0o600, []string{
			"n.yaml:3: channels[0]: q is left out while A and B are not set"}},
		{"an optional channel with its variables is like any other", "channels:\n- {name: q, type: phone, optional: true, token: \"${TOKEN}\"}\n", 0o600, nil},
		{"an address that other machines reach", "listen: 0.0.0.0:8787\nchannels:\n" + ring, 0o600, []string{
			"n.yaml:2: listen: other machines can reach this address, over plain http: they need a login, and who listens between sees it; a reverse proxy with https keeps it to the two of them"}},
		{"a power session without a time", "routine: {power_pump: {flex: 30m}}\nchannels:\n" + ring, 0o600, []string{
			"n.yaml:2: routine.power_pump.at: is not set, so there is no power session; write its time, such as \"20:00\", or off"}},
		{"a power session that is off", "routine: {power_pump: {at: off, flex: 30m}}\nchannels:\n" + ring, 0o600, nil},
		{"a word that discreet pushes do not use", "words: {session: tea}\nchannels:\n" + ring, 0o600, []string{
			"n.yaml:2: words.session: is not used with privacy: discreet; write privacy: plain to see it in pushes"}},
		{"a word that plain pushes use", "privacy: plain\nwords: {session: tea}\nchannels:\n" + ring, 0o600, nil},
	} {
		t.Run(row.rule, func(t *testing.T) {
			f := sourceOf(zoneLine + row.text)
			f.mode = row.mode
			c, err := f.parse()
			if err != nil {
				t.Fatal(err)
			}
			compare(t, c.Notices, row.want)
		})
	}
}

func TestNoticesComeBesideProblems(t *testing.T) {
	_, err := sourceOf(zoneLine + "units: cups\nlisten: 0.0.0.0:80\nchannels:\n- {name: p, type: phone, token: x}\n").parse()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v", err)
	}
	compare(t, e.Notices, []string{
		"n.yaml:3: listen: other machines can reach this address, over plain http: they need a login, and who listens between sees it; a reverse proxy with https keeps it to the two of them"})
}

func TestWithoutAnyChannelPushesArePrinted(t *testing.T) {
	for _, text := range []string{"", "channels: []\n", "channels:\n- {name: p, type: phone, optional: true, token: \"${NOWHERE}\"}\n"} {
		c, err := sourceOf(zoneLine + text).parse()
		if err != nil {
			t.Fatal(err)
		}
		want := []Channel{{Name: "console", Type: "console", Values: notify.Values{}}}
		if !reflect.DeepEqual(c.Channels, want) {
			t.Errorf("%q: got %v, want %v", text, c.Channels, want)
		}
	}
}

func TestOpenMakesEveryChannelInOrder(t *testing.T) {
	c, err := sourceOf(zoneLine + "channels:\n- {name: b, type: phone, token: x}\n- {name: a, type: console}\n").parse()
	if err != nil {
		t.Fatal(err)
	}
	all, err := c.Open(notify.Tools{})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || all[0].Name != "b" || !all[0].Reaches || all[0].Channel != (phone{"b"}) || all[1].Name != "a" || all[1].Reaches || all[1].Type != "console" {
		t.Errorf("got %+v", all)
	}
	c.Channels[0].Values["room"], c.Channels[1].Type = "attic", "pigeon"
	_, err = c.Open(notify.Tools{})
	want := "n.yaml: channel b: room: \"attic\" has no phone; write bedroom\nn.yaml: channel b: cannot ring\nn.yaml: channel a: \"pigeon\" is not a type of channel"
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %v", err, want)
	}
}

func TestAConfigurationPrintsNoSecret(t *testing.T) {
	c, err := sourceOf(phoneWith("token: " + secretToken)).parse()
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%s"} {
		for _, v := range []any{c, *c, c.Channels, c.Channels[0]} {
			if text := fmt.Sprintf(verb, v); strings.Contains(text, secretToken) {
				t.Errorf("%s of %T shows it: %s", verb, v, text)
			}
		}
	}
}
