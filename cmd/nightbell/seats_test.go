package main

import (
	"net"
	"testing"
	"time"
)

func TestSeats(t *testing.T) {
	for _, c := range []struct {
		rule  string
		files uint64
		want  int
	}{
		{"nobody knows", 0, 128},
		{"fewer than its own: a command still gets in", 32, 2},
		{"a quarter of what is left", 128, 20},
		{"the usual limit", 1024, 128},
		{"never more than a household needs", 1 << 20, 128},
	} {
		if got := seatsOf(c.files); got != c.want {
			t.Errorf("%s: %d files give %d seats, want %d", c.rule, c.files, got, c.want)
		}
	}
}

// Who comes when all seats are taken waits until one is given back.
func TestWhoComesLateWaitsForASeat(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := newSeated(inner, 1)
	accepted := make(chan net.Conn)
	ended := make(chan error, 1)
	go func() {
		for {
			conn, err := s.Accept()
			if err != nil {
				ended <- err
				return
			}
			accepted <- conn
		}
	}()
	for range 2 {
		conn, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	first := <-accepted
	select {
	case <-accepted:
		t.Fatal("two guests on one seat")
	case <-time.After(20 * time.Millisecond):
	}
	first.Close()
	first.Close() // gives no second seat
	second := <-accepted
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("accepted after Close")
	}
	second.Close()
}
