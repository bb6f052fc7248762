//go:build unix

package daemon

import (
	"errors"
	"os"
	"syscall"
)

// flock belongs to the open file, so it also tells two openings within one
// process apart, and the kernel drops it with the process.

func lockExclusive(file *os.File) error { return flock(file, syscall.LOCK_EX) }
func lockShared(file *os.File) error    { return flock(file, syscall.LOCK_SH) }

func flock(file *os.File, how int) error {
	conn, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var locked error
	err = conn.Control(func(fd uintptr) {
		for {
			locked = syscall.Flock(int(fd), how|syscall.LOCK_NB)
			if !errors.Is(locked, syscall.EINTR) {
				return
			}
		}
	})
	if errors.Is(locked, syscall.EWOULDBLOCK) {
		return errHeld
	}
	return errors.Join(err, locked)
}
