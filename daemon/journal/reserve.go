package journal

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"syscall"

	sqlite3 "modernc.org/sqlite/lib"
)

// The reserve is room that is ours when the disk is full: about a week of
// reminders (a commit takes some 30 KiB of write-ahead log, which is used
// again after each checkpoint).
const (
	reserveName = "reserve"
	reserveSize = 1 << 20
	// Only with this much free is the reserve made (again): making it must not
	// take the last room from the journal itself.
	reserveNeeds = 4 * reserveSize
)

// Full says that the disk is full: the reserve is given up, or could not be made.
func (j *Journal) Full() bool { return j.full.Load() }

// noRoom says whether an error comes from a full disk. SQLite says so plainly
// for a write; for a shared-memory file, a sync or a quota it gives an I/O
// error, and then a small file tells.
func (j *Journal) noRoom(err error) bool {
	switch primary(err) {
	case sqlite3.SQLITE_FULL:
		return true
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN:
		probe := filepath.Join(j.dir, ".room")
		defer os.Remove(probe)
		return outOfSpace(os.WriteFile(probe, make([]byte, 32<<10), 0o600)) // 32 KiB: what SQLite's shared memory grows by.
	}
	return outOfSpace(err)
}

func outOfSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// giveUpReserve frees the reserve's room; false: there was none.
func (j *Journal) giveUpReserve() bool {
	began := !j.full.Swap(true)
	err := os.Remove(filepath.Join(j.dir, reserveName))
	if began {
		j.log.Error("the disk is full", "folder", j.dir, "reserve_released", err == nil)
	}
	return err == nil
}

// renewReserve makes the reserve again after a full disk, when there is room.
func (j *Journal) renewReserve() {
	if !j.full.Load() {
		return
	}
	if err := makeReserve(j.dir); err == nil {
		j.full.Store(false)
		j.log.Info("the disk has room again", "folder", j.dir)
	}
}

// makeReserve leaves a file of exactly the right size, or none. Its bytes are
// random because some file systems store no zeros. It is not synced: after a
// power cut the size tells, and opening makes it again.
func makeReserve(dir string) error {
	file := filepath.Join(dir, reserveName)
	if st, err := os.Lstat(file); err == nil && st.Mode().IsRegular() && st.Size() == reserveSize {
		return nil
	}
	if free, err := freeBytes(dir); err != nil || free < reserveNeeds {
		return errors.Join(err, syscall.ENOSPC)
	}
	content := make([]byte, reserveSize)
	if _, err := rand.Read(content); err != nil {
		return err
	}
	if err := os.WriteFile(file, content, 0o600); err != nil {
		return errors.Join(err, os.Remove(file))
	}
	return nil
}
