package eventstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"parley/domain"

	"github.com/nats-io/nats.go/jetstream"
)

// DropBranch ends a branch and frees what it held. No branch may stand on it. Its
// name stays taken. Dropping it again changes nothing.
func (s *Store) DropBranch(ctx context.Context, negotiation, branch, writer, reason string) error {
	at := Subject{Branch: branch, Negotiation: negotiation}
	err := s.dropBranch(ctx, at, writer, reason)
	if err != nil {
		return fmt.Errorf("drop %s: %w", at.name(), s.explain(ctx, err))
	}
	return nil
}

// StandsOnError says that a branch cannot be dropped, for others stand on it.
type StandsOnError struct {
	Branch   string
	Children []string
}

func (e *StandsOnError) Error() string {
	return fmt.Sprintf("%s stand on it; drop them first", strings.Join(e.Children, ", "))
}

func (s *Store) dropBranch(ctx context.Context, at Subject, writer, reason string) error {
	subject, err := FormatSubject(at)
	if err != nil {
		return &BranchError{Branch: at.Branch, Negotiation: at.Negotiation}
	}
	if err := s.mayWrite(); err != nil {
		return err
	}
	here, err := s.branchAt(ctx, at)
	if err != nil {
		return err
	}
	if here.Head == 0 {
		return &BranchError{Branch: at.Branch, Negotiation: at.Negotiation}
	}
	children, err := s.childrenOf(ctx, at)
	switch {
	case err != nil:
		return err
	case len(children) > 0:
		return &StandsOnError{at.Branch, children}
	case !here.Dropped:
		now := s.opts.Now().UTC().Truncate(time.Millisecond)
		e := &domain.Event{
			ID: domain.KeyedID(at.Negotiation, "dropped\x00"+at.Branch), Negotiation: at.Negotiation, Writer: writer, Time: now, Recorded: now,
			Body: domain.Body{Act: domain.BranchDropped{Branch: domain.BranchID(at.Branch), Reason: reason}},
		}
		if _, err := s.record(ctx, at, here.Head, e); err != nil {
			if judge(err) == overrun {
				return &ConflictError{Negotiation: at.name(), Want: here.Head, Have: here.Head + 1}
			}
			return err
		}
	}
	stream, err := s.js.Stream(ctx, BranchStream)
	if err != nil {
		return err
	}
	// The last message says that it was dropped.
	return stream.Purge(ctx, jetstream.WithPurgeSubject(subject), jetstream.WithPurgeKeep(1))
}

// childrenOf lists the branches that stand on one and are not dropped. What a branch
// stands on never changes, so each is looked at once; then only those that matter.
func (s *Store) childrenOf(ctx context.Context, parent Subject) ([]string, error) {
	found, counts, err := s.branchNames(ctx, parent.Negotiation)
	if err != nil {
		return nil, err
	}
	news := slices.DeleteFunc(slices.Clone(found), s.parents.known)
	list, err := s.branchesAt(ctx, news, counts)
	if err != nil {
		return nil, err
	}
	for _, b := range list {
		s.parents.note(Subject{Branch: string(b.Branch), Negotiation: b.Negotiation}, b.Parent)
	}
	found = slices.DeleteFunc(found, func(at Subject) bool { return s.parents.of(at) != parent.Branch })
	list, err = s.branchesAt(ctx, found, counts)
	var names []string
	for _, b := range list {
		if !b.Dropped {
			names = append(names, string(b.Branch))
		}
	}
	return names, err
}

// parents keeps what branches stand on: for 10,000 of them about a megabyte.
type parents struct {
	mu sync.Mutex
	at map[Subject]string // empty for one that was dropped when it was looked at
}

func (p *parents) known(at Subject) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.at[at]
	return ok
}

func (p *parents) of(at Subject) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.at[at]
}

func (p *parents) note(at Subject, parent string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.at == nil {
		p.at = map[Subject]string{}
	}
	p.at[at] = parent
}
