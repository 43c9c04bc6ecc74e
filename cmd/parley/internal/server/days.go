package server

import (
	"context"
	"net/http"
	"reflect"

	"parley/cmd/parley/internal/problem"
	"parley/projections"
)

// dayList is what there is to set the two clocks to.
type dayList struct {
	View     projections.Seen `json:"view"`
	TimeZone string           `json:"timeZone,omitzero"`
	Happened []string         `json:"happened" doc:"for as-of"`
	Known    []string         `json:"known" doc:"for known-by"`
}

// days adds the days to which a view can be cut.
func (s *Server) days() {
	s.register(operation{
		id: "days", method: http.MethodGet, path: "/v1/negotiations/{negotiation}/days", tag: tagState, right: Read,
		summary: "The days to which a view can be cut", about: "Those on which something begins or ends to be possible: between two of them as-of, or known-by, shows the same.",
		parameters: ofView(),
		answers:    map[string]reflect.Type{typeJSON: reflect.TypeFor[dayList]()},
		tagged:     true, statuses: kinds(problem.NotFound),
	}, s.listDays)
}

func (s *Server) listDays(ctx context.Context, q *request) (*answer, error) {
	x, err := s.look(ctx, q, q.read())
	if err != nil {
		return nil, err
	}
	if x.has(q, "days") {
		return unchanged(x.tag()), nil
	}
	pic, err := x.picture()
	if err != nil {
		return nil, err
	}
	d := pic.Days()
	return asJSON(dayList{pic.Seen(), pic.Registry.TimeZone, d.Happened, d.Known}, x.tag()), nil
}
