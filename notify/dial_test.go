//go:build !linux

package notify

import "testing"

// full would be a listener without room: how a queue is filled differs from
// system to system, and what is tested is not the system.
func full(t *testing.T) string { return mute(t, "") }
