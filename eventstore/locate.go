package eventstore

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"parley/domain"

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

// LocateSupposed is [Store.Locate] among the branches, in the order of their stream.
func (s *Store) LocateSupposed(ctx context.Context, negotiation, name string) ([]Supposed, error) {
	head, err := s.BranchesEnd(ctx)
	if err != nil || head == 0 {
		return nil, err
	}
	id, err := uuid.Parse(name)
	isID := err == nil
	var found []Supposed
	err = s.entries(ctx, pullRequest{stream: BranchStream, filter: branchPrefix + "*.*", from: 1, to: head}, func(m stored, e domain.Entry) bool {
		at, err := ParseSubject(m.subject)
		if err != nil || negotiation != "" && at.Negotiation != negotiation || e.Parked() {
			return true
		}
		if isID && e.Event.ID == id || !isID && e.Event.Key == name {
			found = append(found, Supposed{at, e})
		}
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("read the branches: %w", s.explain(ctx, err))
	}
	return found, nil
}
