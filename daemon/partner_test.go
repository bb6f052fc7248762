package daemon

import (
	"errors"
	"slices"
	"testing"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
)

// withPartner adds a partner who is told after 15 min, and a spare channel of
// the person's own behind it.
func withPartner(s *Settings) {
	theirs := phone("theirs")
	theirs.Partner = true
	s.Channels = append(s.Channels, theirs, phone("spare"))
	s.PartnerAfter = 15 * time.Minute
	s.Secret = Secret("0123456789abcdef0123456789abcdef")
}

// theirs are the pushes on the partner's channel, withdrawals left out.
func theirs(all []pushed) []pushed {
	return slices.DeleteFunc(slices.Clone(all), func(p pushed) bool { return p.channel != "theirs" || p.back })
}

// ringing is a night in which nobody answered the alarm of 03:00 for 16 min.
func ringing(t *testing.T, change ...func(*Settings)) *world {
	w := newWorld(t, "10T23:00", append([]func(*Settings){withPartner}, change...)...).log("10T23:00").to("11T03:16")
	if got := theirs(w.take()); len(got) != 1 || got[0].at.Format("15:04") != "03:15" || got[0].message.Level != notify.Alarm {
		t.Fatalf("the partner got %v; want the alarm at 03:15, once", got)
	}
	return w
}

func TestThePartnerGetsOneUnansweredAlarmAndNothingElse(t *testing.T) {
	for rule, change := range map[string]func(*Settings){
		"the first channel that works": func(*Settings) {},
		"every channel":                func(s *Settings) { s.Use = config.UseAll },
		"plain words":                  func(s *Settings) { s.Privacy = config.Plain },
		"parking channels":             func(s *Settings) { s.Channels[1].Parks = true },
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t, "10T07:00", withPartner, change).log("10T07:00").to("11T12:00")
			got := theirs(w.take())
			if len(got) != 1 || got[0].at.Format("02T15:04") != "11T03:15" {
				t.Fatalf("the partner got %v; want one push, at 03:15", got)
			}
			m := got[0].message
			if m.Title != "Reminder" || m.Text != "No answer yet to the reminder of 03:00." {
				t.Errorf("it says %q, %q", m.Title, m.Text)
			}
			var labels []string
			for _, b := range m.Buttons {
				labels = append(labels, b.Label)
			}
			if !slices.Equal(labels, []string{"Starting", "Done", "Stop ringing"}) {
				t.Errorf("its buttons are %q", labels)
			}
		})
	}
}

func TestNoOtherChannelStepsInOnThePartners(t *testing.T) {
	w := newWorld(t, "10T07:00", withPartner).log("10T07:00")
	w.answer = func(d journal.Delivery, _ notify.Message) *notify.Failure {
		if d.Channel != "theirs" {
			return &notify.Failure{Kind: notify.Refused, Status: 400, Err: errors.New("token is invalid")}
		}
		return nil
	}
	w.to("10T22:59")
	if got := theirs(w.take()); len(got) > 0 {
		t.Errorf("with every channel of the person's own refusing, the partner got %v by day", got)
	}
}

func TestAPartnersAcknowledgementStopsTheRingingAndLogsNothing(t *testing.T) {
	for rule, answer := range map[string]func(w *world){
		"acknowledged on the phone": func(w *world) {
			for _, d := range w.state.Deliveries {
				if d.Channel == "theirs" && d.Receipt != "" {
					w.state.Snapshot.Apply(Acknowledge(w.state, d, notify.Receipt{Acknowledged: true, At: w.now}, w.now))
				}
			}
			w.step()
		},
		"the button that says so": func(w *world) {
			w.do(web.Request{What: web.Heard, Reminder: w.state.openStart().ID, Channel: "theirs"})
		},
	} {
		t.Run(rule, func(t *testing.T) {
			w := ringing(t)
			answer(w)
			back := map[string]bool{}
			for _, p := range w.take() {
				back[p.channel] = p.back
			}
			if !back["pushover"] || !back["theirs"] || !back["spare"] {
				t.Errorf("taken back on %v; want it to be quiet everywhere", back)
			}
			if n := len(w.state.Sessions); n != 1 {
				t.Errorf("%d sessions; want none logged", n)
			}
			w.to("11T06:59")
			w.expect("11T03:36 overnight low")
		})
	}
}

func TestAPartnerLogsByAButtonThatSaysSo(t *testing.T) {
	for what, begins := range map[web.What]string{web.Start: "11T03:16", web.Done: "11T03:01"} {
		w := ringing(t)
		w.do(web.Request{What: what, Reminder: w.state.openStart().ID, Source: "answer:theirs", Channel: "theirs"})
		if last := w.state.Sessions[len(w.state.Sessions)-1]; !last.Start.Equal(w.at(begins)) || last.Source != "answer:theirs" {
			t.Errorf("%s logged %+v; want a session of %s", what, last, begins)
		}
	}
}

func TestWhenThePartnerIsNotTold(t *testing.T) {
	for rule, q := range map[string]web.Request{
		"once answered":     {What: web.Start},
		"once skipped":      {What: web.Skip},
		"in a pause":        {What: web.Pause, Tonight: true},
		"while it hurts":    {What: web.Pain},
		"at rest":           {What: web.Rest},
		"in a snooze of 60": {What: web.Snooze, For: time.Hour},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t, "10T23:00", withPartner).log("10T23:00").to("11T03:10")
			w.do(q)
			w.to("11T03:59")
			if got := theirs(w.take()); len(got) > 0 {
				t.Errorf("the partner got %v", got)
			}
		})
	}
}

func TestASnoozeTellsThePartnerNoSecondTime(t *testing.T) {
	w := ringing(t)
	w.do(web.Request{What: web.Snooze})
	w.to("11T06:59")
	if got := theirs(w.take()); len(got) > 0 {
		t.Errorf("the partner got %v; want one push for one alarm", got)
	}
}

func TestAnAlarmThatNoServiceTookIsUnansweredToo(t *testing.T) {
	w := newWorld(t, "10T23:00", withPartner).log("10T23:00")
	w.answer = func(d journal.Delivery, _ notify.Message) *notify.Failure {
		if d.Channel != "theirs" {
			return &notify.Failure{Kind: notify.Unreached, Err: errors.New("no route to host")}
		}
		return nil
	}
	w.to("11T03:16")
	if got := theirs(w.take()); len(got) != 1 || got[0].at.Format("15:04") != "03:15" {
		t.Errorf("the partner got %v; want the alarm at 03:15", got)
	}
}

func TestALinkOffersToStopWhatRings(t *testing.T) {
	offers := func(w *world) bool {
		d := &Daemon{}
		d.core.now = func() time.Time { return w.now }
		d.view.Store(&view{state: w.state})
		id := w.state.openStart().ID
		offer, err := d.Ask(t.Context(), id, asking, w.state.Secret.key(id, asking))
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(offer.Buttons, func(b web.OfferButton) bool { return b.Label == "Stop ringing" })
	}
	if !offers(ringing(t)) {
		t.Error("the link of an alarm offers no way to stop it")
	}
	if offers(newWorld(t, "10T07:00", withPartner).log("10T07:00").to("10T09:41")) {
		t.Error("the link of a reminder that does not ring offers to stop it")
	}
}

func TestALinkSaysThatItWasLogged(t *testing.T) {
	w := newWorld(t, "10T07:00", withPartner).log("10T07:00").to("10T09:41")
	id := w.state.openStart().ID
	says := func() string {
		d := &Daemon{}
		d.core.now = func() time.Time { return w.now }
		d.view.Store(&view{state: w.state})
		offer, err := d.Ask(t.Context(), id, asking, w.state.Secret.key(id, asking))
		if err != nil {
			t.Fatal(err)
		}
		return offer.Text
	}
	before := says()
	w.do(web.Request{What: web.Start})
	if after := says(); before != "09:40." || after != "09:40, logged." {
		t.Errorf("it says %q before and %q after an answer", before, after)
	}
}

func TestThePartnersPhoneIsNotThePersons(t *testing.T) {
	w := newWorld(t, "10T07:00", withPartner, func(s *Settings) { s.Channels = s.Channels[1:2] })
	if w.state.reaches() {
		t.Error("only the partner's phone can be reached, and status would call that well")
	}
}

func TestWhatPainSilencedRingsNowhereByItself(t *testing.T) {
	off := false
	w := newWorld(t, "10T23:00", withPartner, func(s *Settings) { s.Policies.Overnight.Again = nil }).log("10T23:00").to("11T03:02")
	w.do(web.Request{What: web.Pain})
	w.do(web.Request{What: web.Pain, On: &off})
	w.expect("11T03:00 overnight alarm", "11T03:02 overnight withdrawn")
	w.to("11T03:29")
	w.expect()
}

// Until a service took it, the partner knows nothing: what the way there
// loses to a newer round or to a snooze is sent anew.
func TestAPushThatGaveWayHasToldNobody(t *testing.T) {
	for rule, c := range map[string]struct {
		change func(*Settings)
		meet   func(w *world)
	}{
		"a newer round of a channel that does not repeat": {func(s *Settings) {
			s.Policies.Overnight.GiveUp, s.Policies.Overnight.Again = time.Hour, []time.Duration{10 * time.Minute, 20 * time.Minute}
			for i := range s.Channels {
				s.Channels[i].Repeats = nil
			}
		}, func(*world) {}},
		"a snooze": {func(*Settings) {}, func(w *world) { w.do(web.Request{What: web.Snooze}) }},
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t, "10T23:00", withPartner, c.change).log("10T23:00")
			w.answer = func(d journal.Delivery, _ notify.Message) *notify.Failure {
				if d.Channel == "theirs" && w.now.Before(w.at("11T03:25")) {
					return &notify.Failure{Kind: notify.Unreached, Err: errors.New("no route to host")}
				}
				return nil
			}
			w.to("11T03:18")
			c.meet(w)
			w.to("11T06:59")
			if got := theirs(w.take()); len(got) != 1 {
				t.Errorf("the partner got %v; want the alarm once", got)
			}
		})
	}
}

// What could not be sent in the night is no alarm in the morning, and while it
// hurts nothing is one.
func TestThePartnerGetsNothingQuieterThanAnAlarm(t *testing.T) {
	for rule, meet := range map[string]func(w *world){
		"the line is back after waking": func(*world) {},
		"pain while the line is gone":   func(w *world) { w.do(web.Request{What: web.Pain}) },
	} {
		t.Run(rule, func(t *testing.T) {
			w := newWorld(t, "10T23:00", withPartner).log("10T23:00")
			w.answer = func(journal.Delivery, notify.Message) *notify.Failure {
				if w.now.Before(w.at("11T07:20")) {
					return &notify.Failure{Kind: notify.Unreached, Err: errors.New("no route to host")}
				}
				return nil
			}
			w.to("11T03:20")
			meet(w)
			w.to("11T12:00")
			if got := theirs(w.take()); len(got) > 0 {
				t.Errorf("the partner got %v; want nothing", got)
			}
		})
	}
}
