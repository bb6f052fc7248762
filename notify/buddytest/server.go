// Package buddytest is the pumping API of a Baby Buddy on loopback, as strict
// as the real one: it refuses what ends in the future, lasts over 24 hours,
// or touches another entry of the child's, and it wants an amount
// (https://github.com/babybuddy/babybuddy: docs/api.md, core/models.py).
package buddytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What the stand-in knows.
const (
	Token = "2h23807gd72h7hop382p98hd823dw3g665g56abc"
	Child = 1
)

// Entry is one entry of the pumping log.
type Entry struct {
	ID     int64     `json:"id"`
	Child  int64     `json:"child"`
	Amount *float64  `json:"amount"`
	Start  time.Time `json:"start"`
	End    time.Time `json:"end"`
	Notes  *string   `json:"notes"`
	Tags   []string  `json:"tags"`
}

// Server is the stand-in.
type Server struct {
	now  func() time.Time
	http *httptest.Server

	mu       sync.Mutex
	entries  []Entry
	next     int64
	fault    func(r *http.Request) int // a status to answer with in its place; 0: none
	deaf     bool                      // does what it is asked and breaks the line before the answer
	requests []string
}

// Start starts an empty one whose clock shows now.
func Start(now func() time.Time) *Server {
	s := &Server{now: now, next: 1}
	s.http = httptest.NewServer(http.HandlerFunc(s.serve))
	return s
}

// URL is the address of its first page.
func (s *Server) URL() string { return s.http.URL }

// Close ends it.
func (s *Server) Close() { s.http.Close() }

// Entries are the entries, by their start.
func (s *Server) Entries() []Entry {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := slices.Clone(s.entries)
	slices.SortFunc(list, func(a, b Entry) int { return a.Start.Compare(b.Start) })
	return list
}

// Requests are the methods and paths that were asked for, but for listings.
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Log logs an entry as a person does on Baby Buddy's page.
func (s *Server) Log(start time.Time, minutes int, amount float64, notes string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := Entry{ID: s.next, Child: Child, Amount: &amount, Start: start, End: start.Add(time.Duration(minutes) * time.Minute), Notes: &notes}
	s.next++
	s.entries = append(s.entries, e)
	return e.ID
}

// Edit changes an entry as a person does there.
func (s *Server) Edit(id int64, change func(*Entry)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.entries {
		if s.entries[i].ID == id {
			change(&s.entries[i])
		}
	}
}

// Delete takes an entry out as a person does there.
func (s *Server) Delete(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entries = slices.DeleteFunc(s.entries, func(e Entry) bool { return e.ID == id })
}

// Break answers with a status for as long as it gives one; nil: never.
func (s *Server) Break(fault func(r *http.Request) int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = fault
}

// Deafen has it lose the answers to what changes something.
func (s *Server) Deafen(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deaf = on
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault != nil {
		if code := s.fault(r); code != 0 {
			w.WriteHeader(code)
			return
		}
	}
	rest, ok := strings.CutPrefix(r.URL.Path, "/api/pumping/")
	switch {
	case !ok:
		http.NotFound(w, r)
		return
	case r.Header.Get("Authorization") != "Token "+Token:
		answer(w, http.StatusForbidden, map[string]string{"detail": "Invalid token."})
		return
	}
	if r.Method != http.MethodGet {
		s.requests = append(s.requests, r.Method+" "+r.URL.Path)
		if s.deaf {
			s.change(discard{}, r, rest)
			panic(http.ErrAbortHandler)
		}
		s.change(w, r, rest)
		return
	}
	if rest == "" {
		s.list(w, r)
		return
	}
	if i := s.find(rest); i >= 0 {
		answer(w, http.StatusOK, s.entries[i])
		return
	}
	answer(w, http.StatusNotFound, map[string]string{"detail": "Not found."})
}

func (s *Server) find(rest string) int {
	id, err := strconv.ParseInt(strings.TrimSuffix(rest, "/"), 10, 64)
	if err != nil {
		return -1
	}
	return slices.IndexFunc(s.entries, func(e Entry) bool { return e.ID == id })
}

func (s *Server) list(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	since, _ := time.Parse(time.RFC3339, q.Get("start_min"))
	limit, _ := strconv.Atoi(q.Get("limit"))
	offset, _ := strconv.Atoi(q.Get("offset"))
	if limit == 0 {
		limit = 100
	}
	list := []Entry{}
	for _, e := range s.entries {
		if !e.Start.Before(since) && (q.Get("child") == "" || q.Get("child") == fmt.Sprint(e.Child)) {
			list = append(list, e)
		}
	}
	slices.SortFunc(list, func(a, b Entry) int { return b.Start.Compare(a.Start) }) // newest first
	count := len(list)
	list = list[min(offset, count):min(offset+limit, count)]
	var next *string
	if offset+limit < count {
		address := fmt.Sprintf("%s/api/pumping/?limit=%d&offset=%d", s.http.URL, limit, offset+limit)
		next = &address
	}
	answer(w, http.StatusOK, map[string]any{"count": count, "next": next, "previous": nil, "results": list})
}

func (s *Server) change(w http.ResponseWriter, r *http.Request, rest string) {
	at := s.find(rest)
	if rest != "" && at < 0 {
		answer(w, http.StatusNotFound, map[string]string{"detail": "Not found."})
		return
	}
	if r.Method == http.MethodDelete {
		s.entries = slices.Delete(s.entries, at, at+1)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	e := Entry{Child: 0}
	if at >= 0 {
		e = s.entries[at]
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	if err := d.Decode(&e); err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"detail": "JSON parse error"})
		return
	}
	if at >= 0 {
		e.ID = s.entries[at].ID
	}
	if wrong := s.wrong(e); wrong != nil {
		answer(w, http.StatusBadRequest, wrong)
		return
	}
	if at >= 0 {
		s.entries[at] = e
		answer(w, http.StatusOK, e)
		return
	}
	e.ID = s.next
	s.next++
	s.entries = append(s.entries, e)
	answer(w, http.StatusCreated, e)
}

// wrong is what its models refuse.
func (s *Server) wrong(e Entry) map[string][]string {
	now := s.now()
	switch {
	case e.Child != Child:
		return map[string][]string{"child": {fmt.Sprintf("Invalid pk \"%d\" - object does not exist.", e.Child)}}
	case e.Amount == nil:
		return map[string][]string{"amount": {"This field is required."}}
	case e.Start.After(now):
		return map[string][]string{"start": {"Date/time can not be in the future."}}
	case e.End.After(now):
		return map[string][]string{"end": {"Date/time can not be in the future."}}
	case e.Start.After(e.End):
		return map[string][]string{"non_field_errors": {"Start time must come before end time."}}
	case e.End.Sub(e.Start) > 24*time.Hour:
		return map[string][]string{"non_field_errors": {"Duration too long."}}
	}
	for _, o := range s.entries {
		if o.ID != e.ID && !o.Start.After(e.End) && !o.End.Before(e.Start) {
			return map[string][]string{"non_field_errors": {"Another entry intersects the specified time period."}}
		}
	}
	return nil
}

func answer(w http.ResponseWriter, code int, doc any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(doc)
}

// discard is the line that breaks before the answer.
type discard struct{}

func (discard) Header() http.Header         { return http.Header{} }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}
