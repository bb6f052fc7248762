package web

import (
	"net/http"
	"time"

	"nightbell/planner"
)

// ReportQuery asks for the report of the pumping days that begin on the dates
// From to To, both included.
type ReportQuery struct {
	From, To planner.Date // zero: up to today; four weeks of it
}

// ReportDoc is the report for a lactation consultant. Gaps are in seconds,
// amounts in ml; null is not logged.
type ReportDoc struct {
	Now       Instant        `json:"now"`
	Timezone  string         `json:"timezone"`
	From      string         `json:"from"`
	To        string         `json:"to"`
	DayStart  string         `json:"day_start"`
	Overnight *string        `json:"overnight"` // what counts as night; null: nothing does
	Units     string         `json:"units"`
	Days      []ReportDayDoc `json:"days"`
	Sessions  []SessionDoc   `json:"sessions"` // the first first
}

// ReportDayDoc is one pumping day of the report.
type ReportDayDoc struct {
	Date       string   `json:"date"`
	Sessions   int      `json:"sessions"`
	LongestGap *int     `json:"longest_gap"`
	Night      bool     `json:"night"`
	ML         *float64 `json:"ml"`
}

// reportMost is the longest report: a year and a day, so that a whole year
// can be asked for with both its ends.
const reportMost = 367

// Range gives the instants of the query's days, as of now.
func (q ReportQuery) Range(r planner.Routine, now time.Time) (from, to time.Time, err error) {
	last := q.To
	if last.IsZero() {
		start, _ := r.PumpingDay(now)
		last = planner.DateOf(start.In(r.Location))
	}
	first := q.From
	if first.IsZero() {
		first = planner.DateOf(time.Date(last.Year, last.Month, last.Day-historyDays+1, 12, 0, 0, 0, time.UTC))
	}
	from = r.DayStart.On(first, r.Location)
	_, to = r.PumpingDay(r.DayStart.On(last, r.Location))
	switch {
	case !from.Before(to):
		return from, to, Wrong("a report from %s to %s has no day in it; from comes before to", first, last)
	case to.Sub(from) > reportMost*24*time.Hour:
		return from, to, Wrong("a report from %s to %s is longer than a year; make one for each year", first, last)
	}
	return from, to, nil
}

// GapReach is how far before its first day a report needs sessions.
const GapReach = gapReach

// ReportOf makes the report of the days in [from, to) from their sessions, of
// which those GapReach before may be among them.
func ReportOf(set Setting, sessions []SessionDoc, from, to, now time.Time) ReportDoc {
	r := set.Routine
	doc := ReportDoc{
		Now: In(r.Location, now), Timezone: r.Location.String(), DayStart: r.DayStart.String(), Units: set.unit(),
		Days: []ReportDayDoc{}, Sessions: []SessionDoc{},
	}
	if night, ok := nightOf(r); ok {
		text := night.String()
		doc.Overnight = &text
	}
	spans := spansOf(r, sessions, from, to)
	for _, s := range spans {
		day := ReportDayDoc{Date: s.Start.In(r.Location).Format(time.DateOnly), Sessions: len(s.Sessions), Night: s.Night}
		if s.Longest > 0 {
			seconds := int(s.Longest / time.Second)
			day.LongestGap = &seconds
		}
		if s.Amounts > 0 {
			day.ML = &s.ML
		}
		doc.Days = append(doc.Days, day)
	}
	doc.From, doc.To = doc.Days[0].Date, doc.Days[len(doc.Days)-1].Date
	for _, e := range oldestFirst(sessions) {
		if !e.Deleted && !e.Start.Before(from) && e.Start.Before(to) {
			doc.Sessions = append(doc.Sessions, e)
		}
	}
	return doc
}

// readReportQuery reads from and to of an address.
func readReportQuery(r *http.Request) (q ReportQuery, err error) {
	for key, into := range map[string]*planner.Date{"from": &q.From, "to": &q.To} {
		text := r.URL.Query().Get(key)
		if text == "" {
			continue
		}
		if *into, err = planner.ParseDate(text); err != nil {
			return q, Wrong("%s: %w", key, err)
		}
	}
	return q, nil
}

// report serves the report as a document.
func (a *api) report(w http.ResponseWriter, r *http.Request) {
	q, err := readReportQuery(r)
	if err != nil {
		a.fail(w, err)
		return
	}
	doc, err := a.desk.Report(r.Context(), q)
	a.reply(w, doc, err)
}
