package notify

import (
	"context"
	"io"
	"log/slog"
	"time"
)

// Level says how loud a message may be.
type Level uint8

// The four levels, quietest first. The zero Level is none and is refused.
const (
	Low Level = iota + 1
	Normal
	High
	Alarm
)

// Message is one push. Channels take from it what their service can carry.
type Message struct {
	Key       string // names the reminder; a repeat carries the same one, so that it replaces where the service can
	Tag       string // names this burst of one reminder, for Withdraw; [A-Za-z0-9_-], at most 40 characters
	Level     Level
	Title     string
	Text      string
	Time      time.Time // the instant it speaks of; zero: now
	Link      string    // an address that answers it; empty: none
	LinkTitle string
	Repeat    Repeat   // wanted of a service that repeats by itself
	Answers   []string // commands that answer it, for a terminal
}

// Repeat asks a service that can to repeat an alarm by itself until it is
// acknowledged: every Every, for at most For. Zero: none.
type Repeat struct{ Every, For time.Duration }

// Sent is what the service said of an accepted message.
type Sent struct {
	Receipt      string    // for Receipter; empty: none
	RepeatsUntil time.Time // the service repeats it by itself until then; zero: it does not
	Withdrawable bool      // something is out that Withdraw can take back
}

// Channel sends messages. Send returns nil error only after the service
// accepted the message; its errors are *Failure. It keeps to ctx and is safe
// for use by several goroutines.
type Channel interface {
	Send(ctx context.Context, m Message) (Sent, error)
}

// Withdrawer is a channel that can take back what is out.
type Withdrawer interface {
	// Withdraw ends every push that was sent with this tag. Nothing being out is no error.
	Withdraw(ctx context.Context, tag string) error
}

// Receipter is a channel whose service keeps a receipt that can be read.
type Receipter interface {
	// Receipt reads a receipt. It waits by itself to stay within the
	// service's rules, however many goroutines ask.
	Receipt(ctx context.Context, receipt string) (Receipt, error)
}

// Checker is a channel whose credentials can be checked without a push.
type Checker interface {
	Check(ctx context.Context) error
}

// Repeater is a channel whose service repeats messages of some levels by
// itself until the phone acknowledges them.
type Repeater interface {
	// Repeats tells whether a message of this level that wants repeats gets them.
	Repeats(l Level) bool
}

// Receipt is what a service knows of a message's life. At most one of
// Acknowledged, Expired and Gone is set: an acknowledged message that expired
// as well is Acknowledged.
type Receipt struct {
	Acknowledged bool
	At           time.Time // of the acknowledgement; the reading's instant when the service names none
	By           string    // device, as the service names it; may be empty
	Expired      bool      // no more noise will come of it, and nobody acknowledged it
	Gone         bool      // the service does not know it (any more)
}

// FailureKind says what may be done after a failure.
type FailureKind uint8

// What a failure means for the next try.
const (
	Unreached FailureKind = iota + 1 // network, time-out, 408, 3xx, 5xx, an answer that is not the service's: try again; it may have been accepted
	Limited                          // 429: try again after RetryAfter
	Refused                          // any other 4xx, or a message the service cannot take: never again
)

// Failure is the error of a channel. Its text carries no secret.
type Failure struct {
	Kind       FailureKind
	Status     int           // HTTP status; 0: none
	RetryAfter time.Duration // as the service asked, at most 31 days; 0: not said
	Err        error         // wraps the error of ctx when that ended it
}

func (f *Failure) Error() string { return f.Err.Error() }
func (f *Failure) Unwrap() error { return f.Err }

// Tools is what a channel may use of the outside.
type Tools struct {
	Log    *slog.Logger     // nil: none
	Out    io.Writer        // for console; nil: its messages are refused
	Colour bool             // Out takes colour: a terminal, and NO_COLOR is not set
	Now    func() time.Time // wall clock; required
	Pace   Pace             // zero fields take the documented values
}

// Pace bounds a channel's requests. Tests shorten it.
type Pace struct {
	Request  time.Duration // one request, dial to last byte; 10 s
	Receipts time.Duration // between two reads of receipts, of all together; 5 s
}

// withDefaults fills in what is not set. 10 s is long for one small request
// and short beside an alarm's patience; 5 s between receipts is Pushover's rule.
func (p Pace) withDefaults() Pace {
	if p.Request <= 0 {
		p.Request = 10 * time.Second
	}
	if p.Receipts <= 0 {
		p.Receipts = 5 * time.Second
	}
	return p
}

// Problem is one thing wrong with a channel's settings.
type Problem struct{ Key, Text string }

// Setting is one key that a channel type takes in the configuration.
type Setting struct {
	Key      string
	Kind     SettingKind
	Secret   bool // may be KEY_file too, and is never shown
	Required bool
	Example  string
}

// SettingKind says what YAML a setting takes.
type SettingKind uint8

// The kinds of setting and the Go values they arrive as.
const (
	Text  SettingKind = iota + 1 // string
	Flag                         // bool
	Words                        // []string
	Pairs                        // map[string]string
)

// Values are the settings of one channel, checked for kind, secrets read. An
// absent key takes the type's default.
type Values map[string]any

// Type describes a channel type: one row of Types.
type Type struct {
	Name     string
	Settings []Setting
	Reaches  bool // a message it accepts counts as having reached a phone's service
	// Open makes the channel, without any I/O, or says everything that is
	// wrong, required settings that are absent among it. No text holds a secret.
	Open func(name string, v Values, t Tools) (Channel, []Problem)
	// Together checks all channels of this type at once; nil: nothing to check.
	Together func(all []Values) []Problem
}
