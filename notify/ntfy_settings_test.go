package notify

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestNtfySettings(t *testing.T) {
	const make = "make one of 128 random bits: openssl rand -hex 16"
	long := func(n int) string { return strings.Repeat("t", n) }
	guessed := "can be guessed, and whoever knows it reads and answers your pushes; " + make
	for _, c := range []struct {
		rule string
		v    Values // beside a good topic; nil value: taken away
		want []Problem
	}{
		{"a topic is enough", nil, nil},
		{"everything may be set", Values{"server": "https://ntfy.example/sub/", "token": "tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2", "replies": true, "reply_topic": long(30),
			"phone_server": "https://ntfy.example", "prearm": true, "insecure_http": true}, nil},
		{"all problems come at once", Values{"topic": nil, "server": "ntfy.sh", "token": "secret word", "reply_topic": "a b", "phone_server": "ftp://x"}, []Problem{
			{"server", "is not an address; write https://ntfy.sh"},
			{"phone_server", "is not an address; write https://ntfy.sh"},
			{"topic", "is missing; it is the topic that the phone subscribes to; " + make},
			{"reply_topic", "is not a topic: those have 1 to 64 letters, digits, _ and -; " + make},
			{"token", "is not an access token: those begin with tk_ (ntfy token add, or Account in the web app)"},
		}},
		{"22 characters are enough", Values{"topic": long(22)}, nil},
		{"21 can be guessed", Values{"topic": long(21)}, []Problem{{"topic", guessed}}},
		{"also on a server of one's own that strangers reach", Values{"topic": long(21), "server": "https://ntfy.example"}, []Problem{{"topic", guessed}}},
		{"also with a token: it is not asked of the phone", Values{"topic": long(21), "token": "tk_AgQdq7mVBoFD37zQVN29RhuMzNIz2"}, []Problem{{"topic", guessed}}},
		{"on a server at home any topic will do", Values{"topic": "n", "server": "https://192.168.1.2"}, nil},
		{"a reply topic can be guessed too", Values{"reply_topic": long(21)}, []Problem{{"reply_topic", guessed}}},
		{"64 characters are the most", Values{"topic": long(64)}, nil},
		{"65 are no topic", Values{"topic": long(65)}, []Problem{{"topic", "is not a topic: those have 1 to 64 letters, digits, _ and -; " + make}}},
		{"replies need room for their own topic", Values{"topic": long(63), "replies": true}, []Problem{{"reply_topic", "is missing, and cannot be made of a topic this long; " + make}}},
		{"62 leave it", Values{"topic": long(62), "replies": true}, nil},
		{"replies go elsewhere", Values{"topic": long(30), "reply_topic": long(30)}, []Problem{
			{"reply_topic", "is the topic itself, so the phone would show each answer as a push; leave it out, or " + make}}},
		{"plain http to loopback is fine", Values{"server": "http://127.0.0.1:2586"}, nil},
		{"plain http at home is a problem", Values{"server": "http://192.168.1.2"}, []Problem{
			{"server", "plain http to 192.168.1.2 would show the topic to anyone on the way; write https://, or insecure_http: true on this channel"}}},
		{"plain http at home if told", Values{"server": "http://192.168.1.2", "insecure_http": true}, nil},
		{"plain http of the phone is a problem too", Values{"phone_server": "http://ntfy.lan"}, []Problem{
			{"phone_server", "plain http to ntfy.lan would show the topic to anyone on the way; write https://, or insecure_http: true on this channel"}}},
		{"an address holds no password", Values{"server": "https://me:secret@ntfy.example"}, []Problem{
			{"server", "holds a name, a ? or a #; write only scheme, host and path: https://ntfy.sh"}}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			v := Values{"topic": "test-topic-0123456789abcdef"}
			for key, value := range c.v {
				if v[key] = value; value == nil {
					delete(v, key)
				}
			}
			channel, problems := openNtfy("n", v, Tools{Now: time.Now})
			if !reflect.DeepEqual(problems, c.want) {
				t.Errorf("got  %q\nwant %q", problems, c.want)
			}
			if (channel == nil) != (len(c.want) > 0) {
				t.Errorf("channel %v with problems %q", channel, problems)
			}
		})
	}
}

func TestNtfyAbilities(t *testing.T) {
	for rule, replies := range map[string]bool{"with replies": true, "without": false} {
		t.Run(rule, func(t *testing.T) {
			c, problems := openNtfy("n", Values{"topic": strings.Repeat("t", 30), "replies": replies}, Tools{Now: time.Now})
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			for ability, has := range map[string]bool{
				"Withdrawer": is[Withdrawer](c), "Parker": is[Parker](c), "Prober": is[Prober](c), "Checker": is[Checker](c),
				"Replier": is[Replier](c) == replies, "no Repeater": !is[Repeater](c), "no Receipter": !is[Receipter](c),
			} {
				if !has {
					t.Errorf("not as it is meant: %s", ability)
				}
			}
		})
	}
}

func TestOneChannelForATopic(t *testing.T) {
	a, b := Values{"topic": "a"}, Values{"topic": "b"}
	same := []Problem{{"topic", "two ntfy channels have the same topic, which would show everything twice; keep one of them, or give each its own"}}
	for _, c := range []struct {
		rule string
		all  []Values
		want []Problem
	}{
		{"none", nil, nil},
		{"two topics", []Values{a, b}, nil},
		{"one topic on two servers", []Values{a, {"topic": "a", "server": "https://ntfy.example"}}, nil},
		{"the same", []Values{a, b, {"topic": "a", "server": "https://NTFY.sh/"}}, same},
		{"what has no topic is Open's to tell", []Values{{}, {}}, nil},
	} {
		t.Run(c.rule, func(t *testing.T) {
			if got := ntfyTogether(c.all); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestPrivateHosts(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "::1": true, "10.1.2.3": true, "172.31.0.1": true, "192.168.0.2": true, "fd00::1": true, "fe80::1": true,
		"169.254.1.1": true, "100.100.1.1": true, "ntfy": true, "ntfy.local": true, "ntfy.local.": true, "NTFY.home.arpa": true, "a.internal": true, "::ffff:10.0.0.1": true,
		"ntfy.sh": false, "172.32.0.1": false, "8.8.8.8": false, "2001:db8::1": false, "100.128.0.1": false, "local.example": false, "127.0.0.1.example": false, "notlocal.com": false,
	} {
		if got := private(host); got != want {
			t.Errorf("%s: got %v", host, got)
		}
	}
}
