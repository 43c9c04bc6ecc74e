package server

import (
	"net/http"
	"strconv"
	"sync"
)

// publish adds the document that describes the API. It is written when somebody asks
// for the first time, and never changes.
func (s *Server) publish() {
	api := s.api.OpenAPI()
	for extension, write := range map[string]func() ([]byte, error){"json": api.MarshalJSON, "yaml": api.YAML} {
		pattern := http.MethodGet + " " + pathAPI + "." + extension
		once := sync.OnceValues(write)
		s.routes.claim(pattern, "openapi", Anyone)
		s.routes.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			text, err := once()
			if err != nil {
				s.fail(w, r, s.noted(r.Context(), err))
				return
			}
			w.Header().Set("Content-Type", "application/vnd.oai.openapi+"+extension)
			w.Header().Set("Content-Length", strconv.Itoa(len(text)))
			_, _ = w.Write(text) // whoever went away needs no answer
		})
	}
}

// Document is the OpenAPI document of a server, as JSON. It needs no store.
func Document(version string) ([]byte, error) {
	s := newServer(Options{Version: version})
	s.handler(version)
	return s.api.OpenAPI().MarshalJSON()
}
