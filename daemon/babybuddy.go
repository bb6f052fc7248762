package daemon

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync/atomic"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
	"nightbell/planner"
)

const (
	buddySource = "baby_buddy"
	// buddyEvery is how often the other log is read; chosen so that a session
	// logged there moves the plan before anybody wonders.
	buddyEvery = time.Minute
	// buddyBack is how far back sessions are compared: what somebody still
	// corrects. Older ones come by import.
	buddyBack = 48 * time.Hour
	// buddyAway is how long the other log may be away before a person should look.
	buddyAway = 30 * time.Minute
)

// buddy keeps the log here and the one in a Baby Buddy the same. Nothing
// waits for it.
type buddy struct {
	d        *Daemon
	settings config.BabyBuddy
	there    *notify.BabyBuddy
	leave    context.CancelFunc
	away     atomic.Pointer[brokerAway] // nil: it answers
	worked   atomic.Bool                // it has answered since it is configured so
}

// befriend opens the line to Baby Buddy as it is configured now.
func (d *Daemon) befriend(ctx context.Context) {
	was, settings := d.buddy.Load(), d.config.BabyBuddy
	if was != nil && reflect.DeepEqual(was.settings, settings) {
		return
	}
	if was != nil {
		was.leave()
		d.buddy.Store(nil)
	}
	if !settings.On {
		return
	}
	there, problems := notify.OpenBabyBuddy(settings.Values, notify.Tools{})
	if len(problems) > 0 {
		d.log.Error(buddySource, keyErr, problems[0].Text)
		return
	}
	ctx, leave := context.WithCancel(ctx)
	b := &buddy{d: d, settings: settings, there: there, leave: leave}
	d.buddy.Store(b)
	d.people.Go(func() { b.run(ctx) })
}

// run compares every minute, until ctx ends.
func (b *buddy) run(ctx context.Context) {
	for ctx.Err() == nil {
		err := contain(b.d.log, buddySource, func() error { return b.round(ctx) })
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			b.worked.Store(true)
			if b.away.Swap(nil) != nil {
				b.d.log.Info("Baby Buddy answers again")
			}
		case b.away.CompareAndSwap(nil, &brokerAway{b.d.now(), err}):
			b.d.log.Warn("Baby Buddy does not answer; reminders go on", keyErr, err)
		}
		if _, err := b.d.o.Doze(ctx, b.d.now().Add(buddyEvery), nil); err != nil {
			return
		}
	}
}

// round compares once. The error is that of a Baby Buddy that does not
// answer; what it refuses is noted and is none.
func (b *buddy) round(ctx context.Context) error {
	now := b.d.now()
	since := now.Add(-buddyBack)
	there, err := b.there.Entries(ctx, since)
	if err != nil {
		return err
	}
	links, err := b.d.journal.BuddyLinks(ctx, since)
	if err != nil {
		return err
	}
	here, err := b.d.Sessions(ctx, web.SessionsQuery{Limit: 500}) // far more than of two days: a linked one must not be taken for one that is gone
	if err != nil {
		return err
	}
	routine := b.d.view.Load().state.Routine
	v := &buddyView{now: now, since: since, routine: &routine, here: here.Sessions, there: there, links: links, give: b.settings.Give, take: b.settings.Take}
	for _, step := range v.steps() {
		if err := b.do(ctx, v, step); err != nil {
			return err
		}
	}
	return nil
}

// do carries one step out and writes down that it is done. Where the process
// dies between the two, the next round finds what was done, or does it again
// (this package's documentation, What a crash leaves).
func (b *buddy) do(ctx context.Context, v *buddyView, step buddyStep) error {
	if step.what == buddyLookAgain {
		e, found, err := b.there.Entry(ctx, step.link.Entry)
		if err != nil {
			return err
		}
		if step = v.missing(step, e, found); step.what == "" {
			return nil
		}
	}
	var err error
	link := step.link
	switch step.what {
	case buddyTake:
		link, err = b.takeOver(ctx, step)
	case buddyEditHere:
		edit := buddyEdit(step.session, buddyEntryOf(step.session, v.routine), step.entry)
		_, err = b.d.Do(ctx, web.Request{What: web.Edit, ID: step.session.ID, Edit: edit, Source: buddySource})
		if err == nil {
			link.Here, err = b.says(ctx, step.session.ID, v.routine)
		}
	case buddyDropHere:
		_, err = b.d.Do(ctx, web.Request{What: web.Delete, ID: step.session.ID, Source: buddySource})
	case buddyGive:
		link, err = b.hand(ctx, step)
	case buddyEditThere:
		var found bool
		if found, err = b.there.Change(ctx, step.entry); err == nil {
			link.Over = !found
		}
	case buddyDropThere:
		err = b.there.Remove(ctx, link.Entry)
	}
	if err = b.refusal(step, err); err != nil {
		return err
	}
	if link.Session == 0 {
		return nil // refused here: an entry from the future, for example
	}
	return pass(b.d.o.At, pointLink, func() error { return b.d.journal.PutBuddyLink(ctx, link) })
}

// takeOver logs an entry here. The key tells that it was, should the process
// die before the link is written, wherever the entry has moved by then.
func (b *buddy) takeOver(ctx context.Context, step buddyStep) (journal.BuddyLink, error) {
	link, e := step.link, step.entry
	routine := b.d.view.Load().state.Routine
	key := fmt.Sprintf("%s %v %v %d", buddySource, b.settings.Values["url"], b.settings.Values["child"], e.ID)
	if done, found, err := b.d.journal.Request(ctx, key); err != nil || found {
		link.Session, link.There = done.Session, "" // what it said then nobody knows: the next round compares
		if err == nil {
			link.Here, err = b.says(ctx, link.Session, &routine)
		}
		return link, err
	}
	q := web.Request{What: web.Log, Key: key, At: e.Start, Source: buddySource, Session: web.SessionFields{Minutes: buddyMinutes(e), Note: e.Notes}}
	if e.Amount > 0 { // 0 is what Baby Buddy has where nothing was measured
		q.Session.ML = &e.Amount
	}
	reply, err := b.d.Do(ctx, q)
	if err != nil {
		return link, err
	}
	link.Session = reply.Session
	link.Here, err = b.says(ctx, link.Session, &routine)
	return link, err
}

// says is what a session here says now.
func (b *buddy) says(ctx context.Context, id int64, r *planner.Routine) (string, error) {
	all, err := b.d.Sessions(ctx, web.SessionsQuery{Limit: 500})
	if err != nil {
		return "", err
	}
	for _, s := range all.Sessions {
		if s.ID == id {
			return buddyPrint(buddyEntryOf(s, r)), nil
		}
	}
	return "", nil
}

// hand adds a session there. That it is asked is written down first: without
// it, a copy whose answer nobody heard would be an entry of somebody else's
// once the session has moved, or is gone. A refusal is noted in the link's
// missing entry.
func (b *buddy) hand(ctx context.Context, step buddyStep) (journal.BuddyLink, error) {
	link := step.link
	link.Start, link.There = step.entry.Start, buddyPrint(step.entry)
	if err := b.d.journal.PutBuddyLink(ctx, link); err != nil {
		return link, err
	}
	err := pass(b.d.o.At, pointGive, func() (err error) {
		link.Entry, err = b.there.Add(ctx, step.entry)
		return err
	})
	if err != nil {
		link.There = ""
	}
	return link, err
}

// refusal is err, or nil for one that is final: said once, and noted so that
// it is not tried again.
func (b *buddy) refusal(step buddyStep, err error) error {
	var f *notify.Failure
	switch {
	case err == nil:
		return nil
	case errors.As(err, &f) && f.Kind == notify.Refused && f.Status != 401 && f.Status != 403 && f.Status != 404:
		b.d.log.Info("Baby Buddy does not take it: it may touch another entry", "step", string(step.what), "session", step.session.ID, keyErr, err)
		return nil
	case web.IsWrong(err):
		b.d.log.Info("an entry of Baby Buddy's is not taken", "step", string(step.what), "entry", step.entry.ID, keyErr, err)
		return nil
	}
	return err
}

// needs is what of it needs a person.
func (b *buddy) needs(now time.Time, path string) []string {
	if b == nil {
		return nil
	}
	away := b.away.Load()
	// One that never answered is hardly one that is briefly away.
	if away == nil || b.worked.Load() && now.Sub(away.since) < buddyAway {
		return nil
	}
	return []string{fmt.Sprintf("the log and Baby Buddy's differ: %v; look at baby_buddy in %s", away.err, path)}
}
