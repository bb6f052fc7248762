package journal

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

// What makes a commit durable cannot be seen without a power cut; the settings can.
func TestSQLiteIsSetAsPromised(t *testing.T) {
	j := open(t, t.TempDir())
	for setting, want := range map[string]string{
		"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1", "busy_timeout": "5000", "temp_store": "2", "trusted_schema": "0",
		"application_id": "1851942252",
	} {
		var got string
		if err := j.conn.QueryRowContext(t.Context(), "PRAGMA "+setting).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %s, want %s (%v)", setting, got, want, err)
		}
	}
}

func TestEveryTableIsStrictAndKnowsItsPerson(t *testing.T) {
	j := open(t, t.TempDir())
	rows, err := j.conn.QueryContext(t.Context(), `SELECT name, strict, (SELECT count(*) FROM pragma_table_info(t.name) WHERE name = 'person')
		FROM pragma_table_list AS t WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'goose_%'`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	tables := 0
	for rows.Next() {
		var name string
		var strict, person bool
		if err := rows.Scan(&name, &strict, &person); err != nil {
			t.Fatal(err)
		}
		tables++
		if !strict || !person && name != "journal" {
			t.Errorf("table %s: strict %v, person %v", name, strict, person)
		}
	}
	if tables != 14 {
		t.Errorf("%d tables", tables)
	}
}

// newer makes a journal's file one of schema 99.
func newer(t *testing.T, file string) {
	t.Helper()
	db := must[*sql.DB](t)(sql.Open("sqlite", file))
	defer db.Close()
	if _, err := db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)"); err != nil {
		t.Fatal(err)
	}
}

func TestANewerSchemaIsRefusedUntouched(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	logged(t, j, 1)
	closed(t, j)
	newer(t, j.file)
	before := digests(t, dir, "*")
	knows := fmt.Sprintf("schema 99, this program knows %d", must[int64](t)(known()))
	for _, readOnly := range []bool{false, true} {
		_, err := OpenFolder(t.Context(), dir, Options{Now: at(noon), ReadOnly: readOnly})
		if !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), knows) {
			t.Errorf("error %v", err)
		}
	}
	after := digests(t, dir, "*")
	for sum, name := range before {
		if after[sum] != name {
			t.Errorf("%s was changed", name)
		}
	}
}

func TestMigrationsAreNumberedWithoutGaps(t *testing.T) {
	names := must[[]os.DirEntry](t)(migrations.ReadDir("migrations"))
	for i, n := range names {
		if !strings.HasPrefix(n.Name(), "0000"+string(rune('1'+i))+"_") {
			t.Errorf("%s is not number %d", n.Name(), i+1)
		}
	}
	if got := must[int64](t)(known()); got != int64(len(names)) {
		t.Errorf("the newest schema is %d of %d", got, len(names))
	}
}
