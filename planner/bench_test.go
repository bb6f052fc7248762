package planner

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// BenchmarkMake plans the default routine at the ten times of a day at which a
// person who follows it logs a session.
func BenchmarkMake(b *testing.B) { benchmarkDay(b, 0, "") }

// BenchmarkMakeTimetable does so with each of the published timetables.
func BenchmarkMakeTimetable(b *testing.B) {
	for _, c := range publishedTimetables() {
		b.Run(c.name, func(b *testing.B) { benchmarkDay(b, 0, c.times) })
	}
}

// benchmarkDay plans at ten moments of a day, with so many older sessions and a
// timetable, if there is one.
func benchmarkDay(b *testing.B, older int, times string) {
	r := Default(zone(b, "America/New_York"))
	r.Times = timetable(b, times)
	at := time.Date(2026, 6, 10, 7, 0, 0, 0, r.Location)
	var h History
	for n := range older {
		h.Sessions = append(h.Sessions, Session{Start: at.Add(-time.Duration(older-n) * 3 * time.Hour), Kind: Pump})
	}
	h.Since = at.AddDate(-2, 0, 0)
	var day []moment
	for range 10 {
		h.Sessions = append(h.Sessions, Session{Start: at, Kind: Pump})
		now := at.Add(5 * time.Minute)
		snapshot := h
		snapshot.Sessions = slices.Clone(h.Sessions)
		day = append(day, moment{r, snapshot, now})
		at = Make(r, snapshot, now).Starts[0].At
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m := &day[i%len(day)]
		Make(m.r, m.h, m.now)
	}
}

// moment is what Make is asked at one instant.
type moment struct {
	r   Routine
	h   History
	now time.Time
}

// legalMoments draws n legal routines, each with a history, and with timetables
// if they are to be timed.
func legalMoments(b *testing.B, n int, timed bool) []moment {
	b.Helper()
	draw := rapid.Custom(func(t *rapid.T) moment {
		loc := drawZone(t)
		r := drawRoutine(t, loc)
		for range rapid.IntRange(0, 3).Draw(t, "busy") {
			r.Busy = append(r.Busy, Busy{Range: drawRange(t, "busy", 30, 240)})
		}
		now := drawNow(t, loc)
		h := drawHistory(t, now)
		drawPauses(t, &h, now)
		if timed {
			drawTimes(t, &r, 14)
		}
		return moment{r, h, now}
	})
	var moments []moment
	for seed := 0; len(moments) < n; seed++ {
		m := draw.Example(seed)
		if problems, _ := m.r.Check(); len(problems) == 0 {
			moments = append(moments, m)
		}
	}
	return moments
}

// BenchmarkMakeWorst plans 1,000 random legal routines and reports the slowest
// of them, each at its quickest of several runs so that only its own work counts.
func BenchmarkMakeWorst(b *testing.B) { benchmarkWorst(b, false) }

// BenchmarkMakeWorstTimetable does so with random timetables.
func BenchmarkMakeWorstTimetable(b *testing.B) { benchmarkWorst(b, true) }

func benchmarkWorst(b *testing.B, timed bool) {
	moments := legalMoments(b, 1000, timed)
	quickest := make([]time.Duration, len(moments))
	for i := range quickest {
		quickest[i] = time.Hour
	}
	for b.Loop() {
		for i, m := range moments {
			began := time.Now()
			Make(m.r, m.h, m.now)
			quickest[i] = min(quickest[i], time.Since(began))
		}
	}
	slices.Sort(quickest)
	b.ReportMetric(float64(quickest[len(quickest)-1].Microseconds()), "worst-µs")
	b.ReportMetric(float64(quickest[len(quickest)/2].Microseconds()), "median-µs")
}

// BenchmarkMakeLongHistory plans as BenchmarkMake does, with 4,000 sessions in
// the history, a year and a half of them.
func BenchmarkMakeLongHistory(b *testing.B) {
	benchmarkDay(b, 4000, "")
}
