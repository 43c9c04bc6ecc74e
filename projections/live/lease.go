package live

import (
	"context"
	"errors"
	"fmt"
	"time"

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

	// Guarded by the publisher.
	until  time.Time
	due    bool
	asked  int // how often
	served int // up to which of them it stands in the bucket
	told   chan struct{}
	ended  error
	mark   Mark // as it stands
}

// Lease has a branch published for a while, and returns once it is: all that was
// known of it here at the time of the call. It fails as [Branches.Watch] does, and with
// what keeps the branch from being published.
func (p *BranchPublisher) Lease(ctx context.Context, negotiation, name string) (Lease, error) {
	l, asked, err := p.ask(ctx, limb{negotiation, name})
	if err != nil {
		return Lease{}, err
	}
	for {
		p.mu.Lock()
		served, ended, mark, told, epoch := l.served >= asked, l.ended, l.mark, l.told, p.epoch
		p.mu.Unlock()
		switch {
		case ended != nil:
			return Lease{}, ended
		case served:
			return Lease{
				Negotiation: negotiation, Branch: mark.Branch, Bucket: BranchBucket, Keys: l.group + ".>", Epoch: epoch, Until: mark.Until, Term: p.term,
			}, nil
		}
		select {
		case <-told:
		case <-ctx.Done():
			return Lease{}, errors.Join(fmt.Errorf("branch %s of %s is not published: %w", name, negotiation, ctx.Err()), p.Fault())
		}
	}
}

// ask notes that somebody wants a branch.
func (p *BranchPublisher) ask(ctx context.Context, id limb) (_ *lease, asked int, err error) {
	group := groupOf(id)
	p.mu.Lock()
	l := p.leases[group]
	p.mu.Unlock()
	if l == nil {
		b, err := p.branches.Watch(ctx, id.negotiation, id.branch)
		if err != nil {
			return nil, 0, err
		}
		p.mu.Lock()
		switch l = p.leases[group]; {
		case l != nil:
			defer b.Leave() // somebody else asked as well
		case p.life == nil:
			p.mu.Unlock()
			b.Leave()
			return nil, 0, ErrEnded
		case len(p.leases) >= p.most:
			p.mu.Unlock()
			b.Leave()
			return nil, 0, &CrowdedError{p.most}
		default:
			l = p.grant(group, b)
		}
		p.mu.Unlock()
	}
	p.mu.Lock()
	l.asked++
	asked = l.asked
	l.until, l.due = p.publisher.options.Now().Add(p.term).UTC().Truncate(time.Second), true
	p.mu.Unlock()
	p.poke()
	return l, asked, nil
}

// grant begins a lease. Whatever changes in the branch is due to be published.
func (p *BranchPublisher) grant(group string, b *Branch) *lease {
	l := &lease{group: group, branch: b, told: make(chan struct{})}
	p.leases[group] = l
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
	l.served, l.mark = max(l.served, asked), mark
	close(l.told)
	l.told = make(chan struct{})
}

// release ends a lease.
func (p *BranchPublisher) release(l *lease, why error) {
	p.mu.Lock()
	if p.leases[l.group] == l {
		delete(p.leases, l.group)
	}
	first := l.ended == nil
	if first {
		l.ended = why
		close(l.told)
	}
	p.mu.Unlock()
	if first {
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
