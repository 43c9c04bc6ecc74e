package eventstore

import (
	"context"
	"fmt"
	"slices"
)

// Count is how many entries a negotiation has by the count of the server, parked ones too;
// 0 if it is not there. A server goes on to count what became unreadable while it ran, so
// whoever then reads fewer from the beginning has not read all: see [Store.Unread].
func (s *Store) Count(ctx context.Context, negotiation string) (uint64, error) {
	subject, err := FormatSubject(Subject{Negotiation: negotiation})
	if err != nil {
		return 0, fmt.Errorf("count: %w", err)
	}
	state, err := s.state(ctx, RecordStream, subject)
	if err != nil {
		return 0, fmt.Errorf("count the entries of %s: %w", negotiation, s.explain(ctx, err))
	}
	return state.Subjects[subject], nil
}

// Unread says which entries of a negotiation cannot be read, where fewer of them could be
// than were counted before. It reads the negotiation once more, and names the
// positions as far as the folder keeps hashes.
func (s *Store) Unread(ctx context.Context, negotiation string, read, counted uint64) *DamageError {
	d := &DamageError{
		Stream: RecordStream, Where: s.where,
		Detail: fmt.Sprintf("%d of the %d entries of %s cannot be read", counted-read, counted, negotiation),
	}
	kept, err := s.keptFirst(negotiation, counted)
	if err != nil || len(kept) == 0 {
		return d
	}
	there := map[uint64]bool{}
	for e, err := range s.Read(ctx, negotiation, 1) {
		if err != nil {
			return d // that much is known
		}
		there[e.Position] = true
	}
	d.Lost = ranges(slices.DeleteFunc(kept, func(position uint64) bool { return there[position] }))
	return d
}

// keptFirst are the positions of the first entries of a negotiation by the hashes that the
// folder keeps, none if there is no folder. They stand in the order of the log, so as many
// as were counted are those that were counted. Whoever reads the log after this finds
// them, or they are lost.
func (s *Store) keptFirst(negotiation string, counted uint64) (positions []uint64, err error) {
	if s.opts.Dir == "" {
		return nil, nil
	}
	for l, err := range (folder{s.opts.Dir}).kept(nil) {
		if err != nil {
			return nil, err
		}
		if uint64(len(positions)) == counted {
			break
		}
		if !l.damaged && l.Log == negotiation {
			positions = append(positions, l.Position)
		}
	}
	return positions, nil
}
