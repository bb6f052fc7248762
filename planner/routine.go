package planner

import "time"

// Routine is what a person wants of a day: how often, how far apart, when to
// sleep. Every length is elapsed time; every TimeOfDay is read on the wall
// clock of Location. Default gives the documented defaults, Check the rules.
type Routine struct {
	Location    *time.Location // required; never time.Local
	Target      int            // sessions a pumping day, 1 to 14
	Session     time.Duration  // length of a session, 5 min to 90 min
	MinGap      time.Duration  // never closer than this, start to start
	MaxGap      time.Duration  // the gap that should not be reached
	NudgeBefore time.Duration  // the nudge comes this long before MaxGap
	Sleep       *Range         // nil: off
	NightGap    time.Duration  // the longest gap while asleep
	WakeGrace   time.Duration  // an alarm this little before waking waits for it
	Overnight   Overnight
	Power       *Power      // nil: off
	Ramp        []Step      // dated changes of Target, in any order
	Times       []Clockwork // a fixed timetable, in any order; empty: none
	Busy        []Busy
	DayStart    TimeOfDay // edge of the pumping day
	CatchUp     int       // passed starts of a day that are made up for
	Merge       time.Duration
}

// Overnight asks for starts inside the prolactin window, each night.
type Overnight struct {
	Window   *Range // [from, to); nil: off
	Sessions int    // 1 to 3
}

// Power asks for one power session a pumping day.
type Power struct {
	At       TimeOfDay
	Line     *Line           // a cron line instead of At; nil: At, every day
	Flex     time.Duration   // how far from its time it may move
	Pattern  []time.Duration // pump, rest, pump, ...; the sum is its length
	Starting Date            // zero: at once
}

// clockwork is when the power session has its time.
func (p *Power) clockwork() Clockwork { return Clockwork{p.At, p.Line} }

// Step is a target that holds from the pumping day on that begins on its date,
// until the next one.
type Step struct {
	From   Date
	Target int
}

// Busy is a stretch of the week in which no session may lie. It may cross
// midnight; Days names the days on which it begins.
type Busy struct {
	Range
	Days Weekdays
	Name string
}

// Problem is one thing that is wrong with a routine, or (as a notice) worth
// one line. Key is the configuration key it belongs to, such as
// "routine.sleep" or "routine.busy[1].from"; Text says what is wrong and what would be right.
type Problem struct{ Key, Text string }

// Default is the routine of someone who sets nothing but a zone: eight
// sessions, sleep from 23:00 to 07:00, one start between 01:00 and 05:00.
// Power, Busy and everything else that is off by default is off.
//
// Two values follow from others. Whoever changes MaxGap or NudgeBefore without
// setting NightGap takes DefaultNightGap; whoever changes Sleep without
// setting DayStart takes DefaultDayStart.
func Default(loc *time.Location) Routine {
	sleep := Range{From: 23 * 60, To: 7 * 60}
	r := Routine{
		Location:    loc,
		Target:      8,
		Session:     15 * time.Minute,
		MinGap:      90 * time.Minute,
		MaxGap:      4 * time.Hour,
		NudgeBefore: 30 * time.Minute,
		Sleep:       &sleep,
		WakeGrace:   90 * time.Minute,
		Overnight:   Overnight{Window: &Range{From: 1 * 60, To: 5 * 60}, Sessions: 1},
		CatchUp:     2,
		Merge:       30 * time.Minute,
	}
	r.NightGap = DefaultNightGap(r.MaxGap, r.NudgeBefore)
	r.DayStart = DefaultDayStart(r.Sleep)
	return r
}

// DefaultNightGap is the night gap of a routine that sets none: the larger of
// 4 h and what the day allows.
func DefaultNightGap(maxGap, nudgeBefore time.Duration) time.Duration {
	return max(4*time.Hour, maxGap-nudgeBefore)
}

// DefaultDayStart is the edge of the pumping day of a routine that sets none:
// an hour before sleep ends, or 06:00 without a sleep range.
func DefaultDayStart(sleep *Range) TimeOfDay {
	if sleep == nil {
		return 6 * 60
	}
	return (sleep.To + minutesOfDay - 60) % minutesOfDay
}

// DefaultPower is the power session of someone who sets nothing but its time.
func DefaultPower(at TimeOfDay) Power {
	return Power{At: at, Flex: 90 * time.Minute, Pattern: DefaultPattern()}
}

// DefaultPattern is the pattern of a power session that sets none: 20 minutes
// of pumping, then twice a rest and ten more.
func DefaultPattern() []time.Duration {
	const ten = 10 * time.Minute
	return []time.Duration{20 * time.Minute, ten, ten, ten, ten}
}

// defaultPowerLength is the sum of DefaultPattern.
const defaultPowerLength = time.Hour

// PowerLength is the length of a planned power session: the sum of its
// pattern. While power sessions are off it is that of the default pattern, for
// those that are logged all the same.
func (r Routine) PowerLength() time.Duration {
	if r.Power == nil || len(r.Power.Pattern) == 0 {
		return defaultPowerLength
	}
	var sum time.Duration
	for _, part := range r.Power.Pattern {
		sum += part
	}
	return sum
}

// dayGap is the gap that the plan keeps to by day, so that the nudge sounds at
// most together with a start.
func (r *Routine) dayGap() time.Duration { return r.MaxGap - r.NudgeBefore }

// targetOn is the target of the pumping day that begins on the date d.
func (r *Routine) targetOn(d dayNumber) int {
	target, since := r.Target, none
	for _, s := range r.Ramp {
		if n := s.From.number(); n <= d && instant(n) > since {
			target, since = s.Target, instant(n)
		}
	}
	return target
}

// gapAfterPower is the least gap after a power session of this length.
func (r *Routine) gapAfterPower(length time.Duration) time.Duration {
	return max(r.MinGap, r.MinGap+length-r.Session)
}

// PumpingDay is the pumping day [start, end) in which t lies.
func (r Routine) PumpingDay(t time.Time) (start, end time.Time) {
	var c calendar
	at := instantOf(t)
	c.cover(r.Location, at-3*day, at+3*day)
	_, s := c.pumpingDay(r.DayStart, at)
	return c.time(s.from), c.time(s.to)
}

// Asleep gives the sleep [from, to) in which t lies; ok is false while awake.
func (r Routine) Asleep(t time.Time) (from, to time.Time, ok bool) {
	from, to, ok = r.NextSleep(t)
	if !ok || t.Before(from) {
		return time.Time{}, time.Time{}, false
	}
	return from, to, true
}

// NextSleep gives the first sleep [from, to) that ends after t: the one in
// which t lies, else the coming one. It is what "tonight" means. ok is false
// without a sleep range.
func (r Routine) NextSleep(after time.Time) (from, to time.Time, ok bool) {
	if r.Sleep == nil {
		return time.Time{}, time.Time{}, false
	}
	var c calendar
	at := instantOf(after)
	c.cover(r.Location, at-3*day, at+6*day)
	for d := c.date(at) - 2; d < c.date(at)+4; d++ {
		if s := c.span(d, *r.Sleep); s.to > at && s.to > s.from {
			return c.time(s.from), c.time(s.to), true
		}
	}
	return time.Time{}, time.Time{}, false
}

// Listed are the instants of [from, to) at which a timetable lists a start, in
// order, on the five-minute grid; none without a timetable.
func (r Routine) Listed(from, to time.Time) []time.Time {
	if !r.timed() {
		return nil
	}
	var c calendar
	s := span{instantOf(from), instantOf(to)}
	c.cover(r.Location, s.from-3*day, s.to+3*day)
	var list []time.Time
	for _, at := range c.listed(nil, r.Times, c.date(s.from)-1, c.date(s.to)+1) {
		if s.holds(at) {
			list = append(list, c.time(at))
		}
	}
	return list
}
