package daemon

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"nightbell/daemon/journal"
	"nightbell/notify"
)

// receiptRead is what reading a delivery's receipt brought.
type receiptRead = notify.Receipt

// watcher reads the open receipts of one channel in turn. The channel itself
// keeps the service's pace; without open receipts the watcher sleeps.
type watcher struct {
	name   string
	from   notify.Receipter
	log    *slog.Logger
	report func(journal.Delivery, receiptRead)

	now func() time.Time

	mu    sync.Mutex
	open  []journal.Delivery
	heard time.Time       // when one was last read, or the first of them came; zero: none is open
	told  map[string]bool // reported, and not yet seen as done
	wake  chan struct{}
}

func newWatcher(name string, from notify.Receipter, log *slog.Logger, now func() time.Time, report func(journal.Delivery, receiptRead)) *watcher {
	return &watcher{name: name, from: from, log: log, now: now, report: report, told: map[string]bool{}, wake: make(chan struct{}, 1)}
}

// offer tells the watcher which receipts are open.
func (w *watcher) offer(state *State) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open = w.open[:0]
	for _, d := range state.Deliveries {
		if d.Channel == w.name && d.Receipt != "" && !d.ReceiptDone {
			w.open = append(w.open, d)
			continue
		}
		delete(w.told, d.ID)
	}
	switch {
	case len(w.open) == 0:
		w.heard = time.Time{}
		return
	case w.heard.IsZero():
		w.heard = w.now()
	}
	poke(w.wake)
}

// heardAt is when reading is last known to have worked by now.
func (w *watcher) heardAt(now time.Time) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.heard.IsZero() || w.heard.After(now) {
		return now
	}
	return w.heard
}

// after returns the open receipt that follows the one read last.
func (w *watcher) after(last string) (journal.Delivery, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.open) == 0 {
		return journal.Delivery{}, false
	}
	i := slices.IndexFunc(w.open, func(d journal.Delivery) bool { return d.ID == last })
	for n := range w.open {
		if d := w.open[(i+1+n)%len(w.open)]; !w.told[d.ID] {
			return d, true
		}
	}
	return journal.Delivery{}, false
}

// run reads until ctx ends.
func (w *watcher) run(ctx context.Context) error {
	last := ""
	failing := false
	for ctx.Err() == nil {
		d, ok := w.after(last)
		if !ok {
			select {
			case <-w.wake:
			case <-ctx.Done():
			}
			continue
		}
		last = d.ID
		got, err := w.read(ctx, d.Receipt)
		if ctx.Err() != nil {
			break
		}
		if (err != nil) != failing {
			failing = err != nil
			w.log.Info("reading receipts", keyChannel, w.name, keyOK, !failing, keyErr, err)
		}
		if err != nil {
			continue
		}
		w.mu.Lock()
		w.heard = w.now()
		w.mu.Unlock()
		w.tell(d, got)
	}
	return nil
}

func (w *watcher) read(ctx context.Context, receipt string) (got receiptRead, err error) {
	err = contain(w.log, w.name, func() (err error) {
		got, err = w.from.Receipt(ctx, receipt)
		return err
	})
	return got, err
}

// tell reports what was read, if anything can come of it.
func (w *watcher) tell(d journal.Delivery, got receiptRead) {
	if got.Acknowledged || got.Expired || got.Gone {
		w.mu.Lock()
		w.told[d.ID] = true
		w.mu.Unlock()
	}
	w.report(d, got)
}

// settle reads every open receipt once: what the phone answered while the
// daemon was away, before anything is sent late.
func (w *watcher) settle(ctx context.Context, open []journal.Delivery) {
	for _, d := range open {
		if d.Channel != w.name {
			continue
		}
		if got, err := w.read(ctx, d.Receipt); err == nil {
			w.tell(d, got)
		} else {
			w.log.Info("reading receipts", keyChannel, w.name, keyErr, err)
		}
	}
}
