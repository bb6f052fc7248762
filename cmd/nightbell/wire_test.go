package main

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
)

// wire passes everything on between a browser and a site, and counts.
type wire struct {
	site string // where the browser goes

	mu       sync.Mutex
	requests []string
	bytes    int // from the site, with every header
}

func tapped(t *testing.T, site string) *wire {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{site: "http://" + l.Addr().String()}
	var all sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(func() {
		cancel()
		l.Close()
		all.Wait()
	})
	all.Go(func() {
		for {
			from, err := l.Accept()
			if err != nil {
				return
			}
			to, err := net.Dial("tcp", strings.TrimPrefix(site, "http://"))
			if err != nil {
				from.Close()
				continue
			}
			context.AfterFunc(ctx, func() { from.Close(); to.Close() })
			all.Go(func() { w.pass(to, from, w.asked) })
			all.Go(func() { w.pass(from, to, func(b []byte) { w.bytes += len(b) }) })
		}
	})
	return w
}

func (w *wire) pass(to, from net.Conn, see func([]byte)) {
	defer to.Close()
	buffer := make([]byte, 64<<10)
	for {
		n, err := from.Read(buffer)
		w.mu.Lock()
		see(buffer[:n])
		w.mu.Unlock()
		if err != nil {
			return
		}
		if _, err := to.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// asked notes the first line of a request. A browser writes one in one piece,
// and never two at once.
func (w *wire) asked(b []byte) {
	if line, _, ok := strings.Cut(string(b), " HTTP/1.1\r\n"); ok {
		w.requests = append(w.requests, line)
	}
}

func (w *wire) counted() (requests []string, bytes int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.requests), w.bytes
}
