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
	Round     int    // how many pushes of this burst came before it; a second try of one push has the same
	Level     Level
	Title     string
	Text      string
	Time      time.Time // the instant it speaks of; zero: now
	Link      string    // an address that answers it; empty: none
	LinkTitle string
	Repeat    Repeat   // wanted of a service that repeats by itself
	Answers   []string // commands that answer it, for a terminal
	Buttons   []Button // for a service that can show them, the most wanted first
}

// Button is an answer that can be given on the phone. A channel carries the
// Answer or the URL, whichever its service can; without one that it can carry,
// the button is left out.
type Button struct {
	Label  string
	Answer string // a line that comes back as a Reply; 1 to 200 printable ASCII characters; empty: none
	URL    string // an absolute address that a POST without a body answers; empty: none
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

// Adder is a channel whose service cannot fold.
type Adder interface {
	// Adds tells whether a message that the service takes twice is shown twice,
	// with the same Key and Tag too.
	Adds() bool
}

// Replier is a channel whose buttons come back by the service itself, so that
// a phone can answer where it cannot reach this machine.
type Replier interface {
	// Replies hands over each reply after the one with the ID since, as it
	// comes, one at a time, until ctx or the connection ends; it always returns
	// an error. Empty since: all that the service still keeps. An ID that the
	// service does not keep any more counts as empty, so a reply may come twice:
	// its ID tells. Whoever calls listens again, after a while that grows.
	Replies(ctx context.Context, since string, got func(Reply)) error
	// Waiting reads the replies after since that the service keeps, and does
	// not wait for more.
	Waiting(ctx context.Context, since string) ([]Reply, error)
}

// Reply is one tap on a button. Anyone who knows where replies go can send
// one: the Text has to prove by itself that it is worth something.
type Reply struct {
	ID   string    // for since, and to know it again; [A-Za-z0-9_-], at most 64 characters
	At   time.Time // of the tap, by the service's clock, in whole seconds
	Text string    // a Button's Answer; 1 to 200 printable ASCII characters
}

// Parker is a channel whose service can hold a message and deliver it later by
// itself.
type Parker interface {
	// Park has m delivered at an instant, 10 s to 3 days from now, unless it is
	// unparked before; it takes the place of what is parked with m's Tag. On an
	// error there may be one parked or none; a second try leaves one.
	Park(ctx context.Context, m Message, at time.Time) error
	// Unpark takes back what is parked with this tag, also from the phone if it
	// was delivered meanwhile, and nothing else. Nothing being there is no error.
	Unpark(ctx context.Context, tag string) error
}

// Holder is a Parker that can say what its service holds.
type Holder interface {
	// Held lists what is parked and has not come yet, whoever parked it.
	Held(ctx context.Context) ([]Held, error)
}

// Held is one message that a service holds.
type Held struct {
	Tag     string
	Answers []string // of its buttons, as they would be given: a Button's Answer or URL
}

// Prober is a channel whose service comes in versions that differ.
type Prober interface {
	// Probe finds out what the service can do. It shows nothing on a phone.
	Probe(ctx context.Context) (Features, error)
}

// Features are what a service turned out to do.
type Features struct {
	Replaces  bool // a push takes the place of the one with its tag
	Withdraws bool // Withdraw takes pushes off the phone
	Parks     bool // what Park left there, Unpark takes back
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
	Unanswered bool          // the whole request went out, and no answer of the service's came: it may as well have been accepted as not
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
	Folder string           // where a channel may keep a file of its own, webpush-NAME.json; empty: nowhere
	Pace   Pace             // zero fields take the documented values
}

// Pace bounds a channel's requests. Tests shorten it.
type Pace struct {
	Request  time.Duration // one request, dial to last byte; 10 s
	Receipts time.Duration // between two reads of receipts, of all together; 5 s
	Alive    time.Duration // between two signs of life on a stream of replies; after twice that without, it is given up; 45 s
}

// withDefaults fills in what is not set. 10 s is long for one small request
// and short beside an alarm's patience; 5 s between receipts is Pushover's rule;
// 45 s is how often an ntfy server says that it is there (keepalive-interval).
func (p Pace) withDefaults() Pace {
	if p.Request <= 0 {
		p.Request = 10 * time.Second
	}
	if p.Receipts <= 0 {
		p.Receipts = 5 * time.Second
	}
	if p.Alive <= 0 {
		p.Alive = 45 * time.Second
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
	// Phones are sentences on what the phones of this service do not do by
	// themselves, for who sets one up. The sources are the vendors' pages.
	Phones []string
	// Open makes the channel, without any I/O, or says everything that is
	// wrong, required settings that are absent among it. No text holds a secret.
	Open func(name string, v Values, t Tools) (Channel, []Problem)
	// Together checks all channels of this type at once; nil: nothing to check.
	Together func(all []Values) []Problem
}
