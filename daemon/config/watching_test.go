package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"nightbell/notify"
)

func TestWatchingIsRead(t *testing.T) {
	for _, row := range []struct {
		rule, text string
		want       func(*Config)
	}{
		{"a digest is each morning at eight, low", "reminders: {digest: {}}", func(c *Config) {
			c.Reminders.Digest = Digest{Daily: true, At: 8 * 60, Level: notify.Low}
		}},
		{"its time and level are the person's", "reminders: {digest: {at: \"06:45\", level: normal}}", func(c *Config) {
			c.Reminders.Digest = Digest{Daily: true, At: 6*60 + 45, Level: notify.Normal}
		}},
		{"help comes beside it", "reminders: {digest: {help: true}}", func(c *Config) {
			c.Reminders.Digest = Digest{Daily: true, Help: true, At: 8 * 60, Level: notify.Low}
		}},
		{"or alone", "reminders: {digest: {at: off, help: true}}", func(c *Config) {
			c.Reminders.Digest = Digest{Help: true, At: 8 * 60, Level: notify.Low}
		}},
		{"the bedtime check is half an hour before bed, low", "reminders: {bedtime_check: {}}", func(c *Config) {
			c.Reminders.Bedtime = BedtimeCheck{30 * time.Minute, notify.Low}
		}},
		{"or when the person says", "reminders: {bedtime_check: {before: 1h, level: high}}", func(c *Config) {
			c.Reminders.Bedtime = BedtimeCheck{time.Hour, notify.High}
		}},
		{"a heartbeat is every five minutes", "heartbeat: {url: \"https://hc.example/x\"}", func(c *Config) {
			c.Heartbeat = Heartbeat{5 * time.Minute, notify.Values{"url": "https://hc.example/x"}}
		}},
		{"its address may come from the environment", "heartbeat: {url: \"${HB}\", every: 1h}", func(c *Config) {
			c.Heartbeat = Heartbeat{time.Hour, notify.Values{"url": "https://hc.example/secret"}}
		}},
		{"a machine that sleeps may be woken", "wake_system: true", func(c *Config) { c.WakeSystem = true }},
	} {
		c, err := Parse("n.yaml", []byte(zoneLine+row.text+"\n"), 0o600, environment(map[string]string{"HB": "https://hc.example/secret"}))
		if err != nil {
			t.Errorf("%s: %v", row.rule, err)
			continue
		}
		want := *load(t, zoneLine)
		row.want(&want)
		if !reflect.DeepEqual(c.Reminders, want.Reminders) || !reflect.DeepEqual(c.Heartbeat, want.Heartbeat) || c.WakeSystem != want.WakeSystem {
			t.Errorf("%s: got %+v %+v %v", row.rule, c.Reminders, c.Heartbeat, c.WakeSystem)
		}
	}
}

func TestWatchingIsChecked(t *testing.T) {
	check(t, []badText{
		{"a line never rings", zoneLine + "reminders: {digest: {level: alarm}, bedtime_check: {level: alarm}}\n", []string{
			`n.yaml:2: reminders.digest.level: "alarm" is not one of its words; write low, normal or high`,
			`n.yaml:2: reminders.bedtime_check.level: "alarm" is not one of its words; write low, normal or high`}},
		{"a time is a time", zoneLine + "reminders: {digest: {at: 8}}\n", []string{
			`n.yaml:2: reminders.digest.at: "8" is not a time of day; write "08:00"`}},
		{"a digest has something to say", zoneLine + "reminders: {digest: {at: off}}\n", []string{
			"n.yaml:2: reminders.digest: at: off leaves nothing to say; write digest: off, or help: true beside it"}},
		{"there is a bedtime", zoneLine + "routine: {sleep: off}\nreminders: {bedtime_check: {}}\n", []string{
			"n.yaml:3: reminders.bedtime_check: the routine has no sleep, so there is no bedtime; write routine.sleep such as 23:00-07:00, or bedtime_check: off"}},
		{"but a sleep that cannot be read is told once", zoneLine + "routine: {sleep: 23-7}\nreminders: {bedtime_check: {}}\n", []string{
			`n.yaml:2: routine.sleep: "23-7" is not a range; write "23:00-07:00" or off`}},
		{"the check is 5 min to 3 h before bed", zoneLine + "reminders: {bedtime_check: {before: 4h}}\n", []string{
			"n.yaml:2: reminders.bedtime_check.before: 4h is outside 5m to 3h; write one such as 30m"}},
		{"a section is keys or off", zoneLine + "heartbeat: https://hc.example/x\nreminders: {digest: true}\n", []string{
			`n.yaml:2: heartbeat: a single value is not a set of keys; write {url: "${HEARTBEAT_URL}", every: 5m} or off`,
			`n.yaml:3: reminders.digest: "true" is not a set of keys; write {at: "08:00", level: low} or off`}},
		{"a heartbeat has an address", zoneLine + "heartbeat: {every: 5m}\n", []string{
			"n.yaml:2: heartbeat.url: is missing; write url: https://watcher.example/ping/ID, or url_file: and the path of a file that holds it"}},
		{"a variable that is not set", zoneLine + "heartbeat: {url: \"${NOWHERE}\"}\n", []string{
			"n.yaml:2: heartbeat.url: NOWHERE is not set; set the variable, or write heartbeat: off"}},
		{"plain http to another machine, with neither path nor key told", zoneLine + "heartbeat: {url: \"http://hc.example/secret\"}\n", []string{
			"n.yaml:2: heartbeat.url: plain http to hc.example would show its key to anyone on the way; write https://, or insecure_http: true"}},
		{"a heartbeat is a minute to a day apart", zoneLine + "heartbeat: {url: \"https://hc.example/x\", every: 0}\n", []string{
			"n.yaml:2: heartbeat.every: 0m is outside 1m to 24h; write one such as 5m"}},
		{"waking is true or false", zoneLine + "wake_system: yes\n", []string{
			`n.yaml:2: wake_system: "yes" is neither true nor false; write one of these, without quotes`}},
	})
}

// Commands that only read the routine need not know the address: the variable
// that holds it is the service's.
func TestAHeartbeatIsKnownWithoutItsAddress(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(zoneLine+"heartbeat: {url: \"${NOWHERE}\", every: 10m}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := LoadWithoutChannels(path, environment(nil))
	if err != nil || c.Heartbeat.Every != 10*time.Minute || c.Heartbeat.Values != nil {
		t.Errorf("got %+v, %v", c, err)
	}
}

func TestAHeartbeatsAddressIsShownNowhere(t *testing.T) {
	secret := "https://hc.example/5f1c9a6e"
	c := load(t, zoneLine+"heartbeat: {url: \""+secret+"\"}\n")
	if text := fmt.Sprintf("%v %+v %s", c.Heartbeat, c.Heartbeat, c); strings.Contains(text, "5f1c") {
		t.Errorf("shown: %s", text)
	}
	c, err := Parse("n.yaml", []byte(zoneLine+"heartbeat: {url: \""+secret+"\"}\n"), 0o644, environment(nil))
	if err != nil || len(c.Notices) == 0 || !strings.Contains(strings.Join(c.Notices, "\n"), "heartbeat.url: is a secret in a file that everybody on this machine may read") {
		t.Errorf("a literal that everybody may read: %v, %v", c.Notices, err)
	}
}
