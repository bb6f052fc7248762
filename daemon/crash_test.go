package daemon

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"nightbell/daemon/journal"
	"nightbell/daemon/simulate"
)

// Crash equality: whichever commit of a life the process dies at, before it
// (what it would have held is lost) or after it (only the memory is), the life
// goes on as if it had not. Exactly: with a process that is back at once,
//
//   - the journal ends with the same sessions, passed starts, pauses and marks,
//     and every reminder of the whole life ended as it did;
//   - the services took the same pushes, in the same order, but for one: the
//     push whose acceptance was not written down is taken once more, with its
//     key and tag. What is parked while a start is due, or taken back then for
//     another, is left out of both: it is that of a plan as if the start were
//     taken now, and moves whenever somebody looks, as a process does that begins;
//   - the services hold the same for later at the end, but while a start is due.
//
// What a crash may change besides: how often a failing request was tried, for
// those whose end was not written down are made anew; and an answer that was
// written down but not said back is told once more, and may be listed twice.

// crashFaults are the faults under which a life must be equal to the second:
// those whose requests end at once. One that hangs is cut short by a crash,
// and what comes of it comes sooner; such lives are held against the promise.
func crashFaults() []simulate.FaultKind {
	return []simulate.FaultKind{simulate.Unreachable, simulate.Off, simulate.Suspended, simulate.Limiting, simulate.Refusing}
}

// account is all that a life left, as lines that can be compared. What moves is
// left out.
func (life *Life) account(moves map[string]bool) []string {
	var lines []string
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	rest := life.end
	stamp := func(t time.Time) string {
		if t.IsZero() {
			return "-"
		}
		return t.UTC().Format("02 15:04:05.000")
	}
	for _, id := range slices.Sorted(maps.Keys(rest.notes.sessions)) {
		e := rest.notes.sessions[id]
		add("session %d %s %s %s %s %v", id, stamp(e.Start), e.Kind, e.Length, e.Source, e.Begun)
	}
	for _, e := range rest.state.Passed {
		add("passed %s %v %s", stamp(e.At), e.Skipped, e.Reminder)
	}
	for _, e := range rest.state.Pauses {
		add("pause %s %s", stamp(e.From), stamp(e.To))
	}
	for _, e := range rest.state.Marks {
		add("mark %s %s", e.Name, stamp(e.At))
	}
	for _, id := range slices.Sorted(maps.Keys(rest.notes.closed)) {
		if moves[id] {
			continue
		}
		add("reminder %s %s", id, rest.notes.closed[id].State)
	}
	for _, r := range rest.state.Reminders {
		if r.State == journal.Open && !moves[r.ID] {
			add("open %s burst %d round %d accepted %s", r.ID, r.Burst, r.Round, stamp(r.Accepted))
		}
	}
	if rest.state.openStart() == nil {
		for _, p := range rest.phone.parked {
			add("held by %s for %s at level %s", p.line.Name, stamp(p.message.Time), p.message.Level)
		}
	}
	return lines
}

// pushes are what the services took, in order, but for what moves.
func (life *Life) pushes(moves map[string]bool) []string {
	var taken []string
	for _, m := range life.Timeline {
		if moves[m.Key] {
			continue
		}
		if m.What == "pushed" || m.What == "parked" || m.What == "came" {
			taken = append(taken, fmt.Sprintf("%s %s %s %s %s", m.At.UTC().Format("02 15:04:05.000"), m.What, m.Kind, m.Key, m.Text))
		}
	}
	return taken
}

// crashed says how a life with a crash differs from the one without; empty:
// as a crash may.
func crashed(plain, dead Life) string {
	var b strings.Builder
	moves := map[string]bool{}
	for _, life := range []Life{plain, dead} {
		for id, some := range life.end.notes.moves {
			moves[id] = moves[id] || some
		}
	}
	was, is := plain.account(moves), dead.account(moves)
	for _, line := range was {
		if !slices.Contains(is, line) {
			fmt.Fprintln(&b, "without:", line)
		}
	}
	for _, line := range is {
		if !slices.Contains(was, line) {
			fmt.Fprintln(&b, "with:   ", line)
		}
	}
	once, again := plain.pushes(moves), dead.pushes(moves)
	took := slices.Clone(again)
	extra := 0
	for len(once)+len(again) > 0 {
		switch {
		case len(once) > 0 && len(again) > 0 && once[0] == again[0]:
			once, again = once[1:], again[1:]
			continue
		case len(again) > 0 && extra == 0 && slices.Contains(took[:len(took)-len(again)], again[0]):
			again, extra = again[1:], 1
			continue
		}
		fmt.Fprintf(&b, "pushes differ: without %q, with %q\n", firstOf(once), firstOf(again))
		break
	}
	for _, broken := range dead.Broken {
		fmt.Fprintf(&b, "broken at %s: %s: %s\n", broken.At, broken.Line, broken.Text)
	}
	return b.String()
}

func firstOf(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// dies lives a life again with a crash, and says how it differs.
func dies(o LifeOptions, plain Life, at crashPoint) string {
	o.crash = at
	if diff := crashed(plain, Live(o)); diff != "" {
		return fmt.Sprintf("the process died at commit %d (before it: %v)\n%s\n%s", at.commit, at.before, diff, counterexample(o, Live(o)))
	}
	return ""
}

func TestACrashChangesNothing(t *testing.T) {
	checkLives(t, *promiseRuns, func(t *rapid.T) LifeOptions {
		o := drawLife(t, crashFaults())
		o.exact = true
		o.crash = crashPoint{rapid.IntRange(0, 1000).Draw(t, "commit, in thousandths"), rapid.Bool().Draw(t, "before it")}
		return o
	}, func(o LifeOptions) string {
		at := o.crash
		o.crash = crashPoint{}
		plain := Live(o)
		at.commit = 1 + at.commit*max(plain.Commits-1, 0)/1000
		return dies(o, plain, at)
	})
}

// Every commit of one ordinary day and a night, on a phone and a server that
// parks.
func TestACrashAtAnyCommitChangesNothing(t *testing.T) {
	s := lifeSettings(t, "America/New_York")
	s.Channels = append(s.Channels, Facts{Name: "ntfy", Type: "ntfy", Reaches: true, Withdraws: true, Parks: true})
	person, _ := simulate.Find("everyday")
	person.Unasked, person.Snooze, person.Skip, person.Pause = 1, 0.3, 0.1, 1
	o := LifeOptions{Settings: s, Person: person, From: time.Date(2026, 6, 10, 9, 0, 0, 0, s.Routine.Location), Days: 2, Seed: 3, exact: true}
	plain := Live(o)
	if plain.Commits < 100 {
		t.Fatalf("%d commits; want a life that writes more", plain.Commits)
	}
	for commit := 1; commit <= plain.Commits; commit++ {
		for _, before := range []bool{true, false} {
			if diff := dies(o, plain, crashPoint{commit, before}); diff != "" {
				t.Fatal(diff)
			}
		}
	}
}
