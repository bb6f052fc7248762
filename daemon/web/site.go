package web

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Site is all that is served over TCP, or over a Unix socket to a reverse
// proxy.
type Site struct {
	Desk     Home
	Actions  Actions
	Door     Door
	Browsers Browsers
	Health   Health
	Entrance func() Entrance         // as the configuration in force has it
	Changed  func() <-chan struct{}  // closed when the state changes the next time
	Stop     <-chan struct{}         // closed when what has no end is to end
	Metrics  func(w io.Writer) error // writes the metrics of Prometheus; nil: there are none
	Now      func() time.Time
	Log      *slog.Logger
}

// site is a Site at work.
type site struct {
	Site
	api
	table   []route
	small   *smallPage
	brake   brake
	streams chan struct{} // one place for each stream of events
}

// Handler serves the site.
func (s Site) Handler() http.Handler {
	at := &site{Site: s, api: api{desk: s.Desk, log: s.Log}, small: newSmallPage(), streams: make(chan struct{}, streamsMost)}
	at.brake.engage = func() {
		s.Log.Warn("somebody tries keys that open nothing; after ten, each is told to wait")
	}
	at.table = at.routes()
	mux := http.NewServeMux()
	for _, r := range at.table {
		if r.access != local {
			mux.Handle(r.method+" "+r.pattern, at.guard(r))
		}
	}
	mux.HandleFunc(everything, func(w http.ResponseWriter, r *http.Request) { at.refuse(w, r, unserved(mux, w, r)) })
	return doorstep(mux)
}

// strictest is the policy of what is no page: nothing in it does anything.
const strictest = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// pagePolicy is the policy of a page: scripts, styles and pictures come from
// here and from nowhere else, and none stand in the page itself.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// doorstep puts on every answer what makes a browser careful with it. A page
// sets its own policy.
func doorstep(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", strictest)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		// Not no-referrer: with it a browser sends "Origin: null" with a form,
		// and by plain http that is all that tells our own page from another's.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Robots-Tag", "noindex")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// guard lets a request to one route through, or says why not.
func (s *site) guard(at route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength > at.body {
			w.Header().Set("Connection", "close") // nobody reads the rest
			s.refuse(w, r, TooLarge(at.body))
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, at.body)
		if err := s.admit(at, r); err != nil {
			s.refuse(w, r, err)
			return
		}
		at.serve(w, r)
	})
}

// admit tells whether who asks may use a route.
func (s *site) admit(at route, r *http.Request) error {
	if at.access == open {
		return nil
	}
	e := s.Entrance()
	if !e.knows(r) {
		return Refused("%q is no name of this machine; add it to hosts: in the configuration, or use the address that public_url has", r.Host)
	}
	if at.access == keyed {
		return nil // who has the key needs no cookie, so no other site can borrow one
	}
	if at.changes {
		if err := e.crossOrigin().Check(r); err != nil {
			return Refused("this came from another site: %w", err)
		}
	}
	who, known, err := s.who(at.access, e, r)
	if err != nil {
		return err
	}
	if !known {
		return Unknown("this needs a login; pair this browser with the link of: nightbell pair, or send a token of: nightbell token create NAME")
	}
	if ok, wait := s.brake.ask(who, s.Now()); !ok {
		return TooMany("too many requests of one login; try again in %s", wait.Round(time.Millisecond))
	}
	return nil
}

// who is the login of a request; 0 is this machine, where it needs none.
func (s *site) who(a access, e Entrance, r *http.Request) (id int64, known bool, err error) {
	tried := false
	for _, proof := range []struct{ kind, secret string }{
		{BrowserLogin, cookieOf(r)}, {TokenLogin, bearerOf(r)}, {CalendarLogin, calendarKeyOf(a, r)},
	} {
		if proof.secret == "" {
			continue
		}
		id, known, err = s.Door.Known(r.Context(), proof.kind, proof.secret)
		if err != nil || known {
			return id, known, err
		}
		tried = true
	}
	if a == login && e.homely(r) {
		return 0, true, nil // with an old cookie as well as without one
	}
	if tried {
		return 0, false, guess{Unknown("this login is not known, or was revoked; pair this browser again with the link of: nightbell pair, or make a token with: nightbell token create NAME")}
	}
	return 0, false, nil
}

// calendarKeyOf is the key in a calendar's address; it opens nothing else.
func calendarKeyOf(a access, r *http.Request) string {
	if a != feed {
		return ""
	}
	return r.URL.Query().Get("key")
}

// refuse says no in the form of what was asked: a document for programs, a
// page for people. Who brought a wrong key too often is only told to wait.
func (s *site) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	if wrong := new(guess); errors.As(err, wrong) {
		if ok, wait := s.brake.try(s.Now()); !ok {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
			err = TooMany("too many keys that open nothing; try again in a minute")
		}
	}
	var p *Problem
	if errors.As(err, &p) && p.Code == codeUnknown {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	if strings.HasPrefix(r.URL.Path, "/api/") || r.URL.Path == "/metrics" {
		s.fail(w, err)
		return
	}
	s.small.fail(w, s.Log, err)
}
