package ntfytest

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// What tests give to the channel that is to reach a Server. Any other topic
// will do as well.
const (
	Topic = "test-topic-0123456789abcdef"
	Token = "tk_aTestTokenOf29Characters00001"
)

// keeps is how long the server keeps messages (cache-duration).
const keeps = 12 * time.Hour

// alive is how often a stream says that it is there (keepalive-interval).
const alive = 45 * time.Second

// Options are the server's settings. Only Now is required.
type Options struct {
	Addr     string           // to listen on; empty: any free port of 127.0.0.1
	Token    string           // an access token that may do everything, while nobody else may anything; empty: everyone may everything
	Open     []string         // topics that everyone may write to, although there is a Token
	Old      bool             // a server before 2.16: sequence ids are ignored, nothing can be cleared or deleted
	IPhone   bool             // the phone replaces, clears and deletes nothing, not even what was tapped
	Requests int              // until 429, one more each 5 s by Now; 0: 60; negative: without end
	Now      func() time.Time // the server's clock
	Real     func() time.Time // when requests came; nil: Now
	Scale    float64          // of the 45 s between keepalives (0.001: 45 ms); 0: 1
}

// Server is the running service. Its methods are safe for concurrent use.
type Server struct {
	o     Options
	http  http.Server
	addr  string
	quit  chan struct{} // closed by Close: ends what hangs
	ended chan struct{} // closed when the listener is done
	close sync.Once

	mu         sync.Mutex
	requests   []Request
	log        []Message // delivered, in order
	scheduled  []Message // not delivered yet
	dismissed  map[string]bool
	faults     []*script
	violations []string
	serial     int
	spent      float64   // requests of the limit
	spentAt    time.Time // when spent was right
	streams    int
	cut        chan struct{} // closed and renewed by Cut
	changed    chan struct{} // closed and renewed when anything happens
}

// Request is one request as it came.
type Request struct {
	At     time.Time // by Real
	Method string
	Path   string // with the query
	Token  string // of the Authorization header; empty: none
	Body   string
	Status int    // as answered; 0: not answered (yet)
	Fault  string // the fault it ran into; empty: none
}

// Start starts the service. Like net/http/httptest it panics where it cannot
// listen, and it panics without a clock.
func Start(o Options) *Server {
	if o.Now == nil {
		panic("ntfytest: Options.Now is nil; pass time.Now")
	}
	if o.Real == nil {
		o.Real = o.Now
	}
	if o.Scale == 0 {
		o.Scale = 1
	}
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Requests == 0 {
		o.Requests = 60
	}
	l, err := net.Listen("tcp", o.Addr)
	if err != nil {
		panic("ntfytest: " + err.Error())
	}
	s := &Server{o: o, addr: l.Addr().String(), quit: make(chan struct{}), ended: make(chan struct{}),
		cut: make(chan struct{}), changed: make(chan struct{}), dismissed: map[string]bool{}}
	s.http.Handler, s.http.ErrorLog = http.HandlerFunc(s.serve), log.New(io.Discard, "", 0)
	go func() {
		defer close(s.ended)
		_ = s.http.Serve(l) // ends with Close
	}()
	return s
}

// Close ends the service and every request that hangs. A second call does nothing.
func (s *Server) Close() {
	s.close.Do(func() { close(s.quit) })
	_ = s.http.Close()
	<-s.ended
}

// Addr is where it listens, host:port.
func (s *Server) Addr() string { return s.addr }

// URL is the setting `server` of a channel that is to reach it.
func (s *Server) URL() string { return "http://" + s.addr }

// Requests returns every request so far, in order of arrival.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Violations returns everything that the server let pass and a good client
// does not do: fields it does not know, and a token that travels in a message.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.violations)
}

// Streams is how many subscriptions are open.
func (s *Server) Streams() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.streams
}

// Cut closes every stream, as a restart of the server does.
func (s *Server) Cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.cut)
	s.cut = make(chan struct{})
}

// Forget loses what is scheduled, as a server without a cache-file does when it
// is started anew.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scheduled = nil
	s.happened()
}

// Await waits until holds is true, which is asked at once and again whenever
// a request arrives or is answered, or the phone does something. It returns the
// context's error.
func (s *Server) Await(ctx context.Context, holds func() bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if holds() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// happened wakes whoever waits in Await, and the streams. Called with the lock held.
func (s *Server) happened() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// name makes a message's id: 12 letters and digits.
func (s *Server) name() string {
	s.serial++
	return fmt.Sprintf("msg%09d", s.serial)
}
