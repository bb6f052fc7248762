package daemon

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/simulate"
	"nightbell/planner"
)

func lifeSettings(tb testing.TB, zone string) Settings {
	tb.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		tb.Fatal(err)
	}
	return Settings{
		Routine: planner.Default(loc), RestAfter: 48 * time.Hour, Policies: config.DefaultReminders(),
		Privacy: config.Discreet, Use: config.UseFirst, Channels: []Facts{phone("pushover")},
	}
}

func (l Life) String() string {
	var b strings.Builder
	for _, m := range l.Timeline {
		fmt.Fprintf(&b, "%s %s %s %s %s\n", m.At.Format("02 15:04:05"), m.What, m.Kind, m.Key, m.Text)
	}
	return b.String()
}

func TestAYear(t *testing.T) {
	s := lifeSettings(t, "America/New_York")
	for _, p := range simulate.People() {
		for _, faults := range []bool{false, true} {
			begin := time.Now()
			o := LifeOptions{Settings: s, Person: p, From: time.Date(2026, 1, 1, 9, 0, 0, 0, s.Routine.Location), Days: 365, Seed: 1}
			if faults {
				o.Faults = simulate.Ordinary(o.From, o.Days, 1)
			}
			life := Live(o)
			n, reached := 0, 0
			for _, d := range life.Days {
				n += d.Sessions
				if d.Sessions >= 8 {
					reached++
				}
			}
			t.Logf("%s %v: %v, %d days, %d sessions, reached %d, commits %d, broken %d", p.Name, faults, time.Since(begin), len(life.Days), n, reached, life.Commits, len(life.Broken))
			for i, b := range life.Broken {
				if i < 5 {
					t.Logf("   %s %s: %s", b.At.In(s.Routine.Location), b.Line, b.Text)
				}
			}
		}
	}
}
