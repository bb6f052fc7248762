package daemon

import (
	"slices"
	"strings"
	"testing"
	"time"

	"nightbell/planner"
)

// printed is a timetable of the kind that hospitals, books and families print.
type printed struct {
	name   string
	times  []string // entries of routine.times
	weekly func(time.Weekday) string
	change func(*planner.Routine)
}

// printedTimetables are from twelve times a day down to what is left while
// somebody slows down.
func printedTimetables() []printed {
	list := func(text string) func(time.Weekday) string { return func(time.Weekday) string { return text } }
	of := func(name, text string, change ...func(*planner.Routine)) printed {
		p := printed{name: name, times: strings.Fields(text), weekly: list(text)}
		for _, f := range change {
			p.change = f
		}
		return p
	}
	return []printed{
		of("one a day", "09:00"),
		of("two a day, both in the morning", "08:00 12:00"),
		of("three a day, all by the afternoon", "07:00 12:00 15:00"),
		of("five a day, past the limit by day and by night", "06:00 10:00 14:00 18:00 22:00"),
		of("six a day, past the limit at night", "07:00 10:00 13:00 16:00 19:00 22:00"),
		of("six a day, with midnight", "06:00 10:00 13:00 17:00 21:00 00:00"),
		of("seven a day, with a time that one change skips and the other doubles", "07:00 10:00 13:00 16:00 19:00 22:00 02:30"),
		of("eight a day, every three hours", "00:00 03:00 06:00 09:00 12:00 15:00 18:00 21:00"),
		of("eight a day, unsorted and uneven", "21:30 07:00 09:30 12:00 14:00 23:45 17:00 03:30"),
		of("nine a day, with an early morning", "05:00 07:00 09:00 11:00 13:00 15:00 18:00 21:00 01:00"),
		of("ten a day", "06:00 08:00 10:00 12:00 14:00 16:00 18:00 20:00 23:00 03:00"),
		{
			name: "twelve a day, every two hours", times: []string{"0 */2 * * *"},
			weekly: list("00:00 02:00 04:00 06:00 08:00 10:00 12:00 14:00 16:00 18:00 20:00 22:00"),
		},
		of("six a day without sleep", "06:00 10:00 14:00 18:00 22:00 02:00", func(r *planner.Routine) { r.Sleep = nil }),
		{
			name: "lines, other ones at the weekend", times: []string{"0 6,10,14,18,22 * * mon-fri", "30 8,11,14,17,20,23 * * sat,sun", "02:30"},
			weekly: func(day time.Weekday) string {
				if day == time.Saturday || day == time.Sunday {
					return "02:30 08:30 11:30 14:30 17:30 20:30 23:30"
				}
				return "02:30 06:00 10:00 14:00 18:00 22:00"
			},
		},
	}
}

// TestWhoObeysAPrintedTimetableGetsExactlyItsTimes lives nine days by each, on
// the daemon's own policy and over each time change: a reminder at every listed
// time and at no other, and a session each time.
func TestWhoObeysAPrintedTimetableGetsExactlyItsTimes(t *testing.T) {
	for _, c := range printedTimetables() {
		for change, from := range map[string][2]string{
			"in summer":       {"America/New_York", "2026-06-10T07:00"},
			"in spring":       {"America/New_York", "2026-03-04T07:00"},
			"in autumn":       {"America/New_York", "2026-10-28T07:00"},
			"in Berlin":       {"Europe/Berlin", "2026-03-25T07:00"},
			"half an hour":    {"Australia/Lord_Howe", "2026-10-01T07:00"},
			"back in Berlin":  {"Europe/Berlin", "2026-10-21T07:00"},
			"skips midnight":  {"America/Santiago", "2026-09-02T07:00"},
			"doubles 23 h":    {"America/Santiago", "2026-04-01T07:00"},
			"nothing changes": {"UTC", "2026-06-10T07:00"},
		} {
			t.Run(c.name+"/"+change, func(t *testing.T) { obey(t, c, from[0], from[1]) })
		}
	}
}

// obey lives by a timetable as somebody who begins each reminder at once.
func obey(t *testing.T, c printed, zone, from string) {
	o := LifeOptions{Settings: lifeSettings(t, zone), Days: 9}
	r := &o.Settings.Routine
	for _, text := range c.times {
		w, err := planner.ParseClockwork(text)
		if err != nil {
			t.Fatal(err)
		}
		r.Times = append(r.Times, w)
	}
	if c.change != nil {
		c.change(r)
	}
	r.DayStart = planner.DefaultDayStart(r.Sleep)
	if problems, _ := r.Check(); len(problems) > 0 {
		t.Fatal(problems)
	}
	begin, err := time.ParseInLocation("2006-01-02T15:04", from, r.Location)
	if err != nil {
		t.Fatal(err)
	}
	o.From = begin
	life := Live(o)
	if len(life.Broken) > 0 {
		t.Errorf("broken: %v", life.Broken)
	}
	end := life.Days[len(life.Days)-1].To
	lived := func(at time.Time) bool { return !at.Before(begin) && at.Before(end) }
	var had, reminded, want []time.Time
	for _, s := range life.end.notes.sessions {
		had = append(had, s.Start)
	}
	for _, m := range life.Timeline {
		if m.What == "pushed" && kindOf(m.Kind).start {
			reminded = append(reminded, m.At)
		}
	}
	for day := begin; day.Before(end.AddDate(0, 0, 1)); day = day.AddDate(0, 0, 1) {
		for _, at := range clockTimes(day, c.weekly(day.Weekday())) {
			// Where a change leaves an hour between two listed times, the second is put off.
			if n := len(want); n > 0 && at.Sub(want[n-1]) < r.MinGap {
				at = want[n-1].Add(r.MinGap)
			}
			want = append(want, at)
		}
	}
	expect := func(what string, got []time.Time) {
		slices.SortFunc(got, time.Time.Compare)
		g, w := clocks(got, r.Location, lived), clocks(want, r.Location, lived)
		for i := range max(len(g), len(w)) {
			if i >= len(g) || i >= len(w) || g[i] != w[i] {
				t.Errorf("%s\n %v\nwant\n %v", what, g[max(0, i-1):min(i+4, len(g))], w[max(0, i-1):min(i+4, len(w))])
				return
			}
		}
	}
	expect("sessions", had)
	expect("reminders", reminded)
}

// clocks writes those instants down that were lived.
func clocks(times []time.Time, zone *time.Location, lived func(time.Time) bool) []string {
	var texts []string
	for _, at := range times {
		if lived(at) {
			texts = append(texts, at.In(zone).Format("Mon 2 Jan 15:04 MST"))
		}
	}
	return texts
}

// clockTimes is when a day's clock first shows each of some times, or first
// goes past it; found by looking at every minute of the day.
func clockTimes(day time.Time, texts string) []time.Time {
	noon := time.Date(day.Year(), day.Month(), day.Day(), 12, 0, 0, 0, day.Location())
	var times []time.Time
	for _, text := range strings.Fields(texts) {
		for at := noon.Add(-14 * time.Hour); ; at = at.Add(time.Minute) {
			if at.Day() == day.Day() && at.Format("15:04") >= text {
				times = append(times, at)
				break
			}
		}
	}
	slices.SortFunc(times, time.Time.Compare)
	return times
}
