package daemon

import (
	"context"
	"fmt"

	"nightbell/daemon/config"
	"nightbell/daemon/web"
)

// What the page asks for besides the answers of the API.

// Setting is what the page needs of the configuration in force.
func (d *Daemon) Setting(context.Context) (web.Setting, error) {
	v := d.view.Load()
	return settingOf(&v.state, v.config), nil
}

// LastChange is what was done last.
func (d *Daemon) LastChange(ctx context.Context) (web.ChangeDoc, error) {
	return d.lastChange(ctx, &d.view.Load().state)
}

// Setting is what the page needs of the configuration in force.
func (d *Direct) Setting(context.Context) (web.Setting, error) {
	return settingOf(&d.state, d.config), nil
}

// LastChange is what was done last.
func (d *Direct) LastChange(ctx context.Context) (web.ChangeDoc, error) {
	return d.lastChange(ctx, &d.state)
}

// Report is the report of some days.
func (d *Daemon) Report(ctx context.Context, q web.ReportQuery) (web.ReportDoc, error) {
	v := d.view.Load()
	return d.report(ctx, q, &v.state, v.config)
}

// Report is the report of some days.
func (d *Direct) Report(ctx context.Context, q web.ReportQuery) (web.ReportDoc, error) {
	return d.report(ctx, q, &d.state, d.config)
}

// reportSessionsMost is how many sessions a report reads: a year of 27 a day,
// more than anybody logs.
const reportSessionsMost = 10000

func (c *core) report(ctx context.Context, q web.ReportQuery, s *State, cfg *config.Config) (web.ReportDoc, error) {
	now, set := c.now(), settingOf(s, cfg)
	from, to, err := q.Range(set.Routine, now)
	if err != nil {
		return web.ReportDoc{}, err
	}
	list, err := c.listSessions(ctx, s, web.SessionsQuery{From: from.Add(-web.GapReach), To: to, Limit: reportSessionsMost})
	if err != nil {
		return web.ReportDoc{}, err
	}
	return web.ReportOf(set, list.Sessions, from, to, now), nil
}

func settingOf(s *State, cfg *config.Config) web.Setting {
	word := ""
	if s.Privacy == config.Plain {
		word = s.Word
	}
	return web.Setting{
		Routine: s.Routine, Ounces: cfg.Units == config.Ounces, Word: word, ConfiguredZone: cfg.Routine.Location.String(),
	}
}

// lastChange is the newest change. What began a long time ago is no less the
// last; the page decides how long it speaks of it.
func (c *core) lastChange(ctx context.Context, s *State) (web.ChangeDoc, error) {
	last, err := c.journal.LastChange(ctx)
	if err != nil {
		return web.ChangeDoc{}, fmt.Errorf("looking for the last change: %w", err)
	}
	return web.ChangeDoc{
		ID: last.ID, At: web.In(s.Routine.Location, last.At), What: web.What(last.What), Text: last.Text,
		CanUndo: last.Undone == 0 && (last.Undoable || last.What == string(web.Snooze)),
	}, nil
}
