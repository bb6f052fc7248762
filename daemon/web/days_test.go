package web

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"nightbell/planner"
)

// logged are sessions that count, at wall-clock times of New York.
func logged(t *testing.T, r planner.Routine, at ...string) []SessionDoc {
	t.Helper()
	var docs []SessionDoc
	for i, text := range at {
		start, err := time.ParseInLocation("2006-01-02T15:04", strings.TrimSuffix(text, "+"), r.Location)
		if err != nil {
			t.Fatal(err)
		}
		e := SessionDoc{ID: int64(i + 1), Start: Instant{start}, Kind: "pump", Counted: !strings.HasSuffix(text, "+")}
		if !e.Counted { // it belongs to the one before
			before := int64(i)
			e.MergedInto = &before
		}
		docs = append(docs, e)
	}
	return docs
}

func newYork(t *testing.T) planner.Routine {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return planner.Default(zone)
}

func TestWhatDaysSay(t *testing.T) {
	r := newYork(t)
	for _, c := range []struct {
		rule     string
		sessions []string
		want     string // count, longest gap, night of each day
	}{
		{"a night belongs to the day before it", []string{"2026-06-10T23:00", "2026-06-11T03:00", "2026-06-11T07:00"}, "2 4h0m0s true | 1 4h0m0s false"},
		{"a gap belongs to the day in which it ends", []string{"2026-06-10T20:00", "2026-06-11T07:30"}, "1 0s false | 1 11h30m0s false"},
		{"a day without entries is blank", []string{"2026-06-11T07:00"}, "0 0s false | 1 0s false"},
		{"after a day without an entry nobody knows the gap", []string{"2026-06-10T06:30", "2026-06-11T07:00"}, "1 0s false | 1 0s false"},
		{"what belongs together is one session", []string{"2026-06-10T09:00", "2026-06-10T09:20+", "2026-06-10T12:00"}, "2 3h0m0s false | 0 0s false"},
		{"a gap can begin before the first day", []string{"2026-06-10T03:00", "2026-06-10T09:00"}, "1 6h0m0s false | 0 0s false"},
		{"the order does not matter", []string{"2026-06-10T12:00", "2026-06-10T09:00"}, "2 3h0m0s false | 0 0s false"},
		{"the window's end is not night", []string{"2026-06-11T05:00"}, "1 0s false | 0 0s false"},
	} {
		from, err := time.ParseInLocation("2006-01-02T15:04", "2026-06-10T06:00", r.Location)
		if err != nil {
			t.Fatal(err)
		}
		var days []string
		for _, s := range spansOf(r, logged(t, r, c.sessions...), from, from.AddDate(0, 0, 2)) {
			days = append(days, fmt.Sprint(len(s.Sessions), " ", s.Longest, " ", s.Night))
		}
		if got := strings.Join(days, " | "); got != c.want {
			t.Errorf("%s: %s; want %s", c.rule, got, c.want)
		}
	}
}

// A day that a time change makes shorter or longer is one day, and an hour
// that comes twice is two hours of a gap.
func TestDaysOfATimeChange(t *testing.T) {
	r := newYork(t)
	from := r.DayStart.On(planner.Date{Year: 2026, Month: 10, Day: 31}, r.Location)
	_, to := r.PumpingDay(from.Add(30 * time.Hour))
	spans := spansOf(r, logged(t, r, "2026-10-31T23:00", "2026-11-01T03:00"), from, to)
	if len(spans) != 2 || spans[0].End.Sub(spans[0].Start) != 25*time.Hour || spans[0].Longest != 5*time.Hour {
		t.Errorf("%d days, the first %s long with a gap of %s; want 2, 25 h, 5 h", len(spans), spans[0].End.Sub(spans[0].Start), spans[0].Longest)
	}
}

func TestFiguresLeaveBlankDaysOut(t *testing.T) {
	r := newYork(t)
	from := r.DayStart.On(planner.Date{Year: 2026, Month: 6, Day: 8}, r.Location)
	f := figuresOf(spansOf(r, logged(t, r, "2026-06-08T09:00", "2026-06-08T12:00", "2026-06-10T03:00", "2026-06-10T09:00"), from, from.AddDate(0, 0, 4)))
	if f.Days != 4 || f.Logged != 3 || f.Sessions != 4 || f.Nights != 1 || f.Each() < 1.33 || f.Each() > 1.34 {
		t.Errorf("%+v, %v each; want 4 days, 3 with entries, 4 sessions, 1 night, 1.33 each", f, f.Each())
	}
	if none := figuresOf(nil); none.Each() != 0 {
		t.Errorf("of no day there are %v sessions each", none.Each())
	}
}

func TestTheRingHoldsOneDayAroundNow(t *testing.T) {
	r := newYork(t)
	now := time.Date(2026, 6, 10, 12, 0, 0, 0, r.Location)
	sessions := logged(t, r, "2026-06-10T00:00", "2026-06-10T00:30", "2026-06-10T09:00", "2026-06-10T09:10+", "2026-06-10T12:01")
	starts := []StartDoc{{At: Instant{now.Add(time.Hour)}}, {At: Instant{now.Add(12 * time.Hour)}, Wakes: true}, {At: Instant{now.Add(13 * time.Hour)}}}
	ring := ringOf(r, sessions, starts, now)
	if got := strings.Join(ring.Back, " ") + " | " + strings.Join(ring.Ahead, " "); got != "00:30 09:00 | 13:00 00:00" {
		t.Errorf("the ring shows %q; want what lies within twelve hours, each once", got)
	}
	if len(ring.Planned) != 2 || !ring.Planned[1].Wakes || ring.Sleep == "" || ring.Window == "" {
		t.Errorf("%+v", ring)
	}
	if ring.Planned[1].X != "160" || ring.Planned[1].Y != "24" {
		t.Errorf("midnight lies at %s, %s; want the top", ring.Planned[1].X, ring.Planned[1].Y)
	}
	r.Sleep, r.Overnight.Window = nil, nil
	if ring := ringOf(r, nil, nil, now); ring.Sleep+ring.Window != "" {
		t.Error("without a night the ring shows one")
	}
}

func TestTheChartHasARowADay(t *testing.T) {
	r := newYork(t)
	from := r.DayStart.On(planner.Date{Year: 2026, Month: 6, Day: 8}, r.Location) // a Monday
	spans := spansOf(r, logged(t, r, "2026-06-08T06:00", "2026-06-09T05:59", "2026-06-10T18:00"), from, from.AddDate(0, 0, 3))
	c := dotsOf(r, spans, languages(t)[0])
	// The newest day is the first row; hours run from 52 to 332.
	if c.Marks != "M192 29h0M52 59h0M331.8 59h0" {
		t.Errorf("the dots lie at %s", c.Marks)
	}
	if len(c.Rows) != 3 || c.Rows[0].Day != "10 Jun" || c.Rows[1].Day != "" || c.Rows[2].Day != "8 Jun" || c.Rows[1].Count != 0 {
		t.Errorf("rows %+v", c.Rows)
	}
	if got := c.Hours[0].Text + c.Hours[3].Text + c.Hours[4].Text; got != "06:0000:0006:00" {
		t.Errorf("the hours are %+v", c.Hours)
	}
	r.Overnight.Window = &planner.Range{From: 5 * 60, To: 7 * 60}
	if got := dotsOf(r, spans, languages(t)[0]).Bands; len(got) != 2 {
		t.Errorf("a night across the day's edge has %d pieces; want two", len(got))
	}
}
