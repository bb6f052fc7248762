package daemon

import (
	"cmp"
	"context"
	"reflect"
	"time"

	"nightbell/daemon/config"
	"nightbell/notify"
)

// staff starts a sender for every channel and a watcher for every one whose
// receipts can be read. One whose settings are as before goes on untouched;
// the rest end by themselves once their request is over, and are waited for
// when the daemon stops.
func (d *Daemon) staff(ctx context.Context) {
	before := d.desks
	d.desks = map[string]*channelDesk{}
	for i, o := range d.opened {
		settings := d.config.Channels[i]
		if was, ok := before[o.Name]; ok && reflect.DeepEqual(was.settings, settings) {
			d.desks[o.Name] = was
			delete(before, o.Name)
			continue
		}
		d.desks[o.Name] = d.hire(ctx, o, settings)
	}
	for _, was := range before {
		was.leave()
	}
	d.furnish(ctx)
	d.befriend(ctx)
}

// channelDesk is who works for one channel.
type channelDesk struct {
	settings config.Channel
	sender   *sender
	watcher  *watcher  // nil: its receipts cannot be read
	listener *listener // nil: nobody replies through it
	leave    context.CancelFunc
}

func (d *Daemon) hire(ctx context.Context, o config.Opened, settings config.Channel) *channelDesk {
	ctx, leave := context.WithCancel(ctx)
	at := &channelDesk{settings: settings, leave: leave}
	if s, ok := o.Channel.(notify.Subscriber); ok {
		if _, err := s.PublicKey(); err != nil { // made at the first start, so that looking at it changes nothing
			d.log.Error("the keys of a channel", keyChannel, o.Name, keyErr, err)
		}
	}
	at.sender = newSender(o.Name, o.Channel, d.log, d.now, d.o.Doze, func(got outcome) {
		d.inbox.put(func(now time.Time) { d.outcome(got, now) })
	})
	at.sender.at = d.o.At
	if at.listener = d.listener(o); at.listener != nil {
		at.sender.catchUp = func(ctx context.Context) {
			if at.listener.catchUp(ctx) {
				d.inbox.pass(ctx) // what is to be sent is decided anew, also by what the stream heard a moment ago
			}
		}
	}
	d.people.Go(func() { d.ended(at.sender.run(ctx, d.hard)) })
	if at.listener != nil {
		d.people.Go(func() { d.ended(at.listener.run(ctx)) })
	}
	if from, ok := o.Channel.(notify.Receipter); ok {
		at.watcher = newWatcher(o.Name, from, d.log, d.now, d.receipt)
		d.people.Go(func() { d.ended(at.watcher.run(ctx)) })
	}
	return at
}

// listener is who hears the replies of a channel, nil for one without.
func (d *Daemon) listener(o config.Opened) *listener {
	from, ok := o.Channel.(notify.Replier)
	if !ok {
		return nil
	}
	since := cmp.Or(d.heard[o.Name], d.state.health(o.Name).Cursor)
	delete(d.heard, o.Name) // another topic may have taken the channel's name since
	return &listener{
		name: o.Name, from: from, log: d.log, doze: d.o.Doze, now: d.now, rate: d.o.Rate, since: since,
		proves: d.o.Secret.proves, forged: func() { d.tally.ignoring(o.Name, forged) },
		report: func(channel string, got notify.Reply) <-chan struct{} {
			done := make(chan struct{})
			if !d.inbox.put(func(now time.Time) {
				defer close(done)
				d.replied(channel, got, now)
			}) {
				close(done)
			}
			return done
		},
	}
}

func (d *Daemon) ended(err error) {
	if err != nil {
		d.log.Error("a channel's worker ended", keyErr, err)
	}
}

// dismiss ends the senders and watchers and waits for them.
func (d *Daemon) dismiss() {
	for _, at := range d.desks {
		at.leave()
	}
	if h := d.house.Load(); h != nil {
		h.leave()
	}
	if b := d.buddy.Load(); b != nil {
		b.leave()
	}
	d.people.Wait()
}
