package web

import (
	"net/http"
	"strings"
	"time"
)

// cookieName is the cookie of a paired browser. Behind https its name says to
// the browser that no other site may set it, and none without https.
const cookieName, cookieNameSecure = "nightbell", "__Host-nightbell"

// cookieLife is how long a browser keeps the cookie: as long as browsers let
// one live. What ends a login is revoking it.
const cookieLife = 400 * 24 * time.Hour

// pairRoutes are where a pairing link leads. GET only shows a button, because
// previews fetch links; POST takes the link, for good.
func pairRoutes(s *site) []route {
	return []route{
		{"GET", "/pair/{code}", keyed, false, 0, s.offerPairing},
		{"POST", "/pair/{code}", keyed, true, bodyMost, s.redeem},
	}
}

func (s *site) offerPairing(w http.ResponseWriter, r *http.Request) {
	if err := s.Door.Pairs(r.PathValue("code")); err != nil {
		s.refuse(w, r, err)
		return
	}
	s.show(w, r, Offer{
		Title: "Reminder", Text: "Open the page in this browser from now on?",
		Buttons: []OfferButton{{Label: "Pair this browser", Path: r.PathValue("code")}},
	})
}

func (s *site) redeem(w http.ResponseWriter, r *http.Request) {
	secret, err := s.Door.Redeem(r.Context(), r.PathValue("code"), browserName(r.UserAgent()))
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	c := &http.Cookie{
		Name: cookieName, Value: secret, Path: "/", MaxAge: int(cookieLife / time.Second), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	if overTLS(r, s.Entrance()) {
		c.Name, c.Secure = cookieNameSecure, true
	}
	http.SetCookie(w, c)
	// Relative, because a proxy may serve this below a folder of its own.
	w.Header().Set("Location", "../")
	w.WriteHeader(http.StatusSeeOther)
}

// overTLS tells whether the browser's side of a request is https: it says so
// itself in the Origin that every POST has, or public_url does. A cookie that
// is marked so by mistake would only not be kept.
func overTLS(r *http.Request, e Entrance) bool {
	if origin := r.Header.Get("Origin"); origin != "" && origin != "null" {
		return strings.HasPrefix(origin, "https://")
	}
	return strings.HasPrefix(e.PublicURL, "https://") && !loopbackName(hostName(r.Host))
}

// cookieOf is the secret that a paired browser sends; "" without one.
func cookieOf(r *http.Request) string {
	for _, name := range []string{cookieNameSecure, cookieName} {
		if c, err := r.Cookie(name); err == nil {
			return c.Value
		}
	}
	return ""
}

// bearerOf is the token that a program sends; "" without one.
func bearerOf(r *http.Request) string {
	scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// browserName is what a list calls a browser: "Firefox on Android". It is made
// of known words alone, whatever the browser says of itself.
func browserName(agent string) string {
	find := func(other string, words ...string) string {
		for _, word := range words {
			mark, name, _ := strings.Cut(word, "=")
			if strings.Contains(agent, mark) {
				if name == "" {
					name = mark
				}
				return name
			}
		}
		return other
	}
	return find("a browser", "Firefox", "FxiOS=Firefox", "Edg=Edge", "OPR=Opera", "SamsungBrowser=Samsung Internet", "CriOS=Chrome", "Chrome", "Safari") +
		" on " + find("another system", "Android", "iPhone", "iPad", "Windows", "Macintosh=macOS", "CrOS=ChromeOS", "Linux")
}
