package main

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/eventstore"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
)

// warnOtherwise says which events of an input are recorded, but read otherwise
// now: somebody who imports the original again may think that it holds.
func (p *program) warnOtherwise(cmd *cobra.Command, s *eventstore.Store, in *input, appended []eventstore.Recorded) error {
	known := map[string]map[uuid.UUID]*domain.Event{}
	for _, c := range in.candidates {
		e := c.Event
		if known[e.Negotiation] == nil {
			known[e.Negotiation] = map[uuid.UUID]*domain.Event{}
		}
		known[e.Negotiation][e.ID] = e
	}
	for _, a := range appended {
		delete(known[a.Negotiation], a.ID)
	}
	var texts []string
	for _, n := range slices.Sorted(maps.Keys(known)) {
		if len(known[n]) == 0 {
			continue
		}
		found, err := otherwise(s.Read(cmd.Context(), n, 1), n, known[n])
		if err != nil {
			return err
		}
		texts = append(texts, found...)
	}
	if len(texts) > 0 {
		p.tell("%s otherwise now: %s", count(len(texts), "event reads", "events read"), reply.Few(texts, 12))
	}
	return nil
}

// otherwise tells by what events of one log were withdrawn or corrected to
// something else than they are here.
func otherwise(log func(func(domain.Entry, error) bool), negotiation string, known map[uuid.UUID]*domain.Event) ([]string, error) {
	ledger, repairs := domain.NewLedger(negotiation), domain.NewRepairs(negotiation)
	names := map[uuid.UUID]string{}
	for e, err := range log {
		if err != nil {
			return nil, err
		}
		ledger.Apply(e)
		if !e.Parked() {
			names[e.Event.ID] = e.Event.Name()
			repairs.Add(e, ledger.Position)
		}
	}
	var texts []string
	for _, e := range slices.SortedFunc(maps.Values(known), func(a, b *domain.Event) int { return bytes.Compare(a.ID[:], b.ID[:]) }) {
		word, ok := repairs.Of(e.ID)
		// Input that holds the repair as well, such as an export, says so itself.
		if !ok || known[word.By] != nil || !word.Withdrawn && sameBody(e, word.Body) {
			continue
		}
		how := "corrected"
		if word.Withdrawn {
			how = "withdrawn"
		}
		at, _ := ledger.Position(word.By)
		texts = append(texts, fmt.Sprintf("%s, %s by #%d (%s)", e.Name(), how, at, names[word.By]))
	}
	return texts, nil
}

// sameBody tells whether an event says the same as a correction of it.
func sameBody(e *domain.Event, body *domain.Body) bool {
	a, b := *e, *e
	a.Key, b.Body = "", *body
	b.Key = ""
	x, errX := domain.Content(&a)
	y, errY := domain.Content(&b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
