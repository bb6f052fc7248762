package daemon

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
)

// leaveWithin is how long nothing is parked after everything was taken back.
// Removing the service takes seconds; if it was stopped halfway, the alarm is
// parked again.
const leaveWithin = 5 * time.Minute

// leaving tells whether nothing is to be parked now.
func (p *stepper) leaving() bool {
	if !p.Leaving.After(p.now) || p.Leaving.Sub(p.now) > leaveWithin { // a clock that was set back must not keep it up
		return false
	}
	p.at(p.Leaving)
	return true
}

// parked is one message that a service may hold and that nobody took back.
type parked struct {
	channel string
	comes   time.Time
	why     string // why it could not be taken back; empty: not tried yet
	refused bool   // the service refused it, so it is not tried at once again
}

// parkedNow lists what may come although nobody is here to take it back.
func (s *State) parkedNow(now time.Time) []parked {
	var list []parked
	for _, d := range s.Deliveries {
		if d.Parked.IsZero() || d.Withdraw || !d.Parked.After(now) {
			continue
		}
		p := parked{channel: d.Channel, comes: d.Parked}
		out := d.State == journal.Sent && d.Withdrawable || d.State == journal.Pending && d.Tries > 0
		for _, e := range s.Deliveries {
			if e.Withdraw && e.Reminder == d.Reminder && e.Burst == d.Burst && e.Channel == d.Channel {
				out, p.why, p.refused = e.State != journal.Sent, e.Error, e.State == journal.RefusedBy
			}
		}
		if out {
			list = append(list, p)
		}
	}
	return list
}

// unparked is the answer to who asked to take everything back: Already, once
// nothing is left.
func (s *State) unparked(now time.Time) web.Reply {
	left := s.parkedNow(now)
	if len(left) == 0 {
		return web.Reply{Text: "Nothing is parked.", Already: true}
	}
	return web.Reply{Text: "Still parked: " + sentence(left, s.Routine.Location) + "."}
}

// sentence is what is parked, in words.
func sentence(left []parked, zone *time.Location) string {
	parts := make([]string, 0, len(left))
	for _, p := range left {
		text := fmt.Sprintf("on %s, comes %s", p.channel, p.comes.In(zone).Format("Mon 15:04"))
		if p.why != "" {
			text += " (" + p.why + ")"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

// StillParked is what a journal that nobody runs on says is parked, in words;
// empty: nothing.
func StillParked(ctx context.Context, j *journal.Journal, now time.Time) (string, error) {
	snapshot, err := j.Snapshot(ctx, now)
	if err != nil {
		return "", fmt.Errorf("reading the journal: %w", err)
	}
	s := State{Snapshot: snapshot}
	return sentence(s.parkedNow(now), now.Location()), nil
}

// ParkedOn lists the channels on which a journal that nobody runs on says that
// something is parked.
func ParkedOn(ctx context.Context, j *journal.Journal, now time.Time) ([]string, error) {
	snapshot, err := j.Snapshot(ctx, now)
	if err != nil {
		return nil, fmt.Errorf("reading the journal: %w", err)
	}
	s := State{Snapshot: snapshot}
	var channels []string
	for _, p := range s.parkedNow(now) {
		channels = append(channels, p.channel)
	}
	return channels, nil
}

// strandedNeed says what is parked on channels that the configuration does not
// have any more, so that nothing here can take it back; "": nothing.
func (s *State) strandedNeed(now time.Time) string {
	left := slices.DeleteFunc(s.parkedNow(now), func(p parked) bool {
		_, ok := s.channel(p.channel)
		return ok
	})
	if len(left) == 0 {
		return ""
	}
	return "an alarm is still held where the configuration has no channel any more: " + sentence(left, s.Routine.Location) +
		"; put the channel back to have it taken back, or stop it on the phone"
}

// keptNeed says what a service has refused to give back; "": nothing.
func (s *State) keptNeed(now time.Time) string {
	left := slices.DeleteFunc(s.parkedNow(now), func(p parked) bool {
		_, ok := s.channel(p.channel)
		return !ok || !p.refused
	})
	if len(left) == 0 {
		return ""
	}
	return "what is not wanted any more is still held: " + sentence(left, s.Routine.Location) +
		"; once the service allows it, it is taken back within half an hour"
}

// unpark takes back what is parked where no daemon runs: each withdrawal is
// tried once.
func (d *Direct) unpark(ctx context.Context, now time.Time) (web.Reply, error) {
	p := stepper{State: d.state, now: now}
	p.Leaving = now.Add(leaveWithin)
	p.park()
	p.withdrawals()
	if err := d.commit(ctx, p.out, p.State); err != nil {
		return web.Reply{}, unwritten(err)
	}
	for _, o := range d.opened {
		s := newSender(o.Name, o.Channel, slog.New(slog.DiscardHandler), d.now, nil, nil)
		for _, e := range d.state.Deliveries {
			r := d.state.reminder(e.Reminder)
			if e.Channel != o.Name || !e.Withdraw || e.State != journal.Pending || r == nil || !kindOf(r.Kind).parked {
				continue
			}
			b := record(&d.state, s.try(ctx, job{e, &d.state}))
			after := d.state
			after.Snapshot.Apply(b)
			if err := d.commit(ctx, b, after); err != nil {
				return web.Reply{}, unwritten(err)
			}
		}
	}
	return d.state.unparked(now), nil
}
