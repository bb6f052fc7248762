package config

import (
	"log/slog"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"nightbell/notify"
	"nightbell/planner"
)

const examplePath = "../../config.example.yaml"

func readExample(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// load parses a text that has to be right, with the real types of channel and
// an empty environment.
func load(t *testing.T, text string) *Config {
	t.Helper()
	c, err := Parse("n.yaml", []byte(text), 0o600, environment(nil))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// settings is what two configurations that mean the same have in common.
func settings(c *Config) Config {
	return Config{
		Routine: c.Routine, Data: c.Data, Listen: c.Listen, Privacy: c.Privacy, Units: c.Units, SessionWord: c.SessionWord,
		RestAfter: c.RestAfter, Reminders: c.Reminders, Use: c.Use, Log: c.Log,
	}
}

func TestDefaultsAreThoseOfTheTables(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Routine: planner.Routine{
			Location: zone, Target: 8, Session: 15 * time.Minute, MinGap: 90 * time.Minute, MaxGap: 4 * time.Hour, NudgeBefore: 30 * time.Minute,
			Sleep: &planner.Range{From: 23 * 60, To: 7 * 60}, NightGap: 4 * time.Hour, WakeGrace: 90 * time.Minute,
			Overnight: planner.Overnight{Window: &planner.Range{From: 1 * 60, To: 5 * 60}, Sessions: 1},
			DayStart:  6 * 60, CatchUp: 2, Merge: 30 * time.Minute,
		},
		Listen: "127.0.0.1:8787", Privacy: Discreet, Units: Millilitres, RestAfter: 48 * time.Hour, Use: UseFirst, Log: Log{Level: slog.LevelInfo},
		Reminders: Reminders{
			Session:   Policy{notify.Normal, []time.Duration{10 * time.Minute}, 45 * time.Minute},
			Power:     Policy{notify.Normal, []time.Duration{10 * time.Minute}, 45 * time.Minute},
			Overnight: Policy{notify.Alarm, []time.Duration{5 * time.Minute, 15 * time.Minute}, 30 * time.Minute},
			Nudge:     Policy{Level: notify.High},
		},
	}
	for rule, text := range map[string]string{
		"the least file":                     "timezone: America/New_York\n",
		"the example":                        readExample(t),
		"everything unset":                   "timezone: America/New_York\nroutine:\nreminders:\nlog:\ndelivery:\nwords:\n",
		"the example in CRLF":                strings.ReplaceAll(readExample(t), "\n", "\r\n"),
		"the example with a byte order mark": "\ufeff" + readExample(t),
	} {
		if got := settings(load(t, text)); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, want %#v", rule, got, want)
		}
	}
}

func TestExampleNeedsNoAccount(t *testing.T) {
	c, err := Load(examplePath, environment(nil))
	if err != nil {
		t.Fatal(err)
	}
	if want := []Channel{{Name: "here", Type: "console", Values: notify.Values{}}}; !reflect.DeepEqual(c.Channels, want) {
		t.Errorf("channels are %v, want %v", c.Channels, want)
	}
	compare(t, placeless(c.Notices), []string{
		"channels: none in use reaches a phone, so pushes are only printed; add one such as pushover",
		"channels[0]: pushover is left out while PUSHOVER_TOKEN and PUSHOVER_USER are not set",
		"channels[1]: ntfy is left out while NTFY_TOPIC is not set",
		"channels[2]: hook is left out while HOOK_SECRET and HOOK_URL are not set",
		"channels[3]: browser is left out while WEBPUSH_CONTACT is not set",
	})
}

// placeless are notices without the file and the line they begin with.
func placeless(notices []string) []string {
	var texts []string
	for _, n := range notices {
		texts = append(texts, regexp.MustCompile(`^.*?:\d+: `).ReplaceAllString(n, ""))
	}
	return texts
}

func TestExampleSendsRealPushesWithAnAccount(t *testing.T) {
	key := strings.Repeat("k", 30)
	c, err := Load(examplePath, environment(map[string]string{"PUSHOVER_TOKEN": key, "PUSHOVER_USER": key}))
	if err != nil {
		t.Fatal(err)
	}
	compare(t, placeless(c.Notices), []string{
		"channels[1]: ntfy is left out while NTFY_TOPIC is not set",
		"channels[2]: hook is left out while HOOK_SECRET and HOOK_URL are not set",
		"channels[3]: browser is left out while WEBPUSH_CONTACT is not set",
	})
	if len(c.Channels) != 2 || c.Channels[0].Name != "pushover" || !c.Channels[0].Reaches || c.Channels[0].Values["token"] != key {
		t.Errorf("channels are %v", c.Channels)
	}
}

// switchedOff is a line of the example that begins with # and a key.
var switchedOff = regexp.MustCompile(`(?m)^( *)#([a-z_]+: )`)

func TestExampleLoadsWithEveryLineSwitchedOn(t *testing.T) {
	text := readExample(t)
	on := switchedOff.ReplaceAllString(text, "$1$2")
	if on == text {
		t.Fatal("no line is switched off; the pattern does not fit the file any more")
	}
	on = strings.ReplaceAll(on, " at: off", ` at: "20:00"`)
	c := load(t, on)
	if got := c.Routine.Power; got == nil || got.At != 20*60 || got.Flex != 90*time.Minute || got.Starting != (planner.Date{Year: 2026, Month: time.January, Day: 31}) ||
		!reflect.DeepEqual(got.Pattern, []time.Duration{20 * time.Minute, 10 * time.Minute, 10 * time.Minute, 10 * time.Minute, 10 * time.Minute}) {
		t.Errorf("the power session is %+v", got)
	}
	if c.Data != "/var/lib/nightbell" || c.Routine.NightGap != 4*time.Hour || c.Routine.DayStart != 6*60 {
		t.Errorf("data is %q, the night gap %v, the day starts at %d", c.Data, c.Routine.NightGap, c.Routine.DayStart)
	}
}

func TestExampleHasEveryKey(t *testing.T) {
	text := readExample(t)
	for section, list := range keys() {
		for _, key := range list {
			if !regexp.MustCompile(`(?m)[#{ ,]`+key+`: |^`+key+`:`).MatchString(text) && !regexp.MustCompile(`(?m)^ *`+key+`:$`).MatchString(text) {
				t.Errorf("%s of %q is not in the example", key, section)
			}
		}
	}
	for _, kind := range notify.Types() {
		for _, s := range kind.Settings {
			if !regexp.MustCompile(`(?m)^    #?` + s.Key + `: `).MatchString(text) {
				t.Errorf("%s of channels of type %s is not in the example", s.Key, kind.Name)
			}
		}
	}
}

func TestExampleIsPleasantToRead(t *testing.T) {
	text := readExample(t)
	// The words that no text here says, from how Nightbell speaks.
	if word := regexp.MustCompile(`(?i)\b(missed|late|overdue|behind|failed|should have|must|streak|don't lose your supply|your baby needs)\b`).FindString(text); word != "" {
		t.Errorf("the example says %q", word)
	}
	for i, line := range strings.Split(text, "\n") {
		if n := len([]rune(line)); n > 80 {
			t.Errorf("line %d has %d columns, more than 80", i+1, n)
		}
		if line != strings.TrimRight(line, " \t\r") {
			t.Errorf("line %d ends in a space", i+1)
		}
	}
}
