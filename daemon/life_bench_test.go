package daemon

import (
	"testing"
	"time"

	"nightbell/daemon/simulate"
)

// BenchmarkAYear lives a year of one person, without faults and with them.
func BenchmarkAYear(b *testing.B) {
	s := lifeSettings(b, "America/New_York")
	for name, faults := range map[string]bool{"faults=off": false, "faults=some": true} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				o := LifeOptions{Settings: s, Person: simulate.People()[0], From: time.Date(2026, 1, 1, 9, 0, 0, 0, s.Routine.Location), Days: 365, Seed: 1}
				if faults {
					o.Faults = simulate.Ordinary(o.From, o.Days, 1)
				}
				Live(o)
			}
		})
	}
}
