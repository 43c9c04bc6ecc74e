package main

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"parley/domain"
	"parley/eventstore"
	"parley/projections/live"
)

// logSource is the record as a runner reads it.
type logSource struct{ store *eventstore.Store }

// Follow yields the entries of the record.
func (l logSource) Follow(ctx context.Context, from uint64) iter.Seq2[live.Located, error] {
	return func(yield func(live.Located, error) bool) {
		for e, err := range l.store.FollowAll(ctx, from) {
			if !yield(live.Located{Negotiation: e.Negotiation, Entry: e.Entry}, err) {
				return
			}
		}
	}
}

// Head is where the record ends.
func (l logSource) Head(ctx context.Context) (uint64, error) { return l.store.End(ctx) }

// FollowBranches yields the entries of all branches.
func (l logSource) FollowBranches(ctx context.Context, from uint64) iter.Seq2[live.Supposed, error] {
	return func(yield func(live.Supposed, error) bool) {
		for e, err := range l.store.FollowBranches(ctx, from) {
			if !yield(live.Supposed{Negotiation: e.In.Negotiation, Branch: e.In.Branch, Entry: e.Entry}, err) {
				return
			}
		}
	}
}

// BranchesEnd is where the branches end.
func (l logSource) BranchesEnd(ctx context.Context) (uint64, error) { return l.store.BranchesEnd(ctx) }

// BranchLogs reads a branch and those that it stands on.
func (l logSource) BranchLogs(ctx context.Context, negotiation, branch string) ([]domain.BranchLog, error) {
	logs, err := l.store.BranchLogs(ctx, negotiation, branch)
	if e, ok := errors.AsType[*eventstore.BranchError](err); ok {
		return nil, &live.GoneError{Negotiation: negotiation, Branch: branch, Dropped: e.Dropped, Reason: e.Reason}
	}
	return logs, err
}

// alive is what a server keeps live: the folds, and what is published of them.
type alive struct {
	runner    *live.Runner
	publisher *live.Publisher
	branches  *live.BranchPublisher
}

// newAlive makes what keeps the projections of a store live and publishes them.
func (p *program) newAlive(s *eventstore.Store, b buckets, stepped func(live.Stepped)) alive {
	publisher := p.publisher(s, b)
	runner := live.New(logSource{s}, live.Options{
		Branches: logSource{s}, Published: publisher.Published, Stepped: stepped, Logger: p.logger(),
	})
	return alive{runner, publisher, publisher.Branches(runner.Branches())}
}

// run keeps the projections live until ctx ends, or the record cannot be read.
func (a alive) run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	var publishing sync.WaitGroup
	publishing.Go(func() { a.publisher.Run(ctx, a.runner.Hub()) })
	publishing.Go(func() { a.branches.Run(ctx) })
	err := a.runner.Run(ctx)
	stop()
	publishing.Wait()
	a.publisher.Close()
	return err
}

// sayEvery is the least time between two messages on what was appended.
const sayEvery = 100 * time.Millisecond

// keepLive follows the record until ctx ends, and says what is appended to it.
func (p *program) keepLive(ctx context.Context, a alive, n *news) error {
	telling, stop := context.WithCancel(ctx)
	var tellers sync.WaitGroup
	tellers.Go(func() {
		n.tell(telling, func() error { return cmp.Or(a.publisher.Fault(), a.branches.Fault()) })
	})
	err := a.run(ctx)
	stop()
	tellers.Wait()
	return err
}

// folded is what serve says of the entries that came together.
type folded struct {
	Negotiation string `json:"negotiation"`
	Position    uint64 `json:"position"`
	Appended    int    `json:"appended"`
	Events      int    `json:"events"`
	Happenings  int    `json:"happenings"`
	Parked      int    `json:"parked,omitzero"`
	Millis      int64  `json:"milliseconds"`
	Fault       string `json:"fault,omitzero"`
}

// news gathers what is to be said, so that a long import is told in a few lines.
type news struct {
	p     *program
	mu    sync.Mutex
	fresh map[string]folded
	more  chan struct{} // there is something to say
	fault string        // why nothing is published, as it was told last
}

func (p *program) newNews() *news {
	return &news{p: p, fresh: map[string]folded{}, more: make(chan struct{}, 1)}
}

func (n *news) add(s live.Stepped) {
	n.mu.Lock()
	defer n.mu.Unlock()
	x := n.fresh[s.Negotiation]
	n.fresh[s.Negotiation] = folded{
		Negotiation: s.Negotiation, Position: max(s.Position, s.FaultAt), Appended: x.Appended + s.Appended, Events: s.Events,
		Happenings: s.Happenings, Parked: s.Parked, Millis: x.Millis + s.Took.Milliseconds(), Fault: s.Fault,
	}
	select {
	case n.more <- struct{}{}:
	default: // it is known already
	}
}

// tell says what came, until ctx ends and the last of it is said.
func (n *news) tell(ctx context.Context, fault func() error) {
	tick := time.NewTicker(sayEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			n.say()
			return
		case <-n.more:
			n.say()
		case <-tick.C:
		}
		n.sayFault(fault())
		select {
		case <-ctx.Done():
		case <-tick.C:
		}
	}
}

func (n *news) say() {
	n.mu.Lock()
	fresh := n.fresh
	n.fresh = map[string]folded{}
	n.mu.Unlock()
	p := n.p
	for _, id := range slices.Sorted(maps.Keys(fresh)) {
		x := fresh[id]
		switch {
		case p.format != formatTable:
			_ = writeJSON(p.out, x, false) // whoever stopped reading ends nothing
		case x.Fault != "":
			p.tell("%s  %s at #%d: cannot be folded: %s", time.Now().Format(time.TimeOnly), x.Negotiation, x.Position, x.Fault)
		default:
			p.tell("%s  %s at #%d: %s appended; %s, %s", time.Now().Format(time.TimeOnly), x.Negotiation, x.Position,
				thousands(x.Appended), count(x.Events, "event", "events"), count(x.Happenings, "happening", "happenings"))
		}
	}
}

// sayFault says once why projections are not published, and once that they are again.
func (n *news) sayFault(err error) {
	text := ""
	if err != nil && !errors.Is(err, context.Canceled) {
		text = strings.ReplaceAll(err.Error(), "\n", "; ")
		if live.IsAhead(err) {
			text += "; parley projection rebuild publishes this record in its place"
		}
	}
	switch {
	case text == n.fault:
	case text != "":
		n.p.tell("%s  projections are not published: %s", time.Now().Format(time.TimeOnly), text)
	default:
		n.p.tell("%s  projections are published again", time.Now().Format(time.TimeOnly))
	}
	n.fault = text
}
