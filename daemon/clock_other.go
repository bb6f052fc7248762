//go:build !linux

package daemon

import (
	"errors"
	"fmt"
)

// Synchronised cannot tell here; its error is errors.ErrUnsupported.
func Synchronised() (bool, error) {
	return false, fmt.Errorf("ask whether the clock is synchronised: %w", errors.ErrUnsupported)
}
