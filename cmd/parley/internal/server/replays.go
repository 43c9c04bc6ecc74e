package server

import (
	"context"
	"net/http"
	"reflect"
	"slices"

	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/projections"
)

const paramOrder = "order"

// replays adds going through a view step by step.
func (s *Server) replays() {
	s.register(operation{
		id: "replay", method: http.MethodGet, path: "/v1/negotiations/{negotiation}/replay", tag: tagState, right: Read, heavy: true,
		summary: "What happened step by step, and what each step changed",
		about:   "As parley replay NEGOTIATION; with Accept: application/x-ndjson a step a line.",
		parameters: ofView(
			parameter("query", paramOrder, "order of the steps: "+reply.OrderHappening+" or "+reply.OrderKnowledge, reply.OrderKnowledge),
			parameter("query", paramAfter, "in order of happening, only steps after this one, named by its event", "s1-phone-call"),
			parameter("query", paramLimit, "in order of happening, most steps of a page; all if not given", "50"),
		),
		answers: map[string]reflect.Type{typeJSON: reflect.TypeFor[reply.Replay](), typeNDJSON: nil},
		tagged:  true, statuses: kinds(problem.NotFound),
	}, s.replay)
}

func (s *Server) replay(ctx context.Context, q *request) (*answer, error) {
	v := q.read()
	order := v.word(paramOrder, reply.Orders...)
	if order == reply.OrderKnowledge && v.view().Possibly {
		v.fault(paramOrder, order, domain.NotAllowed, "excludes possibly", "a step of knowledge is what was certainly known by then")
	}
	after, limit := v.text(paramAfter), v.count(paramLimit, maxPage, maxPage)
	for _, name := range []string{paramAfter, paramLimit} {
		if order == reply.OrderKnowledge && v.text(name) != "" {
			v.fault(name, v.text(name), domain.NotAllowed, "goes with steps in order of happening", "steps of knowledge come all at once")
		}
	}
	x, err := s.look(ctx, q, v)
	if err != nil {
		return nil, err
	}
	inLines := q.wants(typeNDJSON, typeJSON)
	if x.has(q, "replay", order, after, v.text(paramLimit), q.media(inLines)) {
		return unchanged(x.tag()), nil
	}
	pic, err := x.picture()
	if err != nil {
		return nil, err
	}
	var steps []reply.Step
	next := ""
	switch {
	case order == reply.OrderKnowledge:
		steps, err = reply.Learning(x.volume.negotiation, x.line, pic.View)
	case v.text(paramLimit) == "" && after == "":
		steps = reply.Steps(pic)
	default:
		steps, next, err = stepsAfter(pic, after, int(limit))
	}
	if err != nil {
		return nil, err
	}
	if inLines {
		return lines(pic.Seen(), pic.Branch, x.tag(), slices.Values(steps)), nil
	}
	return asJSON(reply.Replay{View: pic.Seen(), Steps: steps, Next: next}, x.tag()), nil
}

// stepsAfter is a page of a replay, and the last event of it if there is more.
func stepsAfter(pic *projections.Picture, after string, limit int) (steps []reply.Step, next string, err error) {
	from := 0
	if after != "" {
		so, err := pic.Through(after)
		if err != nil {
			return nil, "", noStep(after)
		}
		from = len(so.Happenings)
	}
	steps = reply.StepsFrom(pic, from, limit)
	if from+len(steps) < len(pic.Happenings) {
		next = steps[len(steps)-1].Event
	}
	return steps, next, nil
}
