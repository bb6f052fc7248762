package web

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
)

// Offer is what an action link shows: the reminder and its buttons.
type Offer struct {
	Title, Text string
	Buttons     []OfferButton
}

// OfferButton is one answer. Path is relative to the page.
type OfferButton struct{ Label, Path string }

// Actions is what the action links need of the daemon.
type Actions interface {
	// Ask shows what a link offers; it changes nothing.
	Ask(ctx context.Context, reminder, action, key string) (Offer, error)
	// Act carries it out.
	Act(ctx context.Context, reminder, action, key string) (Reply, error)
}

//go:embed templates/action.html
var actionPage string

//go:embed templates/action.css
var actionStyle string

// Links serves the action links of pushes, /a/{reminder}/{action}/{key}. They
// carry their own key, so they ask for no login. GET only ever shows: link
// previews and scanners fetch whatever they see. POST changes.
func Links(actions Actions, log *slog.Logger) http.Handler {
	l := &links{actions: actions, log: log, page: template.Must(template.New("action").Parse(actionPage))}
	sum := sha256.Sum256([]byte(actionStyle))
	l.policy = "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	mux := http.NewServeMux()
	mux.HandleFunc("GET /a/{reminder}/{action}/{key}", l.show)
	mux.HandleFunc("POST /a/{reminder}/{action}/{key}", l.act)
	return mux
}

type links struct {
	actions Actions
	log     *slog.Logger
	page    *template.Template
	policy  string
}

// shown is what the template is filled with.
type shown struct {
	Offer
	Style template.CSS
}

func (l *links) show(w http.ResponseWriter, r *http.Request) {
	offer, err := l.actions.Ask(r.Context(), r.PathValue("reminder"), r.PathValue("action"), r.PathValue("key"))
	if err != nil {
		l.fail(w, err)
		return
	}
	l.write(w, http.StatusOK, offer)
}

func (l *links) act(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, bodyMost)
	reply, err := l.actions.Act(r.Context(), r.PathValue("reminder"), r.PathValue("action"), r.PathValue("key"))
	if err != nil {
		l.fail(w, err)
		return
	}
	l.write(w, http.StatusOK, Offer{Title: "Reminder", Text: reply.Text})
}

func (l *links) fail(w http.ResponseWriter, err error) {
	status, text := http.StatusInternalServerError, "That did not work; please try again."
	var p *Problem
	if errors.As(err, &p) {
		status, text = statusOf(p.Code), capital(p.Error())+"."
	}
	if status == http.StatusInternalServerError {
		l.log.Error("answering a link", "err", err)
	}
	l.write(w, status, Offer{Title: "Reminder", Text: text})
}

func (l *links) write(w http.ResponseWriter, status int, o Offer) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", l.policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex")
	w.WriteHeader(status)
	if err := l.page.Execute(w, shown{o, template.CSS(actionStyle)}); err != nil {
		l.log.Debug("answering a link", "err", err)
	}
}
