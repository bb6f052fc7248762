package web

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// historyDays is how many pumping days the chart shows: four weeks, which is
// about how long a change of routine takes to show.
const historyDays = 28

// historyView is the page of the last weeks.
type historyView struct {
	frame
	Any         bool
	DayStart    string
	Week, Month string
	Dots        Dots
	Days        []dayView
	Amounts     bool
	Day         string // one day that was asked for; empty: none
	Sessions    []sessionView
}

// dayView is one day of the table. A day without entries is blank.
type dayView struct {
	Date, Count, Longest, Amount string
	Night                        bool
	ISO                          string // as an address holds it
}

// daysMost bounds what is read for a chart: 14 a day is the largest target,
// and some log more than they count.
const daysMost = 10000

// history serves the page of the last weeks.
func (p *pageDesk) history(w http.ResponseWriter, r *http.Request) {
	set, s, err := p.setting(r.Context())
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	now := s.Now.Time
	_, end := set.Routine.PumpingDay(now)
	from, _ := set.Routine.PumpingDay(end.AddDate(0, 0, -historyDays).Add(time.Hour))
	list, err := p.Desk.Sessions(r.Context(), SessionsQuery{From: from.Add(-gapReach), Limit: daysMost})
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	v := historyView{frame: p.frame(w, r, "history", s, set)}
	spans := spansOf(set.Routine, list.Sessions, from, end)
	v.fill(spans, set)
	v.day(spans, r.URL.Query().Get("day"), now, set)
	p.write(w, r, http.StatusOK, "page_history.html", &v)
}

// gapReach is the longest gap that is one, and so how far before the first day
// of a chart a gap may begin that ends in it. After a day without an entry
// nobody knows what was: the plan has no anchor then either (planner.md).
const gapReach = 24 * time.Hour

func (v *historyView) fill(spans []Span, set Setting) {
	l := v.L
	v.DayStart = set.Routine.DayStart.String()
	month := figuresOf(spans)
	v.Any, v.Amounts = month.Sessions > 0, month.Amounts > 0
	v.Week, v.Month = l.figures(figuresOf(spans[max(0, len(spans)-7):])), l.figures(month)
	v.Dots = dotsOf(set.Routine, spans, l)
	for _, s := range slices.Backward(spans) {
		v.Days = append(v.Days, l.dayRow(s, set))
	}
}

// day lists the sessions of one day, so that they can be changed.
func (v *historyView) day(spans []Span, named string, now time.Time, set Setting) {
	for _, s := range spans {
		if s.Start.Format(time.DateOnly) != named {
			continue
		}
		v.Day = v.L.Date(s.Start)
		for _, e := range oldestFirst(slices.Concat(s.Sessions, s.Merged)) {
			one := v.session(e, now, set)
			if one.Day = ""; e.Start.Format(time.DateOnly) != named {
				one.Day = v.L.ShortDate(e.Start.Time) // the night after
			}
			v.Sessions = append(v.Sessions, one)
		}
	}
}

// figures says in a line what several days say together.
func (l *Language) figures(f Figures) string {
	if f.Sessions == 0 {
		return ""
	}
	parts := []string{l.T("history.each", l.Number(f.Each(), 1))}
	if f.Longest > 0 {
		parts = append(parts, l.T("history.gap", l.Gap(f.Longest)))
	}
	switch f.Nights {
	case 0:
		parts = append(parts, l.T("history.nights.0"))
	case 1:
		parts = append(parts, l.T("history.nights.1"))
	default:
		parts = append(parts, l.T("history.nights", f.Nights))
	}
	return strings.Join(parts, " · ")
}

func (l *Language) dayRow(s Span, set Setting) dayView {
	d := dayView{Date: l.Date(s.Start), ISO: s.Start.Format(time.DateOnly), Night: s.Night}
	if len(s.Sessions) > 0 {
		d.Count = l.Number(float64(len(s.Sessions)), 0)
	}
	if s.Longest > 0 {
		d.Longest = l.Gap(s.Longest)
	}
	if s.Amounts > 0 {
		d.Amount = set.amount(l, &s.ML) + " " + set.unit()
	}
	return d
}
