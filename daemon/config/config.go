package config

import (
	"log/slog"
	"time"

	"nightbell/notify"
	"nightbell/planner"
)

// Config is a valid configuration. Its values come from Parse; nothing in it
// needs another check.
type Config struct {
	Path        string // the file it came from, as it was named
	Routine     planner.Routine
	Data        string   // the data folder; empty: the file does not say
	Listen      string   // where the page is: host:port, or the full path of a Unix socket
	Hosts       []string // further names of this machine that the page may be asked for by, in lower case
	LoginAlways bool     // the page asks for a login on this machine too
	PublicURL   string   // what links in pushes begin with, without a slash at the end; empty: no links
	Privacy     Privacy
	Units       Units
	SessionWord string        // the person's own word for a session; empty: none
	RestAfter   time.Duration // without a session or an answer reminders rest after this; 0: never by themselves
	Reminders   Reminders
	Partner     Partner   // who else is told of an alarm that nobody answers
	Channels    []Channel // in file order; optional ones whose variables are not set are left out; empty only of LoadWithoutChannels
	Use         Use
	Heartbeat   Heartbeat
	House       HomeAssistant
	BabyBuddy   BabyBuddy
	WakeSystem  bool // wake a machine that sleeps
	Log         Log
	Notices     []string // what never blocks, each as "file:line: key: text", in line order
	Text        []byte   // the file for SaveGood: its text after a comment that names it; it may hold secrets

	types []notify.Type // what Open opens with
}

// String names the configuration, not its values: they hold secrets.
func (c Config) String() string { return "configuration " + c.Path }

// Privacy says what a lock screen may show.
type Privacy string

// The two kinds of privacy.
const (
	Discreet Privacy = "discreet" // no word that says what the reminders are for
	Plain    Privacy = "plain"
)

// Units are those in which amounts are typed and shown. They are stored as ml.
type Units string

// The two units.
const (
	Millilitres Units = "ml"
	Ounces      Units = "oz"
)

// Use says which channels a push goes to.
type Use string

// The two ways to use channels.
const (
	UseFirst Use = "first" // the next channel when one fails
	UseAll   Use = "all"   // every channel
)

// Log says what the daemon logs.
type Log struct {
	Level slog.Level
	JSON  bool // one JSON object a line; else text
}

// Reminders are the policies of the kinds of reminder.
type Reminders struct {
	Session   Policy // also first and resume
	Power     Policy
	Overnight Policy // also any other start that wakes
	Nudge     Policy // only its Level is set
	Digest    Digest
	Bedtime   BedtimeCheck
	Coach     bool // low pushes at each change of a power session's pattern, once it was begun
}

// Policy says how a reminder is kept up.
type Policy struct {
	Level  notify.Level
	Again  []time.Duration // offsets of the repeats from the first push, ascending, each less than GiveUp
	GiveUp time.Duration   // from the first push to where the reminder lapses
}

// DefaultReminders are the policies of a file that names none.
func DefaultReminders() Reminders {
	return Reminders{
		Session:   Policy{Level: notify.Normal, Again: []time.Duration{10 * time.Minute}, GiveUp: 45 * time.Minute},
		Power:     Policy{Level: notify.Normal, Again: []time.Duration{10 * time.Minute}, GiveUp: 45 * time.Minute},
		Overnight: Policy{Level: notify.Alarm, Again: []time.Duration{5 * time.Minute, 15 * time.Minute}, GiveUp: 30 * time.Minute},
		Nudge:     Policy{Level: notify.High},
	}
}

// The defaults outside the routine.
const (
	// DefaultListen is reachable from this machine alone.
	DefaultListen = "127.0.0.1:8787"
	// DefaultRestAfter is two days: one may be a bad day or a full one, the
	// second without a word says that reminders help nobody just now.
	DefaultRestAfter = 48 * time.Hour
)

// Channel is one channel of the configuration, not open yet.
type Channel struct {
	Name, Type string
	Values     notify.Values // secrets already read
	Reaches    bool          // a message it accepts counts as having reached a phone's service
	Partner    bool          // it is the partner's: it gets an alarm that nobody answers, and nothing else
}

// String names the channel, not its values: they hold secrets.
func (c Channel) String() string { return c.Name + " (" + c.Type + ")" }
