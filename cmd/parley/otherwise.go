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
	names := map[string]bool{}
	for _, c := range in.candidates {
		if c.Event != nil { // else it was recorded just now
			names[c.Event.Negotiation] = true
		}
	}
	var texts []string
	for _, n := range slices.Sorted(maps.Keys(names)) {
		log, err := repairsOf(p.whole(cmd.Context(), s, n), n)
		if err != nil {
			return err
		}
		if log.repairs.Len() > 0 {
			texts = append(texts, log.otherwise(in.known(n, appended))...)
		}
	}
	if len(texts) > 0 {
		p.tell("%s otherwise now: %s", count(len(texts), "event reads", "events read"), reply.Few(texts, 12))
	}
	return nil
}

// known are the events of an input that one log had before.
func (in *input) known(negotiation string, appended []eventstore.Recorded) map[uuid.UUID]*domain.Event {
	known := map[uuid.UUID]*domain.Event{}
	for _, c := range in.candidates {
		if c.Event != nil && c.Event.Negotiation == negotiation {
			known[c.Event.ID] = c.Event
		}
	}
	for _, a := range appended {
		if a.Negotiation == negotiation {
			delete(known, a.ID)
		}
	}
	return known
}

// repairLog is what one log says of the repairs in it.
type repairLog struct {
	repairs   *domain.Repairs
	positions map[uuid.UUID]uint64
	names     map[uuid.UUID]string // of the repairs
}

func repairsOf(log func(func(domain.Entry, error) bool), negotiation string) (*repairLog, error) {
	r := &repairLog{domain.NewRepairs(negotiation), map[uuid.UUID]uint64{}, map[uuid.UUID]string{}}
	place := func(id uuid.UUID) (uint64, bool) {
		at, ok := r.positions[id]
		return at, ok
	}
	for e, err := range log {
		if err != nil {
			return nil, err
		}
		if e.Parked() {
			continue
		}
		if _, twice := r.positions[e.Event.ID]; !twice {
			r.positions[e.Event.ID] = e.Position
		}
		if r.repairs.Add(e, place) {
			r.names[e.Event.ID] = e.Event.Name()
		}
	}
	return r, nil
}

// otherwise tells by what events known ones were withdrawn or corrected to something
// else than they are here.
func (r *repairLog) otherwise(known map[uuid.UUID]*domain.Event) []string {
	var texts []string
	for _, e := range slices.SortedFunc(maps.Values(known), func(a, b *domain.Event) int { return bytes.Compare(a.ID[:], b.ID[:]) }) {
		word, ok := r.repairs.Of(e.ID)
		// Input that holds the repair as well, such as an export, says so itself.
		if !ok || known[word.By] != nil || !word.Withdrawn && sameBody(e, word.Body) {
			continue
		}
		how := "corrected"
		if word.Withdrawn {
			how = "withdrawn"
		}
		texts = append(texts, fmt.Sprintf("%s, %s by #%d (%s)", e.Name(), how, r.positions[word.By], r.names[word.By]))
	}
	return texts
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
