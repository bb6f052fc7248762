package journal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCheckFindsAnIndexThatDiffersFromItsTable(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	logged(t, j, 1)
	if err := j.Check(t.Context()); err != nil {
		t.Errorf("a good journal: %v", err)
	}
	column := func(from, to string) {
		t.Helper()
		j.turn <- struct{}{}
		defer j.leave()
		for _, q := range []string{"PRAGMA writable_schema = 1",
			"UPDATE sqlite_schema SET sql = replace(sql, '" + from + "', '" + to + "') WHERE name = 'sessions_start'",
			"PRAGMA writable_schema = RESET"} {
			if _, err := j.conn.ExecContext(t.Context(), q); err != nil {
				t.Fatal(err)
			}
		}
	}
	column("(start)", "(length)")
	logged(t, j, 2) // Goes into the index under the wrong key.
	column("(length)", "(start)")
	if err := j.Check(t.Context()); !errors.Is(err, ErrDamaged) {
		t.Errorf("a bad index: %v", err)
	}
	closed(t, j)
	j = open(t, dir)
	if d, ok := j.Damage(); !ok || !d.Rebuilt || d.From != "" || !strings.HasPrefix(d.What, "met in use: check: ") {
		t.Errorf("damage %v %+v", ok, d)
	}
	if err := j.Check(t.Context()); err != nil {
		t.Errorf("after it was rebuilt: %v", err)
	}
	if got := starts(t, j); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("sessions %v, want all of them, the newest first", got)
	}
	closed(t, j)
	if _, again := open(t, dir).Damage(); again {
		t.Error("the next start finds damage again")
	}
}

func TestBackupIsWholeAndWritesNothingOver(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	logged(t, j, 1)
	file := filepath.Join(t.TempDir(), "copy.db")
	if err := j.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	before := must[[]byte](t)(os.ReadFile(file))
	if mode := must[os.FileInfo](t)(os.Stat(file)).Mode().Perm(); mode != 0o600 {
		t.Errorf("mode %o", mode)
	}
	if err := j.Backup(t.Context(), file); err == nil || !strings.Contains(err.Error(), "choose another name") {
		t.Errorf("a second time: %v", err)
	}
	if !bytes.Equal(before, must[[]byte](t)(os.ReadFile(file))) {
		t.Error("it was written over")
	}
	if err := j.Backup(t.Context(), filepath.Join(dir, "none", "x")); err == nil {
		t.Error("a folder that is not there is made")
	}
	restored := t.TempDir()
	if err := os.Rename(file, filepath.Join(restored, fileName)); err != nil {
		t.Fatal(err)
	}
	if left := must[[]os.DirEntry](t)(os.ReadDir(filepath.Dir(file))); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
	if got := starts(t, open(t, restored)); !slices.Equal(got, []int{1}) {
		t.Errorf("the copy as a journal has %v", got)
	}
}

func TestSevenDailyBackupsAreKept(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	folder := filepath.Join(dir, backupFolder)
	day := noon
	for range 10 {
		logged(t, j, must[Snapshot](t)(j.Snapshot(t.Context(), noon)).NextSession)
		for range 2 { // The second of a day does nothing.
			if err := j.DailyBackup(t.Context(), day); err != nil {
				t.Fatal(err)
			}
		}
		if day.Equal(noon) {
			for _, name := range []string{"mine.db", ".nightbell-123.partial"} {
				if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		day = day.Add(24 * time.Hour)
	}
	var names []string
	for _, e := range must[[]os.DirEntry](t)(os.ReadDir(folder)) {
		names = append(names, e.Name())
	}
	want := []string{"journal-2026-03-04.db", "journal-2026-03-05.db", "journal-2026-03-06.db", "journal-2026-03-07.db",
		"journal-2026-03-08.db", "journal-2026-03-09.db", "journal-2026-03-10.db", "mine.db"}
	if !slices.Equal(names, want) {
		t.Errorf("backups %v, want %v", names, want)
	}
	// A clock set back makes a backup of its day and keeps it.
	if err := j.DailyBackup(t.Context(), noon.AddDate(-1, 0, 0)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(folder, "journal-2025-03-01.db")); err != nil {
		t.Error(err)
	}
}
