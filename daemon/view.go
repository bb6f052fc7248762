package daemon

import (
	"slices"
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

	settling []string // Daemon.settling
}

// pulse is what the loop is at.
type pulse struct {
	since time.Time // since when
	waits bool
	until time.Time // waits: when it looks again by itself; zero: never
}

// show publishes the state to whoever asks, as of a step at now.
func (d *Daemon) show(now time.Time) {
	if len(d.settling) > 0 {
		now = time.Time{} // whatever was done, it was no step
	}
	d.view.Store(&view{
		state: d.state, config: d.config, opened: d.opened, turned: now, wake: d.wake, settling: slices.Clone(d.settling),
		failing: d.failing, problem: d.problem, held: d.why, doubt: d.doubt, damage: d.o.Damage, needs: d.o.Needs, found: d.found, heart: d.heart,
	})
	if d.fresh {
		d.fresh = false
		d.news.tell()
		d.house.Load().poke()
	}
}
