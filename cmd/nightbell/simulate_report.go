package main

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"nightbell/daemon"
	"nightbell/daemon/simulate"
	"nightbell/daemon/web"
)

// report is what a simulated life came to.
type report struct {
	options daemon.LifeOptions
	life    daemon.Life
	sum     simulateSummary
	tried   *trial // nil: no other target is worth a word
}

// simulateDoc is the document of simulate --json.
type simulateDoc struct {
	Timezone string          `json:"timezone"`
	From     web.Instant     `json:"from"`
	Person   string          `json:"person"`
	Seed     uint64          `json:"seed"`
	Days     []simulateDay   `json:"days"`
	Summary  simulateSummary `json:"summary"`
	Promise  []simulateLine  `json:"promise"`
}

// simulateDay is one pumping day.
type simulateDay struct {
	Date       string   `json:"date"`
	Sessions   int      `json:"sessions"`
	Target     int      `json:"target"`
	LongestGap *float64 `json:"longest_gap"` // seconds, start to start; null: no gap ended in the day
	Night      int      `json:"night"`       // sessions that began asleep
	Alarms     int      `json:"alarms"`      // starts that woke
	Reminders  int      `json:"reminders"`   // starts reminded of
	Pushes     int      `json:"pushes"`
	Answers    int      `json:"answers"`
}

// simulateSummary is all of the days together.
type simulateSummary struct {
	Days             int            `json:"days"`
	Reached          int            `json:"target_reached"`           // on so many days
	Suggested        *int           `json:"suggested_target"`         // with which most days clearly would; null: they do, or none would
	SuggestedReached *int           `json:"suggested_target_reached"` // on so many of 28 days; null as above
	Sessions         int            `json:"sessions"`
	LongestGap       *float64       `json:"longest_gap"` // seconds
	Night            int            `json:"night"`
	Alarms           int            `json:"alarms"`
	Reminders        int            `json:"reminders"`
	Pushes           int            `json:"pushes"`
	Answers          int            `json:"answers"`
	Listed           *int           `json:"listed_times"`         // that a timetable lists in these days; null: there is none
	AtListed         *int           `json:"listed_times_on_time"` // of these the ones that had their reminder at that very time
	Faults           map[string]int `json:"faults"`               // how often each kind came
}

// simulateLine is one line of the promise, held against the life.
type simulateLine struct {
	Line   string          `json:"line"`
	Kept   bool            `json:"kept"`
	Broken []simulateBreak `json:"broken"`
}

// simulateBreak is where a line was not kept.
type simulateBreak struct {
	At   web.Instant `json:"at"`
	Text string      `json:"text"`
}

func reportOf(o daemon.LifeOptions, life daemon.Life) report {
	r := report{options: o, life: life, sum: simulateSummary{Days: len(life.Days), Faults: map[string]int{}}}
	longest, listed, at := time.Duration(0), 0, 0
	for _, d := range life.Days {
		listed += d.Listed
		at += d.AtListed
		r.sum.Sessions += d.Sessions
		r.sum.Night += d.Night
		r.sum.Alarms += d.Alarms
		r.sum.Reminders += d.Reminders
		r.sum.Pushes += d.Pushes
		r.sum.Answers += d.Answers
		if d.Sessions >= d.Target {
			r.sum.Reached++
		}
		longest = max(longest, d.Longest)
	}
	r.sum.LongestGap = secondsOf(longest)
	if len(o.Settings.Routine.Times) > 0 {
		r.sum.Listed, r.sum.AtListed = &listed, &at
	}
	for _, f := range o.Faults {
		r.sum.Faults[string(f.Kind)]++
	}
	return r
}

// secondsOf is a length for a document; nil where there is none.
func secondsOf(d time.Duration) *float64 {
	if d == 0 {
		return nil
	}
	s := d.Seconds()
	return &s
}

// broken lists where a line of the promise was not kept.
func (r report) broken(line daemon.Line) []daemon.Break {
	return slices.DeleteFunc(slices.Clone(r.life.Broken), func(b daemon.Break) bool { return b.Line != line })
}

// lines are the lines of the promise that were looked at: that a step asked
// twice gives nothing more is for the tests, which ask twice, and the one phone
// of a simulation holds nothing for later.
func (r report) lines() []daemon.Line {
	return slices.DeleteFunc(daemon.Lines(), func(line daemon.Line) bool {
		return slices.Contains([]daemon.Line{daemon.LineEnds, daemon.LineParked, daemon.LineUndone}, line) && len(r.broken(line)) == 0
	})
}

func (r report) doc() simulateDoc {
	zone := r.options.Settings.Routine.Location
	doc := simulateDoc{
		Timezone: zone.String(), From: web.Instant{Time: r.options.From.In(zone)}, Person: r.options.Person.Name, Seed: r.options.Seed,
		Summary: r.sum,
	}
	for _, d := range r.life.Days {
		doc.Days = append(doc.Days, simulateDay{
			Date: d.From.In(zone).Format(time.DateOnly), Sessions: d.Sessions, Target: d.Target, LongestGap: secondsOf(d.Longest),
			Night: d.Night, Alarms: d.Alarms, Reminders: d.Reminders, Pushes: d.Pushes, Answers: d.Answers,
		})
	}
	for _, line := range r.lines() {
		l := simulateLine{Line: string(line), Broken: []simulateBreak{}}
		for _, b := range r.broken(line) {
			l.Broken = append(l.Broken, simulateBreak{web.Instant{Time: b.At.In(zone)}, b.Text})
		}
		l.Kept = len(l.Broken) == 0
		doc.Promise = append(doc.Promise, l)
	}
	return doc
}

// print writes the report for people.
func (r report) print(out io.Writer, named string) {
	zone := r.options.Settings.Routine.Location
	for _, line := range folded(fmt.Sprintf("%s from %s in %s with somebody like this: %s. Seed %d, by %s.",
		count(len(r.life.Days), "day"), r.options.From.In(zone).Format("Mon 2 Jan 2006"), zone, r.options.Person.Name, r.options.Seed, named), terminalColumns) {
		fmt.Fprintln(out, line)
	}
	fmt.Fprintln(out)
	rows := [][]string{{"day", "sessions", "longest gap", "at night", "alarms", "reminders", "pushes", "answers"}}
	for _, d := range r.life.Days {
		rows = append(rows, []string{
			d.From.In(zone).Format("Mon 2 Jan"), fmt.Sprintf("%2d of %d", d.Sessions, d.Target), gapWord(d.Longest), strconv.Itoa(d.Night),
			strconv.Itoa(d.Alarms), strconv.Itoa(d.Reminders), strconv.Itoa(d.Pushes), strconv.Itoa(d.Answers),
		})
	}
	printTable(out, rows)
	fmt.Fprintln(out)
	for _, text := range append(r.account(), "") {
		for _, line := range folded(text, terminalColumns) {
			fmt.Fprintln(out, line)
		}
	}
	r.promise(out)
}

func gapWord(d time.Duration) string {
	if d == 0 {
		return "-"
	}
	return stretch(d)
}

// count is a number of things: "1 day", "2 days".
func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// account says what the days came to, a sentence or two each.
func (r report) account() []string {
	s := r.sum
	a := func(n int) string { return trimZero(fmt.Sprintf("%.1f", float64(n)/float64(s.Days))) }
	texts := []string{
		fmt.Sprintf("The day's number was reached on %d of %s; %s sessions a day on average.", s.Reached, count(s.Days, "day"), a(s.Sessions)),
	}
	if r.tried != nil {
		texts = append(texts, r.tried.say(r.options.Settings.Routine.Target))
	}
	if s.LongestGap != nil {
		texts = append(texts, fmt.Sprintf("The longest gap was %s.", stretch(time.Duration(*s.LongestGap*float64(time.Second)))))
	}
	texts = append(texts, fmt.Sprintf("%s at night and %s in all; %s and %s a day on average, %s answers.",
		count(s.Night, "session"), count(s.Alarms, "alarm"), a(s.Reminders)+" reminders", a(s.Pushes)+" pushes", a(s.Answers)))
	if s.Listed != nil {
		texts = append(texts, fmt.Sprintf("Of %s on your timetable %d had a reminder at that very time.", count(*s.Listed, "time"), *s.AtListed))
	}
	if len(s.Faults) == 0 {
		return append(texts, "Everything worked all the time; --faults some shows an ordinary home.")
	}
	list := ""
	for _, f := range faultWords() {
		if n := s.Faults[string(f.kind)]; n > 0 {
			list += fmt.Sprintf(", %s %s", f.words, times(n))
		}
	}
	return append(texts, "What did not work: "+list[2:]+".")
}

// say tells how another target than the one asked for did.
func (t *trial) say(asked int) string {
	if t.helps {
		return fmt.Sprintf("With target: %d somebody like this comes to %d on %d of %d days.", t.target, asked, t.reached, suggestDays)
	}
	return fmt.Sprintf("No higher target is sure to bring somebody like this to %d. With target: %d, which comes closest, it is %d of %d days. In a timetable (routine.times) a session that begins later moves none of the others.", asked, t.target, t.reached, suggestDays)
}

// faultWords say what each kind of fault is at home.
func faultWords() []struct {
	kind  simulate.FaultKind
	words string
} {
	return []struct {
		kind  simulate.FaultKind
		words string
	}{
		{simulate.Unreachable, "the line was gone"},
		{simulate.Hanging, "a service hung"},
		{simulate.Losing, "a service's answers got lost"},
		{simulate.Limiting, "a service was over its quota"},
		{simulate.Refusing, "a service refused"},
		{simulate.Off, "the machine was off"},
		{simulate.Suspended, "it was asleep"},
		{simulate.Killed, "the process was killed"},
		{simulate.KilledAfter, "it was killed in the midst of a push"},
		{simulate.ClockSet, "the clock was set"},
	}
}

// promise says of each line of the promise whether it was kept.
func (r report) promise(out io.Writer) {
	fmt.Fprintln(out, "What nightbell promises, held against each of these days:")
	zone := r.options.Settings.Routine.Location
	for _, line := range r.lines() {
		broken := r.broken(line)
		if len(broken) == 0 {
			fmt.Fprintf(out, "  kept      %s\n", line)
			continue
		}
		fmt.Fprintf(out, "  not kept  %s (%s)\n", line, times(len(broken)))
		for _, text := range folded(broken[0].At.In(zone).Format("first on Mon 2 Jan 15:04: ")+broken[0].Text, terminalColumns-12) {
			fmt.Fprintln(out, "            "+text)
		}
	}
	if len(r.life.Broken) > 0 {
		fmt.Fprintln(out, "\nThat is a defect of nightbell's. Please tell its authors, with this command and\nyour configuration.")
	}
}
