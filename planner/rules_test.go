package planner

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func minutes(n ...int) []time.Duration {
	var list []time.Duration
	for _, m := range n {
		list = append(list, time.Duration(m)*time.Minute)
	}
	return list
}

func TestCheckProblems(t *testing.T) {
	const hour, minute = time.Hour, time.Minute
	power := func(at TimeOfDay, change func(p *Power)) func(r *Routine) {
		return func(r *Routine) {
			p := DefaultPower(at)
			if change != nil {
				change(&p)
			}
			r.Power = &p
		}
	}
	busy := func(b ...Busy) func(r *Routine) { return func(r *Routine) { r.Busy = b } }
	for _, c := range []struct {
		name   string
		change func(r *Routine)
		key    string
		text   string // empty: no problem
	}{
		{"the default routine is fine", func(*Routine) {}, "", ""},
		{"a zone is required", func(r *Routine) { r.Location = nil }, "timezone", "is missing; write an IANA name such as Europe/Berlin"},
		{"Local is no zone", func(r *Routine) { r.Location = time.Local }, "timezone", "Local changes with the machine; write an IANA name such as Europe/Berlin"},
		{"a target is at least 1", func(r *Routine) { r.Target = 0 }, "routine.target", "0 is out of range; write 1 to 14, such as 8"},
		{"a target is at most 14", func(r *Routine) { r.Target = 15 }, "routine.target", "15 is out of range; write 1 to 14, such as 8"},
		{"a session has 5 minutes", func(r *Routine) { r.Session = 4 * minute }, "routine.session", "4m is out of range; write 5m to 1h30m, such as 15m"},
		{"a session is shorter than the least gap", func(r *Routine) { r.Session = 90 * minute }, "routine.session", "1h30m is not shorter than min_gap, 1h30m; write a shorter session or a longer min_gap"},
		{"the least gap is at least an hour", func(r *Routine) { r.MinGap = 59 * minute }, "routine.min_gap", "59m is out of range; write 1h to 4h, such as 1h30m"},
		{"the largest gap leaves room for the nudge", func(r *Routine) { r.MaxGap = 2 * hour }, "routine.max_gap", "2h is out of range; with min_gap 1h30m and nudge_before 30m write 2h5m to 12h, such as 4h"},
		{"the largest gap that just leaves room", func(r *Routine) { r.MaxGap = 125 * minute }, "", ""},
		{"the nudge comes at most an hour before", func(r *Routine) { r.NudgeBefore = 61 * minute }, "routine.nudge_before", "1h1m is out of range; write 0m to 1h, such as 30m"},
		{"a sleep is at most half a day", func(r *Routine) { r.Sleep = &Range{22 * 60, 10*60 + 5} }, "routine.sleep", "22:00-10:05 lasts 12h5m; write a range of at most 12h, such as 23:00-07:00, or off"},
		{"a sleep has two ends", func(r *Routine) { r.Sleep = &Range{60, 60} }, "routine.sleep", "01:00-01:00 begins and ends at the same time; write a range such as 23:00-07:00"},
		{"a range has ends on the clock", func(r *Routine) { r.Sleep = &Range{60, 1440} }, "routine.sleep", "has an end that is not a time of day; write 00:00 to 23:59, such as 23:00-07:00"},
		{"the night's gap is not shorter than the day's", func(r *Routine) { r.NightGap = 3 * hour }, "routine.night_gap", "3h is out of range; with max_gap 4h and nudge_before 30m write 3h30m to 9h, such as 4h"},
		{"the night's gap is at most 9 h", func(r *Routine) { r.NightGap = 10 * hour }, "routine.night_gap", "10h is out of range; with max_gap 4h and nudge_before 30m write 3h30m to 9h, such as 4h"},
		{"the day's gap leaves a night's gap", func(r *Routine) { r.MaxGap = 10 * hour }, "routine.max_gap", "10h less nudge_before 30m leaves a gap of 9h30m, and no night gap is longer than 9h; write a max_gap of at most 9h30m"},
		{"a gap of more than half a day is told once, with what is possible", func(r *Routine) { r.MaxGap = 13 * hour }, "routine.max_gap",
			"13h less nudge_before 30m leaves a gap of 12h30m, and no night gap is longer than 9h; write a max_gap of at most 9h30m"},
		{"an example is one that its own rule allows", func(r *Routine) { r.MinGap = 4 * hour }, "routine.max_gap",
			"4h is out of range; with min_gap 4h and nudge_before 30m write 4h35m to 12h, such as 4h35m"},
		{"the grace at waking is at most 2 h", func(r *Routine) { r.WakeGrace = 3 * hour }, "routine.wake_grace", "3h is out of range; write 0m to 2h, such as 1h30m"},
		{"a window lasts half an hour", func(r *Routine) { r.Overnight.Window = &Range{60, 80} }, "routine.overnight.window", "01:00-01:20 lasts 20m; write a range of 30m to 8h, such as 01:00-05:00, or off"},
		{"a window of half an hour holds a start", func(r *Routine) { r.Overnight.Window = &Range{60, 90} }, "", ""},
		{"the night wants at most 3", func(r *Routine) { r.Overnight.Sessions = 4 }, "routine.overnight.sessions", "4 is out of range; write 1 to 3, such as 1"},
		{"a window holds its starts on the short night too", func(r *Routine) { r.Overnight.Sessions = 3 }, "routine.overnight.sessions",
			"3 starts 1h30m apart do not fit into the window 01:00-05:00, less an hour for time changes; write at most 2 or a window longer than 4h"},
		{"what is passed is made up for at most 14 times", func(r *Routine) { r.CatchUp = 15 }, "routine.catch_up", "15 is out of range; write 0 to 14, such as 2"},
		{"sessions merge within an hour", func(r *Routine) { r.Merge = 61 * minute }, "routine.merge", "1h1m is out of range; write 0m to 1h, such as 30m"},
		{"a day begins on the clock", func(r *Routine) { r.DayStart = -1 }, "routine.day_start", "is not a time of day; write 00:00 to 23:59, such as 06:00"},
		{"busy time has two ends", busy(Busy{Range: Range{60, 60}}), "routine.busy[0].to", "01:00-01:00 begins and ends at the same time; write a range such as 09:00-12:00"},
		{"busy days are days", busy(Busy{Range: Range{600, 660}}, Busy{Range: Range{720, 780}, Days: 128}), "routine.busy[1].days", "names a day that no week has; write days such as mon-fri"},
		{"a target that just fits", func(r *Routine) { r.Target = 12 }, "", ""},
		{"a target that does not fit", func(r *Routine) { r.Target = 14 }, "routine.target",
			"14 sessions do not fit into the 16h awake with min_gap 1h30m; write a target of at most 12 or a min_gap of at most 1h20m"},
		{"a target that does not fit without sleep", func(r *Routine) { r.Target, r.MinGap, r.Sleep = 13, 2*hour, nil }, "routine.target",
			"13 sessions do not fit into the 24h of the day with min_gap 2h; write a target of at most 12 or a min_gap of at most 1h50m"},
		{"a target that no gap makes fit", func(r *Routine) { r.Target, r.Sleep = 14, &Range{21 * 60, 9 * 60}; r.Overnight.Window = nil }, "routine.target",
			"14 sessions do not fit into the 12h awake with min_gap 1h30m; write a target of at most 9"},
		{"a flex is at most 3 h", power(1200, func(p *Power) { p.Flex = 4 * hour }), "routine.power_pump.flex", "4h is out of range; write 0m to 3h, such as 1h30m"},
		{"a pattern has 3 numbers", power(1200, func(p *Power) { p.Pattern = minutes(20, 20) }), "routine.power_pump.pattern", "has 2 numbers; write 3 to 9, pump, rest, pump and so on, such as [20, 10, 10, 10, 10]"},
		{"a pattern lasts half an hour", power(1200, func(p *Power) { p.Pattern = minutes(10, 5, 10) }), "routine.power_pump.pattern", "adds up to 25m; write minutes that add up to 30 to 90, such as [20, 10, 10, 10, 10]"},
		{"a pattern has no empty part", power(1200, func(p *Power) { p.Pattern = minutes(20, 0, 20) }), "routine.power_pump.pattern", "has a number that is not above 0; write minutes, such as [20, 10, 10, 10, 10]"},
		{"a pattern is not shorter than a session", func(r *Routine) {
			r.Session = 45 * minute
			power(1200, func(p *Power) { p.Pattern = minutes(20, 10, 10) })(r)
		}, "routine.power_pump.pattern", "adds up to 40m, less than a session of 45m; write a longer pattern or a shorter session"},
		{"a power time lies outside busy time", func(r *Routine) {
			power(1200, nil)(r)
			busy(Busy{Range: Range{1190, 1230}, Days: 1 << time.Tuesday})(r)
		}, "routine.power_pump.at", "20:00 lies in busy time on Tuesday; write a time outside it"},
		{"a power session finds room", func(r *Routine) {
			power(1200, func(p *Power) { p.Flex = 30 * minute })(r)
			busy(Busy{Range: Range{1080, 1195}}, Busy{Range: Range{1210, 1320}})(r)
		}, "routine.power_pump.at", "on Monday no instant within 30m of 20:00 leaves 1h free of busy time and sleep; write another time or a longer flex"},
		{"a power session does not run into sleep", power(22*60+30, func(p *Power) { p.Flex = 0 }), "routine.power_pump.at",
			"on Monday no instant within 0m of 22:30 leaves 1h free of busy time and sleep; write another time or a longer flex"},
		{"a power time asleep is a wish", power(3*60, func(p *Power) { p.Flex = 0 }), "", ""},
		{"a power time off the grid needs flex", power(20*60+3, func(p *Power) { p.Flex = 0 }), "routine.power_pump.at",
			"on Monday no instant within 0m of 20:03 leaves 1h free of busy time and sleep; write another time or a longer flex"},
		{"busy time leaves room while awake", busy(Busy{Range: Range{6*60 + 30, 23 * 60}, Days: 1 << time.Saturday}), "routine.busy",
			"leaves no room for a session of 15m while awake on Saturday; write a shorter stretch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Default(time.UTC)
			c.change(&r)
			problems, _ := r.Check()
			if c.text == "" {
				if len(problems) > 0 {
					t.Errorf("%v", problems)
				}
				return
			}
			if len(problems) != 1 || problems[0] != (Problem{c.key, c.text}) {
				t.Errorf("%v\nwant %s: %s", problems, c.key, c.text)
			}
		})
	}
}

// TestCheckAllowsNoNonsense: a range that follows from a value that is wrong
// itself is still one that a person can write.
func TestCheckAllowsNoNonsense(t *testing.T) {
	r := Default(time.UTC)
	r.MaxGap, r.NudgeBefore, r.NightGap = time.Hour, 61*time.Minute, 10*time.Hour
	problems, _ := r.Check()
	want := Problem{"routine.night_gap", "10h is out of range; with max_gap 1h and nudge_before 1h1m write 1h35m to 9h, such as 4h"}
	if !slices.Contains(problems, want) {
		t.Errorf("%v\nwant %v among them", problems, want)
	}
}

func TestCheckReportsEveryProblem(t *testing.T) {
	r := Default(nil)
	r.Target, r.CatchUp, r.Busy = 0, -1, []Busy{{Range: Range{60, 60}}}
	if problems, _ := r.Check(); len(problems) != 4 {
		t.Errorf("%d problems of 4: %v", len(problems), problems)
	}
}

// powerLine makes the power session one of a cron line.
func powerLine(t *testing.T, text string) func(r *Routine) {
	t.Helper()
	line, err := ParseLine(text)
	if err != nil {
		t.Fatal(err)
	}
	return func(r *Routine) {
		p := DefaultPower(0)
		p.Line = line
		r.Power = &p
	}
}

func TestCheckNotices(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(r *Routine)
		want   []Problem
	}{
		{"the default routine has none", func(*Routine) {}, nil},
		{"a high target", func(r *Routine) { r.Target, r.MinGap = 13, time.Hour }, []Problem{{"routine.target", "13 a day is above the usual 8 to 12; that is yours to choose"}}},
		{"a low target", func(r *Routine) { r.Target = 7 }, []Problem{{"routine.target", "7 a day is below the usual 8 to 12; that is yours to choose"}}},
		{"a target that the gap limit exceeds", func(r *Routine) { r.Target = 5 }, []Problem{{"routine.target", "gaps of at most 3h30m make it 7 sessions a day rather than 5; a longer max_gap allows fewer"}}},
		{"a usual target that the gap limit exceeds", func(r *Routine) { r.MaxGap = 150 * time.Minute }, []Problem{{"routine.target", "gaps of at most 2h make it 10 sessions a day rather than 8; a longer max_gap allows fewer"}}},
		{"a long night gap", func(r *Routine) { r.NightGap = 6 * time.Hour }, []Problem{{"routine.night_gap", "6h is above the usual 5h; that is yours to choose"}}},
		{"a sleep that needs two wakings", func(r *Routine) { r.Sleep = &Range{21 * 60, 7 * 60} }, []Problem{{"routine.sleep", "21:00-07:00 with a night_gap of 4h needs 2 wakings; a night_gap of 4h15m would need one"}}},
		{"a sleep that just needs one", func(r *Routine) { r.Sleep = &Range{21*60 + 30, 7 * 60} }, nil},
		{"a window outside sleep", func(r *Routine) { r.Overnight.Window = &Range{12 * 60, 15 * 60} }, []Problem{{"routine.overnight.window", "12:00-15:00 lies outside sleep, 23:00-07:00, so nothing wakes you for it"}}},
		{"a window that reaches into sleep", func(r *Routine) { r.Overnight.Window = &Range{22 * 60, 23*60 + 30} }, nil},
		{"a window without sleep", func(r *Routine) { r.Sleep = nil }, nil},
		{"two power times a day", powerLine(t, "0 9,15 * * *"), []Problem{{"routine.power_pump.at", `"0 9,15 * * *" names 2 times a day, and a pumping day has one power session: that of 09:00 counts; write that time alone`}}},
		{"of two, the first of the pumping day", powerLine(t, "0 1,15 * * 6,0"), []Problem{{"routine.power_pump.at", `"0 1,15 * * 6,0" names 2 times a day, and a pumping day has one power session: that of 15:00 counts; write that time alone`}}},
		{"one power time on some days", powerLine(t, "0 20 * * mon-fri"), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Default(time.UTC)
			c.change(&r)
			problems, notices := r.Check()
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			if len(notices) != len(c.want) || len(notices) > 0 && notices[0] != c.want[0] {
				t.Errorf("%v\nwant %v", notices, c.want)
			}
		})
	}
}

// TestCheckNamesValuesThatFit takes the message at its word.
func TestCheckNamesValuesThatFit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := drawRoutine(t, time.UTC)
		r.Power, r.Overnight.Sessions = nil, 1
		problems, _ := r.Check()
		if len(problems) == 0 {
			return
		}
		for r.Target > 1 {
			r.Target--
			if again, _ := r.Check(); len(again) == 0 {
				break
			}
		}
		want := r.Target
		var named int
		if _, err := readLargest(problems[0].Text, &named); err != nil || named != want {
			t.Fatalf("%v: the largest target that fits is %d, the text names %d", problems, want, named)
		}
	})
}

// readLargest reads the number after "at most" in a text.
func readLargest(text string, n *int) (int, error) {
	_, after, _ := strings.Cut(text, "a target of at most ")
	return fmt.Sscanf(after, "%d", n)
}
