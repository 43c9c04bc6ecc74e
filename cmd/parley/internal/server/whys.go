package server

import (
	"context"
	"net/http"
	"reflect"

	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/reply"
	"parley/domain"
)

// whys adds the events behind values.
func (s *Server) whys() {
	path := parameter("query", paramPath, "path to the value, from the projection down", "rounds/istanbul-oct/days")
	path.Required = true
	s.register(operation{
		id: "why", method: http.MethodGet, path: "/v1/negotiations/{negotiation}/why", tag: tagState, right: Read,
		summary: "The events behind one value", about: "As parley why NEGOTIATION PATH --json.",
		parameters: ofView(path, ofStep()),
		answers:    map[string]reflect.Type{typeJSON: reflect.TypeFor[reply.Why]()},
		tagged:     true, statuses: kinds(problem.NotFound),
	}, s.why)
}

func (s *Server) why(ctx context.Context, q *request) (*answer, error) {
	v := q.read()
	path, step := v.text(paramPath), v.text(paramStep)
	if path == "" {
		v.fault(paramPath, "", domain.Missing, "is not given", "write path=rounds/ROUND/days")
	}
	x, err := s.look(ctx, q, v)
	if err != nil {
		return nil, err
	}
	if x.has(q, "why", path, step) {
		return unchanged(x.tag()), nil
	}
	pic, err := x.through(step)
	if err != nil {
		return nil, err
	}
	w, err := reply.WhyOf(pic, path)
	if err != nil {
		return nil, err
	}
	w.Step = step
	return asJSON(w, x.tag()), nil
}
