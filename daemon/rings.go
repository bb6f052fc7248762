package daemon

import (
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
	"nightbell/planner"
)

// ringing completes the document of a start: whether it comes as an alarm.
func (s *State) ringing(doc *web.StartDoc) {
	r := journal.Reminder{Kind: doc.Kind, Due: doc.At.Time, Wakes: doc.Wakes}
	r.Level = s.policyOf(r).Level
	doc.Rings = s.levelAt(r, r.Due) == notify.Alarm
}

// PlanOf is the document of a plan that a configuration makes of a history,
// without a journal. Starts after until are left out; a zero until keeps all.
func PlanOf(cfg *config.Config, h planner.History, p planner.Plan, until time.Time) web.PlanDoc {
	s := State{Settings: SettingsOf(cfg, nil)}
	for _, pause := range h.Pauses {
		s.Pauses = append(s.Pauses, journal.Pause{From: pause.From, To: pause.To})
	}
	doc := web.PlanOf(p, cfg.Routine.Location, until)
	doc.Pauses = pauseDocs(&s, p.Now)
	for i := range doc.Starts {
		s.ringing(&doc.Starts[i])
	}
	return doc
}
