package journal

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const pageSize = 4096

// broken are the ways a journal's file goes bad; each gets the file's name.
func broken() []struct {
	rule string
	harm func(t *testing.T, file string)
} {
	change := func(f func([]byte) []byte) func(*testing.T, string) {
		return func(t *testing.T, file string) {
			b := must[[]byte](t)(os.ReadFile(file))
			if err := os.WriteFile(file, f(b), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return []struct {
		rule string
		harm func(t *testing.T, file string)
	}{
		{"cut in half", change(func(b []byte) []byte { return b[:len(b)/2/pageSize*pageSize] })},
		{"cut inside a page", change(func(b []byte) []byte { return b[:len(b)-100] })},
		{"cut inside the header", change(func(b []byte) []byte { return b[:50] })},
		{"cut to nothing", change(func([]byte) []byte { return nil })},
		{"text", change(func([]byte) []byte { return []byte(strings.Repeat("not a database\n", 1000)) })},
		{"the header overwritten", change(func(b []byte) []byte { return append(make([]byte, 100), b[100:]...) })},
		{"a page of zeros", change(func(b []byte) []byte { return overwrite(b, 3, 0) })},
		{"a page of ones", change(func(b []byte) []byte { return overwrite(b, 5, 0xff) })},
		{"a page in the place of another", change(func(b []byte) []byte {
			copy(b[3*pageSize:], b[6*pageSize:7*pageSize])
			return b
		})},
		{"a byte of the list of tables", change(func(b []byte) []byte {
			return bytes.Replace(b, []byte("CREATE TABLE sessions"), []byte("CREATE TUBLE sessions"), -1)
		})},
		{"a letter of a column's name", change(func(b []byte) []byte {
			return bytes.ReplaceAll(b, []byte("snoozed  "), []byte("snoozee  "))
		})},
		{"a schema format that there is not", change(func(b []byte) []byte {
			b[47] = 9 // https://sqlite.org/fileformat.html#schema_format_number
			return b
		})},
		{"gone", func(t *testing.T, file string) {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		}},
		{"another program's database", func(t *testing.T, file string) {
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			db := must[*sql.DB](t)(sql.Open("sqlite", file))
			defer db.Close()
			if _, err := db.Exec("CREATE TABLE bookmarks (url TEXT)"); err != nil {
				t.Fatal(err)
			}
		}},
	}
}

func overwrite(b []byte, page int, with byte) []byte {
	for i := page * pageSize; i < (page+1)*pageSize; i++ {
		b[i] = with
	}
	return b
}

// digests are the contents of the files in dir and what they are called.
func digests(t *testing.T, dir, pattern string) map[[32]byte]string {
	t.Helper()
	out := map[[32]byte]string{}
	for _, name := range must[[]string](t)(filepath.Glob(filepath.Join(dir, pattern))) {
		out[sha256.Sum256(must[[]byte](t)(os.ReadFile(name)))] = filepath.Base(name)
	}
	return out
}

func TestADamagedFileIsSetAsideAndABackupTakesItsPlace(t *testing.T) {
	for _, backup := range []bool{true, false} {
		for _, c := range broken() {
			rule := c.rule + ", no backup"
			if backup {
				rule = c.rule + ", a backup of one session of two"
			}
			t.Run(rule, func(t *testing.T) {
				dir := t.TempDir()
				j := open(t, dir)
				logged(t, j, 1)
				if backup {
					if err := j.DailyBackup(t.Context(), noon); err != nil {
						t.Fatal(err)
					}
				}
				logged(t, j, 2)
				closed(t, j)
				c.harm(t, j.file)
				before, err := os.ReadFile(j.file)
				lost := err != nil || len(before) == 0 // Nothing of it tells it from a first start, but the backup.
				j = open(t, dir)
				d, damaged := j.Damage()
				want := []int{}
				if backup {
					want = []int{1}
				}
				if got := starts(t, j); !slices.Equal(got, want) {
					t.Errorf("sessions %v, want %v", got, want)
				}
				if !backup && lost {
					if damaged {
						t.Errorf("a first start is called damage: %v", d)
					}
					return
				}
				if !damaged || d.What == "" || !d.At.Equal(noon) || (d.From != "") != backup {
					t.Errorf("damage %v %+v", damaged, d)
				}
				if err == nil {
					aside := must[[]byte](t)(os.ReadFile(d.Aside))
					if !bytes.Equal(aside, before) || filepath.Base(d.Aside) != "journal.db.damaged-20260301T110000Z" {
						t.Errorf("%s is not what was there before", d.Aside)
					}
				}
				if e := must[[]Event](t)(j.Events(t.Context(), 1)); len(e) != 1 || e[0].Kind != "damage" || e[0].Text != d.String() {
					t.Errorf("events %+v", e)
				}
				logged(t, j, 3)
				closed(t, j)
				next := open(t, dir)
				if _, again := next.Damage(); again {
					t.Error("the next start finds damage again")
				}
				if told := must[string](t)(next.DamageSince(t.Context(), noon)); told != d.String() {
					t.Errorf("the next start is told %q", told)
				}
				if told := must[string](t)(next.DamageSince(t.Context(), noon.Add(time.Millisecond))); told != "" {
					t.Errorf("who asks for later damage is told %q", told)
				}
			})
		}
	}
}

// Whatever the harm, a start succeeds or says that the schema is newer; it
// never crashes, and what was there is kept or in use.
func TestAnyHarmIsSurvived(t *testing.T) {
	good := t.TempDir()
	j := open(t, good)
	for n := int64(1); n <= 60; n++ {
		b := session(n)
		addRound(&b, n+100, noon.Add(-time.Duration(n)*time.Hour))
		if err := j.Commit(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	closed(t, j)
	content := must[[]byte](t)(os.ReadFile(j.file))
	rapid.Check(t, func(t *rapid.T) {
		dir := quickFolder(t)
		defer os.RemoveAll(dir)
		harmed := bytes.Clone(content)
		for range rapid.IntRange(1, 4).Draw(t, "harms") {
			at := rapid.IntRange(0, len(harmed)-1).Draw(t, "at")
			copy(harmed[at:], rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(t, "bytes"))
		}
		if err := os.WriteFile(filepath.Join(dir, fileName), harmed, 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := OpenFolder(t.Context(), dir, Options{Now: at(noon)})
		if errors.Is(err, ErrNewer) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		defer j.Close()
		if d, damaged := j.Damage(); damaged {
			if aside, err := os.ReadFile(d.Aside); err != nil || !bytes.Equal(aside, harmed) {
				t.Fatalf("%s is not what was there before: %v", d.Aside, err)
			}
		}
		_, err = j.Snapshot(t.Context(), noon)
		if errors.Is(err, ErrDamaged) { // The check at opening was too quick to see it; the next one knows.
			j.Close()
			if j, err = OpenFolder(t.Context(), dir, Options{Now: at(noon.Add(time.Minute))}); err != nil {
				t.Fatal(err)
			}
			defer j.Close()
			_, err = j.Snapshot(t.Context(), noon)
		}
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestTheWholeOfADamagedJournalIsKept(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	logged(t, j, 1)
	if err := j.DailyBackup(t.Context(), noon); err != nil {
		t.Fatal(err)
	}
	closed(t, j)
	j = open(t, dir)
	logged(t, j, 2)
	crashed := copied(t, dir) // With a write-ahead log, of which the page harmed below is no part.
	if err := os.CopyFS(filepath.Join(crashed, backupFolder), os.DirFS(filepath.Join(dir, backupFolder))); err != nil {
		t.Fatal(err)
	}
	b := must[[]byte](t)(os.ReadFile(filepath.Join(crashed, fileName)))
	if err := os.WriteFile(filepath.Join(crashed, fileName), overwrite(b, len(b)/pageSize-1, 'x'), 0o600); err != nil {
		t.Fatal(err)
	}
	before := digests(t, crashed, "journal.db*")
	j = open(t, crashed)
	if got := starts(t, j); !slices.Equal(got, []int{1}) {
		t.Errorf("sessions %v, want the backup's", got)
	}
	after := digests(t, crashed, "journal.db.damaged-*")
	for sum, name := range before {
		if want := strings.Replace(name, "journal.db", "journal.db.damaged-20260301T110000Z", 1); after[sum] != want {
			t.Errorf("%s is not kept as %s: %v", name, want, after)
		}
	}
}

func TestTheNewestGoodBackupCounts(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	for n := int64(1); n <= 4; n++ {
		logged(t, j, n)
		if err := j.DailyBackup(t.Context(), noon.AddDate(0, 0, int(n))); err != nil {
			t.Fatal(err)
		}
	}
	closed(t, j)
	backup := func(n int) string {
		return filepath.Join(dir, backupFolder, noon.AddDate(0, 0, n).Format("journal-2006-01-02.db"))
	}
	for _, file := range []string{j.file, backup(4)} {
		if err := os.WriteFile(file, []byte(strings.Repeat("x", 9000)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	newer(t, backup(3))
	j = open(t, dir)
	if d, _ := j.Damage(); d.From != backup(2) {
		t.Errorf("started from %q, want %q: the 4th is no database, the 3rd is of a newer schema", d.From, backup(2))
	}
	if got := starts(t, j); !slices.Equal(got, []int{1, 2}) {
		t.Errorf("sessions %v", got)
	}
	if left := must[[]string](t)(filepath.Glob(filepath.Join(dir, "*.next*"))); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
	if _, err := os.Stat(backup(4)); err != nil {
		t.Error("a bad backup is kept too:", err)
	}
}

func TestDamageTwiceInASecondKeepsBoth(t *testing.T) {
	dir := t.TempDir()
	for i := range 3 {
		if err := os.WriteFile(filepath.Join(dir, fileName), bytes.Repeat([]byte{byte('a' + i)}, 5000), 0o600); err != nil {
			t.Fatal(err)
		}
		closed(t, open(t, dir))
	}
	if kept := digests(t, dir, "journal.db.damaged-*"); len(kept) != 3 {
		t.Errorf("kept %v, want all three", kept)
	}
}

// A crash between two renames leaves the file's log without the file: it must
// not be read into the next journal.
func TestACrashWhileSettingAsideIsGoneOnWith(t *testing.T) {
	for _, c := range []struct {
		rule  string
		crash func(dir string) error
	}{
		{"the file is renamed, its log is not", func(dir string) error {
			return os.Rename(filepath.Join(dir, fileName), filepath.Join(dir, fileName+".damaged-1"))
		}},
		{"only the log is left", func(dir string) error { return os.Remove(filepath.Join(dir, fileName)) }},
		{"both are renamed, the backup is not in place", func(dir string) error {
			return errors.Join(os.Rename(filepath.Join(dir, fileName), filepath.Join(dir, fileName+".damaged-1")),
				os.Rename(filepath.Join(dir, fileName+"-wal"), filepath.Join(dir, fileName+".damaged-1-wal")),
				os.WriteFile(filepath.Join(dir, nextName), []byte("half of it"), 0o600))
		}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			whole := t.TempDir()
			j := open(t, whole)
			logged(t, j, 1)
			dir := copied(t, whole)
			if err := c.crash(dir); err != nil {
				t.Fatal(err)
			}
			before := digests(t, dir, "journal.db*")
			j = open(t, dir)
			if _, damaged := j.Damage(); !damaged {
				t.Error("nobody is told")
			}
			if got := starts(t, j); len(got) != 0 {
				t.Errorf("sessions %v in a journal that starts empty", got)
			}
			after := digests(t, dir, "journal.db*")
			for sum, name := range before {
				if _, kept := after[sum]; !kept && name != nextName {
					t.Errorf("%s is lost", name)
				}
			}
		})
	}
}
