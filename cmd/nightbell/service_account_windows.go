package main

import "io/fs"

// ownersOf cannot tell here, where no systemd asks.
func ownersOf(fs.FileInfo) (uid, gid int, ok bool) { return 0, 0, false }
