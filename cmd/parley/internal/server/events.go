package server

import (
	"context"
	"iter"
	"math"
	"net/http"
	"reflect"
	"sort"

	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/reply"
	"parley/projections"
)

const (
	paramType  = "type"
	paramWhere = "where"
	paramAfter = "after"
	paramLimit = "limit"

	pathEvents = "/v1/negotiations/{negotiation}/events"
)

// events adds the log.
func (s *Server) events() {
	limit := parameter("query", paramLimit, "most events of a page of JSON", "1000")
	limit.Schema.Pattern = "^[0-9]+$"
	s.register(operation{
		id: "events", method: http.MethodGet, path: pathEvents, tag: tagRecord, right: Read,
		summary: "The log under a view",
		about: "As parley events --json: a page of the log with the view that left it; next is what to send as after for the page that follows. " +
			"With Accept: application/x-ndjson all of it, a line for every event exactly as it is stored; the view and the position stand in the headers Parley-View and Parley-Position.",
		parameters: ofView(
			parameter("query", paramType, "only events of this type; can be given again", "DraftFinalized"),
			parameter("query", paramWhere, "only events for which this expression holds, as in a lens", `"qatar" in actors`),
			parameter("query", paramAfter, "only events after this position of the record, or after what next says", "1000"), limit,
		),
		answers: map[string]reflect.Type{typeJSON: reflect.TypeFor[reply.Events](), typeNDJSON: nil},
		tagged:  true, statuses: kinds(problem.NotFound),
	}, s.listEvents)
}

func (s *Server) listEvents(ctx context.Context, q *request) (*answer, error) {
	v := q.read()
	types, where, after := v.given[paramType], v.text(paramWhere), v.position(paramAfter)
	limit := v.count(paramLimit, maxPage/10, maxPage)
	x, err := s.look(ctx, q, v)
	if err != nil {
		return nil, err
	}
	if types, err = reply.TypesNamed(types); err != nil {
		return nil, err
	}
	inLines := q.wants(typeNDJSON, typeJSON)
	if inLines {
		limit = math.MaxInt
	}
	if x.has(q, append([]string{"events", where, v.text(paramAfter), v.text(paramLimit), q.media(inLines)}, types...)...) {
		return unchanged(x.tag()), nil
	}
	pic, err := x.picture()
	if err != nil {
		return nil, err
	}
	events, err := reply.EventsOf(pic, types, where, paramWhere)
	if err != nil {
		return nil, err
	}
	events = events[sort.Search(len(events), func(i int) bool { return events[i].Entry.Ordinal() > after }):]
	page := reply.Events{View: pic.Seen(), Events: events}
	if uint64(len(events)) > limit {
		page.Events = events[:limit]
		page.Next = page.Events[limit-1].Entry.Ordinal()
	}
	if !inLines {
		return asJSON(page, x.tag()), nil
	}
	return lines(page.View, nil, x.tag(), raw(page.Events, page.View.Branch)), nil
}

// media is the type of an answer that can be lines or a document.
func (q *request) media(inLines bool) string {
	if inLines {
		return typeNDJSON
	}
	return typeJSON
}

// raw yields events as they are stored; of a branch each says of what it was read.
// What is no event is left out, as on the command line.
func raw(events []reply.Listed, b *projections.Branch) iter.Seq[any] {
	return func(yield func(any) bool) {
		for _, e := range events {
			if e.State == "parked" {
				continue
			}
			line, err := reply.MarkedEvent(e.Event, b)
			if err != nil || !yield(line) { // an event that is none is parked
				return
			}
		}
	}
}
