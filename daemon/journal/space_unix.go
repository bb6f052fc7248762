//go:build unix

package journal

import "golang.org/x/sys/unix"

// freeBytes is the room on dir's file system for someone who is not root.
func freeBytes(dir string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return uint64(st.Bavail) * uint64(st.Bsize), nil
}
