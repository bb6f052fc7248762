package daemon

import (
	"cmp"
	"slices"
	"time"

	"nightbell/daemon/journal"
	"nightbell/notify"
	"nightbell/planner"
)

// LifeDay is one pumping day of a life.
type LifeDay struct {
	From, To  time.Time
	Target    int
	Sessions  int           // counted ones
	Longest   time.Duration // the longest gap, start to start, that ended in the day; 0: none did
	Night     int           // sessions that began asleep
	Alarms    int           // starts that woke
	Reminders int           // starts reminded of
	Listed    int           // times that a timetable lists
	AtListed  int           // of these the ones that had a reminder at their very instant
	Pushes    int           // messages that reached a phone
	Answers   int           // what the person said, on the phone or at home
}

// dayBook keeps the days of a life.
type dayBook struct {
	days  []LifeDay
	lived []planner.Routine // on each of them
	until time.Time         // true: when the present day ends
	keys  map[string]bool   // reminders pushed in it
	woke  map[string]bool   // ... as an alarm
	times map[int64]bool    // Unix seconds: when the day's timetable lists a start
}

func newDayBook(*LifeOptions) dayBook { return dayBook{} }

// turn begins the day [from, to).
func (b *dayBook) turn(l *life, from, to time.Time) {
	target := planner.Make(l.routine, planner.History{Since: from}, from).Day.Target
	if len(b.days) > 0 {
		from = b.until // also where the day is another one since the person travelled
	}
	listed := l.routine.Listed(later(from, l.o.From), to)
	b.lived = append(b.lived, l.routine)
	b.days = append(b.days, LifeDay{From: from, To: to, Target: target, Listed: len(listed)})
	b.until, b.keys, b.woke, b.times = to, map[string]bool{}, map[string]bool{}, map[int64]bool{}
	for _, at := range listed {
		b.times[at.Unix()] = true
	}
}

func (b *dayBook) today() *LifeDay { return &b.days[len(b.days)-1] }

func (b *dayBook) answered(*life) { b.today().Answers++ }

// pushed notes a message that reached a phone.
func (b *dayBook) pushed(l *life, m notify.Message) {
	day := b.today()
	day.Pushes++
	r := l.state.reminder(m.Key)
	if r == nil || !kindOf(r.Kind).start {
		return
	}
	if !b.keys[m.Key] {
		b.keys[m.Key] = true
		day.Reminders++
		if b.times[r.Due.Unix()] {
			day.AtListed++
		}
	}
	if m.Level == notify.Alarm && !b.woke[m.Key] {
		b.woke[m.Key] = true
		day.Alarms++
	}
}

// close counts the sessions into their days. They are counted at the end,
// for some are logged long after they were.
func (b *dayBook) close(l *life) []LifeDay {
	var h planner.History
	sessions := make([]journal.Session, 0, len(l.notes.sessions))
	for _, e := range l.notes.sessions {
		sessions = append(sessions, e)
	}
	slices.SortFunc(sessions, func(a, b journal.Session) int {
		return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID))
	})
	for _, e := range sessions {
		h.Sessions = append(h.Sessions, planner.Session{Start: e.Start, Kind: e.Kind, Length: e.Length})
	}
	before, i := time.Time{}, 0
	for n, standing := range planner.Counted(l.routine, h, l.end) {
		start := sessions[n].Start
		for i+1 < len(b.days) && !start.Before(b.days[i].To) {
			i++
		}
		if day := &b.days[i]; standing.Counted && !start.Before(day.From) {
			day.Sessions++
			if _, _, asleep := b.lived[i].Asleep(start); asleep {
				day.Night++
			}
			if !before.IsZero() {
				day.Longest = max(day.Longest, start.Sub(before))
			}
		}
		if standing.Counted {
			before = start
		}
	}
	if !b.days[len(b.days)-1].From.Before(l.end) {
		return b.days[:len(b.days)-1]
	}
	return b.days
}
