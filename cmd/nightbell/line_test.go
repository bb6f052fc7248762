package main

import (
	"context"
	"io"
	"net"
	"sync"
	"testing"
)

// line is the network between the machine and a service. Cut, it ends every
// connection and each new one at once, as a router without its uplink does;
// the service itself goes on for everybody else.
type line struct {
	l  net.Listener
	to string

	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]bool
	count int
	all   sync.WaitGroup
}

// newLine leads to a service's host:port; it ends with the test.
func newLine(t *testing.T, to string) *line {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &line{l: l, to: to, conns: map[net.Conn]bool{}}
	w.all.Go(w.accept)
	t.Cleanup(func() {
		l.Close()
		w.set(true)
		w.all.Wait()
	})
	return w
}

func (w *line) addr() string { return w.l.Addr().String() }

// set cuts the line, or mends it.
func (w *line) set(cut bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cut = cut; cut {
		for conn := range w.conns {
			conn.Close()
		}
	}
}

// tries is how many connections were asked for.
func (w *line) tries() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.count
}

// keep notes a connection; false: the line is cut.
func (w *line) keep(conn net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conns[conn] = true
	return !w.cut
}

func (w *line) drop(conn net.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.conns, conn)
	conn.Close()
}

func (w *line) accept() {
	for {
		conn, err := w.l.Accept()
		if err != nil {
			return
		}
		w.mu.Lock()
		w.count++
		w.mu.Unlock()
		w.all.Go(func() { w.carry(conn) })
	}
}

func (w *line) carry(near net.Conn) {
	defer w.drop(near)
	if !w.keep(near) {
		return
	}
	far, err := net.Dial("tcp", w.to)
	if err != nil {
		return
	}
	defer w.drop(far)
	if !w.keep(far) {
		return
	}
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(near, far) // ends with either end
		near.Close()
	})
	_, _ = io.Copy(far, near)
	far.Close()
	back.Wait()
}

// askThere lets this process look names up at another name server.
func askThere(server string) {
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", server)
	}}
}
