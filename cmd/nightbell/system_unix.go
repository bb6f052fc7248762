//go:build unix

package main

import (
	"io/fs"
	"os"
	"os/signal"
	"syscall"
)

// notifyReload asks for SIGHUP.
func notifyReload(c chan<- os.Signal) { signal.Notify(c, syscall.SIGHUP) }

// ownerOf is the user a file belongs to.
func ownerOf(info fs.FileInfo) (int, bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(st.Uid), true
}
