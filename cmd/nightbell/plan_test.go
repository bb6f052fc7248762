package main

import (
	"testing"
	"time"

	"nightbell/daemon/web"
)

func TestADueStartSaysWhatTheRestRestsOn(t *testing.T) {
	ten := time.Date(2027, 6, 10, 10, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		rule  string
		now   time.Time
		begin time.Time
		want  string
	}{
		{"on the grid", ten, ten, "now"},
		{"between two steps of it", ten.Add(time.Minute), ten.Add(5 * time.Minute), "now"},
		{"in the first second of a step, which JSON rounds down", ten, ten.Add(5 * time.Minute), "now"},
		{"when a meeting ends", ten, ten.Add(10 * time.Minute), "at 10:10, once you are free"},
		{"when the night's quiet ends", ten, ten.Add(21 * time.Hour), "tomorrow 07:00, once you are free"},
	} {
		t.Run(row.rule, func(t *testing.T) {
			doc := web.PlanDoc{Now: web.In(time.UTC, row.now), AsIf: web.In(time.UTC, row.begin)}
			if got := asIf(doc, time.UTC); got != row.want {
				t.Errorf("begin %q, want %q", got, row.want)
			}
		})
	}
}
