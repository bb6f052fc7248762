package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"nightbell/daemon/web"
)

// sessionFlags are what can be said of a session.
type sessionFlags struct {
	Minutes int      `placeholder:"N" help:"How long it took."`
	Kind    string   `placeholder:"KIND" help:"pump, power, nurse or hand."`
	ML      *float64 `name:"ml" placeholder:"N" help:"Amount in millilitres. Zero is a full session."`
	Oz      *float64 `name:"oz" placeholder:"N" help:"Amount in US fluid ounces."`
	Left    string   `placeholder:"N" help:"Amount on the left: 60 (ml) or 2oz."`
	Right   string   `placeholder:"N" help:"Amount on the right: 60 (ml) or 2oz."`
	Note    string   `placeholder:"TEXT" help:"A note."`
	Pain    bool     `help:"It hurt."`
	JSON    bool     `name:"json" help:"Print the session as JSON."`
}

func (f *sessionFlags) fields() (web.SessionFields, error) {
	s := web.SessionFields{Kind: f.Kind, Minutes: f.Minutes, ML: f.ML, Note: f.Note, Pain: f.Pain}
	if f.Oz != nil {
		if f.ML != nil {
			return s, usage("--ml and --oz are two ways to say one amount; use one of them")
		}
		ml := *f.Oz * mlPerOunce
		s.ML = &ml
	}
	var err error
	if s.LeftML, err = millilitres("--left", f.Left); err != nil {
		return s, err
	}
	if s.RightML, err = millilitres("--right", f.Right); err != nil {
		return s, err
	}
	return s, s.Check()
}

// millilitres reads an amount: "60", "60ml" or "2oz". Nothing said is nil.
func millilitres(flag, text string) (*float64, error) {
	if text == "" {
		return nil, nil
	}
	number, unit := strings.TrimSpace(text), 1.0
	if oz, ok := strings.CutSuffix(number, "oz"); ok {
		number, unit = oz, mlPerOunce
	}
	v, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(number, "ml")), 64)
	if err != nil {
		return nil, usage("%s: %q is not an amount; write 60 or 2oz", flag, text)
	}
	v *= unit
	return &v, nil
}

// ask sends one request and prints what it did. prepare, if any, completes
// the request from the daemon's zone.
func (c *call) ask(q web.Request, asJSON bool, prepare func(q *web.Request, now time.Time, z *time.Location) error) error {
	d, end, err := c.desk()
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
	if asJSON {
		return printJSON(c.out, reply.Logged)
	}
	fmt.Fprintln(c.out, reply.Text)
	return nil
}

// askAt is ask for a request that may speak of an instant that lies back.
func (c *call) askAt(q web.Request, at string, asJSON bool) error {
	if at == "" {
		return c.ask(q, asJSON, nil)
	}
	return c.ask(q, asJSON, func(q *web.Request, now time.Time, z *time.Location) (err error) {
		if q.At, err = instant(at, now, z); err != nil {
			return usage("--at: %w", err)
		}
		return nil
	})
}

// logCommand records a session.
type logCommand struct {
	At string `placeholder:"T" default:"now" help:"When it began: now, '20m ago', 02:10 or RFC 3339."`
	sessionFlags
}

// Run logs the session.
func (l *logCommand) Run(c *call) error { return c.session(web.Log, l.At, &l.sessionFlags) }

// startCommand answers that a session begins.
type startCommand struct {
	At string `placeholder:"T" help:"When it began, if not now."`
	sessionFlags
}

// Run answers.
func (s *startCommand) Run(c *call) error { return c.session(web.Start, s.At, &s.sessionFlags) }

// doneCommand answers that a session has just ended.
type doneCommand struct {
	At string `placeholder:"T" help:"When it ended, if not now."`
	sessionFlags
}

// Run answers.
func (d *doneCommand) Run(c *call) error { return c.session(web.Done, d.At, &d.sessionFlags) }

func (c *call) session(what web.What, at string, f *sessionFlags) error {
	fields, err := f.fields()
	if err != nil {
		return err
	}
	return c.askAt(web.Request{What: what, Session: fields}, at, f.JSON)
}

// snoozeCommand answers: later.
type snoozeCommand struct {
	For time.Duration `arg:"" optional:"" default:"10m" help:"How long: 5m to 60m."`
}

// Run answers.
func (s *snoozeCommand) Run(c *call) error {
	return c.ask(web.Request{What: web.Snooze, For: s.For}, false, nil)
}

// skipCommand answers: not this one.
type skipCommand struct{}

// Run answers.
func (skipCommand) Run(c *call) error { return c.ask(web.Request{What: web.Skip}, false, nil) }

// undoCommand takes the last change back.
type undoCommand struct{}

// Run takes it back.
func (undoCommand) Run(c *call) error { return c.ask(web.Request{What: web.Undo}, false, nil) }

// pauseCommand begins a pause.
type pauseCommand struct {
	For     time.Duration `placeholder:"90m" xor:"end" help:"For this long."`
	Until   string        `placeholder:"14:00" xor:"end" help:"Until then: 14:00 or RFC 3339."`
	Tonight bool          `xor:"end" help:"From bedtime to waking."`
}

// Run pauses.
func (p *pauseCommand) Run(c *call) error {
	if p.For == 0 && p.Until == "" && !p.Tonight {
		return usage("a pause needs an end: --for 90m, --until 14:00 or --tonight; for no end at all there is: nightbell rest")
	}
	q := web.Request{What: web.Pause, For: p.For, Tonight: p.Tonight}
	if p.Until == "" {
		return c.ask(q, false, nil)
	}
	return c.ask(q, false, func(q *web.Request, now time.Time, z *time.Location) (err error) {
		if q.Until, err = ahead(p.Until, now, z); err != nil {
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
