package daemon

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

func lockExclusive(file *os.File) error { return lockRegion(file, windows.LOCKFILE_EXCLUSIVE_LOCK) }
func lockShared(file *os.File) error    { return lockRegion(file, 0) }

// lockRegion locks one byte far behind the text: a locked byte cannot be read
// by others here, and the note must be.
func lockRegion(file *os.File, how uint32) error {
	at := windows.Overlapped{OffsetHigh: 1 << 30}
	err := windows.LockFileEx(windows.Handle(file.Fd()), how|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return errHeld
	}
	return err
}
