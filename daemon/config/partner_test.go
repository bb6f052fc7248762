package config

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

const (
	anyKey    = "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkk" // the form of a token: 30 letters
	twoPhones = zoneLine + `channels:
  - {name: mine, type: pushover, token: ` + anyKey + `, user: ` + anyKey + `}
  - {name: theirs, type: pushover, token: ` + anyKey + `, user: ` + anyKey + `}
`
)

func TestThePartnersChannelsAreMarked(t *testing.T) {
	c := load(t, twoPhones+"partner: {after: 20m, channels: [theirs]}\n")
	if want := (Partner{20 * time.Minute, []string{"theirs"}}); !reflect.DeepEqual(c.Partner, want) {
		t.Errorf("partner is %+v, want %+v", c.Partner, want)
	}
	for _, one := range c.Channels {
		if one.Partner != (one.Name == "theirs") {
			t.Errorf("%s: Partner is %v", one.Name, one.Partner)
		}
	}
	if c := load(t, twoPhones+"partner: {channels: [theirs]}\n"); c.Partner.After != 15*time.Minute {
		t.Errorf("after is %s without being said; want 15m", c.Partner.After)
	}
	for _, off := range []string{"off", "false", `""`, ""} {
		if c := load(t, twoPhones+"partner: "+off+"\n"); !reflect.DeepEqual(c.Partner, Partner{}) {
			t.Errorf("partner: %s is %+v", off, c.Partner)
		}
	}
}

func TestThePartnersRules(t *testing.T) {
	check(t, []badText{
		{"a name that no channel has", twoPhones + "partner: {channels: [thiers]}\n",
			[]string{`n.yaml:5: partner.channels[0]: "thiers" is the name of no channel; write one that stands under channels`}},
		{"not every channel can be the partner's", twoPhones + "partner: {channels: [mine, theirs]}\n",
			[]string{"n.yaml:5: partner.channels: every channel is the partner's, who gets nothing but alarms; add one of your own under channels"}},
		{"no channel is named", twoPhones + "partner: {after: 15m}\n",
			[]string{"n.yaml:5: partner.channels: names nobody; write the channels that are the partner's, such as [ntfy-partner], or partner: off"}},
		{"the same one twice", twoPhones + "partner: {channels: [theirs, theirs]}\n",
			[]string{`n.yaml:5: partner.channels[1]: "theirs" stands in the list twice; keep one`}},
		{"after the alarm has given up", twoPhones + "partner: {after: 30m, channels: [theirs]}\n",
			[]string{"n.yaml:5: partner: after 30m the alarm has given up already, after 30m; write a shorter one, or a longer give_up under reminders.overnight"}},
		{"before the person's own channels had their turn", twoPhones + "partner: {after: 4m, channels: [theirs]}\n",
			[]string{"n.yaml:5: partner.after: 4m is outside 5m to 3h; write one such as 15m"}},
		{"a word for a section", twoPhones + "partner: theirs\n",
			[]string{`n.yaml:5: partner: "theirs" is not a set of keys; write ` + examplePartner + " or off"}},
	})
}

func TestThePartnersNotices(t *testing.T) {
	const optional = zoneLine + `channels:
  - {name: mine, type: pushover, optional: true, token: "${MINE}", user: "${MINE}"}
  - {name: theirs, type: pushover, optional: true, token: "${THEIRS}", user: "${THEIRS}"}
partner: {channels: [theirs]}
`
	for _, row := range []struct {
		rule, text string
		set        map[string]string
		own        string // the channels that are the person's own
		notice     string
	}{
		{"own channels left out: printed, never sent to the partner", optional, map[string]string{"THEIRS": anyKey}, "console", "channels: none in use reaches a phone"},
		{"the partner's left out: nobody is told", optional, map[string]string{"MINE": anyKey}, "mine", "partner: none of its channels is in use, so nobody is told"},
		{"a partner on the terminal", zoneLine + "channels: [{name: a, type: console}, {name: b, type: console}]\npartner: {channels: [b]}\n", nil, "a", "partner.channels: b reaches no phone"},
		{"no alarm to tell of", twoPhones + "reminders: {overnight: {level: high}}\npartner: {channels: [theirs]}\n", nil, "mine", "partner: no reminder is an alarm"},
	} {
		t.Run(row.rule, func(t *testing.T) {
			c, err := Parse("n.yaml", []byte(row.text), 0o600, environment(row.set))
			if err != nil {
				t.Fatal(err)
			}
			var own []string
			for _, one := range c.Channels {
				if !one.Partner {
					own = append(own, one.Name)
				}
			}
			if got := strings.Join(own, ", "); got != row.own {
				t.Errorf("the person's own channels are %q, want %q", got, row.own)
			}
			if !strings.Contains(strings.Join(c.Notices, "\n"), row.notice) {
				t.Errorf("notices %q, want %q", c.Notices, row.notice)
			}
		})
	}
}
