package server

import (
	"net/http"
	"strconv"
)

// publish adds the document that describes the API. It is written once, for it never
// changes while the server runs.
func (s *Server) publish() error {
	api := s.api.OpenAPI()
	asJSON, err := api.MarshalJSON()
	if err != nil {
		return err
	}
	asYAML, err := api.YAML()
	if err != nil {
		return err
	}
	for _, form := range []struct {
		extension string
		text      []byte
	}{{"json", asJSON}, {"yaml", asYAML}} {
		pattern := http.MethodGet + " " + pathAPI + "." + form.extension
		s.routes.claim(pattern, "openapi", Anyone)
		s.routes.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/vnd.oai.openapi+"+form.extension)
			w.Header().Set("Content-Length", strconv.Itoa(len(form.text)))
			_, _ = w.Write(form.text) // whoever went away needs no answer
		})
	}
	return nil
}

// Document is the OpenAPI document of a server, as JSON. It needs no store.
func Document(version string) ([]byte, error) {
	s := newServer(Options{Version: version})
	if _, err := s.handler(version); err != nil {
		return nil, err
	}
	return s.api.OpenAPI().MarshalJSON()
}
