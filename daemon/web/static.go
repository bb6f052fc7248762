package web

import (
	"mime"
	"net/http"
	"path"
)

// The address of page.js changes with its content, so it can be kept for as
// long as a browser likes; the others may be a day old.
const (
	keptForever = "public, max-age=31536000, immutable"
	keptADay    = "public, max-age=86400"
	askedAlways = "no-cache"
)

// workerPolicy lets the service worker fetch, and only from here.
const workerPolicy = "default-src 'none'; connect-src 'self'"

// staticRoutes serve the few files besides the page. They tell nothing of
// anybody, so they need no login: a browser asks for some of them without one.
func (p *pages) staticRoutes() []route {
	return []route{
		{"GET", "/static/page.js", open, false, 0, p.file("page.js", keptForever)},
		{"GET", "/static/push.js", open, false, 0, p.file("push.js", askedAlways)},
		{"GET", "/static/icon.svg", open, false, 0, p.file("icon.svg", keptADay)},
		{"GET", "/static/icon.png", open, false, 0, p.file("icon.png", keptADay)},
		{"GET", "/manifest.webmanifest", open, false, 0, p.file("manifest.webmanifest", keptADay)},
		// A service worker governs what lies below its own address.
		{"GET", "/sw.js", open, false, 0, p.file("sw.js", askedAlways)},
	}
}

// file serves one embedded file.
func (p *pages) file(name, kept string) http.HandlerFunc {
	body, err := staticFiles.ReadFile(path.Join("static", name))
	if err != nil {
		panic(err) // it is part of the program; every test would find it
	}
	kind := mime.TypeByExtension(path.Ext(name))
	switch path.Ext(name) { // the same on every machine
	case ".js":
		kind = "text/javascript; charset=utf-8"
	case ".svg":
		kind = "image/svg+xml"
	case ".webmanifest":
		kind = "application/manifest+json"
	}
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", kept)
		if name == "sw.js" {
			w.Header().Set("Content-Security-Policy", workerPolicy)
		}
		if path.Ext(name) == ".png" {
			r.Header.Del("Accept-Encoding") // it is packed already
		}
		p.send(w, r, http.StatusOK, kind, body)
	}
}
