package simulate

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// chance draws random numbers by name.
type chance uint64

// of is the source of one name. Two names have independent sources.
func (c chance) of(what, name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(what))
	h.Write([]byte{0})
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(uint64(c), h.Sum64()))
}

// Spread is a length of time that varies: between Mean x (1 - Share) and
// Mean x (1 + Share), each length as likely as another.
type Spread struct {
	Mean  time.Duration
	Share float64 // 0 to 1; 0: always Mean
}

// draw is one length, in whole seconds.
func (s Spread) draw(r *rand.Rand) time.Duration {
	return time.Duration(float64(s.Mean) * (1 + s.Share*(2*r.Float64()-1))).Truncate(time.Second)
}

// between is a length of from to to, in whole minutes.
func between(r *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(r.Int64N(int64((to-from)/time.Minute)+1))*time.Minute
}

// times turns an expected number into a whole one: 1.3 is 1, and 2 in three
// of ten.
func times(r *rand.Rand, expected float64) int {
	n := int(expected)
	if r.Float64() < expected-float64(n) {
		n++
	}
	return n
}
