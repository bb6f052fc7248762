package daemon

import "nightbell/daemon/journal"

// The points of a push's way at which a process may die, as Options.At hears
// of them. Each is passed twice: before it and after it. What a process leaves
// that dies there is the table of this package's documentation, and
// TestKilledAtEachPoint of cmd/nightbell kills the real program at each.
const (
	pointAnswer   = "answer"   // an answer, with the step that follows where it is one write
	pointReceipt  = "receipt"  // what a receipt said
	pointOutcome  = "outcome"  // what became of a push
	pointStep     = "step"     // a step that has something to send or to take back
	pointPush     = "push"     // the request of a push
	pointWithdraw = "withdraw" // the request that takes one back
	pointPark     = "park"     // the request that leaves one for later
)

// pointOf names the write of a batch; empty: nothing of a push's way is in it.
func pointOf(b journal.Batch) string {
	outcome := false
	for _, e := range b.Events {
		switch e.Kind {
		case "acknowledged":
			return pointReceipt
		case "sent", "parked", "withdrawn", "failed", "refused":
			outcome = true
		}
	}
	switch {
	case len(b.Answers) > 0:
		return pointAnswer
	case outcome:
		return pointOutcome
	case len(b.Deliveries) > 0:
		return pointStep
	}
	return ""
}

// requestOf names the request that a delivery is.
func requestOf(d journal.Delivery) string {
	switch {
	case d.Withdraw:
		return pointWithdraw
	case !d.Parked.IsZero():
		return pointPark
	}
	return pointPush
}

// pass does what is between the two sides of a point.
func pass(at func(string), point string, do func() error) error {
	if at == nil || point == "" {
		return do()
	}
	at("before " + point)
	defer at("after " + point)
	return do()
}
