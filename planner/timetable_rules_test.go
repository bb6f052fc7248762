package planner

import (
	"slices"
	"testing"
	"time"
)

func TestCheckOfTimetablesAndRamps(t *testing.T) {
	const three = "07:00 10:00 13:00 16:00 19:00 22:00 02:00 05:00"
	const limits = "the times pass the gap limit (3h30m by day and 4h at night): "
	times := func(text string, more ...func(*Routine)) func(*testing.T, *Routine) {
		return func(t *testing.T, r *Routine) {
			r.Times = timetable(t, text)
			for _, f := range more {
				f(r)
			}
		}
	}
	target := func(n int) func(*Routine) { return func(r *Routine) { r.Target = n } }
	power := func(at TimeOfDay, line string, flex time.Duration) func(*Routine) {
		return func(r *Routine) {
			p := DefaultPower(at)
			if line != "" {
				p.Line, _ = ParseLine(line)
			}
			p.Flex, r.Power = flex, &p
		}
	}
	ramp := func(steps ...Step) func(*testing.T, *Routine) {
		return func(_ *testing.T, r *Routine) { r.Ramp = steps }
	}
	day := func(n int) Date { return Date{2026, 6, n} }
	for _, c := range []struct {
		name     string
		change   func(*testing.T, *Routine)
		problems []Problem
		notices  []Problem
	}{
		{"a timetable that fits has nothing to say", times(three), nil, nil},
		{"unsorted and with a time twice neither", times("10:00 05:00 13:00 16:00 19:00 02:00 22:00 07:00 22:00"), nil, nil},
		{"the target differs from the number of times", times("07:00 10:00 13:00 16:00 19:00 22:00 02:00"), nil, []Problem{
			{"routine.times", "has 7 times a day, and target is 8; the plan follows the times, and target: 7 would say the same"}}},
		{"the number of times differs from day to day", times("0 7-22/3,2 * * mon-fri | 0 8,12,16,20,0 * * sat,sun"), nil, []Problem{
			{"routine.times", "has 5 to 7 times a day, and target is 8; the plan follows the times"},
			{"routine.times", limits + "00:00-08:00 by 4h, 20:00-02:00 by 2h, 08:00-12:00 by 30m, 12:00-16:00 by 30m and 1 more; the overnight window gets 0 of 1 starts; the plan follows the times all the same, and max_gap: 4h30m would spare you the nudges by day"}}},
		{"a gap by day so long that a nudge is worth having", times("07:00 10:00 16:30 19:30 22:30 02:30", target(6)), nil, []Problem{
			{"routine.times", limits + "10:00-16:30 by 3h; the plan follows the times all the same"}}},
		{"the night is past the limit", times("07:00 10:00 13:00 16:00 19:00 22:00", target(6)), nil, []Problem{
			{"routine.times", limits + "22:00-07:00 by 5h; the overnight window gets 0 of 1 starts; the plan follows the times all the same"}}},
		{"and without sleep there is one limit", times("07:00 10:00 13:00 16:00 19:00 22:00", target(6), func(r *Routine) { r.Sleep, r.Overnight.Window = nil, nil }), nil, []Problem{
			{"routine.times", "the times pass the gap limit (3h30m): 22:00-07:00 by 5h30m; the plan follows the times all the same"}}},
		{"times too close", times("07:00 08:00 10:00 13:00 16:00 19:00 22:00 02:00"), nil, []Problem{
			{"routine.times", "has times less than min_gap, 1h30m, apart: 07:00 and 08:00; min_gap comes first, so the second is put off or left out"}}},
		{"times in busy time", times(three, func(r *Routine) {
			r.Busy = []Busy{{Range: Range{9 * 60, 10*60 + 5}, Days: 1 << time.Monday}}
		}), nil, []Problem{
			{"routine.times", "has times that run into busy time: 10:00 on Monday; the plan leaves those out"}}},
		{"times off the grid", times("07:02 10:00 13:00 16:00 19:00 21:59 02:00 05:00"), nil, []Problem{
			{"routine.times", "has times between the five-minute marks of a plan; it starts 07:02 at 07:05, 21:59 at 22:00"}}},
		{"a ramp beside times", func(t *testing.T, r *Routine) {
			times(three)(t, r)
			ramp(Step{day(1), 9})(t, r)
		}, nil, []Problem{{"routine.ramp", "changes nothing while times is set: the day's number is that of its times"}}},
		{"one time a day", times("03:00", target(8), func(r *Routine) { r.MaxGap, r.NightGap, r.Sleep = 9*time.Hour, 9*time.Hour, nil }), nil, []Problem{
			{"routine.times", "has one time a day, and target is 8; the plan follows the times, and target: 1 would say the same"},
			{"routine.times", "the times pass the gap limit (8h30m): 03:00-03:00 by 15h30m; the plan follows the times all the same"},
			{"routine.night_gap", "9h is above the usual 5h; that is yours to choose"}}},
		{"times of some dates only", times("0 7 1 * * | 0 9 * 6 *"), nil, []Problem{
			{"routine.times", "has no times but those of some dates, such as 0 7 1 * *; on every other date the plan has no start"}}},
		{"beside them those of every week are weighed", times("07:00 | 0 10,13,16,19,22 1-31 * * | 0 4 1 * *", target(6)), nil, []Problem{
			{"routine.times", "has times of some dates only, such as 0 4 1 * *; what else is said of the times leaves those out"},
			{"routine.times", limits + "22:00-07:00 by 5h; the overnight window gets 0 of 1 starts; the plan follows the times all the same"}}},
		{"a power time on some dates may be one of theirs", times("07:00 | 0 10,13,16,19,22 * * * | 0 2 * * * | 30 20 1 * *", target(7), power(0, "30 20 1 * *", 0)), nil, []Problem{
			{"routine.times", "has times of some dates only, such as 30 20 1 * *; what else is said of the times leaves those out"}}},
		{"a power time on some dates finds room on each weekday", func(_ *testing.T, r *Routine) { power(0, "30 22 15 * *", 0)(r) }, []Problem{
			{"routine.power_pump.at", "on Monday no instant within 0m of 22:30 leaves 1h free of busy time and sleep; write another time or a longer flex"}}, nil},
		{"a power time on some dates lies outside the busy time of each weekday", func(_ *testing.T, r *Routine) {
			power(0, "0 20 15 * *", time.Hour)(r)
			r.Busy = []Busy{{Range: Range{1190, 1230}, Days: 1 << time.Thursday}}
		}, []Problem{{"routine.power_pump.at", "20:00 lies in busy time on Thursday; write a time outside it"}}, nil},
		{"a power time of one month on its weekdays only", func(_ *testing.T, r *Routine) {
			power(0, "0 20 * 6 tue", time.Hour)(r)
			r.Busy = []Busy{{Range: Range{1190, 1230}, Days: 1 << time.Thursday}}
		}, nil, nil},
		{"a target that would not fit does not matter", times("0 */2 * * *", func(r *Routine) { r.MinGap, r.Target = 2*time.Hour, 12 }), nil, nil},
		{"a time is on the clock", func(_ *testing.T, r *Routine) { r.Times = []Clockwork{{At: 60}, {At: 1440}} }, []Problem{
			{"routine.times[1]", "is not a time of day; write 00:00 to 23:59, such as 07:00, or a cron line"}}, nil},
		{"no more times than a plan can have", times("*/5 * * * *", target(12), func(r *Routine) { r.MinGap = time.Hour }), nil, []Problem{
			{"routine.times", "has 288 times a day, and target is 12; the plan follows the times"},
			{"routine.times", "has times less than min_gap, 1h, apart: 00:00 and 00:05, 00:05 and 00:10, 00:10 and 00:15, 00:15 and 00:20 and 284 more; min_gap comes first, so the second is put off or left out"}}},
		{"and not more", times("*/5 * * * * | 07:00"), []Problem{
			{"routine.times", "names 289 times, and a day has 288 five-minute marks to start at; write fewer, such as 0 7-22/3 * * *"}}, nil},
		{"a power time near a listed one", times(three, power(20*60, "", time.Hour)), nil, nil},
		{"a power time far from every listed one", times(three, power(20*60+30, "", time.Hour)), []Problem{
			{"routine.power_pump.at", "on Monday no listed time within 1h of 20:30 leaves 1h free of busy time and sleep; write one of the times or a longer flex"}}, nil},
		{"times that leave no room after a power session", times("0 */2 * * *", target(12), power(20*60, "", 0)), nil, []Problem{
			{"routine.power_pump.at", "on Monday the times within 0m of 20:00 leave less than 2h15m to the next, which a power session asks for, so there is none"}}},
		{"a power line in busy time", func(_ *testing.T, r *Routine) {
			power(0, "0 20 * * tue,thu", time.Hour)(r)
			r.Busy = []Busy{{Range: Range{1190, 1230}, Days: 1 << time.Thursday}}
		}, []Problem{{"routine.power_pump.at", "20:00 lies in busy time on Thursday; write a time outside it"}}, nil},
		{"on a day that the line leaves out it does not matter", func(_ *testing.T, r *Routine) {
			power(0, "0 20 * * tue,thu", time.Hour)(r)
			r.Busy = []Busy{{Range: Range{1190, 1230}, Days: 1 << time.Wednesday}}
		}, nil, nil},
		{"a ramp of usual targets", ramp(Step{day(1), 9}, Step{day(8), 10}), nil, nil},
		{"a step has a date", ramp(Step{day(1), 9}, Step{Date{}, 9}), []Problem{{"routine.ramp[1].from", "is missing; write a date such as 2026-01-31"}}, nil},
		{"a date has one step", ramp(Step{day(1), 9}, Step{day(1), 9}), []Problem{{"routine.ramp[1].from", "2026-06-01 has a target already; write each date once"}}, nil},
		{"a step's target is legal", ramp(Step{day(1), 15}), []Problem{{"routine.ramp[0].target", "15 is out of range; write 1 to 14, such as 8"}}, nil},
		{"and fits", ramp(Step{day(1), 9}, Step{day(2), 12}, Step{day(3), 13}), []Problem{{"routine.ramp[2].target",
			"13 sessions do not fit into the 16h awake with min_gap 1h30m; write a target of at most 12 or a min_gap of at most 1h25m"}}, []Problem{
			{"routine.ramp[2].target", "13 a day is above the usual 8 to 12; that is yours to choose"}}},
		{"low steps are told in one line", ramp(Step{day(1), 7}, Step{day(8), 6}), nil, []Problem{{"routine.ramp[0].target", "7 a day is below the usual 8 to 12; that is yours to choose"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := Default(time.UTC)
			c.change(t, &r)
			problems, notices := r.Check()
			if !slices.Equal(problems, c.problems) || !slices.Equal(notices, c.notices) {
				t.Errorf("problems %v\nwant %v\nnotices %v\nwant %v", problems, c.problems, notices, c.notices)
			}
		})
	}
}
