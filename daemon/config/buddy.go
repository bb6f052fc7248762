package config

import "nightbell/notify"

// BabyBuddy is a Baby Buddy whose pumping log and the one here are kept the
// same. The zero BabyBuddy is none.
type BabyBuddy struct {
	On     bool
	Give   bool          // sessions logged here are copied there
	Take   bool          // those logged there count here
	Values notify.Values // those of notify.OpenBabyBuddy, secrets already read; none of LoadWithoutChannels
}

// String names it, not its values: they hold a secret.
func (b BabyBuddy) String() string { return "baby_buddy" }

const buddyExample = `{url: "https://baby.example", token: "${BABYBUDDY_TOKEN}", child: 1} or off`

// buddyForms are those of baby_buddy.
func buddyForms() map[string]form {
	flag := object{"type": "boolean"}
	return map[string]form{
		"baby_buddy":               {what: "A Baby Buddy whose pumping log and the one here say the same.", off: true, preset: "off"},
		"baby_buddy.url":           {what: "The address of its first page.", takes: anyText()},
		"baby_buddy.token":         {what: "The key on its page of user settings.", takes: anyText()},
		"baby_buddy.token_file":    {what: "The path of a file that holds it.", takes: anyText()},
		"baby_buddy.child":         {what: "The number of the child there.", takes: object{"type": []string{"integer", "string"}}},
		"baby_buddy.insecure_http": {what: "Plain http to another machine shows the log and the key to everyone between.", takes: flag, preset: false},
		"baby_buddy.give":          {what: "Copy sessions logged here.", takes: flag, preset: true},
		"baby_buddy.take":          {what: "Count sessions logged there.", takes: flag, preset: true},
	}
}

// babyBuddy reads it; without its token for who speaks to nobody.
func (s section) babyBuddy(from channelSource, mute bool) BabyBuddy {
	in, on := s.subOrOff("baby_buddy", buddyExample)
	if !on {
		return BabyBuddy{}
	}
	b := BabyBuddy{On: true, Give: in.empty("give") || in.flag("give"), Take: in.empty("take") || in.flag("take")}
	if !b.Give && !b.Take && !in.wrong(in.full("give")) && !in.wrong(in.full("take")) {
		s.problem(s.full("baby_buddy"), "give: false and take: false leave nothing to do; write baby_buddy: off")
	}
	if mute {
		return b
	}
	b.Values = in.outside(from, "baby_buddy", notify.BabyBuddySettings(), func(v notify.Values) []notify.Problem {
		_, problems := notify.OpenBabyBuddy(v, notify.Tools{})
		return problems
	})
	return b
}
