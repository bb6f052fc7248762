package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"
)

const (
	// streamsMost is how many streams of events there may be: each is a page
	// that is open somewhere.
	streamsMost = 64
	// keepalive is how often a quiet stream shows that it lives: well below the
	// 60 s after which nginx and others give a silent connection up.
	keepalive = 25 * time.Second
	// takenWithin is how long a reader of a stream may take to take something.
	takenWithin = 10 * time.Second
)

// feedRoutes are what others read along by: events, the calendar, metrics.
func feedRoutes(s *site) []route {
	return []route{
		{"GET", "/api/v1/events", login, false, 0, s.events},
		{"GET", "/api/v1/calendar.ics", feed, false, 0, s.calendar},
		{"GET", "/api/v1/openapi.json", open, false, 0, s.openapi},
		{"GET", "/metrics", token, false, 0, s.metrics},
	}
}

// events is a stream of server-sent events: "status" with the status as it is
// now, and again whenever the state changes.
func (s *site) events(w http.ResponseWriter, r *http.Request) {
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		s.refuse(w, r, TooMany("%d streams of events are open already; close a page", streamsMost))
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would collect the stream
	if r.Method == http.MethodHead {
		return // nobody reads a stream of nothing, and the connection has other requests to carry
	}
	flush := endless(w)
	// A reader that takes nothing is given up: the deadline is set to an
	// instant long gone, which ends a write that hangs.
	send := func(text []byte) error {
		stuck := time.AfterFunc(takenWithin, func() { _ = flush.SetWriteDeadline(time.Unix(1, 0)) })
		defer stuck.Stop()
		if _, err := w.Write(text); err != nil {
			return err
		}
		return flush.Flush()
	}
	alive := time.NewTicker(keepalive)
	defer alive.Stop()
	for {
		changed := s.Changed() // before the status, so that no change falls between
		event, err := s.statusEvent(r)
		if err != nil {
			s.Log.Error("telling a stream of events", "err", err)
			return
		}
		for news := false; !news; {
			if send(event) != nil {
				return // whoever read it is gone
			}
			select {
			case <-changed:
				news = true
			case <-alive.C:
				event = []byte(": still here\n\n")
			case <-r.Context().Done():
				return
			case <-s.Stop:
				return
			}
		}
	}
}

func (s *site) statusEvent(r *http.Request) ([]byte, error) {
	doc, err := s.Desk.Status(r.Context())
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	return append(append([]byte("event: status\ndata: "), text...), "\n\n"...), nil
}

// calendarSessions is how much of the log the calendar shows: about a month.
const calendarSessions = 250

// calendar is plan and log for a calendar to subscribe to.
func (s *site) calendar(w http.ResponseWriter, r *http.Request) {
	plan, err := s.Desk.Plan(r.Context(), PlanQuery{})
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	log, err := s.Desk.Sessions(r.Context(), SessionsQuery{Limit: calendarSessions})
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	var text bytes.Buffer
	if err := WriteCalendar(&text, plan, log.Sessions); err != nil {
		s.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="nightbell.ics"`)
	if _, err := w.Write(text.Bytes()); err != nil {
		s.Log.Debug("answering a calendar", "err", err)
	}
}

// metrics is what Prometheus reads, in its text format.
func (s *site) metrics(w http.ResponseWriter, r *http.Request) {
	if s.Metrics == nil {
		s.refuse(w, r, NotFound("no metrics here"))
		return
	}
	var text bytes.Buffer
	if err := s.Metrics(&text); err != nil {
		s.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	if _, err := w.Write(text.Bytes()); err != nil {
		s.log.Debug("answering who reads the metrics", "err", err)
	}
}
