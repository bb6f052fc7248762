package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"rsc.io/qr"
)

// The kinds of login.
const (
	BrowserLogin  = "browser"  // a browser that was paired; it holds a cookie
	TokenLogin    = "token"    // a program; it sends "Authorization: Bearer ..."
	CalendarLogin = "calendar" // the key in a calendar's address; it opens nothing else
)

// Logins is who may come in over TCP, and how more are let in. It is part of
// what the daemon's owner can ask for.
type Logins interface {
	Logins(ctx context.Context) (LoginsDoc, error)
	// AddToken makes a token, or a calendar's key, and says it this once.
	AddToken(ctx context.Context, q TokenQuery) (TokenDoc, error)
	Revoke(ctx context.Context, id int64) (Reply, error)
	// Pair makes a link that pairs one browser, once.
	Pair(ctx context.Context, q PairQuery) (PairDoc, error)
}

// Door is what the guard asks of the daemon.
type Door interface {
	// Known tells whether a secret is that of a login of this kind, and whose.
	Known(ctx context.Context, kind, secret string) (id int64, known bool, err error)
	// Pairs tells whether a pairing link's code still opens: nil, or why not.
	// It changes nothing.
	Pairs(code string) error
	// Redeem takes a code, for good, and makes the login of a browser. Its
	// secret is what the browser keeps.
	Redeem(ctx context.Context, code, browser string) (secret string, err error)
}

// LoginsDoc is the list of logins.
type LoginsDoc struct {
	Logins []LoginDoc `json:"logins"`
}

// LoginDoc is one login. What it proves itself with is nowhere.
type LoginDoc struct {
	ID      int64   `json:"id"`
	Kind    string  `json:"kind"` // browser, token or calendar
	Name    string  `json:"name"`
	Created Instant `json:"created"`
	Used    Instant `json:"used"` // within the hour; null: never
}

// TokenQuery asks for a token, or with kind calendar for a calendar's key.
type TokenQuery struct {
	Name string `json:"name"`
	Kind string `json:"kind,omitempty"`
}

// TokenDoc is a new token. Nobody can say it again.
type TokenDoc struct {
	ID     int64  `json:"id"`
	Name   string `json:"name"`
	Secret string `json:"secret"`
	Link   string `json:"link,omitempty"` // a calendar's: the address to subscribe to
}

// nameMost is the longest name of a token, in characters: it stands in a list.
const nameMost = 40

// Check finds what is wrong with the query.
func (q TokenQuery) Check() error {
	name := []rune(q.Name)
	if len(name) == 0 || len(name) > nameMost || strings.TrimSpace(q.Name) != q.Name || !printable(q.Name) {
		return Wrong("%q is no name for a token; use 1 to %d letters, such as grafana", q.Name, nameMost)
	}
	switch q.Kind {
	case "", TokenLogin, CalendarLogin:
		return nil
	}
	return Wrong("kind %q is not known; use %s or %s", q.Kind, TokenLogin, CalendarLogin)
}

func printable(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) })
}

// PairQuery asks for a pairing link.
type PairQuery struct {
	URL string `json:"url,omitempty"` // what the link begins with; empty: public_url, or the address that is listened on
}

// PairDoc is a pairing link.
type PairDoc struct {
	Link  string   `json:"link"`
	Until Instant  `json:"until"`
	QR    []string `json:"qr"` // the link as a QR code: rows of 0 (light) and 1 (dark), without the light margin of 4
}

// QR is a text as a QR code, in the form of PairDoc. Level M outlives a
// reflection on the screen that it is read from.
func QR(text string) ([]string, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return nil, err
	}
	rows := make([]string, code.Size)
	for y := range code.Size {
		row := make([]byte, code.Size)
		for x := range code.Size {
			row[x] = '0'
			if code.Black(x, y) {
				row[x] = '1'
			}
		}
		rows[y] = string(row)
	}
	return rows, nil
}

func (a *api) logins(w http.ResponseWriter, r *http.Request) {
	doc, err := a.desk.Logins(r.Context())
	a.reply(w, doc, err)
}

func (a *api) addToken(w http.ResponseWriter, r *http.Request) {
	var q TokenQuery
	err := readJSON(w, r, &q)
	if err == nil {
		err = q.Check()
	}
	if err != nil {
		a.fail(w, err)
		return
	}
	doc, err := a.desk.AddToken(r.Context(), q)
	a.reply(w, doc, err)
}

func (a *api) revoke(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id < 1 {
		a.fail(w, NotFound("%q is no login; logins have numbers, as the list of them shows", r.PathValue("id")))
		return
	}
	reply, err := a.desk.Revoke(r.Context(), id)
	a.reply(w, reply, err)
}

func (a *api) pair(w http.ResponseWriter, r *http.Request) {
	var q PairQuery
	if err := readJSON(w, r, &q); err != nil {
		a.fail(w, err)
		return
	}
	doc, err := a.desk.Pair(r.Context(), q)
	a.reply(w, doc, err)
}

// Logins asks who may come in.
func (c *Client) Logins(ctx context.Context) (LoginsDoc, error) {
	var doc LoginsDoc
	return doc, c.call(ctx, http.MethodGet, "/api/v1/logins", nil, &doc)
}

// AddToken asks for a token.
func (c *Client) AddToken(ctx context.Context, q TokenQuery) (TokenDoc, error) {
	var doc TokenDoc
	return doc, c.call(ctx, http.MethodPost, "/api/v1/logins", q, &doc)
}

// Revoke asks for the end of a login.
func (c *Client) Revoke(ctx context.Context, id int64) (Reply, error) {
	var reply Reply
	return reply, c.call(ctx, http.MethodDelete, "/api/v1/logins/"+strconv.FormatInt(id, 10), nil, &reply)
}

// Pair asks for a pairing link.
func (c *Client) Pair(ctx context.Context, q PairQuery) (PairDoc, error) {
	var doc PairDoc
	return doc, c.call(ctx, http.MethodPost, "/api/v1/pairings", q, &doc)
}
