package notify

import (
	"log/slog"
	"net/url"
	"regexp"
	"strings"
)

// ntfyServer is where the service is, unless `server` names one's own.
const ntfyServer = "https://ntfy.sh"

// leastTopic is how long a topic has to be on a server that strangers can
// reach. Whoever knows a topic reads and answers it, so it is a password: 128
// random bits take 22 characters of base64url.
const leastTopic = 22

// replyEnd makes the reply topic of the topic where none is set. It can be
// guessed only by who knows the topic, and who does reads the answers' keys
// there anyway.
const replyEnd = "-r"

const makeTopic = "make one of 128 random bits: openssl rand -hex 16"

// ntfyTopicForm is what a server takes (https://docs.ntfy.sh/publish/).
var ntfyTopicForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// ntfyTokenForm is that of access tokens, tk_ and 29 characters; a longer one
// does no harm, but a password with a space would be no header.
var ntfyTokenForm = regexp.MustCompile(`^tk_[A-Za-z0-9]{10,100}$`)

// ntfyType describes the channel to phones that subscribe to an ntfy topic.
func ntfyType() Type {
	return Type{
		Name: "ntfy",
		Settings: []Setting{
			{Key: "server", Kind: Text, Example: ntfyServer},
			{Key: "topic", Kind: Text, Secret: true, Required: true, Example: "${NTFY_TOPIC}"},
			{Key: "token", Kind: Text, Secret: true, Example: "${NTFY_TOKEN}"},
			{Key: "replies", Kind: Flag, Example: "true"},
			{Key: "reply_topic", Kind: Text, Secret: true, Example: "${NTFY_REPLY_TOPIC}"},
			{Key: "phone_server", Kind: Text, Example: ntfyServer},
			{Key: "prearm", Kind: Flag, Example: "true"},
			{Key: "insecure_http", Kind: Flag, Example: "false"},
		},
		Reaches: true,
		Phones: []string{
			"iPhone: there is no critical level, so Focus and silence keep an alarm quiet unless the app is let through; a notification stays until it is swiped away.",
			"Android: \"Keep alerting\" and \"Override Do Not Disturb\" are settings of each topic, in the app.",
		},
		Open:     openNtfy,
		Together: ntfyTogether,
	}
}

// openNtfy makes the channel of valid settings. It is a Replier only with
// replies.
func openNtfy(name string, v Values, t Tools) (Channel, []Problem) {
	n := &ntfyChannel{log: t.Log, now: t.Now, pace: t.Pace.withDefaults()}
	if n.log == nil {
		n.log = slog.New(slog.DiscardHandler)
	}
	var problems []Problem
	wrong := func(key, text string) { problems = append(problems, Problem{Key: key, Text: text}) }
	insecure, _ := v["insecure_http"].(bool)
	address := func(key, otherwise string) string {
		text, _ := v[key].(string)
		if text == "" {
			text = otherwise
		}
		root, problem := checkAddress(text, ntfyServer, "the topic", insecure)
		if problem != "" {
			wrong(key, problem)
		}
		return root
	}
	n.server = address("server", ntfyServer)
	n.phoneServer = n.server
	if text, _ := v["phone_server"].(string); text != "" {
		n.phoneServer = address("phone_server", "")
	}
	n.topic, _ = v["topic"].(string)
	if text := ntfyTopicProblem(n.topic, n.server); text != "" {
		wrong("topic", text)
	}
	n.replies, _ = v["replies"].(bool)
	n.replyTopic, _ = v["reply_topic"].(string)
	switch {
	case n.replyTopic == "":
		if n.replyTopic = n.topic + replyEnd; n.replies && n.topic != "" && len(n.replyTopic) > 64 && ntfyTopicForm.MatchString(n.topic) {
			wrong("reply_topic", "is missing, and cannot be made of a topic this long; "+makeTopic)
		}
	case n.replyTopic == n.topic:
		wrong("reply_topic", "is the topic itself, so the phone would show each answer as a push; leave it out, or "+makeTopic)
	default:
		if text := ntfyTopicProblem(n.replyTopic, n.server); text != "" {
			wrong("reply_topic", text)
		}
	}
	n.token, _ = v["token"].(string)
	if n.token != "" && !ntfyTokenForm.MatchString(n.token) {
		wrong("token", "is not an access token: those begin with tk_ (ntfy token add, or Account in the web app)")
	}
	if len(problems) > 0 {
		return nil, problems
	}
	n.scrubber = newScrubber(name, n.token, "[token]", n.replyTopic, "[reply topic]", n.topic, "[topic]")
	if n.replies {
		return ntfyReplier{n}, nil
	}
	return n, nil
}

// ntfyTopicProblem says what is wrong with a topic, without showing it.
func ntfyTopicProblem(topic, server string) string {
	u, err := url.Parse(server)
	switch {
	case topic == "":
		return "is missing; it is the topic that the phone subscribes to; " + makeTopic
	case !ntfyTopicForm.MatchString(topic):
		return "is not a topic: those have 1 to 64 letters, digits, _ and -; " + makeTopic
	case err == nil && server != "" && len(topic) < leastTopic && !private(u.Hostname()):
		return "can be guessed, and whoever knows it reads and answers your pushes; " + makeTopic
	}
	return ""
}

// ntfyTogether refuses two channels on one topic: each would show everything
// twice, and take back what the other sent.
func ntfyTogether(all []Values) []Problem {
	seen := map[string]bool{}
	for _, v := range all {
		server, _ := v["server"].(string)
		topic, _ := v["topic"].(string)
		if server == "" {
			server = ntfyServer
		}
		place := strings.ToLower(strings.TrimRight(server, "/")) + " " + topic
		if topic != "" && seen[place] {
			return []Problem{{Key: "topic", Text: "two ntfy channels have the same topic, which would show everything twice; keep one of them, or give each its own"}}
		}
		seen[place] = true
	}
	return nil
}
