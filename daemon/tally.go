package daemon

import (
	"slices"
	"sync"
	"time"

	"nightbell/daemon/journal"
	"nightbell/daemon/web"
	"nightbell/notify"
)

// tally counts what the daemon did since it started, for the metrics. It keeps
// plain numbers; they become metrics only when somebody asks.
type tally struct {
	mu     sync.Mutex
	due    map[string]uint64 // reminders that came due, by kind
	pushes map[pushOf]uint64
	after  []uint64 // how many pushes were accepted within each of latenessBounds, not cumulated
	beyond uint64   // those after the last of them
	sum    time.Duration

	ignored map[string]*web.IgnoredDoc // replies that changed nothing, by channel
}

// ignoring counts a reply that changed nothing; which picks the reason.
func (t *tally) ignoring(channel string, which func(*web.IgnoredDoc) *int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ignored == nil {
		t.ignored = map[string]*web.IgnoredDoc{}
	}
	if t.ignored[channel] == nil {
		t.ignored[channel] = &web.IgnoredDoc{}
	}
	*which(t.ignored[channel])++
}

// ignoredOn is what was ignored on a channel so far.
func (t *tally) ignoredOn(channel string) web.IgnoredDoc {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := t.ignored[channel]; n != nil {
		return *n
	}
	return web.IgnoredDoc{}
}

// countIgnored completes the documents of the channels through which replies
// come.
func (d *Daemon) countIgnored(channels []web.ChannelDoc, v *view) {
	for i, ch := range channels {
		for _, o := range v.opened {
			if _, replies := o.Channel.(notify.Replier); replies && o.Name == ch.Name {
				ignored := d.tally.ignoredOn(ch.Name)
				channels[i].RepliesIgnored = &ignored
			}
		}
	}
}

func forged(n *web.IgnoredDoc) *int      { return &n.Forged }
func expired(n *web.IgnoredDoc) *int     { return &n.Expired }
func repeatedTap(n *web.IgnoredDoc) *int { return &n.Repeated }

// pushOf says which pushes are counted together.
type pushOf struct{ kind, channel, outcome string }

// latenessBounds are from "at once" (a push takes some milliseconds to the
// wire), over the 10 and 30 s after which the next channel takes over, to the
// hour after which a reminder has lapsed.
func latenessBounds() []time.Duration {
	const ms = time.Millisecond
	return []time.Duration{
		10 * ms, 50 * ms, 100 * ms, 250 * ms, 500 * ms, time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 30 * time.Second,
		time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour,
	}
}

// count adds what a batch wrote down, in the state after it.
func (t *tally) count(b journal.Batch, s *State) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.due == nil {
		t.due, t.pushes, t.after = map[string]uint64{}, map[pushOf]uint64{}, make([]uint64, len(latenessBounds()))
	}
	for _, e := range b.Events {
		r := s.reminder(e.Reminder)
		if r == nil {
			continue
		}
		switch {
		case e.Channel != "":
			t.pushes[pushOf{r.Kind, e.Channel, e.Kind}]++
		case e.Kind == "opened":
			t.due[r.Kind]++
		}
		if d := accepted(b, e); d != nil && e.Kind == "sent" {
			t.took(lateness(*r, *d))
		}
	}
}

// accepted is the delivery that an event tells of: that a service took it.
func accepted(b journal.Batch, e journal.Event) *journal.Delivery {
	for i, d := range b.Deliveries {
		if d.Reminder == e.Reminder && d.Channel == e.Channel && d.State == journal.Sent && d.Done.Equal(e.At) {
			return &b.Deliveries[i]
		}
	}
	return nil
}

// lateness is how long after its instant a push was accepted: the first of a
// burst after what the burst was for, a repeat after it was queued.
func lateness(r journal.Reminder, d journal.Delivery) time.Duration {
	from := d.Created
	if d.Round == 1 && d.Burst == r.Burst && r.From.Before(from) {
		from = r.From
	}
	return max(0, d.Done.Sub(from))
}

func (t *tally) took(d time.Duration) {
	t.sum += d
	bounds := latenessBounds()
	if i := slices.IndexFunc(bounds, func(b time.Duration) bool { return d <= b }); i >= 0 {
		t.after[i]++
		return
	}
	t.beyond++
}
