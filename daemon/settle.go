package daemon

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"nightbell/daemon/config"
	"nightbell/daemon/journal"
	"nightbell/notify"
)

// settleWithin bounds settling (daemon.md, Shape).
const settleWithin = 30 * time.Second

// settle has the answers read that came while the daemon was away, the replies
// and the open receipts, on all channels at once. Until they are, or their time
// is over, the loop carries out what people ask for and makes no step, so
// nothing goes out.
func (d *Daemon) settle(ctx context.Context) {
	defer close(d.settled)
	within, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	d.heard = map[string]string{}
	for _, o := range d.opened {
		d.settleOn(within, o)
	}
	if len(d.settling) > 0 {
		d.log.Info(settlingWords(d.settling))
		d.told(SystemdStatus("starting: " + settlingWords(d.settling)))
	}
	d.show(time.Time{})
	for len(d.settling) > 0 && ctx.Err() == nil {
		d.pulse.Store(&pulse{since: d.now(), waits: true})
		select {
		case <-d.inbox.wake:
		case <-ctx.Done():
		}
		now := d.now()
		d.pulse.Store(&pulse{since: now})
		for _, f := range d.inbox.take() {
			f(now)
		}
		d.show(time.Time{})
	}
}

// settleOn has the answers on one channel read, if any can wait there. The loop
// hears of its end behind the last of them.
func (d *Daemon) settleOn(ctx context.Context, o config.Opened) {
	var open []journal.Delivery
	for _, e := range d.state.Deliveries {
		if e.Channel == o.Name && e.Receipt != "" && !e.ReceiptDone {
			open = append(open, e)
		}
	}
	l := d.listener(o)
	from, ok := o.Channel.(notify.Receipter)
	if l == nil && (!ok || len(open) == 0) {
		return
	}
	d.settling = append(d.settling, o.Name)
	d.people.Go(func() {
		if l != nil {
			l.settle(ctx)
		}
		if ok && len(open) > 0 {
			// The process before this one may have read a receipt a moment ago.
			if _, err := d.o.Doze(ctx, d.now().Add(d.o.Receipts), nil); err == nil && ctx.Err() == nil {
				newWatcher(o.Name, from, d.log, d.now, d.receipt).settle(ctx, open)
			}
		}
		d.inbox.put(func(time.Time) {
			if l != nil {
				d.heard[o.Name] = l.cursor()
			}
			d.settling = slices.DeleteFunc(d.settling, func(name string) bool { return name == o.Name })
		})
	})
}

// settlingWords says what is waited for before the first step; "": nothing.
func settlingWords(on []string) string {
	if len(on) == 0 {
		return ""
	}
	return fmt.Sprintf("reading what was answered meanwhile on %s; no reminder is sent before that, for at most %s", strings.Join(on, ", "), settleWithin)
}
