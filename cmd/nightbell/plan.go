package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"nightbell/daemon"
	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/planner"
)

// planCommand shows the coming starts.
type planCommand struct {
	Hours    *float64 `placeholder:"N" help:"Only the next N hours; else to the horizon."`
	Now      *string  `placeholder:"T" help:"Plan as of T: now, 02:10, '20m ago' or RFC 3339."`
	Sessions string   `placeholder:"FILE" help:"Plan from a file instead of the journal: CSV with a header of start, kind, minutes, left_ml, right_ml, ml, pain, note, source, id (only start, in RFC 3339, has to be there), or JSON Lines with the same names." type:"existingfile"`
	Explain  bool     `help:"Say in words what the plan gives, what it gives up, and why."`
	JSON     bool     `name:"json" help:"Print one JSON document."`
}

// Run prints the plan.
func (p *planCommand) Run(c *call) error {
	if p.Hours != nil && !(*p.Hours > 0 && *p.Hours <= 72) {
		return usage("--hours %g; use a number above 0, at most 72", *p.Hours)
	}
	doc, err := p.plan(c)
	if err != nil {
		return err
	}
	if p.JSON {
		return printJSON(c.out, doc)
	}
	return printPlan(c, doc, p.Now != nil && c.now().Sub(doc.Now.Time) > time.Minute)
}

func (p *planCommand) plan(c *call) (web.PlanDoc, error) {
	if p.Sessions != "" {
		return p.fromFile(c)
	}
	d, end, err := c.desk(reads)
	if err != nil {
		return web.PlanDoc{}, err
	}
	defer end()
	q := web.PlanQuery{Explain: p.Explain}
	if p.Hours != nil {
		q.Hours = *p.Hours
	}
	if p.Now == nil && c.flags.Config == "" {
		return d.Plan(c.ctx, q)
	}
	status, err := d.Status(c.ctx)
	if err != nil {
		return web.PlanDoc{}, err
	}
	if c.flags.Config != "" && status.Running && !samePath(status.Config, c.flags.Config) {
		fmt.Fprintf(c.err, "nightbell: this is the plan of the daemon that runs, by %s; to try %s: nightbell plan --config %[2]s --sessions FILE, or nightbell run --time-lapse 60 --config %[2]s\n",
			status.Config, c.flags.Config)
	}
	if p.Now != nil {
		z, err := zone(status)
		if err != nil {
			return web.PlanDoc{}, err
		}
		if q.Now, err = instant(*p.Now, presently(status, c.now()), z); err != nil {
			return web.PlanDoc{}, usage("--now: %w", err)
		}
	}
	return d.Plan(c.ctx, q)
}

// fromFile plans from a history file and the configuration alone.
func (p *planCommand) fromFile(c *call) (web.PlanDoc, error) {
	path, err := c.configPath()
	if err != nil {
		return web.PlanDoc{}, err
	}
	cfg, err := config.LoadWithoutChannels(path, c.getenv)
	if err != nil {
		return web.PlanDoc{}, err
	}
	now := c.now()
	if p.Now != nil {
		if now, err = instant(*p.Now, now, cfg.Routine.Location); err != nil {
			return web.PlanDoc{}, usage("--now: %w", err)
		}
	}
	f, err := os.Open(p.Sessions)
	if err != nil {
		return web.PlanDoc{}, err
	}
	defer f.Close()
	history, err := journal.ReadHistory(p.Sessions, f)
	if err != nil {
		return web.PlanDoc{}, err
	}
	until := time.Time{}
	if p.Hours != nil {
		until = now.Add(time.Duration(*p.Hours * float64(time.Hour)))
	}
	past, zone := history.History(), cfg.Routine.Location
	plan := planner.Make(cfg.Routine, past, now)
	doc := daemon.PlanOf(cfg, past, plan, until)
	if p.Explain {
		doc.Explanation = web.ExplanationOf(planner.Explain(cfg.Routine, past, now), plan, zone)
	}
	return doc, nil
}

// printPlan prints a plan; asOf says that it is one of the past, where it is
// plain that there are later entries.
func printPlan(c *call, doc web.PlanDoc, asOf bool) error {
	z, err := time.LoadLocation(doc.Timezone)
	if err != nil {
		return err
	}
	now := doc.Now.Time
	head := "No session in the last day."
	if !doc.Anchor.IsZero() {
		head = fmt.Sprintf("%s since %s", between(doc.Anchor.Time, now), dayAndTime(doc.Anchor.Time, now, z))
		if doc.Offered {
			head += " was offered"
		}
		head += "."
	}
	head += fmt.Sprintf(" Today %d of %d.", doc.Day.Done, doc.Day.Target)
	place := fmt.Sprintf("(%s, %s)", now.In(z).Format("Mon 15:04"), doc.Timezone)
	apart := " "
	if len(head)+1+len(place) > terminalColumns {
		apart = "\n"
	}
	fmt.Fprintln(c.out, head+apart+place)
	for _, line := range planNotes(doc, now, z) {
		fmt.Fprintln(c.out, line)
	}
	if len(doc.Starts) == 0 {
		fmt.Fprintln(c.out, "Nothing planned in this time.")
	}
	rows := [][]string{}
	for _, s := range doc.Starts {
		rows = append(rows, []string{s.At.In(z).Format("Mon 15:04"), kindWord(s), s.Text})
	}
	printTable(c.out, explained(rows, doc))
	printExplanation(c, doc, z)
	if n := len(doc.Problems); asOf && n > 0 {
		fmt.Fprintf(c.out, "\nWhat was logged after this instant does not count in it (%d).\n", n)
		return nil
	}
	for _, problem := range doc.Problems {
		fmt.Fprintf(c.out, "\n%s\n", problem)
	}
	return nil
}

// planNotes are the lines between the head and the rows, an empty one last:
// what keeps reminders quiet, and on what the rows rest.
func planNotes(doc web.PlanDoc, now time.Time, z *time.Location) []string {
	var lines []string
	if doc.Resting {
		lines = append(lines, "Resting: no reminders until a session or: nightbell resume")
	}
	until := web.Instant{}
	for _, p := range doc.Pauses {
		if !p.From.After(now) && p.To.After(until.Time) {
			until = p.To
		}
	}
	for _, stretch := range quietWords(until, doc.Pauses, now, z) {
		lines = append(lines, "Quiet "+stretch+".")
	}
	if len(doc.Starts) > 1 && !doc.AsIf.IsZero() {
		lines = append(lines, "The rows below the first hold if you begin "+asIf(doc, z)+".")
	}
	return append(lines, "")
}

// asIf says when the first start, which is due, is taken to begin: now, or when
// a pause or busy time ends.
func asIf(doc web.PlanDoc, z *time.Location) string {
	const grid = 5 * time.Minute // of planned starts
	// The document's now is of whole seconds, and was rounded down: in the
	// first second of a step of the grid, now is a whole step away.
	if doc.AsIf.Sub(doc.Now.Time) <= grid {
		return "now"
	}
	when := dayAndTime(doc.AsIf.Time, doc.Now.Time, z)
	if len(when) == len("15:04") {
		when = "at " + when
	}
	return when + ", once you are free"
}

// kindWord is what a start is, and whether it rings.
func kindWord(s web.StartDoc) string {
	switch {
	case s.Rings:
		return strings.TrimPrefix(s.Kind+", alarm", "session, ")
	case s.Wakes:
		return s.Kind + ", without ringing" // the words of the line before bed
	}
	return s.Kind
}
