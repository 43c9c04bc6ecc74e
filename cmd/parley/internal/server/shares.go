package server

import (
	"errors"
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

// openStreams are the streams that are open. They are shared out: see [fair.Yield].
type openStreams struct {
	most int

	mu  sync.Mutex
	all []*openStream // in the order in which they were opened
}

// openStream is the place of one of them.
type openStream struct {
	by      fair.Holder
	yielded chan struct{} // closed when it has to end, so that another one has the place
}

// take takes a place for a stream, until free is called.
func (o *openStreams) take(by fair.Holder) (place *openStream, free func(), err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.all) >= o.most && !o.yield(by) {
		return nil, nil, errStreams
	}
	place = &openStream{by: by, yielded: make(chan struct{})}
	o.all = append(o.all, place)
	return place, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.all = slices.DeleteFunc(o.all, func(p *openStream) bool { return p == place })
	}, nil
}

// yield makes room by a stream of whoever has most.
func (o *openStreams) yield(by fair.Holder) bool {
	taken := make([]fair.Taken, len(o.all))
	for i, p := range o.all {
		taken[i] = fair.Taken{p.by}
	}
	i, ok := fair.Yield(taken, by)
	if ok {
		close(o.all[i].yielded)
		o.all = slices.Delete(o.all, i, i+1)
	}
	return ok
}

// open is how many are open.
func (o *openStreams) open() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.all)
}

const hintOfShare = "end one that you watch yourself, or come again when others have left"

var (
	errStreams = &problem.Error{Kind: problem.Busy, Detail: "all streams that can be open at once are, and nobody has many more than you", Hint: hintOfShare}
	errYielded = &problem.Error{Kind: problem.Busy, Detail: "all streams that can be open at once are, and the place of this one went to somebody who has fewer", Hint: hintOfShare}
)

// shared makes a problem of what the sharing out of branches denies or takes.
func shared(err error) error {
	_, crowded := errors.AsType[*live.CrowdedError](err)
	_, yielded := errors.AsType[*live.YieldedError](err)
	if crowded || yielded {
		return &problem.Error{Kind: problem.Busy, Detail: err.Error(), Hint: hintOfShare}
	}
	return err
}
