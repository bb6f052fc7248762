package web

import (
	"fmt"
	"html/template"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"nightbell/planner"
)

// ReportOptions are how a report is written.
type ReportOptions struct {
	Language string // of the catalogue: en, de; empty: English
	Notes    bool   // with what was noted
}

// reportView is the report as a page of its own, in one file, to be printed.
type reportView struct {
	L                     *Language
	Style                 template.CSS
	Form                  bool // on the site: dates can be chosen
	Script                string
	From, To              string // as a date field holds them
	Range, Made, DayStart string
	Figures               []figureView
	Dots                  Dots
	Days                  []dayView
	Night                 string
	Amounts, Any, Notes   bool
	Noted                 []noteView
	Some                  string // how many of the amounts there are
}

type figureView struct{ Name, Value string }

type noteView struct{ When, Text string }

// WriteReport writes a report as one HTML file without anything outside it.
func WriteReport(w io.Writer, doc ReportDoc, o ReportOptions) error {
	p := newPages()
	l := p.languages.of(o.Language)
	if o.Language == "" {
		l = p.languages[0]
	}
	if l == nil {
		var codes []string
		for _, known := range p.languages {
			codes = append(codes, known.Code)
		}
		return Wrong("language %q is not known; use %s", o.Language, strings.Join(codes, " or "))
	}
	v, err := p.reportView(doc, l, o.Notes)
	if err != nil {
		return err
	}
	return p.templates.ExecuteTemplate(w, "page_report.html", v)
}

// report serves the report to be printed.
func (p *pageDesk) report(w http.ResponseWriter, r *http.Request) {
	q, err := readReportQuery(r)
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	doc, err := p.Desk.Report(r.Context(), q)
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	v, err := p.reportView(doc, p.languages.choose(r), r.URL.Query().Get("notes") != "")
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	v.Form, v.Script = true, p.script
	p.write(w, r, http.StatusOK, "page_report.html", v)
}

// routineOf is as much of the routine as the report's document says.
func (doc ReportDoc) routineOf() (planner.Routine, error) {
	var r planner.Routine
	var err error
	if r.Location, err = time.LoadLocation(doc.Timezone); err != nil {
		return r, fmt.Errorf("the report's zone: %w", err)
	}
	if r.DayStart, err = planner.ParseTimeOfDay(doc.DayStart); err != nil {
		return r, fmt.Errorf("the report's day: %w", err)
	}
	if doc.Overnight != nil {
		night, err := planner.ParseRange(*doc.Overnight)
		if err != nil {
			return r, fmt.Errorf("the report's night: %w", err)
		}
		r.Overnight.Window = &night
	}
	return r, nil
}

// spans lays the document's sessions on its days; the gaps are the
// document's, because the first may begin before it.
func (doc ReportDoc) spans(r planner.Routine) ([]Span, error) {
	first, err := planner.ParseDate(doc.From)
	if err != nil {
		return nil, fmt.Errorf("the report's first day: %w", err)
	}
	last, err := planner.ParseDate(doc.To)
	if err != nil {
		return nil, fmt.Errorf("the report's last day: %w", err)
	}
	_, end := r.PumpingDay(r.DayStart.On(last, r.Location))
	spans := spansOf(r, doc.Sessions, r.DayStart.On(first, r.Location), end)
	if len(spans) != len(doc.Days) {
		return nil, fmt.Errorf("the report has %d days from %s to %s; want %d", len(doc.Days), doc.From, doc.To, len(spans))
	}
	for i, d := range doc.Days {
		spans[i].Longest = 0
		if d.LongestGap != nil {
			spans[i].Longest = time.Duration(*d.LongestGap) * time.Second
		}
	}
	return spans, nil
}

func (p *pages) reportView(doc ReportDoc, l *Language, notes bool) (*reportView, error) {
	r, err := doc.routineOf()
	if err != nil {
		return nil, err
	}
	spans, err := doc.spans(r)
	if err != nil || len(spans) == 0 {
		return nil, err
	}
	set := Setting{Routine: r, Ounces: doc.Units == "oz"}
	f := figuresOf(spans)
	long := func(t time.Time) string { return fmt.Sprintf("%s %d", l.Date(t), t.Year()) }
	v := &reportView{
		L: l, Style: p.style, From: doc.From, To: doc.To, Notes: notes, Any: f.Sessions > 0, Amounts: f.Amounts > 0, DayStart: doc.DayStart,
		Range: l.T("report.range", long(spans[0].Start), long(spans[len(spans)-1].Start)),
		Made:  l.T("report.made", long(doc.Now.Time), doc.Timezone), Dots: dotsOf(r, spans, l),
	}
	if doc.Overnight != nil {
		v.Night = *doc.Overnight
	}
	v.Figures = reportFigures(f, set, l, v.Night)
	if f.Amounts > 0 && f.Amounts < f.Sessions {
		v.Some = l.T("report.some", f.Amounts, f.Sessions)
	}
	for _, s := range slices.Backward(spans) {
		v.Days = append(v.Days, l.dayRow(s, set))
	}
	for _, e := range doc.Sessions {
		if notes && e.Note != "" {
			v.Noted = append(v.Noted, noteView{l.Date(e.Start.Time) + ", " + clock(e.Start.Time), e.Note})
		}
	}
	return v, nil
}

// reportFigures are the figures at the top. What was never logged is not
// there at all.
func reportFigures(f Figures, set Setting, l *Language, night string) []figureView {
	figures := []figureView{
		{l.T("report.sessions"), l.Number(float64(f.Sessions), 0)},
		{l.T("report.each"), l.Number(f.Each(), 1)},
		{l.T("report.logged"), l.T("report.of", f.Logged, f.Days)},
	}
	if f.Longest > 0 {
		figures = append(figures, figureView{l.T("report.gap"), l.Gap(f.Longest)})
	}
	if night != "" {
		figures = append(figures, figureView{l.T("report.nights", night), l.Number(float64(f.Nights), 0)})
	}
	if f.Pain > 0 {
		figures = append(figures, figureView{l.T("report.pain"), l.Number(float64(f.Pain), 0)})
	}
	if f.Amounts > 0 {
		figures = append(figures, figureView{l.T("report.amount"), set.amount(l, &f.ML) + " " + set.unit()})
	}
	return figures
}
