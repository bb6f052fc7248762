package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"nightbell/daemon"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
)

// sessionFlags are what can be said of a session.
type sessionFlags struct {
	Minutes string   `placeholder:"N" help:"How long it took: 20 or 20m."`
	Kind    string   `placeholder:"KIND" values:"pump power nurse hand" help:"pump, power, nurse or hand."`
	ML      *float64 `name:"ml" placeholder:"N" help:"Amount in millilitres. Zero is a full session."`
	Oz      *float64 `name:"oz" placeholder:"N" help:"Amount in US fluid ounces."`
	Left    string   `placeholder:"N" help:"Amount on the left: 60 (ml) or 2oz."`
	Right   string   `placeholder:"N" help:"Amount on the right: 60 (ml) or 2oz."`
	Note    string   `placeholder:"TEXT" help:"A note."`
	Pain    bool     `help:"It hurt."`
	JSON    bool     `name:"json" help:"Print the session as JSON."`
}

func (f *sessionFlags) fields() (web.SessionFields, error) {
	s := web.SessionFields{Kind: f.Kind, ML: f.ML, Note: f.Note, Pain: f.Pain}
	var err error
	if f.Minutes != "" {
		if s.Minutes, err = minutesOf(f.Minutes); err != nil {
			return s, usage("--minutes: %w", err)
		}
		if s.Minutes == 0 {
			return s, usage("--minutes %s: a session has a length; leave --minutes out when nobody looked", f.Minutes)
		}
	}
	if f.Oz != nil {
		if f.ML != nil {
			return s, usage("--ml and --oz are two ways to say one amount; use one of them")
		}
		ml := tenths(*f.Oz * journal.MLPerOunce)
		s.ML = &ml
	}
	if s.LeftML, err = millilitres("--left", f.Left); err != nil {
		return s, err
	}
	if s.RightML, err = millilitres("--right", f.Right); err != nil {
		return s, err
	}
	return s, s.CheckIn(unitOf(f.Oz != nil, f.Left, f.Right))
}

// unitOf is the unit in which a person typed amounts, so that what is wrong
// with them is said in it.
func unitOf(ounces bool, sides ...string) string {
	if ounces || slices.ContainsFunc(sides, func(text string) bool { return strings.HasSuffix(text, "oz") }) {
		return "oz"
	}
	return "ml"
}

// millilitres reads an amount: "60", "60ml" or "2oz". Nothing said is nil.
func millilitres(flag, text string) (*float64, error) {
	if text == "" {
		return nil, nil
	}
	number, unit := strings.TrimSpace(text), 1.0
	if oz, ok := strings.CutSuffix(number, "oz"); ok {
		number, unit = oz, journal.MLPerOunce
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(number, "ml")), 64)
	if err != nil {
		return nil, usage("%s: %q is not an amount; write 60 or 2oz", flag, text)
	}
	if unit != 1 {
		v = tenths(v * unit)
	}
	return &v, nil
}

// tenths rounds an amount that was ounces to 0.1 ml: closer than any scale of
// a bottle, and short to read.
func tenths(ml float64) float64 { return math.Round(ml*10) / 10 }

// ask sends one request and prints what it did. prepare, if any, completes
// the request from the daemon's zone.
func (c *call) ask(q web.Request, asJSON bool, prepare func(q *web.Request, now time.Time, z *time.Location) error) error {
	d, end, err := c.desk(changes)
	if err != nil {
		return err
	}
	defer end()
	if prepare != nil {
		status, err := d.Status(c.ctx)
		if err != nil {
			return err
		}
		z, err := zone(status)
		if err != nil {
			return err
		}
		if err := prepare(&q, presently(status, c.now()), z); err != nil {
			return err
		}
	}
	q.Source = "cli"
	reply, err := d.Do(c.ctx, q)
	if err != nil {
		return err
	}
	if _, alone := d.(*daemon.Direct); alone {
		fmt.Fprintln(c.err, "nightbell:", daemon.NoDaemon)
	}
	if asJSON {
		return printJSON(c.out, reply.Logged)
	}
	fmt.Fprintln(c.out, reply.Text)
	return nil
}

// askAt is ask for a request that may speak of an instant that lies back.
func (c *call) askAt(q web.Request, at *string, asJSON bool) error {
	if at == nil {
		return c.ask(q, asJSON, nil)
	}
	return c.ask(q, asJSON, func(q *web.Request, now time.Time, z *time.Location) (err error) {
		if q.At, err = instant(*at, now, z); err != nil {
			return usage("--at: %w", err)
		}
		return nil
	})
}

// logCommand records a session.
type logCommand struct {
	At *string `placeholder:"T" help:"When it began, if not now: '20m ago', 02:10, 'yesterday 22:00', '2026-06-10 02:10' or RFC 3339."`
	sessionFlags
}

// Run logs the session.
func (l *logCommand) Run(c *call) error { return c.session(web.Log, l.At, &l.sessionFlags) }

// startCommand answers that a session begins.
type startCommand struct {
	At *string `placeholder:"T" help:"When it began, if not now."`
	sessionFlags
}

// Run answers.
func (s *startCommand) Run(c *call) error { return c.session(web.Start, s.At, &s.sessionFlags) }

// doneCommand answers that a session has just ended.
type doneCommand struct {
	At *string `placeholder:"T" help:"When it ended, if not now."`
	sessionFlags
}

// Run answers.
func (d *doneCommand) Run(c *call) error { return c.session(web.Done, d.At, &d.sessionFlags) }

func (c *call) session(what web.What, at *string, f *sessionFlags) error {
	fields, err := f.fields()
	if err != nil {
		return err
	}
	return c.askAt(web.Request{What: what, Session: fields}, at, f.JSON)
}

// snoozeCommand answers: later.
type snoozeCommand struct {
	For string `arg:"" optional:"" default:"10m" help:"How long: 5m to 60m."`
}

// The shortest and the longest snooze.
const (
	snoozeLeast = 5 * time.Minute
	snoozeMost  = time.Hour
)

// Run answers.
func (s *snoozeCommand) Run(c *call) error {
	minutes, err := minutesOf(s.For)
	d := time.Duration(minutes) * time.Minute
	switch {
	case err != nil:
		return usage("%q is not a length of a snooze; it can last 5m to 60m, such as: nightbell snooze 10m", s.For)
	case d < snoozeLeast || d > snoozeMost:
		return usage("%s is not a snooze; it can last 5m to 60m, such as 10m", spelt(d))
	}
	return c.ask(web.Request{What: web.Snooze, For: d}, false, nil)
}

// skipCommand answers: not this one.
type skipCommand struct{}

// Run answers.
func (skipCommand) Run(c *call) error { return c.ask(web.Request{What: web.Skip}, false, nil) }

// undoCommand takes the last change back.
type undoCommand struct{}

// Run takes it back.
func (undoCommand) Run(c *call) error { return c.ask(web.Request{What: web.Undo}, false, nil) }

// pauseMost is the longest pause.
const pauseMost = 7 * 24 * time.Hour

// pauseCommand begins a pause.
type pauseCommand struct {
	For     *string `placeholder:"90m" xor:"end" help:"For this long: 90m, 12h; at most 7 days."`
	Until   *string `placeholder:"14:00" xor:"end" help:"Until then: 14:00, 'tomorrow 14:00' or RFC 3339."`
	Tonight bool    `xor:"end" help:"From bedtime to waking."`
}

// Run pauses.
func (p *pauseCommand) Run(c *call) error {
	if p.For == nil && p.Until == nil && !p.Tonight {
		return usage("a pause needs an end: --for 90m, --until 14:00 or --tonight; for no end at all there is: nightbell rest")
	}
	q := web.Request{What: web.Pause, Tonight: p.Tonight}
	if p.For != nil {
		d, ok := length(*p.For)
		switch {
		case !ok || d <= 0:
			return usage("--for: %q is not a length; write 90m or 12h", *p.For)
		case d > pauseMost:
			return usage("--for %s: a pause ends within 7 days, such as 90m or 12h; for no end at all there is: nightbell rest", *p.For)
		}
		q.For = d
	}
	if p.Until == nil {
		return c.ask(q, false, nil)
	}
	return c.ask(q, false, func(q *web.Request, now time.Time, z *time.Location) (err error) {
		if q.Until, err = ahead(*p.Until, now, z); err != nil {
			return usage("--until: %w", err)
		}
		return nil
	})
}

// resumeCommand ends a pause or resting.
type resumeCommand struct{}

// Run resumes.
func (resumeCommand) Run(c *call) error { return c.ask(web.Request{What: web.Resume}, false, nil) }

// restCommand begins resting.
type restCommand struct{}

// Run rests.
func (restCommand) Run(c *call) error { return c.ask(web.Request{What: web.Rest}, false, nil) }
