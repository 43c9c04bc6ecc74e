package server

import (
	"context"
	"net/http"
	"reflect"
	"slices"

	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/reply"
	"parley/domain"
)

const paramOrder = "order"

// replays adds going through a view step by step.
func (s *Server) replays() {
	s.register(operation{
		id: "replay", method: http.MethodGet, path: "/v1/negotiations/{negotiation}/replay", tag: tagState, right: Read, heavy: true,
		summary:    "What happened step by step, and what each step changed",
		about:      "As parley replay NEGOTIATION; with Accept: application/x-ndjson a step a line.",
		parameters: ofView(parameter("query", paramOrder, "order of the steps: "+reply.OrderHappening+" or "+reply.OrderKnowledge, reply.OrderKnowledge)),
		answers:    map[string]reflect.Type{typeJSON: reflect.TypeFor[reply.Replay](), typeNDJSON: nil},
		tagged:     true, statuses: kinds(problem.NotFound),
	}, s.replay)
}

func (s *Server) replay(ctx context.Context, q *request) (*answer, error) {
	v := q.read()
	order := v.word(paramOrder, reply.Orders...)
	if order == reply.OrderKnowledge && v.view().Possibly {
		v.fault(paramOrder, order, domain.NotAllowed, "excludes possibly", "a step of knowledge is what was certainly known by then")
	}
	x, err := s.look(ctx, q, v)
	if err != nil {
		return nil, err
	}
	inLines := q.wants(typeNDJSON, typeJSON)
	if x.has(q, "replay", order, q.media(inLines)) {
		return unchanged(x.tag()), nil
	}
	pic, err := x.picture()
	if err != nil {
		return nil, err
	}
	var steps []reply.Step
	if order == reply.OrderKnowledge {
		steps, err = reply.Learning(x.volume.negotiation, x.line, pic.View)
	} else {
		steps, err = reply.Steps(pic)
	}
	if err != nil {
		return nil, err
	}
	if inLines {
		return lines(pic.Seen(), pic.Branch, x.tag(), slices.Values(steps)), nil
	}
	return asJSON(reply.Replay{View: pic.Seen(), Steps: steps}, x.tag()), nil
}
