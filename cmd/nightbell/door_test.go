package main

import (
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"nightbell/daemon/journal"
)

// probe asks one of the probes of a daemon: its status and what it says.
func probe(port int, name string) (int, string) {
	client := http.Client{Timeout: 2 * time.Second}
	resp, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d/%s", port, name))
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, strings.TrimSpace(string(text))
}

// A journal that takes its time to open is no reason to look dead: the probes
// answer before it, and say what the daemon is at.
func TestTheProbesAnswerWhileTheJournalOpens(t *testing.T) {
	port := freePort(t)
	h := newHome(t, justBefore, strings.Replace(onTerminal, "127.0.0.1:0", fmt.Sprintf("127.0.0.1:%d", port), 1))
	dir := filepath.Join(h.dir, "data")
	j, err := journal.OpenFolder(t.Context(), dir, journal.Options{Now: h.now})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	// Who holds the file for itself keeps the daemon waiting, up to 5 s.
	holder, err := sql.Open("sqlite", filepath.Join(dir, "journal.db")+"?_pragma=locking_mode(EXCLUSIVE)")
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close()
	holder.SetMaxOpenConns(1)
	if _, err := holder.ExecContext(t.Context(), "BEGIN EXCLUSIVE"); err != nil {
		t.Fatal(err)
	}
	d := h.start("--data", dir)
	d.await("healthz", func() bool { code, _ := probe(port, "healthz"); return code == http.StatusOK })
	if code, text := probe(port, "readyz"); code != http.StatusServiceUnavailable || text != "opening the journal" {
		t.Errorf("readyz says %d %q; want 503 and what the daemon is at", code, text)
	}
	if code, _ := probe(port, "a/x/start/y"); code != http.StatusNotFound {
		t.Errorf("a link answers %d before the journal is open; want 404", code)
	}
	if err := holder.Close(); err != nil {
		t.Fatal(err)
	}
	d.await("readyz", func() bool { code, text := probe(port, "readyz"); return code == http.StatusOK && text == "ok" })
	d.stop()
}
