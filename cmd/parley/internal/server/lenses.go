package server

import (
	"context"
	"maps"
	"net/http"
	"reflect"
	"slices"

	"parley/cmd/parley/internal/problem"
	"parley/projections"
)

// registeredLens says whom to believe, who proposes it and why.
type registeredLens struct {
	Lens       string `json:"lens" doc:"what to give as lens of a view"`
	Expression string `json:"expression"`
	Author     string `json:"author"`
	Reason     string `json:"reason"`
}

type registeredLenses struct {
	View   projections.Seen `json:"view"`
	Lenses []registeredLens `json:"lenses"`
}

// lenses adds the registered lenses.
func (s *Server) lenses() {
	s.register(operation{
		id: "lenses", method: http.MethodGet, path: "/v1/negotiations/{negotiation}/lenses", tag: tagState, right: Read,
		summary: "The registered lenses", about: "Of a view only recorded-by bears on what is registered.",
		parameters: ofView(),
		answers:    map[string]reflect.Type{typeJSON: reflect.TypeFor[registeredLenses]()},
		tagged:     true, statuses: kinds(problem.NotFound),
	}, s.listLenses)
}

func (s *Server) listLenses(ctx context.Context, q *request) (*answer, error) {
	return s.ofPicture(ctx, q, "lenses", func(pic *projections.Picture) any {
		out := registeredLenses{View: pic.Seen()}
		for _, id := range slices.Sorted(maps.Keys(pic.Registry.Lenses)) {
			l := pic.Registry.Lenses[id]
			out.Lenses = append(out.Lenses, registeredLens{string(id), l.Expression, l.Author, l.Reason})
		}
		return out
	})
}
