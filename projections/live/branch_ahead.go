package live

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/domain"
)

// BranchAheadError says that more of a branch is published than there is in the logs
// that it stands on, as an [AheadError] does of the record. Nothing is published of the
// branch until all branches are published anew.
type BranchAheadError struct {
	Negotiation, Branch string
	Published           string // position that is published
	Position            string // that the logs have
}

func (e *BranchAheadError) Error() string {
	return fmt.Sprintf("%s has branch %s of %s up to %s, but the logs have it up to %s: what is published is of another record, or of one that this was restored from",
		BranchBucket, e.Branch, e.Negotiation, e.Published, e.Position)
}

// UnpublishedError says why a branch is not published that was asked for, though others
// are.
type UnpublishedError struct {
	Negotiation, Branch string
	Err                 error
}

func (e *UnpublishedError) Error() string {
	return fmt.Sprintf("branch %s of %s is not published: %v", e.Branch, e.Negotiation, e.Err)
}

// Unwrap is why.
func (e *UnpublishedError) Unwrap() error { return e.Err }

// aheadPatience is how long more of a branch may be published than is folded here before
// it is looked up whether the logs have it: mostly another process was faster.
const aheadPatience = time.Second

// ahead tells whether what a mark says of a branch is further on than the logs; nil if
// not, or if it is this process that is behind. It fails if that cannot be found out.
func (p *BranchPublisher) ahead(ctx context.Context, m Mark) (*BranchAheadError, error) {
	there, err := domain.ParsePosition(m.Branch.Position)
	if err != nil {
		return nil, nil //nolint:nilerr // what is no position is overwritten
	}
	logs, err := p.branches.source.BranchLogs(ctx, m.Negotiation, m.Branch.Name)
	if _, gone := errors.AsType[*GoneError](err); gone {
		return nil, nil // it is taken away
	}
	if err != nil {
		return nil, fmt.Errorf("end of the branch: %w", err)
	}
	_, head, read := p.branches.runner.hub.stands(m.Negotiation)
	has := domain.Position{Record: min(there.Record, head)}
	for _, b := range logs {
		has.Branches = append(has.Branches, domain.BranchPosition{Branch: b.Name(), At: b.Entries[len(b.Entries)-1].Position})
	}
	e := &BranchAheadError{m.Negotiation, m.Branch.Name, m.Branch.Position, has.String()}
	for _, b := range there.Branches {
		if at, ok := has.Of(b.Branch); ok && b.At > at {
			return e, nil
		}
	}
	if there.Record <= head {
		return nil, nil
	}
	if end := p.publisher.options.End; read < there.Record {
		if end == nil {
			return nil, nil
		}
		if read, err = end(ctx); err != nil {
			return nil, fmt.Errorf("end of the log: %w", err)
		}
		if read >= there.Record {
			return nil, nil
		}
	}
	return e, nil
}

// behind is what becomes of a lease of which more stands in the bucket than is folded
// here: it waits, unless the logs do not have it.
func (w *branchWork) behind(ctx context.Context, l *lease, asked int, mark Mark) error {
	now := w.publisher.options.Now()
	if l.behind.IsZero() {
		l.behind = now
		w.later(l.group, aheadPatience)
	}
	if now.Sub(l.behind) < aheadPatience {
		return nil
	}
	ahead, err := w.ahead(ctx, mark)
	if err != nil {
		return err
	}
	if ahead != nil {
		w.refuse(l, asked, ahead)
	}
	l.behind = time.Time{}
	w.later(l.group, retryMax)
	return nil
}

// later looks at a group again after a while.
func (w *branchWork) later(group string, wait time.Duration) {
	time.AfterFunc(wait, func() { w.look(group); w.poke() })
}

// refuse notes why a lease is not published, for those who asked for it.
func (p *BranchPublisher) refuse(l *lease, asked int, why error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	l.refused, l.refusedTo = &UnpublishedError{l.branch.id.negotiation, l.branch.id.branch, why}, max(l.refusedTo, asked)
	close(l.told)
	l.told = make(chan struct{})
}

// Fault is why no branch is published at present, or not all that were asked for; nil if
// all is well.
func (p *BranchPublisher) Fault() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fault != nil {
		return p.fault
	}
	var refused []*lease
	for _, l := range p.leases {
		if l.refused != nil {
			refused = append(refused, l)
		}
	}
	slices.SortFunc(refused, func(a, b *lease) int { return strings.Compare(a.group, b.group) })
	var all []error
	for _, l := range refused[:min(len(refused), faultsTold)] {
		all = append(all, l.refused)
	}
	if more := len(refused) - len(all); more > 0 {
		all = append(all, fmt.Errorf("and %d more branches", more))
	}
	return errors.Join(all...)
}
