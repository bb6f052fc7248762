package main

import (
	"net"
	"sync"
)

// The room for guests on one listener, from how many files the process may
// have open at a time.
const (
	// ownFiles is what the daemon keeps for itself: about 20 at rest, 2 a
	// request to each of three channels, a backup and a check of the journal.
	ownFiles = 48
	// listenersMost is on how many it listens: TCP, its folder's socket and the
	// user's. One more share stays free.
	listenersMost = 3
	// seatsLeast lets a command in beside somebody who hangs; seatsMost is far
	// above a household's browsers.
	seatsLeast, seatsMost = 2, 128
)

// seatsOf is how many connections a listener may hold where a process may
// have so many files open; 0: nobody knows.
func seatsOf(files uint64) int {
	if files == 0 {
		return seatsMost
	}
	own := min(files, ownFiles)
	return int(min(max((files-own)/(listenersMost+1), seatsLeast), seatsMost))
}

// seated is a listener with so many seats. Who comes when all are taken waits
// in the system's queue: without that, whoever opens connections could take
// every descriptor, and with them the alarm's way out.
type seated struct {
	net.Listener
	seats  chan struct{} // holds one for each connection
	closed chan struct{}
	once   sync.Once
}

func newSeated(l net.Listener, seats int) *seated {
	return &seated{Listener: l, seats: make(chan struct{}, seats), closed: make(chan struct{})}
}

// Accept waits for a seat, then for a guest.
func (s *seated) Accept() (net.Conn, error) {
	select {
	case s.seats <- struct{}{}:
	case <-s.closed:
		return nil, net.ErrClosed
	}
	conn, err := s.Listener.Accept()
	if err != nil {
		<-s.seats
		return nil, err
	}
	return &guest{Conn: conn, leave: sync.OnceFunc(func() { <-s.seats })}, nil
}

// Close ends the listening, and who waits for a seat.
func (s *seated) Close() error {
	s.once.Do(func() { close(s.closed) })
	return s.Listener.Close()
}

// guest is a connection that gives its seat back.
type guest struct {
	net.Conn
	leave func()
}

// Close closes it.
func (g *guest) Close() error {
	defer g.leave()
	return g.Conn.Close()
}
