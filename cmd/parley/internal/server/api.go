package server

import (
	"io"
	"net/http"
	"sync"

	"parley/cmd/parley/internal/problem"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The addresses that are not below /v1.
const (
	pathHealth  = "/healthz"
	pathReady   = "/readyz"
	pathMetrics = "/metrics"
	pathAPI     = "/openapi"
)

// framework sets what the framework keeps in variables of its own.
var framework = sync.OnceFunc(func() {
	huma.NewErrorWithContext = wrongParameters
	huma.NewError = func(status int, text string, errs ...error) huma.StatusError {
		return wrongParameters(nil, status, text, errs...)
	}
	huma.DefaultArrayNullable = false // a list that is empty is []
})

// handler puts the operations together, with the document that describes them.
func (s *Server) handler(version string) http.Handler {
	framework()
	s.routes = &routes{mux: http.NewServeMux(), server: s, rights: map[string]Right{}, names: map[string]string{}}
	s.api = humago.New(s.routes, config(version))
	aliases(s.api.OpenAPI().Components.Schemas)
	s.negotiations()
	s.states()
	s.events()
	s.appends()
	s.whys()
	s.diffs()
	s.replays()
	s.lenses()
	s.registries()
	s.days()
	s.schemas()
	s.streaming()
	s.watches()
	s.systems()
	s.branches()
	s.leasing()
	s.sessions()
	s.whatif()
	s.feeding()
	s.logins()
	s.publish()
	s.pages()
	return s.observe(s.guard(s.recognise(s.admit(s.routes))))
}

// config is the framework without its own formats and pages.
func config(version string) huma.Config {
	c := huma.DefaultConfig("Parley", version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath, c.CreateHooks = "", "", "", nil
	format := huma.Format{Marshal: writeJSON, Unmarshal: func(b []byte, v any) error { return json.Unmarshal(b, v) }}
	c.Formats = map[string]huma.Format{typeJSON: format, "json": format}
	c.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	introduce(c.OpenAPI)
	return c
}

// writeJSON writes a value and a line end, as the command line does. A problem may
// quote what is no text at all.
func writeJSON(w io.Writer, v any) error {
	var options []json.Options
	if f, ok := v.(*failure); ok {
		v, options = f.Problem, append(options, jsontext.AllowInvalidUTF8(true))
	}
	if err := json.MarshalWrite(w, v, options...); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// routes is the mux. Whatever is put into it is asked for its right first.
type routes struct {
	mux    *http.ServeMux
	server *Server
	rights map[string]Right  // by pattern
	names  map[string]string // of operations, by pattern
}

// claim says what an address is called and what it needs, before it is added.
func (m *routes) claim(pattern, name string, right Right) {
	m.rights[pattern], m.names[pattern] = right, name
}

// HandleFunc adds an operation.
func (m *routes) HandleFunc(pattern string, handler func(http.ResponseWriter, *http.Request)) {
	right, ok := m.rights[pattern]
	if !ok {
		panic("server: nobody has said what " + pattern + " needs")
	}
	m.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		if err := m.server.authorise(r, right); err != nil {
			m.server.fail(w, r, err)
			return
		}
		if a, ok := m.server.access.(Revocable); ok && right != Anyone {
			ctx, stop := a.Until(r)
			defer stop()
			r = r.WithContext(ctx)
		}
		handler(w, r)
	})
}

// ServeHTTP answers, also what no operation answers.
func (m *routes) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	handler, pattern := m.mux.Handler(r)
	if pattern != "" {
		m.mux.ServeHTTP(w, r)
		return
	}
	plain := &heads{header: http.Header{}}
	handler.ServeHTTP(plain, r)
	if plain.status == http.StatusMethodNotAllowed {
		allowed := plain.header.Get("Allow")
		w.Header().Set("Allow", allowed)
		m.server.fail(w, r, &problem.Error{Kind: problem.NoMethod, Detail: r.Method + " is not done at " + shorten(r.URL.Path), Hint: "this address takes " + allowed})
		return
	}
	m.server.fail(w, r, &problem.NotFoundError{What: "address", Name: shorten(r.URL.Path), Where: "on this server", Hint: pathAPI + ".json lists the addresses"})
}

// operationOf names the operation of a pattern, for metrics and logs.
func (s *Server) operationOf(pattern string) string {
	if name := s.routes.names[pattern]; name != "" {
		return name
	}
	return "none"
}

// heads is an answer of which only the head counts.
type heads struct {
	header http.Header
	status int
}

// Header is the head.
func (h *heads) Header() http.Header { return h.header }

func (h *heads) Write(b []byte) (int, error) { return len(b), nil }

// WriteHeader notes the status.
func (h *heads) WriteHeader(status int) { h.status = status }
