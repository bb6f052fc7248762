package daemon

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"nightbell/daemon/config"
	"nightbell/notify"
)

// drawEdits draws what is changed in the configuration while a life goes on.
func drawEdits(t *rapid.T, o *LifeOptions) {
	var at []time.Duration
	for range max(0, rapid.IntRange(-3, 3).Draw(t, "edits")) {
		at = append(at, time.Duration(rapid.IntRange(0, o.Days*24*60).Draw(t, "edit at"))*time.Minute)
	}
	slices.Sort(at)
	s := o.Settings
	for _, after := range at {
		s = drawEdit(t, s, o.From)
		o.Edits = append(o.Edits, LifeEdit{At: o.From.Add(after), Open: rapid.Bool().Draw(t, "while a reminder is open"), Settings: s})
	}
}

// drawEdit draws one change.
func drawEdit(t *rapid.T, s Settings, from time.Time) Settings {
	r := s.Routine
	switch rapid.IntRange(0, 7).Draw(t, "edit") {
	case 0:
		r.Target = rapid.IntRange(1, 12).Draw(t, "target")
	case 1:
		r.Busy = slices.Clip(r.Busy)
		drawBusy(t, &r)
	case 2:
		r.Times = drawTimes(t)
	case 3:
		drawNight(t, &r)
	case 4:
		drawGaps(t, &r)
	case 5:
		s.Channels = drawOtherChannels(t, s.Channels)
	case 6:
		drawPolicies(t, &s)
	case 7:
		r.Power = nil
		drawPower(t, &r, from)
	}
	if problems, _ := r.Check(); len(problems) == 0 {
		s.Routine = r
	}
	return s
}

// drawOtherChannels draws a channel that is taken away, another order, or one
// that is new. One that reaches a phone of the person's own stays.
func drawOtherChannels(t *rapid.T, channels []Facts) []Facts {
	channels = slices.Clone(channels)
	i := rapid.IntRange(0, len(channels)-1).Draw(t, "which channel")
	switch rapid.IntRange(0, 2).Draw(t, "what of it") {
	case 0:
		less := slices.Delete(slices.Clone(channels), i, i+1)
		if slices.ContainsFunc(less, func(f Facts) bool { return f.Reaches && !f.Partner }) {
			return less
		}
	case 1:
		channels[0], channels[i] = channels[i], channels[0]
	case 2:
		f := phone("new")
		if rapid.Bool().Draw(t, "one that parks") {
			f = Facts{Name: "new that parks", Type: "ntfy", Reaches: true, Withdraws: true, Parks: true}
		}
		if !slices.ContainsFunc(channels, func(was Facts) bool { return was.Name == f.Name }) {
			channels = slices.Insert(channels, i, f)
		}
	}
	return channels
}

// drawPolicies draws how reminders come.
func drawPolicies(t *rapid.T, s *Settings) {
	s.RestAfter = rapid.SampledFrom([]time.Duration{48 * time.Hour, 12 * time.Hour, 0}).Draw(t, "rest_after")
	if rapid.IntRange(0, 2).Draw(t, "other policies") == 2 {
		s.Policies.Session = drawPolicy(t, "session", notify.Normal)
		s.Policies.Power = s.Policies.Session
		s.Policies.Overnight = drawPolicy(t, "overnight", notify.Alarm)
	}
	if s.Use = config.UseFirst; rapid.IntRange(0, 3).Draw(t, "use") == 3 {
		s.Use = config.UseAll
	}
}

// settingsText is what of a configuration a life goes by.
func settingsText(s *Settings) string {
	text := fmt.Sprintf("routine %s\npolicies %+v\nrest after %s, use %s, partner after %s, channels", routineText(s.Routine), s.Policies, s.RestAfter, s.Use, s.PartnerAfter)
	for _, f := range s.Channels {
		text += fmt.Sprintf(" %s (%s, awake %v, parks %v)", f.Name, f.Type, f.Awake, f.Parks)
	}
	return text + "\n"
}
