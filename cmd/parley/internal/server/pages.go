package server

import (
	"net/http"

	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/web"
)

// The addresses of the dashboard. They are pages for people, so the document of the
// API does not have them.
const (
	pathPage    = "/{$}"
	pathPageOf  = "/n/{negotiation}"
	pathPageIf  = pathPageOf + "/branches"
	pathPageSys = "/system"
	operationUI = "dashboard"
)

// pages adds the dashboard. Whoever reaches the server may load it: it holds nothing,
// and asks the API as whoever looks at it.
func (s *Server) pages() {
	site := web.Open()
	serve := func(w http.ResponseWriter, r *http.Request) {
		if !site.Has(r.URL.Path) {
			s.fail(w, r, &problem.NotFoundError{What: "address", Name: shorten(r.URL.Path), Where: "on this server", Hint: "/ is the dashboard, if the program was built with it"})
			return
		}
		site.ServeHTTP(w, r)
	}
	for _, path := range []string{pathPage, pathPageOf, pathPageIf, pathPageSys, web.Assets + "{file}"} {
		pattern := http.MethodGet + " " + path
		s.routes.claim(pattern, operationUI, Anyone)
		s.routes.HandleFunc(pattern, serve)
	}
}
