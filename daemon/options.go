package daemon

import (
	"log/slog"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/notify"
)

// Options are what a Daemon is made from. Fields without a comment are required.
type Options struct {
	Journal  *journal.Journal
	Dir      string // the data folder
	Config   *config.Config
	Opened   []config.Opened
	Secret   Secret // makes the keys of buttons; empty: no buttons
	Page     string // what leads to the page on this machine, such as http://127.0.0.1:8787; empty: nothing does
	Now      func() time.Time
	Wait     Waiter                   // the loop's
	Rouse    func(at time.Time) error // has the machine wake at an instant if it sleeps then; nil: nothing does
	Doze     Waiter                   // the senders'; nil: one on a Go timer, for a retry's seconds
	Rate     float64                  // how many times as fast as the machine's the clock of Now and Wait runs; 0: it is the machine's
	Log      *slog.Logger
	Built    time.Time                                       // when the program was built; zero: not known
	Synced   func() (bool, error)                            // whether the system says its clock is synchronised
	Reload   func() (*config.Config, []config.Opened, error) // reads the configuration again; nil: never
	Receipts time.Duration                                   // the services' pace of reading receipts; 0: 5 s (Pushover's rule)
	Pace     notify.Pace                                     // the heartbeat's; zero: the documented one
	Rested   func()                                          // called when the daily work is over; nil: nothing
	At       func(point string)                              // called at each point of a push's way (points.go); nil: nothing. For tests that kill the process there
	Ready    func(where string)                              // called once, after the first step
	Watch    time.Duration                                   // how often the service manager wants to hear; 0: never
	Problem  error                                           // why the file is not in force and a copy is; nil: it is
	Damage   string                                          // what happened to the journal, for people; empty: nothing
	Needs    []string                                        // what else a person should know from the start on, with what to do
}
