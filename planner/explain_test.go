package planner

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// explained is a routine, its history and what is to be said of the plan.
type explained struct {
	rule   string
	change func(*Routine)
	log    []string // sessions, as "10T07:00" or "10T07:00:30" of June 2026 in New York; with a P, power sessions
	pauses [][2]string
	passed []Passed
	since  string // when reminders began; empty: days before
	now    string
	start  string // the wall-clock time of a start of the plan
	why    string // of that start
	cost   int    // the principle, 0 to 6
	says   string // of it
}

func TestExplain(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	at := func(text string) time.Time {
		v, err := time.ParseInLocation("2006-01-02T15:04:05", "2026-06-"+text+":00"[:max(0, len("10T07:00:00")-len(text))], zone)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	busy := func(from, to TimeOfDay, name string) func(*Routine) {
		return func(r *Routine) { r.Busy = []Busy{{Range: Range{from, to}, Name: name}} }
	}
	twoBusy := func(r *Routine) {
		r.Busy = []Busy{{Range: Range{11*60 + 50, 13*60 + 20}, Name: "meeting"}, {Range: Range{14*60 + 30, 16*60 + 30}, Name: "course"}}
	}
	power := func(r *Routine) {
		p := DefaultPower(20 * 60)
		r.Power = &p
	}
	morning := func(r *Routine) {
		p := DefaultPower(10 * 60)
		r.Power = &p
	}
	log := []string{"10T07:00", "10T09:40"}
	times := func(text string) func(*Routine) { return func(r *Routine) { r.Times = timetable(t, text) } }
	const three = "07:00 10:00 13:00 16:00 19:00 22:00 02:00"
	for _, c := range []explained{
		{rule: "nothing in the way, nothing to say", log: log, now: "10T09:45", start: "12:20"},
		{rule: "every gap within its limit", log: log, now: "10T09:45", cost: 0, says: "No gap is longer than your limit: 3 h 30 by day, 4 h asleep."},
		{rule: "the night has its session", log: log, now: "10T09:45", cost: 1, says: "1 of 1 on Thu, 01:00 to 05:00, as you set."},
		{rule: "what rings, and what for", log: log, now: "10T09:45", cost: 2, says: "One start in it, at 03:00, for your night window."},
		{rule: "the number is reached", log: log, now: "10T09:45", cost: 3, says: "8 of 8 in the day until Thu 06:00."},
		{rule: "no power session", log: log, now: "10T09:45", cost: 4, says: "No power session is asked for."},
		{rule: "no time of it", log: log, now: "10T09:45", cost: 5, says: "So there is no time to keep."},
		{rule: "the least and the longest gap", log: log, now: "10T09:45", cost: 6, says: "From 2 h 40 (09:40 to 12:20) to 4 h (23:00 to 03:00); as even as the rest allows."},
		{rule: "later would be in sleep", log: log, now: "10T09:45", start: "23:00", why: "23:40 would take more of your sleep."},
		{rule: "a meeting is in the way, and before it is too close", change: func(r *Routine) { busy(11*60+55, 13*60+30, "meeting")(r); power(r) },
			log: []string{"10T07:00", "10T10:30"}, now: "10T10:45", start: "13:30", why: "12:50 is inside your meeting; 11:40 would be too close to 10:30."},
		{rule: "one time in busy time is explained where the start is that stands for it", change: twoBusy, log: []string{"10T07:00", "10T09:10"}, now: "10T09:12",
			start: "14:15", why: "14:40 is inside your course; 16:30 would be too close to 17:10."},
		{rule: "and not once more at the one after", change: twoBusy, log: []string{"10T07:00", "10T09:10"}, now: "10T09:12", start: "17:10"},
		{rule: "ten minutes are nothing to wonder about", change: func(r *Routine) { busy(11*60+50, 13*60, "meeting")(r); power(r) },
			log: []string{"10T07:00", "10T10:30"}, now: "10T10:45", start: "13:00"},
		{rule: "busy time without a name", change: busy(11*60+55, 13*60+40, ""), log: []string{"10T07:00", "10T10:30"}, now: "10T10:45", start: "13:40", why: "13:00 is inside your busy time; 11:40 would be too close to 10:30."},
		{rule: "a long gap names what is in the way", change: busy(9*60, 17*60, "work"), log: []string{"10T07:00", "10T08:40"}, now: "10T08:45",
			cost: 0, says: "From 08:40 to 17:00 it is 8 h 20, 4 h 50 past your limit: 12:10 is inside your work."},
		{rule: "a power session without room", change: func(r *Routine) { busy(17*60, 22*60, "")(r); power(r) }, log: log, now: "10T09:45",
			cost: 4, says: "One day goes without: nothing was free within 1 h 30 of 20:00."},
		{rule: "a power session that moved", change: func(r *Routine) { busy(19*60, 20*60+30, "class")(r); power(r) }, log: log, now: "10T09:45",
			cost: 5, says: "30 min from 20:00: 20:00 is inside your class."},
		{rule: "power sessions that moved on two days", change: func(r *Routine) { busy(20*60+30, 21*60+30, "cinema")(r); power(r) }, since: "10T17:30", log: []string{"10T17:30"}, now: "10T17:40",
			cost: 5, says: "Wed 45 min and Thu 30 min from 20:00: 20:00 would run into your cinema."},
		{rule: "what a power session needs after it", change: func(r *Routine) { busy(20*60+30, 21*60+30, "cinema")(r); power(r) }, since: "10T17:30", log: []string{"10T17:30"}, now: "10T17:40",
			start: "19:15", why: "20:00 would run into your cinema; 19:30 would be too close to 21:30 for a power session."},
		{rule: "and what comes after it", change: func(r *Routine) { busy(20*60+30, 21*60+30, "cinema")(r); power(r) }, since: "10T17:30", log: []string{"10T17:30"}, now: "10T17:40",
			start: "21:30", why: "20:30 is inside your cinema; 20:15 would be too close to the power session of 19:15."},
		{rule: "a power session in a timetable", change: func(r *Routine) { times("07:00 10:00 13:00 16:00 19:30 22:30 03:00")(r); power(r) }, log: log, now: "10T09:45",
			cost: 5, says: "30 min from 20:00: your timetable has 19:30."},
		{rule: "a power session at its time", change: power, log: log, now: "10T09:45", cost: 5, says: "Nothing had to move from 20:00."},
		{rule: "a night that is paused", log: log, pauses: [][2]string{{"10T22:00", "11T08:00"}}, now: "10T09:45",
			cost: 1, says: "0 of 1 on Thu, 01:00 to 05:00: there was no room for more; 03:00 is inside a pause. 1 of 1 on Fri, 01:00 to 05:00, as you set."},
		{rule: "a night that had its session", log: []string{"10T22:30", "11T03:00"}, now: "11T03:10", cost: 1, says: "1 of 1 on Thu, 01:00 to 05:00, had already. 1 of 1 on Fri, 01:00 to 05:00, as you set."},
		{rule: "and has one more", log: []string{"10T21:00", "11T01:00"}, now: "11T01:10",
			cost: 1, says: "1 of 1 on Thu, 01:00 to 05:00, had already, 1 more planned. 1 of 1 on Fri, 01:00 to 05:00, as you set."},
		{rule: "and one of the timetable's", change: times(three + " 04:30"), log: []string{"10T22:00", "11T02:00"}, now: "11T02:10",
			cost: 1, says: "1 of 1 on Thu, 01:00 to 05:00, had already, 1 more planned. 2 of 1 on Fri, 01:00 to 05:00, as your timetable has it."},
		{rule: "a gap until waking may be longer than the night's", log: []string{"11T02:30"}, now: "11T02:40",
			cost: 0, says: "No gap is longer than your limit: 3 h 30 by day, 4 h asleep, and up to 1 h 30 more until you wake."},
		{rule: "what comes on waking would else ring", log: []string{"11T02:30"}, now: "11T02:40", start: "07:00", why: "06:05 would take more of your sleep."},
		{rule: "a sentence begins with a capital", change: func(r *Routine) { r.Target = 6 }, log: []string{"11T01:00"}, now: "11T01:30", start: "05:00",
			why: "From 04:45 to 08:30 it would be 3 h 45, longer than your limit."},
		{rule: "a night whose start was only offered", log: []string{"10T22:30"}, passed: []Passed{{At: at("11T02:30")}}, now: "11T03:10",
			cost: 1, says: "1 of 1 on Thu, 01:00 to 05:00, offered already. 1 of 1 on Fri, 01:00 to 05:00, as you set."},
		{rule: "a timetable with more than the night needs", change: times("07:00 10:00 13:00 16:00 19:00 22:00 01:30 04:30"), log: log, now: "10T09:45",
			cost: 1, says: "2 of 1 on Thu, 01:00 to 05:00, as your timetable has it."},
		{rule: "starts of two nights have their days", log: []string{"10T20:00"}, now: "10T20:30", cost: 2, says: "2 starts in it: at Thu 03:00 and Fri 03:00, for your night window."},
		{rule: "and so have four", change: func(r *Routine) { r.Target, r.Overnight.Sessions = 10, 2 }, log: []string{"10T20:00"}, now: "10T20:30",
			cost: 2, says: "4 starts in it: at Thu 01:40, Thu 04:20, Fri 01:40 and Fri 04:20, for your night window."},
		{rule: "a start that was let go counts, and is told", log: []string{"10T07:00"}, now: "10T15:50",
			passed: []Passed{{At: at("10T09:40")}, {At: at("10T12:20")}, {At: at("10T15:00")}}, cost: 3, says: "8 of 8 in the day until Thu 06:00, counting 1 let go."},
		{rule: "and so do the hours before reminders began", since: "10T15:50", now: "10T15:50", cost: 3,
			says: "8 of 8 in the day until Thu 06:00, counting 3 for the hours before 15:50. 8 of 8 in the day until Fri 06:00."},
		{rule: "a listed time that is put off", change: times("07:00 09:00 11:00 14:00 17:00 20:00 23:00 02:00"), log: []string{"10T07:50"}, now: "10T07:55",
			cost: 3, says: "Every listed time has its start, 09:00 at 09:20."},
		{rule: "a power session that would cost more than it gives", change: func(r *Routine) {
			power(r)
			r.MinGap, r.Target = 2*time.Hour, 10
		}, log: []string{"10T07:00", "10T09:40", "10T18:00"}, now: "10T18:05", cost: 4, says: "Planned for 20:00. Another day goes without: within 1 h 30 of 20:00 it would cost a longer gap, a night session, sleep or the day's number."},
		{rule: "power sessions of two days", change: power, log: []string{"10T07:00", "10T09:40", "10T12:20", "10T15:00", "10T17:00"}, now: "10T17:05", cost: 4, says: "Planned for 20:00 and Thu 20:00."},
		{rule: "a power session that was offered", change: morning, log: []string{"10T07:00", "10T12:30"}, passed: []Passed{{At: at("10T10:00"), Power: true}}, now: "10T12:40",
			cost: 4, says: "It was offered already, at 10:00."},
		{rule: "a power session whose time is over", change: morning, log: []string{"10T07:00", "10T12:30"}, now: "10T12:40", cost: 4, says: "Its time does not come in this plan."},
		{rule: "a power session that begins later", change: func(r *Routine) {
			power(r)
			r.Power.Starting = Date{2026, 7, 1}
		}, log: log, now: "10T09:45", cost: 4, says: "It begins on Wed 1 Jul."},
		{rule: "a number that has no room any more", change: func(r *Routine) { r.Target = 12 }, log: []string{"10T15:00"}, now: "10T15:05",
			cost: 3, says: "7 of 12 in the day until Thu 06:00: more would lie too close together or in your sleep."},
		{rule: "a timetable that is kept", change: times(three), log: log, now: "10T09:45", cost: 3, says: "Every listed time has its start."},
		{rule: "a listed time in busy time", change: func(r *Routine) { times(three)(r); busy(15*60, 17*60, "work")(r) }, log: log, now: "10T09:45",
			cost: 3, says: "Without a start: 16:00 is inside your work."},
		{rule: "listed times too close together", change: times("07:00 10:00 13:00 14:00 19:00"), log: log, now: "10T09:45", cost: 3, says: "Without a start: 13:00 lies too close to another start."},
		{rule: "a timetable without a night", change: times("07:00 10:00 13:00 17:00 22:00"), log: log, now: "10T09:45", cost: 1, says: "0 of 1 on Thu, 01:00 to 05:00: your timetable has no more for it."},
		{rule: "what a listed time at night rings for", change: times("07:00 10:00 13:00 17:00 22:00 02:00 05:00"), log: log, now: "10T09:45", cost: 2,
			says: "2 starts in it: at 02:00, for your night window; at 05:00, as your timetable has it."},
		{rule: "the gaps of a timetable", change: times(three), log: log, now: "10T09:45", cost: 6, says: "From 3 h (13:00 to 16:00) to 4 h (22:00 to 02:00); as your timetable has them."},
		{rule: "a power session by a line", change: func(r *Routine) {
			power(r)
			r.Power.Line, _ = ParseLine("0 20 * * *")
		}, log: log, now: "10T09:45", cost: 5, says: "Nothing had to move from its time."},
		{rule: "a session begun between two minutes: the gap is that of the clocks", change: busy(9*60, 13*60, "work"), log: []string{"10T07:00", "10T08:44:40"}, now: "10T08:50",
			cost: 0, says: "From 08:44 to 13:00 it is 4 h 16, 46 min past your limit: 12:10 is inside your work."},
		{rule: "and so in what is said of the gaps", log: []string{"10T07:00", "10T19:02:25"}, now: "10T19:05", cost: 6, says: "From 1 h 58 (19:02 to 21:00) to 4 h (23:00 to 03:00); as even as the rest allows."},
		{rule: "a long gap after a power session", change: func(r *Routine) { power(r); r.MaxGap = 150 * time.Minute }, log: []string{"10T07:00", "10T09:00P"}, now: "10T09:05",
			cost: 0, says: "From 09:00 to 11:15 it is 2 h 15, 15 min past your limit: after a power session the next comes 2 h 15 later at the earliest."},
		{rule: "a timetable past the limit, in one sentence", change: times("07:00 10:00 14:00 18:00 22:00"), log: log, now: "10T09:45",
			cost: 0, says: "Your timetable goes past your limit: 09:40 to 14:00 by 50 min; 14:00 to 18:00 by 30 min; 18:00 to 22:00 by 30 min; 22:00 to 07:00, where this plan ends, by 5 h."},
		{rule: "a timetable that busy time makes longer", change: func(r *Routine) { times(three)(r); busy(15*60, 17*60, "work")(r) }, log: log, now: "10T09:45",
			cost: 0, says: "From 13:00 to 19:00 it is 6 h, 2 h 30 past your limit: 16:00 is inside your work."},
		{rule: "a listed time of the night in busy time", change: func(r *Routine) { times(three)(r); busy(1*60+30, 2*60+30, "shift")(r) }, log: log, now: "10T09:45",
			cost: 1, says: "0 of 1 on Thu, 01:00 to 05:00: your timetable has no more for it; 02:00 is inside your shift."},
		{rule: "listed times with the same reason together, with their day", change: func(r *Routine) { times(three)(r); busy(9*60, 14*60, "work")(r) }, log: []string{"10T16:00"}, now: "10T16:05",
			cost: 3, says: "Without a start: Thu 10:00, Thu 13:00 are inside your work."},
		{rule: "a pause is named where there is one", log: []string{"10T15:00"}, pauses: [][2]string{{"10T16:00", "10T22:00"}}, now: "10T15:05",
			cost: 3, says: "3 of 8 in the day until Thu 06:00: more would lie too close together, in your sleep or in a pause. 8 of 8 in the day until Fri 06:00."},
		{rule: "a night's second start by day is for the number", change: func(r *Routine) { r.Sleep = &Range{9 * 60, 17 * 60}; r.DayStart = 16 * 60; r.Target = 10 }, log: []string{"10T17:00"}, now: "10T17:05",
			cost: 1, says: "2 of 1 on Thu, 01:00 to 05:00: more, for the day's number."},
		{rule: "more than the number, for the night", change: func(r *Routine) {
			r.Target, r.Overnight.Sessions, r.MaxGap, r.NightGap, r.Sleep = 2, 2, 9*time.Hour, 9*time.Hour, nil
		}, log: []string{"10T22:00"}, now: "10T22:05", cost: 3,
			says: "3 of 2 in the day until Thu 06:00: more, for your night window. 4 of 2 in the day until Fri 06:00: more, for your night window."},
		{rule: "a power session would run into sleep", change: func(r *Routine) { power(r); r.Power.At = 22*60 + 30; r.Power.Flex = time.Hour }, log: log, now: "10T09:45",
			cost: 5, says: "30 min from 22:30: 22:30 would run into your sleep."},
		{rule: "and at its start it says so", change: func(r *Routine) { power(r); r.Power.At = 22*60 + 30; r.Power.Flex = time.Hour }, log: log, now: "10T09:45", start: "22:00", why: "22:30 would run into your sleep."},
		{rule: "a power time between two five-minute marks", change: func(r *Routine) { power(r); r.Power.At = 20*60 + 3 }, log: log, now: "10T09:45",
			cost: 5, says: "2 min from 20:03, the five-minute mark beside it."},
		{rule: "a power session too close to the last session", change: func(r *Routine) { power(r); r.Power.Flex = 0 }, log: []string{"10T07:00", "10T19:02:25"}, now: "10T19:05",
			cost: 4, says: "Planned for Thu 20:00. Another day goes without: at 20:00 it would be too close to 19:02."},
		{rule: "a power session that no listed time holds", change: func(r *Routine) { times(three)(r); power(r); busy(18*60, 21*60, "class")(r) }, log: log, now: "10T09:45",
			cost: 4, says: "One day goes without: no listed time was free within 1 h 30 of 20:00."},
		{rule: "a power session that was had", change: morning, log: []string{"10T07:00", "10T10:00P", "10T12:30"}, now: "10T12:40", cost: 4, says: "You had it already, at 10:00."},
		{rule: "without one planned there is no time to keep", change: func(r *Routine) {
			power(r)
			r.Power.Starting = Date{2026, 7, 1}
		}, log: log, now: "10T09:45", cost: 5, says: "So there is no time to keep."},
		{rule: "with room to move, what is free lies too close", change: power, log: []string{"10T07:00", "10T20:40"}, now: "10T20:45",
			cost: 4, says: "Planned for Thu 20:00. Another day goes without: what is free within 1 h 30 of 20:00 lies too close to 20:40."},
		{rule: "a night start that is due was not had yet", log: []string{"10T22:58"}, now: "11T03:12",
			cost: 1, says: "1 of 1 on Thu, 01:00 to 05:00, as you set. 1 of 1 on Fri, 01:00 to 05:00, as you set."},
		{rule: "nor was a power session that is due", change: power, log: []string{"10T07:00", "10T09:40", "10T12:20", "10T15:00", "10T17:20"}, now: "10T20:10",
			cost: 4, says: "One is due now. Planned for Thu 20:00."},
		{rule: "no night, no sleep", change: func(r *Routine) { r.Overnight.Window, r.Sleep = nil, nil }, log: log, now: "10T09:45", cost: 2, says: "No sleep is set, so none is kept free."},
		{rule: "without sleep there is one limit", change: func(r *Routine) { r.Overnight.Window, r.Sleep = nil, nil }, log: log, now: "10T09:45", cost: 0, says: "No gap is longer than your limit: 3 h 30."},
	} {
		r := Default(zone)
		if c.change != nil {
			c.change(&r)
		}
		h := History{Since: at("01T07:00"), Passed: c.passed}
		if c.since != "" {
			h.Since = at(c.since)
		}
		for _, s := range c.log {
			s, power := strings.CutSuffix(s, "P")
			kind := Pump
			if power {
				kind = PowerSession
			}
			h.Sessions = append(h.Sessions, Session{Start: at(s), Kind: kind})
		}
		for _, p := range c.pauses {
			h.Pauses = append(h.Pauses, Pause{at(p[0]), at(p[1])})
		}
		plan, x := Make(r, h, at(c.now)), Explain(r, h, at(c.now))
		if c.start == "" {
			if x.Costs[c.cost] != c.says {
				t.Errorf("%s: %q, want %q", c.rule, x.Costs[c.cost], c.says)
			}
			continue
		}
		found := false
		for i, s := range plan.Starts {
			if s.At.Format("15:04") == c.start && !found {
				found = true
				if x.Starts[i] != c.why {
					t.Errorf("%s: %q, want %q", c.rule, x.Starts[i], c.why)
				}
			}
		}
		if !found {
			t.Errorf("%s: no start at %s in %+v", c.rule, c.start, plan.Starts)
		}
	}
}

// unkindWords are those of how nightbell speaks.
var unkindWords = regexp.MustCompile(`(?i)\b(missed|late|overdue|behind|failed|should have|must|streak|left|don't lose your supply|your baby needs)\b`)

func TestEveryPlanIsExplainedInWholeAndKindSentences(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		zone := drawZone(t)
		now := drawNow(t, zone)
		r, h := drawRoutine(t, zone), drawHistory(t, now)
		if rapid.Bool().Draw(t, "timetable") {
			drawTimes(t, &r, 12)
		}
		drawPauses(t, &h, now)
		if rapid.Bool().Draw(t, "busy") {
			r.Busy = []Busy{{Range: drawRange(t, "busy", 30, 8*60), Name: "course"}}
		}
		plan, x := Make(r, h, now), Explain(r, h, now)
		if len(x.Starts) != len(plan.Starts) {
			t.Fatalf("%d starts are explained of %d", len(x.Starts), len(plan.Starts))
		}
		for i, text := range x.Costs {
			if text == "" {
				t.Fatalf("nothing is said of principle %d", i+1)
			}
		}
		for _, text := range append(x.Costs[:], x.Starts...) {
			if text != "" && !strings.HasSuffix(text, ".") || strings.Contains(text, "%!") || unkindWords.MatchString(text) {
				t.Fatalf("%q", text)
			}
		}
		if (plan.Cost.Excess == 0) != strings.HasPrefix(x.Costs[0], "No gap is longer") {
			t.Fatalf("an excess of %d min is told as %q", plan.Cost.Excess, x.Costs[0])
		}
		if r.Sleep != nil && (plan.Cost.Sleep == 0) != strings.HasPrefix(x.Costs[2], "Nothing is planned") {
			t.Fatalf("%d min of sleep are told as %q", plan.Cost.Sleep, x.Costs[2])
		}
	})
}
