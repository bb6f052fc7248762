package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Desk is what the API needs of the daemon.
type Desk interface {
	Logins
	Status(ctx context.Context) (StatusDoc, error)
	Plan(ctx context.Context, q PlanQuery) (PlanDoc, error)
	Sessions(ctx context.Context, q SessionsQuery) (SessionsDoc, error)
	Report(ctx context.Context, q ReportQuery) (ReportDoc, error)
	Do(ctx context.Context, q Request) (Reply, error)
	// Test sends a test push on one channel and reports each line of what
	// happens as it happens. It ends when ctx does.
	Test(ctx context.Context, q TestQuery, say func(string)) error
	// Backup writes a consistent copy of the journal.
	Backup(ctx context.Context, w io.Writer) error
	Keeper
}

// PlanQuery asks for a plan: of now (zero: the present), for so many hours
// (zero: to the horizon), with its explanation.
type PlanQuery struct {
	Now     time.Time
	Hours   float64
	Explain bool
}

// SessionsQuery asks for the newest Limit sessions (0: 200) of those that
// start in [From, To); zero ends are open.
type SessionsQuery struct {
	Limit    int
	Deleted  bool
	From, To time.Time
}

// TestQuery asks for a test push. An empty channel is every one.
type TestQuery struct {
	Channel string `json:"channel"`
	Alarm   bool   `json:"alarm"` // level alarm, and wait for the acknowledgement
}

// Health answers healthz and readyz; nil is well.
type Health struct {
	Alive func() error
	Ready func() error
}

// Probes serves /healthz and /readyz and nothing else.
func Probes(h Health) http.Handler {
	mux := http.NewServeMux()
	for _, r := range probeRoutes(h) {
		mux.HandleFunc(r.method+" "+r.pattern, r.serve)
	}
	return mux
}

// probeRoutes are /healthz and /readyz.
func probeRoutes(h Health) []route {
	probe := func(check func() error) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			if err := check(); err != nil {
				w.WriteHeader(http.StatusServiceUnavailable)
				fmt.Fprintln(w, err)
				return
			}
			fmt.Fprintln(w, "ok")
		}
	}
	return []route{
		{"GET", "/healthz", open, false, 0, probe(h.Alive)},
		{"GET", "/readyz", open, false, 0, probe(h.Ready)},
	}
}

// bodyMost bounds a request's body: a session with the longest note is far
// below it.
const bodyMost = 64 << 10

// api is the handlers' shared part.
type api struct {
	desk Desk
	log  *slog.Logger
}

// API serves /api/v1. It asks for no login: it is meant for the Unix socket,
// whose folder and mode say who may.
func API(desk Desk, log *slog.Logger) http.Handler {
	a := &api{desk: desk, log: log}
	mux := http.NewServeMux()
	for _, r := range apiRoutes(a) {
		mux.HandleFunc(r.method+" "+r.pattern, r.serve)
	}
	mux.HandleFunc(everything, func(w http.ResponseWriter, r *http.Request) { a.fail(w, unserved(mux, w, r)) })
	return mux
}

func (a *api) status(w http.ResponseWriter, r *http.Request) {
	doc, err := a.desk.Status(r.Context())
	a.reply(w, doc, err)
}

func (a *api) plan(w http.ResponseWriter, r *http.Request) {
	q, err := planQuery(r)
	if err != nil {
		a.fail(w, err)
		return
	}
	doc, err := a.desk.Plan(r.Context(), q)
	a.reply(w, doc, err)
}

func planQuery(r *http.Request) (PlanQuery, error) {
	var q PlanQuery
	var err error
	if v := r.URL.Query().Get("now"); v != "" {
		if q.Now, err = time.Parse(time.RFC3339, v); err != nil {
			return q, Wrong("now=%q is not an instant; write it like 2026-06-10T09:45:00+02:00", v)
		}
	}
	if v := r.URL.Query().Get("hours"); v != "" {
		if q.Hours, err = strconv.ParseFloat(v, 64); err != nil || !(q.Hours > 0 && q.Hours <= 72) {
			return q, Wrong("hours=%q; use a number above 0, at most 72", v)
		}
	}
	switch v := r.URL.Query().Get("explain"); v {
	case "", "false":
	case "true":
		q.Explain = true
	default:
		return q, Wrong("explain=%q; use true or false", v)
	}
	return q, nil
}

func (a *api) sessions(w http.ResponseWriter, r *http.Request) {
	q := SessionsQuery{Deleted: r.URL.Query().Get("deleted") == "true"}
	if v := r.URL.Query().Get("limit"); v != "" {
		n, err := strconv.Atoi(v)
		if err != nil || n < 1 || n > 10000 {
			a.fail(w, Wrong("limit=%q; use 1 to 10000", v))
			return
		}
		q.Limit = n
	}
	doc, err := a.desk.Sessions(r.Context(), q)
	a.reply(w, doc, err)
}

// change serves a request of one kind.
func (a *api) change(what What) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		q, err := readRequest(w, r)
		if err != nil {
			a.fail(w, err)
			return
		}
		q.What = what
		a.do(w, r, q)
	}
}

func (a *api) answer(w http.ResponseWriter, r *http.Request) {
	q, err := readRequest(w, r)
	if err != nil {
		a.fail(w, err)
		return
	}
	q.Reminder, q.What = r.PathValue("id"), What(r.PathValue("action"))
	switch q.What {
	case Start, Done, Snooze, Skip:
		a.do(w, r, q)
	default:
		a.fail(w, NotFound("no answer %q; use start, done, snooze or skip", q.What))
	}
}

func (a *api) do(w http.ResponseWriter, r *http.Request, q Request) {
	err := q.Session.Check()
	if err == nil {
		err = checkSource(q.Source)
	}
	if err == nil {
		q.Key, err = keyOf(r)
	}
	if err != nil {
		a.fail(w, err)
		return
	}
	reply, err := a.desk.Do(r.Context(), q)
	a.reply(w, reply, err)
}

// checkSource refuses what a client may not say of where a session came from:
// only the daemon itself knows of imports, and of answers from channels.
func checkSource(source string) error {
	switch source {
	case "", "cli", "api", "page":
		return nil
	}
	return Wrong("source %q is not known; use cli, api or page, or leave it out", source)
}

// keyMost is the longest Idempotency-Key; a UUID has 36 letters.
const keyMost = 100

// keyOf is the Idempotency-Key of a request; "" without one.
func keyOf(r *http.Request) (string, error) {
	key := r.Header.Get("Idempotency-Key")
	if len(key) > keyMost || !printable(key) {
		return "", Wrong("the Idempotency-Key has %d bytes; use up to %d letters, such as a UUID", len(key), keyMost)
	}
	return key, nil
}

func readRequest(w http.ResponseWriter, r *http.Request) (Request, error) {
	var q Request
	err := readJSON(w, r, &q)
	return q, err
}

// test streams what happens, a line each; the last line of a test that did
// not work begins with "error: ".
func (a *api) test(w http.ResponseWriter, r *http.Request) {
	var q TestQuery
	if err := readJSON(w, r, &q); err != nil {
		a.fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	flush := endless(w)
	say := func(line string) {
		fmt.Fprintln(w, line)
		_ = flush.Flush()
	}
	if err := a.desk.Test(r.Context(), q, say); err != nil {
		say(testFailed + err.Error())
	}
}

// endless lets an answer take as long as it takes: the server's limits are
// meant for short ones, and reaching the one for reading would end the
// request's context.
func endless(w http.ResponseWriter) *http.ResponseController {
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Time{}) // no error here could be answered any better
	_ = c.SetWriteDeadline(time.Time{})
	return c
}

const testFailed = "error: "

func (a *api) backup(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/vnd.sqlite3")
	endless(w)
	if err := a.desk.Backup(r.Context(), w); err != nil {
		a.log.Error("backup", "err", err)
		panic(http.ErrAbortHandler) // the client must not take half a copy for a whole one
	}
}

func (a *api) reply(w http.ResponseWriter, doc any, err error) {
	if err != nil {
		a.fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	if err := json.NewEncoder(w).Encode(doc); err != nil {
		a.log.Debug("answering", "err", err)
	}
}

// fail answers with the one shape of an error.
func (a *api) fail(w http.ResponseWriter, err error) {
	var p *Problem
	if !errors.As(err, &p) {
		p = &Problem{codeInternal, err}
	}
	status := statusOf(p.Code)
	if status == http.StatusInternalServerError {
		a.log.Error("answering a request", "err", err)
	}
	var doc ErrorDoc
	doc.Error.Code, doc.Error.Message = p.Code, p.Error()
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(doc)
}

// statusOf is the one table from a problem's code to HTTP.
func statusOf(code string) int {
	switch code {
	case codeWrong:
		return http.StatusBadRequest
	case codeNotFound:
		return http.StatusNotFound
	case codeMethod:
		return http.StatusMethodNotAllowed
	case codeConflict:
		return http.StatusConflict
	case codeUnavailable:
		return http.StatusServiceUnavailable
	case codeUnknown:
		return http.StatusUnauthorized
	case codeRefused:
		return http.StatusForbidden
	case codeTooLarge:
		return http.StatusRequestEntityTooLarge
	case codeTooMany:
		return http.StatusTooManyRequests
	}
	return http.StatusInternalServerError
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
