package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"nightbell/daemon"
	"nightbell/daemon/config"
)

// A year of one person is the same bytes every time, on the real program.
func TestASimulatedYearIsTheSameBytesTwice(t *testing.T) {
	t.Parallel()
	h := newHome(t, "2026-03-01T12:00:00", withPushover("http://127.0.0.1:1"))
	args := []string{"simulate", "--days", "365", "--seed", "1", "--faults", "some", "--json"}
	first := h.must(args...)
	if again := h.must(args...); again != first {
		t.Error("the same command printed something else")
	}
	var doc simulateDoc
	if err := json.Unmarshal([]byte(first), &doc); err != nil {
		t.Fatal(err)
	}
	if len(doc.Days) != 365 || doc.Days[0].Date != "2026-03-01" || doc.Days[364].Date != "2027-02-28" {
		t.Errorf("%d days, from %s; want 365 from today on", len(doc.Days), doc.Days[0].Date)
	}
	for _, line := range doc.Promise {
		if !line.Kept {
			t.Errorf("%s: %+v", line.Line, line.Broken)
		}
	}
	// A year of an ordinary home has every kind of fault, and the report names it.
	told := unfolded(h.must("simulate", "--days", "365", "--seed", "1", "--faults", "some"))
	if len(doc.Summary.Faults) != len(faultWords()) {
		t.Errorf("%d kinds of fault, and there are words for %d", len(doc.Summary.Faults), len(faultWords()))
	}
	for _, f := range faultWords() {
		if doc.Summary.Faults[string(f.kind)] == 0 || !strings.Contains(told, f.words+" ") {
			t.Errorf("%s never came, or is not told as %q", f.kind, f.words)
		}
	}
}

func TestASimulatedDayCountsWhatWasLogged(t *testing.T) {
	t.Parallel()
	h := newHome(t, "2026-06-10T12:00:00", withPushover("http://127.0.0.1:1"))
	for name, c := range map[string]struct {
		args []string
		want func(simulateDoc) bool
	}{
		"who obeys reaches the number every day": {[]string{"--people", "on-time"}, func(d simulateDoc) bool {
			return d.Summary.Reached == 14 && d.Summary.Sessions == 14*8 && d.Summary.Alarms == 14
		}},
		"whoever is an hour after comes to eight with a higher target": {[]string{"--people", "hour-after"}, func(d simulateDoc) bool {
			if d.Summary.Reached != 0 || d.Summary.Suggested == nil {
				return false
			}
			h := newHome(t, "2026-06-10T12:00:00", fmt.Sprintf("%sroutine: {target: %d}\n", exampleRoutine, *d.Summary.Suggested))
			var with simulateDoc
			_ = json.Unmarshal([]byte(h.must("simulate", "--people", "hour-after", "--json")), &with)
			return with.Summary.Sessions >= 8*with.Summary.Days && d.Summary.Sessions < 8*d.Summary.Days
		}},
		"a target is named with the days it was held against": {[]string{"--late", "45m"}, func(d simulateDoc) bool {
			return d.Summary.Suggested != nil && *d.Summary.Suggested == 10 && *d.Summary.SuggestedReached >= 19 && *d.Summary.SuggestedReached <= 28
		}},
		"and none where half of the days would do without": {[]string{"--late", "1h"}, func(d simulateDoc) bool {
			return d.Summary.Reached == 0 && d.Summary.Suggested == nil && d.Summary.SuggestedReached == nil
		}},
		"no target is suggested to whoever reaches the number": {[]string{"--people", "naps"}, func(d simulateDoc) bool {
			return d.Summary.Suggested == nil
		}},
		"nor where none helps": {[]string{"--people", "silent"}, func(d simulateDoc) bool { return d.Summary.Suggested == nil }},
		"who answers nothing is left in peace after two days": {[]string{"--people", "silent"}, func(d simulateDoc) bool {
			return d.Summary.Sessions == 0 && d.Summary.LongestGap == nil && d.Days[4].Pushes == 0
		}},
		"who skips some says so": {[]string{"--people", "skips"}, func(d simulateDoc) bool {
			return d.Summary.Answers > d.Summary.Sessions && d.Summary.Sessions > 0
		}},
		"who sleeps through alarms has fewer sessions at night": {[]string{"--people", "sleeps-through"}, func(d simulateDoc) bool {
			return d.Summary.Alarms == 14 && d.Summary.Night < 2*14 // one at bedtime, one that rings
		}},
		"who naps is reminded twice": {[]string{"--people", "naps"}, func(d simulateDoc) bool {
			return d.Summary.Reached == 14 && d.Summary.Pushes > d.Summary.Reminders+14 // and a line each morning
		}},
		"who logs hours later is reminded of what they had": {[]string{"--people", "logs-afterwards"}, func(d simulateDoc) bool {
			return d.Summary.Reminders > d.Summary.Sessions
		}},
		"who does not wait to be asked is asked less": {[]string{"--people", "unasked"}, func(d simulateDoc) bool {
			return d.Summary.Reminders < d.Summary.Sessions && d.Summary.Reached == 14
		}},
		"--sleep-through 1 leaves every alarm ringing": {[]string{"--sleep-through", "1"}, func(d simulateDoc) bool {
			return d.Summary.Alarms == 14 && d.Summary.Night == 14 // those at bedtime
		}},
		"--skip 1 logs nothing and answers all": {[]string{"--skip", "1"}, func(d simulateDoc) bool {
			return d.Summary.Sessions == 0 && d.Summary.Answers >= d.Summary.Reminders
		}},
		"another seed is another life": {[]string{"--seed", "2"}, func(d simulateDoc) bool {
			var one simulateDoc
			_ = json.Unmarshal([]byte(h.must("simulate", "--json")), &one)
			return one.Summary.Pushes != d.Summary.Pushes
		}},
		"--late 0m is nobody's hour": {[]string{"--late", "0m"}, func(d simulateDoc) bool {
			return d.Summary.Reached == 14 && *d.Summary.LongestGap == (4*time.Hour).Seconds()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			var doc simulateDoc
			if err := json.Unmarshal([]byte(h.must(append([]string{"simulate", "--json"}, c.args...)...)), &doc); err != nil {
				t.Fatal(err)
			}
			if !c.want(doc) {
				t.Errorf("%+v", doc.Summary)
			}
		})
	}
}

// A target is named only if it holds for months, whatever the seed: of one
// that brings somebody to the day's number on four days in ten nothing is
// promised, and the one that comes closest is said to do just that.
func TestASuggestedTargetHoldsForMonths(t *testing.T) {
	t.Parallel()
	h := newHome(t, "2026-01-01T12:00:00", exampleRoutine)
	for _, seed := range []string{"1", "2"} {
		out := unfolded(h.must("simulate", "--late", "1h", "--days", "7", "--seed", seed))
		if !strings.Contains(out, "on 0 of 7 days") || !strings.Contains(out, "No higher target is sure to bring somebody like this to 8. With target: 1") {
			t.Errorf("seed %s: an hour after, more or less:\n%s", seed, out)
		}
		if !strings.Contains(out, "In a timetable (routine.times) a session that begins later moves none of the others.") {
			t.Errorf("seed %s: what else would help is not said:\n%s", seed, out)
		}
		var asked, months simulateDoc
		late := []string{"simulate", "--late", "45m", "--seed", seed, "--json"}
		if err := json.Unmarshal([]byte(h.must(append(late, "--days", "7")...)), &asked); err != nil || asked.Summary.Suggested == nil {
			t.Fatalf("seed %s: no target is named: %v", seed, err)
		}
		higher := newHome(t, "2026-01-01T12:00:00", fmt.Sprintf("%sroutine: {target: %d}\n", exampleRoutine, *asked.Summary.Suggested))
		if err := json.Unmarshal([]byte(higher.must(append(late, "--days", "120")...)), &months); err != nil {
			t.Fatal(err)
		}
		reached := 0
		for _, d := range months.Days {
			if d.Sessions >= 8 {
				reached++
			}
		}
		if 2*reached <= len(months.Days) {
			t.Errorf("seed %s: target %d is named for somebody who then comes to 8 on %d of %d days", seed, *asked.Summary.Suggested, reached, len(months.Days))
		}
	}
}

// What is said of a timetable holds: by one of every three hours somebody who
// begins half an hour to an hour and a half after each reminder, and by the
// even plan of eight comes to seven, has eight on most days.
func TestATimetableStandsWhoeverBeginsLater(t *testing.T) {
	t.Parallel()
	h := newHome(t, "2026-01-01T12:00:00", exampleRoutine+`routine: {times: ["0 */3 * * *"]}`+"\n")
	var doc simulateDoc
	if err := json.Unmarshal([]byte(h.must("simulate", "--late", "1h", "--days", "60", "--json")), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Summary.Reached < 55 || doc.Summary.Suggested != nil {
		t.Errorf("%+v", doc.Summary)
	}
}

// What was not kept is said, with where it happened and whom to tell.
func TestAReportSaysWhatWasNotKept(t *testing.T) {
	at := time.Date(2026, 6, 10, 3, 0, 0, 0, time.UTC)
	cfg, err := config.Parse("the example", []byte(exampleRoutine), 0o600, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	o := daemon.LifeOptions{Settings: daemon.SimulatedSettings(cfg), From: at, Days: 1}
	life := daemon.Life{
		Days:   []daemon.LifeDay{{From: at, To: at.Add(24 * time.Hour), Target: 8}},
		Broken: []daemon.Break{{Line: daemon.LineOffered, At: at, Text: "nothing was pushed"}},
	}
	var out strings.Builder
	r := reportOf(o, life)
	r.print(&out, "x.yaml")
	for _, want := range []string{"not kept  each start is pushed when it is due, and wakes where it is to (once)", "first on Tue 9 Jun 23:00: nothing was pushed", "a defect of nightbell's"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the report does not say %q:\n%s", want, out.String())
		}
	}
	if doc := r.doc(); doc.Promise[0].Kept || !doc.Promise[1].Kept {
		t.Errorf("promise %+v", doc.Promise)
	}
}
