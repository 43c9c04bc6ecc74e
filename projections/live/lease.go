package live

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"parley/domain/fair"
	"parley/projections"
)

const (
	// leaseTerm is how long a branch is published after somebody has asked for it.
	leaseTerm = time.Minute
	// leasesMax bounds how many branches one process publishes.
	leasesMax = 64
	// leaseGrace is how long after the end of a lease its values stand, for clocks that
	// differ.
	leaseGrace = 5 * time.Second
)

// Lease is what somebody is told who wants a branch published.
type Lease struct {
	Negotiation string
	Branch      *projections.Branch // at the position that is published
	Bucket      string
	Keys        string    // that match all that is published of the branch
	Epoch       uint64    // of the bucket: if it is another one, what was read before is gone
	Until       time.Time // it is published so long, if nobody asks again
	Term        time.Duration
}

// lease is a branch that is published.
type lease struct {
	group  string
	branch *Branch
	stop   context.CancelFunc
	number int       // of all that were ever granted
	behind time.Time // since when more of it stands in the bucket; of the session

	// Guarded by the publisher.
	until  time.Time
	askers map[fair.Holder]time.Time // until when each of them wants it
	due    bool
	asked  int // how often
	served int // up to which of them it stands in the bucket
	told   chan struct{}
	ended  error
	mark   Mark // as it stands

	refused   error // why it cannot be published,
	refusedTo int   // for up to which of those who asked
}

// Lease has a branch published for a while, and returns once it is: all that was
// known of it here at the time of the call. It fails as [Branches.Watch] does, with an
// [UnpublishedError], and with what keeps all branches from being published.
func (p *BranchPublisher) Lease(ctx context.Context, negotiation, name string) (Lease, error) {
	return p.LeaseFor(ctx, fair.Holder{}, negotiation, name)
}

// LeaseFor is Lease for somebody with whom the leases are shared out ([fair.Yield]). It
// also fails with a [YieldedError].
func (p *BranchPublisher) LeaseFor(ctx context.Context, by fair.Holder, negotiation, name string) (Lease, error) {
	l, asked, err := p.ask(ctx, by, limb{negotiation, name})
	if err != nil {
		return Lease{}, err
	}
	for {
		p.mu.Lock()
		served, ended, mark, told, epoch := l.served >= asked, l.ended, l.mark, l.told, p.epoch
		refused := l.refused
		if l.refusedTo < asked {
			refused = nil
		}
		p.mu.Unlock()
		switch {
		case ended != nil:
			return Lease{}, ended
		case served:
			return Lease{
				Negotiation: negotiation, Branch: mark.Branch, Bucket: BranchBucket, Keys: l.group + ".>", Epoch: epoch, Until: mark.Until, Term: p.term,
			}, nil
		}
		if refused != nil {
			return Lease{}, refused
		}
		select {
		case <-told:
		case <-ctx.Done():
			return Lease{}, errors.Join(fmt.Errorf("branch %s of %s is not published: %w", name, negotiation, ctx.Err()), p.Fault())
		}
	}
}

// ask notes that somebody wants a branch.
func (p *BranchPublisher) ask(ctx context.Context, by fair.Holder, id limb) (_ *lease, asked int, err error) {
	group := groupOf(id)
	p.mu.Lock()
	l := p.leases[group]
	p.mu.Unlock()
	if l == nil {
		b, err := p.branches.Watch(ctx, id.negotiation, id.branch)
		if err != nil {
			return nil, 0, err
		}
		if l, err = p.place(group, b, by); err != nil {
			return nil, 0, err
		}
	}
	p.mu.Lock()
	l.asked++
	asked = l.asked
	l.until, l.due = p.publisher.options.Now().Add(p.term).UTC().Truncate(time.Second), true
	l.askers[by] = l.until
	p.mu.Unlock()
	p.poke()
	return l, asked, nil
}

// place finds a place for a lease, if nobody else has asked for the same.
func (p *BranchPublisher) place(group string, b *Branch, by fair.Holder) (*lease, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l := p.leases[group]; l != nil {
		b.Leave()
		return l, nil
	}
	if p.life == nil {
		b.Leave()
		return nil, ErrEnded
	}
	if len(p.leases) >= p.most && !p.yield(by) {
		b.Leave()
		return nil, &CrowdedError{"published", p.most, len(p.heldBy(by))}
	}
	return p.grant(group, b), nil
}

// yield makes room by a lease of those who have most. It ends now, whatever they were
// told.
func (p *BranchPublisher) yield(by fair.Holder) bool {
	list := slices.SortedFunc(maps.Values(p.leases), func(a, b *lease) int { return a.number - b.number })
	taken := make([]fair.Taken, len(list))
	for i, l := range list {
		taken[i] = l.holders(p.publisher.options.Now())
	}
	i, ok := fair.Yield(taken, by)
	if ok {
		id := limbOf(list[i].group)
		p.yielded[list[i].group] = true
		p.drop(list[i], &YieldedError{id.negotiation, id.branch})
	}
	return ok
}

// holders are those who want a lease still.
func (l *lease) holders(now time.Time) (all fair.Taken) {
	for h, until := range l.askers {
		if !now.After(until) {
			all = append(all, h)
		}
	}
	return all
}

// heldBy lists the leases that somebody wants.
func (p *BranchPublisher) heldBy(by fair.Holder) (all []*lease) {
	for _, l := range p.leases {
		if slices.Contains(l.holders(p.publisher.options.Now()), by) {
			all = append(all, l)
		}
	}
	return all
}

// grant begins a lease. Whatever changes in the branch is due to be published.
func (p *BranchPublisher) grant(group string, b *Branch) *lease {
	p.granted++
	l := &lease{group: group, branch: b, told: make(chan struct{}), number: p.granted, askers: map[fair.Holder]time.Time{}}
	p.leases[group] = l
	delete(p.yielded, group)
	var ctx context.Context
	ctx, l.stop = context.WithCancel(p.life)
	p.watching.Go(func() {
		for {
			changed := b.hub.next()
			p.mu.Lock()
			l.due = true
			p.mu.Unlock()
			p.poke()
			if b.hub.Ended() != nil {
				return
			}
			select {
			case <-changed:
			case <-ctx.Done():
				return
			}
		}
	})
	return l
}

// settle notes what stands in the bucket of a lease, for those who asked for it.
func (p *BranchPublisher) settle(l *lease, asked int, mark Mark) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.ended != nil {
		return // meanwhile; what has just been written will be taken away
	}
	l.served, l.mark, l.refused = max(l.served, asked), mark, nil
	close(l.told)
	l.told = make(chan struct{})
}

// release ends a lease.
func (p *BranchPublisher) release(l *lease, why error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(l, why)
}

// drop ends a lease of a publisher that is locked.
func (p *BranchPublisher) drop(l *lease, why error) {
	if p.leases[l.group] == l {
		delete(p.leases, l.group)
	}
	if l.ended == nil {
		l.ended = why
		close(l.told)
		l.stop()
		l.branch.Leave()
	}
}

func (p *BranchPublisher) poke() {
	select {
	case p.stir <- struct{}{}:
	default: // it is known already
	}
}
