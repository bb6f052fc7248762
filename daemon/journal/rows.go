package journal

import (
	"time"

	"nightbell/notify"
	"nightbell/planner"
)

// Every row that a person's change made names that change (Change) and the
// one that took it away again (Removed, 0 while it stands), so that undo is
// one rule for all tables. Change 0: the daemon made it.

// Session is one version of a logged session. An edit removes the version
// before it and adds one with the same ID.
type Session struct {
	ID                  int64 // shown to people; stable through edits
	Start               time.Time
	Kind                planner.Kind
	Length              time.Duration // 0: not logged
	LeftML, RightML, ML *float64      // nil: not logged
	Pain                bool
	Note                string
	Source              string // cli, api, page, import:NAME, answer:CHANNEL
	Begun               bool   // made by "starting" and not completed by "done" yet
	Change, Removed     int64
}

// Passed is a planned start that was offered and not taken.
type Passed struct {
	At              time.Time
	Power           bool
	Skipped         bool
	Reminder        string // the reminder's ID; empty: never opened (the machine was off)
	Change, Removed int64
}

// Pause is a stretch without reminders.
type Pause struct {
	From, To        time.Time
	Change, Removed int64
}

// Mark is an instant the daemon remembers by name, such as "since" or
// "resting". Of one name the newest that is not removed counts; a zero At says "no longer".
type Mark struct {
	Name            string
	At              time.Time
	Change, Removed int64
	Seq             int64 // order of marks of one name; part of the key
}

// Change is one thing a person did; or, without a text, one that the daemon
// did and that takes rows away.
type Change struct {
	ID       int64
	At       time.Time
	What     string // log, start, done, skip, snooze, pause, resume, rest, undo, ...
	Text     string // one line for people: "Logged 02:41."
	Undone   int64  // the change that took it back; 0: stands
	Undoable bool
}

// ReminderState is where a reminder's life stands.
type ReminderState string

// The states of a reminder.
const (
	Open     ReminderState = "open"
	Logged   ReminderState = "logged"
	Skipped  ReminderState = "skipped"
	Lapsed   ReminderState = "lapsed"
	Replaced ReminderState = "replaced"
	Told     ReminderState = "told" // a line that wants no answer reached a service
)

// Reminder is one thing to say until it is answered. Person, Kind, Anchor and
// Due are its identity, unique in the journal.
type Reminder struct {
	ID           string
	Person       int64
	Kind         string    // first, session, overnight, power, resume, nudge, or the name of a line
	Anchor       time.Time // zero: none
	Due          time.Time
	Wakes        bool
	Power        bool
	Level        notify.Level
	State        ReminderState
	Opened       time.Time
	Burst        int       // counts the bursts: a snooze begins a new one
	Round        int       // rounds of pushes queued in this burst
	From         time.Time // when this burst was to begin: due, or the end of a snooze
	Accepted     time.Time // first acceptance of this burst; zero: none
	Snoozed      time.Time // quiet until then; zero: not
	Acknowledged time.Time // "awake" stopped the alarm then; zero: not
	Closed       time.Time
	Text         string // words fixed at opening, for lines that have them
}

// DeliveryState is where a delivery stands.
type DeliveryState string

// The states of a delivery.
const (
	Pending   DeliveryState = "pending"
	Sent      DeliveryState = "sent"
	RefusedBy DeliveryState = "refused" // the service will never take it
	Dropped   DeliveryState = "dropped" // its reminder closed first
)

// Delivery is one message to one channel, or (Withdraw) the taking back of
// all that one burst left there. Recorded before it is tried.
type Delivery struct {
	ID           string // reminder/burst/round/channel, or reminder/burst/withdraw/channel
	Reminder     string
	Channel      string
	Withdraw     bool
	Parked       time.Time // the service is to hold it until then, and deliver it by itself; zero: no
	Burst, Round int
	Level        notify.Level // as sent or to be sent
	State        DeliveryState
	Tries        int
	Limited      bool // the service is over its quota: the last try was held back
	Created      time.Time
	Next         time.Time // not before; zero: at once
	Done         time.Time // when it was sent, refused or dropped
	Receipt      string
	ReceiptDone  bool // nothing more will come of the receipt
	RepeatsUntil time.Time
	Withdrawable bool
	Error        string // the last failure, without secrets
}

// Answer is one answer to a reminder, kept so that a second one is told of the first.
type Answer struct {
	ID       int64
	Reminder string    // empty: an answer without a reminder
	Action   string    // starting, done, snooze, skip, acknowledged
	At       time.Time // the instant of the tap
	Channel  string
	Session  int64 // the session it logged or completed; 0: none
	Change   int64
}

// Health is what one channel last did.
type Health struct {
	Channel     string
	LastSuccess time.Time
	LastError   string
	LastErrorAt time.Time
	Broken      bool   // refused since its last success
	Cursor      string // the ID of the last reply that was read; empty: none
}

// Event is one line of the daemon's own history.
type Event struct {
	At                time.Time
	Kind              string
	Reminder, Channel string
	Text              string
}

// Batch is what one transaction writes: every row is put (inserted, or
// written over by its key).
type Batch struct {
	Changes    []Change   // key ID
	Sessions   []Session  // key ID, Change
	Passed     []Passed   // key At, Change
	Pauses     []Pause    // key From, Change
	Marks      []Mark     // key Name, Seq
	Reminders  []Reminder // key ID
	Deliveries []Delivery // key ID
	Answers    []Answer   // key ID
	Health     []Health   // key Channel
	Requests   []Request  // key Key
	Events     []Event    // always added
}

// Snapshot is the part of the journal that decisions need, as values.
type Snapshot struct {
	Salt                                          string     // random, made with the journal; for IDs
	Sessions                                      []Session  // standing ones that start in the last 96 h or later, by start; and the last one whatever its age
	Passed                                        []Passed   // standing ones of the last 96 h, by instant
	Pauses                                        []Pause    // standing ones that end in the last 96 h or later
	Marks                                         []Mark     // the newest standing one of each name
	Reminders                                     []Reminder // open, or closed in the last 48 h, by opening
	Deliveries                                    []Delivery // of those reminders, and every one that is pending
	Health                                        []Health
	LastAnswer                                    time.Time // of any kind; zero: never
	LastHeard                                     time.Time // the newest answer that came from a phone; zero: none within heardHeld
	Newest                                        time.Time // the newest instant that any write of the daemon carries; zero: an empty journal
	NextSession, NextChange, NextAnswer, NextMark int64

	now time.Time // what the held stretches are counted back from; zero: everything is held
}
