package notify

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestSettings(t *testing.T) {
	good := func() Values {
		return Values{"token": strings.Repeat("a", 30), "user": strings.Repeat("b", 30)}
	}
	for _, c := range []struct {
		rule string
		v    Values // written over good ones; nil value: taken away
		want []Problem
	}{
		{"token and user are enough", nil, nil},
		{"everything may be set", Values{"device": "a-b_1", "sounds": map[string]string{"low": "none"}, "api": "https://relay.example/po/1/",
			"answerable": []string{"high", "alarm"}, "acknowledge": "awake", "insecure_http": true}, nil},
		{"all problems come at once", Values{"token": nil, "user": "short!", "device": "a b", "api": "ftp://x", "acknowledge": "yes",
			"answerable": []string{"loud"}, "sounds": map[string]string{"alarm": "", "loud": "x"}}, []Problem{
			{"token", "is missing; it is the application's token from https://pushover.net/apps"},
			{"user", "is not the user key (or a group's key) from https://pushover.net: that has 30 letters and digits, this has 6 characters"},
			{"device", `"a b" is not a device's name; names have 1 to 25 letters, digits, _ and -, several are joined by commas: phone,tablet`},
			{"sounds", `"" is not a sound's name; see https://pushover.net/api#sounds: {alarm: persistent}`},
			{"sounds", `"loud" is not a level; write low, normal, high or alarm: {alarm: persistent}`},
			{"answerable", `"loud" is not a level; write low, normal, high or alarm: [high, alarm]`},
			{"acknowledge", `"yes" is not known; write log (an acknowledged alarm is a session that starts then) or awake (it only stops the alarm)`},
			{"api", "is not an address; write https://api.pushover.net/1"},
		}},
		{"plain http to loopback is fine", Values{"api": "http://127.0.0.1:8080/1"}, nil},
		{"plain http to localhost is fine", Values{"api": "http://localhost:8080/1"}, nil},
		{"plain http to ::1 is fine", Values{"api": "http://[::1]:8080/1"}, nil},
		{"plain http elsewhere is a problem", Values{"api": "http://relay.example/1"}, []Problem{
			{"api", "plain http to relay.example would show the token to anyone on the way; write https://, or insecure_http: true on this channel"}}},
		{"a name that begins like loopback is elsewhere", Values{"api": "http://127.0.0.1.example/1"}, []Problem{
			{"api", "plain http to 127.0.0.1.example would show the token to anyone on the way; write https://, or insecure_http: true on this channel"}}},
		{"plain http elsewhere if told", Values{"api": "http://relay.example/1", "insecure_http": true}, nil},
		{"an address holds no password", Values{"api": "https://me:secret@relay.example/1"}, []Problem{
			{"api", "holds a name, a ? or a #; write only scheme, host and path: https://api.pushover.net/1"}}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			v := good()
			for key, value := range c.v {
				v[key] = value
				if value == nil {
					delete(v, key)
				}
			}
			channel, problems := openPushover("p", v, Tools{Now: time.Now})
			if !reflect.DeepEqual(problems, c.want) {
				t.Errorf("got  %q\nwant %q", problems, c.want)
			}
			if (channel == nil) != (len(c.want) > 0) {
				t.Errorf("channel %v with problems %q", channel, problems)
			}
		})
	}
}

func TestOneServiceForAllChannels(t *testing.T) {
	for _, c := range []struct {
		rule string
		apis []string // empty: not set
		want []Problem
	}{
		{"none", nil, nil},
		{"the default and its spelling are one", []string{"", "https://API.pushover.net/1/"}, nil},
		{"two are a problem", []string{"", "http://127.0.0.1:1/1", ""}, []Problem{{"api",
			"the pushover channels name different services (http://127.0.0.1:1/1, https://api.pushover.net/1); give all of them the same api"}}},
		{"what is no address is Open's to tell", []string{"", "x"}, nil},
	} {
		t.Run(c.rule, func(t *testing.T) {
			var all []Values
			for _, api := range c.apis {
				v := Values{}
				if api != "" {
					v["api"] = api
				}
				all = append(all, v)
			}
			if got := pushoverTogether(all); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestTypes(t *testing.T) {
	for _, typ := range Types() {
		t.Run(typ.Name+" has an example for each setting", func(t *testing.T) {
			seen := map[string]bool{}
			for _, s := range typ.Settings {
				if s.Key == "" || s.Kind == 0 || s.Example == "" || seen[s.Key] {
					t.Errorf("setting %+v", s)
				}
				seen[s.Key] = true
			}
		})
	}
	reaches := map[string]bool{}
	for _, typ := range Types() {
		reaches[typ.Name] = typ.Reaches
	}
	if want := map[string]bool{"console": false, "pushover": true, "ntfy": true, "webhook": true, "webpush": true}; !reflect.DeepEqual(reaches, want) {
		t.Errorf("what reaches a phone: %v, want %v", reaches, want)
	}
	channel, _ := openPushover("p", Values{"token": strings.Repeat("a", 30), "user": strings.Repeat("b", 30)}, Tools{Now: time.Now})
	for ability, has := range map[string]bool{
		"Withdrawer": is[Withdrawer](channel), "Receipter": is[Receipter](channel),
		"Repeater": is[Repeater](channel), "Checker": is[Checker](channel),
	} {
		if !has {
			t.Errorf("pushover is no %s", ability)
		}
	}
}

func is[A any](c Channel) bool { _, ok := c.(A); return ok }

func TestLevelWords(t *testing.T) {
	for l := Low; l <= Alarm; l++ {
		if got, ok := ParseLevel(l.String()); !ok || got != l {
			t.Errorf("%v reads as %v, %v", l, got, ok)
		}
	}
	for _, word := range []string{"", "none", "Alarm", "loud"} {
		if l, ok := ParseLevel(word); ok {
			t.Errorf("%q reads as %v", word, l)
		}
	}
	if got := Level(0).String() + Level(9).String(); got != "nonenone" {
		t.Errorf("got %q", got)
	}
}
