package ntfytest

import (
	"net/http"
	"strings"
	"time"
)

// Fault is one way in which the service misbehaves.
type Fault struct {
	name    string
	within  string                                                             // only requests whose method and path hold this; empty: all
	silent  bool                                                               // no status reaches the client
	instead func(s *Server) reply                                              // in place of carrying the request out; nil: it is carried out
	write   func(s *Server, w http.ResponseWriter, r *http.Request, rep reply) // in place of writing the answer; nil: it is written
}

// script is a fault and how often it still strikes; negative: always.
type script struct {
	Fault
	times int
}

// On limits a fault to requests whose method and path, "DELETE /topic/name",
// hold part.
func (f Fault) On(part string) Fault {
	f.within, f.name = part, f.name+" on "+part
	return f
}

// Fail lets the next requests, times of them, run into f; negative: all until
// Heal. Faults given one after the other strike in that order.
func (s *Server) Fail(f Fault, times int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &script{Fault: f, times: times})
}

// Heal ends all faults.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// fault takes the next one for a request; nil: none.
func (s *Server) fault(r *http.Request) *Fault {
	for _, f := range s.faults {
		if f.times != 0 && strings.Contains(r.Method+" "+r.URL.RequestURI(), f.within) {
			if f.times > 0 {
				f.times--
			}
			return &f.Fault
		}
	}
	return nil
}

// Status answers with a page, as a proxy in front of the service does.
func Status(code int) Fault {
	return Fault{name: http.StatusText(code), instead: func(*Server) reply { return page(code) }}
}

func page(code int) reply {
	return reply{status: code, header: http.Header{"Content-Type": {"text/html"}},
		body: []byte("<html><h1>" + http.StatusText(code) + "</h1></html>\n")}
}

// Refuse answers with an error in the service's form; the status is the first
// three digits of the code: 42908 is a 429.
func Refuse(code int, text string) Fault {
	return Fault{name: "refuse", instead: func(*Server) reply { return refuse(code, text).reply() }}
}

// RetryAfter answers 429 with this header, as a proxy does.
func RetryAfter(header string) Fault {
	return Fault{name: "retry after", instead: func(*Server) reply {
		return reply{status: http.StatusTooManyRequests, header: http.Header{"Retry-After": {header}}}
	}}
}

// Text answers with this status and body, and does nothing.
func Text(code int, body string) Fault {
	return Fault{name: "text", instead: func(*Server) reply { return reply{status: code, body: []byte(body)} }}
}

// Redirect answers 307 to an address, which asks a client to send all again there.
func Redirect(to string) Fault {
	return Fault{name: "redirect", instead: func(*Server) reply {
		return reply{status: http.StatusTemporaryRedirect, header: http.Header{"Location": {to}}}
	}}
}

// Hang takes the request, does nothing and never answers.
func Hang() Fault {
	return Fault{name: "hang", silent: true, instead: func(*Server) reply { return reply{} },
		write: func(s *Server, _ http.ResponseWriter, r *http.Request, _ reply) { s.wait(r, 0) }}
}

// HeldBack carries the request out, and answers once release is closed.
func HeldBack(release <-chan struct{}) Fault {
	return Fault{name: "held back", write: func(s *Server, w http.ResponseWriter, r *http.Request, rep reply) {
		select {
		case <-release:
			write(w, rep)
		case <-r.Context().Done():
		case <-s.quit:
		}
	}}
}

// DropAnswer carries the request out and closes the connection instead of answering.
func DropAnswer() Fault {
	return Fault{name: "drop answer", silent: true, write: func(*Server, http.ResponseWriter, *http.Request, reply) {
		panic(http.ErrAbortHandler)
	}}
}

// SlowBody carries the request out and answers a byte each pause.
func SlowBody(pause time.Duration) Fault {
	return Fault{name: "slow body", write: func(s *Server, w http.ResponseWriter, r *http.Request, rep reply) {
		body := rep.body
		rep.body = nil
		write(w, rep)
		for i := range body {
			if !s.wait(r, pause) {
				return
			}
			_, _ = w.Write(body[i : i+1])
			_ = http.NewResponseController(w).Flush()
		}
	}}
}

// EndlessBody does nothing and answers 200 with a body that never ends and has
// no line.
func EndlessBody() Fault {
	return endless("endless body", func(*Server) reply {
		return reply{status: http.StatusOK, body: []byte("<html>")}
	})
}

// EndlessSpace carries the request out and answers, followed by space that never ends.
func EndlessSpace() Fault { return endless("endless space", nil) }

func endless(name string, instead func(*Server) reply) Fault {
	return Fault{name: name, instead: instead, write: func(s *Server, w http.ResponseWriter, r *http.Request, rep reply) {
		write(w, rep)
		filler := []byte(strings.Repeat(" ", 4<<10))
		for {
			if _, err := w.Write(filler); err != nil || r.Context().Err() != nil {
				return
			}
			select {
			case <-s.quit:
				return
			default:
			}
		}
	}}
}

// Silence opens a stream, says these lines and no more, not even keepalives,
// as a connection does whose other end lost its line.
func Silence(lines ...string) Fault {
	return Fault{name: "silence", instead: func(*Server) reply { return reply{status: http.StatusOK} },
		write: func(s *Server, w http.ResponseWriter, r *http.Request, rep reply) {
			rep.body = []byte(strings.Join(append(lines, ""), "\n"))
			write(w, rep)
			_ = http.NewResponseController(w).Flush()
			s.wait(r, 0)
		}}
}

// wait waits for pause (0: for ever) and tells whether the client is still
// there and the service is not closed.
func (s *Server) wait(r *http.Request, pause time.Duration) bool {
	var over <-chan time.Time
	if pause > 0 {
		over = time.After(pause)
	}
	select {
	case <-over:
		return true
	case <-r.Context().Done():
	case <-s.quit:
	}
	return false
}
