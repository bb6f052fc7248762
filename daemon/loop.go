package daemon

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
)

// Daemon is the running thing: the loop around Step, its senders and watchers.
type Daemon struct {
	core
	o     Options
	inbox inbox
	news  news
	tally tally
	fresh bool // the state has changed since it was last shown

	desks  map[string]*channelDesk
	people sync.WaitGroup    // senders, watchers and the housekeeper
	heard  map[string]string // the newest reply that was read before the first step, by channel
	hard   context.Context   // ends when even what is under way is to end

	settling []string      // the channels of which it is still being read what was answered while the daemon was away; none: it steps
	settled  chan struct{} // closed once nothing is

	wake    time.Time // what the last step asked for
	looked  time.Time // when the last step was made
	stalled bool      // a step could not be written down since
	held    time.Time // until then nothing is sent: the clock is not to be trusted
	why     error     // why the clock is not to be trusted
	doubt   error     // the same, once it goes by that clock all the same
	failing error     // why the last commit did not work; nil: it did
	problem error     // of the configuration file
	trouble troubles
	heart   heart
	roused  time.Time // when the machine is to wake if it sleeps; zero: it may sleep on
	chores  time.Time // when the daily work is due next
	working bool      // the daily work is being done
	found   error     // what the last daily work found wrong

	view  atomic.Pointer[view]
	house atomic.Pointer[house] // nil: Home Assistant is told nothing
	pulse atomic.Pointer[pulse]
	buddy atomic.Pointer[buddy] // nil: there is no Baby Buddy
}

// New makes a daemon; Run runs it.
func New(ctx context.Context, o Options) (*Daemon, error) {
	if o.Doze == nil {
		o.Doze = pollingWaiter(o.Now)
	}
	if o.Receipts == 0 {
		o.Receipts = 5 * time.Second
	}
	if o.Ready == nil {
		o.Ready = func(string) {}
	}
	if o.Rested == nil {
		o.Rested = func() {}
	}
	d := &Daemon{o: o, problem: o.Problem, trouble: troubles{}, inbox: inbox{wake: make(chan struct{}, 1)}, settled: make(chan struct{})}
	d.core = newCore(o)
	d.inForce = func() *config.Config { return d.view.Load().config }
	if err := d.load(ctx); err != nil {
		return nil, err
	}
	d.state.Alive, d.state.Rate = d.state.Newest, o.Rate
	d.use(o.Config, o.Opened, o.Secret)
	if err := Plausible(o.Now(), o.Built, d.state.Newest); err != nil {
		d.why, d.held = err, o.Now().Add(holdMost)
		d.log.Warn("the clock is not to be trusted yet; nothing is sent before it is, or before two minutes are over", keyErr, err)
	}
	d.show(time.Time{})
	return d, nil
}

// Run runs until ctx ends, then finishes what is under way. It returns after
// everything it started has ended.
func (d *Daemon) Run(ctx context.Context) error {
	hard, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	d.hard = hard
	d.announce()
	d.settle(ctx)
	d.staff(ctx)
	err := d.loop(ctx)
	d.told(SystemdStopping())
	time.AfterFunc(stopWithin, cancel)
	d.dismiss()
	for _, f := range d.inbox.end() {
		f(d.now())
	}
	return err
}

// loop is the only place that decides.
func (d *Daemon) loop(ctx context.Context) error {
	for first := true; ctx.Err() == nil; {
		now := d.now()
		d.pulse.Store(&pulse{since: now})
		for _, f := range d.inbox.take() {
			f(now)
		}
		d.turn(ctx, now)
		if first {
			first = false
			where := d.Where()
			d.told(SystemdReady("running"))
			d.o.Ready(where)
		}
		if d.o.Watch > 0 {
			d.told(SystemdAlive())
		}
		until := d.wake
		if d.o.Watch > 0 {
			until = sooner(until, now.Add(d.o.Watch))
		}
		d.pulse.Store(&pulse{since: now, waits: true, until: until})
		if _, err := d.o.Wait(ctx, until, d.inbox.wake); err != nil && ctx.Err() == nil {
			return fmt.Errorf("waiting: %w", err)
		}
	}
	return nil
}

// sooner is the earlier of two instants, where zero is none.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// turn makes one step, writes it down and hands on what is to be sent.
func (d *Daemon) turn(ctx context.Context, now time.Time) {
	if now.Before(d.looked) && !d.apply(setBack(&d.state, now, d.looked.Sub(now)), now) {
		d.stall(now) // looked stays, so that what waits is not left waiting for the clock of before
		return
	}
	d.looked = now
	d.trusts(now)
	d.state.Alive = d.alive(now)
	d.learn(ctx, now)
	r := Step(d.state, now)
	if !d.write(ctx, r.Batch, r.State, now) {
		d.stall(now)
		return
	}
	d.stalled = false
	d.wake = d.within(r.Wake, now)
	d.rouse(d.wake)
	if d.release(now) {
		d.hand() // first of all: somebody waits for it
	}
	d.note(r.Batch)
	d.housekeeping(now)
	d.show(now)
	d.beat(ctx, now)
}

// stall looks again soon: what a step wants could not be written down.
func (d *Daemon) stall(now time.Time) {
	d.stalled, d.wake = true, now.Add(d.state.meanwhile(retryFirst))
	d.show(now)
}

// rouseMost is how far ahead a sleeping machine is told to wake. Many hardware
// clocks take an alarm less than a day ahead and no other: Linux 6.1 then does
// not let the machine sleep at all. An hour of that is left to a hardware clock
// that is off.
const rouseMost = 23 * time.Hour

// within is wake, or sooner where the machine is to be woken for it: then it is
// looked at again after rouseMost.
func (d *Daemon) within(wake, now time.Time) time.Time {
	if most := now.Add(rouseMost); d.o.Rouse != nil && wake.After(most) {
		return most
	}
	return wake
}

// rouse has a machine that sleeps wake for what the policy does next. What is
// only the daemon's own, its watchdog and its daily work, wakes nobody.
func (d *Daemon) rouse(at time.Time) {
	if d.o.Rouse == nil || at.Equal(d.roused) {
		return
	}
	if err := d.o.Rouse(at); err != nil {
		d.log.Error("a sleeping machine is not woken for reminders", keyErr, err)
		return
	}
	d.roused = at
}

// alive is the newest instant at which the loop is known to have looked: now,
// unless it should have woken before. A clock that was set back says nothing.
func (d *Daemon) alive(now time.Time) time.Time {
	switch {
	case d.view.Load().turned.IsZero(), d.stalled:
		return d.state.Alive // the first look since the start, or since something can be written again
	case !d.wake.IsZero() && d.wake.Before(now):
		return d.wake
	}
	return now
}

// write commits a batch with the state after it, and keeps account of
// whether that works.
func (d *Daemon) write(ctx context.Context, b journal.Batch, after State, now time.Time) bool {
	err := pass(d.o.At, pointOf(b), func() error { return d.commit(context.WithoutCancel(ctx), b, after) })
	d.fresh = d.fresh || !empty(b) // also when it could not be written: status says so
	if (err == nil) != (d.failing == nil) && (err != nil || !empty(b)) {
		if err != nil {
			d.log.Error("the journal cannot be written", keyErr, err)
		} else {
			d.log.Info("the journal can be written again")
		}
	}
	if err != nil || !empty(b) {
		d.failing = err
	}
	return err == nil
}

// hand gives every sender and watcher its part of the state.
func (d *Daemon) hand() {
	state := d.state
	for _, at := range d.desks {
		at.sender.offer(&state)
		if at.watcher != nil {
			at.watcher.offer(&state)
		}
	}
}

// receipt takes over what reading a receipt brought.
func (d *Daemon) receipt(e journal.Delivery, got receiptRead) {
	d.inbox.put(func(now time.Time) {
		for _, known := range d.state.Deliveries {
			if known.ID == e.ID && !known.ReceiptDone {
				if !d.apply(Acknowledge(d.state, known, got, now), now) {
					time.AfterFunc(retryFirst, func() { d.receipt(e, got) }) // the phone believes that it was heard
				}
			}
		}
	})
}

// outcome takes over what became of a delivery. One that cannot be written
// down is kept and written later: the service has the message.
func (d *Daemon) outcome(o outcome, now time.Time) {
	if !d.apply(record(&d.state, o), now) {
		time.AfterFunc(retryFirst, func() {
			d.inbox.put(func(now time.Time) { d.outcome(o, now) })
		})
	}
}

// apply writes a batch on the present state.
func (d *Daemon) apply(b journal.Batch, now time.Time) bool {
	if empty(b) {
		return true
	}
	after := d.state
	after.Snapshot.Apply(b)
	ok := d.write(d.hard, b, after, now)
	if ok {
		d.note(b)
	}
	return ok
}

// told logs that the service manager could not be told; the reminders go on.
func (d *Daemon) told(err error) {
	if err != nil {
		d.log.Warn("telling the service manager", keyErr, err)
	}
}
