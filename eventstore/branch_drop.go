package eventstore

import (
	"context"
	"fmt"
	"strings"
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
	all, err := s.Branches(ctx, at.Negotiation)
	if err != nil {
		return err
	}
	var children []string
	var here *Branch
	for i, b := range all {
		switch {
		case string(b.Branch) == at.Branch:
			here = &all[i]
		case !b.Dropped && b.Parent == at.Branch:
			children = append(children, string(b.Branch))
		}
	}
	switch {
	case here == nil:
		return &BranchError{Branch: at.Branch, Negotiation: at.Negotiation}
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
