package server

import (
	"context"
	"errors"
	"net/http"
	"reflect"
	"time"

	"parley/cmd/parley/internal/problem"
	"parley/domain/fair"
	"parley/projections"
	"parley/projections/live"

	"github.com/danielgtaylor/huma/v2"
)

// Leases has branches published for those who ask.
type Leases interface {
	// LeaseFor has a branch published for somebody, with whom they are shared out.
	LeaseFor(ctx context.Context, by fair.Holder, negotiation, branch string) (live.Lease, error)
}

// leased is a branch that is published for a while.
type leased struct {
	Negotiation string              `json:"negotiation"`
	Bucket      string              `json:"bucket" doc:"key-value bucket of NATS that holds it"`
	Keys        string              `json:"keys" doc:"what to watch there"`
	Epoch       uint64              `json:"epoch" doc:"of the bucket: another one than before means to begin anew"`
	Until       time.Time           `json:"until" doc:"it is published so long, if nobody asks again"`
	AskAgain    int                 `json:"askAgainSeconds" doc:"ask again after so many seconds, as long as you watch"`
	Branch      *projections.Branch `json:"branch" doc:"at the position that is published"`
}

// leasing adds what those ask who watch a branch over NATS.
func (s *Server) leasing() {
	s.register(operation{
		id: "branch-watch", method: http.MethodPost, path: pathBranch + "/watch", tag: tagSuppose, right: Read, passing: true,
		summary: "Have a branch published to NATS", about: "For who watches key-value buckets. It is published for a minute, and as long as somebody asks again; then its keys are taken away. Over HTTP, stream tells of branches without that.",
		parameters: []*huma.Param{inPath(), branchInPath()},
		answers:    map[string]reflect.Type{typeJSON: reflect.TypeFor[leased]()}, statuses: kinds(problem.NotFound),
	}, s.lease)
}

// leaseWait is how long it may take until a branch is published.
const leaseWait = 20 * time.Second

func (s *Server) lease(ctx context.Context, q *request) (*answer, error) {
	if err := q.read().err(); err != nil {
		return nil, err
	}
	if s.leases == nil {
		return nil, &problem.Error{Kind: problem.Unreachable, Detail: "this server publishes nothing"}
	}
	ctx, stop := context.WithTimeout(ctx, leaseWait)
	defer stop()
	l, err := s.leases.LeaseFor(ctx, s.holder(q), q.negotiation(), q.branchName())
	if gone, ok := errors.AsType[*live.GoneError](err); ok && gone.Dropped {
		return nil, droppedBranch(gone)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return nil, &problem.Error{Kind: problem.Unreachable, Detail: err.Error(), Hint: "come again in a moment"}
	}
	if err != nil {
		return nil, s.unwatched(ctx, q.negotiation(), q.branchName(), err)
	}
	return asJSON(leased{
		Negotiation: l.Negotiation, Bucket: l.Bucket, Keys: l.Keys, Epoch: l.Epoch, Until: l.Until, AskAgain: int(l.Term.Seconds()) / 3, Branch: l.Branch,
	}, ""), nil
}
