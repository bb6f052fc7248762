//go:build !linux

package daemon

import (
	"errors"
	"time"
)

// NewRouser would give what wakes a machine that sleeps. Here nothing does.
func NewRouser() (rouse func(at time.Time) error, end func() error, err error) {
	return nil, nil, errors.New("only Linux can be told to wake this machine; let it stay awake at night")
}
