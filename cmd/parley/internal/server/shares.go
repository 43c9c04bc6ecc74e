package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"parley/cmd/parley/internal/problem"
	"parley/domain/fair"
	"parley/projections/live"
)

// holder is who asks, for what is shared out among those who ask. A user who was granted
// a role is the same whether he asks over HTTP or over NATS.
func (s *Server) holder(q *request) fair.Holder {
	if q.called {
		return q.holder
	}
	if who, err := s.who(q); err == nil && who.Name != "" {
		return fair.Holder{User: who.Name}
	}
	return fair.Holder{From: q.caller()}
}

// places are what there is only so much of: open streams, sessions, ensembles. They are
// shared out: see [fair.Yield].
type places struct {
	of        string // what they are, in the plural
	most      int
	mostOfOne int // of one holder; 0 if he may have all that nobody else asks for

	mu  sync.Mutex
	all []*place // in the order in which they were taken
}

// place is one of them.
type place struct {
	by    fair.Holder
	ctx   context.Context // ends when it has to be given up, so that another one has it
	yield context.CancelCauseFunc
}

// yielded is closed when the place has to be given up.
func (p *place) yielded() <-chan struct{} { return p.ctx.Done() }

// take takes a place, until free is called.
func (o *places) take(by fair.Holder) (taken *place, free func(), err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	own := 0
	for _, p := range o.all {
		if p.by == by {
			own++
		}
	}
	if o.mostOfOne > 0 && own >= o.mostOfOne {
		return nil, nil, &problem.Error{Kind: problem.Busy, Detail: fmt.Sprintf("you have %d %s open, and nobody may have more at once", own, o.of), Hint: "end one of your own, or come again when one has ended"}
	}
	if len(o.all) >= o.most && !o.makeRoom(by) {
		return nil, nil, &problem.Error{Kind: problem.Busy, Detail: "all " + o.of + " that can be open at once are, and nobody has many more than you", Hint: hintOfShare}
	}
	ctx, yield := context.WithCancelCause(context.Background())
	taken = &place{by: by, ctx: ctx, yield: yield}
	o.all = append(o.all, taken)
	return taken, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.all = slices.DeleteFunc(o.all, func(p *place) bool { return p == taken })
	}, nil
}

// makeRoom has whoever has most give up a place.
func (o *places) makeRoom(by fair.Holder) bool {
	taken := make([]fair.Taken, len(o.all))
	for i, p := range o.all {
		taken[i] = fair.Taken{p.by}
	}
	i, ok := fair.Yield(taken, by)
	if ok {
		o.all[i].yield(errYielded)
		o.all = slices.Delete(o.all, i, i+1)
	}
	return ok
}

// open is how many are taken.
func (o *places) open() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.all)
}

const hintOfShare = "end one of your own, or come again when others have ended theirs"

var errYielded = &problem.Error{Kind: problem.Busy, Detail: "all that can be open at once are, and the place of this one went to somebody who has fewer", Hint: hintOfShare}

// shared makes a problem of what the sharing out of branches denies or takes.
func shared(err error) error {
	_, crowded := errors.AsType[*live.CrowdedError](err)
	_, yielded := errors.AsType[*live.YieldedError](err)
	if crowded || yielded {
		return &problem.Error{Kind: problem.Busy, Detail: err.Error(), Hint: hintOfShare}
	}
	return err
}
