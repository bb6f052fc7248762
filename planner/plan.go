package planner

import (
	"time"
)

// State says where a plan stands at its instant.
type State string

// The four states.
const (
	Upcoming State = "upcoming"
	Due      State = "due"
	First    State = "first"
	Paused   State = "paused"
)

// StartKind says what a planned start is.
type StartKind string

// The five kinds of start.
const (
	StartSession   StartKind = "session"
	StartPower     StartKind = "power"
	StartOvernight StartKind = "overnight"
	StartFirst     StartKind = "first"
	StartResume    StartKind = "resume"
)

// Plan is the answer of Make. Zero times mean none. Its times are in the
// routine's zone.
type Plan struct {
	Now      time.Time
	State    State
	Anchor   time.Time // the last counted session or passed start; zero without one
	Offered  bool      // the anchor is a start that was offered and not taken
	Horizon  time.Time
	Limit    time.Time // limit(Anchor); zero without an anchor
	Nudge    time.Time // when a nudge is due; zero: none
	Day      Day
	Starts   []Start
	AsIf     time.Time // while the first start is due: when the rest takes it to begin; else zero
	Cost     Cost
	Problems []string // such as entries in the future, in plain words
}

// Day is the pumping day in which the plan's instant lies.
type Day struct {
	Start  time.Time
	Done   int // counted sessions in it so far
	Target int
}

// Start is one planned beginning of a session.
type Start struct {
	At      time.Time
	Kind    StartKind
	Wakes   bool // strictly inside sleep
	Reasons []Reason
	Text    string // one plain sentence
}

// Make plans every start from the anchor to the horizon. It reads no clock,
// keeps nothing, and changes nothing that it is given; the same arguments give
// the same plan. The routine has passed Check.
func Make(r Routine, h History, now time.Time) Plan {
	m := &maker{now: instantOf(now), routine: r}
	m.r, m.y = &m.routine, &m.tally
	m.read(m.r, &h, now)
	p := Plan{Now: now.In(r.Location)}
	anchor, anchored := m.lastEntry()
	from := anchor.at
	if !anchored {
		from = m.firstBase()
	}
	m.know(from)
	p.Day = m.today()
	if anchored {
		p.Anchor, p.Offered = m.cal.time(anchor.at), anchor.passed
		p.Nudge = m.nudge()
		p.Limit = m.planFrom(anchor)
	} else {
		m.planFirst(from)
	}
	p.State = m.state(anchored)
	p.Starts = m.write()
	if len(p.Starts) > 0 && !p.Starts[0].At.After(now) {
		p.AsIf = m.cal.time(m.anchor.at)
	}
	p.Horizon = m.cal.time(m.horizon)
	p.Cost = m.cost(m.plan)
	p.Problems = m.problems()
	return p
}

// know makes the calendar know what a plan that begins at from, or now, may ask
// of it.
func (m *maker) know(from instant) {
	back := 4 * day
	if m.r.timed() {
		back = 4 * longestPause // the nearest time may lie as far back as one ahead
	}
	m.cal.cover(m.r.Location, min(from, m.now)-back, max(from, m.now)+4*longestPause)
}

// maker makes one plan.
type maker struct {
	search
	tally
	account
	routine Routine
	now     instant
	plan    []planned // from the anchor of the last search on
}

// lastEntry is the anchor, if it is less than a day old.
func (m *maker) lastEntry() (anchor entry, ok bool) {
	if n := len(m.entries); n > 0 && m.now-m.entries[n-1].at < dayOld {
		return m.entries[n-1], true
	}
	return entry{}, false
}

// firstBase is where to look for a first start when there is no anchor.
func (m *maker) firstBase() instant {
	base := max(m.since, m.lastPause)
	if m.last != none {
		base = max(base, m.last+dayOld)
	}
	return base
}

// planFrom plans from the anchor and returns its limit. A first start that is
// due is kept, and the rest is planned as if it were taken as soon as it can be.
func (m *maker) planFrom(anchor entry) (limit time.Time) {
	m.again = m.now-anchor.at >= instant(m.r.MinGap) // only then can a start be due
	m.solve(anchor)
	l, _ := m.limitAfter(anchor.at, 0)
	limit = m.cal.time(l)
	if len(m.plan) == 0 || m.plan[0].at > m.now {
		m.describe(m.plan, true)
		return limit
	}
	due := m.plan[0]
	m.describe(m.plan[:1], true)
	length := instant(m.r.Session)
	if due.power {
		length = instant(m.r.PowerLength())
	}
	m.solveAsIf(entry{at: m.free(m.now, length, false), power: due.power, length: length})
	m.describe(m.plan, false)
	return limit
}

// planFirst plans without an anchor: a first start from base on, and the rest
// as if it were taken then or, once it is due, as soon as it can be.
func (m *maker) planFirst(base instant) {
	session := instant(m.r.Session)
	at := m.chance(base, true)
	m.describeFirst(at)
	if at <= m.now {
		at = m.free(m.now, session, false)
	}
	m.solveAsIf(entry{at: at})
	m.describe(m.plan, false)
}

// solveAsIf plans from a session that is not logged yet.
func (m *maker) solveAsIf(session entry) {
	if !session.power {
		session.length = 0
	}
	m.entries = append(m.entries, session)
	m.solve(session)
}

// solve finds the best plan from the anchor on.
func (m *maker) solve(anchor entry) {
	m.survey(anchor)
	m.walk()
	m.plan = m.trace()
}

// free is the first grid instant from t on at which a session of this length
// is neither in busy time nor in a pause nor, if awake is asked for, asleep. In
// a routine that leaves no room for three weeks, busy time no longer counts.
func (m *maker) free(t, length instant, awake bool) instant {
	for end := t + 3*longestPause; ; {
		t = gridCeil(t)
		s := span{t, t + length}
		for _, p := range m.pauses {
			if p.holds(t) {
				t = p.to
			}
		}
		for d := m.cal.date(t) - 2; d <= m.cal.date(t)+1; d++ {
			if awake && m.r.Sleep != nil {
				if b := m.cal.span(d, *m.r.Sleep); b.holds(t) {
					t = b.to
				}
			}
			for i := range m.r.Busy {
				b := &m.r.Busy[i]
				if !b.Days.Has(d.weekday()) || t > end {
					continue
				}
				if b := m.cal.span(d, b.Range); b.from < b.to && b.from < s.to && s.from < b.to {
					t = max(t, b.to)
				}
			}
		}
		if t == s.from {
			return t
		}
	}
}

// today is the pumping day of the plan's instant.
func (m *maker) today() Day {
	d, s := m.cal.pumpingDay(m.r.DayStart, m.now)
	done, _ := m.tally.in(s)
	target := m.r.targetOn(d)
	if m.r.timed() {
		target = m.cal.countListed(m.r.Times, s)
	}
	return Day{Start: m.cal.time(s.from), Done: done, Target: target}
}

// nudge is when the nudge is due: the day's gap after the last session or, if
// that came later, after the last skip. A start that only lapsed moves nothing.
func (m *maker) nudge() time.Time {
	from, recent := none, false
	for i := range m.entries {
		e := &m.entries[i]
		if !e.passed || e.skipped {
			from = e.at
		}
		recent = recent || !e.passed && m.now-e.at < dayOld
	}
	if !recent {
		return time.Time{}
	}
	return m.cal.time(from + instant(m.r.dayGap()))
}

func (m *maker) state(anchored bool) State {
	switch {
	case m.paused(m.now):
		return Paused
	case len(m.drafts) > 0 && m.drafts[0].at <= m.now:
		return Due
	case !anchored:
		return First
	}
	return Upcoming
}

// problems says what was left out.
func (m *maker) problems() []string {
	var list []string
	for _, t := range m.future {
		list = append(list, "the entry of "+m.cal.time(t).Format("2006-01-02 15:04")+
			" lies in the future and does not count yet; give it another time if that one is wrong")
	}
	return list
}
