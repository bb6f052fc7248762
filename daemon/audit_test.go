package daemon

import (
	"errors"
	"strings"
	"testing"
	"time"

	"nightbell/daemon/journal"
)

// Each row breaks one thing, and the audit names it, and nothing else.
func TestTheAudit(t *testing.T) {
	type sight struct {
		*view
		w       *world
		readers []reading
		now     time.Time
	}
	pending := func(s *sight, age, next time.Duration, tries int) {
		d := journal.Delivery{ID: "d", Reminder: "r", Channel: "pushover", State: journal.Pending, Created: s.now.Add(-age), Tries: tries}
		if next != 0 {
			d.Next = s.now.Add(next)
		}
		s.state.Snapshot.Apply(journal.Batch{
			Reminders:  []journal.Reminder{{ID: "r", Kind: kindResting, State: journal.Open, Opened: d.Created, From: d.Created}},
			Deliveries: []journal.Delivery{d},
		})
	}
	for _, c := range []struct {
		rule  string
		touch func(s *sight)
		want  string // the lines, with what they say
	}{
		{"all is well", func(*sight) {}, ""},
		{"a step that is long ago", func(s *sight) { s.turned = s.now.Add(-31 * time.Second) }, "plan: no step has been made since 09:59"},
		{"none yet", func(s *sight) { s.turned = time.Time{} }, "plan: no step has been made since"},
		{"a start that nothing reminds of", func(s *sight) {
			s.w.step()
			s.state = s.w.state
			s.state.Reminders = nil
			s.state.Deliveries = nil
			s.now = s.w.at("10T13:00")
			s.turned, s.readers = s.now, nil
		}, "plan: nothing reminds of the start of 11:50"},
		{"a pause is no such start", func(s *sight) {
			s.now = s.w.at("10T13:00")
			s.turned, s.readers = s.now, nil
			s.state.Pauses = []journal.Pause{{From: s.now.Add(-time.Hour), To: s.now.Add(time.Hour)}}
		}, ""},
		{"a clock that is not to be trusted", func(s *sight) { s.held = errors.New("it says 1970") }, "clock: the clock is not to be trusted yet"},
		{"a clock that may be wrong", func(s *sight) { s.doubt = errors.New("it says 1970") }, "clock: reminders go by a clock that may be wrong"},
		{"a configuration that is not in force", func(s *sight) { s.problem = errors.New("line 3") }, "configuration: the configuration file has a problem"},
		{"no channel that reaches a phone", func(s *sight) { s.state.Channels = []Facts{{Name: "here"}} }, "channels: no channel that reaches a phone works"},
		{"the partner's is none", func(s *sight) {
			theirs := phone("theirs")
			theirs.Partner = true
			s.state.Channels = []Facts{theirs}
		}, "channels: no channel that reaches a phone works"},
		{"the only one refuses", func(s *sight) { s.state.Health = []journal.Health{{Channel: "pushover", Broken: true}} }, "channels: no channel"},
		{"one of two is enough", func(s *sight) {
			s.state.Channels = append(s.state.Channels, phone("ntfy"))
			s.state.Health = []journal.Health{{Channel: "pushover", Broken: true}}
		}, ""},
		{"the only one has not taken a push for more than five minutes", func(s *sight) { pending(s, 6*time.Minute, 30*time.Second, 9) }, "channels: no channel"},
		{"a push that is being tried", func(s *sight) { pending(s, 4*time.Minute, 30*time.Second, 7) }, ""},
		{"a push that nobody tries", func(s *sight) {
			s.state.Channels = append(s.state.Channels, phone("ntfy"))
			pending(s, 6*time.Minute, 0, 0)
		}, "deliveries: a push of 09:54 on channel pushover waits, and nothing tries it"},
		{"a push that is tried no more", func(s *sight) {
			s.state.Channels = append(s.state.Channels, phone("ntfy"))
			pending(s, 9*time.Minute, -3*time.Minute, 3)
		}, "deliveries: a push of 09:51 on channel pushover waits"},
		{"a push of what is over", func(s *sight) {
			pending(s, time.Minute, 0, 0)
			s.state.Reminders[0].State = journal.Logged
		}, "deliveries: a push of 09:59 on channel pushover is still queued, and its reminder is over"},
		{"a journal that takes no write", func(s *sight) { s.failing = errors.New("disk full") }, "journal: the journal cannot be written"},
		{"a journal in which something is wrong", func(s *sight) { s.found = errors.New("a page is torn") }, "journal: a page is torn"},
		{"answers that are not read", func(s *sight) { s.readers[0].heard = s.now.Add(-6 * time.Minute) }, "answers: the answers on channel pushover were last read at 09:54"},
		{"answers that were read lately", func(s *sight) { s.readers[0].heard = s.now.Add(-4 * time.Minute) }, ""},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := newWorld(t, "10T10:00").log("10T09:40")
			s := &sight{view: &view{state: w.state, turned: w.now}, w: w, readers: []reading{{"pushover", w.now}}, now: w.now}
			c.touch(s)
			var got []string
			for _, r := range audit(s.view, s.readers, s.now) {
				got = append(got, r.line+": "+r.text)
			}
			if text := strings.Join(got, "\n"); len(got) > 1 || !strings.HasPrefix(text, c.want) || (c.want == "") != (text == "") {
				t.Errorf("got %q, want %q", text, c.want)
			}
		})
	}
}

func TestReadersKnowWhenTheyLastRead(t *testing.T) {
	now := time.Date(2026, 6, 10, 14, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	w := newWatcher("phone", nil, nil, clock, nil)
	if got := w.heardAt(now); !got.Equal(now) {
		t.Errorf("nothing to be read: heard at %s, want now", got)
	}
	ring := &State{Snapshot: journal.Snapshot{Deliveries: []journal.Delivery{{ID: "d", Channel: "phone", Receipt: "r"}}}}
	w.offer(ring)
	begun := now
	now = now.Add(10 * time.Minute)
	w.offer(ring)
	if got := w.heardAt(now); !got.Equal(begun) {
		t.Errorf("a receipt that came at %s and was never read: heard at %s", begun, got)
	}
	w.offer(&State{})
	if got := w.heardAt(now); !got.Equal(now) {
		t.Errorf("none is open any more: heard at %s, want now", got)
	}

	l := &listener{now: clock}
	l.worked()
	began := now
	l.calling(now)
	now = now.Add(50 * time.Second)
	if got := l.heardAt(now); !got.Equal(began) {
		t.Errorf("a call of 50 s proves nothing: heard at %s, want %s", got, began)
	}
	now = now.Add(20 * time.Second)
	if got := l.heardAt(now); !got.Equal(now) {
		t.Errorf("a call that holds for 70 s does: heard at %s, want now", got)
	}
	l.calling(time.Time{})
	if got := l.heardAt(now); !got.Equal(began) {
		t.Errorf("between calls: heard at %s, want %s", got, began)
	}
}
