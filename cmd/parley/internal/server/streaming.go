package server

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"parley/cmd/parley/internal/problem"
	"parley/domain"
	"parley/projections"
	"parley/projections/live"

	"github.com/danielgtaylor/huma/v2"
)

// pathStream is where changes are streamed.
const pathStream = "/v1/stream"

// typeStream is the media type of server-sent events.
const typeStream = "text/event-stream"

const (
	paramWatch     = "watch"
	paramLastEvent = "last-event-id"

	headerLastEvent = "Last-Event-ID"
)

// streaming adds the stream of changes.
func (s *Server) streaming() {
	s.register(operation{
		id: "stream", method: http.MethodGet, path: pathStream, tag: tagStream, right: Read,
		summary: "What changes, as server-sent events",
		about: "One stream for all that is watched: first what there is, then what changes, entity by entity, the latest state of each. " +
			"The events are snapshot (forget what you had; what there is follows), reset (the same, because the id that was sent cannot be gone on from; reason says why), " +
			"change (an entity as it is now, or deleted; last is true where all that belongs together has come, and only there the event has an id), " +
			"dropped (a branch that was watched is no more; reason says why) " +
			"and gone (the stream ends; reason says why). What is of a branch says so, and a snapshot or reset that names a branch is of that branch alone. A comment comes as a heartbeat every 15 seconds that are silent. " +
			"A client that was cut off sends the last id and gets what changed since, also from another process. If it watches more than was watched when it got the id, a reset tells anew all that it watches of the record, or of the branch, where it does so; the rest goes on.",
		parameters: []*huma.Param{
			parameter("query", paramWatch, "what to follow: NEGOTIATION, NEGOTIATION/PROJECTION or NEGOTIATION/PROJECTION/ID, with * for any; can be given again; everything if not given. "+
				"With ?branch=NAME behind it, it is followed on that branch. The projections are "+strings.Join(live.Projections(), ", "), watchExample),
			parameter("query", projections.KeyBranch, "a branch on which everything is followed that names none itself", "no-retraction"),
			parameter("query", paramLastEvent, "where to go on from, for clients that cannot send the header, which counts before it", idExample),
			parameter("header", headerLastEvent, "the id of the last event that was taken in, as it came", idExample),
		},
		answers:  map[string]reflect.Type{typeStream: nil},
		statuses: kinds(problem.NotFound, problem.Busy),
	}, s.stream)
}

// watchExample is what the document shows.
const watchExample = "pak-afg-2025/drafts"

// stream begins to stream.
func (s *Server) stream(_ context.Context, q *request) (*answer, error) {
	v := q.read()
	want := v.watching()
	v.goOn(want, q.http.Header.Get(headerLastEvent))
	if err := v.err(); err != nil {
		return nil, err
	}
	if s.live == nil || len(want.branches) > 0 && s.live.Branches() == nil {
		return nil, errNothingLive
	}
	if s.draining.Load() {
		return nil, errEnding
	}
	by := s.holder(q)
	return &answer{serve: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.tell(w, r, want, by) })}, nil
}

var errNothingLive = &problem.Error{Kind: problem.Unreachable, Detail: "this server follows no projections"}

// watching is what a stream tells of.
type watching struct {
	record   *live.Request // nil: nothing of the record
	branches []*watchedBranch
}

// watchedBranch is a branch of which a stream tells.
type watchedBranch struct {
	negotiation, name string
	filters           []live.Filter
	after             *domain.Position // that the reader has; nil: nothing
	sum               uint64           // of the branch at that position
	reset             string           // why what he has cannot be gone on from
}

// of finds what is watched of a branch, or adds it.
func (w *watching) of(negotiation, name string) *watchedBranch {
	for _, b := range w.branches {
		if b.negotiation == negotiation && b.name == name {
			return b
		}
	}
	b := &watchedBranch{negotiation: negotiation, name: name}
	w.branches = append(w.branches, b)
	return b
}

// watching is what the caller wants to watch.
func (v *values) watching() *watching {
	given, branch := v.given[paramWatch], v.text(projections.KeyBranch)
	w := &watching{}
	if len(given) > maxWatched {
		v.fault(paramWatch, given[maxWatched], domain.BadValue, fmt.Sprintf("is one more than %d", maxWatched), "watch whole projections, or open another stream")
		return w
	}
	if branch != "" && !domain.ValidID(branch) {
		v.fault(projections.KeyBranch, branch, domain.BadValue, "names no branch", "an id has the letters a to z, digits and hyphens")
	}
	if len(given) == 0 {
		if branch != "" {
			v.fault(projections.KeyBranch, branch, domain.BadValue, "is a branch of one negotiation", "name it: watch=NEGOTIATION")
		}
		w.record = &live.Request{}
		return w
	}
	for _, text := range given {
		path, view, _ := strings.Cut(text, "?")
		f, of := v.filter(text, path), branch
		if view != "" {
			of = v.branchOf(text, view)
		}
		switch {
		case of == "" && w.record == nil:
			w.record = &live.Request{Filters: []live.Filter{f}}
		case of == "":
			w.record.Filters = append(w.record.Filters, f)
		case f.Negotiation == "":
			v.fault(paramWatch, text, domain.BadValue, "is a branch of one negotiation", "name it in place of *")
		default:
			b := w.of(f.Negotiation, of)
			b.filters = append(b.filters, f)
		}
	}
	if len(w.branches) > maxBranchesWatched {
		v.fault(paramWatch, w.branches[maxBranchesWatched].name, domain.BadValue, fmt.Sprintf("is one branch more than %d", maxBranchesWatched), "open another stream")
	}
	return w
}

// filter reads NEGOTIATION/PROJECTION/ID.
func (v *values) filter(text, path string) live.Filter {
	parts := strings.SplitN(path, "/", 3)
	for i, p := range parts {
		switch p {
		case "*":
			parts[i] = ""
		case "":
			v.fault(paramWatch, text, domain.BadValue, "leaves out a part", "write * for any")
		}
	}
	parts = append(parts, "", "")
	f := live.Filter{Negotiation: parts[0], Projection: parts[1], ID: parts[2]}
	if f.Negotiation != "" && !domain.ValidID(f.Negotiation) {
		v.fault(paramWatch, text, domain.BadValue, "names no negotiation", "an id has the letters a to z, digits and hyphens")
	}
	if names := live.Projections(); f.Projection != "" && !slices.Contains(names, f.Projection) {
		v.fault(paramWatch, text, domain.BadValue, "names no projection", cmp.Or(domain.DidYouMean(f.Projection, names), "the projections are "+strings.Join(names, ", ")))
	}
	return f
}

// branchOf reads the view of one watch, of which only the branch can be said: cuts and
// lenses are not followed.
func (v *values) branchOf(text, view string) string {
	read, err := projections.ParseView(view)
	if err == nil && read != (projections.View{Branch: read.Branch}) {
		v.fault(paramWatch, text, domain.BadValue, "has more than a branch", "branches are followed whole, without cuts and lenses")
	}
	v.viewFault(paramWatch, err)
	return read.Branch
}

// goOn reads where to go on from: what the header says, for a browser that connects
// again sends the address as it was. What is not watched any more is passed over; where
// more is watched than before, the record or the branch that it is of begins anew.
func (v *values) goOn(w *watching, header string) {
	read := header
	if read == "" {
		read = v.text(paramLastEvent)
	}
	if read == "" {
		return
	}
	had, why := parseID(read)
	if r := w.record; r != nil {
		r.Cursor, r.Sum, r.Late, r.Reset = had.record, had.sum, had.late, why
		if more, wider := had.scope.lacks(r.Filters); had.record > 0 && wider {
			r.Cursor, r.Sum, r.Late, r.Reset = 0, 0, nil, wasNotWatched(more)
		}
	}
	for _, b := range w.branches {
		b.reset = why
		for _, h := range had.branches {
			last := h.at.Branches[len(h.at.Branches)-1]
			if b.negotiation != h.negotiation || b.name != string(last.Branch) {
				continue
			}
			if more, wider := h.scope.lacks(b.filters); wider {
				b.reset = wasNotWatched(more)
			} else {
				b.after, b.sum = &h.at, h.sum
			}
		}
	}
}

func wasNotWatched(watch string) string {
	return fmt.Sprintf("%.100s was not watched by whoever was given the id", watch)
}
