package notify

import (
	"fmt"
	"log/slog"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// pushoverAPI is where the service is, unless `api` names a relay or a test.
const pushoverAPI = "https://api.pushover.net/1"

// What the service takes, from its documentation (https://pushover.net/api).
var (
	pushoverKey    = regexp.MustCompile(`^[A-Za-z0-9]{30}$`)
	pushoverDevice = regexp.MustCompile(`^[A-Za-z0-9_-]{1,25}$`)
	pushoverSound  = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`) // the names of built-in sounds, and people's own
)

// pushoverType describes the channel to Pushover's phones.
func pushoverType() Type {
	return Type{
		Name: "pushover",
		Settings: []Setting{
			{Key: "token", Kind: Text, Secret: true, Required: true, Example: "${PUSHOVER_TOKEN}"},
			{Key: "user", Kind: Text, Secret: true, Required: true, Example: "${PUSHOVER_USER}"},
			{Key: "device", Kind: Text, Example: "phone"},
			{Key: "sounds", Kind: Pairs, Example: "{alarm: persistent, low: none}"},
			{Key: "api", Kind: Text, Example: pushoverAPI},
			{Key: "insecure_http", Kind: Flag, Example: "false"},
			{Key: "answerable", Kind: Words, Example: "[alarm]"},
			{Key: "acknowledge", Kind: Text, Example: "log"},
		},
		Reaches: true,
		Phones: []string{
			"iPhone: an alarm passes silence and Focus only once Critical Alerts are allowed, in the Pushover app's settings.",
			"Android: an alarm passes Do Not Disturb only once its emergency channel may, in the system's notification settings of the app.",
			"Nothing here rings when this machine or its line stops: a second channel of type ntfy with prearm: true does.",
		},
		Open:     openPushover,
		Together: pushoverTogether,
	}
}

// openPushover makes the channel of valid settings.
func openPushover(name string, v Values, t Tools) (Channel, []Problem) {
	p := &pushoverChannel{log: t.Log, now: t.Now, pace: t.Pace.withDefaults()}
	if p.log == nil {
		p.log = slog.New(slog.DiscardHandler)
	}
	var problems []Problem
	wrong := func(key, text string, args ...any) {
		problems = append(problems, Problem{Key: key, Text: fmt.Sprintf(text, args...)})
	}
	p.token = secretKey(v, "token", "the application's token from https://pushover.net/apps", wrong)
	p.user = secretKey(v, "user", "the user key (or a group's key) from https://pushover.net", wrong)
	p.device, _ = v["device"].(string)
	if p.device != "" {
		for d := range strings.SplitSeq(p.device, ",") {
			if !pushoverDevice.MatchString(d) {
				wrong("device", "%q is not a device's name; names have 1 to 25 letters, digits, _ and -, several are joined by commas: phone,tablet", d)
			}
		}
	}
	p.sounds = soundsByLevel(v, wrong)
	p.answerable = answerableLevels(v, wrong)
	if a, ok := v["acknowledge"].(string); ok && a != "log" && a != "awake" {
		wrong("acknowledge", "%q is not known; write log (an acknowledged alarm is a session that starts then) or awake (it only stops the alarm)", a)
	}
	insecure, _ := v["insecure_http"].(bool)
	api, text := checkAPI(apiOf(v), insecure)
	if text != "" {
		wrong("api", "%s", text)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	p.api, p.scrubber = api, newScrubber(name, p.token, "[token]", p.user, "[user]")
	p.service = process.service(api)
	return p, nil
}

// pushoverTogether refuses two services in one program. The library has one
// address for the process, so this is what its users expect; and a second one
// here is far more likely a test's address left in than a wish.
func pushoverTogether(all []Values) []Problem {
	apis := map[string]bool{}
	for _, v := range all {
		insecure, _ := v["insecure_http"].(bool)
		if api, text := checkAPI(apiOf(v), insecure); text == "" { // Open speaks of the others
			apis[api] = true
		}
	}
	if len(apis) < 2 {
		return nil
	}
	return []Problem{{Key: "api", Text: "the pushover channels name different services (" +
		strings.Join(slices.Sorted(maps.Keys(apis)), ", ") + "); give all of them the same api"}}
}

// apiOf is the address a channel was given.
func apiOf(v Values) string {
	if api, _ := v["api"].(string); api != "" {
		return api
	}
	return pushoverAPI
}

// secretKey reads a token or user key. Its problems tell the length at most.
func secretKey(v Values, key, what string, wrong func(key, text string, args ...any)) string {
	s, _ := v[key].(string)
	switch {
	case s == "":
		wrong(key, "is missing; it is %s", what)
	case !pushoverKey.MatchString(s):
		wrong(key, "is not %s: that has 30 letters and digits, this has %d characters", what, len([]rune(s)))
	}
	return s
}

func soundsByLevel(v Values, wrong func(key, text string, args ...any)) map[Level]string {
	pairs, _ := v["sounds"].(map[string]string)
	sounds := map[Level]string{}
	for _, word := range slices.Sorted(maps.Keys(pairs)) {
		level, ok := ParseLevel(word)
		if !ok {
			wrong("sounds", "%q is not a level; write low, normal, high or alarm: {alarm: persistent}", word)
		}
		if !pushoverSound.MatchString(pairs[word]) {
			wrong("sounds", "%q is not a sound's name; see https://pushover.net/api#sounds: {alarm: persistent}", pairs[word])
		}
		sounds[level] = pairs[word]
	}
	return sounds
}

func answerableLevels(v Values, wrong func(key, text string, args ...any)) map[Level]bool {
	words, given := v["answerable"].([]string)
	if !given {
		return map[Level]bool{Alarm: true}
	}
	levels := map[Level]bool{}
	for _, word := range words {
		level, ok := ParseLevel(word)
		if !ok {
			wrong("answerable", "%q is not a level; write low, normal, high or alarm: [high, alarm]", word)
		}
		levels[level] = true
	}
	return levels
}

// checkAPI returns the address in one spelling, or what is wrong with it.
func checkAPI(api string, insecure bool) (string, string) {
	return checkAddress(api, pushoverAPI, "the token", insecure)
}
