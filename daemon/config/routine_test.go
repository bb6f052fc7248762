package config

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"nightbell/planner"
)

func TestZone(t *testing.T) {
	const want = "n.yaml:1: timezone: is missing; write the zone you live in, such as timezone: Europe/Berlin"
	check(t, []badText{
		{"a file without a zone", "units: ml\n", []string{want}},
		{"a zone without a value", "timezone:\n", []string{want}},
		{"a zone without a name", "timezone: \"\"\n", []string{
			`n.yaml:1: timezone: "" is not a time zone; write a name of the IANA list such as Europe/Berlin or America/New_York`}},
		{"a zone that does not exist", "timezone: Europe/Berln\n", []string{
			`n.yaml:1: timezone: "Europe/Berln" is not a time zone; write a name of the IANA list such as Europe/Berlin or America/New_York`}},
		{"an offset is not a zone", "timezone: +02:00\n", []string{
			`n.yaml:1: timezone: "+02:00" is not a time zone; write a name of the IANA list such as Europe/Berlin or America/New_York`}},
		{"a way out of the list is not a zone", "timezone: ../../etc/passwd\n", []string{
			`n.yaml:1: timezone: "../../etc/passwd" is not a time zone; write a name of the IANA list such as Europe/Berlin or America/New_York`}},
		{"Local is refused", "timezone: Local\n", []string{
			`n.yaml:1: timezone: "Local" would follow the machine, not you; write the name of the zone you live in, such as Europe/Berlin`}},
		{"local is, too", "timezone: local\n", []string{
			`n.yaml:1: timezone: "local" would follow the machine, not you; write the name of the zone you live in, such as Europe/Berlin`}},
		{"a zone is one name", "timezone: [Europe, Berlin]\n", []string{
			"n.yaml:1: timezone: a list is no value here; write the zone you live in, such as Europe/Berlin"}},
		{"a wrong zone does not hide the rest", "timezone: Local\nroutine: {target: many}\n", []string{
			`n.yaml:1: timezone: "Local" would follow the machine, not you; write the name of the zone you live in, such as Europe/Berlin`,
			`n.yaml:2: routine.target: "many" is not a whole number; write one such as 8`}},
	})
}

func TestNumbersAndLengths(t *testing.T) {
	check(t, []badText{
		{"a number is written in digits", zoneLine + "routine:\n  target: eight\n  catch_up: 0x2\n", []string{
			`n.yaml:3: routine.target: "eight" is not a whole number; write one such as 8`,
			`n.yaml:4: routine.catch_up: "0x2" is not a whole number; write one such as 2`}},
		{"a number has no point, no leading zero and no sign before zero", zoneLine + "routine:\n  target: 8.0\n  catch_up: 02\n", []string{
			`n.yaml:3: routine.target: "8.0" is not a whole number; write one such as 8`,
			"n.yaml:4: routine.catch_up: 02 is not a whole number; write one such as 2"}},
		{"a number has no quotes", zoneLine + "routine: {target: \"8\"}\n", []string{
			`n.yaml:2: routine.target: "8" is text because of its quotes; write 8`}},
		{"a number has an end", zoneLine + "routine:\n  target: 100001\n  catch_up: 99999999999999999999\n", []string{
			`n.yaml:3: routine.target: "100001" is too large a number; write one such as 8`,
			`n.yaml:4: routine.catch_up: "99999999999999999999" is too large a number; write one such as 2`}},
		{"a number is one value", zoneLine + "routine:\n  target: [8]\n  catch_up:\n", []string{
			"n.yaml:3: routine.target: a list is no value here; write a whole number such as 8",
			"n.yaml:4: routine.catch_up: has no value; write a whole number such as 2, or take the line out for the default"}},
		{"a length has a unit", zoneLine + "routine:\n  session: 15\n  min_gap: -90\n", []string{
			"n.yaml:3: routine.session: 15 has no unit; write hours and minutes such as 15m",
			"n.yaml:4: routine.min_gap: -90 has no unit; write hours and minutes such as 90m"}},
		{"a length is whole hours and minutes without a space", zoneLine + "routine:\n  session: 90s\n  min_gap: 1.5h\n  max_gap: 4 h\n  merge: 30m1h\n  wake_grace: -5m\n  nudge_before: \"\"\n", []string{
			`n.yaml:3: routine.session: "90s" is not a length; write hours and minutes such as 15m`,
			`n.yaml:4: routine.min_gap: "1.5h" is not a length; write hours and minutes such as 90m`,
			`n.yaml:5: routine.max_gap: "4 h" is not a length; write hours and minutes such as 4h`,
			`n.yaml:6: routine.merge: "30m1h" is not a length; write hours and minutes such as 30m`,
			`n.yaml:7: routine.wake_grace: "-5m" is not a length; write hours and minutes such as 90m`,
			`n.yaml:8: routine.nudge_before: "" is not a length; write hours and minutes such as 30m`}},
		{"a length is one value", zoneLine + "routine: {night_gap: {hours: 4}}\n", []string{
			"n.yaml:2: routine.night_gap: a set of keys is no value here; write hours and minutes such as 4h"}},
		{"a repeat is one length", zoneLine + "reminders: {session: {again: [[5m]]}}\n", []string{
			"n.yaml:2: reminders.session.again: entry 1: a list is not a length; write hours and minutes such as 10m"}},
	})
}

func TestTimesOfDay(t *testing.T) {
	check(t, []badText{
		{"a time has two digits, a colon and two digits", zoneLine + "routine:\n  day_start: 7\n  power_pump: {at: 0700}\n  busy:\n  - {from: 25:00, to: yes}\n  - {from: 9:00, to: 09:60}\n", []string{
			`n.yaml:3: routine.day_start: "7" is not a time of day; write "07:00"`,
			`n.yaml:4: routine.power_pump.at: "0700" is not a time of day; write "07:00", or a cron line such as "0 20 * * mon-fri", or off`,
			`n.yaml:6: routine.busy[0].from: "25:00" is not a time of day; write "07:00"`,
			`n.yaml:6: routine.busy[0].to: "yes" is not a time of day; write "07:00"`,
			`n.yaml:7: routine.busy[1].from: "9:00" is not a time of day; write "09:00"`,
			`n.yaml:7: routine.busy[1].to: "09:60" is not a time of day; write "07:00"`}},
		{"a range has two times", zoneLine + "routine:\n  sleep: 23-7\n  overnight: {window: yes}\n", []string{
			`n.yaml:3: routine.sleep: "23-7" is not a range; write "23:00-07:00" or off`,
			`n.yaml:4: routine.overnight.window: "yes" is not a range; write "23:00-07:00" or off`}},
		{"a range has two ends", zoneLine + "routine: {sleep: 07:00-07:00}\n", []string{
			`n.yaml:2: routine.sleep: "07:00-07:00" begins and ends at the same time; write a range such as "23:00-07:00" or off`}},
		{"a range is one value", zoneLine + "routine:\n  sleep: {from: \"23:00\", to: \"07:00\"}\n  overnight: {window: }\n", []string{
			`n.yaml:3: routine.sleep: a set of keys is no value here; write a range such as "23:00-07:00", or off`,
			`n.yaml:4: routine.overnight.window: has no value; write a range such as "01:00-05:00", or off, or take the line out for the default`}},
		{"no and false are not off", zoneLine + "routine:\n  sleep: false\n  power_pump: {at: no}\n", []string{
			`n.yaml:3: routine.sleep: "false" is not a range; write "23:00-07:00" or off`,
			`n.yaml:4: routine.power_pump.at: "no" is not a time of day; write "07:00", or a cron line such as "0 20 * * mon-fri", or off`}},
		{"days and dates have their shape", zoneLine + "routine:\n  busy: [{from: \"09:00\", to: \"10:00\", days: weekdays}]\n  power_pump: {at: \"20:00\", starting: 1.3.2026}\n", []string{
			`n.yaml:3: routine.busy[0].days: "weekdays" is not a list of days; write "mon-fri" or "sat,sun", or leave days out for every day`,
			`n.yaml:4: routine.power_pump.starting: "1.3.2026" is not a date; write year, month and day, such as "2026-03-08"`}},
		{"a very long time is cut", zoneLine + "routine: {day_start: " + strings.Repeat("x", 1000) + "}\n", []string{
			`n.yaml:2: routine.day_start: "` + strings.Repeat("x", 40) + `…" is not a time of day; write "07:00"`}},
	})
}

func TestListsOfTheRoutine(t *testing.T) {
	check(t, []badText{
		{"a wrong time of the power session hides no other key of it", zoneLine + "routine:\n  power_pump: {at: \"25:00\", flex: 9h, pattern: [1, 2]}\n  busy: [{from: \"18:00\", to: \"22:30\"}]\n", []string{
			`n.yaml:3: routine.power_pump.at: "25:00" is not a time of day; write "07:00", or a cron line such as "0 20 * * mon-fri", or off`,
			"n.yaml:3: routine.power_pump.flex: 9h is out of range; write 0m to 3h, such as 1h30m",
			"n.yaml:3: routine.power_pump.pattern: has 2 numbers; write 3 to 9, pump, rest, pump and so on, such as [20, 10, 10, 10, 10]"}},
		{"a pattern is minutes without a unit", zoneLine + "routine: {power_pump: {pattern: [20, 10m, 10]}}\n", []string{
			`n.yaml:2: routine.power_pump.pattern: entry 2: "10m" is not a number of minutes; write them without a unit, such as [20, 10, 10, 10, 10]`}},
		{"a pattern is a list", zoneLine + "routine: {power_pump: {pattern: 20}}\n", []string{
			"n.yaml:2: routine.power_pump.pattern: a single value is not a list; write minutes such as [20, 10, 10, 10, 10]"}},
		{"power_pump is not a switch", zoneLine + "routine: {power_pump: off}\n", []string{
			`n.yaml:2: routine.power_pump: "off" is not a set of keys; write at: "20:00" or at: off under it, indented`}},
		{"overnight is not a switch", zoneLine + "routine: {overnight: off}\n", []string{
			`n.yaml:2: routine.overnight: "off" is not a set of keys; write window: 01:00-05:00 or window: off under it, indented`}},
		{"busy time has a beginning and an end", zoneLine + "routine:\n  busy:\n  - from: \"09:00\"\n  - {to: \"09:00\", from: }\n  - lunch\n", []string{
			`n.yaml:4: routine.busy[0].to: is missing; write a time such as to: "09:00"`,
			"n.yaml:5: routine.busy[1].from: has no value; write a time such as \"09:00\", or take the line out for the default",
			`n.yaml:6: routine.busy[2]: "lunch" is not a busy stretch; write one such as {from: "09:00", to: "10:30", days: mon-fri, name: course}`}},
		{"busy time is a list", zoneLine + "routine: {busy: {from: \"09:00\", to: \"10:00\"}}\n", []string{
			`n.yaml:2: routine.busy: a set of keys is not a list; write entries such as - {from: "09:00", to: "10:30", days: mon-fri, name: course}`}},
		{"busy time has known keys and a short name", zoneLine + "routine:\n  busy:\n  - {from: \"09:00\", to: \"10:00\", day: mon, name: " + strings.Repeat("x", 41) + "}\n", []string{
			"n.yaml:4: routine.busy[0].day: is not a known key; did you mean days?",
			`n.yaml:4: routine.busy[0].name: "` + strings.Repeat("x", 40) + `…" has 41 characters, more than 40; write a word such as course`}},
		{"busy time has an end", zoneLine + "routine:\n  busy:\n" + strings.Repeat("  - {from: \"09:00\", to: \"10:00\"}\n", 101), []string{
			"n.yaml:3: routine.busy: has 101 entries, more than 100; name several days in one entry, such as days: mon-fri"}},
	})
}

func TestValuesOfARoutine(t *testing.T) {
	c := load(t, `
timezone: Europe/Berlin
routine:
  target: 7
  session: 20m
  min_gap: 2h
  max_gap: 5h30m
  nudge_before: 0
  sleep: "22:30-06:30"
  wake_grace: 1h
  overnight: {window: 02:00-04:30, sessions: 1}
  power_pump: {at: "19:45", flex: 2h, pattern: [10, 10, 10], starting: 2026-02-28}
  busy:
  - {from: "09:00", to: "10:30", days: mon-fri, name: course}
  - {from: "23:30", to: "00:15", days: "sat,sun"}
  - {from: "13:00", to: "13:20"}
  catch_up: 0
  merge: 15m
`)
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	at := func(hour, minute int) planner.TimeOfDay { return planner.TimeOfDay(hour*60 + minute) }
	const m = time.Minute
	const weekend = planner.Weekdays(1<<time.Saturday | 1<<time.Sunday)
	want := planner.Routine{
		Location: zone, Target: 7, Session: 20 * m, MinGap: 120 * m, MaxGap: 330 * m, NudgeBefore: 0,
		Sleep: &planner.Range{From: at(22, 30), To: at(6, 30)}, WakeGrace: 60 * m,
		Overnight: planner.Overnight{Window: &planner.Range{From: at(2, 0), To: at(4, 30)}, Sessions: 1},
		Power:     &planner.Power{At: at(19, 45), Flex: 120 * m, Pattern: []time.Duration{10 * m, 10 * m, 10 * m}, Starting: planner.Date{Year: 2026, Month: time.February, Day: 28}},
		Busy: []planner.Busy{
			{Range: planner.Range{From: at(9, 0), To: at(10, 30)}, Days: 0b0111110, Name: "course"},
			{Range: planner.Range{From: at(23, 30), To: at(0, 15)}, Days: weekend},
			{Range: planner.Range{From: at(13, 0), To: at(13, 20)}},
		},
		CatchUp: 0, Merge: 15 * m,
		NightGap: 330 * m,   // follows from max_gap and nudge_before
		DayStart: at(5, 30), // follows from sleep
	}
	if !reflect.DeepEqual(c.Routine, want) {
		t.Errorf("got  %+v\nwant %+v", c.Routine, want)
	}
}

func TestDefaultsThatFollowFromOthers(t *testing.T) {
	for _, row := range []struct {
		rule, routine string
		night         time.Duration
		start         planner.TimeOfDay
	}{
		{"from nothing", "{}", 4 * time.Hour, 6 * 60},
		{"a long gap makes a long night gap", "{max_gap: 5h}", 270 * time.Minute, 6 * 60},
		{"a night gap of one's own stays", "{max_gap: 4h30m, night_gap: 4h30m}", 270 * time.Minute, 6 * 60},
		{"without sleep a day starts at six", "{sleep: off, target: 8}", 4 * time.Hour, 6 * 60},
		{"a day starts an hour before sleep ends, on the clock's circle", "{sleep: 20:30-00:30, overnight: {window: off}, target: 6}", 4 * time.Hour, 23*60 + 30},
		{"a day start of one's own stays", "{day_start: \"04:00\"}", 4 * time.Hour, 4 * 60},
	} {
		t.Run(row.rule, func(t *testing.T) {
			r := load(t, zoneLine+"routine: "+row.routine+"\n").Routine
			if r.NightGap != row.night || r.DayStart != row.start {
				t.Errorf("night gap %v, day start %v; want %v and %v", r.NightGap, r.DayStart, row.night, row.start)
			}
		})
	}
}

func TestOffTurnsOff(t *testing.T) {
	c := load(t, zoneLine+"rest_after: off\nroutine: {sleep: off, overnight: {window: \"off\"}, power_pump: {at: off, flex: 2h, starting: }, target: 6}\n")
	if r := c.Routine; r.Sleep != nil || r.Overnight.Window != nil || r.Power != nil || c.RestAfter != 0 {
		t.Errorf("got %+v, resting after %v", r, c.RestAfter)
	}
}

func TestAnAliasStandsForItsAnchor(t *testing.T) {
	c := load(t, zoneLine+"reminders:\n  session: &day {level: low, again: [&ten 10m, 20m], give_up: 50m}\n  power: *day\n  overnight: {again: [*ten]}\n")
	if want := (Policy{Level: 1, Again: []time.Duration{10 * time.Minute, 20 * time.Minute}, GiveUp: 50 * time.Minute}); !reflect.DeepEqual(c.Reminders.Power, want) {
		t.Errorf("got %+v, want %+v", c.Reminders.Power, want)
	}
	if got := c.Reminders.Overnight; len(got.Again) != 1 || got.Again[0] != 10*time.Minute {
		t.Errorf("got %+v", got)
	}
}

func TestEveryLegalEndOfALength(t *testing.T) {
	for text, want := range map[string]time.Duration{"0": 0, "0m": 0, "15m": 15 * time.Minute, "90m": 90 * time.Minute, "4h": 4 * time.Hour, "1h30m": 90 * time.Minute, "\"2h\"": 2 * time.Hour, "0h5m": 5 * time.Minute} {
		root := new(report)
		root.places = map[string]place{}
		n := root.document(fmt.Appendf(nil, "length: %s\n", text))
		got, err := parseLength(n.Content[1], "15m")
		if err != nil || got != want {
			t.Errorf("%s: got %v and %v, want %v", text, got, err, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "0m", 5 * time.Minute: "5m", time.Hour: "1h", 90 * time.Minute: "1h30m"} {
		if got := lengthText(d); got != want {
			t.Errorf("%v is written %q, want %q", d, got, want)
		}
	}
}

func TestRulesOfTheRoutine(t *testing.T) {
	check(t, []badText{
		{"a target that cannot fit names the largest that would, and the largest min_gap", zoneLine + "routine:\n  target: 14\n", []string{
			"n.yaml:3: routine.target: 14 sessions do not fit into the 16h awake with min_gap 1h30m; write a target of at most 12 or a min_gap of at most 1h20m"}},
		{"max_gap is more than min_gap and nudge_before", zoneLine + "routine:\n  min_gap: 90m\n  max_gap: 2h\n", []string{
			"n.yaml:4: routine.max_gap: 2h is out of range; with min_gap 1h30m and nudge_before 30m write 2h5m to 12h, such as 4h"}},
		{"a rule about a key that is not in the file has the line of its section", zoneLine + "routine:\n  min_gap: 4h\n  max_gap: 6h\n", []string{
			"n.yaml:2: routine.target: 8 sessions do not fit into the 16h awake with min_gap 4h; write a target of at most 6 or a min_gap of at most 2h40m"}},
		{"a power time inside busy time", zoneLine + "routine:\n  power_pump:\n    at: \"20:00\"\n  busy:\n  - {from: \"19:00\", to: \"21:00\", days: mon-fri}\n", []string{
			"n.yaml:4: routine.power_pump.at: 20:00 lies in busy time on Monday; write a time outside it"}},
		{"busy time that leaves no room", zoneLine + "routine:\n  busy: [{from: \"06:00\", to: \"23:30\"}]\n", []string{
			"n.yaml:3: routine.busy: leaves no room for a session of 15m while awake on Monday; write a shorter stretch"}},
		{"a rule of a busy stretch has the stretch's place in the file", zoneLine + "routine:\n  busy:\n  - lunch\n  - from: \"09:00\"\n    to: \"09:00\"\n", []string{
			`n.yaml:4: routine.busy[0]: "lunch" is not a busy stretch; write one such as {from: "09:00", to: "10:30", days: mon-fri, name: course}`,
			"n.yaml:6: routine.busy[1].to: 09:00-09:00 begins and ends at the same time; write a range such as 09:00-12:00"}},
		{"two rules about one key are both told, also when they name another wrong one", zoneLine + "routine: {session: 95m, min_gap: 45m}\n", []string{
			"n.yaml:2: routine.session: 1h35m is out of range; write 5m to 1h30m, such as 15m",
			"n.yaml:2: routine.session: 1h35m is not shorter than min_gap, 45m; write a shorter session or a longer min_gap",
			"n.yaml:2: routine.min_gap: 45m is out of range; write 1h to 4h, such as 1h30m"}},
		{"a pattern of many numbers is counted to its end", zoneLine + "routine: {power_pump: {at: \"20:00\", pattern: [20, 10, 10, 10, 10, 1, 1, 1, 1, 1, 1, 1]}}\n", []string{
			"n.yaml:2: routine.power_pump.pattern: has 12 numbers; write 3 to 9, pump, rest, pump and so on, such as [20, 10, 10, 10, 10]"}},
		{"rules and shapes and other keys, all at once in line order", "units: cups\nroutine:\n  target: 15\n  session: 15\n  merge: 2h\n  sleep: 20:00-09:00\nlog: {level: loud}\n", []string{
			"n.yaml:1: timezone: is missing; write the zone you live in, such as timezone: Europe/Berlin",
			`n.yaml:1: units: "cups" is not one of its words; write ml or oz`,
			"n.yaml:3: routine.target: 15 is out of range; write 1 to 14, such as 8",
			"n.yaml:4: routine.session: 15 has no unit; write hours and minutes such as 15m",
			"n.yaml:5: routine.merge: 2h is out of range; write 0m to 1h, such as 30m",
			"n.yaml:6: routine.sleep: 20:00-09:00 lasts 13h; write a range of at most 12h, such as 23:00-07:00, or off",
			`n.yaml:7: log.level: "loud" is not one of its words; write debug, info, warn or error`}},
	})
}

// A value that cannot be read must not make another one wrong. Each row is a
// routine that works with some value in the place of the wrong one.
func TestAWrongValueBreaksNoOtherRule(t *testing.T) {
	for key, others := range map[string][]string{
		"target":             {"min_gap: 4h, max_gap: 6h, night_gap: 6h", "overnight: {sessions: 2}"},
		"session":            {"min_gap: 1h, power_pump: {at: \"20:00\", pattern: [10, 10, 10]}"},
		"min_gap":            {"target: 14", "session: 90m", "max_gap: 1h35m", "overnight: {sessions: 3, window: 01:00-05:00}"},
		"max_gap":            {"min_gap: 4h, target: 5", "night_gap: 9h", "night_gap: 3h", "nudge_before: 1h, min_gap: 4h, target: 4"},
		"nudge_before":       {"max_gap: 10h", "max_gap: 1h35m", "min_gap: 4h, max_gap: 4h5m, target: 5", "night_gap: 3h"},
		"night_gap":          {"max_gap: 9h30m"},
		"sleep":              {"target: 14", "power_pump: {at: \"23:30\", flex: 0}", "busy: [{from: \"06:00\", to: \"23:30\"}]"},
		"overnight.window":   {"overnight: {sessions: 3, WRONG}"},
		"overnight.sessions": {"overnight: {window: 01:00-01:30, WRONG}"},
		"power_pump.at":      {"busy: [{from: \"19:00\", to: \"21:00\"}], power_pump: {WRONG}"},
		"power_pump.flex":    {"busy: [{from: \"19:00\", to: \"20:00\"}, {from: \"20:15\", to: \"21:00\"}], power_pump: {at: \"20:05\", WRONG}"},
		"power_pump.pattern": {"power_pump: {at: \"20:00\", WRONG}, session: 80m, min_gap: 90m"},
		"day_start":          {"power_pump: {at: \"05:30\", flex: 0}, sleep: off"},
		"busy":               {"power_pump: {at: \"20:00\"}"},
	} {
		for _, other := range others {
			t.Run(key+" "+other, func(t *testing.T) {
				leaf := key[strings.LastIndex(key, ".")+1:]
				if !strings.Contains(other, "WRONG") {
					other += ", WRONG"
				}
				text := zoneLine + "routine: {" + strings.ReplaceAll(other, "WRONG", leaf+": wr0ng") + "}\n"
				got := problemsOf(t, sourceOf(text))
				if len(got) != 1 || !strings.HasPrefix(got[0], "n.yaml:2: routine."+key+": ") {
					t.Errorf("%s says:\n  %s", text, strings.Join(got, "\n  "))
				}
			})
		}
	}
}

func TestNoticesOfTheRoutine(t *testing.T) {
	const rest = "n.yaml:1: channels: none in use reaches a phone, so pushes are only printed; add one such as pushover"
	c, err := sourceOf(zoneLine + "routine:\n  min_gap: 75m\n  target: 13\n").parse()
	if err != nil {
		t.Fatal(err)
	}
	compare(t, c.Notices, []string{rest, "n.yaml:4: routine.target: 13 a day is above the usual 8 to 12; that is yours to choose"})
	_, err = sourceOf(zoneLine + "routine:\n  min_gap: 75m\n  target: 13\n  merge: x\n").parse()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v", err)
	}
	compare(t, e.Notices, []string{rest})
}
