package daemon

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
)

// listener hears the replies of one channel: answers given on a phone that
// cannot reach this machine.
type listener struct {
	name   string
	from   notify.Replier
	log    *slog.Logger
	doze   Waiter
	now    func() time.Time
	rate   float64 // of the clock, in a time-lapse
	proves func(line string) bool
	forged func() // counts a line that proves nothing; nil: nobody does
	// report hands a reply to the loop; what it returns is closed once the loop
	// is done with it.
	report func(channel string, got notify.Reply) <-chan struct{}

	mu      sync.Mutex
	calls   time.Time // when the call that is under way began; zero: none is
	heard   time.Time // when the last good one ended
	since   string    // the last reply that was heard
	ignored int       // lines that prove nothing, since the log last spoke of them
	spoke   time.Time // when it did
}

// Times between two connections: a server that restarts is back within
// seconds; one that is gone is asked once a minute.
const (
	listenFirst = time.Second
	listenMost  = time.Minute
)

// replyPace is the least time between two replies that the loop is given. Ten
// a second are more than thumbs can do; somebody who repeats a true key as fast
// as the line carries it costs the disk no more than that.
const replyPace = 100 * time.Millisecond

// ignoredEvery is how often the log speaks of lines that prove nothing.
const ignoredEvery = time.Minute

// take hands one reply over. A line without a true key goes no further than
// here, so that thousands a second hold up nothing; nil then.
func (l *listener) take(got notify.Reply) <-chan struct{} {
	l.mu.Lock()
	l.since = got.ID
	l.mu.Unlock()
	if isTest(got.Text) {
		return nil // nightbell test --alarm listens for it
	}
	if !l.proves(got.Text) {
		l.ignore()
		return nil
	}
	return l.report(l.name, got)
}

// ignore counts a line that proves nothing.
func (l *listener) ignore() {
	if l.forged != nil {
		l.forged()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ignored++
	now := l.now()
	if since := now.Sub(l.spoke); since >= 0 && since < ignoredEvery {
		return
	}
	l.log.Info("replies that prove nothing were ignored; who knows the reply topic can send them", keyChannel, l.name, keyCount, l.ignored)
	l.ignored, l.spoke = 0, now
}

// heed hands one reply over and waits until the loop is done with it: there
// is never more than one of a channel in front of a reminder.
func (l *listener) heed(ctx context.Context, got notify.Reply) {
	done := l.take(got)
	if done == nil {
		return
	}
	select {
	case <-done:
		_, _ = l.doze(ctx, l.now().Add(lapsed(l.rate, replyPace)), nil)
	case <-ctx.Done():
	}
}

func (l *listener) calling(since time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = since
}

// worked notes that a call has ended that was a good one.
func (l *listener) worked() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls, l.heard = time.Time{}, l.now()
}

// heardAt is when listening is last known to have worked by now. A call that
// has held for longer than the longest pause does: the channel itself ends one
// on which there is no sign of life.
func (l *listener) heardAt(now time.Time) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.calls.IsZero() && now.Sub(l.calls) > lapsed(l.rate, listenMost) || l.heard.After(now) {
		return now
	}
	return l.heard
}

func (l *listener) cursor() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.since
}

// settle takes what was answered while nobody listened.
func (l *listener) settle(ctx context.Context) {
	var waiting []notify.Reply
	err := contain(l.log, l.name, func() (err error) {
		waiting, err = l.from.Waiting(ctx, l.cursor())
		return err
	})
	for _, got := range waiting {
		l.take(got)
	}
	if err != nil {
		l.log.Info("reading the replies that wait", keyChannel, l.name, keyErr, err)
	}
}

// catchUpWithin bounds catching up before a push that did not get through
// is tried again: chosen, so that a server that hangs on reading costs an
// alarm less than a try.
const catchUpWithin = 3 * time.Second

// catchUp takes what was answered while nothing got through, and tells
// whether that could be asked.
func (l *listener) catchUp(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, catchUpWithin)
	defer cancel()
	var waiting []notify.Reply
	err := contain(l.log, l.name, func() (err error) {
		waiting, err = l.from.Waiting(ctx, l.cursor())
		return err
	})
	for _, got := range waiting {
		l.take(got)
	}
	return err == nil // else the line is still down; the try itself says so
}

// run listens until ctx ends, and comes back after every end of the
// connection, a little later each time that brought nothing.
func (l *listener) run(ctx context.Context) error {
	pause, heard := listenFirst, true
	l.worked() // it has had no time yet
	for ctx.Err() == nil {
		before := l.cursor()
		begun := l.now()
		l.calling(begun)
		err := contain(l.log, l.name, func() error {
			return l.from.Replies(ctx, before, func(got notify.Reply) { l.heed(ctx, got) })
		})
		l.calling(time.Time{})
		if ctx.Err() != nil {
			break
		}
		// A connection that held for longer than the longest pause was a good one.
		if good := l.cursor() != before || l.now().Sub(begun) > lapsed(l.rate, listenMost); good {
			pause = listenFirst
			heard = true
			l.worked()
		}
		if heard {
			heard = false // said once for each time it goes
			l.log.Info("listening for replies again", keyChannel, l.name, keyErr, err)
		}
		if _, err := l.doze(ctx, l.now().Add(lapsed(l.rate, pause)), nil); err != nil && ctx.Err() == nil {
			return err
		}
		pause = min(2*pause, listenMost)
	}
	return nil
}

// replied takes over what was heard, in the loop. A line that proves nothing
// changes nothing; so does one that was heard before.
func (d *Daemon) replied(channel string, got notify.Reply, now time.Time) {
	health := d.state.health(channel)
	health.Cursor = got.ID
	b := journal.Batch{Health: []journal.Health{health}}
	q, ok := d.meant(channel, got, now)
	switch {
	case !ok && q.Reminder != "":
		b = join(b, d.state.unlogged(q, now))
	case ok:
		answered, reply, err := Answer(d.state, q, now)
		switch {
		case err != nil:
			d.log.Info("a reply changes nothing", keyChannel, channel, keyErr, err)
			d.tally.ignoring(channel, repeatedTap)
		case reply.Already:
			d.tally.ignoring(channel, repeatedTap)
		default:
			b = join(b, answered)
		}
	}
	if !d.apply(b, now) {
		time.AfterFunc(retryFirst, func() {
			d.inbox.put(func(now time.Time) { d.replied(channel, got, now) })
		})
	}
}

// meant is the request that a reply is, if it is one. One by a button whose time
// is over is not carried out.
func (d *Daemon) meant(channel string, got notify.Reply, now time.Time) (web.Request, bool) {
	reminder, action, key, ok := split(got.Text)
	b, known := buttonOf(action)
	if !ok || !known {
		d.log.Debug("a reply that is no answer", keyChannel, channel)
		return web.Request{}, false
	}
	at := got.At
	if at.IsZero() || at.After(now) || d.before(reminder, at) {
		at = now
	}
	q := web.Request{What: b.what, Reminder: reminder, At: at, For: b.length, Source: "answer:" + channel, Channel: channel}
	// The key has to have been good when the button was tapped: the line home
	// may have been down for long since.
	if _, err := d.state.Secret.open(&d.state, reminder, action, key, at); err != nil {
		d.log.Debug("a reply whose key opens nothing", keyChannel, channel)
		d.tally.ignoring(channel, expired)
		if !d.state.Secret.proves(got.Text) {
			return web.Request{}, false
		}
		return q, false
	}
	answers, err := d.journal.Answers(d.hard, reminder)
	if err != nil {
		d.log.Error("reading the answers", keyErr, err)
		return web.Request{}, false
	}
	for _, a := range answers {
		if a.Action == string(b.what) && a.Channel == channel && a.At.Equal(at) {
			d.tally.ignoring(channel, repeatedTap)
			return web.Request{}, false // the same tap, heard again
		}
	}
	return q, true
}

// before tells whether at is an instant at which nobody could have answered
// the reminder, because it did not exist: a service's clock that stands in
// another year would log a session there.
func (d *Daemon) before(reminder string, at time.Time) bool {
	r := d.state.reminder(reminder)
	return r != nil && at.Before(r.Opened.Add(-futureSlack))
}

// Ask shows what an action link offers. It changes nothing.
func (d *Daemon) Ask(_ context.Context, reminder, action, key string) (web.Offer, error) {
	v, now := d.view.Load(), d.now()
	s := &v.state
	r, err := s.Secret.open(s, reminder, action, key, now)
	if err != nil {
		return web.Offer{}, err
	}
	say := s.sayer(time.Time{})
	offer := web.Offer{Title: say.title(), Text: say.at(r.Due) + "."}
	if r.State == journal.Logged {
		offer.Text = say.at(r.Due) + ", logged." // whoever opens it once more need not wonder
	}
	for _, b := range buttons() {
		if (r.State != journal.Open || kindOf(r.Kind).parked) && (b.what == web.Snooze || b.what == web.Skip) {
			continue
		}
		if b.what == web.Heard && (r.State != journal.Open || kindOf(r.Kind).parked || s.levelAt(*r, now) != notify.Alarm) {
			continue
		}
		offer.Buttons = append(offer.Buttons, web.OfferButton{Label: b.label, Path: "../" + b.action + "/" + s.Secret.key(reminder, b.action)})
	}
	return offer, nil
}

// Act carries an action link out.
func (d *Daemon) Act(ctx context.Context, reminder, action, key string) (web.Reply, error) {
	v := d.view.Load()
	b, known := buttonOf(action)
	if !known {
		return web.Reply{}, web.NotFound("this link opens nothing")
	}
	if _, err := v.state.Secret.open(&v.state, reminder, action, key, d.now()); err != nil {
		return web.Reply{}, err
	}
	return d.Do(ctx, web.Request{What: b.what, Reminder: reminder, For: b.length, Source: "answer:link", Channel: "link"})
}
