package web

import (
	"context"
	"net/http"
)

// Browsers are the browsers that get pushes through Web Push. It is part of
// what the page can ask for; where no channel of that type is configured,
// there is no key and nobody subscribes.
type Browsers interface {
	Browsers(ctx context.Context) (BrowsersDoc, error)
	Subscribe(ctx context.Context, q BrowserQuery) (Reply, error)
	Forget(ctx context.Context, id string) (Reply, error)
}

// BrowsersDoc lists the browsers that get pushes.
type BrowsersDoc struct {
	PublicKey *string      `json:"public_key"` // what a browser subscribes with; null: no channel of type webpush
	Browsers  []BrowserDoc `json:"browsers"`
}

// BrowserDoc is one browser. Its address at the push service is nowhere.
type BrowserDoc struct {
	ID    string  `json:"id"`
	Name  string  `json:"name"`
	Added Instant `json:"added"`
	Gone  Instant `json:"gone"` // since when its service knows it no longer; null: it is there
}

// BrowserQuery subscribes a browser; but for the name it is what
// PushSubscription.toJSON() gives.
type BrowserQuery struct {
	Name     string      `json:"name"`
	Endpoint string      `json:"endpoint"`
	Keys     BrowserKeys `json:"keys"`
	// Expires is what some browsers send as well; it says nothing here.
	Expires *float64 `json:"expirationTime,omitempty"`
}

// BrowserKeys are a subscription's keys, in base64url.
type BrowserKeys struct {
	P256dh string `json:"p256dh"`
	Auth   string `json:"auth"`
}

// browserRoutes are those of Web Push.
func browserRoutes(s *site) []route {
	return []route{
		{"GET", "/api/v1/browsers", login, false, 0, s.browsers},
		{"POST", "/api/v1/browsers", login, true, bodyMost, s.subscribe},
		{"DELETE", "/api/v1/browsers/{id}", login, true, bodyMost, s.forget},
	}
}

func (s *site) browsers(w http.ResponseWriter, r *http.Request) {
	doc, err := s.Browsers.Browsers(r.Context())
	s.reply(w, doc, err)
}

func (s *site) subscribe(w http.ResponseWriter, r *http.Request) {
	var q BrowserQuery
	err := readJSON(w, r, &q)
	var reply Reply
	if err == nil {
		reply, err = s.Browsers.Subscribe(r.Context(), q)
	}
	s.reply(w, reply, err)
}

func (s *site) forget(w http.ResponseWriter, r *http.Request) {
	reply, err := s.Browsers.Forget(r.Context(), r.PathValue("id"))
	s.reply(w, reply, err)
}

// browserOperations are what the API's document says of them.
func browserOperations() map[string]operation {
	return map[string]operation{
		"GET /api/v1/browsers":         {says: "The browsers that get pushes through Web Push.", answer: BrowsersDoc{}},
		"POST /api/v1/browsers":        {says: "Subscribes a browser: what PushSubscription.toJSON() gives, and a name.", body: BrowserQuery{}, answer: Reply{}},
		"DELETE /api/v1/browsers/{id}": {says: "Forgets a browser.", answer: Reply{}},
	}
}
