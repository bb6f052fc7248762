package journal

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAFullDiskTakesTheReserveAndThenSaysSo(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	logged(t, j, 1)
	limit := func(pages int) {
		t.Helper()
		j.turn <- struct{}{}
		defer j.leave()
		if _, err := j.conn.ExecContext(t.Context(), fmt.Sprintf("PRAGMA max_page_count = %d", pages)); err != nil {
			t.Fatal(err)
		}
	}
	reserve := filepath.Join(dir, reserveName)
	if st, err := os.Stat(reserve); err != nil || st.Size() != reserveSize {
		t.Fatalf("no reserve of 1 MiB: %v", err)
	}
	limit(1) // SQLite takes the present size.
	big := session(2)
	big.Sessions[0].Note = strings.Repeat("x", 50_000)
	err := j.Commit(t.Context(), big)
	if !errors.Is(err, ErrFull) || !strings.Contains(err.Error(), "nothing of it was stored; free a few MiB there") {
		t.Errorf("error %v", err)
	}
	if !j.Full() {
		t.Error("Full does not say so")
	}
	if _, err := os.Stat(reserve); !os.IsNotExist(err) {
		t.Errorf("the reserve is still there: %v", err)
	}
	if got := starts(t, j); len(got) != 1 {
		t.Errorf("%d sessions, want the one from before", len(got))
	}
	limit(1 << 20)
	if err := j.Commit(t.Context(), big); err != nil {
		t.Fatal(err)
	}
	if st, err := os.Stat(reserve); err != nil || st.Size() != reserveSize || j.Full() {
		t.Errorf("the reserve is not back: %v, full %v", err, j.Full())
	}
}

func TestAReserveOfAnotherSizeIsMadeAnew(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	closed(t, j)
	if err := os.Truncate(filepath.Join(dir, reserveName), 17); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
	if st, err := os.Stat(filepath.Join(dir, reserveName)); err != nil || st.Size() != reserveSize {
		t.Errorf("size %v, %v", st.Size(), err)
	}
}
