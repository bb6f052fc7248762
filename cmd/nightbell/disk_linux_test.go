package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// smallDisk mounts a file system of 8 MiB below dir; only root can, and the
// project's check script is.
func smallDisk(t *testing.T, dir string) string {
	t.Helper()
	at := filepath.Join(dir, "disk")
	if err := os.Mkdir(at, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", at, "tmpfs", 0, "size=8m,mode=0700"); err != nil {
		t.Skipf("mounting a small file system here: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(at, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return at
}

// What could not be printed was not done: a list on a full disk is half a list.
func TestAnOutputThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	h := newHome(t, justBefore, onTerminal)
	h.must("log", "--at", "22:00")
	for _, args := range [][]string{{"plan"}, {"sessions"}, {"plan", "--json"}, {"export"}, {"token", "list"}, {"check"}, {"man"}, {"version"}} {
		full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		cmd := h.command(args...)
		cmd.Stdout, cmd.Stderr = full, &said
		err = cmd.Run()
		full.Close()
		exit := new(exec.ExitError)
		if !errors.As(err, &exit) || exit.ExitCode() != exitNot || !strings.Contains(said.String(), "write /dev/stdout: no space left on device") {
			t.Errorf("%s: %v, and %q; want exit code %d, and why", args, err, said.String(), exitNot)
		}
	}
}
