package planner

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// describe writes a start as "10T12:20 session even" plus "!" if it wakes.
func describe(s Start) string {
	text := s.At.Format("2T15:04 ") + string(s.Kind)
	if s.Wakes {
		text += "!"
	}
	for _, r := range s.Reasons {
		text += " " + string(r)
	}
	return text
}

func TestStateAndFirstStart(t *testing.T) {
	pause := func(from, to string) func(*testing.T, *Routine, *History) {
		return func(t *testing.T, _ *Routine, h *History) {
			h.Pauses = append(h.Pauses, Pause{june(t, from), june(t, to)})
		}
	}
	busy := func(text string) func(*testing.T, *Routine, *History) {
		return func(t *testing.T, r *Routine, _ *History) { r.Busy = append(r.Busy, Busy{Range: *rangeOf(t, text)}) }
	}
	since := func(at string) func(*testing.T, *Routine, *History) {
		return func(t *testing.T, _ *Routine, h *History) { h.Since = june(t, at) }
	}
	for _, c := range []struct {
		name, log, now string
		change         func(*testing.T, *Routine, *History)
		state          State
		anchor         string
		start          string
	}{
		{"a start ahead is upcoming", "07:00 09:40", "09:45", nil, Upcoming, "09:40", "10T12:20 session even"},
		{"a start is due at its instant", "07:00 09:40", "12:20", nil, Due, "09:40", "10T12:20 session even"},
		{"a due start keeps its time", "07:00 09:40", "12:55", nil, Due, "09:40", "10T12:20 session even"},
		{"a pause is said before all else", "07:00 09:40", "12:25", pause("12:24", "13:00"), Paused, "09:40", "10T12:20 session even"},
		{"after a pause a start resumes", "07:00 09:40", "12:25", pause("10:00", "13:02"), Paused, "09:40", "10T13:05 resume after-pause"},
		{"and is due then", "07:00 09:40", "13:05", pause("10:00", "13:02"), Due, "09:40", "10T13:05 resume after-pause"},
		{"after a pause and busy time too", "07:00 09:40", "12:25", func(t *testing.T, r *Routine, h *History) {
			pause("10:00", "13:02")(t, r, h)
			busy("12:50-13:30")(t, r, h)
		}, Paused, "09:40", "10T13:30 resume after-pause after-busy"},
		{"a start that a pause does not touch only follows it", "07:00 09:40", "10:00", pause("09:50", "10:30"), Paused, "09:40", "10T12:20 session even"},
		{"an empty log begins now", "", "12:01", since("12:01"), First, "", "10T12:05 first first"},
		{"a first start is due at its instant", "", "12:05", since("12:01"), Due, "", "10T12:05 first first"},
		{"and keeps its time", "", "19:05", since("12:01"), Due, "", "10T12:05 first first"},
		{"nobody is woken by an empty log", "", "02:00", since("02:00"), First, "", "10T07:00 first first"},
		{"a first start waits for busy time", "", "12:01", func(t *testing.T, r *Routine, h *History) {
			since("12:01")(t, r, h)
			busy("12:15-13:00")(t, r, h)
		}, First, "", "10T13:00 first first"},
		{"a first start waits for a pause", "", "12:01", func(t *testing.T, r *Routine, h *History) {
			since("12:01")(t, r, h)
			pause("12:00", "14:01")(t, r, h)
		}, Paused, "", "10T14:05 first first"},
		{"an anchor of a day is none", "9T12:00", "12:00", nil, Due, "", "10T12:00 first first"},
		{"an anchor of a day less a minute is one", "9T12:00", "11:59", nil, Due, "9T12:00", "9T13:50 session even"},
		{"an old anchor is not forgotten", "4T12:00", "12:00", nil, Due, "", "5T12:00 first first"},
		{"nor one after which reminders began again", "4T12:00", "12:00", since("12:00"), Due, "", "10T12:00 first first"},
		{"a passed start is an anchor", "07:00 l09:40", "10:30", nil, Upcoming, "09:40", "10T11:50 session even"},
		{"an entry a little ahead is the anchor", "09:40", "09:36", nil, Upcoming, "09:40", "10T11:50 session even"},
		{"a window still needs a start", "20:20 23:00", "23:05", nil, Upcoming, "23:00", "11T03:00 overnight! overnight limit"},
		{"a window has had its start", "11T02:40", "11T02:45", nil, Upcoming, "11T02:40", "11T07:00 session wake limit"},
		{"a start before busy time", "07:00", "07:05", busy("09:00-12:00"), Upcoming, "07:00", "10T08:45 session before-busy"},
		{"a start after busy time", "07:00", "07:05", busy("08:00-12:00"), Upcoming, "07:00", "10T12:00 session after-busy"},
		{"the least gap binds", "17:00", "17:05", nil, Upcoming, "17:00", "10T18:30 session min-gap"},
		{"the gap limit binds", "07:00", "07:05", func(_ *testing.T, r *Routine, _ *History) {
			r.Target, r.MaxGap = 1, 270*time.Minute // four gaps of 4 h from waking to bedtime
		}, Upcoming, "07:00", "10T11:00 session limit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, h := Default(zone(t, "America/New_York")), logged(t, c.log)
			if c.change != nil {
				c.change(t, &r, &h)
			}
			p := Make(r, h, june(t, c.now))
			if p.State != c.state {
				t.Errorf("state %s, want %s", p.State, c.state)
			}
			if c.anchor == "" && !p.Anchor.IsZero() || c.anchor != "" && !p.Anchor.Equal(june(t, c.anchor)) {
				t.Errorf("anchor %v, want %s", p.Anchor, c.anchor)
			}
			if p.Anchor.IsZero() != p.Limit.IsZero() {
				t.Errorf("limit %v of the anchor %v", p.Limit, p.Anchor)
			}
			if got := describe(p.Starts[0]); got != c.start {
				t.Errorf("first start %q, want %q", got, c.start)
			}
			if len(p.Starts) > 1 && !p.Starts[1].At.After(p.Now) {
				t.Errorf("the second start, %v, is due as well", p.Starts[1].At)
			}
		})
	}
}

// TestDueShowsTheRestAsIfTakenNow: the rest, the horizon and the cost of a due
// plan are those of a session logged as soon as it can be.
func TestDueShowsTheRestAsIfTakenNow(t *testing.T) {
	for _, c := range []struct {
		name, log, now, taken string
		kind                  Kind
		change                func(t *testing.T, r *Routine)
	}{
		{"a session", "07:00 09:40", "12:51", "12:55", Pump, nil},
		{"a session on the grid", "07:00 09:40", "12:55", "12:55", Pump, nil},
		{"a session that waits for busy time", "07:00 09:40", "12:51", "14:00", Pump, func(t *testing.T, r *Routine) {
			r.Busy = []Busy{{Range: *rangeOf(t, "13:00-14:00")}}
		}},
		{"a power session", "07:00 09:40 12:20 14:50 17:25", "20:08", "20:10", PowerSession, func(t *testing.T, r *Routine) {
			p := DefaultPower(clock(t, "20:00"))
			r.Power = &p
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, h := Default(zone(t, "America/New_York")), logged(t, c.log)
			if c.change != nil {
				c.change(t, &r)
			}
			p := Make(r, h, june(t, c.now))
			if p.State != Due || (p.Starts[0].Kind == StartPower) != (c.kind == PowerSession) {
				t.Fatalf("%s, %v", p.State, p.Starts[0])
			}
			h.Sessions = append(h.Sessions, Session{Start: june(t, c.taken), Kind: c.kind})
			after := Make(r, h, june(t, c.taken))
			if !slices.EqualFunc(p.Starts[1:], after.Starts, sameStart) {
				t.Errorf("the rest is\n%v, want\n%v", p.Starts[1:], after.Starts)
			}
			if !p.Horizon.Equal(after.Horizon) || p.Cost != after.Cost {
				t.Errorf("%v %+v, want %v %+v", p.Horizon, p.Cost, after.Horizon, after.Cost)
			}
		})
	}
}

// TestBusyTimeThatATimeChangeSwallowsBlocksNothing: 02:30 and 03:00 are the
// same instant on the night on which the clocks go forward.
func TestBusyTimeThatATimeChangeSwallowsBlocksNothing(t *testing.T) {
	r := Default(zone(t, "America/New_York"))
	r.Busy = []Busy{{Range: *rangeOf(t, "02:30-03:00")}}
	h := History{Sessions: []Session{{Start: instantText(t, "2026-03-07T17:50:00-05:00"), Kind: Pump}}, Since: instantText(t, "2026-03-01T00:00:00Z")}
	p := Make(r, h, instantText(t, "2026-03-08T01:51:00-05:00"))
	h.Sessions = append(h.Sessions, Session{Start: instantText(t, "2026-03-08T01:55:00-05:00"), Kind: Pump})
	if after := Make(r, h, instantText(t, "2026-03-08T01:55:00-05:00")); p.State != Due || p.Cost != after.Cost {
		t.Errorf("%s, %+v, want %+v", p.State, p.Cost, after.Cost)
	}
}

func sameStart(a, b Start) bool {
	return a.At.Equal(b.At) && a.Kind == b.Kind && a.Wakes == b.Wakes && slices.Equal(a.Reasons, b.Reasons) && a.Text == b.Text
}

func TestNudge(t *testing.T) {
	for _, c := range []struct{ name, log, now, want string }{
		{"it comes 30 min before 4 h", "07:00 09:40", "09:45", "13:10"},
		{"a skip moves it", "07:00 09:40 s12:20", "12:30", "15:50"},
		{"a lapse does not", "07:00 09:40 l12:20", "13:10", "13:10"},
		{"a skip that a session took does not", "07:00 09:40 s09:20", "10:00", "13:10"},
		{"a session after the skip does", "07:00 s09:40 12:00", "12:10", "15:30"},
		{"none without a session in the last day", "9T12:00 s20:00", "12:00", ""},
		{"none with an empty log", "", "12:00", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := Make(Default(zone(t, "America/New_York")), logged(t, c.log), june(t, c.now))
			if c.want == "" && !p.Nudge.IsZero() || c.want != "" && !p.Nudge.Equal(june(t, c.want)) {
				t.Errorf("%v, want %s", p.Nudge, c.want)
			}
		})
	}
}

func TestLimit(t *testing.T) {
	for _, c := range []struct{ name, log, want string }{
		{"by day the nudge would come with it", "12:00", "15:30"},
		{"just before bedtime too", "19:25", "22:55"},
		{"sleep holds its first instant", "19:30", "23:30"},
		{"asleep it is the night's gap", "23:00", "11T03:00"},
		{"waking is too far off", "11T01:25", "11T05:25"},
		{"within the grace it is waking", "11T01:30", "11T07:00"},
		{"waking comes before the night's gap", "11T03:20", "11T07:00"},
		{"sleep does not hold its end", "11T03:35", "11T07:05"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := june(t, c.log)
			if p := Make(Default(zone(t, "America/New_York")), logged(t, c.log), at); !p.Limit.Equal(june(t, c.want)) {
				t.Errorf("%v, want %s", p.Limit, c.want)
			}
		})
	}
}

func TestDay(t *testing.T) {
	r := Default(zone(t, "America/New_York"))
	for _, c := range []struct {
		name, log, now, start string
		done                  int
	}{
		{"it counts sessions, not passed starts", "07:00 l09:40 12:00", "12:30", "06:00", 2},
		{"the night belongs to the evening before", "9T23:00 03:00", "05:00", "9T06:00", 2},
		{"a new day begins empty", "9T23:00 03:00", "06:00", "06:00", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := Make(r, logged(t, c.log), june(t, c.now)).Day
			if !d.Start.Equal(june(t, c.start)) || d.Done != c.done || d.Target != 8 {
				t.Errorf("%+v, want %s and %d of 8", d, c.start, c.done)
			}
		})
	}
}

func TestEntriesInTheFutureAreNamed(t *testing.T) {
	p := Make(Default(zone(t, "America/New_York")), logged(t, "07:00 21:40 s22:00"), june(t, "09:00"))
	want := []string{
		"the entry of 2026-06-10 21:40 lies in the future and does not count yet; give it another time if that one is wrong",
		"the entry of 2026-06-10 22:00 lies in the future and does not count yet; give it another time if that one is wrong",
	}
	if !slices.Equal(p.Problems, want) {
		t.Errorf("%q", p.Problems)
	}
}

func TestMakeChangesNothing(t *testing.T) {
	r, h := Default(zone(t, "America/New_York")), logged(t, "12:20 07:00 09:40 l15:00 s13:00")
	h.Pauses = []Pause{{june(t, "17:00"), june(t, "18:00")}, {june(t, "9T17:00"), june(t, "9T18:00")}}
	sessions, passed, pauses := slices.Clone(h.Sessions), slices.Clone(h.Passed), slices.Clone(h.Pauses)
	a := Make(r, h, june(t, "15:50"))
	b := Make(r, h, june(t, "15:50"))
	if !slices.Equal(h.Sessions, sessions) || !slices.Equal(h.Passed, passed) || !slices.Equal(h.Pauses, pauses) {
		t.Error("the history was changed")
	}
	if !slices.EqualFunc(a.Starts, b.Starts, sameStart) {
		t.Error("the same arguments gave two plans")
	}
	slices.Reverse(h.Sessions)
	slices.Reverse(h.Pauses)
	if c := Make(r, h, june(t, "15:50")); !slices.EqualFunc(a.Starts, c.Starts, sameStart) {
		t.Error("the order of the history matters")
	}
}

// TestOddHistories: whatever was logged, there is a plan.
func TestOddHistories(t *testing.T) {
	now := june(t, "12:00")
	for _, c := range []struct {
		name string
		h    History
	}{
		{"nothing at all", History{}},
		{"a power session of a day and a half", History{Sessions: []Session{{Start: now, Kind: PowerSession, Length: 36 * time.Hour}}}},
		{"a session in the year 1", History{Sessions: []Session{{Kind: Pump}}}},
		{"a pause without an end in sight", History{Pauses: []Pause{{now.Add(-time.Hour), now.AddDate(100, 0, 0)}}}},
		{"a pause that ends before it begins", History{Pauses: []Pause{{now, now.Add(-time.Hour)}}}},
		{"a pause of a week after a session", History{Sessions: []Session{{Start: now, Kind: Pump}}, Pauses: []Pause{{now, now.AddDate(0, 0, 7)}}}},
		{"reminders that begin next year", History{Since: now.AddDate(1, 0, 0)}},
		{"reminders that began twenty years ago", History{Since: now.AddDate(-20, 0, 0)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := Make(Default(zone(t, "America/New_York")), c.h, now)
			if p.Horizon.Before(now) || p.State == "" {
				t.Errorf("%+v", p)
			}
			for k := 1; k < len(p.Starts); k++ {
				if p.Starts[k].At.Sub(p.Starts[k-1].At) < 90*time.Minute {
					t.Errorf("%v and %v are too close", p.Starts[k-1], p.Starts[k])
				}
			}
		})
	}
}

func TestSentences(t *testing.T) {
	for _, c := range []struct{ name, log, now, want string }{
		{"an even day", "07:00 09:40", "09:45", "2 h 40 after 09:40, to keep the day even."},
		{"the day catching up", "17:00", "17:05", "1 h 30 after 17:00, the closest your routine allows."},
		{"the night", "20:20 23:00", "23:05", "Night session, if it suits. 4 h after 23:00."},
		{"waking", "20:20 23:00 11T03:00", "11T03:05", "On waking, 4 h after 03:00."},
		{"bedtime", "07:00 09:00 11:00 13:00 15:00 17:00 20:30", "20:31", "At bedtime, 2 h 30 after 20:30."},
		{"the first of all", "", "12:00", "A first session whenever you're ready."},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := Make(Default(zone(t, "America/New_York")), logged(t, c.log), june(t, c.now))
			if got := p.Starts[0].Text; got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestLengthsAsPeopleReadThem(t *testing.T) {
	for _, c := range []struct {
		minutes time.Duration
		want    string
	}{{0, "0 min"}, {5, "5 min"}, {59, "59 min"}, {60, "1 h"}, {65, "1 h 05"}, {160, "2 h 40"}, {240, "4 h"}, {1505, "25 h 05"}} {
		if got := string(appendGap(nil, c.minutes*time.Minute)); got != c.want {
			t.Errorf("%d min is %q, want %q", c.minutes, got, c.want)
		}
	}
}

// banned are words that no text for people may hold.
func banned() []string {
	return []string{"missed", "late", "overdue", "behind", "failed", "should have", "must", "streak", "lose", "needs"}
}

func TestSentencesAreOffers(t *testing.T) {
	for _, c := range readCases(t, "testdata/cases.yaml") {
		for _, s := range Make(c.routine(t), c.history(), c.Now).Starts {
			checkOffer(t, s)
		}
	}
}

func checkOffer(t interface{ Errorf(string, ...any) }, s Start) {
	for _, word := range strings.FieldsFunc(strings.ToLower(s.Text), func(r rune) bool { return r < 'a' || r > 'z' }) {
		if slices.Contains(banned(), word) {
			t.Errorf("%q says %q", s.Text, word)
		}
	}
	if strings.ContainsAny(s.Text, "!") || strings.Count(s.Text, "?") > 0 || !strings.HasSuffix(s.Text, ".") || len(s.Text) < 10 {
		t.Errorf("%q is no plain sentence", s.Text)
	}
	if s.Wakes && len([]rune(s.Text)) > 60 {
		t.Errorf("%q is too long for the night", s.Text)
	}
	if len(s.Reasons) == 0 {
		t.Errorf("%q has no reason", s.Text)
	}
}
