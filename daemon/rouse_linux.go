package daemon

import (
	"errors"
	"fmt"
	"syscall"
	"time"

	sys "golang.org/x/sys/unix"
)

// NewRouser gives what wakes a machine that sleeps: a kernel timer on the
// clock that the hardware keeps, set to the instant of the newest call and
// stopped by a zero one. Nobody reads it. The machine being awake is all it
// does; what then happens is the waiter's, whose own timer has passed as well.
// It needs CAP_WAKE_ALARM (timerfd_create(2)); the error says so without.
func NewRouser() (rouse func(at time.Time) error, end func() error, err error) {
	fd, err := sys.TimerfdCreate(sys.CLOCK_REALTIME_ALARM, sys.TFD_NONBLOCK|sys.TFD_CLOEXEC)
	switch {
	case errors.Is(err, syscall.EPERM):
		return nil, nil, errors.New("this process may not wake the machine: it lacks CAP_WAKE_ALARM; install the service again with wake_system: true: nightbell service install")
	case err != nil:
		return nil, nil, fmt.Errorf("this machine has no timer that wakes it: %w", err)
	}
	rouse = func(at time.Time) error {
		var spec sys.ItimerSpec
		if !at.IsZero() {
			value, err := sys.TimeToTimespec(at)
			if err != nil {
				return fmt.Errorf("set the timer that wakes the machine: %w", err)
			}
			spec.Value = value
		}
		if err := sys.TimerfdSettime(fd, sys.TFD_TIMER_ABSTIME, &spec, nil); err != nil {
			return fmt.Errorf("set the timer that wakes the machine: %w", err)
		}
		return nil
	}
	return rouse, func() error { return sys.Close(fd) }, nil
}
