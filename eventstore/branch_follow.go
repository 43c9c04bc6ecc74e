package eventstore

import (
	"context"
	"fmt"
	"iter"

	"parley/domain"
)

// Supposed is an entry of a branch, with the log it stands in.
type Supposed struct {
	In Subject
	domain.Entry
}

// FollowBranches yields the entries of all branches from a position on, in the order
// of their stream, and goes on as [Store.FollowAll] does. What was purged when a
// branch was dropped is passed over; the entry that says so comes.
func (s *Store) FollowBranches(ctx context.Context, from uint64) iter.Seq2[Supposed, error] {
	return func(yield func(Supposed, error) bool) {
		r := pullRequest{stream: BranchStream, filter: branchPrefix + "*.*", from: max(from, 1)}
		err := s.entries(ctx, r, func(m stored, e domain.Entry) bool {
			at, err := ParseSubject(m.subject)
			return err != nil || yield(Supposed{at, e}, nil) // what is no branch is nobody's
		})
		if err != nil && ctx.Err() == nil {
			yield(Supposed{}, fmt.Errorf("follow the branches: %w", s.explain(ctx, err)))
		}
	}
}

// BranchesEnd is the position of the last entry of the branches, of whichever; 0 if
// there is none.
func (s *Store) BranchesEnd(ctx context.Context) (uint64, error) {
	end, err := s.head(ctx, BranchStream, branchPrefix+"*.*")
	if err != nil {
		return 0, fmt.Errorf("end of the branches: %w", s.explain(ctx, err))
	}
	return end, nil
}
