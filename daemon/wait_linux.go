package daemon

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	sys "golang.org/x/sys/unix"
)

// NewWaiter gives a waiter on a kernel timer that follows the wall clock. It
// fires at the instant itself, after a suspend that lasted beyond it, and at
// once when the clock is set; newer kernels report the end of every suspend as
// a jump. In between it costs nothing: the reader is parked in the runtime's
// poller. now is the wall clock, the one the kernel has; time-lapse and tests
// bring another Waiter instead.
//
// close ends a waiter that is still waiting (with an error) and returns when
// the reader has ended. Where the kernel refuses a timer, the portable waiter
// takes its place.
func NewWaiter(now func() time.Time) (Waiter, func() error, error) {
	w, err := newWallTimer(now)
	if errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.EPERM) {
		// A sandbox without timerfd: 15 s late is better than not at all.
		return pollingWaiter(now), func() error { return nil }, nil
	}
	if err != nil {
		return nil, nil, err
	}
	return w.wait, w.close, nil
}

// wallTimer is one timerfd and the goroutine that reads it.
type wallTimer struct {
	now  func() time.Time
	file *os.File
	conn syscall.RawConn
	rang chan error    // nil: expired; ECANCELED: the clock was set; closed: the reader ended
	quit chan struct{} // closed by close
}

func newWallTimer(now func() time.Time) (*wallTimer, error) {
	fd, err := sys.TimerfdCreate(sys.CLOCK_REALTIME, sys.TFD_NONBLOCK|sys.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("make a timer on the wall clock: %w", err)
	}
	// Non-blocking, so NewFile hands it to the runtime's poller; no thread waits.
	file := os.NewFile(uintptr(fd), "timerfd")
	conn, err := file.SyscallConn()
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("make a timer on the wall clock: %w", err)
	}
	w := &wallTimer{now: now, file: file, conn: conn, rang: make(chan error, 1), quit: make(chan struct{})}
	go w.read()
	return w, nil
}

// read hands on every expiry and every jump, also those between two waits,
// until close. A jump is never dropped: the send blocks until a wait takes it.
func (w *wallTimer) read() {
	defer close(w.rang)
	var expiries [8]byte
	for {
		_, err := w.file.Read(expiries[:])
		if errors.Is(err, os.ErrClosed) {
			return
		}
		select {
		case w.rang <- err:
		case <-w.quit:
			return
		}
		if err != nil && !errors.Is(err, syscall.ECANCELED) {
			return
		}
	}
}

func (w *wallTimer) close() error {
	select {
	case <-w.quit:
		return nil
	default:
	}
	close(w.quit)
	err := w.file.Close()
	for range w.rang { // until the reader has ended
	}
	return err
}

// wait is the Waiter.
func (w *wallTimer) wait(ctx context.Context, until time.Time, wake <-chan struct{}) (Woke, error) {
	// A second early expiry of one wait is no leftover: the kernel says it is
	// time and now says it is not. That is a jump, and never a busy loop.
	for early := 0; ; {
		if !until.IsZero() && !w.now().Before(until) {
			return endFirst(ctx, WokeOnTime), nil
		}
		if err := w.arm(until); errors.Is(err, syscall.ECANCELED) {
			return endFirst(ctx, WokeByClock), nil
		} else if err != nil {
			return 0, fmt.Errorf("set the timer on the wall clock: %w", err)
		}
		select {
		case <-ctx.Done():
			return WokeByEnd, nil
		case <-wake:
			return endFirst(ctx, WokeByChange), nil
		case err, ok := <-w.rang:
			switch {
			case !ok:
				return 0, fmt.Errorf("wait for the wall clock: %w", os.ErrClosed)
			case errors.Is(err, syscall.ECANCELED):
				return endFirst(ctx, WokeByClock), nil
			case err != nil:
				return 0, fmt.Errorf("wait for the wall clock: %w", err)
			case until.IsZero() || w.now().Before(until):
				// An expiry of an earlier wait, read before this one was set.
				if early++; early > 1 {
					return endFirst(ctx, WokeByClock), nil
				}
			}
		}
	}
}

// arm sets the timer to until, or stops it at zero. ECANCELED says that the
// clock was set since the last time.
func (w *wallTimer) arm(until time.Time) error {
	var spec sys.ItimerSpec
	if !until.IsZero() {
		at, err := sys.TimeToTimespec(until)
		if err != nil {
			return err
		}
		spec.Value = at
	}
	var armed error
	err := w.conn.Control(func(fd uintptr) {
		armed = sys.TimerfdSettime(int(fd), sys.TFD_TIMER_ABSTIME|sys.TFD_TIMER_CANCEL_ON_SET, &spec, nil)
	})
	if err != nil {
		// Control's only error is its own word for a closed file.
		return os.ErrClosed
	}
	return armed
}
