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
	Power       *Power // nil: off
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
	Flex     time.Duration   // how far from At it may move
	Pattern  []time.Duration // pump, rest, pump, ...; the sum is its length
	Starting Date            // zero: at once
}

// Busy is a stretch of the week in which no session may lie. It may cross
// midnight; Days names the days on which it begins.
type Busy struct {
	Range
	Days Weekdays
	Name string
}

// Weekdays is a set of days: bit n is time.Weekday(n). Zero means every day.
type Weekdays uint8

// Date is a day of the calendar without a zone. The zero Date is no date.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// TimeOfDay is a wall-clock time in minutes after midnight, 0 to 1439.
type TimeOfDay int16

// Range is a stretch of the wall clock, [From, To). It crosses midnight when
// To is before From.
type Range struct{ From, To TimeOfDay }

// Problem is one thing that is wrong with a routine, or (as a notice) worth
// one line. Key is the configuration key it belongs to, such as
// "routine.sleep" or "routine.busy[1].from"; Text says what is wrong and what would be right.
type Problem struct{ Key, Text string }
