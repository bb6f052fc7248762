package daemon

import (
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/notify"
	"nightbell/planner"
)

// The kinds of reminder. Those of a planned start carry the planner's word
// for it; the rest are the nudge and the lines that want no answer.
const (
	kindNudge    = "nudge"
	kindStanding = "standing" // after an outage: where things stand
	kindResting  = "resting"  // reminders rest from here
	kindNoted    = "noted"    // the morning after an acknowledged alarm: what was logged
	kindUnlogged = "unlogged" // a button was tapped whose time was over: nothing was logged
	kindConfig   = "config"   // running on the last good configuration
	kindJournal  = "journal"  // the journal was damaged; running on a backup

	kindDigest  = "digest"  // in the morning: yesterday, and what comes
	kindHelp    = "help"    // once: whom to ask
	kindBedtime = "bedtime" // before bed: where the night's alarm is set

	kindCoach = "coach" // the parts of a power session, as they change

	kindParkedAlarm = "parked_alarm" // held by a service, in case this machine cannot ring
	kindParkedNudge = "parked_nudge"
)

// kind is one row of the table of kinds: all that differs between them.
type kind struct {
	name   string
	start  bool                                 // a planned start: lapses into a passed one, can be skipped
	parked bool                                 // held by the service and delivered by itself
	line   bool                                 // wants no answer: done as soon as a service took it
	moment bool                                 // a line that belongs to an instant, and is let go where that passed in silence
	awake  bool                                 // a line that waits for the end of sleep, whatever became of the hours of sleep since it was due
	paced  bool                                 // its pushes keep their own times, however the ones before fared
	policy func(config.Reminders) config.Policy // level, repeats, how long it is kept up
	text   func(words, said) string             // what it says
}

// lineLife is how long a line is worth sending: the part of a day in which
// it is still news.
const lineLife = 12 * time.Hour

func sessionPolicy(r config.Reminders) config.Policy { return r.Session }
func powerPolicy(r config.Reminders) config.Policy   { return r.Power }

// overnightPolicy is that of an overnight start while awake: the repeats of
// the alarm, at level high.
func overnightPolicy(r config.Reminders) config.Policy {
	p := r.Overnight
	p.Level = min(p.Level, notify.High)
	return p
}

func alarmPolicy(r config.Reminders) config.Policy { return r.Overnight }

func linePolicy(l notify.Level) config.Policy { return config.Policy{Level: l, GiveUp: lineLife} }

// digestLife is how long the line of the morning is worth sending: the morning.
const digestLife = 2 * time.Hour

func digestPolicy(r config.Reminders) config.Policy {
	return config.Policy{Level: r.Digest.Level, GiveUp: digestLife}
}

func helpPolicy(r config.Reminders) config.Policy {
	return config.Policy{Level: r.Digest.Level, GiveUp: lineLife}
}

// bedtimePolicy is that of the line before bed, which is of no use in bed.
func bedtimePolicy(r config.Reminders) config.Policy {
	return config.Policy{Level: r.Bedtime.Level, GiveUp: r.Bedtime.Before}
}

func coachPolicy(config.Reminders) config.Policy { return config.Policy{Level: notify.Low} }

func lowLine(config.Reminders) config.Policy    { return linePolicy(notify.Low) }
func normalLine(config.Reminders) config.Policy { return linePolicy(notify.Normal) }
func highLine(config.Reminders) config.Policy   { return linePolicy(notify.High) }

func nudgePolicy(r config.Reminders) config.Policy { return config.Policy{Level: r.Nudge.Level} }

// kinds lists every kind of reminder. A new one is one row here, and one more
// in the number before it: an array costs no allocation each time it is asked.
func kinds() [18]kind {
	return [...]kind{
		{name: string(planner.StartFirst), start: true, policy: sessionPolicy, text: words.first},
		{name: string(planner.StartSession), start: true, policy: sessionPolicy, text: words.session},
		{name: string(planner.StartResume), start: true, policy: sessionPolicy, text: words.resume},
		{name: string(planner.StartPower), start: true, policy: powerPolicy, text: words.power},
		{name: string(planner.StartOvernight), start: true, policy: overnightPolicy, text: words.session},
		{name: kindNudge, policy: nudgePolicy, text: words.nudge},
		{name: kindParkedAlarm, parked: true, policy: alarmPolicy, text: words.session},
		{name: kindParkedNudge, parked: true, policy: nudgePolicy, text: words.parkedNudge},
		{name: kindCoach, paced: true, policy: coachPolicy, text: words.coach},
		{name: kindStanding, line: true, moment: true, policy: normalLine, text: words.line},
		{name: kindResting, line: true, awake: true, policy: normalLine, text: words.line},
		{name: kindNoted, line: true, awake: true, policy: lowLine, text: words.line},
		{name: kindUnlogged, line: true, awake: true, policy: lowLine, text: words.line},
		{name: kindConfig, line: true, awake: true, policy: normalLine, text: words.line},
		{name: kindDigest, line: true, moment: true, policy: digestPolicy, text: words.line},
		{name: kindHelp, line: true, policy: helpPolicy, text: words.line},
		{name: kindBedtime, line: true, moment: true, policy: bedtimePolicy, text: words.line},
		{name: kindJournal, line: true, policy: highLine, text: words.line},
	}
}

// kindOf returns the row of a kind. A journal written by a newer version may
// hold one that this version does not know: it is treated as a quiet line.
func kindOf(name string) kind {
	for _, k := range kinds() {
		if k.name == name {
			return k
		}
	}
	return kind{name: name, line: true, policy: lowLine, text: words.line}
}

// policyOf is the policy of one reminder: that of its kind, or the alarm's
// for any start that wakes.
func (s *State) policyOf(r journal.Reminder) config.Policy {
	k := kindOf(r.Kind)
	switch {
	case k.start && r.Wakes:
		return s.Policies.Overnight
	case k.paced:
		p := k.policy(s.Policies)
		p.Again = s.changes()
		return p
	}
	return k.policy(s.Policies)
}
