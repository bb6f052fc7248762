package daemon

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
	"nightbell/planner"
)

// said is what the service took of one kind, a line each: when and what.
func (w *world) said(kinds ...string) string {
	var lines []string
	for _, p := range w.pushes {
		if slices.Contains(kinds, p.kind) && !p.back {
			lines = append(lines, p.at.Format("02T15:04")+" "+p.message.Level.String()+" "+p.message.Text)
		}
	}
	return strings.Join(slices.Compact(lines), "\n") // the same on two channels is one
}

func withDigest(s *Settings) {
	s.Policies.Digest = config.Digest{Daily: true, At: 8 * 60, Level: notify.Low}
}

func withBedtime(s *Settings) {
	s.Policies.Bedtime = config.BedtimeCheck{Before: 30 * time.Minute, Level: notify.Low}
}

// aDay lives a day from 06:30 on the 9th, with sessions logged then.
func aDay(t *testing.T, change ...func(*Settings)) *world {
	w := newWorld(t, "09T06:30", change...)
	for _, at := range []string{"09T07:00", "09T10:00", "09T12:30", "09T15:00", "09T18:00", "09T22:50", "10T03:00", "10T07:00"} {
		w.to(at).log(at)
	}
	w.take()
	return w
}

// waitingDigest is a morning whose line waits for the phone's until 08:10, and
// what the person asks for at 08:05.
func waitingDigest(t *testing.T, q web.Request) *world {
	w := aDay(t, withDigest)
	w.answer = func(journal.Delivery, notify.Message) *notify.Failure {
		if w.now.Before(w.at("10T08:10")) {
			return &notify.Failure{Kind: notify.Unreached, Err: fmt.Errorf("no line")}
		}
		return nil
	}
	w.to("10T08:05")
	w.do(q)
	return w.to("10T09:30")
}

func TestTheDigest(t *testing.T) {
	for _, c := range []struct {
		rule string
		live func(t *testing.T) *world
		want string
	}{
		{"yesterday in figures, then what comes", func(t *testing.T) *world {
			return aDay(t, withDigest).to("10T09:00")
		}, "10T08:00 low Yesterday: 7 sessions, longest gap 4 h 50. Next around 09:40. Tonight: 03:00."},
		{"off says nothing", func(t *testing.T) *world { return aDay(t).to("10T09:00") }, ""},
		{"a day without entries is no figure", func(t *testing.T) *world {
			return newWorld(t, "10T06:30", withDigest).log("10T06:30").to("10T09:00")
		}, "10T08:00 low Next around 09:15. Tonight: 03:00."},
		{"one session has no gap", func(t *testing.T) *world {
			return newWorld(t, "09T20:00", withDigest).log("09T20:00").to("10T07:00").log("10T07:00").to("10T08:30")
		}, "10T08:00 low Yesterday: 1 session. Next around 09:40. Tonight: 03:00."},
		{"each morning once", func(t *testing.T) *world {
			w := aDay(t, withDigest).to("11T07:30").log("11T07:30").to("11T08:30").to("11T12:00")
			w.pushes = slices.DeleteFunc(w.pushes, func(p pushed) bool { return p.at.Before(w.at("11T00:00")) })
			return w
		}, "11T08:00 low Yesterday: 1 session. Next around 10:05. Tonight: 03:00."},
		{"another time on the same day says it no second time", func(t *testing.T) *world {
			w := aDay(t, withDigest).to("10T08:05")
			w.take()
			w.state.Policies.Digest.At = 9 * 60
			return w.to("10T10:00")
		}, ""},
		{"another zone on the same day says it no second time", func(t *testing.T) *world {
			w := aDay(t, withDigest).to("10T08:05")
			w.take()
			zone, err := time.LoadLocation("America/Los_Angeles")
			if err != nil {
				t.Fatal(err)
			}
			w.state.Routine.Location = zone
			return w.to("10T12:00")
		}, ""},
		{"quiet in a pause", func(t *testing.T) *world {
			w := aDay(t, withDigest)
			w.do(web.Request{What: web.Pause, For: 3 * time.Hour})
			return w.to("10T10:30")
		}, ""},
		{"quiet at rest", func(t *testing.T) *world {
			w := aDay(t, withDigest)
			w.do(web.Request{What: web.Rest})
			return w.to("10T10:30")
		}, ""},
		{"with pain nothing that urges", func(t *testing.T) *world {
			w := aDay(t, withDigest)
			w.do(web.Request{What: web.Pain})
			return w.to("10T08:30")
		}, "10T08:00 low Yesterday: 7 sessions, longest gap 4 h 50."},
		{"a restart over its instant says it", func(t *testing.T) *world {
			return aDay(t, withDigest).to("10T07:58").off("10T08:02").to("10T08:10")
		}, "10T08:02 low Yesterday: 7 sessions, longest gap 4 h 50. Next around 09:40. Tonight: 03:00."},
		{"a quarter of an hour later it is let go", func(t *testing.T) *world {
			return aDay(t, withDigest).to("10T07:58").off("10T08:16").to("10T09:00")
		}, ""},
		{"after an outage the one message is another", func(t *testing.T) *world {
			w := aDay(t, withDigest).to("10T07:10")
			w.off("11T08:05").to("11T08:12")
			if n := len(w.pushes); n != 1 {
				t.Errorf("%d messages on return, want one:\n%s", n, w.told())
			}
			return w
		}, ""},
		{"a process that dies at its very instant, beside a start, says it", func(t *testing.T) *world {
			w := newWorld(t, "10T07:00", withDigest, func(s *Settings) { s.Policies.Digest.At = 9*60 + 40 }).log("10T07:00").to("10T09:39")
			w.now = w.at("10T09:40")
			w.state.Alive = w.at("10T07:00") // the journal's last word
			w.state = Step(w.state, w.now).State
			return w.to("10T09:41")
		}, "10T09:40 low Tonight: 03:00."},
		{"in the quiet after an alarm nobody answered it waits for its end", func(t *testing.T) *world {
			return newWorld(t, "09T20:00", withDigest, func(s *Settings) { s.Policies.Digest.At = 6*60 + 30 }).log("09T20:00").to("10T07:10")
		}, "10T07:00 low Yesterday: 1 session. Tonight: 03:00."},
		{"what waits for a line when a pause begins is let go", func(t *testing.T) *world {
			return waitingDigest(t, web.Request{What: web.Pause, For: 30 * time.Minute})
		}, ""},
		{"what waits for a line when resting begins is let go", func(t *testing.T) *world {
			return waitingDigest(t, web.Request{What: web.Rest})
		}, ""},
		{"after two hours without a line it is let go", func(t *testing.T) *world {
			w := aDay(t, withDigest)
			w.answer = func(d journal.Delivery, _ notify.Message) *notify.Failure {
				if w.now.Before(w.at("10T10:30")) {
					return &notify.Failure{Kind: notify.Unreached, Err: fmt.Errorf("no line")}
				}
				return nil
			}
			return w.to("10T12:00")
		}, ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := c.live(t)
			if got := w.said(kindDigest, kindHelp); got != c.want {
				t.Errorf("got  %s\nwant %s\nof everything:\n%s", got, c.want, w.told())
			}
		})
	}
}

// A crash between the service's yes and the journal's sends the same once
// more, under the same key; it never makes a second one.
func TestADigestHasOneKeyADay(t *testing.T) {
	w := aDay(t, withDigest).to("10T07:59")
	w.take()
	before := w.state
	w.to("10T08:00")
	first := w.said(kindDigest)
	key := w.pushes[0].message.Key
	w.state, w.wake = before, time.Time{} // what the journal had
	w.take()
	w.to("10T08:01")
	if again := w.said(kindDigest); strings.TrimPrefix(again, "10T08:01") == "" || len(w.pushes) != 1 || w.pushes[0].message.Key != key {
		t.Errorf("first %q, then %q; want one key", first, again)
	}
}

func TestTheHelpNotice(t *testing.T) {
	zero, some := 0.0, 5.0
	help := func(s *Settings) {
		s.Policies.Digest = config.Digest{Help: true, At: 8 * 60, Level: notify.Low}
	}
	const text = "Two weeks in. If you'd like somebody to look at it with you, the page says whom to ask: When to get help."
	for _, c := range []struct {
		rule   string
		change func(*Settings)
		perDay int
		amount func(day, i int) *float64
		want   string
	}{
		{"two weeks of eight sessions, every amount 0", help, 8, func(int, int) *float64 { return &zero }, "10T08:00 low " + text},
		{"not if nobody asked for it", withDigest, 8, func(int, int) *float64 { return &zero }, "none"},
		{"not with seven a day", help, 7, func(int, int) *float64 { return &zero }, ""},
		{"never when amounts are not logged", help, 9, func(int, int) *float64 { return nil }, ""},
		{"nor when only few are", help, 9, func(day, _ int) *float64 {
			if day < 6 {
				return &zero
			}
			return nil
		}, ""},
		{"half of the days with an amount are enough", help, 8, func(day, _ int) *float64 {
			if day < 7 {
				return &zero
			}
			return nil
		}, "10T08:00 low " + text},
		{"not after a first drop", help, 8, func(day, i int) *float64 {
			if day == 10 && i == 3 {
				return &some
			}
			return &zero
		}, ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := newWorld(t, "10T07:50", c.change)
			var list []journal.Session
			for day := range 14 {
				start := w.at("2026-05-27T06:30").AddDate(0, 0, day)
				for i := range c.perDay {
					list = append(list, journal.Session{ID: int64(len(list) + 1), Start: start.Add(time.Duration(i) * 150 * time.Minute), Kind: planner.Pump, ML: c.amount(day, i), Change: 1})
				}
			}
			to, _ := w.state.Routine.PumpingDay(w.at("10T08:00"))
			w.state.Fortnight = fortnightOf(w.state.Routine, list, to)
			w.state.Snapshot.Apply(journal.Batch{Sessions: list[len(list)-2*c.perDay:]})
			w.to("10T09:00")
			if got := w.said(kindHelp); got != c.want && c.want != "none" || c.want == "none" && got != "" {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
			// Once, whatever the next fortnight is like.
			w.take()
			w.state.Fortnight.To = w.state.Fortnight.To.AddDate(0, 0, 1)
			w.to("11T09:00")
			if got := w.said(kindHelp); got != "" {
				t.Errorf("a second time: %q", got)
			}
		})
	}
}

// A first drop of this morning is not in the fortnight, and counts all the same.
func TestNoHelpIsOfferedAfterADropOfThisMorning(t *testing.T) {
	w := newWorld(t, "10T06:30", func(s *Settings) {
		s.Policies.Digest = config.Digest{Help: true, At: 8 * 60, Level: notify.Low}
	})
	to, _ := w.state.Routine.PumpingDay(w.at("10T08:00"))
	w.state.Fortnight = Fortnight{To: to, Sessions: 120, Amounts: 14}
	drop := 2.0
	w.do(web.Request{What: web.Log, Session: web.SessionFields{ML: &drop}})
	w.to("10T08:30")
	if got := w.said(kindHelp); got != "" {
		t.Errorf("it says %q", got)
	}
}

func TestTheHelpNoticeTakesTheDigestWithIt(t *testing.T) {
	w := newWorld(t, "09T06:30", func(s *Settings) {
		s.Policies.Digest = config.Digest{Daily: true, Help: true, At: 8 * 60, Level: notify.Low}
	})
	w.log("09T06:30").to("10T07:30").log("10T07:30")
	w.take()
	to, _ := w.state.Routine.PumpingDay(w.at("10T08:00"))
	w.state.Fortnight = Fortnight{To: to, Sessions: 120, Amounts: 14}
	w.to("10T08:30")
	if got := w.said(kindDigest, kindHelp); strings.Count(got, "\n") != 0 || !strings.Contains(got, "Yesterday: 1 session.") || !strings.Contains(got, "Two weeks in.") {
		t.Errorf("got %q; want one message with both", got)
	}
}

func TestTheBedtimeCheck(t *testing.T) {
	answered := func(w *world, at string) {
		w.state.Snapshot.Apply(journal.Batch{Answers: []journal.Answer{{ID: 900, Action: "done", At: w.at(at), Channel: "pushover"}}})
	}
	for _, c := range []struct {
		rule string
		live func(t *testing.T) *world
		want string
	}{
		{"the alarm, where, and the last answer", func(t *testing.T) *world {
			w := newWorld(t, "10T20:00", withBedtime).log("10T20:00")
			answered(w, "10T20:21")
			return w.to("10T22:40")
		}, "10T22:30 low Tonight: 03:00, on Pushover. Last answer 20:21."},
		{"an answer of another day has its date", func(t *testing.T) *world {
			w := newWorld(t, "10T20:00", withBedtime).log("10T20:00")
			answered(w, "08T20:21")
			return w.to("10T22:40")
		}, "10T22:30 low Tonight: 03:00, on Pushover. Last answer Mon 8 Jun 20:21."},
		{"no answer yet is said; one from the command line is none of the phone's", func(t *testing.T) *world {
			return newWorld(t, "10T20:00", withBedtime).log("10T20:00").to("10T22:40")
		}, "10T22:30 low Tonight: 03:00, on Pushover. No answer from the phone yet."},
		{"tonight off", func(t *testing.T) *world {
			w := newWorld(t, "10T20:00", withBedtime).log("10T20:00")
			answered(w, "10T20:21")
			w.do(web.Request{What: web.Pause, Tonight: true})
			return w.to("10T22:40")
		}, "10T22:30 low Tonight: off until 07:00. Last answer 20:21."},
		{"a night without a start", func(t *testing.T) *world {
			w := newWorld(t, "10T20:00", withBedtime, func(s *Settings) {
				s.Routine.Overnight.Window, s.Routine.NightGap = nil, 9*time.Hour
			}).log("10T20:00")
			answered(w, "10T20:21")
			return w.to("10T22:40")
		}, "10T22:30 low Tonight: nothing planned until 07:00. Last answer 20:21."},
		{"no channel works", func(t *testing.T) *world {
			w := newWorld(t, "10T20:00", withBedtime, func(s *Settings) { s.Channels = append(s.Channels, Facts{Name: "here", Type: "console"}) })
			w.log("10T20:00").to("10T22:29")
			w.state.Snapshot.Apply(journal.Batch{Health: []journal.Health{{Channel: "pushover", Broken: true}}})
			answered(w, "10T20:21")
			return w.to("10T22:40")
		}, "10T22:30 low Tonight: 03:00, but no channel works (see: nightbell status). Last answer 20:21."},
		{"the next channel, when the first does not work", func(t *testing.T) *world {
			w := newWorld(t, "10T20:00", withBedtime, func(s *Settings) {
				s.Channels = append(s.Channels, Facts{Name: "spare", Type: "ntfy", Reaches: true})
			}).log("10T20:00").to("10T22:29")
			w.state.Snapshot.Apply(journal.Batch{Health: []journal.Health{{Channel: "pushover", Broken: true}}})
			answered(w, "10T20:21")
			return w.to("10T22:40")
		}, "10T22:30 low Tonight: 03:00, on ntfy. Last answer 20:21."},
		{"a night that does not ring says so", func(t *testing.T) *world {
			w := newWorld(t, "10T20:00", withBedtime, func(s *Settings) { s.Policies.Overnight.Level = notify.Normal }).log("10T20:00")
			answered(w, "10T20:21")
			return w.to("10T22:40")
		}, "10T22:30 low Tonight: 03:00 without ringing, on Pushover. Last answer 20:21."},
		{"while it hurts it says that nothing rings", func(t *testing.T) *world {
			w := newWorld(t, "10T20:00", withBedtime).log("10T20:00")
			w.do(web.Request{What: web.Pain})
			answered(w, "10T20:21")
			return w.to("10T22:40")
		}, "10T22:30 low Tonight: 03:00 without ringing, on Pushover. Last answer 20:21."},
		{"never on the partner's channel", func(t *testing.T) *world {
			w := newWorld(t, "10T20:00", withBedtime, func(s *Settings) {
				s.Channels = []Facts{{Name: "theirs", Type: "ntfy", Reaches: true, Partner: true}, phone("pushover")}
			}).log("10T20:00")
			answered(w, "10T20:21")
			return w.to("10T22:40")
		}, "10T22:30 low Tonight: 03:00, on Pushover. Last answer 20:21."},
		{"held by the service too", func(t *testing.T) *world {
			w := newWorld(t, "10T20:00", withBedtime, func(s *Settings) {
				s.Channels = []Facts{{Name: "ntfy", Type: "ntfy", Reaches: true, Parks: true, Withdraws: true}}
			}).log("10T20:00")
			answered(w, "10T20:21")
			return w.to("10T22:40")
		}, "10T22:30 low Tonight: 03:00, on ntfy, and held there. Last answer 20:21."},
		{"held by another service than the one that rings first", func(t *testing.T) *world {
			w := newWorld(t, "10T20:00", withBedtime, func(s *Settings) {
				s.Channels = append(s.Channels, Facts{Name: "ntfy", Type: "ntfy", Reaches: true, Parks: true, Withdraws: true})
			}).log("10T20:00")
			answered(w, "10T20:21")
			return w.to("10T22:40")
		}, "10T22:30 low Tonight: 03:00, on Pushover, and held on ntfy. Last answer 20:21."},
		{"quiet in a pause that holds", func(t *testing.T) *world {
			w := newWorld(t, "10T20:00", withBedtime).log("10T20:00")
			w.do(web.Request{What: web.Pause, For: 4 * time.Hour})
			return w.to("11T00:30")
		}, ""},
		{"quiet at rest", func(t *testing.T) *world {
			w := newWorld(t, "10T20:00", withBedtime).log("10T20:00")
			w.do(web.Request{What: web.Rest})
			return w.to("10T22:40")
		}, ""},
		{"off says nothing", func(t *testing.T) *world { return newWorld(t, "10T20:00").log("10T20:00").to("10T22:40") }, ""},
		{"not after an outage", func(t *testing.T) *world {
			return newWorld(t, "10T18:00", withBedtime).log("10T18:00").off("10T22:50").to("10T22:59")
		}, ""},
		{"another setting on the same evening says it no second time", func(t *testing.T) *world {
			w := newWorld(t, "10T20:00", withBedtime).log("10T20:00").to("10T22:35")
			w.take()
			w.state.Policies.Bedtime.Before = 20 * time.Minute
			return w.to("10T22:50")
		}, ""},
		{"every evening once", func(t *testing.T) *world {
			w := newWorld(t, "10T20:00", withBedtime).log("10T20:00")
			w.to("11T21:00").log("11T21:00").to("11T23:30")
			return w
		}, "10T22:30 low Tonight: 03:00, on Pushover. No answer from the phone yet.\n11T22:30 low Tonight: 03:00, on Pushover. No answer from the phone yet."},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := c.live(t)
			if got := w.said(kindBedtime); got != c.want {
				t.Errorf("got  %s\nwant %s\nof everything:\n%s", got, c.want, w.told())
			}
		})
	}
}

// Whatever the lines of morning and evening say is kind, and tells a lock
// screen nothing.
func TestMorningAndEveningAreKindAndDiscreet(t *testing.T) {
	unkind := regexp.MustCompile(`(?i)\b(missed|late|overdue|behind|failed|should have|must|streak|left|great|well done|good job|only|supply|hormone\w*)\b|!`)
	telling := regexp.MustCompile(`(?i)\b(body|baby|milk|breast|pump\w*|lactat\w*|nurs\w*|feed\w*|ml|drops?)\b`)
	for _, privacy := range []config.Privacy{config.Discreet, config.Plain} {
		w := aDay(t, withDigest, withBedtime, func(s *Settings) { s.Privacy, s.Word = privacy, "pump" }).to("10T23:00")
		texts := []string{w.state.sayer(time.Time{}).help()}
		for _, p := range w.pushes {
			if p.kind == kindDigest || p.kind == kindBedtime {
				texts = append(texts, p.message.Title+" "+p.message.Text)
			}
		}
		if len(texts) < 3 {
			t.Fatalf("only %q", texts)
		}
		for _, text := range texts {
			if word := unkind.FindString(text); word != "" {
				t.Errorf("%s: %q says %q", privacy, text, word)
			}
			if word := telling.FindString(text); word != "" && privacy == config.Discreet {
				t.Errorf("%q says %q", text, word)
			}
		}
	}
}
