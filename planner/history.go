package planner

import "time"

// Kind names a session: "pump", "power", "nurse" or "hand".
type Kind string

// The four kinds of session.
const (
	Pump         Kind = "pump"
	PowerSession Kind = "power"
	Nurse        Kind = "nurse"
	Hand         Kind = "hand"
)

// Session is one logged milk removal.
type Session struct {
	Start  time.Time
	Kind   Kind
	Length time.Duration // zero: not logged
}

// Passed is a planned start that was offered and not taken.
type Passed struct {
	At      time.Time
	Power   bool
	Skipped bool // skipped by an answer; else it lapsed
}

// Pause is a stretch without reminders, [From, To).
type Pause struct{ From, To time.Time }

// History is what a plan is made from, besides the routine. The order of its
// slices does not matter; Make does not change them.
type History struct {
	Sessions []Session
	Passed   []Passed
	Pauses   []Pause
	Since    time.Time // when reminders began
}
