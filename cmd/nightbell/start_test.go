package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"nightbell/daemon"
	"nightbell/daemon/journal"
	"nightbell/notify"
	"nightbell/planner"
)

// BenchmarkFirstHealthy measures from the start of the process to its first
// healthy answer, on the journal of a year: eleven sessions a day, each with
// its reminder, two deliveries and three events, tidied as the daemon does daily.
//
//	go test -run '^$' -bench FirstHealthy -benchtime 20x ./cmd/nightbell
func BenchmarkFirstHealthy(b *testing.B) {
	program := filepath.Join(b.TempDir(), "nightbell")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	dir := b.TempDir()
	fillYear(b, dir, daemon.Now())
	port := freePort(b)
	config := filepath.Join(dir, "config.yaml")
	writeFile(b, config, fmt.Sprintf("timezone: Europe/Berlin\nlisten: 127.0.0.1:%d\nchannels: [{name: here, type: console}]\n", port))
	var took []time.Duration
	for range b.N {
		cmd := exec.Command(program, "run", "--config", config, "--data", dir)
		cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
		begin := time.Now()
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		for !healthy(port) {
			if time.Since(begin) > 10*time.Second {
				b.Fatal("never healthy")
			}
			wait(1)
		}
		took = append(took, time.Since(begin))
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "max-ms")
	b.ReportMetric(0, "ns/op")
}

func healthy(port int) bool {
	client := http.Client{Timeout: time.Second}
	resp, err := client.Get(fmt.Sprintf("http://127.0.0.1:%d/healthz", port))
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

func freePort(tb testing.TB) int {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// fillYear writes the journal of a year that ends at now.
func fillYear(tb testing.TB, dir string, now time.Time) {
	tb.Helper()
	ctx := context.Background()
	j, err := journal.OpenFolder(ctx, dir, journal.Options{Now: daemon.Now})
	if err != nil {
		tb.Fatal(err)
	}
	n := int64(0)
	for day := range 365 {
		var batch journal.Batch
		for i := range 11 {
			n++
			yearRound(&batch, n, now.AddDate(0, 0, day-365).Add(time.Duration(i)*130*time.Minute))
		}
		if err := j.Commit(ctx, batch); err != nil {
			tb.Fatal(err)
		}
	}
	// What the daemon does every day.
	if err := errors.Join(j.Tidy(ctx, now), j.DailyBackup(ctx, now)); err != nil {
		tb.Fatal(err)
	}
	if err := j.Close(); err != nil {
		tb.Fatal(err)
	}
}

// yearRound is one reminder, sent, taken back and answered by a session.
func yearRound(b *journal.Batch, n int64, t time.Time) {
	id := fmt.Sprintf("r%015x", n*2654435761)
	b.Changes = append(b.Changes, journal.Change{ID: n, At: t, What: "log", Undoable: true})
	b.Sessions = append(b.Sessions, journal.Session{ID: n, Start: t, Kind: planner.Pump, Source: "cli", Change: n})
	b.Answers = append(b.Answers, journal.Answer{ID: n, Reminder: id, Action: "done", At: t, Session: n, Change: n})
	b.Reminders = append(b.Reminders, journal.Reminder{ID: id, Person: 1, Kind: "session", Due: t, Level: notify.Normal, State: journal.Logged, Opened: t, From: t, Closed: t})
	for _, d := range []string{"/0/1/here", "/0/withdraw/here"} {
		b.Deliveries = append(b.Deliveries, journal.Delivery{ID: id + d, Reminder: id, Channel: "here", State: journal.Sent, Tries: 1, Created: t, Done: t})
	}
	for _, kind := range []string{"opened", "sent", "logged"} {
		b.Events = append(b.Events, journal.Event{At: t, Kind: kind, Reminder: id, Channel: "here"})
	}
}
