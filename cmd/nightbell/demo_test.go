package main

import (
	"bufio"
	"io"
	"net/http"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// The day of the demo is on a page of its own as well, which says that time
// runs fast.
func TestTheDemoIsOnAPageToo(t *testing.T) {
	t.Parallel()
	h := newHome(t, "2026-06-10T10:00:00", onTerminal)
	r := h.launch(h.command("demo", "--rate", "60"))
	address := regexp.MustCompile(`the page of this day: (http://127\.0\.0\.1:\d+)`)
	r.await("the page's address", func() bool { return address.MatchString(r.log.String()) })
	reply, err := http.Get(address.FindStringSubmatch(r.log.String())[1])
	if err != nil {
		t.Fatal(err)
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatal(err)
	}
	if text := unfolded(string(body)); reply.StatusCode != http.StatusOK || !strings.Contains(text, "Time runs 60 times as fast here") {
		t.Errorf("%s\n%s; want the page, and that time runs fast", reply.Status, text)
	}
	r.stop()
}

// Whoever stops reading, as head does, ends a demo and a time-lapse: nothing
// of them stays.
func TestATrialEndsWithItsReader(t *testing.T) {
	if runtime.GOOS == "windows" {
		return // has no such signal
	}
	for name, args := range map[string][]string{
		"the demo":     {"demo", "--rate", "43200"},
		"a time-lapse": {"run", "--time-lapse", "43200"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHome(t, "2026-06-10T10:00:00", onTerminal)
			h.env = append(h.env, "TMPDIR="+h.dir)
			cmd := h.command(args...)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = cmd.Process.Kill() })
			if _, err := bufio.NewReaderSize(out, 16).ReadString('\n'); err != nil {
				t.Fatal(err)
			}
			out.Close()
			if err := cmd.Wait(); err != nil {
				t.Errorf("it ended with %v", err)
			}
			if stays, _ := filepath.Glob(filepath.Join(h.dir, "nightbell-*")); len(stays) > 0 {
				t.Errorf("%v stays", stays)
			}
		})
	}
}
