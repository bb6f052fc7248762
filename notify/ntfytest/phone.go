package ntfytest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Notification is what lies on the phone's screen.
type Notification struct {
	Message     // as it was last replaced
	Rings   int // how often the phone made itself heard for it: a replacement makes no sound
}

// Shown returns what the phone shows of a topic, oldest first. It works as the
// Android app from 1.22 on, or with Options.IPhone as the iOS app, which knows
// neither sequences nor clear nor delete.
func (s *Server) Shown(topic string) []Notification {
	s.mu.Lock()
	defer s.mu.Unlock()
	shown, _ := s.shown(topic)
	return shown
}

// Rings is how often the phone made itself heard for a topic, also for what is
// not shown any more.
func (s *Server) Rings(topic string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, rings := s.shown(topic)
	return rings
}

func (s *Server) shown(topic string) (shown []Notification, rings int) {
	s.deliver()
	for _, m := range s.log {
		if m.Topic != topic {
			continue
		}
		i := slices.IndexFunc(shown, func(n Notification) bool { return n.name() == m.name() })
		switch {
		case m.Event != "message" && (i < 0 || s.o.IPhone):
		case m.Event != "message": // message_delete, message_clear
			shown = slices.Delete(shown, i, i+1)
		case i >= 0 && !s.o.IPhone:
			shown[i].Message = m
		default:
			shown = append(shown, Notification{Message: m, Rings: 1})
			rings++
		}
		// A notification that was tapped away is gone before the next one with its name comes.
		if s.dismissed[m.ID] {
			shown = slices.DeleteFunc(shown, func(n Notification) bool { return n.ID == m.ID })
		}
	}
	return shown, rings
}

// Scheduled returns what a topic holds for later, the next first.
func (s *Server) Scheduled(topic string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deliver()
	return slices.DeleteFunc(slices.Clone(s.scheduled), func(m Message) bool { return m.Topic != topic })
}

// Messages returns every event of a topic that was delivered, in order: also
// message_delete and message_clear.
func (s *Server) Messages(topic string) []Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deliver()
	return slices.DeleteFunc(slices.Clone(s.log), func(m Message) bool { return m.Topic != topic })
}

// Dismiss swipes a notification away, whatever has replaced it meanwhile.
func (s *Server) Dismiss(n Notification) {
	s.mu.Lock()
	defer s.mu.Unlock()
	shown, _ := s.shown(n.Topic)
	for _, now := range shown {
		if now.ID == n.ID || !s.o.IPhone && now.name() == n.name() {
			s.dismissed[now.ID] = true
		}
	}
	s.happened()
}

// Publish sends a text to a topic from outside, as a stranger may.
func (s *Server) Publish(topic, text string) Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	m, wrong := s.publishText(topic, text)
	if wrong != nil {
		panic("ntfytest: " + wrong.Text)
	}
	s.happened()
	return m
}

// Tap presses a button of a notification: it makes the action's request, over
// the network and as the action says, and dismisses the notification when that
// worked and the action wants it. Its error says what the app would show.
func (s *Server) Tap(ctx context.Context, n Notification, label string) error {
	i := slices.IndexFunc(n.Actions, func(a Action) bool { return a.Label == label })
	if i < 0 {
		return fmt.Errorf("the notification has no button %q", label)
	}
	a := n.Actions[i]
	if a.Method == "" {
		a.Method = http.MethodPost
	}
	req, err := http.NewRequestWithContext(ctx, a.Method, a.URL, strings.NewReader(a.Body))
	if err != nil {
		return err
	}
	for key, value := range a.Headers {
		req.Header.Set(key, value)
	}
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // the app shows none of it
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fmt.Errorf("%s answered %d", a.URL, resp.StatusCode)
	}
	if a.Clear && !s.o.IPhone {
		s.Dismiss(n)
	}
	return nil
}
