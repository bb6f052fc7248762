package config

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"nightbell/planner"
)

func TestTimetablesAndRampsThatCannotBeRead(t *testing.T) {
	many := strings.TrimSuffix(strings.Repeat("\"07:00\", ", maxTimes+1), ", ")
	steps := strings.Repeat("  - {from: 2026-01-01, target: 9}\n", maxRamp+1)
	const orLine = `, or a cron line such as "0 20 * * mon-fri"`
	check(t, []badText{
		{"times are a list", zoneLine + "routine:\n  times: \"07:00\"\n", []string{
			`n.yaml:3: routine.times: a single value is not a list; write times of day and cron lines such as ["07:00", "10:00", "0 13-22/3 * * *"]`}},
		{"each time is read, and told at its own line", zoneLine + "routine:\n  times:\n  - \"7\"\n  - [\"10:00\"]\n  -\n  - 0 25 * * *\n  - \"07:00\"\n", []string{
			`n.yaml:4: routine.times[0]: "7" is not a time of day; write "07:00"` + orLine,
			`n.yaml:5: routine.times[1]: a list is not a time; write one such as "07:00", or a cron line such as "0 7 * * mon-fri"`,
			`n.yaml:6: routine.times[2]: nothing is not a time; write one such as "07:00", or a cron line such as "0 7 * * mon-fri"`,
			`n.yaml:7: routine.times[3]: "0 25 * * *": the hour cannot be "25"; write 0 to 23, such as in "0 20 * * mon-fri"`}},
		{"a line that never matches", zoneLine + "routine:\n  times: [\"0 0 30 2 *\"]\n", []string{
			`n.yaml:3: routine.times[0]: "0 0 30 2 *" names no date or time that ever comes; write one such as "0 20 * * mon-fri"`}},
		{"a line with a zone of its own", zoneLine + "routine:\n  times: [\"TZ=UTC 0 7 * * *\", CRON_TZ=]\n", []string{
			`n.yaml:3: routine.times[0]: "TZ=UTC 0 7 * * *" names a zone of its own, and timezone holds for all times; write the line alone, such as "0 20 * * mon-fri"`,
			`n.yaml:3: routine.times[1]: "CRON_TZ=" names a zone of its own, and timezone holds for all times; write the line alone, such as "0 20 * * mon-fri"`}},
		{"a very long entry is cut", zoneLine + "routine:\n  times: [" + strings.Repeat("x", 300) + "]\n", []string{
			`n.yaml:3: routine.times[0]: "` + strings.Repeat("x", 200) + `…" is not a time of day; write "07:00"` + orLine}},
		{"more entries than anybody lists", zoneLine + "routine:\n  times: [" + many + "]\n", []string{
			`n.yaml:3: routine.times: has 101 entries, more than 100; name many times in one cron line, such as "0 7-22/3 * * *"`}},
		{"a time that cannot be read breaks no other rule", zoneLine + "routine:\n  target: 14\n  times: [x, \"03:00\"]\n  power_pump: {at: \"20:00\", flex: 0}\n", []string{
			`n.yaml:4: routine.times[0]: "x" is not a time of day; write "07:00"` + orLine}},
		{"a power line that cannot be read", zoneLine + "routine:\n  power_pump:\n    at: 0 20 * *\n", []string{
			`n.yaml:4: routine.power_pump.at: "0 20 * *" has 4 fields, and a cron line has five: minute, hour, day of month, month and weekday; write one such as "0 20 * * mon-fri", or off`}},
		{"a power line that never matches", zoneLine + "routine: {power_pump: {at: 0 20 31 4 *}}\n", []string{
			`n.yaml:2: routine.power_pump.at: "0 20 31 4 *" names no date or time that ever comes; write one such as "0 20 * * mon-fri", or off`}},
		{"a power time far from the listed ones", zoneLine + "routine:\n  times: [\"07:00\", \"12:00\"]\n  power_pump:\n    at: \"20:00\"\n", []string{
			"n.yaml:5: routine.power_pump.at: on Monday no listed time within 1h30m of 20:00 leaves 1h free of busy time and sleep; write one of the times or a longer flex"}},
		{"a ramp is a list", zoneLine + "routine:\n  ramp: {from: 2026-01-01, target: 9}\n", []string{
			"n.yaml:3: routine.ramp: a set of keys is not a list; write entries such as - {from: 2026-01-31, target: 6}"}},
		{"of dates with targets", zoneLine + "routine:\n  ramp:\n  - 9\n  - {}\n  - {from: 1.2.2026, target: many}\n  - {form: 2026-01-01, target: 9}\n", []string{
			"n.yaml:4: routine.ramp[0]: 9 is not a change of the target; write one such as {from: 2026-01-31, target: 6}",
			"n.yaml:5: routine.ramp[1].from: is missing; write a date such as from: 2026-01-31",
			"n.yaml:5: routine.ramp[1].target: is missing; write a whole number such as target: 6",
			`n.yaml:6: routine.ramp[2].from: "1.2.2026" is not a date; write year, month and day, such as "2026-03-08"`,
			`n.yaml:6: routine.ramp[2].target: "many" is not a whole number; write one such as 6`,
			"n.yaml:7: routine.ramp[3].from: is missing; write a date such as from: 2026-01-31",
			"n.yaml:7: routine.ramp[3].form: is not a known key; did you mean from?"}},
		{"a rule of a step has the step's place in the file", zoneLine + "routine:\n  ramp:\n  - x\n  - from: 2026-01-01\n    target: 15\n", []string{
			`n.yaml:4: routine.ramp[0]: "x" is not a change of the target; write one such as {from: 2026-01-31, target: 6}`,
			"n.yaml:6: routine.ramp[1].target: 15 is out of range; write 1 to 14, such as 8"}},
		{"a date has one target", zoneLine + "routine:\n  ramp:\n  - {from: 2026-01-01, target: 9}\n  - {from: 2026-01-01, target: 10}\n", []string{
			"n.yaml:5: routine.ramp[1].from: 2026-01-01 has a target already; write each date once"}},
		{"more steps than anybody takes", zoneLine + "routine:\n  ramp:\n" + steps, []string{
			"n.yaml:3: routine.ramp: has 105 entries, more than 104; keep those that are still to come, and the last one before them"}},
	})
}

func TestTimetablesAndRampsAreRead(t *testing.T) {
	r := load(t, zoneLine+`routine:
  times: [10:00, "07:00", 0 13-22/3 * * *, "@daily", 02:30]
  ramp:
  - {from: 2026-02-01, target: 6}
  - {from: "2026-01-01", target: 7}
  power_pump: {at: " 0  22 * * mon-fri"}
`).Routine
	if got, want := fmt.Sprint(r.Times), "[10:00 07:00 0 13-22/3 * * * @daily 02:30]"; got != want {
		t.Errorf("times are %s, want %s", got, want)
	}
	if want := []planner.Step{{From: planner.Date{Year: 2026, Month: time.February, Day: 1}, Target: 6}, {From: planner.Date{Year: 2026, Month: time.January, Day: 1}, Target: 7}}; !reflect.DeepEqual(r.Ramp, want) {
		t.Errorf("the ramp is %v, want %v", r.Ramp, want)
	}
	if r.Power == nil || r.Power.Line.String() != "0 22 * * mon-fri" {
		t.Errorf("the power session is %+v", r.Power)
	}
	for _, none := range []string{"times: []", "times: off", "times: ", "ramp: []", "ramp: "} {
		if r := load(t, zoneLine+"routine: {"+none+"}\n").Routine; r.Times != nil || r.Ramp != nil {
			t.Errorf("%s: %v and %v", none, r.Times, r.Ramp)
		}
	}
}

// TestCheckSaysWhereATimetablePassesTheLimits: one line each for the number and
// the limits, at the line of the times.
func TestCheckSaysWhereATimetablePassesTheLimits(t *testing.T) {
	c, err := sourceOf(zoneLine + "routine:\n  times:\n  - \"06:00\"\n  - \"10:00\"\n  - \"14:00\"\n  - \"18:00\"\n  - \"22:00\"\n").parse()
	if err != nil {
		t.Fatal(err)
	}
	compare(t, c.Notices, []string{
		"n.yaml:1: channels: none in use reaches a phone, so pushes are only printed; add one such as pushover",
		"n.yaml:3: routine.times: has 5 times a day, and target is 8; the plan follows the times, and target: 5 would say the same",
		"n.yaml:3: routine.times: the times pass the gap limit (3h30m by day and 4h at night): 22:00-06:00 by 4h, 06:00-10:00 by 30m, 10:00-14:00 by 30m, 14:00-18:00 by 30m and 1 more; the overnight window gets 0 of 1 starts; the plan follows the times all the same, and max_gap: 4h30m would spare you the nudges by day",
	})
}
