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

// linkRoutes are the action links of pushes. They carry their own key, so they
// ask for no login. GET only ever shows: link previews and scanners fetch
// whatever they see. POST changes.
func linkRoutes(actions Actions, log *slog.Logger) []route {
	l := &links{actions: actions, log: log, page: newActionPage()}
	const pattern = "/a/{reminder}/{action}/{key}"
	return []route{
		{"GET", pattern, keyed, false, 0, l.show},
		{"POST", pattern, keyed, true, bodyMost, l.act},
	}
}

type links struct {
	actions Actions
	log     *slog.Logger
	page    *actionPageWriter
}

func (l *links) show(w http.ResponseWriter, r *http.Request) {
	offer, err := l.actions.Ask(r.Context(), r.PathValue("reminder"), r.PathValue("action"), r.PathValue("key"))
	if err != nil {
		l.page.fail(w, l.log, err)
		return
	}
	l.page.write(w, l.log, http.StatusOK, offer)
}

func (l *links) act(w http.ResponseWriter, r *http.Request) {
	reply, err := l.actions.Act(r.Context(), r.PathValue("reminder"), r.PathValue("action"), r.PathValue("key"))
	if err != nil {
		l.page.fail(w, l.log, err)
		return
	}
	l.page.write(w, l.log, http.StatusOK, Offer{Title: "Reminder", Text: reply.Text})
}

// actionPageWriter writes the small pages: a line, and buttons.
type actionPageWriter struct {
	page   *template.Template
	policy string
}

func newActionPage() *actionPageWriter {
	sum := sha256.Sum256([]byte(actionStyle))
	return &actionPageWriter{
		page: template.Must(template.New("action").Parse(actionPage)),
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	}
}

// shown is what the template is filled with.
type shown struct {
	Offer
	Style template.CSS
}

func (p *actionPageWriter) fail(w http.ResponseWriter, log *slog.Logger, err error) {
	status, text := http.StatusInternalServerError, "That did not work; please try again."
	var known *Problem
	if errors.As(err, &known) {
		status, text = statusOf(known.Code), capital(known.Error())+"."
	}
	if status == http.StatusInternalServerError {
		log.Error("answering a browser", "err", err)
	}
	p.write(w, log, status, Offer{Title: "Reminder", Text: text})
}

func (p *actionPageWriter) write(w http.ResponseWriter, log *slog.Logger, status int, o Offer) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", p.policy)
	w.WriteHeader(status)
	if err := p.page.Execute(w, shown{o, template.CSS(actionStyle)}); err != nil {
		log.Debug("answering a browser", "err", err)
	}
}
