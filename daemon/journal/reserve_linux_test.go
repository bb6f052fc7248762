package journal

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// smallDisk mounts a file system of 8 MiB; only root can.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=8m,mode=0700"); err != nil {
		t.Skipf("mounting a small file system here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill takes all the room that is left; its result gives it back.
func fill(t *testing.T, dir, name string) (free func()) {
	t.Helper()
	file := filepath.Join(dir, name)
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 4096); ; {
		if _, err := f.Write(block); errors.Is(err, syscall.ENOSPC) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return func() {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOnADiskThatIsReallyFull(t *testing.T) {
	dir := filepath.Join(smallDisk(t), "data")
	j := open(t, dir)
	logged(t, j, 1)
	free := fill(t, dir, "filler")

	n := int64(1)
	for ; !j.Full(); n++ { // The log has some room of its own first.
		logged(t, j, n+1)
	}
	t.Logf("the reserve went with commit %d", n)
	if err := j.Writable(t.Context()); !errors.Is(err, ErrFull) {
		t.Errorf("the probe on a full disk: %v", err)
	}
	for range 20 {
		n++
		logged(t, j, n) // Reminders go on from the reserve.
	}

	free2 := fill(t, dir, "filler2")
	var err error
	for err == nil { // More than the log's checkpointed room can take.
		b := session(n + 1)
		b.Sessions[0].Note = strings.Repeat("x", 100_000)
		if err = j.Commit(t.Context(), b); err == nil {
			n++
		}
	}
	if !errors.Is(err, ErrFull) {
		t.Errorf("error %v", err)
	}
	if got := starts(t, j); len(got) != int(n) {
		t.Errorf("%d sessions, want the %d that were stored", len(got), n)
	}
	if err := j.DailyBackup(t.Context(), noon); err == nil {
		t.Error("a backup succeeds on a full disk")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, backupFolder, ".*")); len(left) > 0 {
		t.Errorf("its rest is left: %v", left)
	}
	closed(t, j)

	j = open(t, dir) // A start on the full disk works, and knows.
	if !j.Full() {
		t.Error("Full does not say so after a restart")
	}
	if got := starts(t, j); len(got) != int(n) {
		t.Errorf("%d sessions after a restart, want %d", len(got), n)
	}

	free()
	free2()
	logged(t, j, n+1)
	if j.Full() {
		t.Error("still full with room again")
	}
	if st, err := os.Stat(filepath.Join(dir, reserveName)); err != nil || st.Size() != reserveSize {
		t.Errorf("the reserve is not back: %v", err)
	}
	if err := errors.Join(j.Writable(t.Context()), j.Check(t.Context())); err != nil {
		t.Error(err)
	}
}

func TestAFirstStartOnAFullDiskSaysSo(t *testing.T) {
	dir := smallDisk(t)
	fill(t, dir, "filler")
	if _, err := OpenFolder(t.Context(), dir, Options{Now: at(noon)}); err == nil || !strings.Contains(err.Error(), "full") {
		t.Errorf("error %v", err)
	}
}
