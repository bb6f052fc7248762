package web

import (
	"sync"
	"time"
)

// Of wrong keys, tokens and links so many are answered at once, and then one
// every so often; the others are only told to wait. Nobody guesses 128 random
// bits at any rate, so this keeps log and processor quiet, and a right one is
// let in meanwhile: whoever hammers at the door locks nobody out. The command
// line does not come by here at all.
const (
	wrongAtOnce = 10
	wrongEvery  = 6 * time.Second
)

// Of one login's requests so many are carried out at once, and then one every
// so often: far more than a page of a few tabs or a scraper needs.
const (
	askedAtOnce = 120
	askedEvery  = 50 * time.Millisecond
)

// bucket lets most through at once and one more with every interval. The zero
// bucket is full.
type bucket struct {
	spent float64
	at    time.Time
}

// take tells whether one more may pass at now, and if not, when one may.
func (b *bucket) take(now time.Time, most int, every time.Duration) (ok bool, wait time.Duration) {
	if passed := now.Sub(b.at); passed > 0 && !b.at.IsZero() {
		b.spent = max(0, b.spent-float64(passed)/float64(every))
	}
	b.at = now // a clock set back only makes it wait from there
	if b.spent+1 > float64(most) {
		return false, time.Duration((b.spent + 1 - float64(most)) * float64(every))
	}
	b.spent++
	return true, 0
}

// brake counts what comes in over TCP.
type brake struct {
	mu     sync.Mutex
	wrong  bucket
	asked  map[int64]*bucket // by login; 0: this machine, without one
	engage func()            // called when wrong ones begin to be told to wait
	held   bool
}

// try counts a wrong key.
func (b *brake) try(now time.Time) (ok bool, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	ok, wait = b.wrong.take(now, wrongAtOnce, wrongEvery)
	if !ok && !b.held {
		b.engage() // once, until a minute went by without
	}
	b.held = !ok || b.held && b.wrong.spent > 1
	return ok, wait
}

// ask counts a request of a login.
func (b *brake) ask(login int64, now time.Time) (ok bool, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.asked == nil {
		b.asked = map[int64]*bucket{}
	}
	of := b.asked[login]
	if of == nil {
		of = &bucket{}
		b.asked[login] = of
	}
	return of.take(now, askedAtOnce, askedEvery)
}
