package daemon

import "nightbell/daemon/journal"

// The points of a push's way, and of a copy's to Baby Buddy, at which a process
// may die, as Options.At hears of them. Each is passed twice: before it and
// after it. What a process leaves that dies there is the table of this package's
// documentation, and TestKilledAtEachPoint of cmd/nightbell and its like kill
// the real program at each.
const (
	pointAnswer   = "answer"   // an answer, with the step that follows where it is one write
	pointReceipt  = "receipt"  // what a receipt said
	pointOutcome  = "outcome"  // what became of a push
	pointClose    = "close"    // a step that closes a reminder that nobody answered
	pointStep     = "step"     // any other step that changes a reminder, or has something to send or to take back
	pointPush     = "push"     // the request of a push
	pointWithdraw = "withdraw" // the request that takes one back
	pointPark     = "park"     // the request that leaves one for later
	pointGive     = "give"     // the request that copies a session to Baby Buddy
	pointLink     = "link"     // what stands in Baby Buddy too, once a step there is done
)

// pointOf names the write of a batch; empty: nothing of a push's way is in it.
func pointOf(b journal.Batch) string {
	for _, d := range b.Deliveries {
		if d.ReceiptDone {
			return pointReceipt
		}
	}
	if len(b.Answers) > 0 {
		return pointAnswer
	}
	for _, e := range b.Events {
		switch e.Kind {
		case "sent", "parked", "withdrawn", "failed", "refused":
			return pointOutcome
		}
	}
	for _, r := range b.Reminders {
		if r.State != journal.Open {
			return pointClose
		}
	}
	if len(b.Deliveries)+len(b.Reminders) > 0 {
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
