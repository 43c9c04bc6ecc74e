package live

import (
	"context"
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
