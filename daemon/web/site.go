package web

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Site is all that is served over TCP, or over a Unix socket to a reverse
// proxy.
type Site struct {
	Desk     Home
	Actions  Actions
	Health   Health
	Entrance func() Entrance // as the configuration in force has it
	Log      *slog.Logger
}

// Entrance is what the configuration says of who may come in.
type Entrance struct {
	PublicURL string   // what links begin with; empty: nothing leads here from outside
	Always    bool     // this machine needs a login too
	Hosts     []string // further names of this machine
}

// site is a Site at work.
type site struct {
	Site
	api
	page *actionPageWriter
}

// Handler serves the site.
func (s Site) Handler() http.Handler {
	at := &site{Site: s, api: api{desk: s.Desk, log: s.Log}, page: newActionPage()}
	mux := http.NewServeMux()
	for _, r := range at.routes() {
		if r.access != local {
			mux.Handle(r.method+" "+r.pattern, at.guard(r))
		}
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		at.refuse(w, r, NotFound("no %s %s here", r.Method, r.URL.Path))
	})
	return at.doorstep(mux)
}

// strictest is the policy of what is no page: nothing in it does anything.
const strictest = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

// pagePolicy is the policy of a page: scripts, styles and pictures come from
// here and from nowhere else, and none stand in the page itself.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// doorstep is what every request passes before it is known where it leads.
func (s *site) doorstep(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", strictest)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
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
	e := s.Entrance()
	if !hostKnown(e, r) && at.access != open {
		return Refused("%q is no name of this machine; add it to hosts: in the configuration, or use the address that public_url has", r.Host)
	}
	if at.changes && at.access != keyed {
		if err := crossOrigin(e).Check(r); err != nil {
			return Refused("this came from another site: %w", err)
		}
	}
	switch at.access {
	case open, keyed:
		return nil
	case login:
		if e.homely(r) {
			return nil
		}
	}
	return Unknown("this needs a login; pair this browser with the link of: nightbell pair, or send a token of: nightbell token create NAME")
}

// crossOrigin refuses what another site's page makes a browser send.
func crossOrigin(e Entrance) *http.CrossOriginProtection {
	p := http.NewCrossOriginProtection()
	if u, err := url.Parse(e.PublicURL); err == nil && u.Host != "" {
		// A proxy may put another Host in the place of the one that was asked.
		_ = p.AddTrustedOrigin(u.Scheme + "://" + u.Host) // parsed: it is an origin
	}
	return p
}

// homely tells whether a request needs no login: it comes from this machine,
// to this machine's own address, past no proxy, and nothing else can reach the
// daemon. What a request says of where it comes from never grants anything.
func (e Entrance) homely(r *http.Request) bool {
	if e.PublicURL != "" || e.Always || forwarded(r) {
		return false
	}
	peer, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && peer.Addr().Unmap().IsLoopback() && loopbackName(hostName(r.Host))
}

// forwarded tells whether a request shows that a proxy passed it on. HTTP/1.0
// is one of the signs: it is how nginx before 1.29.7 speaks to what is behind
// it when nobody says otherwise, and no browser does.
func forwarded(r *http.Request) bool {
	if !r.ProtoAtLeast(1, 1) {
		return true
	}
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Forwarded") || slices.Contains(proxyHeaders(), name) {
			return true
		}
	}
	return false
}

// proxyHeaders are those, besides X-Forwarded-*, that proxies add (RFC 7239,
// RFC 9110 7.6.3, and the habits of nginx, Cloudflare, Akamai and Tailscale).
func proxyHeaders() []string {
	return []string{"Forwarded", "Via", "X-Real-Ip", "X-Client-Ip", "X-Original-Forwarded-For", "X-Cluster-Client-Ip",
		"Cf-Connecting-Ip", "True-Client-Ip", "Fastly-Client-Ip", "Tailscale-User-Login"}
}

// hostKnown tells whether the name that a request was sent to is one of this
// machine's: a name that somebody else made lead here opens nothing.
func hostKnown(e Entrance, r *http.Request) bool {
	name := hostName(r.Host)
	if loopbackName(name) || slices.Contains(e.Hosts, name) {
		return true
	}
	if u, err := url.Parse(e.PublicURL); err == nil && u.Host != "" && strings.EqualFold(u.Hostname(), name) {
		return true
	}
	// The address itself, where listen is one that others can reach: numbers
	// cannot be made to lead elsewhere.
	local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	ip, err := netip.ParseAddr(name)
	if err != nil || local == nil {
		return false
	}
	at, err := netip.ParseAddrPort(local.String())
	return err == nil && at.Addr().Unmap() == ip.Unmap()
}

// hostName is a Host without its port, in lower case.
func hostName(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// loopbackName tells whether a name can only be this machine.
func loopbackName(name string) bool {
	ip, err := netip.ParseAddr(name)
	return name == "localhost" || err == nil && ip.IsLoopback()
}

// refuse says no in the form of what was asked: a document for programs, a
// page for people.
func (s *site) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, context.Canceled) {
		return
	}
	if strings.HasPrefix(r.URL.Path, "/api/") {
		s.fail(w, err)
		return
	}
	s.page.fail(w, s.log, err)
}
