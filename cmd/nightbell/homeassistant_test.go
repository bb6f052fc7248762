package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"nightbell/notify/brokertest"
)

// withBroker is a night with Home Assistant's broker in the house.
func withBroker(t *testing.T) (*night, *brokertest.Mosquitto) {
	t.Helper()
	m := brokertest.New(t)
	n := newNight(t)
	text, err := os.ReadFile(filepath.Join(n.dir, "config.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	n.write("config.yaml", string(text)+fmt.Sprintf("home_assistant: {broker: %q, user: %s, password: %q}\n", m.Address(), brokertest.User, brokertest.Password))
	return n, m
}

// The broker dies while the alarm rings, and comes back without a memory.
func TestABrokerThatDiesHoldsNothingUp(t *testing.T) {
	t.Parallel()
	n, m := withBroker(t)
	d := n.start()
	d.await("the broker knows of it", func() bool { return m.Said("nightbell/online") == "online" })
	m.Kill()
	d.await("the alarm", func() bool { return n.alarms() >= 1 })
	d.await("a line in the log", func() bool { return strings.Contains(d.log.String(), "the MQTT broker is away") })
	m.Start()
	d.await("told anew", func() bool { return m.Said("nightbell/online") == "online" })
	d.await("the state", func() bool { return strings.Contains(m.Said("nightbell/state"), `"state":"due"`) })
	d.await("what there is", func() bool {
		return strings.Contains(m.Said("homeassistant/sensor/nightbell/next/config"), `"device_class":"timestamp"`)
	})

	m.Tell("nightbell/do", "start")
	d.await("the session", func() bool { return len(n.sessions()) == 2 })
	if got := n.sessions()[0].Source; got != "answer:home_assistant" {
		t.Errorf("source %q, want answer:home_assistant", got)
	}
	d.await("silence", n.silent)
	d.await("the state after it", func() bool {
		return strings.Contains(m.Said("nightbell/state"), `"longest_gap":240`) || strings.Contains(m.Said("nightbell/state"), `"longest_gap":239`)
	})
	m.Tell("nightbell/do", "start") // twice is once
	m.Tell("nightbell/do", "dance") // what nobody knows changes nothing
	d.await("a word on it", func() bool { return strings.Contains(d.log.String(), "a press that is not known") })
	if got := len(n.sessions()); got != 2 {
		t.Errorf("%d sessions after a second press, want 2", got)
	}

	d.kill() // no goodbye
	d.await("the broker's word for it", func() bool { return m.Said("nightbell/online") == "offline" })
}

// A retained press was made before somebody listened, perhaps days ago.
func TestAPressThatWasKeptIsNoAnswer(t *testing.T) {
	t.Parallel()
	n, m := withBroker(t)
	m.Tell("nightbell/do", "start", "--retain")
	d := n.start()
	d.await("the alarm", func() bool { return n.alarms() >= 1 })
	d.await("the broker knows of it", func() bool { return m.Said("nightbell/online") == "online" })
	d.stop()
	if got := len(n.sessions()); got != 1 {
		t.Errorf("%d sessions, want 1", got)
	}
	if got := m.Said("nightbell/online"); got != "offline" {
		t.Errorf("after SIGTERM the broker says %q, want offline", got)
	}
}

// Everybody at the broker can read all of it, so it says nothing of what it
// is for.
func TestTheBrokerHearsNothingPrivate(t *testing.T) {
	t.Parallel()
	n, m := withBroker(t)
	d := n.start()
	d.await("the broker knows of it", func() bool { return m.Said("nightbell/state") != "" })
	heard := m.Hear("#", len(houseTopics))()
	private := regexp.MustCompile(`(?i)body|baby|milk|breast|pump|session|lactat`)
	if found := private.FindString(heard); found != "" {
		t.Errorf("%q is in:\n%s", found, heard)
	}
	for _, topic := range houseTopics {
		if !strings.Contains(heard, topic) {
			t.Errorf("nothing was said of %s:\n%s", topic, heard)
		}
	}
}

// houseTopics is a word of each message that the broker keeps.
var houseTopics = []string{
	`"Next"`, `"Since last"`, `"Today"`, `"Longest gap"`, `"State"`, `"Needs a person"`, `"Starting"`, `"Done"`, `"Snooze 10"`, `"Skip"`,
	"online", `"longest_gap"`,
}
