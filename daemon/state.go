package daemon

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/notify"
	"nightbell/planner"
)

// person is the one person the rows belong to for now.
const person = 1

// Settings is what the policy needs of the configuration.
type Settings struct {
	Routine   planner.Routine // in the zone that is in force
	Home      *time.Location  // the configuration's zone
	RestAfter time.Duration   // 0: never rests by itself
	Policies  config.Reminders
	Privacy   config.Privacy
	Word      string // the person's own word for a session; empty: "session"
	Use       config.Use
	Channels  []Facts // in the order of the configuration
	PublicURL string  // what links in pushes begin with; empty: no links
	Secret    Secret  // makes the keys of buttons; empty: no buttons

	PartnerAfter time.Duration // an alarm unanswered this long goes to the partner's channels; 0: to nobody
}

// Facts is what the policy knows of one channel.
type Facts struct {
	Name, Type  string
	Partner     bool                      // it is the partner's, and gets nothing but an alarm that nobody answers
	Reaches     bool                      // an accepted message reached a phone's service
	Parks       bool                      // the service is to hold the next alarm, in case this machine cannot send
	Withdraws   bool                      // what is out there can be taken back
	Adds        bool                      // a push that its service takes twice is shown twice
	Repeats     func(l notify.Level) bool // the service repeats this level until it is answered; nil: never
	Awake       bool                      // an acknowledgement only says that the person is awake
	Answers     []string                  // how a message there can be answered, for status
	AnswersHere bool                      // the message names the commands that answer it
}

// State is everything step decides from: what the journal holds and what is
// configured. It is a value; step never changes what it was given.
type State struct {
	journal.Snapshot
	Settings
	// Alive is the newest instant up to which the daemon is known to have
	// been looking. A stretch after it in which something should have
	// happened was an outage.
	Alive time.Time
	// Leaving is until when nothing is parked: whoever asked is taking the
	// service away. Zero: never asked.
	Leaving time.Time
	// Fortnight is what the last two weeks hold, as far as somebody looked.
	Fortnight Fortnight
	// Rate is how many times as fast as the network's the clock of all these
	// instants runs: a time-lapse. 0: it is the same clock.
	Rate float64

	plans *planMemo // of a simulated life; nil: every plan is made anew
}

// The names of the marks in the journal.
const (
	markSince   = "since"   // when reminders began
	markHelp    = "help"    // when it was said whom to ask
	markResting = "resting" // since when reminders rest; zero: they do not
)

// mark returns the instant of the named mark, zero without one.
func (s *State) mark(name string) time.Time {
	for _, m := range s.Marks {
		if m.Name == name {
			return m.At
		}
	}
	return time.Time{}
}

func (s *State) resting() bool { return !s.mark(markResting).IsZero() }

// plan is the plan as the journal stands.
func (s *State) plan(now time.Time) planner.Plan {
	if s.plans != nil && !s.hurts() {
		return s.plans.of(s, now)
	}
	return planner.Make(s.routine(), s.History(s.mark(markSince)), now)
}

// pausedUntil is the end of the pause that covers now, following pauses that
// meet; zero outside one.
func (s *State) pausedUntil(now time.Time) time.Time {
	end := time.Time{}
	for moved := true; moved; {
		moved = false
		at := now
		if !end.IsZero() {
			at = end
		}
		for _, p := range s.Pauses {
			if !p.From.After(at) && p.To.After(at) {
				end, moved = p.To, true
				break
			}
		}
	}
	return end
}

// together is how close two starts are to be one session: closer than merge,
// and with merge off still the same second, for services tell a tap to the second.
func (s *State) together() time.Duration { return max(s.Routine.Merge, time.Second) }

// openStart is the open reminder of a planned start, nil without one. There
// is at most one: the next opens only when the one before it closed.
func (s *State) openStart() *journal.Reminder {
	return s.open(func(k kind) bool { return k.start })
}

// openNudge is the open nudge, nil without one.
func (s *State) openNudge() *journal.Reminder {
	return s.open(func(k kind) bool { return k.name == kindNudge })
}

func (s *State) open(of func(kind) bool) *journal.Reminder {
	for i := range s.Reminders {
		if r := &s.Reminders[i]; r.State == journal.Open && of(kindOf(r.Kind)) {
			return r
		}
	}
	return nil
}

func (s *State) reminder(id string) *journal.Reminder {
	for i := range s.Reminders {
		if s.Reminders[i].ID == id {
			return &s.Reminders[i]
		}
	}
	return nil
}

func (s *State) channel(name string) (Facts, bool) {
	i := slices.IndexFunc(s.Channels, func(f Facts) bool { return f.Name == name })
	if i < 0 {
		return Facts{}, false
	}
	return s.Channels[i], true
}

// reaches tells whether any of the person's own channels can reach a phone's
// service.
func (s *State) reaches() bool {
	return slices.ContainsFunc(s.own(), func(f Facts) bool { return f.Reaches })
}

// reminderID names a reminder by its identity. The journal's salt keeps two
// journals behind one account apart.
func (s *State) reminderID(kind string, anchor, due time.Time) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%d|%s|%d|%d", s.Salt, person, kind, unix(anchor), unix(due)))
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:10]))
}

func unix(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// tagOf names one burst of a reminder at the services.
func tagOf(r journal.Reminder) string { return tag(r.ID, r.Burst) }

func tag(reminder string, burst int) string { return fmt.Sprintf("nb-%s-%d", reminder, burst) }
