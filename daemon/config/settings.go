package config

import (
	"log/slog"
	"path/filepath"
	"time"

	"nightbell/notify"
	"nightbell/planner"
)

const (
	// The least and the most of rest_after. Less than half a day is one long
	// night; after a month nobody is waiting for reminders.
	leastRest, mostRest = 12 * time.Hour, 30 * 24 * time.Hour
	// The least and the most of give_up. Below 5 min a push is gone before
	// it is seen; Pushover repeats an alarm for at most 3 h (expire <= 10800 s,
	// https://pushover.net/api#priority).
	leastGiveUp, mostGiveUp = 5 * time.Minute, 3 * time.Hour
	// The least and the most of an offset in again, and how many there may
	// be. Repeats closer than a minute are one noise, and the planner's
	// own rhythm takes over after a few.
	leastAgain, mostAgain = time.Minute, 3 * time.Hour
	maxAgain              = 10
)

// settings reads what stands beside the routine and the channels.
func (s section) settings(c *Config, variables variables) {
	c.Data = s.data(variables)
	c.Listen = s.listen(variables)
	c.Privacy, c.Units, c.Use = Discreet, Millilitres, UseFirst
	if word, ok := s.choice("privacy", string(Discreet), string(Plain)); ok {
		c.Privacy = Privacy(word)
	}
	if word, ok := s.choice("units", string(Millilitres), string(Ounces)); ok {
		c.Units = Units(word)
	}
	if word, ok := s.sub("delivery", "use: first under it, indented").choice("use", string(UseFirst), string(UseAll)); ok {
		c.Use = Use(word)
	}
	c.SessionWord = s.sub("words", "session: pump under it, indented").words("session", maxName, "pump")
	if c.SessionWord != "" && c.Privacy == Discreet {
		s.notice("words.session", "is not used with privacy: discreet; write privacy: plain to see it in pushes")
	}
	c.RestAfter = DefaultRestAfter
	s.lengthWithin("rest_after", &c.RestAfter, leastRest, mostRest, true, "48h")
	c.Reminders = s.reminders(c.Routine)
	c.Log = s.sub("log", "level: info and format: text under it, indented").log()

	c.PublicURL = s.publicURL(variables)
	c.LoginAlways = s.login()
	c.Hosts = s.hosts()
	c.WakeSystem = s.flagOrOff("wake_system")
}

func (s section) data(variables variables) string {
	if s.empty("data") {
		return ""
	}
	const what = "the full path of a folder, such as /var/lib/nightbell"
	text, n, ok := s.scalar("data", what)
	if !ok {
		return ""
	}
	folder, ok := s.expand("data", text, variables)
	if ok && !filepath.IsAbs(folder) {
		s.problem("data", "%s is not a full path; write %s", value(n), what)
		return ""
	}
	return folder
}

func (s section) reminders(routine planner.Routine) Reminders {
	r := DefaultReminders()
	all := s.sub("reminders", "keys such as session: {level: normal} under it, indented")
	all.policy("session", &r.Session, "normal")
	r.Coach = all.policy("power", &r.Power, "normal").flag("coach")
	all.policy("overnight", &r.Overnight, "alarm")
	nudge := all.sub("nudge", "{level: high}")
	nudge.level(&r.Nudge.Level)
	r.Digest = all.digest()
	r.Bedtime = all.bedtimeCheck(routine)
	return r
}

func (s section) level(to *notify.Level) {
	if word, ok := s.choice("level", notify.Low.String(), notify.Normal.String(), notify.High.String(), notify.Alarm.String()); ok {
		*to, _ = notify.ParseLevel(word)
	}
}

// policy reads one kind of reminder. Its repeats end before it gives up,
// whichever of the two the file names. It returns the section, for a key that
// one kind alone has.
func (s section) policy(kind string, p *Policy, level string) section {
	all := s.sub(kind, "{level: "+level+", again: [10m], give_up: 45m}")
	all.level(&p.Level)
	all.lengthWithin("give_up", &p.GiveUp, leastGiveUp, mostGiveUp, false, "45m")
	all.again(p)
	return all
}

func (s section) again(p *Policy) {
	const example = "[10m] or [5m, 15m]"
	key := s.full("again")
	entries, _ := s.list("again", "offsets from the first push such as "+example+", or [] for none")
	if s.wrong(key) {
		return
	}
	if len(entries) > maxAgain {
		s.problem(key, "has %d repeats, more than %d; write a few such as %s", len(entries), maxAgain, example)
		return
	}
	if s.node["again"] != nil {
		p.Again = nil
	}
	last := time.Duration(0)
	for i, n := range entries {
		d, err := parseLength(n, "10m")
		switch {
		case err != nil:
			s.problem(key, "entry %d: %v", i+1, err)
			return
		case d < leastAgain || d > mostAgain:
			s.problem(key, "entry %d: %s is outside %s to %s; write offsets such as %s", i+1, lengthText(d), lengthText(leastAgain), lengthText(mostAgain), example)
			return
		case d <= last:
			s.problem(key, "entry %d: %s does not come after %s; each offset counts from the first push, so write them ascending such as %s", i+1, lengthText(d), lengthText(last), example)
			return
		}
		p.Again, last = append(p.Again, d), d
	}
	if n := len(p.Again); n > 0 && p.Again[n-1] >= p.GiveUp && !s.wrong(s.full("give_up")) {
		if s.node["again"] == nil {
			key = s.full("give_up")
		}
		s.problem(key, "the repeat after %s would come when the reminder has given up, after %s; write a longer give_up or repeats such as again: [%s]",
			lengthText(p.Again[n-1]), lengthText(p.GiveUp), lengthText(max(p.GiveUp/2, leastAgain).Truncate(time.Minute)))
	}
}

func (s section) log() Log {
	l := Log{Level: slog.LevelInfo}
	if word, ok := s.choice("level", "debug", "info", "warn", "error"); ok {
		// The four words are slog's own.
		_ = l.Level.UnmarshalText([]byte(word))
	}
	if word, ok := s.choice("format", "text", "json"); ok {
		l.JSON = word == "json"
	}
	return l
}
