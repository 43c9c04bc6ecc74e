package eventstore

import (
	"context"
	"fmt"
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
	if s.opts.Dir == "" {
		return d
	}
	there := map[uint64]bool{}
	last := uint64(0)
	for e, err := range s.Read(ctx, negotiation, 1) {
		if err != nil {
			return d // that much is known
		}
		there[e.Position], last = true, e.Position
	}
	var lost []uint64
	for l, err := range (folder{s.opts.Dir}).kept(nil) {
		if err != nil {
			return d
		}
		if !l.damaged && l.Log == negotiation && l.Position <= last && !there[l.Position] {
			lost = append(lost, l.Position)
		}
	}
	d.Lost = ranges(lost)
	return d
}
