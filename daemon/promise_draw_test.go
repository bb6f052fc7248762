package daemon

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"nightbell/daemon/config"
	"nightbell/daemon/simulate"
	"nightbell/notify"
	"nightbell/planner"
)

// drawLife draws a routine, a person, channels and faults. Everything is
// drawn so that the smallest draw is the plainest life: rapid shrinks
// towards the default routine, somebody on time, one channel and no fault.
func drawLife(t *rapid.T, kinds []simulate.FaultKind) LifeOptions {
	o := LifeOptions{Days: rapid.IntRange(2, 5).Draw(t, "days")}
	loc := drawZone(t)
	o.From = drawFrom(t, loc)
	o.Settings = drawSettings(t, loc, o.From)
	drawEdits(t, &o)
	o.Person = drawPerson(t)
	o.Seed = rapid.Uint64Range(0, 1000).Draw(t, "seed")
	for range rapid.IntRange(0, 6).Draw(t, "faults") {
		o.Faults = append(o.Faults, drawFault(t, &o, kinds))
	}
	return o
}

func drawZone(t *rapid.T) *time.Location {
	loc, err := time.LoadLocation(rapid.SampledFrom([]string{
		"America/New_York", "UTC", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago", "Asia/Kathmandu",
	}).Draw(t, "zone"))
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func drawSettings(t *rapid.T, loc *time.Location, from time.Time) Settings {
	s := Settings{
		Routine: drawRoutine(t, loc, from), Home: loc, Privacy: config.Discreet, Policies: config.DefaultReminders(),
	}
	drawPolicies(t, &s)
	s.Channels = drawChannels(t)
	drawLines(t, &s)
	return s
}

// drawLines draws who else is told, and what is said besides the reminders.
func drawLines(t *rapid.T, s *Settings) {
	if rapid.IntRange(0, 2).Draw(t, "partner") == 2 {
		theirs := phone("theirs")
		theirs.Partner = true
		if rapid.Bool().Draw(t, "their phone does not ring by itself") {
			theirs.Repeats, theirs.Type = nil, "ntfy"
		}
		s.Channels = slices.Insert(s.Channels, rapid.IntRange(0, len(s.Channels)).Draw(t, "partner's place"), theirs)
		s.PartnerAfter = time.Minute * time.Duration(rapid.IntRange(5, 40).Draw(t, "partner after"))
	}
	s.Policies.Coach = rapid.IntRange(0, 2).Draw(t, "coach") == 2
	if rapid.IntRange(0, 2).Draw(t, "digest") == 2 {
		s.Policies.Digest = config.Digest{
			Daily: true, At: planner.TimeOfDay(rapid.IntRange(0, 95).Draw(t, "digest at") * 15),
			Level: rapid.SampledFrom([]notify.Level{notify.Low, notify.Normal}).Draw(t, "digest level"),
		}
	}
	if rapid.IntRange(0, 2).Draw(t, "bedtime_check") == 2 {
		s.Policies.Bedtime = config.BedtimeCheck{Before: 5 * time.Minute * time.Duration(rapid.IntRange(1, 36).Draw(t, "bedtime before")), Level: notify.Low}
	}
}

func drawPolicy(t *rapid.T, name string, level notify.Level) config.Policy {
	p := config.Policy{Level: level, GiveUp: 5 * time.Minute * time.Duration(rapid.IntRange(1, 36).Draw(t, name+" give_up"))}
	for at := time.Duration(0); len(p.Again) < 3; {
		at += time.Minute * time.Duration(rapid.IntRange(1, 60).Draw(t, name+" again"))
		if at >= p.GiveUp {
			break
		}
		p.Again = append(p.Again, at)
	}
	return p
}

// drawChannels draws one to three channels; one of them reaches a phone.
func drawChannels(t *rapid.T) []Facts {
	first := phone("first")
	first.Awake = rapid.IntRange(0, 5).Draw(t, "acknowledge: awake") == 5
	channels := []Facts{first}
	for i, name := range []string{"second", "third"}[:rapid.IntRange(0, 2).Draw(t, "more channels")] {
		f := Facts{Name: name}
		switch rapid.IntRange(0, 3).Draw(t, name) {
		case 0:
			f.Type, f.Reaches = "webhook", true
		case 1:
			f = phone(name)
		case 2:
			f.Type, f.Reaches, f.Withdraws, f.Parks = "ntfy", true, true, true
		case 3:
			f.Type = "console"
		}
		if channels = append(channels, f); rapid.IntRange(0, 3).Draw(t, name+" before") == 3 {
			channels[0], channels[i+1] = channels[i+1], channels[0]
		}
	}
	return channels
}

// drawFrom draws when the machine is switched on first: half of the time in
// the days before a time change.
func drawFrom(t *rapid.T, loc *time.Location) time.Time {
	from := time.Date(2026, 1, 1, 9, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 2*365*24*60).Draw(t, "from")) * time.Minute)
	if rapid.Bool().Draw(t, "near a time change") {
		if _, change := from.In(loc).ZoneBounds(); !change.IsZero() {
			from = change.Add(-time.Duration(rapid.IntRange(6*60, 60*60).Draw(t, "minutes before the change")) * time.Minute)
		}
	}
	return from.In(loc)
}

func drawPerson(t *rapid.T) simulate.Person {
	chance := func(name string) float64 {
		return []float64{0, 0, 0, 0.1, 0.4, 1}[rapid.IntRange(0, 5).Draw(t, name)]
	}
	rare := func(name string) float64 { return chance(name) / 2 }
	return simulate.Person{
		Late:   simulate.Spread{Mean: time.Minute * time.Duration(rapid.IntRange(0, 90).Draw(t, "late")), Share: chance("late by")},
		Ignore: chance("ignores"), Skip: rare("skips"), Snooze: rare("snoozes"), SleepThrough: chance("sleeps through"),
		Nap: rare("naps"), Afterwards: chance("logs afterwards"), OnlyDone: chance("says only done"), Completes: chance("completes"),
		Twice: chance("taps twice"), Unasked: 3 * chance("unasked"), Pause: chance("pauses"), Tonight: rare("nights off"), Rest: rare("rests"), Pain: rare("pain"), Helped: chance("partner helps"), Travel: rare("travels"),
		Hush: rare("stops the ringing"), Regret: rare("regrets"), TwiceLate: chance("taps again later"),
	}
}

// everyFault are all kinds of fault, plainest first.
func everyFault() []simulate.FaultKind {
	return []simulate.FaultKind{
		simulate.Unreachable, simulate.Off, simulate.Suspended, simulate.Killed, simulate.KilledAfter, simulate.Hanging,
		simulate.Losing, simulate.Limiting, simulate.Refusing, simulate.ClockSet, simulate.Full,
	}
}

// drawFaultFrom draws when a fault begins: at any time, or, for a third of them,
// in the hours in which an alarm rings, where the most is at stake.
func drawFaultFrom(t *rapid.T, o *LifeOptions) time.Time {
	if rapid.IntRange(0, 2).Draw(t, "at night") < 2 {
		return o.From.Add(time.Duration(rapid.IntRange(0, o.Days*24*60*6).Draw(t, "fault from")) * 10 * time.Second)
	}
	date := planner.DateOf(o.From.AddDate(0, 0, rapid.IntRange(1, o.Days).Draw(t, "fault in the night after")))
	return planner.TimeOfDay(60).On(date, o.From.Location()).Add(time.Duration(rapid.IntRange(0, 4*60*6).Draw(t, "fault after one o'clock")) * 10 * time.Second)
}

func drawFault(t *rapid.T, o *LifeOptions, kinds []simulate.FaultKind) simulate.Fault {
	f := simulate.Fault{Kind: rapid.SampledFrom(kinds).Draw(t, "fault")}
	f.From = drawFaultFrom(t, o)
	length := time.Duration(rapid.IntRange(0, 60).Draw(t, "minutes")) * time.Minute
	if rapid.IntRange(0, 2).Draw(t, "long") == 2 {
		length *= 20 // up to 20 h
	}
	f.To = f.From.Add(simulate.RestartTime + length)
	if f.OfChannel() && rapid.Bool().Draw(t, "one channel") {
		f.Channel = rapid.SampledFrom(o.Settings.Channels).Draw(t, "channel").Name
	}
	switch f.Kind {
	case simulate.ClockSet:
		f.By = rapid.SampledFrom([]time.Duration{
			time.Minute, -time.Minute, 10 * time.Minute, -10 * time.Minute, time.Hour, -time.Hour, 3 * time.Hour, -3 * time.Hour, 9 * time.Hour,
		}).Draw(t, "set by")
	case simulate.Limiting:
		f.By = time.Duration(rapid.IntRange(0, 60).Draw(t, "retry after")) * time.Minute
	case simulate.Killed:
		f.To = f.From.Add(simulate.RestartTime)
	}
	return f
}
