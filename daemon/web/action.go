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
func linkRoutes(s *site) []route {
	const pattern = "/a/{reminder}/{action}/{key}"
	return []route{
		{"GET", pattern, keyed, false, 0, s.showLink},
		{"POST", pattern, keyed, true, bodyMost, s.actOnLink},
	}
}

func (s *site) showLink(w http.ResponseWriter, r *http.Request) {
	offer, err := s.Actions.Ask(r.Context(), r.PathValue("reminder"), r.PathValue("action"), r.PathValue("key"))
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.show(w, r, offer)
}

func (s *site) actOnLink(w http.ResponseWriter, r *http.Request) {
	reply, err := s.Actions.Act(r.Context(), r.PathValue("reminder"), r.PathValue("action"), r.PathValue("key"))
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	s.show(w, r, Offer{Title: "Reminder", Text: reply.Text})
}

// show writes a small page.
func (s *site) show(w http.ResponseWriter, r *http.Request, o Offer) {
	s.small.write(w, s.Log, http.StatusOK, o, s.dark(r))
}

// dark tells whether a small page is dark whatever the phone's own colours are:
// in the hours of sleep, as the large page is. An alarm's link leads here.
func (s *site) dark(r *http.Request) bool {
	set, err := s.Desk.Setting(r.Context())
	return err == nil && asleep(set.Routine, s.Now())
}

// smallPage writes the small pages: a line, and buttons.
type smallPage struct {
	page   *template.Template
	policy string
}

func newSmallPage() *smallPage {
	sum := sha256.Sum256([]byte(actionStyle))
	return &smallPage{
		page: template.Must(template.New("action").Parse(actionPage)),
		policy: "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
			"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
	}
}

// shown is what the template is filled with.
type shown struct {
	Offer
	Style template.CSS
	Night bool
}

// fail says what went wrong. It is dark at every hour: it blinds nobody at
// night, and whoever brings no key learns nothing of when people sleep here.
func (p *smallPage) fail(w http.ResponseWriter, log *slog.Logger, err error) {
	status, text := http.StatusInternalServerError, "That did not work; please try again."
	var known *Problem
	if errors.As(err, &known) {
		status, text = statusOf(known.Code), capital(known.Error())+"."
	}
	if status == http.StatusInternalServerError {
		log.Error("answering a browser", "err", err)
	}
	p.write(w, log, status, Offer{Title: "Reminder", Text: text}, true)
}

func (p *smallPage) write(w http.ResponseWriter, log *slog.Logger, status int, o Offer, night bool) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", p.policy)
	w.WriteHeader(status)
	if err := p.page.Execute(w, shown{o, template.CSS(actionStyle), night}); err != nil {
		log.Debug("answering a browser", "err", err)
	}
}
