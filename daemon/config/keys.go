package config

import (
	"slices"
	"strings"
)

// keys lists what each section may hold: the sections by their full name, the
// file itself as "". A list's entries are its name with []. The settings of a
// channel besides these belong to its type.
func keys() map[string][]string {
	return map[string][]string{
		"": {"timezone", "routine", "data", "listen", "hosts", "public_url", "login", "privacy", "units", "words", "rest_after",
			"reminders", "partner", "channels", "delivery", "heartbeat", "home_assistant", "baby_buddy", "wake_system", "log"},
		"routine": {"target", "session", "min_gap", "max_gap", "nudge_before", "sleep", "night_gap", "wake_grace",
			"overnight", "power_pump", "busy", "day_start", "catch_up", "merge", "ramp", "times"},
		"routine.overnight":       {"window", "sessions"},
		"routine.power_pump":      {"at", "flex", "pattern", "starting"},
		"routine.busy[]":          {"from", "to", "days", "name"},
		"routine.ramp[]":          {"from", "target"},
		"words":                   {"session"},
		"reminders":               {"session", "power", "overnight", "nudge", "digest", "bedtime_check"},
		"reminders.session":       {"level", "again", "give_up"},
		"reminders.power":         {"level", "again", "give_up", "coach"},
		"reminders.overnight":     {"level", "again", "give_up"},
		"reminders.nudge":         {"level"},
		"reminders.digest":        {"at", "level", "help"},
		"reminders.bedtime_check": {"before", "level"},
		"heartbeat":               {"url", "url_file", "every", "insecure_http"},
		"partner":                 {"after", "channels"},
		"baby_buddy":              {"url", "token", "token_file", "child", "insecure_http", "give", "take"},
		"home_assistant":          {"broker", "user", "password", "password_file", "ca", "ca_file", "insecure_mqtt", "topic", "discovery"},
		"channels[]":              {"name", "type", "optional"},
		"delivery":                {"use"},
		"log":                     {"level", "format"},
	}
}

// maxKey bounds the keys for which a near one is looked for, in characters.
// The longest known key has 13.
const maxKey = 30

// nearest says what an unknown key may have been meant to be: a known key of
// its section that is spelled alike, the same key of the one other section
// that has it, or else the keys that the section has.
func nearest(key, section string, known []string) string {
	plain := strings.ReplaceAll(strings.ToLower(key), "-", "_")
	best, least := "", len(plain)/3+1
	if len(key) <= maxKey {
		for _, k := range known {
			if d := distance(plain, k); d < least || d == 0 {
				best, least = k, d
			}
		}
	}
	if best != "" {
		return "did you mean " + best + "?"
	}
	var places []string
	for s, list := range keys() {
		if s != section && section != "channels[]" && slices.Contains(list, plain) { // a channel's other keys are its type's
			places = append(places, s)
		}
	}
	if len(places) > 1 { // a list's entry may have a key of the same name
		places = slices.DeleteFunc(places, func(s string) bool { return strings.HasSuffix(s, "[]") })
	}
	switch {
	case len(places) != 1:
	case places[0] == "":
		return plain + " stands at the top of the file, not inside another key"
	default:
		return plain + " belongs under " + strings.TrimSuffix(places[0], "[]")
	}
	return "known here: " + strings.Join(known, ", ")
}

// distance counts the letters to change, add, drop, or swap with a neighbour
// to turn one word into another.
func distance(a, b string) int {
	before, last, row := []int(nil), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, make([]int, len(b)+1)
	}
	return last[len(b)]
}
