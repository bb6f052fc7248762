package daemon

import (
	"testing"
	"time"

	"nightbell/daemon/web"
	"nightbell/notify"
)

func TestOnlyWhatComesAsAnAlarmIsSaidToRing(t *testing.T) {
	for _, c := range []struct {
		rule  string
		pain  bool
		level notify.Level
		want  bool
	}{
		{"a night start rings", false, notify.Alarm, true},
		{"not while it hurts", true, notify.Alarm, false},
		{"not where the night's level is lower", false, notify.Normal, false},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := newWorld(t, "10T20:00", func(s *Settings) { s.Policies.Overnight.Level = c.level }).log("10T20:00")
			if c.pain {
				w.do(web.Request{What: web.Pain})
			}
			nights := 0
			for _, start := range planDoc(&w.state, web.PlanQuery{}, w.now).Starts {
				if !start.Wakes {
					if start.Rings {
						t.Errorf("the start of %s rings by day", start.At)
					}
					continue
				}
				if nights++; start.Rings != c.want {
					t.Errorf("the start of %s rings: %v; want %v", start.At, start.Rings, c.want)
				}
			}
			if nights == 0 {
				t.Error("no night start is planned")
			}
		})
	}
}

func TestWhereThingsStandNamesTheDay(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Hour:      "0 min since 12:00, next 14:45",
		20 * time.Hour: "0 min since 12:00, next tomorrow 08:00",
		72 * time.Hour: "0 min since 12:00, next Sat 13 Jun 12:00",
	} {
		w := newWorld(t, "10T12:00").log("10T12:00")
		w.do(web.Request{What: web.Pause, For: d})
		if got := where(w.state.plan(w.now), &w.state, w.now); got != want {
			t.Errorf("paused for %s: %q; want %q", d, got, want)
		}
	}
}
