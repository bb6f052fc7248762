package ntfytest

import (
	"strings"
	"testing"
	"time"
)

func TestPhone(t *testing.T) {
	texts := func(s *Server) string {
		var all []string
		for _, n := range s.Shown(Topic) {
			all = append(all, n.Text+strings.Repeat("!", n.Rings))
		}
		return strings.Join(all, " ")
	}
	say := func(t *testing.T, s *Server, text, sequence string) {
		t.Helper()
		publish(t, s, `,"message":"`+text+`","sequence_id":"`+sequence+`"`)
	}
	for _, c := range []struct {
		rule string
		o    Options
		do   func(*testing.T, *Server, *clock)
		want string // texts, a ! for each ring
	}{
		{"two names are two notifications", Options{}, func(t *testing.T, s *Server, _ *clock) { say(t, s, "a", "1"); say(t, s, "b", "2") }, "a! b!"},
		{"one name is replaced without a sound", Options{}, func(t *testing.T, s *Server, _ *clock) { say(t, s, "a", "1"); say(t, s, "b", "1") }, "b!"},
		{"without names each is shown", Options{}, func(t *testing.T, s *Server, _ *clock) { publish(t, s, ""); publish(t, s, "") }, "x! x!"},
		{"an older server knows no names", Options{Old: true}, func(t *testing.T, s *Server, _ *clock) { say(t, s, "a", "1"); say(t, s, "b", "1") }, "a! b!"},
		{"an iPhone knows no names", Options{IPhone: true}, func(t *testing.T, s *Server, _ *clock) {
			say(t, s, "a", "1")
			say(t, s, "b", "1")
			ask(t, s, "DELETE", "/"+Topic+"/1", "", "")
		}, "a! b!"},
		{"deleted is gone, and comes again with a sound", Options{}, func(t *testing.T, s *Server, _ *clock) {
			say(t, s, "a", "1")
			say(t, s, "b", "2")
			ask(t, s, "DELETE", "/"+Topic+"/1", "", "")
			ask(t, s, "DELETE", "/"+Topic+"/2", "", "")
			say(t, s, "c", "2")
		}, "c!"},
		{"cleared is gone", Options{}, func(t *testing.T, s *Server, _ *clock) {
			say(t, s, "a", "1")
			ask(t, s, "PUT", "/"+Topic+"/1/clear", "", "")
		}, ""},
		{"swiped away is gone, and comes again with a sound", Options{}, func(t *testing.T, s *Server, _ *clock) {
			say(t, s, "a", "1")
			old := s.Shown(Topic)[0]
			say(t, s, "b", "1")
			s.Dismiss(old)
			say(t, s, "c", "1")
		}, "c!"},
		{"scheduled comes when it is due", Options{}, func(t *testing.T, s *Server, c *clock) {
			publish(t, s, `,"delay":"10m"`)
			if len(s.Shown(Topic)) != 0 || len(s.Scheduled(Topic)) != 1 {
				t.Error("it is there already")
			}
			c.move(10 * time.Minute)
		}, "x!"},
		{"scheduled is not replaced by its name", Options{}, func(t *testing.T, s *Server, c *clock) {
			publish(t, s, `,"message":"a","delay":"10m","sequence_id":"1"`)
			publish(t, s, `,"message":"b","delay":"20m","sequence_id":"1"`)
			c.move(15 * time.Minute)
		}, "a!"},
		{"scheduled and deleted never comes", Options{}, func(t *testing.T, s *Server, c *clock) {
			publish(t, s, `,"delay":"10m","sequence_id":"1"`)
			ask(t, s, "DELETE", "/"+Topic+"/1", "", "")
			c.move(time.Hour)
		}, ""},
		{"scheduled and cleared still comes", Options{}, func(t *testing.T, s *Server, c *clock) {
			publish(t, s, `,"delay":"10m","sequence_id":"1"`)
			ask(t, s, "PUT", "/"+Topic+"/1/clear", "", "")
			c.move(time.Hour)
		}, "x!"},
	} {
		t.Run(c.rule, func(t *testing.T) {
			s, clock := begin(t, c.o)
			c.do(t, s, clock)
			if got := texts(s); got != c.want {
				t.Errorf("shown %q, want %q", got, c.want)
			}
		})
	}
}

func TestTap(t *testing.T) {
	s, _ := begin(t, Options{})
	button := func(clear string) string {
		return `,"actions":[{"action":"http","label":"Done","url":"` + s.URL() + `/replies","body":"a/done/k","clear":` + clear + `},
			{"action":"http","label":"Broken","url":"` + s.URL() + `/a/b/c/d","clear":true}]`
	}
	publish(t, s, button("true"))
	n := s.Shown(Topic)[0]
	if err := s.Tap(t.Context(), n, "Skip"); err == nil {
		t.Error("a button that is not there was pressed")
	}
	if err := s.Tap(t.Context(), n, "Broken"); err == nil || len(s.Shown(Topic)) != 1 {
		t.Errorf("got %v; shown %v", err, s.Shown(Topic))
	}
	if err := s.Tap(t.Context(), n, "Done"); err != nil {
		t.Fatal(err)
	}
	if got := s.Messages("replies"); len(got) != 1 || got[0].Text != "a/done/k" {
		t.Errorf("replies %+v", got)
	}
	if len(s.Shown(Topic)) != 0 {
		t.Error("still shown")
	}
	publish(t, s, button("false"))
	if err := s.Tap(t.Context(), s.Shown(Topic)[0], "Done"); err != nil || len(s.Shown(Topic)) != 1 {
		t.Errorf("got %v; shown %v", err, s.Shown(Topic))
	}
}
