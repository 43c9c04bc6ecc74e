package server

import (
	"cmp"
	"context"
	"net/http"
	"reflect"
	"slices"
	"time"

	"parley/eventstore"
	"parley/projections/live"

	"github.com/danielgtaylor/huma/v2"
)

// system is how a server stands. It tells in words of its own what is wrong: errors of
// the store may name folders and servers, which are no matter of those who only read.
type system struct {
	Version      string            `json:"version" doc:"of the program"`
	Ready        bool              `json:"ready" doc:"whether requests can be sent here"`
	NotReady     string            `json:"notReady,omitzero" doc:"why not, and what to do"`
	Projections  *projectionsStand `json:"projections,omitzero" doc:"absent where nothing is followed: then each answer is computed from the log"`
	Negotiations []projectedTalks  `json:"negotiations"`
	Next         string            `json:"next,omitzero" doc:"where there are more: what to send as after"`
	Branches     branchesStand     `json:"branches"`
	Streams      streamsStand      `json:"streams"`
}

type projectionsStand struct {
	Version        int    `json:"version" doc:"of the projections"`
	Running        bool   `json:"running" doc:"whether the log is followed"`
	CaughtUp       bool   `json:"caughtUp" doc:"whether all is read that was there when the server began"`
	Position       uint64 `json:"position" doc:"of the log, that is reflected"`
	Head           uint64 `json:"head" doc:"position of the last entry of the log"`
	Lag            uint64 `json:"lag" doc:"positions that are not reflected yet"`
	Faults         int    `json:"faults" doc:"negotiations that cannot be folded"`
	Unpublished    bool   `json:"unpublished,omitzero" doc:"whether they, or some of them, are not published to NATS as they should be"`
	UnpublishedWhy string `json:"unpublishedWhy,omitzero" doc:"why not, and what to do"`
}

// projectedTalks is how far a negotiation is reflected.
type projectedTalks struct {
	Negotiation string `json:"negotiation"`
	Position    uint64 `json:"position" doc:"of the log, that is reflected; 0 if nothing is"`
	Head        uint64 `json:"head" doc:"position of its last entry"`
	Lag         int    `json:"lag" doc:"entries that are not reflected; counted up to 1,000"`
	Entries     uint64 `json:"entries"`
	Entities    int    `json:"entities" doc:"that its projections have"`
	Parked      int    `json:"parked,omitzero" doc:"entries that are no events"`
	Fault       string `json:"fault,omitzero" doc:"why it is not reflected further"`
	FaultAt     uint64 `json:"faultAt,omitzero" doc:"position of the log that could not be folded"`

	LateSince time.Time `json:"lateSince,omitzero" doc:"when the first entry was read here that is not folded yet; absent if all are, or cannot be"`
}

type branchesStand struct {
	Most     int            `json:"most" doc:"that are followed at once"`
	Followed []followedLine `json:"followed"`
}

type followedLine struct {
	Negotiation  string `json:"negotiation"`
	Branch       string `json:"branch"`
	Hypothetical bool   `json:"hypothetical"`
	Position     string `json:"position,omitzero" doc:"that is reflected; absent until it is folded"`
	Watchers     int    `json:"watchers" doc:"0 where it is kept warm for those who come back"`
	Fault        string `json:"fault,omitzero"`
}

type streamsStand struct {
	Open int `json:"open"`
	Most int `json:"most"`
}

const (
	paramTroubled   = "troubled"
	pageOfProjected = 100
	lagMost         = 1000 // entries that are counted of what a negotiation lags behind
)

// systems adds how the server stands.
func (s *Server) systems() {
	s.register(operation{
		id: "system", method: http.MethodGet, path: "/v1/system", tag: tagWatch, right: Read,
		summary: "How the server stands: readiness, projections, branches followed, streams", about: "What parley doctor and parley projection list tell of a server, without anything of the machine. The negotiations come by id, in pages.",
		parameters: []*huma.Param{
			parameter("query", paramTroubled, "true: only negotiations that lag behind or cannot be folded", "true"),
			parameter("query", paramAfter, "only negotiations after this id", "pak-afg-2025"),
			parameter("query", paramLimit, "most negotiations of a page", "20"),
		},
		answers: map[string]reflect.Type{typeJSON: reflect.TypeFor[system]()},
	}, s.tellSystem)
}

func (s *Server) tellSystem(ctx context.Context, q *request) (*answer, error) {
	v := q.read()
	troubled, after, limit := v.flag(paramTroubled), v.text(paramAfter), v.count(paramLimit, pageOfProjected, pageOfProjected)
	if err := v.err(); err != nil {
		return nil, err
	}
	out := system{Version: s.version, Negotiations: []projectedTalks{}, Branches: branchesStand{Followed: []followedLine{}}, Streams: streamsStand{s.streams.open(), s.streams.most}}
	if why := s.unready(ctx); why != nil {
		out.NotReady = why.words
	}
	out.Ready = out.NotReady == ""
	all, err := s.store.Negotiations(ctx)
	if err != nil {
		return asJSON(out, ""), nil //nolint:nilerr // that the store does not answer is what it tells
	}
	if s.live != nil {
		summaries := s.live.Hub().Summaries()
		out.Projections = s.projectionsStand(ctx, all, summaries)
		out.Negotiations, out.Next = projectedPage(all, summaries, after, int(limit), troubled) //nolint:gosec // it has a bound
		for i := range out.Negotiations {
			if err := s.countLag(ctx, &out.Negotiations[i]); err != nil {
				return nil, err
			}
		}
		out.Branches = branchesFollowed(s.live.Branches())
	}
	return asJSON(out, ""), nil
}

// projectionsStand tells of all negotiations together.
func (s *Server) projectionsStand(ctx context.Context, all []eventstore.Negotiation, summaries []live.Summary) *projectionsStand {
	hub := s.live.Hub()
	p := &projectionsStand{Version: live.Version, Running: hub.Ended() == nil, CaughtUp: hub.Ready(), Position: hub.Position()}
	for _, n := range all {
		p.Head = max(p.Head, n.Head)
	}
	p.Lag = max(p.Head, p.Position) - p.Position
	for _, n := range summaries {
		if n.Fault != "" {
			p.Faults++
		}
	}
	if why := s.unpublished(ctx); why != nil {
		p.Unpublished, p.UnpublishedWhy = true, why.words
	}
	return p
}

// projectedPage sets what is reflected against what there is, by id. Lag is 1 where
// there is any; it is yet to be counted.
func projectedPage(all []eventstore.Negotiation, summaries []live.Summary, after string, limit int, troubled bool) (page []projectedTalks, next string) {
	page = []projectedTalks{}
	for _, n := range all {
		if n.ID <= after {
			continue
		}
		x := projectedTalks{Negotiation: n.ID, Head: n.Head, Entries: n.Count}
		if i, ok := slices.BinarySearchFunc(summaries, n.ID, func(s live.Summary, id string) int { return cmp.Compare(s.Negotiation, id) }); ok {
			of := summaries[i]
			x.Position, x.Entities, x.Parked, x.Fault, x.FaultAt = of.Position, of.Entities, of.Parked, of.Fault, of.FaultAt
			x.LateSince = of.Late.Since
		}
		if x.Position < x.Head {
			x.Lag = 1
		}
		if troubled && x.Lag == 0 && x.Fault == "" {
			continue
		}
		if len(page) == limit {
			return page, page[limit-1].Negotiation
		}
		page = append(page, x)
	}
	return page, ""
}

// countLag counts the entries that are not reflected, as far as that is worth it.
func (s *Server) countLag(ctx context.Context, x *projectedTalks) error {
	if x.Lag == 0 {
		return nil
	}
	x.Lag = 0
	for _, err := range s.store.Read(ctx, x.Negotiation, x.Position+1) {
		if err != nil {
			return err
		}
		if x.Lag++; x.Lag == lagMost {
			break
		}
	}
	return nil
}

func branchesFollowed(all *live.Branches) branchesStand {
	out := branchesStand{Followed: []followedLine{}}
	if all == nil {
		return out
	}
	out.Most = all.Most()
	for _, f := range all.Followed() {
		out.Followed = append(out.Followed, followedLine{f.Negotiation, f.Branch, true, f.Position, f.Watchers, f.Fault})
	}
	return out
}
