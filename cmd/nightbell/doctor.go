package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/web"
)

// doctorCommand looks at everything that reminders rest on.
type doctorCommand struct {
	JSON bool `name:"json" help:"Print one JSON document."`
}

// diagnosis is what one check found.
type diagnosis struct {
	Check string `json:"check"`
	State string `json:"state"` // ok, notice or needs_person
	Text  string `json:"text"`
	Do    string `json:"do"` // what to do; empty: nothing
}

// The states of a diagnosis.
const (
	sound  = "ok"
	notice = "notice"       // good to know; nothing is wrong
	needs  = "needs_person" // somebody has to do something
)

// doctorDoc is `doctor --json`.
type doctorDoc struct {
	NeedsPerson bool        `json:"needs_person"`
	Checks      []diagnosis `json:"checks"`
}

// doctorWithin bounds all that asks a service or the daemon. Each request is
// bounded by itself; several channels may be slow one after the other.
const doctorWithin = 2 * time.Minute

// doctor is one look. cfg is nil where no configuration can be read.
type doctor struct {
	*call
	path   string
	cfg    *config.Config
	mute   bool           // cfg is without its channels, because of a problem with them
	status *web.StatusDoc // nil: no daemon answered
	silent error          // why not; nil: none runs
	found  []diagnosis
}

func (d *doctor) add(check, state, do, format string, args ...any) {
	d.found = append(d.found, diagnosis{check, state, fmt.Sprintf(format, args...), do})
}

// Run prints what it finds; exit 1 if something needs a person.
func (k *doctorCommand) Run(c *call) error {
	ctx, cancel := context.WithTimeout(c.ctx, doctorWithin)
	defer cancel()
	limited := *c
	limited.ctx = ctx
	d := &doctor{call: &limited}
	d.ask()
	for _, check := range []func(){
		d.configuration, d.clock, d.zones, d.folder, d.daemon, d.service, d.channels, d.answers, d.outside,
	} {
		check()
	}
	doc := doctorDoc{Checks: d.found}
	for _, f := range d.found {
		doc.NeedsPerson = doc.NeedsPerson || f.State == needs
	}
	if k.JSON {
		if err := printJSON(c.out, doc); err != nil {
			return err
		}
	} else {
		printDoctor(c, doc)
	}
	if doc.NeedsPerson {
		return errSaid
	}
	return nil
}

func printDoctor(c *call, doc doctorDoc) {
	words := map[string]string{sound: "ok", notice: "note", needs: "DO"}
	rows := [][]string{}
	for _, f := range doc.Checks {
		text := oneLine(f.Text)
		if f.Do != "" {
			text = strings.TrimSuffix(text, ".") + "; " + f.Do
		}
		rows = append(rows, []string{words[f.State], f.Check, text})
	}
	printTable(c.out, rows)
	if doc.NeedsPerson {
		fmt.Fprintln(c.out, "\nWhat begins with DO needs you.")
		return
	}
	fmt.Fprintln(c.out, "\nAll is well.")
}
