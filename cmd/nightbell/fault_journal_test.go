//go:build linux

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// backedUp waits for the day's backup, and for nothing else to be written.
func (r *running) backedUp() *running {
	r.h.t.Helper()
	r.await("the backup", func() bool {
		found, err := filepath.Glob(filepath.Join(r.h.folder(), "backups", "journal-*.db"))
		return err == nil && len(found) == 1
	})
	return r
}

// Whatever happened to the journal's file, it is set aside, the daily backup
// takes its place, the phone and status say so, and the alarm rings.
func TestADamagedJournal(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule, says string
		harm       func(text []byte) []byte
	}{
		{"cut in the middle of a page", "the file ends inside a page", func(b []byte) []byte { return b[:len(b)/2-100] }},
		{"cut to half its pages", "", func(b []byte) []byte { return b[:len(b)/4096/2*4096] }},
		{"its first page flipped over", "", func(b []byte) []byte { return flipped(b, 100, 4096) }},
		{"a page in the middle flipped over", "", func(b []byte) []byte { return flipped(b, 5*4096, 6*4096) }},
		{"not a database", "the file is not a database", func([]byte) []byte { return []byte(strings.Repeat("shopping list\n", 1000)) }},
		{"empty", "the file is empty, its backups are there", func([]byte) []byte { return nil }},
	} {
		t.Run(c.rule, func(t *testing.T) {
			t.Parallel()
			n := newSlumber(t, "2027-06-11T02:59:20", leisurely)
			n.must("log", "--at", nightBefore)
			n.start().ready().backedUp().stop()
			file := filepath.Join(n.folder(), "journal.db")
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			harmed := c.harm(text)
			if err := os.WriteFile(file, harmed, 0o600); err != nil {
				t.Fatal(err)
			}
			d := n.start().ready()
			d.needs("the journal was damaged ("+c.says, "what is left of it lies in "+file+".damaged-2027", "it starts again from the backup "+n.folder()+"/backups/journal-2027-06-11.db")
			aside, err := filepath.Glob(file + ".damaged-*")
			if err != nil || len(aside) == 0 {
				t.Fatalf("nothing was set aside: %v", err)
			}
			if kept, err := os.ReadFile(aside[0]); err != nil || string(kept) != string(harmed) {
				t.Errorf("%s is not the file as it was found: %v", aside[0], err)
			}
			n.clock.run(t, hurried)
			d.await("the line and the alarm", func() bool { return n.alarms() == 1 && len(n.srv.Messages()) == 2 })
			if m := n.srv.Messages()[0]; m.Text != "Journal damaged. Reminders go on. See: nightbell status" {
				t.Errorf("the phone was told %q", m.Text)
			}
			n.must("done")
			if got := len(n.sessions()); got != 2 {
				t.Errorf("%d sessions; want the one of the backup and the answer", got)
			}
			d.stop()
			d = n.start().ready()
			d.needs("the journal was damaged (") // for a day, whoever starts
			d.stop()
			if got := len(n.srv.Messages()); got != 2 {
				t.Errorf("%d pushes; a restart tells the phone nothing again", got)
			}
		})
	}
}

// A command that meets the damage before any daemon does says so, and so do
// status and the daemon that comes after it.
func TestADamagedJournalThatACommandMeets(t *testing.T) {
	t.Parallel()
	n := newSlumber(t, "2027-06-10T10:00:00", leisurely)
	n.must("log", "--at", "2027-06-10T09:40:00-04:00")
	n.start().ready().backedUp().stop()
	n.must("log", "--at", "5h ago") // the backup does not have it
	file := filepath.Join(n.folder(), "journal.db")
	if err := os.WriteFile(file, []byte(strings.Repeat("shopping list\n", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	const says = "the journal was damaged (the file is not a database"
	if out := n.must("log"); !strings.Contains(out, "nightbell: "+says) || !strings.Contains(out, "it starts again from the backup "+n.folder()) {
		t.Errorf("log on a damaged journal says\n%s", out)
	}
	if out := n.must("sessions"); strings.Contains(out, says) {
		t.Errorf("a command after it says it as well:\n%s", out)
	}
	if out, code := n.run("status"); code != exitNot || !strings.Contains(unfolded(out), says) {
		t.Errorf("status after it: exit code %d\n%s", code, out)
	}
	d := n.start().ready()
	d.needs(says)
	d.await("the line", func() bool { return len(n.srv.Messages()) == 1 })
	if m := n.srv.Messages()[0]; !strings.HasPrefix(m.Text, "Journal damaged. Reminders go on.") {
		t.Errorf("the phone was told %q", m.Text)
	}
	d.stop()
	n.clock.jump(t, 25*time.Hour)
	n.start().ready().stop()
	if out, _ := n.run("status"); strings.Contains(out, "damaged") {
		t.Errorf("a day later it is still said:\n%s", out)
	}
}

// flipped turns the bits of some bytes over.
func flipped(b []byte, from, to int) []byte {
	for i := from; i < min(to, len(b)); i++ {
		b[i] ^= 0xff
	}
	return b
}

// A journal that belongs to somebody else is neither written nor set aside.
func TestAJournalOfSomebodyElse(t *testing.T) {
	h := newHome(t, justBefore, onTerminal)
	cmd := h.as(nobody, "run", "--data", h.dir+"/data")
	if err := os.Chmod(filepath.Join(h.dir, "config.yaml"), 0o644); err != nil {
		t.Fatal(err)
	}
	h.must("log", "--data", h.dir+"/data")
	if err := os.Chown(h.dir+"/data", nobody, nobody); err != nil { // a copy made by root, the folder given back
		t.Fatal(err)
	}
	if err := os.Chown(h.dir+"/data/lock", nobody, nobody); err != nil {
		t.Fatal(err)
	}
	tooLong := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() }) // one that takes it, and runs
	defer tooLong.Stop()
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "journal.db: open: permission denied; check that the file and its folder belong to the user nightbell runs as") {
		t.Errorf("a daemon on root's journal: %v\n%s", err, out)
	}
	if aside, _ := filepath.Glob(h.dir + "/data/*damaged*"); len(aside) != 0 {
		t.Errorf("it was set aside: %v", aside)
	}
}

// A copy of the journal that is a day old is put back: no storm, and nothing
// is said twice.
func TestADayOldBackupPutBack(t *testing.T) {
	t.Parallel()
	n := newSlumber(t, "2027-06-10T12:19:00", 60)
	n.must("log", "--at", "2027-06-10T09:40:00-04:00")
	d := n.start().ready()
	d.await("the reminder", func() bool { return len(n.srv.Messages()) == 1 })
	n.must("done")
	n.must("backup", filepath.Join(n.dir, "copy.db"))
	n.clock.jump(t, 2*time.Hour)
	n.must("done")
	d.stop()
	n.clock.jump(t, 22*time.Hour)
	file := filepath.Join(n.folder(), "journal.db")
	for _, old := range []string{file, file + "-wal", file + "-shm"} {
		if err := os.Remove(old); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	copyFile(t, filepath.Join(n.dir, "copy.db"), file)
	before := n.srv.Messages()
	d = n.start().ready()
	d.await("one message", func() bool { return len(n.srv.Messages()) > len(before) })
	n.clock.run(t, 300)
	since := n.now()
	d.await("five quiet minutes", func() bool { return n.now().Sub(since) > 5*time.Minute })
	after := n.srv.Messages()[len(before):]
	if len(after) != 1 || after[0].Text != "Whenever you're ready. Starting or done?" {
		t.Errorf("%d messages with a backup put back; want one, that begins anew: %+v", len(after), after)
	}
	for _, m := range before {
		if m.Text == after[0].Text && m.At.After(since.Add(-time.Hour)) {
			t.Errorf("%q was said twice", m.Text)
		}
	}
	if got := len(n.sessions()); got != 2 {
		t.Errorf("%d sessions; want those of the copy", got)
	}
	d.stop()
}

// fillUp takes all the room that is left on the file system of dir.
func fillUp(t *testing.T, dir string) (free func()) {
	t.Helper()
	names := []string{}
	for i := 0; ; i++ {
		name := filepath.Join(dir, fmt.Sprintf("filler%d", i))
		err := os.WriteFile(name, make([]byte, 256<<10>>min(i/40, 8)), 0o600) // 256 KiB, then ever smaller ones
		names = append(names, name)
		if err != nil && i > 9*40 {
			break
		}
	}
	return func() {
		for _, name := range names {
			if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
				t.Error(err)
			}
		}
	}
}

// The disk is full: the alarm rings, repeats are counted and the person's
// answer is refused in words, not logged by half. With room again, all is well.
func TestTheDiskIsFull(t *testing.T) {
	t.Parallel()
	n := newSlumber(t, "2027-06-11T02:59:20", leisurely)
	disk := smallDisk(t, n.dir)
	n.must("log", "--at", nightBefore, "--data", disk)
	d := n.start("--data", disk).ready()
	d.await("the backup", func() bool {
		found, err := filepath.Glob(filepath.Join(disk, "backups", "journal-*.db"))
		return err == nil && len(found) == 1
	})
	free := fillUp(t, disk)
	n.clock.run(t, hurried)
	d.await("the alarm", func() bool { return n.alarms() == 1 })
	n.clock.run(t, leisurely)
	n.env = append(n.env, "STATE_DIRECTORY="+disk)
	// The reserve takes some answers yet; then they are refused.
	said, code := "", 0
	logged := 1
	for range 400 {
		if said, code = n.run("log", "--at", fmt.Sprintf("%dm ago", 600+logged*90), "--data", disk); code != exitDone {
			break
		}
		logged++
	}
	if code != exitNot || !strings.Contains(said, "this could not be written down, so it is not logged") || !strings.Contains(said, "the disk is full") {
		t.Errorf("an answer on a full disk: exit code %d\n%s", code, said)
	}
	out, code := n.run("status", "--data", disk)
	out = unfolded(out)
	if code != exitNot || !strings.Contains(out, "the journal cannot be written, so nothing can be logged") || !strings.Contains(out, "make room or mend the disk") {
		t.Errorf("status on a full disk: exit code %d\n%s", code, out)
	}
	if status, body := d.get("/readyz"); status != 503 || !regexp.MustCompile(`the journal cannot be written|the disk is full`).MatchString(body) {
		t.Errorf("readyz on a full disk: %d %s", status, body)
	}
	free()
	d.await("an answer that is taken again", func() bool { _, code := n.run("done", "--data", disk); return code == exitDone })
	d.await("silence", n.silent)
	d.await("nothing to do for anybody", func() bool { _, code := n.run("status", "--data", disk); return code == exitDone })
	if got := n.sessionsAt(disk); got != logged+1 {
		t.Errorf("%d sessions; want the %d that were taken and the answer", got, logged)
	}
	if n.alarms() != 1 {
		t.Errorf("%d alarms; want one", n.alarms())
	}
	d.stop()
}

// sessionsAt counts the sessions of a data folder.
func (h *home) sessionsAt(dir string) int {
	h.t.Helper()
	return strings.Count(h.must("sessions", "--json", "--limit", "1000", "--data", dir), `"start"`)
}
