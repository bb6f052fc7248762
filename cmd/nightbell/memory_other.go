//go:build !linux

package main

import "runtime/debug"

// slim gives the heap's free pages back.
func slim() { debug.FreeOSMemory() }
