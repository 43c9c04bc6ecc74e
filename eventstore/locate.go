package eventstore

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Locate finds the entry that has an id or a key, in one negotiation or, if none
// is named, in all. It lists every position where it stands, by negotiation.
func (s *Store) Locate(ctx context.Context, negotiation, name string) ([]Located, error) {
	id, err := uuid.Parse(name)
	isID := err == nil
	log := s.ReadAll(ctx)
	if negotiation != "" {
		log = s.readLocated(ctx, negotiation)
	}
	var found []Located
	for e, err := range log {
		if err != nil {
			return nil, err
		}
		if !e.Parked() && (isID && e.Event.ID == id || !isID && e.Event.Key == name) {
			found = append(found, e)
		}
	}
	slices.SortStableFunc(found, func(a, b Located) int { return strings.Compare(a.Negotiation, b.Negotiation) })
	return found, nil
}

// readLocated is [Store.Read] of the whole of a negotiation, each entry with its name.
func (s *Store) readLocated(ctx context.Context, negotiation string) iter.Seq2[Located, error] {
	return func(yield func(Located, error) bool) {
		for e, err := range s.Read(ctx, negotiation, 1) {
			if !yield(Located{negotiation, e}, err) {
				return
			}
		}
	}
}
