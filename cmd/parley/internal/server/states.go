package server

import (
	"cmp"
	"context"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/projections"

	"github.com/danielgtaylor/huma/v2"
)

const (
	paramPath        = "path"
	paramProjection  = "projection"
	paramProjections = "projections"
	paramStep        = "step"
)

// states adds what the events come to.
func (s *Server) states() {
	answers := map[string]reflect.Type{typeJSON: reflect.TypeFor[reply.State]()}
	s.register(operation{
		id: "state", method: http.MethodGet, path: "/v1/negotiations/{negotiation}/state", tag: tagState, right: Read,
		summary: "All projections, or one value", about: "As parley state NEGOTIATION --json. With a path only the value there, such as drafts/istanbul-draft/versions/3/stands.",
		parameters: ofView(
			parameter("query", paramPath, "path to one value", "drafts/istanbul-draft/versions/3/stands"),
			parameter("query", paramProjections, "only these projections, with commas between; all if not given", "drafts,positions"),
			ofStep(),
		),
		answers: answers, tagged: true, statuses: kinds(problem.NotFound),
	}, s.state)
	s.register(operation{
		id: "state-of-projection", method: http.MethodGet, path: "/v1/negotiations/{negotiation}/state/{projection}", tag: tagState, right: Read,
		summary: "One projection", about: "As parley state NEGOTIATION PROJECTION --json. The projections are " + reply.WordList(projections.Projections()) + ".",
		parameters: ofView(parameter("path", paramProjection, "name of the projection", "drafts"), ofStep()),
		answers:    answers, tagged: true, statuses: kinds(problem.NotFound),
	}, s.state)
}

// ofStep is the parameter of those who go through a replay.
func ofStep() *huma.Param {
	return parameter("query", paramStep, "only what stands after this step of the replay, named by its event: the happenings that the replay shows later are left out. "+
		"Unlike as-of, it keeps those of which nobody knows whether they came first", "s1-retraction")
}

// state answers with the state of a view: all of it, some projections, one, or the
// value at a path.
func (s *Server) state(ctx context.Context, q *request) (*answer, error) {
	name := q.http.PathValue(paramProjection)
	if name != "" && !slices.Contains(projections.Projections(), name) {
		return nil, reply.NoProjection(name)
	}
	v := q.read()
	path, step, some := v.text(paramPath), v.text(paramStep), v.projections()
	x, err := s.look(ctx, q, v)
	if err != nil {
		return nil, err
	}
	if x.has(q, append([]string{"state", name, path, step}, some...)...) {
		return unchanged(x.tag()), nil
	}
	pic, err := x.through(step)
	if err != nil {
		return nil, err
	}
	tree, err := printed(pic, name, path, some)
	if err != nil {
		return nil, err
	}
	return asJSON(reply.State{View: pic.Seen(), Step: step, Path: path, State: tree}, x.tag()), nil
}

// projections are the names in a list of them, each once.
func (v *values) projections() []string {
	read := v.text(paramProjections)
	if read == "" {
		return nil
	}
	names := strings.Split(read, ",")
	for i, n := range names {
		switch {
		case !slices.Contains(projections.Projections(), n):
			v.fault(paramProjections, n, domain.BadValue, "is no projection", cmp.Or(domain.DidYouMean(n, projections.Projections()), "the projections are "+reply.WordList(projections.Projections())))
		case slices.Contains(names[:i], n):
			v.fault(paramProjections, n, domain.BadValue, "is named twice", "name it once")
		}
	}
	return names
}

// printed prints some projections, the one that is named, or all; of these the value at
// a path, if one is given.
func printed(pic *projections.Picture, name, path string, some []string) (tree *projections.Node, err error) {
	switch {
	case len(some) > 0:
		tree, err = pic.PrintOnly(some...)
	case name == "" && path != "":
		return pic.PrintAt(path)
	default:
		tree, err = pic.Print(name)
	}
	if err != nil || path == "" {
		return tree, err
	}
	return tree.Walk(path)
}
