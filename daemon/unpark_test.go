package daemon

import (
	"errors"
	"strings"
	"testing"
	"time"

	"nightbell/daemon/journal"
	"nightbell/notify"
)

func TestLeavingTakesBackWhatIsParked(t *testing.T) {
	leave := func(t *testing.T) *world {
		w := newWorld(t, "10T23:00", parking).log("10T23:00")
		w.step()
		w.expect("10T23:00 parked_alarm for 11T03:03")
		w.state.Leaving = w.now.Add(leaveWithin)
		return w
	}
	t.Run("at once, and nothing is left", func(t *testing.T) {
		w := leave(t)
		w.step()
		w.expect("10T23:00 parked_alarm withdrawn")
		if r := w.state.unparked(w.now); !r.Already || r.Text != "Nothing is parked." {
			t.Errorf("it answers %+v", r)
		}
	})
	t.Run("what cannot be taken back is named, with when it comes and why it stays", func(t *testing.T) {
		w := leave(t)
		w.answer = func(journal.Delivery, notify.Message) *notify.Failure {
			return &notify.Failure{Kind: notify.Unreached, Err: errors.New("no route to host")}
		}
		w.step()
		want := "Still parked: on pushover, comes Thu 03:03 (no route to host)."
		if r := w.state.unparked(w.now); r.Already || r.Text != want {
			t.Errorf("it answers %+v, want %s", r, want)
		}
		if r := w.state.unparked(w.at("11T03:03")); !r.Already {
			t.Errorf("once it came it answers %+v; want that nothing is left", r)
		}
	})
	t.Run("a service that is not taken away after all has its alarm parked again", func(t *testing.T) {
		w := leave(t)
		w.step()
		w.take()
		w.to("10T23:06")
		w.expect("10T23:05 parked_alarm for 11T03:03")
	})
	t.Run("a clock that is set back does not keep it from parking", func(t *testing.T) {
		w := leave(t)
		w.step()
		w.take()
		w.now = w.at("10T22:30")
		w.step()
		if got := w.told(); !strings.Contains(got, "parked_alarm for 11T") {
			t.Errorf("at 22:30 the service took\n%s\nwant the alarm parked again", got)
		}
	})
}

func TestParkedNowKnowsWhatMayBeOut(t *testing.T) {
	now := time.Date(2026, 6, 10, 23, 0, 0, 0, time.UTC)
	parked := journal.Delivery{ID: "p", Reminder: "r", Channel: "ntfy", Parked: now.Add(time.Hour), State: journal.Sent, Withdrawable: true}
	back := journal.Delivery{ID: "w", Reminder: "r", Channel: "ntfy", Withdraw: true}
	with := func(d journal.Delivery, change func(*journal.Delivery)) journal.Delivery {
		change(&d)
		return d
	}
	tests := []struct {
		rule       string
		deliveries []journal.Delivery
		want       int
	}{
		{"what the service took is out", []journal.Delivery{parked}, 1},
		{"what was tried may be out", []journal.Delivery{with(parked, func(d *journal.Delivery) { d.State, d.Tries = journal.Pending, 1 })}, 1},
		{"what was never tried is not", []journal.Delivery{with(parked, func(d *journal.Delivery) { d.State = journal.Pending })}, 0},
		{"what was refused is not", []journal.Delivery{with(parked, func(d *journal.Delivery) { d.State = journal.RefusedBy })}, 0},
		{"what was taken back is not", []journal.Delivery{parked, with(back, func(d *journal.Delivery) { d.State = journal.Sent })}, 0},
		{"what waits to be taken back is", []journal.Delivery{parked, with(back, func(d *journal.Delivery) { d.State = journal.Pending })}, 1},
		{"what the service does not give back is", []journal.Delivery{parked, with(back, func(d *journal.Delivery) { d.State = journal.RefusedBy })}, 1},
		{"another burst's end is not this one's", []journal.Delivery{parked, with(back, func(d *journal.Delivery) { d.State, d.Burst = journal.Sent, 1 })}, 1},
		{"what came already is not", []journal.Delivery{with(parked, func(d *journal.Delivery) { d.Parked = now })}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.rule, func(t *testing.T) {
			s := State{Snapshot: journal.Snapshot{Deliveries: tt.deliveries}}
			if got := s.parkedNow(now); len(got) != tt.want {
				t.Errorf("%+v; want %d", got, tt.want)
			}
		})
	}
}

func TestWhatAServiceKeepsIsNamedUntilItCame(t *testing.T) {
	now := time.Date(2026, 6, 10, 23, 0, 0, 0, time.UTC)
	parked := journal.Delivery{ID: "p", Reminder: "r", Channel: "ntfy", Parked: now.Add(time.Hour), State: journal.Sent, Withdrawable: true}
	for rule, c := range map[string]struct {
		withdrawal journal.DeliveryState
		channel    string
		at         time.Time
		want       bool
	}{
		"refused":                      {journal.RefusedBy, "ntfy", now, true},
		"still tried, which is shown":  {journal.Pending, "ntfy", now, false},
		"given back":                   {journal.Sent, "ntfy", now, false},
		"on a channel that is no more": {journal.RefusedBy, "other", now, false},
		"come":                         {journal.RefusedBy, "ntfy", parked.Parked, false},
	} {
		t.Run(rule, func(t *testing.T) {
			back := journal.Delivery{ID: "w", Reminder: "r", Channel: "ntfy", Withdraw: true, State: c.withdrawal, Error: "forbidden"}
			s := State{Snapshot: journal.Snapshot{Deliveries: []journal.Delivery{parked, back}}, Settings: Settings{Channels: []Facts{{Name: c.channel}}}}
			s.Routine.Location = time.UTC
			want := ""
			if c.want {
				want = "what is not wanted any more is still held: on ntfy, comes Thu 00:00 (forbidden); once the service allows it, it is taken back within half an hour"
			}
			if got := s.keptNeed(c.at); got != want {
				t.Errorf("%q; want %q", got, want)
			}
		})
	}
}
