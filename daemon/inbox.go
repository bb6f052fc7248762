package daemon

import (
	"context"
	"errors"
	"sync"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
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
		if ctx.Err() != nil { // whoever asked has been told that it did not work
			done <- result{err: ctx.Err()}
			return
		}
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
