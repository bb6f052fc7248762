package main

import (
	"math"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// limits are those of this process.
func limits() []limit {
	resource := func(which int) uint64 {
		var r unix.Rlimit
		if err := unix.Getrlimit(which, &r); err != nil || r.Cur == unix.RLIM_INFINITY {
			return 0
		}
		return r.Cur
	}
	return []limit{
		{resource(unix.RLIMIT_NOFILE), wantsFiles, "open files: this process", "LimitNOFILE= of the service, or ulimit -n", false},
		{groupMemory("/"), wantsGroup, "memory: the control group of this process", "MemoryMax= of the service, or the container's limit", true},
		{resource(unix.RLIMIT_DATA), wantsData, "memory: this process", "LimitDATA= of the service, or ulimit -d", true},
		{resource(unix.RLIMIT_AS), wantsSpace, "addresses: this process", "LimitAS= of the service, or ulimit -v", true},
	}
}

// groupMemory is what the memory control group of this process, and those above
// it, let it have, in bytes; 0: all there is, or nobody says. The kernel's
// files, of both versions of control groups, are looked for below root.
func groupMemory(root string) uint64 {
	text, err := os.ReadFile(filepath.Join(root, "proc/self/cgroup"))
	if err != nil {
		return 0
	}
	least := uint64(0)
	for line := range strings.Lines(string(text)) {
		// 0::/system.slice/nightbell.service, or 4:memory:/system.slice/nightbell.service
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		folder, name := "sys/fs/cgroup", "memory.max"
		if parts[1] == "memory" {
			folder, name = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		} else if parts[0] != "0" {
			continue
		}
		for at := path.Clean("/" + parts[2]); ; at = path.Dir(at) {
			if most := bytesIn(filepath.Join(root, folder, at, name)); most > 0 && (least == 0 || most < least) {
				least = most
			}
			if at == "/" {
				break
			}
		}
	}
	return least
}

// bytesIn reads a limit; 0: there is none. Version 1 writes none as the largest
// whole number of pages.
func bytesIn(file string) uint64 {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	if err != nil || n > math.MaxInt64/2 {
		return 0
	}
	return n
}
