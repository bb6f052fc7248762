package daemon

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/planner"
)

// Each row breaks one thing, and status says that, and nothing else.
func TestStatusSaysWhatNeedsAPerson(t *testing.T) {
	type sight struct {
		*view
		now time.Time
	}
	// queued is a push of a reminder that is open; touch makes it another.
	queued := func(touch func(*journal.Delivery)) func(*sight) {
		return func(s *sight) {
			d := journal.Delivery{ID: "d", Reminder: "r", Channel: "pushover", State: journal.Pending, Tries: 3,
				Created: s.now.Add(-6 * time.Minute), Next: s.now.Add(30 * time.Second), Error: "no route"}
			touch(&d)
			s.state.Snapshot.Apply(journal.Batch{
				Reminders:  []journal.Reminder{{ID: "r", Kind: kindParkedAlarm, State: journal.Open, Due: s.now.Add(time.Hour)}},
				Deliveries: []journal.Delivery{d},
			})
		}
	}
	for _, c := range []struct {
		rule  string
		touch func(s *sight)
		want  string // a pattern of the line; empty: there is none
	}{
		{"all is well", func(*sight) {}, ""},
		{"a channel that was refused", func(s *sight) {
			s.state.Snapshot.Apply(journal.Batch{Health: []journal.Health{{Channel: "pushover", Broken: true, LastError: "channel pushover: no such user"}}})
		}, "channel pushover does not work: no such user; check its settings, then: nightbell test pushover"},
		{"a push that waits", queued(func(*journal.Delivery) {}), "channel pushover has not taken a push since 09:54: no route; it is tried again every minute"},
		{"not one that waits briefly", queued(func(d *journal.Delivery) { d.Created = d.Created.Add(2 * time.Minute) }), ""},
		{"nor one that was never tried", queued(func(d *journal.Delivery) { d.Tries = 0 }), ""},
		{"one that is tried later", queued(func(d *journal.Delivery) { d.Next = d.Created.Add(20 * time.Minute) }), "channel pushover .*; it is tried again at 10:14"},
		{"an alarm that is to be parked", queued(func(d *journal.Delivery) { d.Parked = d.Created.Add(time.Hour) }), "channel pushover has not taken an alarm to hold since 09:54: no route; it is tried again every minute"},
		{"one that is to be taken back", queued(func(d *journal.Delivery) { d.Withdraw = true }), "channel pushover has not let a push be taken back since 09:54: no route; it is tried again every minute"},
		{"an alarm that the service does not hold", queued(func(d *journal.Delivery) { d.Parked, d.State = d.Created.Add(time.Hour), journal.RefusedBy }),
			"channel pushover does not hold the next alarm: no route"},
		{"an alarm that nothing can take back", queued(func(d *journal.Delivery) {
			d.Parked, d.State, d.Channel, d.Withdrawable = d.Created.Add(time.Hour), journal.Sent, "gone", true
		}), "an alarm is still held where the configuration has no channel any more: on gone, comes Wed 10:54; put the channel back .*"},
		{"not once it has come", queued(func(d *journal.Delivery) {
			d.Parked, d.State, d.Channel, d.Withdrawable = d.Created, journal.Sent, "gone", true
		}), ""},
		{"a zone that is gone", func(s *sight) {
			s.state.Marks = append(s.state.Marks, journal.Mark{Name: markZone + "Mars/Base", Seq: 9})
		},
			"the zone Mars/Base is not in this machine's zone database any more, so times are those of America/New_York; .*"},
		{"a journal that takes no write", func(s *sight) { s.failing = errors.New("disk full") }, "the journal cannot be written, so nothing can be logged: disk full; make room or mend the disk"},
		{"a configuration that is not in force", func(s *sight) { s.problem = errors.New("n.yaml:1: no") }, "the configuration file is not in force: n.yaml:1: no; mend it, then: nightbell check"},
		{"what is too tight", func(s *sight) { s.needs = []string{"memory: too little"} }, "memory: too little"},
		{"a journal that was damaged", func(s *sight) { s.damage = "the journal was damaged" }, "the journal was damaged"},
		{"what the daily work found", func(s *sight) { s.found = errors.New("the daily backup: disk full") }, "the daily backup: disk full"},
		{"a clock that is waited for", func(s *sight) { s.held = errors.New("it says 1970") }, "the clock is not to be trusted yet: it says 1970"},
		{"a clock that is gone by", func(s *sight) { s.doubt = errors.New("it says 1970") }, "reminders go by a clock that may be wrong: it says 1970"},
		{"an audit that found something", func(s *sight) { s.heart.reds = []red{{line: auditAnswers, text: "nobody reads", since: s.now}} },
			"no heartbeat is sent since 10:00, for the answers: nobody reads; look at the line, then: nightbell test --alarm"},
		{"a heartbeat that is not heard", func(s *sight) {
			s.heart.unheard = s.now.Add(-6 * time.Minute)
			s.state.Snapshot.Apply(journal.Batch{Health: []journal.Health{{Channel: heartbeatName, LastError: "no route"}}})
		}, "no heartbeat has got through since 09:54: no route; look at this machine's line, and at heartbeat.url in n.yaml"},
		{"what a plan cannot count", func(s *sight) {
			s.state.Sessions = append(s.state.Sessions, journal.Session{ID: 9, Start: s.now.Add(time.Hour), Kind: planner.Pump})
		}, "the entry of 2026-06-10 11:00 .*"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			w := newWorld(t, "10T10:00").log("10T09:40")
			s := &sight{view: &view{state: w.state, config: &config.Config{Path: "n.yaml"}}, now: w.now}
			c.touch(s)
			got := status(s.view, "", s.now).NeedsPerson
			if c.want == "" && len(got) != 0 || c.want != "" && (len(got) != 1 || !regexp.MustCompile("^"+c.want+"$").MatchString(got[0])) {
				t.Errorf("it says %q; want %q", got, c.want)
			}
		})
	}
}

// What only a running daemon knows of: the lines to other programs.
func TestStatusSaysWhatDoesNotAnswer(t *testing.T) {
	f := newFriends(t)
	says := func(text string) bool {
		doc, err := f.d.Status(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(doc.NeedsPerson, func(need string) bool { return strings.Contains(need, text) })
	}
	for text, breaks := range map[string]func(on bool){
		"the log and Baby Buddy's differ: no route; look at baby_buddy in ": func(on bool) {
			f.d.buddy.Store(map[bool]*buddy{true: f.b}[on])
		},
		"Home Assistant hears nothing: no route; look at the broker, and at home_assistant in ": func(on bool) {
			h := &house{}
			h.away.Store(&brokerAway{f.now(), errors.New("no route")})
			f.d.house.Store(map[bool]*house{true: h}[on])
		},
	} {
		f.b.away.Store(&brokerAway{f.now(), errors.New("no route")})
		before := says(text)
		breaks(true)
		if during := says(text); before || !during {
			t.Errorf("%q: said %v, and %v once it is so", text, before, during)
		}
		breaks(false)
	}
}
