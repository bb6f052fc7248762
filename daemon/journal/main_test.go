package journal

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"nightbell/planner"
	"nightbell/planner/seedtest"
)

func TestMain(m *testing.M) {
	seedtest.Fix()
	goleak.VerifyTestMain(m)
}

// log commits a session of n minutes before noon as change and session n.
func logged(tb testing.TB, j *Journal, n int64) {
	tb.Helper()
	if err := j.Commit(tb.Context(), session(n)); err != nil {
		tb.Fatal(err)
	}
}

func session(n int64) Batch {
	return Batch{
		Changes:  []Change{{ID: n, At: noon, What: "log", Text: "Logged.", Undoable: true}},
		Sessions: []Session{{ID: n, Start: noon.Add(-time.Duration(n) * time.Minute), Kind: planner.Pump, Change: n}},
	}
}

// starts are the sessions' minutes before noon, the newest first.
func starts(tb testing.TB, j *Journal) []int {
	tb.Helper()
	list, err := j.Sessions(tb.Context(), Filter{})
	if err != nil {
		tb.Fatal(err)
	}
	minutes := []int{}
	for _, s := range list {
		minutes = append(minutes, int(noon.Sub(s.Start)/time.Minute))
	}
	return minutes
}

// copied copies the journal's files as a power cut would leave them.
func copied(tb testing.TB, from string) (to string) {
	tb.Helper()
	to = tb.TempDir()
	for _, name := range []string{fileName, fileName + "-wal"} {
		b, err := os.ReadFile(filepath.Join(from, name))
		if os.IsNotExist(err) {
			continue
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(to, name), b, 0o600)
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	return to
}

// quickFolder lies in memory where it can: a property of hundreds of journals
// would wait for thousands of fsyncs that it is not about.
func quickFolder(t *rapid.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "journal")
	if err != nil {
		dir, err = os.MkdirTemp("", "journal")
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func closed(tb testing.TB, j *Journal) {
	tb.Helper()
	if err := j.Close(); err != nil {
		tb.Fatal(err)
	}
}

func must[T any](tb testing.TB) func(v T, err error) T {
	return func(v T, err error) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}
