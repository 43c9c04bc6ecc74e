package server

import (
	"context"
	"net/http"
	"reflect"
	"sort"

	"parley/cmd/parley/internal/problem"
	"parley/projections"

	"github.com/danielgtaylor/huma/v2"
)

// listedNegotiation is one negotiation of the record.
type listedNegotiation struct {
	ID       string `json:"id"`
	Title    string `json:"title,omitzero"`
	Position uint64 `json:"position" doc:"of the last entry of its log"`
	Entries  uint64 `json:"entries" doc:"of its log"`
}

type negotiationList struct {
	Negotiations []listedNegotiation `json:"negotiations"`
	Next         string              `json:"next,omitzero" doc:"where there is more: what to send as after"`
}

// negotiationSummary is one negotiation at a glance.
type negotiationSummary struct {
	View        projections.Seen `json:"view"`
	Title       string           `json:"title,omitzero"`
	TimeZone    string           `json:"timeZone,omitzero"`
	Happenings  int              `json:"happenings"`
	Actors      int              `json:"actors"`
	Issues      int              `json:"issues"`
	Ceasefires  int              `json:"ceasefires"`
	Lenses      int              `json:"lenses"`
	Projections []string         `json:"projections" doc:"what state takes"`
}

// negotiations adds the record as a whole, and each negotiation at a glance.
func (s *Server) negotiations() {
	s.register(operation{
		id: "negotiations", method: http.MethodGet, path: "/v1/negotiations", tag: tagRecord, right: Read,
		summary: "The negotiations of the record", about: "By id, in pages.",
		parameters: []*huma.Param{
			parameter("query", paramAfter, "only negotiations after this id", "pak-afg-2025"),
			parameter("query", paramLimit, "most negotiations of a page", "100"),
		},
		answers: map[string]reflect.Type{typeJSON: reflect.TypeFor[negotiationList]()},
	}, s.listNegotiations)
	s.register(operation{
		id: "negotiation", method: http.MethodGet, path: "/v1/negotiations/{negotiation}", tag: tagRecord, right: Read,
		summary: "One negotiation at a glance", about: "What it is called, and how much of it the view shows.",
		parameters: ofView(),
		answers:    map[string]reflect.Type{typeJSON: reflect.TypeFor[negotiationSummary]()},
		tagged:     true, statuses: kinds(problem.NotFound),
	}, s.summary)
}

// pageOfNegotiations is how many are listed at once. Each is read for its title, and
// stays warm.
const pageOfNegotiations = maxVolumes

func (s *Server) listNegotiations(ctx context.Context, q *request) (*answer, error) {
	v := q.read()
	after, limit := v.text(paramAfter), v.count(paramLimit, pageOfNegotiations, pageOfNegotiations)
	if err := v.err(); err != nil {
		return nil, err
	}
	all, err := s.store.Negotiations(ctx)
	if err != nil {
		return nil, err
	}
	all = all[sort.Search(len(all), func(i int) bool { return all[i].ID > after }):]
	var page negotiationList
	for i, n := range all {
		if uint64(i) == limit {
			page.Next = all[i-1].ID
			break
		}
		volume, err := s.open(ctx, n.ID, 0, 0)
		if err != nil {
			return nil, err
		}
		pic, err := (&viewed{server: s, volume: volume}).picture()
		if err != nil {
			return nil, err
		}
		page.Negotiations = append(page.Negotiations, listedNegotiation{n.ID, pic.Registry.Title, n.Head, n.Count})
	}
	return asJSON(page, ""), nil
}

func (s *Server) summary(ctx context.Context, q *request) (*answer, error) {
	x, err := s.look(ctx, q, q.read())
	if err != nil {
		return nil, err
	}
	if x.has(q, "summary") {
		return unchanged(x.tag()), nil
	}
	pic, err := x.picture()
	if err != nil {
		return nil, err
	}
	r := pic.Registry
	return asJSON(negotiationSummary{
		View: pic.Seen(), Title: r.Title, TimeZone: r.TimeZone, Happenings: len(pic.Happenings),
		Actors: len(r.Actors), Issues: len(r.Issues), Ceasefires: len(r.Ceasefires), Lenses: len(r.Lenses),
		Projections: projections.Projections(),
	}, x.tag()), nil
}
