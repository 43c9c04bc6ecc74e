package server

import (
	"context"
	"net/http"
	"reflect"
	"slices"

	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/reply"
	"parley/projections"
)

const (
	paramPath       = "path"
	paramProjection = "projection"
)

// states adds what the events come to.
func (s *Server) states() {
	answers := map[string]reflect.Type{typeJSON: reflect.TypeFor[reply.State]()}
	s.register(operation{
		id: "state", method: http.MethodGet, path: "/v1/negotiations/{negotiation}/state", tag: tagState, right: Read,
		summary: "All projections, or one value", about: "As parley state NEGOTIATION --json. With a path only the value there, such as drafts/istanbul-draft/versions/3/stands.",
		parameters: ofView(parameter("query", paramPath, "path to one value", "drafts/istanbul-draft/versions/3/stands")),
		answers:    answers, tagged: true, statuses: kinds(problem.NotFound),
	}, s.state)
	s.register(operation{
		id: "state-of-projection", method: http.MethodGet, path: "/v1/negotiations/{negotiation}/state/{projection}", tag: tagState, right: Read,
		summary: "One projection", about: "As parley state NEGOTIATION PROJECTION --json. The projections are " + reply.WordList(projections.Projections()) + ".",
		parameters: ofView(parameter("path", paramProjection, "name of the projection", "drafts")),
		answers:    answers, tagged: true, statuses: kinds(problem.NotFound),
	}, s.state)
}

// state answers with the state of a view: all of it, a projection, or the value at a
// path.
func (s *Server) state(ctx context.Context, q *request) (*answer, error) {
	name := q.http.PathValue(paramProjection)
	if name != "" && !slices.Contains(projections.Projections(), name) {
		return nil, reply.NoProjection(name)
	}
	v := q.read()
	path := v.text(paramPath)
	x, err := s.look(ctx, q, v)
	if err != nil {
		return nil, err
	}
	if x.has(q, "state", name, path) {
		return unchanged(x.tag()), nil
	}
	pic, err := x.picture()
	if err != nil {
		return nil, err
	}
	tree, err := pic.Print(name)
	if err != nil {
		return nil, err
	}
	if path != "" {
		if tree, err = tree.Walk(path); err != nil {
			return nil, err
		}
	}
	return asJSON(reply.State{View: pic.Seen(), Path: path, State: tree}, x.tag()), nil
}
