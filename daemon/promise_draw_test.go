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
	o.Settings = drawSettings(t)
	o.From = drawFrom(t, o.Settings.Routine.Location)
	o.Person = drawPerson(t)
	o.Seed = rapid.Uint64Range(0, 1000).Draw(t, "seed")
	for range rapid.IntRange(0, 6).Draw(t, "faults") {
		o.Faults = append(o.Faults, drawFault(t, &o, kinds))
	}
	return o
}

func drawSettings(t *rapid.T) Settings {
	zone := rapid.SampledFrom([]string{
		"America/New_York", "UTC", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Cairo", "America/Santiago", "Asia/Kathmandu",
	}).Draw(t, "zone")
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	s := Settings{
		Routine: drawRoutine(t, loc), Privacy: config.Discreet, Use: config.UseFirst, Policies: config.DefaultReminders(),
		RestAfter: rapid.SampledFrom([]time.Duration{48 * time.Hour, 12 * time.Hour, 0}).Draw(t, "rest_after"),
	}
	if rapid.IntRange(0, 2).Draw(t, "other policies") == 2 {
		s.Policies.Session = drawPolicy(t, "session", notify.Normal)
		s.Policies.Power = s.Policies.Session
		s.Policies.Overnight = drawPolicy(t, "overnight", notify.Alarm)
	}
	if rapid.IntRange(0, 3).Draw(t, "use") == 3 {
		s.Use = config.UseAll
	}
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

// drawRoutine draws a routine that passes its check.
func drawRoutine(t *rapid.T, loc *time.Location) planner.Routine {
	plain := planner.Default(loc)
	r := plain
	minutes := func(name string, from, to, step int) time.Duration {
		return time.Duration(from+step*rapid.IntRange(0, (to-from)/step).Draw(t, name)) * time.Minute
	}
	switch rapid.IntRange(0, 3).Draw(t, "routine") {
	case 0:
		return plain
	case 1:
		r.Overnight.Sessions = rapid.IntRange(1, 3).Draw(t, "overnight")
		r.Target = rapid.IntRange(4, 10).Draw(t, "target")
	default:
		r.Target = rapid.IntRange(1, 12).Draw(t, "target")
		r.Session = minutes("session", 5, 60, 5)
		r.MinGap = minutes("min_gap", 60, 180, 15)
		r.MaxGap = r.MinGap + r.NudgeBefore + minutes("max_gap above", 5, 300, 5)
		r.NightGap = planner.DefaultNightGap(r.MaxGap, r.NudgeBefore)
		r.WakeGrace = minutes("wake_grace", 0, 120, 15)
		r.CatchUp = rapid.IntRange(0, 4).Draw(t, "catch_up")
		r.Merge = minutes("merge", 0, 60, 5)
		r.Overnight.Sessions = rapid.IntRange(1, 3).Draw(t, "overnight")
		if rapid.IntRange(0, 3).Draw(t, "sleep off") == 3 {
			r.Sleep = nil
		} else {
			from := planner.TimeOfDay(rapid.IntRange(0, 47).Draw(t, "sleep") * 30)
			r.Sleep = &planner.Range{From: from, To: (from + planner.TimeOfDay(rapid.IntRange(4, 24).Draw(t, "sleep length")*30)) % 1440}
			r.Overnight.Window = &planner.Range{From: (from + 60) % 1440, To: (from + 300) % 1440}
		}
		r.DayStart = planner.DefaultDayStart(r.Sleep)
		if rapid.IntRange(0, 3).Draw(t, "power") == 3 {
			p := planner.DefaultPower(planner.TimeOfDay(rapid.IntRange(0, 47).Draw(t, "power at") * 30))
			r.Power = &p
		}
		if rapid.IntRange(0, 3).Draw(t, "busy") == 3 {
			from := planner.TimeOfDay(rapid.IntRange(0, 47).Draw(t, "busy from") * 30)
			r.Busy = []planner.Busy{{Range: planner.Range{From: from, To: (from + planner.TimeOfDay(rapid.IntRange(1, 8).Draw(t, "busy length")*30)) % 1440}}}
		}
	}
	drawTimes(t, &r)
	if problems, _ := r.Check(); len(problems) > 0 {
		return plain
	}
	return r
}

// drawTimes draws a printed timetable or dated targets, or neither.
func drawTimes(t *rapid.T, r *planner.Routine) {
	switch rapid.IntRange(0, 5).Draw(t, "times") {
	case 3:
		for from := range rapid.IntRange(1, 3).Draw(t, "steps") {
			r.Ramp = append(r.Ramp, planner.Step{From: planner.Date{Year: 2026, Month: time.Month(1 + from*6), Day: 1}, Target: rapid.IntRange(1, 12).Draw(t, "step")})
		}
	case 4:
		for range rapid.IntRange(1, 10).Draw(t, "listed") {
			r.Times = append(r.Times, planner.Clockwork{At: planner.TimeOfDay(rapid.IntRange(0, 95).Draw(t, "listed at") * 15)})
		}
	case 5:
		line, err := planner.ParseLine(rapid.SampledFrom([]string{
			"0 */3 * * *", "30 2,6-22/4 * * *", "0 7-22/3 * * mon-fri", "15 1,5,9,13,17,21 1-20 * *",
		}).Draw(t, "line"))
		if err != nil {
			t.Fatal(err)
		}
		r.Times = []planner.Clockwork{{Line: line}}
	}
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
		Twice: chance("taps twice"), Unasked: 3 * chance("unasked"), Pause: chance("pauses"), Tonight: rare("nights off"), Rest: rare("rests"), Pain: rare("pain"), Helped: chance("partner helps"),
	}
}

// everyFault are all kinds of fault, plainest first.
func everyFault() []simulate.FaultKind {
	return []simulate.FaultKind{
		simulate.Unreachable, simulate.Off, simulate.Suspended, simulate.Killed, simulate.KilledAfter, simulate.Hanging,
		simulate.Losing, simulate.Limiting, simulate.Refusing, simulate.ClockSet,
	}
}

func drawFault(t *rapid.T, o *LifeOptions, kinds []simulate.FaultKind) simulate.Fault {
	f := simulate.Fault{Kind: rapid.SampledFrom(kinds).Draw(t, "fault")}
	f.From = o.From.Add(time.Duration(rapid.IntRange(0, o.Days*24*60*6).Draw(t, "fault from")) * 10 * time.Second)
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
