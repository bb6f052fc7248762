package main

import (
	"time"

	"nightbell/daemon/web"
	"nightbell/planner"
)

// none is how a flag of edit takes out what a session says.
const none = "none"

// editCommand changes what a session says.
type editCommand struct {
	ID      int64   `arg:"" help:"The number of the session, as sessions lists it."`
	At      *string `placeholder:"T" help:"When it began: 02:10 (on its own day), '20m ago', 'yesterday 22:00', '2026-06-10 02:10' or RFC 3339."`
	Minutes *string `placeholder:"N" help:"How long it took."`
	Kind    string  `placeholder:"KIND" values:"pump power nurse hand" help:"pump, power, nurse or hand."`
	ML      *string `name:"ml" placeholder:"N" help:"Amount in millilitres."`
	Oz      *string `name:"oz" placeholder:"N" help:"Amount in US fluid ounces."`
	Left    *string `placeholder:"N" help:"Amount on the left: 60 (ml) or 2oz."`
	Right   *string `placeholder:"N" help:"Amount on the right: 60 (ml) or 2oz."`
	Note    *string `placeholder:"TEXT" help:"A note."`
	Pain    *bool   `negatable:"" help:"It hurt, or did not."`
	JSON    bool    `name:"json" help:"Print the session as JSON."`
}

// Run changes it.
func (e *editCommand) Run(c *call) error {
	q := web.Request{What: web.Edit, ID: e.ID}
	var err error
	if q.Edit, err = e.changes(); err != nil {
		return err
	}
	if e.At == nil && q.Edit.IsZero() {
		return usage("nothing to change; say what the session is to say, such as: nightbell sessions edit %d --minutes 20", e.ID)
	}
	if err := q.Edit.CheckIn(unitOf(e.Oz != nil, typed(e.ML), typed(e.Left), typed(e.Right))); err != nil {
		return err
	}
	if e.At == nil {
		return c.ask(q, e.JSON, nil)
	}
	was, err := c.startOf(e.ID, *e.At)
	if err != nil {
		return err
	}
	return c.ask(q, e.JSON, func(q *web.Request, now time.Time, z *time.Location) error {
		at, err := onItsDay(*e.At, was, now, z)
		if err != nil {
			return usage("--at: %w", err)
		}
		q.Edit.Start = web.To(at)
		return nil
	})
}

// typed is what a flag says; "" when it is not given.
func typed(flag *string) string {
	if flag == nil {
		return ""
	}
	return *flag
}

// changes reads every flag but --at.
func (e *editCommand) changes() (web.SessionEdit, error) {
	var s web.SessionEdit
	if e.Kind != "" {
		s.Kind = web.To(e.Kind)
	}
	if e.Minutes != nil {
		s.Minutes = web.Without[int]()
		if *e.Minutes != none {
			n, err := minutesOf(*e.Minutes)
			if err != nil {
				return s, usage("--minutes: %w, or none", err)
			}
			s.Minutes = web.To(n)
		}
	}
	if e.ML != nil && e.Oz != nil {
		return s, usage("--ml and --oz are two ways to say one amount; use one of them")
	}
	if e.Oz != nil && *e.Oz != none {
		oz := *e.Oz + "oz"
		e.Oz = &oz
	}
	for _, amount := range []struct {
		flag string
		text *string
		to   *web.Field[float64]
	}{{"--ml", e.ML, &s.ML}, {"--oz", e.Oz, &s.ML}, {"--left", e.Left, &s.LeftML}, {"--right", e.Right, &s.RightML}} {
		if amount.text == nil {
			continue
		}
		*amount.to = web.Without[float64]()
		if *amount.text == none {
			continue
		}
		v, err := millilitres(amount.flag, *amount.text)
		if err != nil || v == nil {
			return s, usage("%s: %q is not an amount; write 60, 2oz or none", amount.flag, *amount.text)
		}
		*amount.to = web.To(*v)
	}
	if e.Note != nil {
		s.Note = web.To(*e.Note)
		if *e.Note == none {
			s.Note = web.Without[string]()
		}
	}
	if e.Pain != nil {
		s.Pain = web.To(*e.Pain)
	}
	return s, nil
}

// startOf is when a session began, for a time that is meant on its day; zero
// for any other way to write a time.
func (c *call) startOf(id int64, at string) (time.Time, error) {
	if _, ok := wallClock(at); !ok {
		return time.Time{}, nil
	}
	d, end, err := c.desk(changes)
	if err != nil {
		return time.Time{}, err
	}
	defer end()
	doc, err := d.Sessions(c.ctx, web.SessionsQuery{Limit: 10000})
	if err != nil {
		return time.Time{}, err
	}
	for _, s := range doc.Sessions {
		if s.ID == id {
			return s.Start.Time, nil
		}
	}
	return time.Time{}, nil // the daemon says what is wrong with the number
}

// onItsDay reads a time for a session that began at was: a time of day is the
// one nearest to it.
func onItsDay(text string, was, now time.Time, z *time.Location) (time.Time, error) {
	clock, ok := wallClock(text)
	if !ok || was.IsZero() {
		return instant(text, now, z)
	}
	best := time.Time{}
	for day := -1; day <= 1; day++ {
		t := clock.On(planner.DateOf(was.In(z).AddDate(0, 0, day)), z)
		if best.IsZero() || t.Sub(was).Abs() < best.Sub(was).Abs() {
			best = t
		}
	}
	return best, nil
}

// deleteCommand takes a session out.
type deleteCommand struct {
	ID   int64 `arg:"" help:"The number of the session, as sessions lists it."`
	JSON bool  `name:"json" help:"Print the session as JSON."`
}

// Run takes it out.
func (d *deleteCommand) Run(c *call) error {
	if d.ID < 1 {
		return usage("%d is no session; the first column of this list has the numbers: nightbell sessions", d.ID)
	}
	return c.ask(web.Request{What: web.Delete, ID: d.ID}, d.JSON, nil)
}
