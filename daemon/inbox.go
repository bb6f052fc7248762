package daemon

import (
	"context"
	"errors"
	"sync"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/planner"
)

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

// atOnce is how much the loop does between two looks at the clock. A request
// costs its commit, about 2 ms: with four, somebody who posts without end
// delays a reminder by some 10 ms.
const atOnce = 4

// take takes the oldest, at most atOnce, and wakes the loop again for the rest.
func (b *inbox) take() []func(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := min(len(b.todo), atOnce)
	todo := b.todo[:n:n]
	if b.todo = b.todo[n:]; len(b.todo) > 0 {
		poke(b.wake)
	}
	return todo
}

// pass returns when the loop has made the step after everything that was in
// the inbox, or ctx ends.
func (b *inbox) pass(ctx context.Context) {
	// The step comes after a round of the loop: what is put once the first of
	// these was done belongs to the next round.
	for range 2 {
		passed := make(chan struct{})
		if !b.put(func(time.Time) { close(passed) }) {
			return
		}
		select {
		case <-passed:
		case <-ctx.Done():
			return
		}
	}
}

// end refuses whatever comes later and returns what is still there.
func (b *inbox) end() []func(now time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ended = true
	return b.todo
}

// ErrStopped is the answer to whoever asks a daemon that is stopping.
var ErrStopped = errors.New("the daemon is stopping")

// inLoop has the loop do something for whoever asks, and waits for it.
func inLoop[T any](ctx context.Context, d *Daemon, do func(now time.Time) (T, error)) (T, error) {
	type result struct {
		got T
		err error
	}
	var none T
	done := make(chan result, 1)
	if !d.inbox.put(func(now time.Time) {
		if ctx.Err() != nil { // whoever asked has been told that it did not work
			done <- result{err: ctx.Err()}
			return
		}
		got, err := do(now)
		done <- result{got, err}
	}) {
		return none, web.Unavailable("%w", ErrStopped)
	}
	select {
	case r := <-done:
		return r.got, r.err
	case <-ctx.Done():
		return none, web.Unavailable("waiting for the daemon's loop: %w", ctx.Err())
	}
}

// Do carries a request out in the loop; when it returns, the change is on
// disk and the plan follows it.
func (d *Daemon) Do(ctx context.Context, q web.Request) (web.Reply, error) {
	return inLoop(ctx, d, func(now time.Time) (web.Reply, error) { return d.handle(ctx, q, now) })
}

// handle carries a request out: the change and the step that follows from it
// are one transaction.
func (d *Daemon) handle(ctx context.Context, q web.Request, now time.Time) (web.Reply, error) {
	b, reply, err := d.decide(ctx, q, now)
	if err != nil {
		return reply, err
	}
	if q.What == web.Unpark {
		d.state.Leaving = now.Add(leaveWithin)
	}
	plan, err := d.carry(ctx, b, now)
	switch {
	case err != nil:
		return web.Reply{}, err
	case q.What == web.Unpark:
		return d.state.unparked(now), nil
	}
	return d.fill(q, reply, plan), nil
}

// carry writes a change down together with the step that follows from it; while
// answers are still being read, without one, as where no daemon runs: a step
// would let lapse, or tell, what somebody may have answered.
func (d *Daemon) carry(ctx context.Context, b journal.Batch, now time.Time) (planner.Plan, error) {
	after, written := d.state, false
	if !after.Snapshot.Apply(b) {
		// What it took away stood in front of rows that are not in memory.
		if !d.write(ctx, b, after, now) {
			return planner.Plan{}, unwritten(d.failing)
		}
		if err := d.load(d.hard); err != nil {
			return planner.Plan{}, err
		}
		b, after, written = journal.Batch{}, d.state, true
	}
	after.follow()
	after.Alive = d.alive(now)
	r := Result{State: after}
	if len(d.settling) == 0 {
		r = Step(after, now)
	} else {
		r.Plan = after.plan(now)
	}
	b = join(b, r.Batch)
	if !d.write(ctx, b, r.State, now) {
		if !written {
			return planner.Plan{}, unwritten(d.failing)
		}
		b = journal.Batch{} // what was asked for stands, and the loop makes the step again
	}
	d.note(b)
	d.show(now)
	return r.Plan, nil
}
