package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"nightbell/notify/brokertest"
)

// brokerLog is what a use was told of, in order.
type brokerLog struct {
	mu    sync.Mutex
	lines []string
}

func (l *brokerLog) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, line)
}

func (l *brokerLog) count(line string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, have := range l.lines {
		if strings.HasPrefix(have, line) {
			n++
		}
	}
	return n
}

func (l *brokerLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}

// serveBroker uses a broker as the daemon does, until the test or end ends it.
func serveBroker(t *testing.T, b *Broker) (log *brokerLog, end func()) {
	t.Helper()
	log = &brokerLog{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- b.Serve(ctx, BrokerUse{
			ID: "nightbell-test", Last: Told{"n/online", "offline", true}, Hear: []string{"n/do"},
			Up: func() {
				log.add("up")
				for _, m := range []Told{{"n/online", "online", true}, {"n/state", `{"next":null}`, true}} {
					if err := b.Tell(ctx, m); err != nil {
						log.add("tell: " + err.Error())
					}
				}
			},
			Heard: func(m Told) { log.add(fmt.Sprintf("heard %s %q kept %v", m.Topic, m.Text, m.Keep)) },
			Down:  func(err error) { log.add("down: " + err.Error()) },
		})
	}()
	var once sync.Once
	end = func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("serve: %v", err)
			}
		})
	}
	t.Cleanup(end)
	return log, end
}

func openBroker(t *testing.T, v Values) *Broker {
	t.Helper()
	b, problems := OpenBroker(v, Tools{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return b
}

func TestABrokerIsToldAndHeard(t *testing.T) {
	m := brokertest.New(t)
	b := openBroker(t, Values{"broker": m.Address(), "user": brokertest.User, "password": brokertest.Password})
	log, end := serveBroker(t, b)
	brokertest.Eventually(t, "up", func() bool { return log.count("up") == 1 })
	brokertest.Eventually(t, "online is kept for whoever comes later", func() bool { return m.Said("n/online") == "online" })
	m.Tell("n/do", "start")
	brokertest.Eventually(t, "heard", func() bool { return log.count(`heard n/do "start" kept false`) == 1 })
	end()
	if got := m.Said("n/online"); got != "offline" {
		t.Errorf("after the end the broker says %q, want offline", got)
	}
	if err := b.Tell(t.Context(), Told{Topic: "n/state"}); !errors.Is(err, ErrNoBroker) {
		t.Errorf("telling after the end: %v", err)
	}
	if strings.Contains(log.String(), "tell:") {
		t.Errorf("log:\n%s", log)
	}
}

func TestABrokerThatWasAwayIsToldAnew(t *testing.T) {
	m := brokertest.New(t)
	b := openBroker(t, Values{"broker": m.Address(), "user": brokertest.User, "password": brokertest.Password})
	log, _ := serveBroker(t, b)
	brokertest.Eventually(t, "up", func() bool { return log.count("up") == 1 })
	m.Kill()
	brokertest.Eventually(t, "down", func() bool { return log.count("down: ") >= 1 })
	if err := b.Tell(t.Context(), Told{Topic: "n/state", Text: "x"}); err == nil {
		t.Error("a broker that is dead was told something")
	}
	m.Start() // it kept nothing
	brokertest.Eventually(t, "up again", func() bool { return log.count("up") == 2 })
	brokertest.Eventually(t, "told anew", func() bool { return m.Said("n/online") == "online" })
}

func TestTheBrokerSpeaksForAClientThatDied(t *testing.T) {
	m := brokertest.New(t)
	b := openBroker(t, Values{"broker": m.Address(), "user": brokertest.User, "password": brokertest.Password})
	log, _ := serveBroker(t, b)
	brokertest.Eventually(t, "online", func() bool { return log.count("up") == 1 && m.Said("n/online") == "online" })
	heard := m.Hear("n/online", 3)             // it listens once this returns
	b.line.Load().TerminateConnectionForTest() // the line breaks without a goodbye
	if got := heard(); got != "online\noffline\nonline\n" {
		t.Errorf("others heard %q, want online, offline by the broker, and online again", got)
	}
}

func TestABrokerWithACertificateOfItsOwn(t *testing.T) {
	m, authority := brokertest.NewTLS(t)
	known := openBroker(t, Values{"broker": m.TLSAddress(), "user": brokertest.User, "password": brokertest.Password, "ca": authority})
	log, end := serveBroker(t, known)
	brokertest.Eventually(t, "up", func() bool { return log.count("up") == 1 })
	end()
	unknown := openBroker(t, Values{"broker": m.TLSAddress(), "user": brokertest.User, "password": brokertest.Password})
	log, _ = serveBroker(t, unknown)
	brokertest.Eventually(t, "refused", func() bool { return log.count("down: ") >= 1 })
	if log.count("up") > 0 || !strings.Contains(log.String(), "certificate") {
		t.Errorf("a certificate that nobody knows: %s", log)
	}
}

func TestABrokerRefusesAWrongPassword(t *testing.T) {
	m := brokertest.New(t)
	b := openBroker(t, Values{"broker": m.Address(), "user": "ann", "password": "not that one"})
	log, _ := serveBroker(t, b)
	brokertest.Eventually(t, "down", func() bool { return log.count("down: ") >= 1 })
	if want := "down: talking to the MQTT broker: it refuses the user and password; compare them with the broker's"; log.count(want) == 0 {
		t.Errorf("got:\n%s\nwant: %s", log, want)
	}
	if strings.Contains(log.String(), "not that one") {
		t.Errorf("the password is in: %s", log)
	}
}

func TestBrokerSettings(t *testing.T) {
	tests := []struct {
		rule   string
		values Values
		want   string // empty: taken
	}{
		{"TLS to anywhere", Values{"broker": "mqtts://broker.example"}, ""},
		{"plain to this machine", Values{"broker": "mqtt://localhost"}, ""},
		{"plain to another machine shows the log", Values{"broker": "mqtt://192.168.1.5"}, "broker plain mqtt to 192.168.1.5 would show the log and the password to anyone on the way; write mqtts://, or insecure_mqtt: true"},
		{"plain to another machine if asked for", Values{"broker": "mqtt://192.168.1.5", "insecure_mqtt": true}, ""},
		{"a password belongs beside the address", Values{"broker": "mqtts://ann:x@broker.example"}, "broker holds more than scheme, host and port; write mqtts://broker.local:8883, and user: and password: beside it"},
		{"another scheme", Values{"broker": "https://broker.example"}, "broker is not the address of a broker; write mqtts://broker.local:8883, or mqtt:// for one on this machine"},
		{"a password without a user", Values{"broker": "mqtts://broker.example", "password": "x y z"}, "user is not set, and the password is of no use without it"},
		{"a certificate that is none", Values{"broker": "mqtts://broker.example", "ca": "hello"}, "ca holds no certificate; it begins with -----BEGIN CERTIFICATE-----"},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			_, problems := OpenBroker(tt.values, Tools{})
			got := ""
			for _, p := range problems {
				got += p.Key + " " + p.Text
			}
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
