//go:build !linux

package daemon

import "time"

// NewWaiter gives the portable waiter, whose grain is 15 s. Its close does
// nothing.
func NewWaiter(now func() time.Time) (Waiter, func() error, error) {
	return pollingWaiter(now), func() error { return nil }, nil
}
