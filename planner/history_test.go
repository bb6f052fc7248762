package planner

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// june is a time of 2026-06-10 in New York, or of another day of June: "09:40",
// "9T22:00".
func june(t testing.TB, s string) time.Time {
	t.Helper()
	d := 10
	if day, rest, ok := strings.Cut(s, "T"); ok {
		if _, err := fmt.Sscan(day, &d); err != nil {
			t.Fatal(err)
		}
		s = rest
	}
	c := clock(t, s)
	return time.Date(2026, 6, d, int(c/60), int(c%60), 0, 0, zone(t, "America/New_York"))
}

// logged reads a history: "07:00 20:00P/45 s12:00 l15:00P" are two sessions
// (the second a power session of 45 minutes), a skip and a lapse (of a power
// session).
func logged(t testing.TB, text string) History {
	t.Helper()
	h := History{Since: june(t, "1T00:00")}
	for _, word := range strings.Fields(text) {
		word, length, _ := strings.Cut(word, "/")
		minutes := 0
		if length != "" {
			if _, err := fmt.Sscan(length, &minutes); err != nil {
				t.Fatal(err)
			}
		}
		word, power := strings.CutSuffix(word, "P")
		if at, skipped := strings.CutPrefix(word, "s"); skipped {
			h.Passed = append(h.Passed, Passed{At: june(t, at), Power: power, Skipped: true})
			continue
		}
		if at, lapsed := strings.CutPrefix(word, "l"); lapsed {
			h.Passed = append(h.Passed, Passed{At: june(t, at), Power: power})
			continue
		}
		s := Session{Start: june(t, word), Kind: Pump, Length: time.Duration(minutes) * time.Minute}
		if power {
			s.Kind = PowerSession
		}
		h.Sessions = append(h.Sessions, s)
	}
	return h
}

func TestWhatCounts(t *testing.T) {
	for _, c := range []struct{ name, log, now, want string }{
		{"entries 30 min apart are two", "09:00 09:30", "12:00", "09:00 09:30"},
		{"entries closer than that are one", "09:00 09:29", "12:00", "09:00"},
		{"the distance is from the kept one", "09:00 09:20 09:40", "12:00", "09:00 09:40"},
		{"the order of the log does not matter", "09:40 09:20 09:00", "12:00", "09:00 09:40"},
		{"a power session takes what lies in its length", "09:00P 09:59", "12:00", "09:00P60"},
		{"and nothing after it", "09:00P 10:00", "12:00", "09:00P60 10:00"},
		{"its logged length counts", "09:00P/45 09:50", "12:00", "09:00P45 09:50"},
		{"a short power session takes what lies within merge", "09:00P/20 09:29", "12:00", "09:00P20"},
		{"one power part makes the session power, from the earliest start", "09:00 09:10P", "12:00", "09:00P60"},
		{"an entry 5 min ahead counts", "09:00 12:05", "12:00", "09:00 12:05"},
		{"an entry further ahead does not", "09:00 12:06", "12:00", "09:00"},
		{"a passed start counts", "09:00 l12:00", "13:00", "09:00 l12:00"},
		{"a session within the least gap after it took it", "l09:00 10:29", "13:00", "10:29"},
		{"a session at that gap did not", "l09:00 10:30", "13:00", "l09:00 10:30"},
		{"a session within merge before it took it", "09:00 s09:29", "13:00", "09:00"},
		{"a session at merge before it did not", "09:00 s09:30", "13:00", "09:00 s09:30"},
		{"a session at the same instant took it", "09:00 s09:00", "13:00", "09:00"},
		{"a merged entry takes nothing by itself", "09:00 09:20 l09:40", "13:00", "09:00 l09:40"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Default(zone(t, "America/New_York"))
			h := logged(t, c.log)
			var y tally
			y.read(&r, &h, june(t, c.now))
			var cal calendar
			cal.cover(r.Location, instantOf(june(t, "1T00:00")), instantOf(june(t, "20T00:00")))
			var words []string
			for _, e := range y.entries {
				word := cal.clock(e.at).String()
				if e.power {
					word += fmt.Sprintf("P%d", floorMinutes(e.length))
				}
				if e.passed && e.skipped {
					word = "s" + word
				} else if e.passed {
					word = "l" + word
				}
				words = append(words, word)
			}
			if got := strings.Join(words, " "); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func TestCounted(t *testing.T) {
	r := Default(zone(t, "America/New_York"))
	h := logged(t, "09:20 09:00 12:06 11:00 09:31")
	want := []Standing{{false, 1}, {true, -1}, {false, -1}, {true, -1}, {true, -1}}
	for i, s := range Counted(r, h, june(t, "12:00")) {
		if s != want[i] {
			t.Errorf("entry %d is %+v, want %+v", i, s, want[i])
		}
	}
}

func TestNumberOfTheDay(t *testing.T) {
	for _, c := range []struct {
		name, log, since string
		want             int
	}{
		{"sessions count", "07:00 09:40", "1T00:00", 2},
		{"those of the day before do not", "05:30 06:00", "1T00:00", 1},
		{"two passed starts are made up for", "07:00 l09:40 s12:00", "1T00:00", 1},
		{"further ones are let go", "07:00 l09:40 l12:00 l15:00 s18:00", "1T00:00", 3},
		{"the morning before the first run counts as its share", "", "14:00", 2},
		{"the share is rounded down", "", "11:59", 1},
		{"what was counted before it counts if that is more", "07:00 08:30 10:00 11:30", "14:00", 4},
		{"and less what is its share", "07:00", "14:00", 2},
		{"what comes after is added", "07:00 15:00 17:00", "14:00", 4},
		{"passed starts before it count as far as they are let go", "l07:00 l08:30 l10:00 l11:30 l13:00", "14:00", 3},
		{"passed starts after it are made up for as before", "s15:00 s17:00 s19:00", "14:00", 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Default(zone(t, "America/New_York"))
			h := logged(t, c.log)
			h.Since = june(t, c.since)
			var y tally
			y.read(&r, &h, june(t, "22:00"))
			from, to := r.PumpingDay(june(t, "12:00"))
			if got := y.done(&r, span{instantOf(from), instantOf(to)}, r.Target); got != c.want {
				t.Errorf("%d, want %d", got, c.want)
			}
		})
	}
}
