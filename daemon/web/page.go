package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// The page is what most people live on, on a phone and half asleep. The server
// renders all of it, so that it works without JavaScript; page.js only keeps
// it up to date, keeps what is tapped without a connection, and the screen on
// during a power session. Addresses on it are relative, so that a reverse
// proxy may serve it below any path.

// Home is what the page needs of the daemon: the API's desk, and two things
// that only the page asks for.
type Home interface {
	Desk
	// Setting is what the page needs of the configuration in force.
	Setting(ctx context.Context) (Setting, error)
	// LastChange is what was done last; its ID is 0 when nothing was.
	LastChange(ctx context.Context) (ChangeDoc, error)
}

// ChangeDoc is one change of the journal.
type ChangeDoc struct {
	ID      int64
	At      Instant
	What    What
	Text    string // one line for people: "Logged 02:41."
	CanUndo bool   // it stands, and can be taken back
}

//go:embed templates/page_*.html templates/page.css
var pageFiles embed.FS

//go:embed static
var staticFiles embed.FS

// pages renders the page in every language of the catalogue.
type pages struct {
	languages catalogue
	templates *template.Template
	style     template.CSS
	policy    string
	script    string // its address, which changes with its content
	zips      sync.Pool
}

// newPages reads the embedded files; they are part of the program, so what is
// wrong with them is found by every test and stops the start.
func newPages() *pages {
	p := &pages{zips: sync.Pool{New: func() any {
		z, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // the level is a legal one
		return z
	}}}
	var err error
	if p.languages, err = readCatalogue(); err != nil {
		panic(err)
	}
	p.templates = template.Must(template.ParseFS(pageFiles, "templates/page_*.html"))
	style, err := pageFiles.ReadFile("templates/page.css")
	if err != nil {
		panic(err)
	}
	p.style = template.CSS(style)
	sum := sha256.Sum256(style)
	// The style stands in the page itself, so that the first thing on a screen
	// at night has its colours. Its sum says that it is this one.
	p.policy = strings.Replace(pagePolicy, "style-src 'self'", "style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'", 1)
	script, err := staticFiles.ReadFile("static/page.js")
	if err != nil {
		panic(err)
	}
	sum = sha256.Sum256(script)
	p.script = "static/page.js?v=" + hex.EncodeToString(sum[:6])
	return p
}

// frame is what every page has.
type frame struct {
	L         *Language
	Languages catalogue
	Style     template.CSS
	Script    string
	Title     string
	Page      string // its name: now, log, edit, history
	Night     bool
	Live      bool   // page.js keeps it up to date
	Key       string // of the forms: a form that is sent twice counts once
	Problem   string // what did not work; empty: everything did
	Unit      string
	At        float64 // the server's instant, Unix seconds
	Rate      float64 // how many times as fast as the world's its clock runs
}

// pageRoutes is the page.
func pageRoutes(s *site) []route {
	p := newPages()
	at := &pageDesk{pages: p, site: s}
	table := []route{
		{"GET", "/{$}", login, false, 0, at.now},
		{"GET", "/log", login, false, 0, at.log},
		{"GET", "/session", login, false, 0, at.edit},
		{"GET", "/history", login, false, 0, at.history},
		{"GET", "/report", login, false, 0, at.report},
		{"GET", "/notify", login, false, 0, at.notify},
		{"POST", "/notify", login, true, bodyMost, at.forgetBrowser},
		{"POST", "/do", login, true, bodyMost, at.do},
	}
	return append(table, p.staticRoutes()...)
}

// pageDesk serves the page.
type pageDesk struct {
	*pages
	*site
}

// frame begins a page: its language, its look and its key.
func (p *pageDesk) frame(w http.ResponseWriter, r *http.Request, name string, s StatusDoc, set Setting) frame {
	l := p.languages.choose(r)
	if r.URL.Query().Has("lang") {
		http.SetCookie(w, &http.Cookie{Name: languageCookie, Value: l.Code, MaxAge: 10 * 365 * 24 * 3600, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	}
	now, rate := s.Now.Time, 1.0
	if s.TimeLapse != nil {
		rate = *s.TimeLapse
	}
	return frame{
		At: float64(now.UnixMilli()) / 1000, Rate: rate,
		L: l, Languages: p.languages, Style: p.style, Script: p.script, Title: l.T("app"), Page: name,
		Night: asleep(set.Routine, now), Key: newKey(), Unit: set.unit(),
	}
}

// newKey is a key for one form: 128 random bits.
func newKey() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // it does not fail; the program ends instead
	return base64.RawURLEncoding.EncodeToString(b)
}

// write renders a page, compressed where the browser takes it.
func (p *pageDesk) write(w http.ResponseWriter, r *http.Request, status int, name string, view any) {
	var text bytes.Buffer
	if err := p.templates.ExecuteTemplate(&text, name, view); err != nil {
		p.refuse(w, r, fmt.Errorf("writing the page: %w", err))
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", p.policy)
	// Without a referrer a browser says "null" for where a form comes from, and
	// then nobody could tell this page from another site's.
	h.Set("Referrer-Policy", "same-origin")
	p.send(w, r, status, "text/html; charset=utf-8", text.Bytes())
}

// send writes a body, compressed where the browser takes it.
func (p *pages) send(w http.ResponseWriter, r *http.Request, status int, kind string, body []byte) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Add("Vary", "Accept-Encoding")
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.WriteHeader(status)
		_, _ = w.Write(body) // who is gone is gone
		return
	}
	h.Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	z := p.zips.Get().(*gzip.Writer)
	defer p.zips.Put(z)
	z.Reset(w)
	_, _ = z.Write(body)
	_ = z.Close()
}

// recentMost is how many sessions the first page looks at: more than anybody
// logs in a day.
const recentMost = 60

// now serves the first page.
func (p *pageDesk) now(w http.ResponseWriter, r *http.Request) {
	p.showNow(w, r, http.StatusOK, "")
}

// showNow renders the first page, with what did not work on top of it.
func (p *pageDesk) showNow(w http.ResponseWriter, r *http.Request, status int, problem string) {
	ctx := r.Context()
	s, err := p.Desk.Status(ctx)
	var plan PlanDoc
	if err == nil {
		plan, err = p.Desk.Plan(ctx, PlanQuery{})
	}
	var list SessionsDoc
	if err == nil {
		list, err = p.Desk.Sessions(ctx, SessionsQuery{From: s.Now.Add(-24 * time.Hour), Limit: recentMost})
	}
	var set Setting
	if err == nil {
		set, err = p.Desk.Setting(ctx)
	}
	var change ChangeDoc
	if err == nil {
		change, err = p.Desk.LastChange(ctx)
	}
	if err != nil {
		p.refuse(w, r, err)
		return
	}
	v := nowView{frame: p.frame(w, r, "now", s, set)}
	v.Live, v.Problem = true, problem
	v.fill(s, plan, list.Sessions, set, change)
	p.write(w, r, status, "page_now.html", &v)
}

// setting is what every other page begins with.
func (p *pageDesk) setting(ctx context.Context) (Setting, StatusDoc, error) {
	s, err := p.Desk.Status(ctx)
	if err != nil {
		return Setting{}, s, err
	}
	set, err := p.Desk.Setting(ctx)
	return set, s, err
}

// back leads to another page of the site, by an address that holds behind a
// proxy too.
func back(w http.ResponseWriter, to string) {
	w.Header().Set("Location", "./"+to)
	w.WriteHeader(http.StatusSeeOther)
}

// problemText is what did not work, in words for the page.
func problemText(l *Language, what What, err error) (status int, text string) {
	var known *Problem
	var said *pageProblem
	switch {
	case errors.As(err, &said):
		return http.StatusBadRequest, said.text(l)
	case !errors.As(err, &known):
		return http.StatusInternalServerError, l.T("wrong.again")
	}
	status = statusOf(known.Code)
	switch {
	case known.Code == codeUnavailable:
		return status, l.T("wrong.disk")
	case what == Undo:
		return status, l.T("wrong.undo")
	case what == Edit || what == Delete:
		if known.Code == codeWrong {
			return status, l.T("wrong.future")
		}
		return status, l.T("wrong.gone")
	case known.Code == codeConflict || known.Code == codeNotFound:
		return status, l.T("wrong.open")
	case what == Pause:
		return status, l.T("wrong.until")
	case known.Code == codeWrong && strings.Contains(known.Error(), "future"):
		return status, l.T("wrong.future")
	}
	return status, l.T("wrong.again")
}

// pageProblem is something that a form says and cannot mean.
type pageProblem struct {
	key  string // of the catalogue
	args []any
}

func (p *pageProblem) Error() string            { return p.key }
func (p *pageProblem) text(l *Language) string  { return l.T(p.key, p.args...) }
func wrongForm(key string, args ...any) error   { return &pageProblem{key, args} }
func hasField(form url.Values, key string) bool { return strings.TrimSpace(form.Get(key)) != "" }
