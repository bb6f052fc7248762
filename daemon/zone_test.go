package daemon

import (
	"strings"
	"testing"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
)

// travels puts a zone in force; "": the configuration's.
func (w *world) travels(name string) web.Reply {
	w.t.Helper()
	if w.state.Home == nil {
		w.state.Home = w.zone
	}
	var zone *time.Location
	if name != "" {
		found, err := time.LoadLocation(name)
		if err != nil {
			w.t.Fatal(err)
		}
		zone = found
	}
	b, reply, err := Travel(w.state, zone, web.Request{What: web.Zone}, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	w.state.Snapshot.Apply(b)
	w.state.follow()
	w.step()
	return reply
}

func TestTheNightMovesWithThePerson(t *testing.T) {
	w := newWorld(t, "10T12:00").log("10T12:00") // noon in New York is 18:00 in Berlin
	if got := w.travels("Europe/Berlin").Text; got != "Times are those of Europe/Berlin now, where it is 18:00." {
		t.Errorf("said %q", got)
	}
	w.to("11T01:05") // 07:05 in Berlin
	berlin := w.state.Routine.Location
	alarms := 0
	for _, p := range w.take() {
		at := p.at.In(berlin)
		if p.back {
			continue
		}
		alarm := p.message.Level == notify.Alarm
		if from, _, asleep := w.state.Routine.Asleep(p.at); asleep && !alarm && p.at.Sub(from) > 15*time.Minute {
			t.Errorf("%s, %s in Berlin: only the alarm may come in the sleep there", p, at.Format("15:04"))
		}
		if alarm {
			alarms++
			if h := at.Hour(); h < 1 || h > 4 {
				t.Errorf("the alarm rings at %s in Berlin; want it inside that night's window", at.Format("15:04"))
			}
		}
	}
	if alarms != 1 {
		t.Errorf("%d alarms; want the one of the night in Berlin", alarms)
	}
}

func TestTheAbbreviationStandsInTheNextMessageOnly(t *testing.T) {
	for rule, c := range map[string]struct{ zone, first string }{
		"a zone with another time": {"America/Chicago", "11:35 CDT. Starting or done?"},
		"a zone with the same":     {"America/Toronto", "12:20. Starting or done?"},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t, "10T07:00").log("10T07:00").to("10T09:41")
			w.do(web.Request{What: web.Start})
			w.take()
			w.travels(c.zone)
			w.to("10T15:00")
			got := w.take()
			if len(got) < 2 || got[0].message.Text != c.first {
				t.Fatalf("got %v, want %q first", got, c.first)
			}
			for _, p := range got[1:] {
				if strings.Contains(p.message.Text, "DT") {
					t.Errorf("%s names the zone again", p)
				}
			}
		})
	}
}

func TestTheNewestZoneCounts(t *testing.T) {
	w := newWorld(t, "10T12:00").log("10T12:00")
	for _, c := range []struct{ to, want, said string }{
		{"Europe/Berlin", "Europe/Berlin", "Times are those of Europe/Berlin now, where it is 18:00."},
		{"Asia/Kolkata", "Asia/Kolkata", "Times are those of Asia/Kolkata now, where it is 21:30."},
		{"Europe/Berlin", "Europe/Berlin", "Times are those of Europe/Berlin now, where it is 18:00."},
		{"Europe/Berlin", "Europe/Berlin", "Times are those of Europe/Berlin already."},
		{"", "America/New_York", "Times are those of America/New_York again, where it is 12:00."},
		{"", "America/New_York", "Times are those of America/New_York already."},
		{"America/New_York", "America/New_York", "Times are those of America/New_York already."},
	} {
		if got := w.travels(c.to).Text; got != c.said || w.state.Routine.Location.String() != c.want {
			t.Errorf("to %q: %q, in force is %s; want %q", c.to, got, w.state.Routine.Location, c.said)
		}
	}
}

func TestAZoneThatIsGoneIsSaid(t *testing.T) {
	w := newWorld(t, "10T12:00")
	w.state.Home = w.zone
	w.state.Snapshot.Apply(journal.Batch{Marks: []journal.Mark{{Name: markZone + "Europe/Atlantis", At: w.now, Seq: w.state.NextMark}}})
	w.state.follow()
	if got := w.state.Routine.Location.String(); got != "America/New_York" || w.state.strayed() != "Europe/Atlantis" {
		t.Errorf("in force is %s, gone is %q; want the configuration's, and to be told", got, w.state.strayed())
	}
}
