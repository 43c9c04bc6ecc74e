package server

import (
	"fmt"
	"net/http"
	"strings"

	"parley/cmd/parley/internal/problem"
)

// guard keeps other people's web pages out. A page that has its own name point to
// this machine sends that name as the host; one that calls us by our name is of
// another origin, and the browser says so.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		secure(w.Header())
		if !s.names.has(r.Host) {
			s.metrics.refused.WithLabelValues("host").Inc()
			s.fail(w, r, &problem.Error{Kind: problem.WrongHost, Detail: fmt.Sprintf("%q is no name of this server", r.Host)})
			return
		}
		if !s.names.sameOrigin(r) && !arrives(r) {
			s.metrics.refused.WithLabelValues("origin").Inc()
			s.fail(w, r, &problem.Error{
				Kind: problem.Forbidden, Detail: "the request comes from a web page of another origin",
				Hint: "if that page is this server's own, behind a proxy, the server has to be told: --http-host https://NAME",
			})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// secure sets the headers that every answer has. Answers are data: no page may frame
// them, and a browser runs nothing in them.
func secure(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "private, no-cache")
	h.Set("Vary", "Accept")
}

// arrives tells whether somebody comes to a page of the dashboard from elsewhere, by a
// link in a paper perhaps. It is not framed, shows nothing by itself, and what it asks
// the API for then comes from our own origin.
func arrives(r *http.Request) bool {
	h := r.Header
	return (r.URL.Path == "/" || strings.HasPrefix(r.URL.Path, "/n/")) && r.Method == http.MethodGet && len(h.Values("Origin")) == 0 &&
		h.Get("Sec-Fetch-Mode") == "navigate" && h.Get("Sec-Fetch-Dest") == "document"
}
