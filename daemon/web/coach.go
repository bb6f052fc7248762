package web

import (
	"fmt"
	"time"

	"nightbell/planner"
)

// Coach leads through a power session.
type Coach struct {
	Steps []coachStep
}

type coachStep struct {
	Label    string
	Minutes  int
	From, To int64 // Unix seconds
	Clock    string
	Now      bool
}

// step puts the step that holds now in the middle: what, for how much longer,
// until when.
func (h *Head) step(c *Coach, now time.Time) {
	if c == nil {
		return
	}
	for _, s := range c.Steps {
		if left := s.To - now.Unix(); s.Now {
			h.Label, h.Big, h.Sub, h.Begun = s.Label, fmt.Sprintf("%d:%02d", left/60, left%60), s.Clock, 0
		}
	}
}

// coach lays the pattern of a power session from its start on: pump, rest,
// pump. Past its end there is none.
func (v *nowView) coach(r planner.Routine, start, now time.Time) *Coach {
	pattern := planner.DefaultPattern()
	if r.Power != nil {
		pattern = r.Power.Pattern
	}
	c := &Coach{}
	at := start
	for i, length := range pattern {
		step := coachStep{Label: v.L.T("coach.pump"), Minutes: int(length / time.Minute), From: at.Unix()}
		if i%2 == 1 {
			step.Label = v.L.T("coach.rest")
		}
		at = at.Add(length)
		step.To, step.Clock = at.Unix(), v.L.T("coach.until", clock(at.In(r.Location)))
		step.Now = step.From <= now.Unix() && now.Unix() < step.To
		c.Steps = append(c.Steps, step)
	}
	if !now.Before(at) {
		return nil
	}
	return c
}
