package planner

import (
	"slices"
	"time"
)

// Reason is a machine word for why a start lies where it lies.
type Reason string

// The reasons. A start that only keeps the gaps even has the first one.
const (
	Even        Reason = "even"
	AtLimit     Reason = "limit"   // the gap limit binds
	AtMinGap    Reason = "min-gap" // the least gap binds
	ForNight    Reason = "overnight"
	OnWaking    Reason = "wake"
	AtBedtime   Reason = "bedtime"
	BeforeBusy  Reason = "before-busy"
	AfterBusy   Reason = "after-busy"
	AfterPause  Reason = "after-pause"
	ForPower    Reason = "power"
	InTimetable Reason = "timetable"
	FirstOfAll  Reason = "first"
)

// account collects the starts of a plan with what is to be said of them.
type account struct {
	drafts  []draft
	reasons []Reason
	text    []byte

	draftRoom [32]draft
	textRoom  [1536]byte
}

// draft is a start before its reasons and its sentence have their place.
type draft struct {
	at        instant
	kind      StartKind
	wakes     bool
	reasonsTo int // its reasons end here in the account's
	textTo    int // and its sentence here
}

func (m *maker) begin() {
	if m.drafts == nil {
		m.drafts, m.text = m.draftRoom[:0], m.textRoom[:0]
		m.reasons = make([]Reason, 0, 40)
	}
}

func (m *maker) add(d draft) {
	d.reasonsTo, d.textTo = len(m.reasons), len(m.text)
	m.drafts = append(m.drafts, d)
}

// write gives the starts their final form.
func (m *maker) write() []Start {
	starts := make([]Start, len(m.drafts))
	text := string(m.text)
	reasons, from := 0, 0
	for i, d := range m.drafts {
		starts[i] = Start{
			At: m.cal.time(d.at), Kind: d.kind, Wakes: d.wakes,
			Reasons: m.reasons[reasons:d.reasonsTo:d.reasonsTo], Text: text[from:d.textTo],
		}
		reasons, from = d.reasonsTo, d.textTo
	}
	return starts
}

// describeFirst adds the first start of a plan without an anchor.
func (m *maker) describeFirst(at instant) {
	m.begin()
	m.reasons = append(m.reasons, FirstOfAll)
	m.text = append(m.text, "A first session whenever you're ready."...)
	m.add(draft{at: at, kind: StartFirst})
}

// describe adds starts that follow the anchor of the last search. first says
// that they begin the plan.
func (m *maker) describe(plan []planned, first bool) {
	m.begin()
	before, gap := m.anchor.at, gapAfter(m.r, m.anchor)
	for k, p := range plan {
		kind := m.kindOf(plan, k, first)
		d := draft{at: p.at, kind: kind}
		for _, s := range m.sleeps {
			d.wakes = d.wakes || s.from < p.at && p.at < s.to
		}
		from := len(m.reasons)
		m.explain(p, kind, before, gap)
		m.say(d, m.reasons[from], before)
		m.add(d)
		before, gap = p.at, instant(m.r.MinGap)
		if p.power {
			gap = m.gapAt(powerHere)
		}
	}
}

func (m *maker) kindOf(plan []planned, k int, first bool) StartKind {
	at := plan[k].at
	if plan[k].power {
		return StartPower
	}
	for _, n := range m.nights {
		if n.holds(at) && n.have+starts(plan[:k], n.span) < m.r.Overnight.Sessions {
			return StartOvernight
		}
	}
	if first && k == 0 {
		for _, p := range m.pauses {
			if p.to > m.anchor.at && m.chance(p.to, false) == at {
				return StartResume
			}
		}
	}
	return StartSession
}

// explain adds the reasons of a start, the weightiest first.
func (m *maker) explain(p planned, kind StartKind, before, gap instant) {
	length := instant(m.r.Session)
	if p.power {
		length = instant(m.r.PowerLength())
	}
	from := len(m.reasons)
	note := func(holds bool, r Reason) {
		if holds && !slices.Contains(m.reasons[from:], r) {
			m.reasons = append(m.reasons, r)
		}
	}
	note(p.power, ForPower)
	note(kind == StartOvernight, ForNight)
	note(kind == StartResume, AfterPause)
	if m.r.timed() { // whatever else falls together with the time is not why
		note(m.at(m.opening) == p.at && before == m.anchor.at && !m.lists(p.at), AtMinGap)
		note(true, InTimetable)
		return
	}
	for _, s := range m.pauses {
		note(gridCeil(s.to) == p.at, AfterPause)
	}
	for _, s := range m.sleeps {
		note(gridCeil(s.to) == p.at, OnWaking)
		note(gridFloor(s.from) == p.at, AtBedtime)
	}
	for _, s := range m.busy {
		note(gridCeil(s.to) == p.at, AfterBusy)
		note(gridFloor(s.from-length) == p.at, BeforeBusy)
	}
	limit, _ := m.limitAfter(before, 0)
	note(gridFloor(limit) == p.at, AtLimit)
	note(gridCeil(before+gap) == p.at, AtMinGap)
	note(len(m.reasons) == from, Even)
}

// say adds the sentence of a start: what it is for and how long after the
// start before it. Those of the night stay within 60 characters.
func (m *maker) say(d draft, why Reason, before instant) {
	lead, tail := "", ""
	switch why {
	case ForPower:
		lead = "The power session, "
	case ForNight:
		lead = "Night session, if it suits. "
	case AfterPause:
		lead = "Picking up from here, "
	case OnWaking:
		lead = "On waking, "
	case AtBedtime:
		lead = "At bedtime, "
	case AfterBusy:
		lead = "Right after your busy time, "
	case BeforeBusy:
		lead = "Just before your busy time, "
	case AtLimit:
		tail = ", a good moment if you can"
	case InTimetable:
		tail = ", as your timetable has it"
	case AtMinGap:
		tail = ", the closest your routine allows"
	default:
		tail = ", to keep the day even"
	}
	if d.wakes && lead == "" {
		tail = ". Then back to bed"
	}
	m.text = append(m.text, lead...)
	m.text = appendGap(m.text, apart(before, d.at))
	m.text = append(m.text, " after "...)
	m.text = m.appendClock(m.text, before, d.at)
	m.text = append(m.text, tail...)
	m.text = append(m.text, '.')
}

// apart is how far two instants lie apart that are both written to the minute:
// whoever checks the sum at night must find it right.
func apart(from, to instant) time.Duration {
	return time.Duration((floorDiv(to, minute) - floorDiv(from, minute)) * minute)
}

// appendGap writes a length as people read it: "2 h 40", "3 h", "45 min".
func appendGap(b []byte, d time.Duration) []byte {
	minutes := floorMinutes(instant(d))
	if minutes < 60 {
		return append(appendNumber(b, minutes), " min"...)
	}
	b = append(appendNumber(b, minutes/60), " h"...)
	if minutes%60 == 0 {
		return b
	}
	b = append(b, ' ')
	if minutes%60 < 10 {
		b = append(b, '0')
	}
	return appendNumber(b, minutes%60)
}

func appendNumber(b []byte, n int) []byte {
	if n >= 10 {
		b = appendNumber(b, n/10)
	}
	return append(b, byte('0'+n%10))
}

// appendClock writes the wall-clock time of t, with the zone's abbreviation if
// the clocks change between t and seen.
func (m *maker) appendClock(b []byte, t, seen instant) []byte {
	b = m.cal.clock(t).appendTo(b)
	if m.cal.offset(t) != m.cal.offset(seen) {
		name, _ := m.cal.time(t).Zone()
		b = append(append(b, ' '), name...)
	}
	return b
}
