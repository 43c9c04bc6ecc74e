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

	"github.com/danielgtaylor/huma/v2"
)

const (
	paramFrom = "from"
	paramTo   = "to"
)

// diffs adds the comparison of views.
func (s *Server) diffs() {
	const aView = " in its string form (as-of=@KEY&known-by=2025-10-29, URL-encoded); the whole record if not given"
	s.register(operation{
		id: "diff", method: http.MethodGet, path: "/v1/negotiations/{negotiation}/diff", tag: tagState, right: Read, heavy: true,
		summary: "What changes between two views, and why", about: "As parley diff NEGOTIATION --from VIEW --to VIEW --json.",
		parameters: slices.Concat(
			[]*huma.Param{
				inPath(),
				parameter("query", paramFrom, "the view to start from,"+aView, "as-of=@s1-verbal-confirmation"),
				parameter("query", paramTo, "the view to compare it with,"+aView, "as-of=@s1-retraction"),
			}, waiting(),
		),
		answers: map[string]reflect.Type{typeJSON: reflect.TypeFor[projections.Diff]()},
		tagged:  true, statuses: kinds(problem.NotFound),
	}, s.diff)
}

func (s *Server) diff(ctx context.Context, q *request) (*answer, error) {
	v := q.read()
	from, to := v.viewIn(paramFrom), v.viewIn(paramTo)
	if len(v.given[paramFrom])+len(v.given[paramTo]) == 0 {
		v.fault(paramFrom, "", domain.Missing, "is not given, and "+paramTo+" neither", "give one of them, or both")
	}
	volume, err := s.upToDate(ctx, q, v)
	if err != nil {
		return nil, err
	}
	x, err := s.onto(ctx, volume, from, reply.Asked{In: paramFrom})
	if err != nil {
		return nil, err
	}
	y, err := s.onto(ctx, volume, to, reply.Asked{In: paramTo})
	if err != nil {
		return nil, err
	}
	// The cut of one side says nothing of the other, so the tag has the position of the log.
	tag := func() string {
		whole := domain.Position{Record: max(x.at.Record, y.at.Record)}
		return s.tag(whole, projections.View{}, volume.negotiation, "diff", from.String(), x.at.String(), to.String(), y.at.String())
	}
	if known(q.http.Header.Get("If-None-Match"), tag()) {
		return unchanged(tag()), nil
	}
	before, err := x.picture()
	if err != nil {
		return nil, err
	}
	after, err := y.picture()
	if err != nil {
		return nil, err
	}
	d, err := projections.Compare(ctx, before, after)
	if err != nil {
		return nil, err
	}
	return asJSON(d, tag()), nil
}
