package server

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"parley/cmd/parley/internal/problem"
	"parley/domain"
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
			"and gone (the stream ends; reason says why). A comment comes as a heartbeat every 15 seconds that are silent. " +
			"A client that was cut off sends the last id and gets what changed since, also from another process.",
		parameters: []*huma.Param{
			parameter("query", paramWatch, "what to follow: NEGOTIATION, NEGOTIATION/PROJECTION or NEGOTIATION/PROJECTION/ID, with * for any; can be given again; everything if not given. "+
				"The projections are "+strings.Join(live.Projections(), ", "), watchExample),
			parameter("query", paramLastEvent, "where to go on from, for clients that cannot send the header, which counts before it", "186"),
			parameter("header", headerLastEvent, "the id of the last event that was taken in", "186"),
		},
		answers:  map[string]reflect.Type{typeStream: nil},
		statuses: kinds(problem.Busy),
	}, s.stream)
}

// watchExample is what the document shows.
const watchExample = "pak-afg-2025/drafts"

// stream begins to stream.
func (s *Server) stream(_ context.Context, q *request) (*answer, error) {
	v := q.read()
	want := live.Request{Filters: v.filters(), Cursor: v.cursor(q.http.Header.Get(headerLastEvent)), Stall: s.limits.stall}
	if err := v.err(); err != nil {
		return nil, err
	}
	if s.live == nil {
		return nil, errNothingLive
	}
	if s.draining.Load() {
		return nil, errEnding
	}
	return &answer{serve: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.tell(w, r, want) })}, nil
}

var errNothingLive = &problem.Error{Kind: problem.Unreachable, Detail: "this server follows no projections"}

// filters are what the caller wants to watch.
func (v *values) filters() []live.Filter {
	given := v.given[paramWatch]
	if len(given) > maxWatched {
		v.fault(paramWatch, given[maxWatched], domain.BadValue, fmt.Sprintf("is one more than %d", maxWatched), "watch whole projections, or open another stream")
		return nil
	}
	var filters []live.Filter
	for _, text := range given {
		parts := strings.SplitN(text, "/", 3)
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
		filters = append(filters, f)
	}
	return filters
}

// cursor is where to go on from: what the header says, for a browser that connects
// again sends the address as it was.
func (v *values) cursor(header string) uint64 {
	name, read := headerLastEvent, header
	if read == "" {
		name, read = paramLastEvent, v.text(paramLastEvent)
	}
	if read == "" {
		return 0
	}
	n, err := strconv.ParseUint(read, 10, 64)
	if err != nil {
		v.fault(name, read, domain.BadValue, "is no id of this stream", "send the id of the last event that you have, or none")
	}
	return n
}
