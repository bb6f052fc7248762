package main

import (
	"fmt"
	"io"

	"nightbell/daemon/config"
	"nightbell/daemon/web"
)

// zoneCommand says in which zone a person is.
type zoneCommand struct {
	Name  string `arg:"" optional:"" help:"The zone, such as Europe/Berlin."`
	Clear bool   `help:"The configuration's again."`
}

// Run puts the zone in force.
func (z *zoneCommand) Run(c *call) error {
	switch {
	case z.Clear && z.Name != "":
		return usage("%s and --clear exclude each other; use one of them", z.Name)
	case !z.Clear && z.Name == "":
		return usage("which zone? write its name, such as: nightbell zone Europe/Berlin; the configuration's again: nightbell zone --clear")
	}
	return c.ask(web.Request{What: web.Zone, Zone: &z.Name}, false, nil)
}

// zoneWords says that another zone than the configuration's is in force; ""
// when it is not.
func zoneWords(doc web.StatusDoc) string {
	if doc.HomeTimezone == doc.Timezone {
		return ""
	}
	return fmt.Sprintf("%s instead of %s, the configuration's; back to that: nightbell zone --clear", doc.Timezone, doc.HomeTimezone)
}

// noteZone says beside a checked configuration that another zone is in force,
// by the daemon or else by the journal. Where neither can be asked nothing is
// said: check is about the file.
func (c *call) noteZone(cfg *config.Config, path string) {
	d, err := c.dial()
	if err != nil {
		return
	}
	end := func() {}
	if d == nil {
		quiet := *c.program
		quiet.err = io.Discard
		if d, end, err = (&call{program: &quiet, ctx: c.ctx, flags: c.flags}).direct(copies); err != nil {
			return
		}
	}
	defer end()
	doc, err := d.Status(c.ctx)
	if err != nil || doc.HomeTimezone != cfg.Routine.Location.String() {
		return
	}
	if words := zoneWords(doc); words != "" {
		printNote(c.out, fmt.Sprintf("%s: timezone: in force is %s", path, words))
	}
}
