package eventstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Foreign is a subject of the record that is no negotiation's. Nothing shows what
// stands there, which is no event.
type Foreign struct {
	Subject   string   `json:"subject"`   // whole, with the prefix of the record
	Entries   uint64   `json:"entries"`   // how many stand there
	Positions []uint64 `json:"positions"` // of the first of them, at most ForeignShown
}

// ForeignShown is how many positions are told of one foreign subject.
const ForeignShown = 100

// Foreign lists the subjects of the record that are no negotiation's, sorted.
func (s *Store) Foreign(ctx context.Context) ([]Foreign, error) {
	found, err := s.foreign(ctx)
	if err != nil {
		return nil, fmt.Errorf("list foreign subjects: %w", s.explain(ctx, err))
	}
	return found, nil
}

func (s *Store) foreign(ctx context.Context) ([]Foreign, error) {
	state, err := s.state(ctx, RecordStream, recordPrefix+"*")
	if err != nil {
		return nil, err
	}
	var found []Foreign
	for subject, count := range state.Subjects {
		if _, err := ParseSubject(subject); err == nil {
			continue
		}
		f := Foreign{Subject: subject, Entries: count, Positions: []uint64{}}
		head, err := s.head(ctx, RecordStream, subject)
		if err != nil {
			return nil, err
		}
		if head > 0 {
			err = s.pull(ctx, pullRequest{stream: RecordStream, filter: subject, from: 1, to: head}, func(m stored) bool {
				f.Positions = append(f.Positions, m.position)
				return len(f.Positions) < ForeignShown
			}, func() {})
		}
		// What is damaged there is counted, and told where damage is.
		if _, damaged := errors.AsType[*DamageError](err); err != nil && !damaged {
			return nil, err
		}
		found = append(found, f)
	}
	slices.SortFunc(found, func(a, b Foreign) int { return strings.Compare(a.Subject, b.Subject) })
	return found, nil
}
