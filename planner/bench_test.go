package planner

import (
	"testing"
	"time"
)

// BenchmarkMake plans the default routine at the ten times of a day at which a
// person who follows it logs a session.
func BenchmarkMake(b *testing.B) {
	r := Default(zone(b, "America/New_York"))
	type moment struct {
		h   History
		now time.Time
	}
	var day []moment
	at := time.Date(2026, 6, 10, 7, 0, 0, 0, r.Location)
	var h History
	for range 10 {
		h.Sessions = append(h.Sessions, Session{Start: at, Kind: Pump})
		now := at.Add(5 * time.Minute)
		snapshot := h
		snapshot.Since = at.AddDate(0, -1, 0)
		snapshot.Sessions = append([]Session(nil), h.Sessions...)
		day = append(day, moment{snapshot, now})
		at = Make(r, snapshot, now).Starts[0].At
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m := &day[i%len(day)]
		Make(r, m.h, m.now)
	}
}
