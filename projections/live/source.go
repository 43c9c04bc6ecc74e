package live

import (
	"context"
	"fmt"
	"iter"

	"parley/domain"
)

// Located is an entry of the log with the negotiation it belongs to.
type Located struct {
	Negotiation string
	domain.Entry
}

// Source is the log as a runner needs it.
type Source interface {
	// Follow yields the entries of all negotiations from a position on, in the
	// order of the log, and goes on with those that are appended later. It ends
	// with ctx, without an error, or yields the error that ended it.
	Follow(ctx context.Context, from uint64) iter.Seq2[Located, error]
	// Head is the position of the last entry of the log, 0 if it has none.
	Head(ctx context.Context) (uint64, error)
}

// Supposed is an entry of a branch, with what it is a branch of.
type Supposed struct {
	Negotiation, Branch string
	Entry               domain.Entry
}

// BranchSource is the branches as a runner needs them. All of them share one stream,
// so their positions compare.
type BranchSource interface {
	// FollowBranches yields the entries of all branches from a position on, as
	// [Source.Follow] does those of the record.
	FollowBranches(ctx context.Context, from uint64) iter.Seq2[Supposed, error]
	// BranchesEnd is the position of the last entry of all branches, 0 if there is none.
	BranchesEnd(ctx context.Context) (uint64, error)
	// BranchLogs reads the own entries of a branch and of those it stands on, from the
	// record up. It fails with a [GoneError] where there is no such branch, or where it
	// was dropped.
	BranchLogs(ctx context.Context, negotiation, branch string) ([]domain.BranchLog, error)
}

// GoneError says that a branch cannot be followed, or not any more.
type GoneError struct {
	Negotiation, Branch string
	Dropped             bool   // else there is none of the name
	Reason              string // of the drop
}

func (e *GoneError) Error() string {
	switch {
	case !e.Dropped:
		return fmt.Sprintf("%s has no branch %s", e.Negotiation, e.Branch)
	case e.Reason == "":
		return fmt.Sprintf("branch %s of %s was dropped", e.Branch, e.Negotiation)
	}
	return fmt.Sprintf("branch %s of %s was dropped: %s", e.Branch, e.Negotiation, e.Reason)
}
