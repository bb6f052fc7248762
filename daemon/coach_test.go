package daemon

import (
	"strings"
	"testing"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
)

// coaching wants a power session at 14:00, with the coach.
func coaching(s *Settings) {
	powerAt(14 * 60)(s)
	s.Policies.Coach = true
}

// underWay is a power session that was begun on its reminder at 14:00.
func underWay(t *testing.T, change ...func(*Settings)) *world {
	w := newWorld(t, "10T11:30", append([]func(*Settings){coaching}, change...)...).log("10T11:30").to("10T14:00")
	if r := w.state.openStart(); r == nil || !r.Power {
		t.Fatalf("open is %+v; want the power session of 14:00", r)
	}
	w.do(web.Request{What: web.Start})
	w.take()
	return w
}

func TestTheCoachTellsEachChangeOfThePattern(t *testing.T) {
	w := underWay(t).to("10T15:15")
	var got []string
	keys := map[string]bool{}
	for _, p := range w.take() {
		got = append(got, p.String())
		keys[p.message.Key] = true
	}
	want := []string{
		`10T14:20 coach low "Rest until 14:30."`, `10T14:30 coach low "Go on until 14:40."`,
		`10T14:40 coach low "Rest until 14:50."`, `10T14:50 coach low "Go on until 15:00."`,
		`10T15:00 coach low "That was the last part."`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") || len(keys) != 1 {
		t.Errorf("under %d keys\n got  %s\n want %s", len(keys), strings.Join(got, "\n      "), strings.Join(want, "\n      "))
	}
	if w.state.open(kindNamed(kindCoach)) != nil {
		t.Error("the coach goes on after the end of the pattern")
	}
}

func TestTheCoachEndsWithAnyAnswer(t *testing.T) {
	for rule, q := range map[string]web.Request{
		"done":       {What: web.Done},
		"start":      {What: web.Start, Session: web.SessionFields{Note: "again"}},
		"log":        {What: web.Log},
		"pause":      {What: web.Pause, For: 5 * time.Minute},
		"rest":       {What: web.Rest},
		"pain":       {What: web.Pain},
		"on the way": {What: web.Skip, Reminder: "the coach's"},
	} {
		t.Run(rule, func(t *testing.T) {
			w := underWay(t).to("10T14:25")
			w.expect("10T14:20 coach low")
			if q.Reminder != "" {
				q.Reminder = w.state.open(kindNamed(kindCoach)).ID
			}
			w.do(q)
			w.to("10T15:10")
			w.expect()
		})
	}
}

func TestWhatTheCoachIsFor(t *testing.T) {
	for rule, c := range map[string]struct {
		request web.Request
		coach   bool
		pushes  int
	}{
		"starting a power session without a reminder": {web.Request{What: web.Start, Session: web.SessionFields{Kind: "power"}}, true, 5},
		"a plain session":                 {web.Request{What: web.Start}, true, 0},
		"a power session that was logged": {web.Request{What: web.Log, Session: web.SessionFields{Kind: "power"}}, true, 0},
		"coach: false":                    {web.Request{What: web.Start, Session: web.SessionFields{Kind: "power"}}, false, 0},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t, "10T10:00", func(s *Settings) { s.Policies.Coach = c.coach })
			w.do(c.request)
			w.take()
			w.to("10T11:20")
			if got := w.take(); len(got) != c.pushes {
				t.Errorf("%d pushes, want %d: %v", len(got), c.pushes, got)
			}
		})
	}
}

func TestTheCoachComesBackWithOnePush(t *testing.T) {
	for back, want := range map[string]string{
		"10T14:35": "10T14:35 coach low", "10T14:59": "10T14:59 coach low", "10T15:05": "10T15:05 coach low", "10T15:20": "",
	} {
		t.Run(back, func(t *testing.T) {
			w := underWay(t).to("10T14:21")
			w.expect("10T14:20 coach low")
			w.off(back).step()
			if want == "" {
				w.expect()
				return
			}
			w.expect(want)
		})
	}
}

func TestTheChangesThatNobodySawAreOnePush(t *testing.T) {
	w := underWay(t).off("10T14:35")
	w.step()
	w.to("10T14:36")
	w.expect("10T14:35 coach low")
}

func TestTheCoachIsNoUrging(t *testing.T) {
	w := underWay(t, func(s *Settings) { s.Channels = append(s.Channels, phone("second")) })
	w.to("10T15:30")
	for _, p := range w.take() {
		if p.channel != "pushover" {
			t.Errorf("%s on %s; want it on the first channel alone", p, p.channel)
		}
	}
	w = underWay(t)
	w.state.Snapshot.Apply(journal.Batch{Pauses: []journal.Pause{{From: w.at("10T14:25"), To: w.at("10T14:35"), Change: 99}}})
	w.to("10T15:30")
	w.expect("10T14:20 coach low")
}

func TestTheCoachIsSilentWhileItHurts(t *testing.T) {
	w := newWorld(t, "10T10:00", coaching)
	w.do(web.Request{What: web.Pain})
	w.do(web.Request{What: web.Start, Session: web.SessionFields{Kind: "power"}})
	w.take()
	w.to("10T11:20")
	w.expect()
}

// A second tap on the coach's line is told of the session that the first began,
// not of the power session that the line was about.
func TestASecondTapOnTheCoachsLine(t *testing.T) {
	w := newWorld(t, "10T11:30", coaching).log("10T11:30").to("10T14:00")
	w.do(web.Request{What: web.Start})
	w.to("10T15:05")
	id := w.state.open(kindNamed(kindCoach)).ID
	first := w.do(web.Request{What: web.Start, Reminder: id})
	w.to("10T15:45") // later than merge
	if reply := w.do(web.Request{What: web.Start, Reminder: id}); first.Already || !reply.Already || reply.Session != first.Session {
		t.Errorf("first %+v, then %+v; want to be told of the first", first, reply)
	}
}
