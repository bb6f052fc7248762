package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"nightbell/notify/ntfytest"
)

// soakDays is how long TestSoak lives with the program. A month, with the
// figures that it prints:
//
//	go test ./cmd/nightbell -run TestSoak -soak 30 -v -timeout 10m
var soakDays = flag.Int("soak", 1, "how many days TestSoak lives through")

// soakRate makes a day five seconds; of a short soak, which a busy machine and
// the race detector share, fifteen.
func soakRate() float64 {
	if *soakDays < 7 {
		return 5760
	}
	return 17280
}

// footprint is what a process holds at an instant.
type footprint struct {
	day  int
	rss  int // KiB
	anon int // KiB of it that no file is behind: Go's heap, and SQLite's
	inside
	descriptors int
	cpu         time.Duration // used since it began
	journal     int64         // bytes, with its log
}

func (f footprint) String() string {
	return fmt.Sprintf("day %2d: %d KiB resident, %d of them anonymous, %d in use by Go, %d goroutines, %d descriptors, %s of CPU so far, journal %d KiB",
		f.day, f.rss, f.anon, f.live>>10, f.goroutines, f.descriptors, f.cpu, f.journal>>10)
}

// TestSoak lives with the real program, over real sockets, on three channels
// with replies, receipts and a parked alarm: somebody answers most of what
// comes, and every fifth day a line is down for two hours. What the process
// holds at the end is what it held at the beginning.
func TestSoak(t *testing.T) {
	t.Parallel()
	p := newPhones(t, "2027-06-01T09:00:00", "all", soakRate())
	p.write("config.yaml", strings.NewReplacer(
		"level: debug", "level: warn",
		"topic: "+ntfytest.Topic, "topic: "+ntfytest.Topic+", replies: true, prearm: true",
	).Replace(p.read("config.yaml")))
	p.must("log", "--at", "2027-06-01T07:00:00-04:00")
	d := p.start()
	d.await("an answer", func() bool { _, err := net.Dial("unix", filepath.Join(p.folder(), socketName)); return err == nil })
	begun := p.now()
	person := p.person()
	prints := []footprint{}
	for hour := 1; hour <= *soakDays*24; hour++ {
		at := begun.Add(time.Duration(hour) * time.Hour)
		d.await("an hour", func() bool {
			person(p.now())
			return p.now().After(at)
		})
		p.lines["ntfy"].set(hour/24%5 == 4 && hour%24 >= 10 && hour%24 < 12)
		if hour%6 == 0 {
			prints = append(prints, p.footprint(d, hour/24))
			if hour%24 == 0 {
				t.Log(prints[len(prints)-1])
			}
		}
	}
	pushes := len(p.pushover.Messages()) + len(p.hook.texts()) + len(p.ntfy.Messages(ntfytest.Topic))
	first, last := prints[0], prints[len(prints)-1]
	if last.day >= 2 {
		first = prints[4] // after its first day it has done everything once
	}
	days := max(last.day-first.day, 1)
	cpu := (last.cpu - first.cpu) / time.Duration(days)
	t.Logf("%d pushes and what takes them back, %d sessions; a day costs %s of CPU and %d KiB of journal", pushes, p.sessionsAt(p.folder()), cpu, (last.journal-first.journal)>>10/int64(days))
	d.stop()
	if pushes < 5**soakDays {
		t.Errorf("%d pushes in %d days; want more", pushes, *soakDays)
	}
	// A request, a receipt and a stream may be under way at either end.
	if last.goroutines > first.goroutines+12 || last.descriptors > first.descriptors+8 {
		t.Errorf("goroutines %d, then %d; descriptors %d, then %d; want them flat", first.goroutines, last.goroutines, first.descriptors, last.descriptors)
	}
	most := 10 * time.Second // a day; with the race detector on a busy machine
	if *soakDays >= 7 {
		most = time.Second
		begin, end := prints[4:min(32, len(prints))], prints[len(prints)-28:]
		if median(end, resident) > median(begin, resident)+4<<10 {
			t.Errorf("%d KiB resident in the first week, %d in the last; want it flat", median(begin, resident), median(end, resident))
		}
		// What Go has in use is 2.5 to 2.9 MiB on each of a hundred days, so half
		// a MiB more is something that is never let go.
		if median(end, live) > median(begin, live)+512 {
			t.Errorf("%d KiB in use by Go in the first week, %d in the last; want it flat", median(begin, live), median(end, live))
		}
	}
	if cpu > most {
		t.Errorf("a day costs %s of CPU; want less than %s", cpu, most)
	}
}

// median is the one in the middle of what of says of each, in KiB.
func median(prints []footprint, of func(footprint) int) int {
	var all []int
	for _, f := range prints {
		all = append(all, of(f))
	}
	slices.Sort(all)
	return all[len(all)/2]
}

func resident(f footprint) int { return f.rss }

func live(f footprint) int { return int(f.live >> 10) }

// person answers most pushes, some minutes later: by the alarm's Acknowledge,
// by the phone's button or at the machine. What is returned is to be called
// again and again.
func (p *phones) person() func(now time.Time) {
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", filepath.Join(p.folder(), socketName))
		},
	}}
	seen := 0
	return func(now time.Time) {
		messages := p.pushover.Messages()
		if len(messages) == seen || now.Sub(messages[seen].At) < 4*time.Minute {
			return
		}
		m := messages[seen]
		seen++
		switch {
		case seen%7 == 0: // not this time
		case m.Priority == 2:
			p.pushover.Acknowledge(m.Receipt, now.Truncate(time.Second))
		case seen%3 == 0:
			if shown := p.ntfy.Shown(ntfytest.Topic); len(shown) > 0 && len(shown[0].Actions) > 0 {
				// What the line eats, the phone shows: nobody else is told.
				_ = p.ntfy.Tap(context.Background(), shown[0], shown[0].Actions[0].Label)
			}
		default:
			resp, err := client.Post("http://nightbell/api/v1/reminders/open/done", "application/json", strings.NewReader("{}"))
			if err != nil {
				p.t.Error(err)
				return
			}
			resp.Body.Close()
		}
	}
}

// footprint looks at the daemon.
func (p *phones) footprint(d *running, day int) footprint {
	p.t.Helper()
	f := footprint{day: day, inside: p.clock.inside(d), descriptors: d.descriptors()}
	process := fmt.Sprintf("/proc/%d/", d.cmd.Process.Pid)
	for line := range strings.Lines(p.readFile(process + "status")) {
		if text, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			f.rss, _ = strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(text), " kB"))
		}
		if text, ok := strings.CutPrefix(line, "RssAnon:"); ok {
			f.anon, _ = strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(text), " kB"))
		}
	}
	// The 14th and 15th field are user and system time in ticks of 10 ms (man 5 proc).
	stat := p.readFile(process + "stat")
	fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	for _, ticks := range fields[11:13] {
		n, err := strconv.Atoi(ticks)
		if err != nil {
			p.t.Fatal(err)
		}
		f.cpu += time.Duration(n) * 10 * time.Millisecond
	}
	for _, name := range []string{"journal.db", "journal.db-wal"} {
		if info, err := os.Stat(filepath.Join(p.folder(), name)); err == nil {
			f.journal += info.Size()
		}
	}
	return f
}

func (h *home) readFile(name string) string {
	h.t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		h.t.Fatal(err)
	}
	return string(text)
}

// read is a file of this machine.
func (h *home) read(name string) string { h.t.Helper(); return h.readFile(filepath.Join(h.dir, name)) }
