package daemon

import "time"

// outageWatch checks what comes after the machine was away.
type outageWatch struct {
	gone  time.Time // true: since when the machine has been away; zero: it is not
	back  time.Time // clock: when it returned; what is due from then on is not of the time away
	until time.Time // true: what is pushed before comes of the return
	keys  map[string]bool
}

// returnTime is how long after a return a push still comes of it: reading
// receipts and a clock that is not to be trusted hold it for so long.
const returnTime = 3 * time.Minute

// begin begins to look after the machine was away for so long, if that is an
// outage and it ended by day.
func (o *outageWatch) begin(l *life, w *promiseWatch, away time.Duration) {
	_, _, asleep := w.routine.Asleep(l.clock())
	if away > w.giveUp && !asleep {
		o.back, o.until, o.keys = l.clock(), l.now.Add(returnTime), map[string]bool{}
	}
}

func (o *outageWatch) end() { o.until = time.Time{} }

func (o *outageWatch) push(l *life, w *promiseWatch, key string) {
	if !l.now.Before(o.until) || o.keys[key] {
		return
	}
	if r := l.state.reminder(key); r != nil && !r.Due.Before(o.back) && r.Kind != kindStanding {
		return
	}
	o.keys[key] = true
	if len(o.keys) > 1 {
		w.breaks(l, LineOutage, "%d messages", len(o.keys))
	}
}
