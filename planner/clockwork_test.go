package planner

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseClockwork(t *testing.T) {
	const rest = ` fields, and a cron line has five: minute, hour, day of month, month and weekday; write one such as "0 20 * * mon-fri"`
	for _, c := range []struct {
		name, text string
		want       string // as written back
		times      int    // of a day it matches
		err        string
	}{
		{"a time of day", "07:00", "07:00", 1, ""},
		{"a line", "0 20 * * *", "0 20 * * *", 1, ""},
		{"a line with ranges, lists and steps", "0,30 8-20/4 * * mon-fri", "0,30 8-20/4 * * mon-fri", 8, ""},
		{"a line with many spaces", "  0  20 * *\t1-5 ", "0 20 * * 1-5", 1, ""},
		{"one of cron's words", "@daily", "@daily", 1, ""},
		{"another", "@hourly", "@hourly", 24, ""},
		{"a day that comes every four years", "0 0 29 2 *", "0 0 29 2 *", 1, ""},
		{"a line that never matches", "0 0 30 2 *", "", 0, `"0 0 30 2 *" names no date or time that ever comes; write one such as "0 20 * * mon-fri"`},
		{"a line without an hour", "0 , * * *", "", 0, `"0 , * * *" names no date or time that ever comes; write one such as "0 20 * * mon-fri"`},
		{"a zone of its own", "TZ=Europe/Berlin 0 20 * * *", "", 0, `"TZ=Europe/Berlin 0 20 * * *" names a zone of its own, and timezone holds for all times; write the line alone, such as "0 20 * * mon-fri"`},
		{"by its other name", "CRON_TZ=UTC 0 20 * * *", "", 0, `"CRON_TZ=UTC 0 20 * * *" names a zone of its own, and timezone holds for all times; write the line alone, such as "0 20 * * mon-fri"`},
		{"one that makes the parser panic", "TZ=UTC", "", 0, `"TZ=UTC" names a zone of its own, and timezone holds for all times; write the line alone, such as "0 20 * * mon-fri"`},
		{"after a space", " TZ=", "", 0, `" TZ=" names a zone of its own, and timezone holds for all times; write the line alone, such as "0 20 * * mon-fri"`},
		{"a length", "@every 3h", "", 0, `"@every 3h" names no times of day; write minute, hour, day of month, month and weekday, such as "0 20 * * mon-fri"`},
		{"a word that cron does not know", "@dayly", "", 0, `"@dayly" is none of cron's words; write @daily, @hourly or a line such as "0 20 * * mon-fri"`},
		{"an hour that no day has", "0 25 * * *", "", 0, `"0 25 * * *": the hour cannot be "25"; write 0 to 23, such as in "0 20 * * mon-fri"`},
		{"a minute that is none", "x 20 * * *", "", 0, `"x 20 * * *": the minute cannot be "x"; write 0 to 59, such as in "0 20 * * mon-fri"`},
		{"a range that runs backwards", "0 20 * * fri-mon", "", 0, `"0 20 * * fri-mon": the weekday cannot be "fri-mon"; write 0 to 6 or sun to sat, such as in "0 20 * * mon-fri"`},
		{"a month that no year has", "0 20 * 13 *", "", 0, `"0 20 * 13 *": the month cannot be "13"; write 1 to 12 or jan to dec, such as in "0 20 * * mon-fri"`},
		{"a day that no month has", "0 20 32 * *", "", 0, `"0 20 32 * *": the day of month cannot be "32"; write 1 to 31, such as in "0 20 * * mon-fri"`},
		{"a step of nothing", "*/0 20 * * *", "", 0, `"*/0 20 * * *": the minute cannot be "*/0"; write 0 to 59, such as in "0 20 * * mon-fri"`},
		{"four fields", "0 20 * *", "", 0, `"0 20 * *" has 4` + rest},
		{"six fields: seconds are not read", "0 0 20 * * *", "", 0, `"0 0 20 * * *" has 6` + rest},
		{"a time without its colon", "7", "", 0, `"7" is not a time of day; write "07:00", or a cron line such as "0 20 * * mon-fri"`},
		{"nothing", "", "", 0, `"" is not a time of day; write "07:00", or a cron line such as "0 20 * * mon-fri"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseClockwork(c.text)
			if errorText(err) != c.err {
				t.Fatalf("%v\nwant %s", err, c.err)
			}
			if err != nil {
				return
			}
			times := 1
			if got.Line != nil {
				times = len(got.Line.times)
			}
			if got.String() != c.want || times != c.times {
				t.Errorf("%s with %d times, want %s with %d", got, times, c.want, c.times)
			}
		})
	}
}

// TestAPanicOfTheParserIsAnError: what namesZone keeps away from it.
func TestAPanicOfTheParserIsAnError(t *testing.T) {
	if _, err := parseSpec("TZ=UTC"); err == nil {
		t.Error("no error")
	}
}

// TestLinesMatchAsCronDoes holds the dates and times of lines against a
// reading of their fields, one date at a time.
func TestLinesMatchAsCronDoes(t *testing.T) {
	for _, text := range []string{
		"0 7 * * *", "*/20 6-22/4 * * *", "0 20 * * mon-fri", "15 8 1,15 * *", "0 9 13 * 5", "0 0 29 2 *", "5 23 31 * *", "0 12 */9 6-8 *", "0 12 * 2 0,6",
	} {
		t.Run(text, func(t *testing.T) {
			line, err := ParseLine(text)
			if err != nil {
				t.Fatal(err)
			}
			for n := leapYear - 1500; n < leapYear+1500; n++ {
				on, ok := line.next(n)
				want := timesOn(Clockwork{Line: line}, time.Unix(int64(n)*86400, 0).UTC())
				var got []TimeOfDay
				if ok && on == n {
					got = line.times
				}
				if fmt.Sprint(got) != fmt.Sprint(want) {
					t.Fatalf("on %v %v, want %v", time.Unix(int64(n)*86400, 0).UTC(), got, want)
				}
			}
		})
	}
}

func FuzzParseClockwork(f *testing.F) {
	for _, s := range []string{"07:00", "0 20 * * *", "@daily", "@every 1h", "TZ=", "TZ=UTC 0 0 * * *", "CRON_TZ", "* * * * *", "*/99999999999 1 1 1 1", "-1 , / * *", "1-2-3 1/2/3 * * *", "0 0 30 2 *"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w, err := ParseClockwork(s)
		if err != nil {
			if !strings.Contains(err.Error(), "write ") {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		again, err := ParseClockwork(w.String())
		if err != nil || again.String() != w.String() {
			t.Errorf("%q is written back as %q, which reads as %v, %v", s, w, again, err)
		}
		var c calendar
		c.cover(time.UTC, 20000*day, 20010*day)
		for _, at := range c.listed(nil, []Clockwork{w}, 20000, 20007) {
			if at%grid != 0 {
				t.Errorf("%q lists %v", s, c.time(at))
			}
		}
	})
}

// TestPowerLine: the first time of a pumping day is the day's.
func TestPowerLine(t *testing.T) {
	for _, c := range []struct {
		name, line, want string
		missing          int
	}{
		{"every day", "0 20 * * *", "10T20:00 11T20:00", 0},
		{"on some days", "0 20 * * thu", "11T20:00", 0},
		{"of two times the first of the pumping day counts", "0 9,20 * * *", "11T09:00", 0},
		{"a time before the edge is the day's before, and in sleep only a wish", "0 5,20 * * thu", "11T20:00", 1},
		{"on no day of the plan", "0 20 1 1 *", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Default(zone(t, "America/New_York"))
			p := DefaultPower(0)
			line, err := ParseLine(c.line)
			if err != nil {
				t.Fatal(err)
			}
			p.Line, p.Flex, r.Power = line, 0, &p
			if problems, _ := r.Check(); len(problems) > 0 {
				t.Fatal(problems)
			}
			var got []string
			plan := Make(r, logged(t, "07:00 09:40 12:20 15:00 17:40"), june(t, "17:45"))
			for _, s := range plan.Starts {
				if s.Kind == StartPower {
					got = append(got, s.At.Format("2T15:04"))
				}
			}
			if strings.Join(got, " ") != c.want || plan.Cost.PowerMissing != c.missing {
				t.Errorf("%v and %d missing, want %s and %d", got, plan.Cost.PowerMissing, c.want, c.missing)
			}
		})
	}
}

// TestALineAndItsTimesPlanAlike: a cron line says nothing that times do not.
func TestALineAndItsTimesPlanAlike(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, h, now := drawWorld(t)
		hours := rapid.SliceOfNDistinct(rapid.IntRange(0, 23), 2, 8, rapid.ID).Draw(t, "hours")
		minute := rapid.IntRange(0, 59).Draw(t, "minute")
		q := r
		r.Times, q.Times = nil, nil
		for _, hour := range hours {
			r.Times = append(r.Times, Clockwork{At: TimeOfDay(hour*60 + minute)})
		}
		text := strings.Trim(strings.ReplaceAll(fmt.Sprint(hours), " ", ","), "[]")
		line, err := ParseLine(fmt.Sprintf("%d %s * * *", minute, text))
		if err != nil {
			t.Fatal(err)
		}
		q.Times = []Clockwork{{Line: line}}
		if a, b := fmt.Sprint(Make(r, h, now)), fmt.Sprint(Make(q, h, now)); a != b {
			t.Fatalf("times give\n%s\nthe line gives\n%s", a, b)
		}
	})
}
