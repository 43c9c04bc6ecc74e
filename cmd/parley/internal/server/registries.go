package server

import (
	"context"
	"maps"
	"net/http"
	"reflect"
	"slices"

	"parley/cmd/parley/internal/problem"
	"parley/domain"
	"parley/projections"
)

// registered is what the ids of a negotiation stand for.
type registered struct {
	View       projections.Seen      `json:"view"`
	Title      string                `json:"title,omitzero"`
	TimeZone   string                `json:"timeZone,omitzero"`
	Actors     []registeredActor     `json:"actors"`
	Issues     []registeredIssue     `json:"issues"`
	Ceasefires []registeredCeasefire `json:"ceasefires"`
}

type registeredActor struct {
	Actor    string           `json:"actor"`
	Name     string           `json:"name"`
	Kind     string           `json:"kind"`
	Aliases  []string         `json:"aliases,omitempty" nullable:"false"`
	MemberOf []domain.ActorID `json:"memberOf,omitempty" nullable:"false"`
}

type registeredIssue struct {
	Issue   string   `json:"issue"`
	Title   string   `json:"title" doc:"a proposition that one can be for or against"`
	Aliases []string `json:"aliases,omitempty" nullable:"false"`
}

type registeredCeasefire struct {
	Ceasefire string           `json:"ceasefire"`
	Title     string           `json:"title"`
	Parties   []domain.ActorID `json:"parties,omitempty" nullable:"false"`
}

// registries adds what ids stand for.
func (s *Server) registries() {
	s.register(operation{
		id: "registry", method: http.MethodGet, path: "/v1/negotiations/{negotiation}/registry", tag: tagRecord, right: Read,
		summary: "What the ids stand for: actors, issues, ceasefires", about: "Of a view only recorded-by and branch bear on what is registered.",
		parameters: ofView(),
		answers:    map[string]reflect.Type{typeJSON: reflect.TypeFor[registered]()},
		tagged:     true, statuses: kinds(problem.NotFound),
	}, s.registry)
}

func (s *Server) registry(ctx context.Context, q *request) (*answer, error) {
	return s.ofPicture(ctx, q, "registry", func(pic *projections.Picture) any { return registeredOf(pic) })
}

func registeredOf(pic *projections.Picture) registered {
	r := pic.Registry
	out := registered{
		View: pic.Seen(), Title: r.Title, TimeZone: r.TimeZone,
		Actors: []registeredActor{}, Issues: []registeredIssue{}, Ceasefires: []registeredCeasefire{},
	}
	for _, id := range slices.Sorted(maps.Keys(r.Actors)) {
		a := r.Actors[id]
		out.Actors = append(out.Actors, registeredActor{string(id), a.Name, string(a.Kind), a.Aliases, a.MemberOf})
	}
	for _, id := range slices.Sorted(maps.Keys(r.Issues)) {
		i := r.Issues[id]
		out.Issues = append(out.Issues, registeredIssue{string(id), i.Title, i.Aliases})
	}
	for _, id := range slices.Sorted(maps.Keys(r.Ceasefires)) {
		c := r.Ceasefires[id]
		out.Ceasefires = append(out.Ceasefires, registeredCeasefire{string(id), c.Title, c.Parties})
	}
	return out
}
