package daemon

import (
	"fmt"
	"strings"
	"time"

	"nightbell/daemon/journal"
	"nightbell/planner"
)

// unreachable says that nothing reaches a phone; "" when something does. Only
// a running daemon can tell: the variables of another shell are not its own.
func unreachable(v *view) string {
	if v.state.reaches() {
		return ""
	}
	return fmt.Sprintf("no channel reaches a phone, so reminders are only printed; have one set up: nightbell init, or add ntfy or pushover to %s", fullPath(v.config.Path))
}

// needs lists what needs a person, each with what to do.
func needs(v *view, p planner.Plan, now time.Time) []string {
	s := &v.state
	var list []string
	say := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	for _, f := range s.Channels {
		h := s.health(f.Name)
		if h.Broken {
			say("channel %s does not work: %s; check its settings, then: nightbell test %s", f.Name, strings.TrimPrefix(h.LastError, "channel "+f.Name+": "), f.Name)
			continue
		}
		for _, d := range s.Deliveries {
			if d.Channel != f.Name || d.State != journal.Pending || d.Tries == 0 || now.Sub(d.Created) < s.meanwhile(staleAfter) {
				continue
			}
			what := "channel %s has not taken a push since %s: %s; it is tried again %s"
			if !d.Parked.IsZero() {
				what = "channel %s has not taken an alarm to hold since %s: %s; it is tried again %s"
			}
			if d.Withdraw {
				what = "channel %s has not let a push be taken back since %s: %s; it is tried again %s"
			}
			say(what, f.Name, s.sayer(time.Time{}).at(d.Created), d.Error, s.again(d, now))
			break
		}
	}
	for _, d := range s.Deliveries {
		if r := s.reminder(d.Reminder); !d.Parked.IsZero() && d.State == journal.RefusedBy && r != nil && r.State == journal.Open {
			say("channel %s does not hold the next alarm: %s", d.Channel, d.Error)
			break
		}
	}
	for _, text := range []string{s.strandedNeed(now), s.keptNeed(now)} {
		if text != "" {
			say("%s", text)
		}
	}
	if zone := s.strayed(); zone != "" {
		say("the zone %s is not in this machine's zone database any more, so times are those of %s; choose another with: nightbell zone NAME", zone, s.Routine.Location)
	}
	if v.failing != nil {
		say("the journal cannot be written, so nothing can be logged: %v; make room or mend the disk", v.failing)
	}
	if v.problem != nil {
		say("the configuration file is not in force: %v; mend it, then: nightbell check", v.problem)
	}
	list = append(list, v.needs...)
	if v.damage != "" {
		say("%s", v.damage)
	}
	if v.found != nil {
		say("%v", v.found)
	}
	if v.held != nil {
		say("the clock is not to be trusted yet: %v", v.held)
	}
	if v.doubt != nil {
		say("reminders go by a clock that may be wrong: %v", v.doubt)
	}
	list = append(list, heartNeeds(v, now)...)
	return append(list, p.Problems...)
}

// again says when a delivery that did not get through is tried again.
func (s *State) again(d journal.Delivery, now time.Time) string {
	if d.Next.Sub(now) <= s.meanwhile(retryMost) {
		return "every minute"
	}
	return "at " + s.sayer(time.Time{}).at(d.Next)
}
