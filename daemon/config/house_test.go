package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestHomeAssistant(t *testing.T) {
	c := load(t, zoneLine+"home_assistant: {broker: \"mqtts://broker.example\", user: ann, password: \"silent hours\", topic: home/bell}\n")
	if !c.House.On || c.House.Topic != "home/bell" || c.House.Discovery != "homeassistant" || c.House.Values["password"] != "silent hours" {
		t.Errorf("got %+v, %v", c.House, c.House.Values)
	}
	if text := fmt.Sprintf("%v %+v %s", c.House, c.House, c); strings.Contains(text, "silent") {
		t.Errorf("the password is shown: %s", text)
	}
	if c := load(t, zoneLine+"home_assistant: off\n"); c.House.On {
		t.Error("off is on")
	}
}

func TestHomeAssistantProblems(t *testing.T) {
	check(t, []badText{
		{"a broker has an address", zoneLine + "home_assistant: {user: ann}\n", []string{
			"n.yaml:2: home_assistant.broker: is missing; write broker: mqtts://broker.local:8883"}},
		{"plain mqtt to another machine", zoneLine + "home_assistant: {broker: \"mqtt://broker.example\"}\n", []string{
			"n.yaml:2: home_assistant.broker: plain mqtt to broker.example would show the log and the password to anyone on the way; write mqtts://, or insecure_mqtt: true"}},
		{"a topic without wildcards", zoneLine + "home_assistant: {broker: \"mqtts://broker.example\", topic: \"home/#\"}\n", []string{
			`n.yaml:2: home_assistant.topic: "home/#" is not the beginning of a topic; use letters, digits, _ and -, with / between parts, such as home/nightbell`}},
		{"a password that is not set", zoneLine + "home_assistant: {broker: \"mqtts://broker.example\", user: ann, password: \"${NOWHERE}\"}\n", []string{
			"n.yaml:2: home_assistant.password: NOWHERE is not set; set the variable, or write home_assistant: off"}},
	})
}
