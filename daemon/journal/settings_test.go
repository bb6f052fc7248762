package journal

import (
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
	if tables != 11 {
		t.Errorf("%d tables", tables)
	}
}
