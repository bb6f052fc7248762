package pushovertest

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// serve is every request's way: note it, look for a fault, answer.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	path, known := strings.CutPrefix(r.URL.Path, "/1")
	form, problem := readForm(r)
	s.mu.Lock()
	s.active++
	s.settle()
	entry := len(s.requests)
	s.requests = append(s.requests, Request{At: s.o.Real(), Method: r.Method, Path: path, Form: form})
	s.violations = append(s.violations, s.conduct.arrive(s.requests[entry], s.active)...)
	fault := s.fault(path)
	var rep reply
	switch {
	case fault != nil && fault.instead != nil:
		rep = fault.instead(s)
	case !known:
		rep = s.refuse(http.StatusNotFound, nil, "no such page")
	case problem != "":
		rep = s.refuse(http.StatusBadRequest, nil, problem)
	default:
		rep = s.answer(r.Method, path, form)
	}
	status := rep.status
	if fault != nil {
		s.requests[entry].Fault = fault.name
		if fault.silent {
			status = 0
		}
	}
	s.requests[entry].Status = status
	s.happened()
	s.mu.Unlock()
	// Leaving counts before the answer is out: the client's next request may
	// arrive as soon as it has read this one's last byte.
	leave := sync.OnceFunc(func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.active--
		s.happened()
		s.conduct.leave(s.requests[entry], retryAfter(rep, s.o.Now()))
	})
	defer leave()
	if fault != nil && fault.write != nil {
		fault.write(s, w, r, rep)
		return
	}
	leave()
	write(w, rep)
}

// settle gives requests that the client has given up 100 ms to be noticed, so
// that only what really goes on at the same time is counted. It lets the lock go.
func (s *Server) settle() {
	for range 20 {
		if s.active <= mostRequests {
			return
		}
		s.mu.Unlock()
		<-time.After(5 * time.Millisecond)
		s.mu.Lock()
	}
}

func write(w http.ResponseWriter, rep reply) {
	for key, values := range rep.header {
		w.Header()[key] = values
	}
	w.WriteHeader(rep.status)
	_, _ = w.Write(rep.body)
}

// readForm reads the parameters, or says what is wrong with them.
func readForm(r *http.Request) (url.Values, string) {
	if r.Method == http.MethodGet {
		return r.URL.Query(), ""
	}
	if kind := r.Header.Get("Content-Type"); kind != "application/x-www-form-urlencoded" {
		return url.Values{}, "content type " + kind + " is not a form"
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, 64<<10))
	if err != nil {
		return url.Values{}, "the body ended early"
	}
	form, err := url.ParseQuery(string(text))
	if err != nil {
		return form, "the form is not one"
	}
	return form, ""
}

// answer finds the endpoint.
func (s *Server) answer(method, path string, form url.Values) reply {
	name, isPage := strings.CutSuffix(path, ".json")
	part := strings.Split(strings.TrimPrefix(name, "/"), "/")
	if !isPage {
		return s.refuse(http.StatusNotFound, nil, "no such page")
	}
	if form.Get("token") != s.o.Token {
		return s.refuse(http.StatusBadRequest, fields{"token": "invalid"}, "application token is invalid")
	}
	post := method == http.MethodPost
	switch {
	case post && name == "/messages":
		return s.message(form)
	case post && name == "/users/validate":
		return s.validate(form)
	case !post && len(part) == 2 && part[0] == "receipts":
		return s.receipt(part[1])
	case post && len(part) == 3 && part[0] == "receipts" && part[1] == "cancel_by_tag":
		return s.cancelByTag(part[2])
	case post && len(part) == 3 && part[0] == "receipts" && part[2] == "cancel":
		return s.cancel(part[1])
	}
	return s.refuse(http.StatusNotFound, nil, "no such page")
}
