package server

import (
	"context"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"sort"

	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/reply"
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
	Entries     int              `json:"entries" doc:"of its log, as far as the view sees it"`
	Parties     []namedActor     `json:"parties" doc:"the actors that are registered as parties"`
	Last        *lastHappening   `json:"last,omitempty" doc:"the last happening in order; absent where there is none"`
	Truces      []truceStatus    `json:"ceasefireStatus" doc:"how each ceasefire stands"`
	Contested   int              `json:"contested" doc:"how many values the accounts of the view disagree on"`
	Projections []string         `json:"projections" doc:"what state takes"`
}

// namedActor is an actor with its name.
type namedActor struct {
	Actor string `json:"actor"`
	Name  string `json:"name"`
}

// lastHappening is what happened last.
type lastHappening struct {
	Event    string `json:"event"`
	Act      string `json:"act"`
	Occurred string `json:"occurred,omitzero"`
	Reported string `json:"reported,omitzero"`
}

// truceStatus is how a ceasefire stands.
type truceStatus struct {
	Ceasefire string `json:"ceasefire"`
	Title     string `json:"title,omitzero"`
	Status    string `json:"status"`
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
	out, err := summaryOf(pic)
	if err != nil {
		return nil, err
	}
	return asJSON(out, x.tag()), nil
}

func summaryOf(pic *projections.Picture) (negotiationSummary, error) {
	r := pic.Registry
	out := negotiationSummary{
		View: pic.Seen(), Title: r.Title, TimeZone: r.TimeZone, Happenings: len(pic.Happenings),
		Actors: len(r.Actors), Issues: len(r.Issues), Ceasefires: len(r.Ceasefires), Lenses: len(r.Lenses),
		Entries: len(pic.Log()), Parties: []namedActor{}, Truces: []truceStatus{},
		Projections: projections.Projections(),
	}
	for _, id := range slices.Sorted(maps.Keys(r.Actors)) {
		if a := r.Actors[id]; a.Kind == "party" {
			out.Parties = append(out.Parties, namedActor{string(id), a.Name})
		}
	}
	if n := len(pic.Happenings); n > 0 {
		h := pic.Happenings[n-1]
		out.Last = &lastHappening{h.Name(), h.Lead.Type(), h.Lead.Event.Occurred.String(), h.Lead.Reported.String()}
	}
	tree, err := pic.PrintOnly("ceasefires", "disagreements")
	if err != nil {
		return out, err
	}
	ceasefires, _ := tree.Get("ceasefires")
	for id, n := range ceasefires.Children() {
		out.Truces = append(out.Truces, truceStatus{id, reply.TextOf(n, "title"), reply.TextOf(n, "status")})
	}
	disagreements, _ := tree.Get("disagreements")
	out.Contested = len(disagreements.Items())
	return out, nil
}
