package web

import (
	"net/http"
	"strings"
)

// access says who may use a route over TCP, or through a reverse proxy.
type access int

const (
	// open: everybody. It tells nothing of anybody and changes nothing.
	open access = iota
	// login: a paired browser or a token; on this machine nobody is asked, as
	// long as nothing else can reach the daemon (Entrance).
	login
	// token: a paired browser or a token, on this machine too: programs that
	// read it are known by name.
	token
	// feed: the key of a calendar that is part of the address, or as token.
	feed
	// keyed: whoever has the key that is part of the address.
	keyed
	// local: nobody. Only the daemon's own Unix socket serves it.
	local
)

// route is one row of the table of routes. Everything that is served stands in
// the table, and both doors, TCP and the Unix socket, are built from it.
type route struct {
	method, pattern string // as http.ServeMux takes them
	access          access
	changes         bool  // it changes something; a GET never does
	body            int64 // the longest body that is read, in bytes; 0: none is
	serve           http.HandlerFunc
}

// routes is the table of all that is served over TCP.
func (s *site) routes() []route {
	table := apiRoutes(&s.api)
	table = append(table, feedRoutes(s)...)
	table = append(table, browserRoutes(s)...)
	table = append(table, probeRoutes(s.Health)...)
	table = append(table, linkRoutes(s)...)
	table = append(table, pairRoutes(s)...)
	return append(table, pageRoutes(s)...)
}

// apiRoutes is the API. The Unix socket serves these, and asks for no login.
func apiRoutes(a *api) []route {
	return []route{
		{"GET", "/api/v1/status", login, false, 0, a.status},
		{"GET", "/api/v1/plan", login, false, 0, a.plan},
		{"GET", "/api/v1/sessions", login, false, 0, a.sessions},
		{"GET", "/api/v1/report", login, false, 0, a.report},
		{"POST", "/api/v1/sessions", login, true, bodyMost, a.change(Log)},
		{"PATCH", "/api/v1/sessions/{id}", login, true, bodyMost, a.session(Edit)},
		{"DELETE", "/api/v1/sessions/{id}", login, true, bodyMost, a.session(Delete)},
		{"POST", "/api/v1/undo", login, true, bodyMost, a.change(Undo)},
		{"POST", "/api/v1/pause", login, true, bodyMost, a.change(Pause)},
		{"POST", "/api/v1/resume", login, true, bodyMost, a.change(Resume)},
		{"POST", "/api/v1/rest", login, true, bodyMost, a.change(Rest)},
		{"POST", "/api/v1/pain", login, true, bodyMost, a.change(Pain)},
		{"POST", "/api/v1/zone", login, true, bodyMost, a.change(Zone)},
		{"POST", "/api/v1/reminders/{id}/{action}", login, true, bodyMost, a.answer},
		{"GET", "/api/v1/logins", login, false, 0, a.logins},
		{"POST", "/api/v1/logins", local, true, bodyMost, a.addToken},
		{"DELETE", "/api/v1/logins/{id}", login, true, bodyMost, a.revoke},
		{"POST", "/api/v1/pairings", login, true, bodyMost, a.pair},
		{"POST", "/api/v1/test", local, true, bodyMost, a.test},
		{"GET", "/api/v1/backup", local, false, 0, a.backup},
		{"GET", "/api/v1/export", local, false, 0, a.export},
		{"POST", "/api/v1/import", local, true, importMost, a.importHistory},
		{"POST", "/api/v1/unpark", local, true, bodyMost, a.change(Unpark)},
	}
}

// everything is the pattern of what no route serves.
const everything = "/"

// unserved says why no route of mux serves a request: by its method, and then
// the answer gets the Allow of RFC 9110 15.5.6, or because nothing is there.
func unserved(mux *http.ServeMux, w http.ResponseWriter, r *http.Request) error {
	var takes []string
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := *r
		other.Method = method
		if _, pattern := mux.Handler(&other); pattern != everything {
			takes = append(takes, method)
		}
	}
	if takes == nil {
		return NotFound("no %s %s here", r.Method, r.URL.Path)
	}
	allow := strings.Join(takes, ", ")
	w.Header().Set("Allow", allow)
	return WrongMethod("%s is asked for with %s, not with %s", r.URL.Path, allow, r.Method)
}
