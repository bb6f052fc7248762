package ntfytest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// reply is an answer before it is written.
type reply struct {
	status int
	header http.Header
	body   []byte
	stream *stream // instead of a body
}

// stream is a subscription that stays.
type stream struct {
	topic string
	old   []Message
	seen  int // of s.log
}

// serve is every request's way: note it, look for a fault, answer.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	body := readAll(r)
	s.mu.Lock()
	entry := len(s.requests)
	s.requests = append(s.requests, Request{At: s.o.Real(), Method: r.Method, Path: r.URL.RequestURI(), Token: token, Body: body})
	s.deliver()
	fault := s.fault(r)
	var rep reply
	if fault != nil && fault.instead != nil {
		rep = fault.instead(s)
	} else {
		rep = s.answer(r, token, body)
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
	switch {
	case fault != nil && fault.write != nil:
		fault.write(s, w, r, rep)
	case rep.stream != nil:
		s.stream(w, r, rep.stream)
	default:
		write(w, rep)
	}
}

func write(w http.ResponseWriter, rep reply) {
	for key, values := range rep.header {
		w.Header()[key] = values
	}
	w.WriteHeader(rep.status)
	_, _ = w.Write(rep.body)
}

func said(m Message, wrong *refusal) reply {
	if wrong != nil {
		return wrong.reply()
	}
	return reply{status: http.StatusOK, body: m.line()}
}

func (e refusal) reply() reply {
	body, err := json.Marshal(e)
	if err != nil {
		panic(err) // only values of this package get here
	}
	return reply{status: e.HTTP, header: http.Header{"Content-Type": {"application/json"}}, body: append(body, '\n')}
}

// answer finds the endpoint.
func (s *Server) answer(r *http.Request, token, body string) reply {
	if !s.affords() {
		return refuse(42901, "limit reached: too many requests, please be nice").reply()
	}
	part := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	topic, page := part[0], ""
	if len(part) > 1 {
		page = part[1]
	}
	writes := r.Method == http.MethodPost || r.Method == http.MethodPut
	switch {
	case r.Method == http.MethodPost && topic == "" && len(part) == 1:
		return said(s.publishJSON(body, token))
	case writes && len(part) == 1:
		if wrong := s.allowed(topic, token, true); wrong != nil {
			return wrong.reply()
		}
		return said(s.publishText(topic, body))
	case !s.o.Old && r.Method == http.MethodDelete && len(part) == 2:
		if wrong := s.allowed(topic, token, true); wrong != nil {
			return wrong.reply()
		}
		return said(s.event("message_delete", topic, page))
	case !s.o.Old && r.Method == http.MethodPut && len(part) == 3 && part[2] == "clear":
		if wrong := s.allowed(topic, token, true); wrong != nil {
			return wrong.reply()
		}
		return said(s.event("message_clear", topic, page))
	case r.Method == http.MethodGet && len(part) == 2 && (page == "json" || page == "auth"):
		if wrong := s.allowed(topic, token, false); wrong != nil {
			return wrong.reply()
		}
		if page == "auth" {
			return reply{status: http.StatusOK, body: []byte(`{"success":true}` + "\n")}
		}
		return s.subscribe(r, topic)
	}
	return refuse(40401, "page not found").reply()
}

// allowed says who may not do what with a topic; nil: the request may.
func (s *Server) allowed(topic, token string, write bool) *refusal {
	switch {
	case s.o.Token == "" && token == "" || token != "" && token == s.o.Token:
		return nil
	case token != "":
		return refuse(40101, "unauthorized")
	case write && slices.Contains(s.o.Open, topic):
		return nil
	}
	return refuse(40301, "forbidden")
}

// affords counts a request against the limit, and tells whether it is within.
func (s *Server) affords() bool {
	if s.o.Requests < 0 {
		return true
	}
	now := s.o.Now()
	if !s.spentAt.IsZero() {
		s.spent = max(0, s.spent-now.Sub(s.spentAt).Seconds()/5)
	}
	s.spentAt = now
	if s.spent+1 > float64(s.o.Requests) {
		return false
	}
	s.spent++
	return true
}

// subscribe is GET /TOPIC/json.
func (s *Server) subscribe(r *http.Request, topic string) reply {
	q := r.URL.Query()
	from := q.Get("since")
	if q.Get("poll") == "1" {
		if from == "" {
			from = "all"
		}
		var body []byte
		for _, m := range s.since(topic, from, q.Get("scheduled") == "1") {
			body = append(body, m.line()...)
		}
		return reply{status: http.StatusOK, body: body}
	}
	return reply{status: http.StatusOK, stream: &stream{topic: topic, old: s.since(topic, from, false), seen: len(s.log)}}
}

// stream writes what comes until the client goes, or Cut or Close end it.
func (s *Server) stream(w http.ResponseWriter, r *http.Request, st *stream) {
	s.mu.Lock()
	s.streams++
	open := Message{ID: s.name(), Time: s.o.Now().Unix(), Event: "open", Topic: st.topic}
	cut := s.cut
	s.happened()
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.streams--
		s.happened()
	}()
	w.Header().Set("Content-Type", "application/x-ndjson; charset=utf-8")
	lines := append([]Message{open}, st.old...)
	beat := time.NewTicker(max(time.Millisecond, time.Duration(float64(alive)*s.o.Scale)))
	defer beat.Stop()
	for {
		for _, m := range lines {
			if _, err := w.Write(m.line()); err != nil {
				return
			}
		}
		if http.NewResponseController(w).Flush() != nil {
			return
		}
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if lines = s.news(st); len(lines) > 0 {
			continue
		}
		select {
		case <-changed:
		case <-beat.C:
			s.mu.Lock()
			lines = []Message{{ID: s.name(), Time: s.o.Now().Unix(), Event: "keepalive", Topic: st.topic}}
			s.mu.Unlock()
		case <-cut:
			return
		case <-s.quit:
			return
		case <-r.Context().Done():
			return
		}
	}
}

// news returns what came to the topic since the stream looked.
func (s *Server) news(st *stream) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deliver()
	var lines []Message
	for _, m := range s.log[st.seen:] {
		if m.Topic == st.topic {
			lines = append(lines, m)
		}
	}
	st.seen = len(s.log)
	return lines
}
