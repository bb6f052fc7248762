package config

import (
	"fmt"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"nightbell/notify"
	"nightbell/planner"
)

// Digest is the line of the morning. The zero Digest is none.
type Digest struct {
	Daily bool // every morning
	Help  bool // once, when a fortnight suggests asking somebody
	At    planner.TimeOfDay
	Level notify.Level
}

// On tells whether anything is ever said.
func (d Digest) On() bool { return d.Daily || d.Help }

// BedtimeCheck is the line before bed. The zero BedtimeCheck is none.
type BedtimeCheck struct {
	Before time.Duration // bed; 0: never
	Level  notify.Level
}

// Heartbeat is the sign of life for a watcher outside. The zero Heartbeat is
// none.
type Heartbeat struct {
	Every  time.Duration // 0: never
	Values notify.Values // those of notify.OpenHeartbeat, secrets already read; none of LoadWithoutChannels
}

// String names the heartbeat, not its values: they hold a secret.
func (h Heartbeat) String() string { return fmt.Sprintf("heartbeat every %s", h.Every) }

const (
	// digestAt is when most people are up and have not begun their day.
	digestAt planner.TimeOfDay = 8 * 60
	// bedtimeBefore is time enough to charge a phone or to mend a channel, and
	// near enough to bed to be true in the night.
	bedtimeBefore           = 30 * time.Minute
	leastBefore, mostBefore = 5 * time.Minute, 3 * time.Hour
	heartbeatEvery          = 5 * time.Minute // what such watchers propose themselves
	leastEvery, mostEvery   = time.Minute, 24 * time.Hour
	digestExample           = `{at: "08:00", level: low} or off`
	bedtimeExample          = "{before: 30m, level: low} or off"
	heartbeatSectionExample = `{url: "${HEARTBEAT_URL}", every: 5m} or off`
)

// digest reads the line of the morning.
func (s section) digest() Digest {
	in, on := s.subOrOff("digest", digestExample)
	if !on {
		return Digest{}
	}
	d := Digest{Daily: true, At: digestAt, Level: notify.Low, Help: in.flag("help")}
	if n := in.node["at"]; n != nil && n.Value == "off" {
		d.Daily = false
	} else {
		in.timeOfDay("at", &d.At, "08:00")
	}
	in.lineLevel(&d.Level)
	if !d.On() {
		s.problem(s.full("digest"), "at: off leaves nothing to say; write digest: off, or help: true beside it")
	}
	return d
}

// bedtimeCheck reads the line before bed of a routine.
func (s section) bedtimeCheck(r planner.Routine) BedtimeCheck {
	in, on := s.subOrOff("bedtime_check", bedtimeExample)
	if !on {
		return BedtimeCheck{}
	}
	b := BedtimeCheck{Before: bedtimeBefore, Level: notify.Low}
	in.lengthWithin("before", &b.Before, leastBefore, mostBefore, false, "30m")
	in.lineLevel(&b.Level)
	if r.Sleep == nil && !s.wrong("routine.sleep") {
		s.problem(s.full("bedtime_check"), "the routine has no sleep, so there is no bedtime; write routine.sleep such as 23:00-07:00, or bedtime_check: off")
	}
	return b
}

// lineLevel reads the level of a line that wants no answer: it never rings.
func (s section) lineLevel(to *notify.Level) {
	if word, ok := s.choice("level", notify.Low.String(), notify.Normal.String(), notify.High.String()); ok {
		*to, _ = notify.ParseLevel(word)
	}
}

// heartbeat reads the sign of life; without its address for who sends nothing.
func (s section) heartbeat(from channelSource, mute bool) Heartbeat {
	if n := s.node["heartbeat"]; n != nil && n.Kind == yaml.ScalarNode && strings.Contains(n.Value, ":") {
		// The value is not shown: it is an address that stands in the wrong place.
		s.problem("heartbeat", "%s is not a set of keys; write %s", kindOf(n), heartbeatSectionExample)
		return Heartbeat{}
	}
	in, on := s.subOrOff("heartbeat", heartbeatSectionExample)
	if !on {
		return Heartbeat{}
	}
	h := Heartbeat{Every: heartbeatEvery}
	in.lengthWithin("every", &h.Every, leastEvery, mostEvery, false, "5m")
	if mute {
		return h
	}
	h.Values = in.outside(from, "heartbeat", notify.HeartbeatSettings(), func(v notify.Values) []notify.Problem {
		_, problems := notify.OpenHeartbeat(v, notify.Tools{})
		return problems
	})
	return h
}

// outside reads the settings of something outside that is no channel, and
// has them checked once all that is required is there.
func (s section) outside(from channelSource, key string, settings []notify.Setting, check func(notify.Values) []notify.Problem) notify.Values {
	c := &channelReader{section: s, channelSource: from, without: "write " + key + ": off", made: Channel{Values: notify.Values{}}}
	whole := true
	for _, setting := range settings {
		c.setting(setting)
		whole = whole && (!setting.Required || c.made.Values[setting.Key] != nil)
	}
	if whole {
		for _, p := range check(c.made.Values) {
			c.says(p)
		}
	}
	return c.made.Values
}
