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

// notifyLostReader asks for SIGPIPE, which comes when a pipe that is printed
// into has no reader any more.
func notifyLostReader(c chan<- os.Signal) { signal.Notify(c, syscall.SIGPIPE) }

// ownerOf is the user a file belongs to.
func ownerOf(info fs.FileInfo) (int, bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(st.Uid), true
}

// filesMost is how many files this process may have open; 0: not known.
func filesMost() uint64 {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return uint64(limit.Cur)
}
