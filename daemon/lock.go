package daemon

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	lockFile = "lock"
	// noteLimit bounds what is read of a lock file: a note is a line.
	noteLimit = 4096
	// lockTries and lockPause let a Holder that looks at this very moment pass:
	// it holds the lock for microseconds.
	lockTries = 3
	lockPause = 10 * time.Millisecond
)

// errHeld is what the system's lock says when somebody else has it.
var errHeld = errors.New("held by another process")

// Held is the right to write in a data folder. The system takes it back when
// the process ends, however it ends, so a crash leaves nothing behind to clean
// up. Keep it as long as the folder is used: when nothing refers to it any
// more, the file is closed and the lock gone. The file itself stays: removing
// it would let two processes hold two files of one name.
type Held struct{ file *os.File }

// LockedError says that another process holds a data folder.
type LockedError struct {
	Dir    string
	Holder string // as it wrote itself: "pid 4711, nightbell 1.2.0, since ..."; empty: unknown
}

// Error names the holder and the way out.
func (e *LockedError) Error() string {
	holder := e.Holder
	if holder == "" {
		holder = "another process"
	}
	return fmt.Sprintf("data folder %s is in use by %s; stop that one first, or give this one a folder of its own with --data", e.Dir, holder)
}

// Lock takes the data folder dir for this process. note says who takes it
// (program, version, start time) and is kept in the file behind the process's
// number. When another process has it, the error is a *LockedError.
func Lock(dir, note string) (*Held, error) {
	path := filepath.Join(dir, lockFile)
	// 0600: the note is nobody else's business, and writing it nobody else's right.
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	for try := 1; ; try++ {
		err = lockExclusive(file)
		if err == nil {
			break
		}
		if !errors.Is(err, errHeld) || try == lockTries {
			holder := noteOf(file)
			file.Close()
			if errors.Is(err, errHeld) {
				return nil, &LockedError{Dir: dir, Holder: holder}
			}
			return nil, fmt.Errorf("lock the data folder %s: %w", dir, err)
		}
		time.Sleep(lockPause)
	}
	line := fmt.Sprintf("pid %d, %s\n", os.Getpid(), strings.Join(strings.Fields(note), " "))
	if err := rewrite(file, line); err != nil {
		// Who holds it is a comfort, that it is held the point: a full disk must
		// not keep reminders from going out.
		_ = file.Truncate(0)
	}
	return &Held{file: file}, nil
}

// Release gives the folder back. The zero value and a second call do nothing.
func (h *Held) Release() error {
	if h == nil || h.file == nil {
		return nil
	}
	err := h.file.Close()
	h.file = nil
	if err != nil {
		return fmt.Errorf("release the data folder: %w", err)
	}
	return nil
}

// Holder says who holds the data folder dir, without taking it, and whether
// anybody does. The text is empty when the holder wrote none. A folder that
// cannot be read has no holder that this process could name; whoever must know
// asks Lock.
func Holder(dir string) (string, bool) {
	file, err := os.Open(filepath.Join(dir, lockFile))
	if err != nil {
		return "", false
	}
	defer file.Close()
	// A shared lock, gone with the file: two that look do not see each other.
	if err := lockShared(file); !errors.Is(err, errHeld) {
		return "", false
	}
	return noteOf(file), true
}

func rewrite(file *os.File, text string) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := file.WriteAt([]byte(text), 0)
	return err
}

// noteOf is the note of a lock file in one line; empty when it cannot be read.
func noteOf(file *os.File) string {
	text, err := io.ReadAll(io.NewSectionReader(file, 0, noteLimit))
	if err != nil {
		return ""
	}
	return strings.Join(strings.Fields(string(text)), " ")
}
