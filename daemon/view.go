package daemon

import (
	"time"

	"nightbell/daemon/config"
)

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
	doubt   error
	damage  string
	needs   []string
	found   error
	heart   heart
}

// pulse is what the loop is at.
type pulse struct {
	since time.Time // since when
	waits bool
	until time.Time // waits: when it looks again by itself; zero: never
}

// show publishes the state to whoever asks.
func (d *Daemon) show(now time.Time) {
	d.view.Store(&view{
		state: d.state, config: d.config, opened: d.opened, turned: now, wake: d.wake,
		failing: d.failing, problem: d.problem, held: d.why, doubt: d.doubt, damage: d.o.Damage, needs: d.o.Needs, found: d.found, heart: d.heart,
	})
	if d.fresh {
		d.fresh = false
		d.news.tell()
		d.house.Load().poke()
	}
}
