//go:build unix

package main

import (
	"io/fs"
	"syscall"
)

// ownersOf are the user and the group a file belongs to, if info can tell.
func ownersOf(info fs.FileInfo) (uid, gid int, ok bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return int(st.Uid), int(st.Gid), true
}
