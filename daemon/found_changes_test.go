package daemon

import (
	"errors"
	"testing"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
	"nightbell/planner"
)

// What random lives with timetables, journeys and a configuration that is
// edited found, each once more as its shortest story.

// The session of 18:00 takes tonight's time, so that the next one listed lies
// beyond the day for which it is the anchor. From there on the plan is another.
func TestAPlanIsMadeAnewOnceItsAnchorIsADayOld(t *testing.T) {
	w := newWorld(t, "10T18:00", func(s *Settings) { s.Routine.Times = []planner.Clockwork{{At: 23*60 + 45}} }).log("10T18:00")
	w.to("11T17:59").take()
	w.to("11T18:01")
	w.expect("11T18:00 first normal")
}

// The loop was to wake for the line, and did so when the machine was back.
func TestALineOfTheEveningGivesWayToAStartThatWaitsForItsService(t *testing.T) {
	w := newWorld(t, "10T20:00", withBedtime)
	w.answer = unreach
	w.to("10T20:05").take()
	w.answer = nil
	w.off("10T22:35").step()
	w.expect("10T22:35 first normal")
}

// A push that waits for the partner's service is tried every minute or so. The
// sleep ends between two tries.
func TestWhatWaitsForThePartnerIsLookedAtWhenSleepEnds(t *testing.T) {
	w := newWorld(t, "10T23:00", withPartner, func(s *Settings) {
		s.Policies.Overnight = config.Policy{Level: notify.Alarm, GiveUp: 5 * time.Hour}
	}).log("10T23:00")
	w.answer = func(d journal.Delivery, m notify.Message) *notify.Failure {
		if d.Channel == "theirs" {
			return unreach(d, m)
		}
		return nil
	}
	w.to("11T06:59")
	if w.wake.IsZero() || w.wake.After(w.at("11T07:00")) {
		t.Errorf("the loop looks again at %s, and a push of an alarm is tried after 07:00", w.wake.In(w.zone))
	}
}

func TestALineOfTheMorningWaitsForTheMorningWhereThePersonIs(t *testing.T) {
	w := newWorld(t, "10T23:00").log("10T23:00").to("11T03:00")
	w.acknowledge()
	w.travels("America/Los_Angeles") // sleep ends at 10:00 in New York
	w.to("11T09:59")
	for _, p := range w.take() {
		if p.kind == kindNoted {
			t.Errorf("%s, in the sleep of Los Angeles", p)
		}
	}
	w.to("11T10:00")
	for _, p := range w.take() {
		if p.kind == kindNoted {
			return
		}
	}
	t.Error("nothing says in the morning what was logged")
}

// The clock ran three hours ahead while a start was pushed, and was put right.
func TestANudgeIsNotPutOffByAPushThatLiesAhead(t *testing.T) {
	w := newWorld(t, "10T07:00", func(s *Settings) { s.Routine.Target = 2 }).log("10T07:00").to("10T08:00")
	w.now = w.at("10T12:00")
	w.step()
	w.take()
	w.now = w.at("10T09:00")
	w.state.Snapshot.Apply(setBack(&w.state, w.now, 3*time.Hour))
	w.wake = time.Time{}
	w.to("10T10:31")
	for _, p := range w.take() {
		if p.kind == kindNudge || p.message.Level == notify.High {
			return
		}
	}
	t.Error("no nudge at 10:30, three and a half hours after the session of 07:00")
}

// Whoever writes a session down hours after it was has said something now.
func TestRemindersRestFromWhenASessionWasTold(t *testing.T) {
	w := newWorld(t, "10T07:00", func(s *Settings) { s.RestAfter = 12 * time.Hour }).log("10T07:00").to("10T17:00")
	w.do(web.Request{What: web.Log, At: w.at("10T09:00")})
	w.to("11T04:59")
	if w.state.resting() {
		t.Error("reminders rest less than 12 h after a session was told")
	}
	if w.to("11T05:01"); !w.state.resting() {
		t.Error("reminders do not rest 12 h after the last word")
	}
}

// The alarm of tonight was parked before the service was configured.
func TestANewServiceIsGivenTheAlarmThatOthersHold(t *testing.T) {
	w := newWorld(t, "10T23:00", parking).log("10T23:00")
	w.take()
	more := w.state.Channels[len(w.state.Channels)-1]
	more.Name = "another"
	w.state.Channels = append(w.state.Channels, more)
	w.to("10T23:10")
	for _, p := range w.take() {
		if p.channel == "another" && p.kind == kindParkedAlarm && p.parked.Equal(w.at("11T03:00").Add(parkedAfter)) {
			return
		}
	}
	t.Error("the new service does not hold the alarm of 03:00")
}

// What was queued or sent by a clock that ran ahead was so that long ago by the
// true one: else a channel that fails is waited for until then, and the nudge
// keeps from a push that was hours before it.
func TestNothingWasSentInAFutureThatIsStillToCome(t *testing.T) {
	w := newWorld(t, "10T07:00", func(s *Settings) {
		s.Channels = append(s.Channels, Facts{Name: "second", Type: "webhook", Reaches: true})
	}).log("10T07:00")
	w.answer = func(d journal.Delivery, m notify.Message) *notify.Failure {
		if d.Channel == "pushover" {
			return unreach(d, m)
		}
		return nil
	}
	w.to("10T09:41").expect("10T09:40 session normal")
	w.now = w.at("10T06:41")
	w.state.Snapshot.Apply(setBack(&w.state, w.now, 3*time.Hour))
	for _, d := range w.state.Deliveries {
		if d.Created.After(w.now) || d.Done.After(w.now) {
			t.Errorf("%s was queued at %s and done at %s, and it is %s", d.ID, d.Created, d.Done, w.now)
		}
	}
}

// The service that rang refuses what this machine sends, so the alarm lapsed
// before the time for which it would have rung from here was over.
func TestTheNightIsQuietThoughOnlyTheServiceRang(t *testing.T) {
	w := newWorld(t, "10T23:00", parking, func(s *Settings) { s.Routine.Overnight.Sessions = 2 }).log("10T23:00").to("11T01:00")
	w.answer = func(d journal.Delivery, _ notify.Message) *notify.Failure {
		return &notify.Failure{Kind: notify.Refused, Err: errors.New("400")}
	}
	w.to("11T01:50")
	w.take()
	w.to("11T02:40")
	w.answer = nil
	w.to("11T06:59")
	for _, p := range w.take() {
		if !p.back && p.parked.IsZero() {
			t.Errorf("%s; want quiet until seven: the service rang by itself", p)
		}
	}
}

// What a partner was told, and what was let go of before it went anywhere, keeps
// nobody from hearing of a gap.
func TestOnlyAPushOfOnesOwnPutsTheNudgeOff(t *testing.T) {
	nudge := planner.Plan{Nudge: time.Date(2026, 6, 10, 14, 30, 0, 0, time.UTC)}
	for rule, c := range map[string]struct {
		channel string
		open    bool
		want    bool
	}{
		"one's own, still on its way": {"pushover", true, true},
		"one's own, let go of":        {"pushover", false, false},
		"the partner's":               {"theirs", true, false},
		"printed":                     {"here", true, false},
	} {
		w := newWorld(t, "10T10:00", withPartner, func(s *Settings) {
			s.Channels = append(s.Channels, Facts{Name: "here", Type: "console"})
		})
		p := &stepper{State: w.state, now: nudge.Nudge, current: nudge}
		r := journal.Reminder{ID: "start", Kind: string(planner.StartSession), State: journal.Open}
		if !c.open {
			r.State = journal.Replaced
		}
		p.put(journal.Batch{Reminders: []journal.Reminder{r}, Deliveries: []journal.Delivery{{
			ID: "push", Reminder: r.ID, Channel: c.channel, State: journal.Pending, Created: p.now.Add(-time.Minute),
		}}})
		if got := !p.lastPush().IsZero(); got != c.want {
			t.Errorf("%s: keeps the nudge away %v; want %v", rule, got, c.want)
		}
	}
}

// One start is offered at a time: the second could come only once the first was
// given up, in the quarter of an hour in which the machine was off.
func TestAStartThatWaitedForTheOneBeforeItIsNotLostToAShortOutage(t *testing.T) {
	w := newWorld(t, "10T08:00", func(s *Settings) {
		s.Routine.Times = []planner.Clockwork{{At: 13 * 60}, {At: 16*60 + 15}, {At: 19*60 + 15}, {At: 23 * 60}}
	}).log("10T08:00").to("10T15:00")
	w.take()
	w.travels("Europe/Lisbon") // where it is 20:00
	w.to("10T15:11").take()
	w.off("10T15:58")         // it was given up at 15:45
	w.wake = w.at("10T15:11") // and the last entry is of 15:10
	w.step()
	w.expect("10T15:58 session normal")
}
