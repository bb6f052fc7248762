package simulate

import (
	"time"

	"nightbell/notify"
)

// Person is how somebody lives with reminders. The zero Person answers every
// reminder at once and sleeps through none. Every chance is 0 to 1.
type Person struct {
	Name string

	Late         Spread  // from hearing a reminder to the session
	Ignore       float64 // sees a reminder and does nothing about it
	Skip         float64 // answers: not this one
	Snooze       float64 // answers: later
	SleepThrough float64 // does not wake from an alarm
	Nap          float64 // a nap on a day: an hour or two in the afternoon in which nothing is heard
	Afterwards   float64 // has the session and logs it hours later
	OnlyDone     float64 // says nothing at the start, "done" at the end
	Completes    float64 // says "done" too after saying "starting"
	Twice        float64 // taps twice
	TwiceLate    float64 // ... and once more within the hour for which the buttons of that push work
	Unasked      float64 // sessions a day that no reminder asked for; may be above 1
	Pause        float64 // a pause on a day
	Tonight      float64 // a night off
	Rest         float64 // rests for a day or two, on a day
	Pain         float64 // notes pain on a day, and clears it hours or a day later
	Travel       float64 // leaves for another zone on a day, at any hour, and comes home hours or days later or not at all
	Helped       float64 // a partner who is told of an alarm stops its ringing
	Hush         float64 // stops the ringing by the button that logs nothing
	Regret       float64 // takes back what they just said, or some time later whatever came last
}

// Card is one push as a phone shows it.
type Card struct {
	Key   string // names the reminder
	Tag   string // names this burst of it: a repeat has the same, what comes after a snooze another
	Level notify.Level
	Asks  bool // it asks for a session; else it is a line to read
	Nudge bool // it says how long it has been, between two starts
}

// What names what a person does.
type What string

// The acts. The first five can be about a card, and Hush is.
const (
	Acknowledge What = "acknowledge" // stops a ringing alarm on the phone; where nothing rings, it is a Start
	Start       What = "start"       // a session begins now
	Done        What = "done"        // a session just ended
	Skip        What = "skip"
	Snooze      What = "snooze" // quiet for For
	Log         What = "log"    // a session began at Begun
	Pause       What = "pause"  // no reminders for For
	Tonight     What = "tonight"
	Resume      What = "resume"
	Rest        What = "rest"
	Hurts       What = "hurts"
	Clears      What = "clears"  // it hurts no more
	Travels     What = "travels" // says which zone they are in
	Help        What = "help"    // a partner stops a ringing alarm on their phone
	Hush        What = "hush"    // they, or a partner, stop the ringing by a button, and log nothing
	Undo        What = "undo"    // takes a change back
)

// Act is one thing a person does.
type Act struct {
	At    time.Time
	What  What
	Key   string        // the reminder it answers; empty: whichever is open
	For   time.Duration // Snooze, Pause
	Begun time.Time     // Acknowledge, Start, Done, Log: when the session of this visit begins
	Zone  string        // Travels: where they are; empty: at home
	Visit int           // the visit it tells of; 0: none
	Again bool          // a second tap of the act before it
	Anew  bool          // nobody answered the first time
	Named bool          // Undo: what was said last, by its name; else whatever can be taken back last
	Last  int64         // Undo: that name
}

// Tells reports whether the act tells of a session.
func (a Act) Tells() bool { return a.Visit != 0 }
