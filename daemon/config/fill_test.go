package config

import (
	"strings"
	"testing"

	"nightbell/notify"
	"nightbell/planner"
)

// What init writes is made from a copy, because the program cannot embed what
// lies above this folder.
func TestTheExampleInsideTheProgramIsTheOneOutside(t *testing.T) {
	if exampleText != readExample(t) {
		t.Error("config.example.yaml has changed; take it over with: go generate ./daemon/config")
	}
}

func TestAFilledExampleSaysWhatWasAnswered(t *testing.T) {
	key := strings.Repeat("k", 30)
	for _, c := range []struct {
		rule     string
		answers  Answers
		channels string
		values   notify.Values
	}{
		{"pushover", Answers{Channel: "pushover", Settings: map[string]string{"token": key, "user": key, "api": "http://127.0.0.1:1/1"}}, "pushover here",
			notify.Values{"token": key, "user": key, "api": "http://127.0.0.1:1/1"}},
		{"ntfy, and a line that was switched off", Answers{Channel: "ntfy", Settings: map[string]string{"topic": "1234567890123456789012", "reply_topic": "2234567890123456789012", "prearm": "false"}},
			"ntfy here", notify.Values{"topic": "1234567890123456789012", "reply_topic": "2234567890123456789012", "prearm": false, "replies": true}},
		{"console alone", Answers{Channel: "console"}, "here", notify.Values{}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			c.answers.Zone, c.answers.Target, c.answers.Sleep, c.answers.Written = "Europe/Berlin", 7, "22:30-06:30", "2026-06-10"
			text, err := Fill(c.answers)
			if err != nil {
				t.Fatal(err)
			}
			got := load(t, string(text))
			if got.Routine.Location.String() != "Europe/Berlin" || got.Routine.Target != 7 || *got.Routine.Sleep != (planner.Range{From: 22*60 + 30, To: 6*60 + 30}) {
				t.Errorf("the routine is %+v", got.Routine)
			}
			var names []string
			for _, channel := range got.Channels {
				names = append(names, channel.Name)
			}
			if strings.Join(names, " ") != c.channels {
				t.Errorf("channels %q, want %q", names, c.channels)
			}
			for key, want := range c.values {
				if got.Channels[0].Values[key] != want {
					t.Errorf("%s: %v, want %v", key, got.Channels[0].Values[key], want)
				}
			}
			for _, gone := range []string{"runs as it is", "Please change this one", "optional: true\n"} {
				if strings.Contains(string(text), gone) {
					t.Errorf("it still says %q", gone)
				}
			}
			for _, kept := range []string{"# How long a session is", "init on 2026-06-10.", "\ndelivery:", "# debug, info, warn or error."} {
				if !strings.Contains(string(text), kept) {
					t.Errorf("%q is gone", kept)
				}
			}
		})
	}
}

func TestAFilledExampleHoldsNoSettingByAccident(t *testing.T) {
	if _, err := Fill(Answers{Channel: "pushover", Settings: map[string]string{"colour": "red"}}); err == nil || !strings.Contains(err.Error(), "colour") {
		t.Errorf("a setting that the example has not: %v", err)
	}
	if _, err := Fill(Answers{Channel: "pigeon"}); err == nil || !strings.Contains(err.Error(), "type: pigeon") {
		t.Errorf("a channel that the example has not: %v", err)
	}
}
