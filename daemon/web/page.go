package web

import (
	"fmt"
	"net/http"
)

// pageRoutes is the page.
func pageRoutes(s *site) []route {
	return []route{
		{"GET", "/{$}", login, false, 0, s.front},
	}
}

// front is where the page begins.
func (s *site) front(w http.ResponseWriter, r *http.Request) {
	doc, err := s.desk.Status(r.Context())
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	next := "nothing planned"
	if doc.Next != nil {
		next = "next " + doc.Next.At.Format("15:04")
	}
	fmt.Fprintln(w, next)
}
