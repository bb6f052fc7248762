package daemon

import (
	"context"
	"sync"
	"time"
)

// Lapse is the clock of a time-lapse: it runs Rate times as fast as the
// machine's while the loop waits, and stands still while the loop works. So
// the loop is never behind, however fast the clock and however slow the
// machine, and what happens in a time-lapse does not depend on either.
//
// Now, Wait and Doze are an Options' Now, Wait and Doze. They are safe for use
// by several goroutines; Wait is for one at a time.
type Lapse struct {
	rate    float64
	elapsed func() time.Duration // a Stopwatch

	mu      sync.Mutex
	shown   time.Time     // what it showed when it last stood still
	running bool          // the loop waits
	since   time.Duration // when it began to run, by the stopwatch
	until   time.Time     // it runs no further than to here; zero: on and on
}

// The bounds of a rate. Below 1 nothing lapses; a day in a second is as fast
// as anybody can look on.
const (
	LapseLeast = 1
	LapseMost  = 24 * 60 * 60
)

// NewLapse makes a clock that shows from and stands still until somebody waits.
func NewLapse(from time.Time, rate float64, elapsed func() time.Duration) *Lapse {
	return &Lapse{shown: from.Round(0), rate: rate, elapsed: elapsed}
}

// Rate is how many times as fast as the machine's it runs.
func (l *Lapse) Rate() float64 { return l.rate }

// Now is what the clock shows.
func (l *Lapse) Now() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.show()
}

func (l *Lapse) show() time.Time {
	if !l.running {
		return l.shown
	}
	t := l.shown.Add(time.Duration(float64(l.elapsed()-l.since) * l.rate))
	if !l.until.IsZero() && t.After(l.until) {
		return l.until
	}
	return t
}

// run lets the clock run up to until.
func (l *Lapse) run(until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running, l.since, l.until = true, l.elapsed(), until
}

// stop lets it stand still.
func (l *Lapse) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.shown, l.running = l.show(), false
}

// Wait is the loop's Waiter.
func (l *Lapse) Wait(ctx context.Context, until time.Time, wake <-chan struct{}) (Woke, error) {
	if !until.IsZero() && !until.After(l.Now()) {
		return endFirst(ctx, WokeOnTime), nil
	}
	l.run(until)
	defer l.stop()
	// The timer may ring a little early for a clock this fast; the loop looks
	// again then.
	return l.sleep(ctx, until, wake)
}

// Doze is the senders' Waiter. It sleeps on the machine's clock for as long
// as it takes this one to show until if nothing holds it up, and may so
// return early.
func (l *Lapse) Doze(ctx context.Context, until time.Time, wake <-chan struct{}) (Woke, error) {
	return l.sleep(ctx, until, wake)
}

// leastNap keeps a wait on a clock that stands still from spinning.
const leastNap = time.Millisecond

func (l *Lapse) sleep(ctx context.Context, until time.Time, wake <-chan struct{}) (Woke, error) {
	var rang <-chan time.Time
	if !until.IsZero() {
		timer := time.NewTimer(max(time.Duration(float64(until.Sub(l.Now()))/l.rate), leastNap))
		defer timer.Stop()
		rang = timer.C
	}
	select {
	case <-ctx.Done():
		return WokeByEnd, nil
	case <-wake:
		return endFirst(ctx, WokeByChange), nil
	case <-rang:
		return endFirst(ctx, WokeOnTime), nil
	}
}

// meanwhile is by how much the state's clock moves on while d passes for the
// network, whose services know nothing of a time-lapse.
func (s *State) meanwhile(d time.Duration) time.Duration { return lapsed(s.Rate, d) }

// lapsed is by how much a clock of this rate moves on in d; 0: as fast.
func lapsed(rate float64, d time.Duration) time.Duration {
	if rate <= 0 {
		return d
	}
	return time.Duration(float64(d) * rate)
}

// outside is how long d of the state's clock takes for the network.
func (s *State) outside(d time.Duration) time.Duration {
	if s.Rate <= 0 {
		return d
	}
	return time.Duration(float64(d) / s.Rate)
}

// lapse is the rate for a document, nil on the real clock.
func (s *State) lapse() *float64 {
	if s.Rate <= 0 {
		return nil
	}
	rate := s.Rate
	return &rate
}
