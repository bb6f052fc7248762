package main

import (
	"io/fs"
	"os"
)

// notifyReload does nothing: Windows has no SIGHUP; the file is watched.
func notifyReload(chan<- os.Signal) {}

// notifyLostReader does nothing: on Windows a write to such a pipe is an error.
func notifyLostReader(chan<- os.Signal) {}

// ownerOf says that it does not know: the folder's own rights decide.
func ownerOf(fs.FileInfo) (int, bool) { return 0, false }

// filesMost is 0: Windows sets no such limit.
func filesMost() uint64 { return 0 }
