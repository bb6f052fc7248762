package daemon

import (
	"time"

	"nightbell/daemon/journal"
)

// anyOpen reports whether a receipt is to be read.
func (p *phoneService) anyOpen(s *State) bool {
	for i := range s.Deliveries {
		if d := &s.Deliveries[i]; d.Receipt != "" && !d.ReceiptDone && !p.line(d.Channel).gone {
			return true
		}
	}
	return false
}

// receipt is what reading the receipt of a delivery brings now.
func (l *life) receipt(d *journal.Delivery) (got receiptRead, since time.Time) {
	r := l.phone.rings[d.Receipt]
	switch {
	case r == nil:
		return receiptRead{Gone: true}, l.now
	case !r.acked.IsZero():
		return receiptRead{Acknowledged: true, At: r.acked}, r.acked
	case !r.stopped.IsZero():
		return receiptRead{Expired: true}, r.stopped
	case !r.until.After(l.now):
		return receiptRead{Expired: true}, r.until
	}
	return receiptRead{}, r.until
}

// readAt is when a receipt is read that something can be learnt from: within
// the watcher's pace after it happened. While the channel does not work, it is
// asked for again and again.
func (l *life) readAt(d *journal.Delivery) time.Time {
	_, since := l.receipt(d)
	pace := receiptPace
	if l.o.exact {
		pace = 0
	}
	at := later(since.Add(pace), l.now)
	for {
		if room, full := l.o.Faults.Full(at); full {
			at = room.Add(pace) // nothing that was read could be written down
			continue
		}
		f, troubled := l.o.Faults.Trouble(d.Channel, at)
		if !troubled {
			return at
		}
		at = f.To.Add(pace)
	}
}

// readReceipts reads what is due, or (all) every open one, and reports
// whether anything came of it.
func (l *life) readReceipts(all bool) bool {
	if l.full() {
		return false
	}
	for i := range l.state.Deliveries {
		d := l.state.Deliveries[i]
		if d.Receipt == "" || d.ReceiptDone || l.phone.line(d.Channel).gone || !all && l.readAt(&d).After(l.now) {
			continue
		}
		if _, troubled := l.o.Faults.Trouble(d.Channel, l.now); troubled {
			continue
		}
		got, _ := l.receipt(&d)
		if b := Acknowledge(l.state, d, got, l.clock()); !empty(b) {
			l.acknowledged(d, got, b)
			return true
		}
	}
	return false
}

// acknowledged writes down what a receipt brought.
func (l *life) acknowledged(d journal.Delivery, got receiptRead, b journal.Batch) {
	goes := l.apply(b)
	if goes || l.dies && !l.o.crash.before { // it is in the journal, even if the process died right after
		l.watch.acknowledged(l, d, got, b)
		if len(b.Sessions) > 0 {
			l.regrets()
		}
	}
	if goes {
		l.turn()
	}
}
