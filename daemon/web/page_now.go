package web

import (
	"slices"
	"strings"
	"time"

	"nightbell/planner"
)

// undoFor is how long the page offers to take the last change back: long
// enough to notice a slip of the thumb after a session of the usual length,
// short enough that nobody takes back yesterday's.
const undoFor = 30 * time.Minute

// begunFor is how long a session that was begun counts as going on. It is how
// long "done" completes one (daemon.md, Answers).
const begunFor = 90 * time.Minute

// now is what the first page shows.
type nowView struct {
	frame
	Head     Head
	Ring     Ring
	Starts   []comingView
	Recent   []sessionView
	Change   *ChangeDoc
	Did      Line
	Open     bool   // a reminder can be snoozed or skipped
	Reminder string // its name
	Begun    bool
	Quiet    bool // paused or resting
	Power    bool // the routine knows a power session
	Sleeps   bool // and a night
	Coach    *Coach
	Needs    []Line
	Lapse    string
	Asked    string // when a start was due that nobody answered; empty: none was
	AskedAs  string // the same as a form holds it
	Zone     string // the plan's
	Home     string // the configuration's, where the plan's is another
	Pain     bool
	RingText string
}

// Head is what stands in the middle, in big type.
type Head struct {
	Label, Big, Sub string
	Words           bool // Big is words, not a time
	Since           string
	SinceForm       string // Since with a place for the length, which page.js fills in
	Last            int64  // the instant that Since counts from, Unix seconds; 0: none
	Begun           int64  // the same of Big; 0: it is no length
	At              int64  // the instant that Sub counts down to; 0: none
	Day             string
	Line            Line // why
}

// comingView is one planned start.
type comingView struct {
	Clock, Day, Kind string
	Wakes            bool
	Text             Line
}

// sessionView is one logged session.
type sessionView struct {
	ID          int64
	Clock, Day  string
	Words       string
	Merged      bool
	Pain        bool
	Note        string
	Start, Kind string // as a form holds them
	Minutes     string
	ML, Left    string
	Right       string
}

// asleep tells whether t lies in sleep: then the page is dark.
func asleep(r planner.Routine, t time.Time) bool {
	_, _, ok := r.Asleep(t)
	return ok
}

func (v *nowView) fill(s StatusDoc, p PlanDoc, sessions []SessionDoc, set Setting, change ChangeDoc) {
	r, now, l := set.Routine, s.Now.Time, v.L
	v.Zone = s.Timezone
	if set.ConfiguredZone != s.Timezone {
		v.Home = set.ConfiguredZone
	}
	v.Power, v.Sleeps = r.Power != nil, r.Sleep != nil
	for _, need := range s.NeedsPerson {
		v.Needs = append(v.Needs, l.Say(need))
	}
	if s.TimeLapse != nil {
		v.Lapse = l.T("lapse", l.Number(*s.TimeLapse, 1))
	}
	if !s.Unanswered.IsZero() {
		v.Asked, v.AskedAs = clock(s.Unanswered.Time), s.Unanswered.Format(startForm)
	}
	if change.ID != 0 && now.Sub(change.At.Time) < undoFor {
		v.Change, v.Did = &change, l.Say(change.Text)
	}
	if s.Reminder != nil && s.Reminder.State == "open" {
		v.Open, v.Reminder = true, s.Reminder.ID
	}
	v.Quiet = !s.PausedUntil.IsZero() || s.State == "resting"
	starts := p.Starts
	if s.State == "resting" {
		starts = nil
	}
	v.Ring = ringOf(r, sessions, starts, now)
	v.RingText = v.ringText()
	v.Pain = !s.Pain.IsZero()
	begun := begunOf(sessions, now)
	v.Begun = begun != nil
	v.Head = v.head(s, p, begun, now)
	for i, e := range starts {
		if i == 0 && !v.Quiet && begun == nil {
			continue // it is what the head speaks of
		}
		v.Starts = append(v.Starts, comingView{
			Clock: clock(e.At.Time), Day: l.dayFrom(now, e.At.Time), Kind: l.kind(e.Kind, set.Word), Wakes: e.Rings, Text: l.Say(e.Text),
		})
	}
	for _, e := range sessions {
		if !e.Deleted && !e.Start.After(now) && now.Sub(e.Start.Time) < 24*time.Hour {
			v.Recent = append(v.Recent, v.session(e, now, set))
		}
	}
	if begun != nil && begun.Kind == string(planner.PowerSession) && !v.Quiet && !v.Pain {
		v.Coach = v.coach(r, begun.Start.Time, now)
		v.Head.step(v.Coach, now)
	}
}

// ringText says what the ring shows.
func (v *nowView) ringText() string {
	list := func(clocks []string) string {
		if len(clocks) == 0 {
			return v.L.T("ring.none")
		}
		return strings.Join(clocks, ", ")
	}
	back := slices.Clone(v.Ring.Back)
	slices.Reverse(back) // the newest came first
	return v.L.T("ring.text", list(back), list(v.Ring.Ahead))
}

// kind names a planned start, by the person's own word for a session if they
// have one.
func (l *Language) kind(kind, word string) string {
	if word != "" && (kind == string(planner.StartSession) || kind == string(planner.StartResume)) {
		return capital(word)
	}
	return l.T("kind." + kind)
}

// begunOf is the session that goes on at now, nil without one.
func begunOf(sessions []SessionDoc, now time.Time) *SessionDoc {
	i := slices.IndexFunc(sessions, func(e SessionDoc) bool {
		since := now.Sub(e.Start.Time)
		return e.Begun && !e.Deleted && since >= 0 && since <= begunFor
	})
	if i < 0 {
		return nil
	}
	return &sessions[i]
}

func clock(t time.Time) string { return t.Format("15:04") }

// head chooses the one thing that matters now.
func (v *nowView) head(s StatusDoc, p PlanDoc, begun *SessionDoc, now time.Time) Head {
	l := v.L
	h := Head{Since: l.T("head.nothing"), Day: l.T("head.today", s.Day.Done, s.Day.Target)}
	if !s.Last.IsZero() && now.Sub(s.Last.Time) < 24*time.Hour {
		h.Since = l.T("head.since", l.Gap(now.Sub(s.Last.Time)), clock(s.Last.Time))
		h.Last, h.SinceForm = s.Last.Unix(), l.T("head.since", "{0}", clock(s.Last.Time))
	}
	if s.Day.Done > s.Day.Target {
		h.Day = l.T("head.today.open", s.Day.Done)
	}
	switch {
	case begun != nil:
		h.Label, h.Big, h.Sub = l.T("head.begun"), l.Gap(now.Sub(begun.Start.Time)), l.T("head.begun.sub", clock(begun.Start.Time))
		h.Begun, h.Since, h.Last = begun.Start.Unix(), "", 0
	case s.State == "resting":
		h.Label, h.Big, h.Sub, h.Words = "", l.T("head.resting"), l.T("head.resting.sub"), true
	case !s.PausedUntil.IsZero():
		h.Label, h.Big, h.Sub = l.T("head.quiet"), clock(s.PausedUntil.Time), l.T("head.quiet.sub")
		if day := l.dayFrom(now, s.PausedUntil.Time); day != "" {
			h.Sub = day
		}
	case len(p.Starts) == 0:
		h.Big, h.Words = l.T("head.none"), true
	default:
		v.headStart(&h, s, p.Starts[0], now)
	}
	return h
}

// headStart speaks of the next start, or of the one that is due.
func (v *nowView) headStart(h *Head, s StatusDoc, next StartDoc, now time.Time) {
	l := v.L
	h.Line = l.Say(next.Text)
	h.Big = clock(next.At.Time)
	switch {
	case next.At.After(now):
		h.Label, h.Sub, h.At = l.T("head.next"), l.T("head.in", l.Gap(next.At.Sub(now)+time.Minute-time.Nanosecond)), next.At.Unix()
		if next.Kind != string(planner.StartSession) && next.Kind != string(planner.StartResume) {
			h.Label = l.T("kind." + next.Kind)
		}
	case next.Kind == string(planner.StartFirst):
		h.Label, h.Big, h.Sub, h.Words = "", l.T("head.first"), l.T("head.first.big"), true
		h.Line = Line{}
	case s.Reminder != nil && s.Reminder.SnoozedUntil.After(now):
		h.Label, h.Big, h.Sub = l.T("head.snoozed"), clock(s.Reminder.SnoozedUntil.Time), ""
	case next.Wakes || next.Kind == string(planner.StartOvernight):
		h.Label, h.Sub = l.T("head.night"), l.T("head.night.sub")
		h.Line = Line{Text: l.T("head.bed")}
	case next.Kind == string(planner.StartPower):
		h.Label, h.Sub = l.T("head.power"), l.T("head.due.sub")
	default:
		h.Label, h.Sub = l.T("head.due"), l.T("head.due.sub")
		if v.Night {
			h.Sub = l.T("head.night.sub")
		}
	}
}

// dayFrom names the day of t where that is not today.
func (l *Language) dayFrom(now, t time.Time) string {
	day := func(t time.Time) string { return t.Format(time.DateOnly) }
	local := now.In(t.Location())
	switch day(t) {
	case day(local):
		return ""
	case day(local.AddDate(0, 0, 1)):
		return l.T("tomorrow")
	case day(local.AddDate(0, 0, -1)):
		return l.T("yesterday")
	}
	return l.Date(t)
}

// session is one logged session as the page shows and edits it.
func (v *frame) session(e SessionDoc, now time.Time, set Setting) sessionView {
	l := v.L
	s := sessionView{
		ID: e.ID, Clock: clock(e.Start.Time), Day: l.dayFrom(now, e.Start.Time), Merged: e.MergedInto != nil, Pain: e.Pain, Note: e.Note,
		Start: e.Start.Format(startForm), Kind: e.Kind,
		ML: set.amount(l, e.ML), Left: set.amount(l, e.LeftML), Right: set.amount(l, e.RightML),
	}
	var words []string
	if e.Kind != string(planner.Pump) {
		words = append(words, l.T("kind."+e.Kind))
	}
	if e.Minutes != nil {
		s.Minutes = l.Number(float64(*e.Minutes), 0)
		words = append(words, l.T("min", *e.Minutes))
	}
	if ml, ok := amountOf(e); ok {
		words = append(words, set.amount(l, &ml)+" "+set.unit())
	}
	if e.Pain {
		words = append(words, l.T("pain"))
	}
	if e.Note != "" {
		words = append(words, l.T("note"))
	}
	if s.Merged {
		words = append(words, l.T("merged"))
	}
	s.Words = strings.Join(words, ", ")
	return s
}
