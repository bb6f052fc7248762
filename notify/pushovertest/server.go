package pushovertest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// The credentials the service knows when Options names none.
const (
	Token = "aTestTokenOf30Characters000001"
	User  = "uTestUserKeyOf30Characters0001"
)

// Options are the service's settings. Only Now is required.
type Options struct {
	Addr    string           // to listen on; empty: any free port of 127.0.0.1
	Token   string           // the application; empty: Token
	Users   []string         // user and group keys; nil: User
	Devices []string         // of every user, for users/validate; nil: phone, tablet
	Quota   int              // messages until 429; 0: 10,000
	Now     func() time.Time // the service's clock: receipts, rings, expiry
	Real    func() time.Time // measures the client's conduct; nil: Now
	Scale   float64          // of the spacing that conduct asks for (0.01: 50 ms for 5 s); 0: 1
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
	messages   []*Message
	faults     []*script
	used       int // of the quota
	serial     int // of request and receipt names
	active     int // requests under way
	violations []string
	conduct    conduct
	changed    chan struct{} // closed and renewed when anything happens, for Await
}

// Request is one request as it came.
type Request struct {
	At     time.Time // by Real
	Method string
	Path   string // after the API's root: /messages.json
	Form   url.Values
	Status int    // as answered; 0: not answered (yet)
	Fault  string // the fault it ran into; empty: none
}

// Start starts the service. Like net/http/httptest it panics where it cannot
// listen, and it panics without a clock.
func Start(o Options) *Server {
	if o.Now == nil {
		panic("pushovertest: Options.Now is nil; pass time.Now")
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
	if o.Token == "" {
		o.Token = Token
	}
	if o.Users == nil {
		o.Users = []string{User}
	}
	if o.Devices == nil {
		o.Devices = []string{"phone", "tablet"}
	}
	if o.Quota == 0 {
		o.Quota = 10000
	}
	l, err := net.Listen("tcp", o.Addr)
	if err != nil {
		panic("pushovertest: " + err.Error())
	}
	s := &Server{o: o, addr: l.Addr().String(), quit: make(chan struct{}), ended: make(chan struct{}), changed: make(chan struct{})}
	s.conduct.gap = time.Duration(5 * o.Scale * float64(time.Second))
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

// API is the setting `api` of a channel that is to reach it.
func (s *Server) API() string { return "http://" + s.addr + "/1" }

// Requests returns every request so far, in order of arrival.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Violations returns every breach of the rules of friendly use so far.
func (s *Server) Violations() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.violations...)
}

// Await waits until holds is true, which is asked at once and again whenever
// a request arrives or is answered, or a phone acknowledges. It returns the context's error.
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

// happened wakes whoever waits in Await. Called with the lock held.
func (s *Server) happened() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// reply is an answer before it is written.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// fields is a JSON object.
type fields map[string]any

func (s *Server) ok(f fields) reply {
	f["status"] = 1
	return s.say(http.StatusOK, f)
}

// refuse answers with Pushover's form of an error.
func (s *Server) refuse(status int, f fields, reasons ...string) reply {
	if f == nil {
		f = fields{}
	}
	f["status"], f["errors"] = 0, reasons
	return s.say(status, f)
}

func (s *Server) say(status int, f fields) reply {
	f["request"] = s.name("request")
	body, err := json.Marshal(f)
	if err != nil {
		panic(err) // only values of this package get here
	}
	return reply{status: status, header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}, body: body}
}

// name makes the next name of 30 letters and digits, as receipts have.
func (s *Server) name(kind string) string {
	s.serial++
	return fmt.Sprintf("%s%0*d", kind, 30-len(kind), s.serial)
}
