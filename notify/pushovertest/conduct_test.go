package pushovertest

import (
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"sync"
	"testing"
	"time"
)

func TestConduct(t *testing.T) {
	message := func(t *testing.T, s *Server, title string) {
		post(t, s, "/messages.json", map[string]string{"title": title})
	}
	for _, c := range []struct {
		rule string
		do   func(t *testing.T, s *Server, c *clock)
		want []string
	}{
		{"the same message twice is no breach", func(t *testing.T, s *Server, _ *clock) { message(t, s, "a"); message(t, s, "a") }, nil},
		{"a refused message is not repeated", func(t *testing.T, s *Server, c *clock) {
			s.Fail(Reject400("no"), 1)
			message(t, s, "a")
			c.move(time.Hour)
			message(t, s, "a")
			message(t, s, "b")
		}, []string{"POST /messages.json: repeated after a 400"}},
		{"after a 5xx 5 s are waited", func(t *testing.T, s *Server, c *clock) {
			s.Fail(Status(503), 2)
			message(t, s, "a")
			c.move(4 * time.Second)
			message(t, s, "a")
			c.move(5 * time.Second)
			message(t, s, "a")
		}, []string{"POST /messages.json: repeated 1s too early"}},
		{"another message may go at once", func(t *testing.T, s *Server, _ *clock) {
			s.Fail(Status(503), 1)
			message(t, s, "a")
			message(t, s, "b")
		}, nil},
		{"Retry-After is honoured", func(t *testing.T, s *Server, c *clock) {
			s.Fail(Limit429("60"), 1)
			message(t, s, "a")
			c.move(59 * time.Second)
			message(t, s, "a")
			c.move(time.Second)
			message(t, s, "a")
		}, []string{"POST /messages.json: repeated 1s too early"}},
		{"newer words of the same tag are the same message", func(t *testing.T, s *Server, c *clock) {
			s.Fail(Status(500), 1)
			for _, words := range []string{"a", "b"} {
				post(t, s, "/messages.json", map[string]string{"title": words, "tags": "t"})
			}
		}, []string{"POST /messages.json: repeated 5s too early"}},
		{"receipts are read once in 5 s, all together", func(t *testing.T, s *Server, c *clock) {
			get(t, s, "/receipts/a.json")
			c.move(3 * time.Second)
			get(t, s, "/receipts/b.json")
			c.move(5 * time.Second)
			get(t, s, "/receipts/c.json")
		}, []string{"GET /receipts/b.json: receipts read 2s too early, one in 5s is allowed"}},
		{"a gone receipt is not asked for again", func(t *testing.T, s *Server, c *clock) {
			get(t, s, "/receipts/a.json")
			c.move(time.Minute)
			get(t, s, "/receipts/a.json")
		}, []string{"GET /receipts/a.json: repeated after a 404"}},
		{"fields are Pushover's", func(t *testing.T, s *Server, _ *clock) {
			post(t, s, "/messages.json", map[string]string{"call": "1"})
		}, []string{`POST /messages.json: the field "call" is unknown`}},
		{"two at a time", func(t *testing.T, s *Server, _ *clock) {
			s.Fail(Hang(), 3)
			var all sync.WaitGroup
			for i := range 3 {
				all.Go(func() {
					resp, err := http.PostForm(s.API()+"/messages.json", url.Values{"title": {strconv.Itoa(i)}})
					if err == nil {
						resp.Body.Close()
					}
				})
			}
			if err := s.Await(t.Context(), func() bool { return len(s.Requests()) == 3 }); err != nil {
				t.Error(err)
			}
			s.Close()
			all.Wait()
		}, []string{"POST /messages.json: 3 requests at a time, more than 2"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			s, clock := begin(t, Options{})
			c.do(t, s, clock)
			if got := s.Violations(); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestSpacingIsScaled(t *testing.T) {
	s, c := begin(t, Options{Scale: 0.01})
	get(t, s, "/receipts/a.json")
	c.move(50 * time.Millisecond)
	get(t, s, "/receipts/b.json")
	c.move(49 * time.Millisecond)
	get(t, s, "/receipts/c.json")
	if got := s.Violations(); len(got) != 1 || got[0] != "GET /receipts/c.json: receipts read 1ms too early, one in 50ms is allowed" {
		t.Errorf("got %q", got)
	}
}
