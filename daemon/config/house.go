package config

import (
	"regexp"

	"nightbell/notify"
)

// HomeAssistant is what Home Assistant is told of by way of an MQTT broker.
// The zero HomeAssistant is nothing.
type HomeAssistant struct {
	On        bool
	Topic     string        // what every topic of ours begins with
	Discovery string        // what Home Assistant listens to for new devices
	Values    notify.Values // those of notify.OpenBroker, secrets already read; none of LoadWithoutChannels
}

// String names it, not its values: they hold a secret.
func (h HomeAssistant) String() string { return "home_assistant under " + h.Topic }

const (
	houseTopic     = "nightbell"
	houseDiscovery = "homeassistant" // Home Assistant's own default
	houseExample   = `{broker: "mqtts://broker.local", user: nightbell, password: "${MQTT_PASSWORD}"} or off`
)

// brokerTopic is the beginning of a topic, and part of the names that Home
// Assistant keeps, which take no more than this.
var brokerTopic = regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}(/[A-Za-z0-9_-]{1,40}){0,4}$`)

// houseForms are those of home_assistant.
func houseForms() map[string]form {
	flag := object{"type": "boolean"}
	return map[string]form{
		"home_assistant":               {what: "Tells Home Assistant how things stand, by way of an MQTT broker, and takes its buttons.", off: true, preset: "off"},
		"home_assistant.broker":        {what: "The broker's address, such as mqtts://broker.local:8883.", takes: anyText()},
		"home_assistant.user":          {what: "The user at the broker.", takes: anyText()},
		"home_assistant.password":      {what: "The user's password.", takes: anyText()},
		"home_assistant.password_file": {what: "The path of a file that holds it.", takes: anyText()},
		"home_assistant.ca":            {what: "The certificate that signed the broker's, where the system does not know it.", takes: anyText()},
		"home_assistant.ca_file":       {what: "The path of a file that holds it.", takes: anyText()},
		"home_assistant.insecure_mqtt": {what: "Plain MQTT to another machine shows the log and the password to everyone between.", takes: flag, preset: false},
		"home_assistant.topic":         {what: "What every topic begins with.", takes: matching(brokerTopic.String()), preset: houseTopic},
		"home_assistant.discovery":     {what: "Home Assistant's own discovery prefix.", takes: matching(brokerTopic.String()), preset: houseDiscovery},
	}
}

// homeAssistant reads what Home Assistant is told; without the broker's
// secrets for who tells nothing.
func (s section) homeAssistant(from channelSource, mute bool) HomeAssistant {
	in, on := s.subOrOff("home_assistant", houseExample)
	if !on {
		return HomeAssistant{}
	}
	h := HomeAssistant{On: true, Topic: houseTopic, Discovery: houseDiscovery}
	in.brokerTopic("topic", &h.Topic)
	in.brokerTopic("discovery", &h.Discovery)
	if mute {
		return h
	}
	h.Values = in.outside(from, "home_assistant", notify.BrokerSettings(), func(v notify.Values) []notify.Problem {
		_, problems := notify.OpenBroker(v, notify.Tools{})
		return problems
	})
	return h
}

func (s section) brokerTopic(key string, to *string) {
	if s.empty(key) {
		return
	}
	n := s.node[key]
	if !brokerTopic.MatchString(n.Value) {
		s.problem(s.full(key), "%s is not the beginning of a topic; use letters, digits, _ and -, with / between parts, such as home/nightbell", value(n))
		return
	}
	*to = n.Value
}
