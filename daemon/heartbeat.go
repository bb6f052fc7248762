package daemon

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
)

// heartbeatName is where the journal keeps what became of the heartbeat,
// among the health of the channels; no channel can have it as its name.
const heartbeatName = "(heartbeat)"

// beatAgain is how soon the audit is made again after one that did not hold,
// and the watcher called again after a call that did not get through.
const beatAgain = time.Minute

// awakeFirst is how long the audit waits after the machine slept: a request
// takes up to 10 s, and a name server may need a moment after the line is back.
const awakeFirst = 15 * time.Second

// heart is the account of the heartbeat. The loop alone changes it.
type heart struct {
	next    time.Time // when the next one is due; zero: at once
	calling bool      // a call is under way
	reds    []red     // what the last audit found; empty: all held
	unheard time.Time // since when no call has got through; zero: the last one did
}

// beat makes the audit when a heartbeat is due, and has the watcher called if
// all of it holds. It is the loop that asks, so a loop that hangs sends none;
// the call itself is made beside it and delays no step.
func (d *Daemon) beat(ctx context.Context, now time.Time) {
	every := d.config.Heartbeat.Every
	if every <= 0 || d.o.Rate > 0 {
		return // nobody outside is to hear of a clock that runs fast
	}
	h := &d.heart
	if h.next.Sub(now) > every {
		h.next = time.Time{} // the clock was set back
	}
	if h.next.After(now) || h.calling {
		d.wake = sooner(d.wake, h.next)
		return
	}
	if now.Sub(d.state.Alive) > auditWithin && !h.next.IsZero() {
		// The machine slept: what fell due meanwhile gets its chance first.
		h.next = now.Add(awakeFirst)
		d.wake = sooner(d.wake, h.next)
		return
	}
	h.next = now.Add(every)
	if !d.audited(audit(d.view.Load(), d.readings(now), now), now) {
		d.wake = sooner(d.wake, h.next)
		return
	}
	h.calling = true
	settings := d.config.Heartbeat
	d.people.Go(func() {
		err := d.journal.Writable(ctx)
		if err != nil {
			d.inbox.put(func(now time.Time) {
				d.heart.calling = false
				d.audited([]red{{line: auditJournal, text: err.Error()}}, now)
			})
			return
		}
		err = call(ctx, d, settings)
		if ctx.Err() == nil {
			d.inbox.put(func(now time.Time) { d.called(err, settings, now) })
		}
	})
	d.wake = sooner(d.wake, h.next)
}

// call gives the watcher one sign of life.
func call(ctx context.Context, d *Daemon, settings config.Heartbeat) error {
	return contain(d.log, "heartbeat", func() error {
		h, problems := notify.OpenHeartbeat(settings.Values, notify.Tools{Pace: d.o.Pace})
		if len(problems) > 0 { // the configuration was checked with the same words
			return &notify.Failure{Kind: notify.Refused, Err: errors.New(problems[0].Text)}
		}
		return h.Beat(ctx)
	})
}

// audited takes an audit's findings over, and tells whether all of it held.
func (d *Daemon) audited(reds []red, now time.Time) bool {
	h := &d.heart
	for i := range reds {
		reds[i].since = now
		for _, was := range h.reds {
			if was.line == reds[i].line {
				reds[i].since = was.since
			}
		}
	}
	if len(reds) > 0 {
		h.next = now.Add(min(beatAgain, d.config.Heartbeat.Every))
	}
	for _, r := range reds {
		if !slices.ContainsFunc(h.reds, func(was red) bool { return was.line == r.line }) {
			d.log.Warn("no heartbeat is sent", keyAudit, r.line, keyErr, r.text)
		}
	}
	if len(reds) == 0 && len(h.reds) > 0 {
		d.log.Info("heartbeats are sent again")
	}
	h.reds = reds
	d.show(d.view.Load().turned)
	return len(reds) == 0
}

// called takes over what became of a call.
func (d *Daemon) called(err error, settings config.Heartbeat, now time.Time) {
	h := &d.heart
	h.calling = false
	if !reflect.DeepEqual(settings, d.config.Heartbeat) {
		return // it went to another watcher
	}
	kept := d.state.health(heartbeatName)
	if err != nil {
		h.next = now.Add(min(beatAgain, settings.Every))
		kept.LastError, kept.LastErrorAt = err.Error(), now
		if h.unheard.IsZero() {
			h.unheard = now
			d.log.Warn("the heartbeat does not get through", keyErr, err)
		}
	} else {
		kept.LastSuccess = now
		if !h.unheard.IsZero() {
			h.unheard = time.Time{}
			d.log.Info("the heartbeat gets through again")
		}
	}
	// This write is also how the next audit knows that the disk takes one.
	d.apply(journal.Batch{Health: []journal.Health{kept}}, now)
}

// readings is who reads answers, as the loop knows them.
func (d *Daemon) readings(now time.Time) []reading {
	var all []reading
	for _, o := range d.opened {
		at := d.desks[o.Name]
		if at == nil {
			continue
		}
		if at.watcher != nil {
			all = append(all, reading{o.Name, at.watcher.heardAt(now)})
		}
		if at.listener != nil {
			all = append(all, reading{o.Name, at.listener.heardAt(now)})
		}
	}
	return all
}

// beatSlack is how much longer than its pace a heartbeat may stay away before
// status no longer calls it well: a call takes up to 10 s, and one that did
// not get through is made again after a minute.
const beatSlack = 2 * time.Minute

// heartbeatDoc is the document of the heartbeat, null without one.
func heartbeatDoc(v *view, running bool, now time.Time) *web.HeartbeatDoc {
	s, every := &v.state, v.config.Heartbeat.Every
	if every <= 0 || s.Rate > 0 {
		return nil
	}
	h := s.health(heartbeatName)
	doc := &web.HeartbeatDoc{Last: web.In(s.Routine.Location, h.LastSuccess), Problems: []string{}}
	for _, r := range v.heart.reds {
		doc.Problems = append(doc.Problems, fmt.Sprintf("%s: %s", r.line, r.text))
	}
	if !v.heart.unheard.IsZero() {
		doc.Problems = append(doc.Problems, h.LastError)
	}
	doc.OK = running && len(doc.Problems) == 0 && !h.LastSuccess.IsZero() && now.Sub(h.LastSuccess) <= every+beatSlack
	return doc
}

// heartNeeds is what of the heartbeat needs a person.
func heartNeeds(v *view, now time.Time) []string {
	at := v.state.sayer(time.Time{}).at
	var list []string
	for _, r := range v.heart.reds {
		list = append(list, fmt.Sprintf("no heartbeat is sent since %s, for the %s: %s; %s", at(r.since), r.line, r.text, mend(r.line)))
	}
	if since := v.heart.unheard; !since.IsZero() && now.Sub(since) >= staleAfter {
		list = append(list, fmt.Sprintf("no heartbeat has got through since %s: %s; look at this machine's line, and at heartbeat.url in %s",
			at(since), v.state.health(heartbeatName).LastError, v.config.Path))
	}
	return list
}

// mend is what to do about a line of the audit.
func mend(line string) string {
	switch line {
	case auditClock:
		return "set the clock, or switch its synchronisation on"
	case auditConfiguration:
		return "mend the file, then: nightbell check"
	case auditChannels:
		return "look at the line and the channel's settings, then: nightbell test"
	case auditJournal:
		return "make room or mend the disk"
	case auditAnswers:
		return "look at the line, then: nightbell test --alarm"
	}
	return "restart the daemon, and please report it with the log"
}
