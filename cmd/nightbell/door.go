package main

import (
	"errors"
	"log/slog"
	"net"
	"net/http"
	"sync/atomic"

	"nightbell/daemon/web"
)

// door is a handler that is there before what is behind it.
type door struct{ behind atomic.Pointer[http.Handler] }

func (d *door) open(h http.Handler) { d.behind.Store(&h) }

// ServeHTTP hands on to what is behind the door by now.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) { (*d.behind.Load()).ServeHTTP(w, r) }

// knock listens on TCP before the journal is open: a journal of years takes a
// while to look through, and who probes the process learns so long that it
// lives and what it is at.
func (s *servers) knock(address string, log *slog.Logger) error {
	tcp, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	s.tcp = tcp
	s.door.open(web.Probes(web.Health{
		Alive: func() error { return nil },
		Ready: func() error { return errors.New("opening the journal") },
	}))
	s.serve(tcp, &s.door, log)
	return nil
}
