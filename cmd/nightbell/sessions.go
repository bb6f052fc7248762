package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"nightbell/daemon/web"
)

// sessionsCommand is the log: listed, or one session of it changed.
type sessionsCommand struct {
	List   listCommand   `cmd:"" default:"withargs" help:"List the log, newest first."`
	Edit   editCommand   `cmd:"" help:"Change what a session says. What is not named stays; none takes it out."`
	Delete deleteCommand `cmd:"" help:"Take a session out; undo brings it back."`
}

// listCommand lists the log.
type listCommand struct {
	Limit   int  `placeholder:"N" default:"30" help:"The newest N."`
	Deleted bool `help:"Also those that were taken back."`
	JSON    bool `name:"json" help:"Print one JSON document."`
}

// Run prints the log, newest first.
func (s *listCommand) Run(c *call) error {
	if s.Limit < 1 || s.Limit > 10000 {
		return usage("--limit %d; use 1 to 10000", s.Limit)
	}
	d, end, err := c.desk(reads)
	if err != nil {
		return err
	}
	defer end()
	doc, err := d.Sessions(c.ctx, web.SessionsQuery{Limit: s.Limit, Deleted: s.Deleted})
	if err != nil {
		return err
	}
	if s.JSON {
		return printJSON(c.out, doc)
	}
	if len(doc.Sessions) == 0 {
		fmt.Fprintln(c.out, "Nothing logged yet. Log a session with: nightbell log")
		return nil
	}
	rows := [][]string{}
	for _, e := range doc.Sessions {
		row := sessionRow(e, c.now())
		if slices.ContainsFunc(doc.Sessions, func(other web.SessionDoc) bool { return clockAlike(e, other) }) {
			row[1] += e.Start.Format(" -07:00") // the hour that came twice, as clocks were set back
		}
		rows = append(rows, row)
	}
	printTable(c.out, rows)
	return nil
}

// clockAlike reports whether clocks showed the same when two sessions began
// that lie apart.
func clockAlike(a, b web.SessionDoc) bool {
	const shown = "2006-01-02 15:04"
	return a.Start.Format(shown) == b.Start.Format(shown) && a.Start.Format("-07:00") != b.Start.Format("-07:00")
}

// sessionRow is one session as the list shows it at now: with its year when
// that is another one.
func sessionRow(e web.SessionDoc, now time.Time) []string {
	day := "Mon 2 Jan 15:04"
	if e.Start.Year() != now.In(e.Start.Location()).Year() {
		day = "Mon 2 Jan 2006 15:04"
	}
	length := ""
	if e.Minutes != nil {
		length = fmt.Sprintf("%d min", *e.Minutes)
	}
	var more []string
	if a := amount(e); a != "" {
		more = append(more, a)
	}
	if e.Pain {
		more = append(more, "pain")
	}
	if e.MergedInto != nil {
		more = append(more, fmt.Sprintf("one session with %d", *e.MergedInto))
	}
	if e.Deleted {
		more = append(more, "taken back")
	}
	if e.Note != "" {
		more = append(more, oneLine(e.Note))
	}
	return []string{fmt.Sprint(e.ID), e.Start.Format(day), e.Kind, length, strings.Join(more, "; ")}
}
