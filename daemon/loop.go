package daemon

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
)

// Options are what a Daemon is made from. Fields without a comment are required.
type Options struct {
	Journal  *journal.Journal
	Dir      string // the data folder
	Config   *config.Config
	Opened   []config.Opened
	Secret   Secret // makes the keys of buttons; empty: no buttons
	Now      func() time.Time
	Wait     Waiter  // the loop's
	Doze     Waiter  // the senders'; nil: one on a Go timer, for a retry's seconds
	Rate     float64 // how many times as fast as the machine's the clock of Now and Wait runs; 0: it is the machine's
	Log      *slog.Logger
	Built    time.Time                                       // when the program was built; zero: not known
	Synced   func() (bool, error)                            // whether the system says its clock is synchronised
	Reload   func() (*config.Config, []config.Opened, error) // reads the configuration again; nil: never
	Receipts time.Duration                                   // the services' pace of reading receipts; 0: 5 s (Pushover's rule)
	Rested   func()                                          // called when the daily work is over; nil: nothing
	Ready    func(where string)                              // called once, after the first step
	Watch    time.Duration                                   // how often the service manager wants to hear; 0: never
	Problem  error                                           // why the file is not in force and a copy is; nil: it is
	Damage   string                                          // what happened to the journal, for people; empty: nothing
	Needs    []string                                        // what else a person should know from the start on, with what to do
}

// Daemon is the running thing: the loop around Step, its senders and watchers.
type Daemon struct {
	core
	o     Options
	inbox inbox

	desks  map[string]*channelDesk
	people sync.WaitGroup  // senders, watchers and the housekeeper
	hard   context.Context // ends when even what is under way is to end

	wake    time.Time // what the last step asked for
	looked  time.Time // when the last step was made
	held    time.Time // until then nothing is sent: the clock is not to be trusted
	why     error     // why the clock is not to be trusted
	failing error     // why the last commit did not work; nil: it did
	problem error     // of the configuration file
	chores  time.Time // when the daily work is due next
	found   error     // what the last daily work found wrong

	view atomic.Pointer[view]
}

// view is what others than the loop may look at. It is never changed.
type view struct {
	state   State
	config  *config.Config
	opened  []config.Opened
	turned  time.Time // when the loop last finished a step
	wake    time.Time
	failing error
	problem error
	held    error
	damage  string
	needs   []string
	found   error
}

// inbox holds what the loop is to do besides stepping.
type inbox struct {
	mu    sync.Mutex
	todo  []func(now time.Time)
	wake  chan struct{}
	ended bool
}

func (b *inbox) put(f func(now time.Time)) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		return false
	}
	b.todo = append(b.todo, f)
	poke(b.wake)
	return true
}

func (b *inbox) take() []func(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	todo := b.todo
	b.todo = nil
	return todo
}

// end refuses whatever comes later and returns what is still there.
func (b *inbox) end() []func(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	return b.todo
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
	d := &Daemon{o: o, problem: o.Problem, inbox: inbox{wake: make(chan struct{}, 1)}}
	d.core = core{journal: o.Journal, dir: o.Dir, log: o.Log, now: o.Now}
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

// holdMost is how long pushes wait for a clock that is not to be trusted.
const holdMost = 2 * time.Minute

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
		for _, f := range d.inbox.take() {
			f(now)
		}
		d.turn(ctx, now)
		if first {
			first = false
			where := d.Where()
			d.told(SystemdReady(""))
			d.o.Ready(where)
		}
		if d.o.Watch > 0 {
			d.told(SystemdAlive())
		}
		until := d.wake
		if d.o.Watch > 0 {
			until = sooner(until, now.Add(d.o.Watch))
		}
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
	if now.Before(d.looked) {
		d.apply(setBack(&d.state, d.looked.Sub(now)), now)
	}
	d.looked = now
	d.state.Alive = d.alive(now)
	r := Step(d.state, now)
	if !d.write(ctx, r.Batch, r.State, now) {
		d.wake = now.Add(d.state.meanwhile(retryFirst))
		d.show(now)
		return
	}
	d.note(r.Batch)
	d.wake = r.Wake
	d.housekeeping(now)
	d.show(now)
	if d.release(now) {
		d.hand()
	}
}

// alive is the newest instant at which the loop is known to have looked: now,
// unless it should have woken before. A clock that was set back says nothing.
func (d *Daemon) alive(now time.Time) time.Time {
	switch {
	case d.view.Load().turned.IsZero():
		return d.state.Alive // the first look since the start
	case !d.wake.IsZero() && d.wake.Before(now):
		return d.wake
	}
	return now
}

// write commits a batch with the state after it, and keeps account of
// whether that works.
func (d *Daemon) write(ctx context.Context, b journal.Batch, after State, now time.Time) bool {
	err := d.commit(context.WithoutCancel(ctx), b, after)
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

// release tells whether pushes may go: the clock is to be trusted, or has
// been waited for long enough.
func (d *Daemon) release(now time.Time) bool {
	if d.why == nil {
		return true
	}
	ok, err := d.o.Synced()
	if !ok && err == nil && now.Before(d.held) && now.After(d.held.Add(-2*holdMost)) {
		d.wake = sooner(d.wake, now.Add(retryFirst))
		return false
	}
	if !ok {
		d.log.Warn("reminding by a clock that may be wrong", keyErr, d.why)
	}
	d.why = nil
	return true
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

// show publishes the state to whoever asks.
func (d *Daemon) show(now time.Time) {
	d.view.Store(&view{
		state: d.state, config: d.config, opened: d.opened, turned: now, wake: d.wake,
		failing: d.failing, problem: d.problem, held: d.why, damage: d.o.Damage, needs: d.o.Needs, found: d.found,
	})
}

// note logs what a user would notice.
func (d *Daemon) note(b journal.Batch) {
	for _, e := range b.Events {
		args := []any{keyKind, e.Kind}
		if r := d.state.reminder(e.Reminder); r != nil {
			args = append(args, keyReminder, r.Kind, "due", r.Due.In(d.state.Routine.Location).Format(time.RFC3339))
		}
		if e.Channel != "" {
			args = append(args, keyChannel, e.Channel)
		}
		switch e.Kind {
		case "failed", "refused":
			d.log.Warn("reminder", append(args, keyErr, e.Text)...)
		default:
			d.log.Info("reminder", args...)
		}
	}
}

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
	at.sender = newSender(o.Name, o.Channel, d.now, d.o.Doze, func(got outcome) {
		d.inbox.put(func(now time.Time) { d.outcome(got, now) })
	})
	d.people.Go(func() { d.ended(at.sender.run(ctx, d.hard)) })
	if at.listener = d.listener(o); at.listener != nil {
		d.people.Go(func() { d.ended(at.listener.run(ctx)) })
	}
	if from, ok := o.Channel.(notify.Receipter); ok {
		at.watcher = newWatcher(o.Name, from, d.log, d.receipt)
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
	return &listener{
		name: o.Name, from: from, log: d.log, doze: d.o.Doze, now: d.now, rate: d.o.Rate, since: d.state.health(o.Name).Cursor,
		report: func(channel string, got notify.Reply) {
			d.inbox.put(func(now time.Time) { d.replied(channel, got, now) })
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
	d.people.Wait()
}

// settle reads the answers that came while the daemon was away: the replies
// and the open receipts, all channels at once.
func (d *Daemon) settle(ctx context.Context) {
	var open []journal.Delivery
	for _, e := range d.state.Deliveries {
		if e.Receipt != "" && !e.ReceiptDone {
			open = append(open, e)
		}
	}
	ctx, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	var all sync.WaitGroup
	for _, o := range d.opened {
		if l := d.listener(o); l != nil {
			all.Go(func() { l.settle(ctx) })
		}
		if from, ok := o.Channel.(notify.Receipter); ok && len(open) > 0 {
			w := newWatcher(o.Name, from, d.log, d.receipt)
			all.Go(func() {
				// The process before this one may have read a receipt a moment ago.
				if _, err := d.o.Doze(ctx, d.now().Add(d.o.Receipts), nil); err == nil && ctx.Err() == nil {
					w.settle(ctx, open)
				}
			})
		}
	}
	all.Wait()
}

// receipt takes over what reading a receipt brought.
func (d *Daemon) receipt(e journal.Delivery, got receiptRead) {
	d.inbox.put(func(now time.Time) {
		for _, known := range d.state.Deliveries {
			if known.ID == e.ID && !known.ReceiptDone {
				d.apply(Acknowledge(d.state, known, got, now), now)
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

// ErrStopped is the answer to whoever asks a daemon that is stopping.
var ErrStopped = errors.New("the daemon is stopping")

// Do carries a request out in the loop; when it returns, the change is on
// disk and the plan follows it.
func (d *Daemon) Do(ctx context.Context, q web.Request) (web.Reply, error) {
	type result struct {
		reply web.Reply
		err   error
	}
	done := make(chan result, 1)
	if !d.inbox.put(func(now time.Time) {
		reply, err := d.handle(ctx, q, now)
		done <- result{reply, err}
	}) {
		return web.Reply{}, web.Unavailable("%w", ErrStopped)
	}
	select {
	case r := <-done:
		return r.reply, r.err
	case <-ctx.Done():
		return web.Reply{}, web.Unavailable("waiting for the daemon's loop: %w", ctx.Err())
	}
}

// handle carries a request out: the change and the step that follows from it
// are one transaction.
func (d *Daemon) handle(ctx context.Context, q web.Request, now time.Time) (web.Reply, error) {
	b, reply, err := d.decide(ctx, q, now)
	if err != nil {
		return reply, err
	}
	after := d.state
	if !after.Snapshot.Apply(b) {
		// What it took away stood in front of rows that are not in memory.
		if !d.write(ctx, b, after, now) {
			return web.Reply{}, unwritten(d.failing)
		}
		if err := d.load(d.hard); err != nil {
			return web.Reply{}, err
		}
		b, after = journal.Batch{}, d.state
	}
	after.Alive = d.alive(now)
	r := Step(after, now)
	b = join(b, r.Batch)
	if !d.write(ctx, b, r.State, now) {
		return web.Reply{}, unwritten(d.failing)
	}
	d.note(b)
	d.show(now)
	return d.fill(q, reply, r.Plan), nil
}

// Reload reads the configuration again. An invalid file changes nothing.
func (d *Daemon) Reload(ctx context.Context) {
	if d.o.Reload == nil {
		return
	}
	cfg, opened, err := d.o.Reload()
	d.inbox.put(func(now time.Time) {
		if err != nil {
			if d.problem == nil || d.problem.Error() != err.Error() {
				d.log.Error("the configuration file has a problem; the one before it stays in force", keyErr, err)
			}
			d.problem = err
			return
		}
		if d.problem == nil && string(cfg.Text) == string(d.config.Text) {
			return
		}
		d.told(SystemdReloading())
		d.log.Info("the configuration was read again")
		d.problem = nil
		d.use(cfg, opened, d.o.Secret)
		d.staff(ctx)
		d.told(SystemdReady(""))
	})
}

// told logs that the service manager could not be told; the reminders go on.
func (d *Daemon) told(err error) {
	if err != nil {
		d.log.Warn("telling the service manager", keyErr, err)
	}
}

// announce says where things stand when the daemon starts, at any hour.
func (d *Daemon) announce() {
	now := d.now()
	if d.problem != nil {
		d.say(kindConfig, now, "The configuration file has a problem. Reminders go on with the last good one. See: nightbell status")
	}
	if d.o.Damage != "" {
		d.say(kindJournal, now, "The journal was damaged and set aside. Reminders go on from a backup. See: nightbell status")
	}
}

// say opens a line when the loop begins.
func (d *Daemon) say(kind string, now time.Time, text string) {
	for _, r := range d.state.Reminders {
		if r.Kind == kind && r.Text == text && now.Sub(r.Opened) < 24*time.Hour {
			return // said already: a restart is no reason to say it again
		}
	}
	p := stepper{State: d.state, now: now}
	due := now
	if _, to, asleep := d.state.Routine.Asleep(now); asleep && kind == kindConfig {
		due = to // reminders go on, so this can wait for the morning
	}
	p.say(kind, now, due, text)
	d.apply(p.out, now)
}
