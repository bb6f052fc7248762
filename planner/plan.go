package planner

import "time"

// State says where a plan stands at its instant.
type State string

// The four states.
const (
	Upcoming State = "upcoming"
	Due      State = "due"
	First    State = "first"
	Paused   State = "paused"
)

// StartKind says what a planned start is.
type StartKind string

// The five kinds of start.
const (
	StartSession   StartKind = "session"
	StartPower     StartKind = "power"
	StartOvernight StartKind = "overnight"
	StartFirst     StartKind = "first"
	StartResume    StartKind = "resume"
)

// Reason is a machine word for why a start lies where it lies.
type Reason string

// Plan is the answer of Make. Zero times mean none.
type Plan struct {
	Now      time.Time
	State    State
	Anchor   time.Time // the last counted session or passed start; zero without one
	Horizon  time.Time
	Limit    time.Time // limit(Anchor); zero without an anchor
	Nudge    time.Time // when a nudge is due; zero: none
	Day      Day
	Starts   []Start
	Cost     Cost
	Problems []string // such as entries in the future, in plain words
}

// Day is the pumping day in which the plan's instant lies.
type Day struct {
	Start  time.Time
	Done   int // counted sessions in it so far
	Target int
}

// Start is one planned beginning of a session.
type Start struct {
	At      time.Time
	Kind    StartKind
	Wakes   bool // strictly inside sleep
	Reasons []Reason
	Text    string // one plain sentence
}

// Cost is what a plan costs, in the order in which plans are compared.
type Cost struct {
	Excess       int // minutes past the gap limit
	Overnight    int // starts missing from overnight windows
	Sleep        int // minutes of sleep taken
	Count        int // sessions away from the targets
	PowerMissing int // pumping days without their power session
	PowerOff     int // minutes between power sessions and their times
	Uneven       int // sum of squared gaps, minutes
}
