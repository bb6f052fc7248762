package daemon

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestLockIsForOne(t *testing.T) {
	dir := t.TempDir()
	if holder, held := Holder(dir); held {
		t.Fatalf("an empty folder is held by %q", holder)
	}
	first, err := Lock(dir, "nightbell 1.2.0,\nsince 02:41")
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("pid %d, nightbell 1.2.0, since 02:41", os.Getpid())

	_, err = Lock(dir, "another")
	var locked *LockedError
	if !errors.As(err, &locked) || locked.Holder != want || locked.Dir != dir {
		t.Fatalf("a second Lock gave %v, want a LockedError that names %q", err, want)
	}
	text := "data folder " + dir + " is in use by " + want + "; stop that one first, or give this one a folder of its own with --data"
	if err.Error() != text {
		t.Errorf("it says %q, want %q", err, text)
	}
	if holder, held := Holder(dir); !held || holder != want {
		t.Errorf("Holder says %q, %v; want %q", holder, held, want)
	}

	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	if err := first.Release(); err != nil {
		t.Errorf("released again: %v", err)
	}
	if holder, held := Holder(dir); held || holder != "" {
		t.Errorf("after the release Holder says %q, %v", holder, held)
	}
	second, err := Lock(dir, "")
	if err != nil {
		t.Fatalf("the folder is not free after a release: %v", err)
	}
	if err := second.Release(); err != nil {
		t.Error(err)
	}
}

func TestLockWithoutAFolderSaysWhich(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	_, err := Lock(dir, "")
	var locked *LockedError
	if err == nil || errors.As(err, &locked) || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v, want an error that names %s", err, dir)
	}
	if _, held := Holder(dir); held {
		t.Error("a folder that does not exist is held")
	}
}

func TestLockOfNobodyKnown(t *testing.T) {
	err := &LockedError{Dir: "/srv/n"}
	want := "data folder /srv/n is in use by another process; stop that one first, or give this one a folder of its own with --data"
	if err.Error() != want {
		t.Errorf("it says %q, want %q", err, want)
	}
}

func TestLookingKeepsNobodyOut(t *testing.T) {
	dir := t.TempDir()
	var lookers sync.WaitGroup
	done := make(chan struct{})
	for range 2 {
		lookers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					Holder(dir)
					runtime.Gosched()
				}
			}
		})
	}
	refused := 0
	for range 50 {
		h, err := Lock(dir, "note")
		if err != nil {
			refused++
			continue
		}
		if err := h.Release(); err != nil {
			t.Error(err)
		}
	}
	close(done)
	lookers.Wait()
	// Two that look without a break are far beyond anything real; one of them
	// may still be in the way three times in a row.
	if refused > 25 {
		t.Errorf("%d of 50 were kept out by lookers", refused)
	}
}

// TestLockDiesWithItsProcess kills a process that holds a folder, as an
// out-of-memory kill would.
func TestLockDiesWithItsProcess(t *testing.T) {
	if dir := os.Getenv("NIGHTBELL_TEST_LOCKS"); dir != "" {
		h, err := Lock(dir, "the child")
		fmt.Println("locked:", err)
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		runtime.KeepAlive(h)
		return
	}
	dir := t.TempDir()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLockDiesWithItsProcess$")
	child.Env = append(os.Environ(), "NIGHTBELL_TEST_LOCKS="+dir)
	if _, err := child.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "locked: <nil>\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}

	want := fmt.Sprintf("pid %d, the child", child.Process.Pid)
	_, err = Lock(dir, "the parent")
	var locked *LockedError
	if !errors.As(err, &locked) || locked.Holder != want {
		t.Errorf("beside a living process Lock gave %v, want one that names %q", err, want)
	}

	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait() // It was killed.
	if holder, held := Holder(dir); held {
		t.Errorf("a dead process still holds it: %q", holder)
	}
	h, err := Lock(dir, "the parent")
	if err != nil {
		t.Fatalf("the folder is not free after the kill: %v", err)
	}
	if err := h.Release(); err != nil {
		t.Error(err)
	}
}
