package planner

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// timetable makes a timetable of a text: entries that are divided by " | ",
// or else times that are divided by spaces.
func timetable(t testing.TB, text string) []Clockwork {
	t.Helper()
	entries := strings.Fields(text)
	if strings.Contains(text, "*") || strings.Contains(text, "@") {
		entries = strings.Split(text, " | ")
	}
	var times []Clockwork
	for _, s := range entries {
		w, err := ParseClockwork(s)
		if err != nil {
			t.Fatal(err)
		}
		times = append(times, w)
	}
	return times
}

// publishedTimetables are of the kind that books and clinics hand out, from five to
// twelve times a day.
func publishedTimetables() []struct{ name, times string } {
	return []struct{ name, times string }{
		{"five a day, past the limit at night", "06:00 10:00 14:00 18:00 22:00"},
		{"six a day", "06:00 10:00 13:00 17:00 21:00 00:00"},
		{"seven a day, with midnight", "07:00 10:00 13:00 16:00 19:00 22:00 00:00"},
		{"eight a day, every three hours", "00:00 03:00 06:00 09:00 12:00 15:00 18:00 21:00"},
		{"eight a day, unsorted and uneven", "21:30 07:00 09:30 12:00 14:00 23:45 17:00 03:30"},
		{"nine a day, with one that ends the night early", "05:00 07:00 09:00 11:00 13:00 15:00 18:00 21:00 01:00"},
		{"ten a day", "06:00 08:00 10:00 12:00 14:00 16:00 18:00 20:00 23:00 03:00"},
		{"twelve a day, every two hours", "0 */2 * * *"},
		{"six a day, other ones at the weekend", "0 6,10,14,18,22 * * mon-fri | 30 8,11,14,17,20,23 * * sat,sun | 02:30"},
	}
}

// TestObeyingATimetableGivesExactlyItsTimes lives a week by each timetable,
// under the default routine and without sleep, from the first time on.
func TestObeyingATimetableGivesExactlyItsTimes(t *testing.T) {
	for _, c := range publishedTimetables() {
		for _, sleep := range []*Range{{From: 23 * 60, To: 7 * 60}, nil} {
			t.Run(c.name, func(t *testing.T) {
				r := Default(zone(t, "America/New_York"))
				r.Times, r.Sleep = timetable(t, c.times), sleep
				if problems, _ := r.Check(); len(problems) > 0 {
					t.Fatal(problems)
				}
				from := june(t, "10T07:00")
				h := History{Since: from}
				var want, got []string
				for day := 10; day < 17; day++ {
					for _, w := range r.Times {
						for _, at := range timesOn(w, time.Date(2026, 6, day, 0, 0, 0, 0, time.UTC)) {
							want = append(want, time.Date(2026, 6, day, 0, int(at), 0, 0, r.Location).Format("02T15:04"))
						}
					}
				}
				slices.Sort(want)
				first, _ := slices.BinarySearch(want, "10T07:00")
				for want = want[first:]; len(got) < len(want); {
					now := h.Since
					if n := len(h.Sessions); n > 0 {
						now = h.Sessions[n-1].Start
					}
					p := Make(r, h, now.Add(time.Minute))
					if len(p.Starts) == 0 {
						t.Fatalf("no start after %s", now)
					}
					got = append(got, p.Starts[0].At.Format("02T15:04"))
					h.Sessions = append(h.Sessions, Session{Start: p.Starts[0].At, Kind: Pump})
				}
				if !slices.Equal(got, want) {
					t.Errorf("offered\n%v, want\n%v", got, want)
				}
			})
		}
	}
}

func TestTimetable(t *testing.T) {
	const three = "07:00 10:00 13:00 16:00 19:00 22:00 02:00"
	busy := func(text string) func(*testing.T, *Routine, *History) {
		return func(t *testing.T, r *Routine, _ *History) { r.Busy = append(r.Busy, Busy{Range: *rangeOf(t, text)}) }
	}
	pause := func(from, to string) func(*testing.T, *Routine, *History) {
		return func(t *testing.T, _ *Routine, h *History) {
			h.Pauses = append(h.Pauses, Pause{june(t, from), june(t, to)})
		}
	}
	for _, c := range []struct {
		name, times, log, now string
		change                func(*testing.T, *Routine, *History)
		want                  string // the first starts
	}{
		{"the next listed time is next", three, "07:00", "07:05", nil, "10T10:00 session timetable"},
		{"a session takes the time nearest to it, behind", three, "08:20", "08:25", nil, "10T10:00 session timetable"},
		{"and ahead: that one is no start any more", three, "07:00 08:40", "08:45", nil, "10T13:00 session timetable"},
		{"of two equally near it takes the earlier", three, "07:00 08:30", "08:35", nil, "10T10:00 session timetable"},
		{"a time is taken once: a second session near it takes none", three, "18:00 20:20 22:00", "22:05", nil, "11T02:00 overnight! overnight timetable"},
		{"a lapsed start takes its time", three, "07:00 l10:00", "10:50", nil, "10T13:00 session timetable"},
		{"so does one that was skipped", three, "07:00 s10:00", "10:05", nil, "10T13:00 session timetable"},
		{"a free time too close is put off", "07:00 09:00 11:00", "07:50", "07:55", nil, "10T09:20 session min-gap timetable, 10T11:00 session timetable"},
		{"to the grid", "07:00 09:00 11:00", "07:51", "07:55", nil, "10T09:25 session min-gap timetable, 10T11:00 session timetable"},
		{"after a power session by its extra length too", "07:00 09:30 13:00", "07:50P", "08:55", nil, "10T10:05 session min-gap timetable, 10T13:00 session timetable"},
		{"not into busy time", "07:00 09:00 11:00", "07:50", "07:55", busy("09:10-09:40"), "10T11:00 session timetable"},
		{"a put-off start keeps the time it stands for", "07:00 09:00 11:00", "07:50 09:20", "09:25", nil, "10T11:00 session timetable"},
		{"a time in busy time is left out", three, "07:00", "07:05", busy("10:10-10:30"), "10T13:00 session timetable"},
		{"and so is one in a pause", three, "07:00", "07:05", pause("09:00", "10:30"), "10T13:00 resume after-pause timetable"},
		{"of times closer than the least gap one is taken", "07:00 10:00 11:00 14:00", "07:00", "07:05", nil, "10T10:00 session timetable, 10T14:00 session timetable"},
		{"a listed time in sleep is kept", "07:00 22:00 02:00 05:00", "22:00", "22:05", nil, "11T02:00 overnight! overnight timetable, 11T05:00 session! timetable"},
		{"a time off the grid is the next one on it", "07:00 10:03", "07:00", "07:05", nil, "10T10:05 session timetable"},
		{"a list with a time twice", "07:00 10:00 10:00 13:00", "07:00", "07:05", nil, "10T10:00 session timetable, 10T13:00 session timetable"},
		{"without an anchor the first start is a listed one too", three, "", "08:20", nil, "10T10:00 first first"},
		{"that is awake", three, "", "00:20", nil, "10T07:00 first first"},
		{"and free", three, "", "08:20", busy("09:00-14:00"), "10T16:00 first first"},
		{"unless none ever is", "02:00", "", "08:20", nil, "10T08:20 first first"},
		{"a short list goes on the next morning", "07:00 12:00 15:00", "15:00", "15:05", nil, "11T07:00 session timetable, 11T12:00 session timetable"},
		{"even so near to the end of sleep that a plan would end there", "06:00 10:00 14:00", "14:00", "14:05", nil, "11T06:00 session! timetable, 11T10:00 session timetable"},
		{"one time a day comes the next day, too, a little before a day is over", "09:00", "09:05", "09:10", nil, "11T09:00 session timetable"},
		{"what lies a day ahead or more is not planned yet", "0 9 * * fri", "10T16:00", "16:05", nil, ""},
		{"the nearest time may be a day ahead, with the one before a week back", "0 12 * * thu | 0 18 * * thu", "10T16:00", "16:05", nil, "11T18:00 session timetable"},
		{"or be behind, from as far", "0 12 * * wed | 0 18 * * thu", "10T16:00", "16:05", nil, "11T18:00 session timetable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Default(zone(t, "America/New_York"))
			r.Times = timetable(t, c.times)
			h := logged(t, c.log)
			if c.log == "" {
				h.Since = june(t, c.now)
			}
			if c.change != nil {
				c.change(t, &r, &h)
			}
			var got []string
			for _, s := range Make(r, h, june(t, c.now)).Starts {
				checkOffer(t, s)
				if got = append(got, describe(s)); len(got) > strings.Count(c.want, ",") {
					break
				}
			}
			if strings.Join(got, ", ") != c.want {
				t.Errorf("%s, want %s", strings.Join(got, ", "), c.want)
			}
		})
	}
}

// TestTimetableOnTheNightsOfATimeChange: each listed time comes once.
func TestTimetableOnTheNightsOfATimeChange(t *testing.T) {
	for _, c := range []struct{ name, zone, times, from, want string }{
		{"a skipped time is the first instant after the skip", "America/New_York", "22:00 02:30 06:00", "2026-03-07T22:00:00-05:00", "08T03:00EDT 08T06:00EDT 08T22:00EDT"},
		{"in Berlin too", "Europe/Berlin", "22:00 02:30 06:00", "2026-03-28T22:00:00+01:00", "29T03:00CEST 29T06:00CEST 29T22:00CEST"},
		{"with a listed time at that instant they are one", "America/New_York", "22:00 02:30 03:00 06:00", "2026-03-07T22:00:00-05:00", "08T03:00EDT 08T06:00EDT 08T22:00EDT"},
		{"a doubled time comes at the first", "America/New_York", "22:00 01:30 06:00", "2026-10-31T22:00:00-04:00", "01T01:30EDT 01T06:00EST 01T22:00EST"},
		{"a line keeps to the wall clock too", "America/New_York", "30 1-22/3 * * *", "2026-10-31T22:30:00-04:00", "01T01:30EDT 01T04:30EST 01T07:30EST"},
		{"and neither skips nor doubles", "America/New_York", "30 2,6,22 * * *", "2026-03-07T22:30:00-05:00", "08T03:00EDT 08T06:30EDT 08T22:30EDT"},
		{"where midnight is skipped", "America/Santiago", "20:00 00:00 06:00", "2026-09-05T20:00:00-04:00", "06T01:00-03 06T06:00-03 06T20:00-03"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Default(zone(t, c.zone))
			r.Times, r.Sleep = timetable(t, c.times), nil
			at := instantText(t, c.from)
			h := History{Since: at}
			var got []string
			for range 3 {
				h.Sessions = append(h.Sessions, Session{Start: at, Kind: Pump})
				p := Make(r, h, at.Add(time.Minute))
				at = p.Starts[0].At
				got = append(got, at.Format("02T15:04MST"))
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("%v, want %s", got, c.want)
			}
		})
	}
}

func TestTheDaysNumber(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(t *testing.T, r *Routine)
		now    string
		want   int
	}{
		{"is the target", func(*testing.T, *Routine) {}, "10T12:00", 8},
		{"is that of the last step of a ramp", func(_ *testing.T, r *Routine) {
			r.Ramp = []Step{{Date{2026, 6, 10}, 6}, {Date{2026, 6, 12}, 7}, {Date{2026, 6, 8}, 5}}
		}, "10T12:00", 6},
		{"is the target before the first step", func(_ *testing.T, r *Routine) { r.Ramp = []Step{{Date{2026, 6, 11}, 6}} }, "10T12:00", 8},
		{"changes where the pumping day begins, not at midnight", func(_ *testing.T, r *Routine) { r.Ramp = []Step{{Date{2026, 6, 11}, 6}} }, "11T05:55", 8},
		{"and from there on", func(_ *testing.T, r *Routine) { r.Ramp = []Step{{Date{2026, 6, 11}, 6}} }, "11T06:00", 6},
		{"with a timetable is that of its times", func(t *testing.T, r *Routine) { r.Times = timetable(t, "07:00 12:00 17:00 22:00 05:00") }, "10T12:00", 5},
		{"on that day", func(t *testing.T, r *Routine) {
			r.Times = timetable(t, "0 7,12,17 * * wed | 0 8 * * thu")
		}, "10T12:00", 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Default(zone(t, "America/New_York"))
			c.change(t, &r)
			if got := Make(r, logged(t, "9T07:00"), june(t, c.now)).Day.Target; got != c.want {
				t.Errorf("%d, want %d", got, c.want)
			}
		})
	}
}

// TestARampTakesEachDaysTarget: eight on the first day, ten on the next.
func TestARampTakesEachDaysTarget(t *testing.T) {
	r := Default(zone(t, "America/New_York"))
	r.Ramp = []Step{{Date{2026, 6, 11}, 10}}
	p := Make(r, logged(t, "07:00 09:40 12:20 15:00 17:40"), june(t, "17:45"))
	n := 0
	for _, s := range p.Starts {
		if from, _ := r.PumpingDay(june(t, "11T12:00")); !s.At.Before(from) && s.At.Before(from.AddDate(0, 0, 1)) {
			n++
		}
	}
	if n != 10 || p.Cost.Count != 0 {
		t.Errorf("%d starts on the second day and %d away, want 10 and 0: %v", n, p.Cost.Count, p.Starts)
	}
}
