package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestBabyBuddy(t *testing.T) {
	c := load(t, zoneLine+"baby_buddy: {url: \"https://baby.example\", token: silent-hours, child: 2, take: false}\n")
	if !c.BabyBuddy.On || !c.BabyBuddy.Give || c.BabyBuddy.Take || c.BabyBuddy.Values["child"] != "2" {
		t.Errorf("got %+v, %v", c.BabyBuddy, c.BabyBuddy.Values)
	}
	if text := fmt.Sprintf("%v %+v %s", c.BabyBuddy, c.BabyBuddy, c); strings.Contains(text, "silent") {
		t.Errorf("the token is shown: %s", text)
	}
	check(t, []badText{
		{"everything that is missing, at once", zoneLine + "baby_buddy: {give: true}\n", []string{
			"n.yaml:2: baby_buddy.url: is missing; write url: https://baby.example",
			"n.yaml:2: baby_buddy.token: is missing; write token: ${BABYBUDDY_TOKEN}, or token_file: and the path of a file that holds it",
			"n.yaml:2: baby_buddy.child: is missing; write child: 1"}},
		{"a child has a number", zoneLine + "baby_buddy: {url: \"https://baby.example\", token: x, child: Ida}\n", []string{
			"n.yaml:2: baby_buddy.child: is not a child's number; it stands in the answer of /api/children/, such as 1"}},
		{"one way at least", zoneLine + "baby_buddy: {url: \"https://baby.example\", token: x, child: 1, give: false, take: false}\n", []string{
			"n.yaml:2: baby_buddy: give: false and take: false leave nothing to do; write baby_buddy: off"}},
	})
}
