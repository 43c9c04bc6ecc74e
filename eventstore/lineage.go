package eventstore

import (
	"context"
	"fmt"
	"slices"

	"parley/domain"
)

// maxDepth is how many branches may stand on each other.
const maxDepth = 32

// BranchError says that a branch cannot be read: there is none of this name, or it
// was dropped.
type BranchError struct {
	Branch, Negotiation string
	Dropped             bool
	Reason              string // of the drop
}

func (e *BranchError) Error() string {
	if e.Dropped {
		s := fmt.Sprintf("branch %s of %s was dropped", e.Branch, e.Negotiation)
		if e.Reason != "" {
			s += ": " + e.Reason
		}
		return s
	}
	return fmt.Sprintf("%s has no branch %s", e.Negotiation, e.Branch)
}

// Lineage reads what a branch of a negotiation stands on: the record, and the
// branches from the record up to it, its own last. An empty name gives the record
// alone. It fails with a [*BranchError] where there is no such branch.
func (s *Store) Lineage(ctx context.Context, negotiation, branch string) (domain.Lineage, error) {
	l, err := s.lineage(ctx, Subject{Branch: branch, Negotiation: negotiation})
	if err != nil {
		err = fmt.Errorf("read %s: %w", Subject{Branch: branch, Negotiation: negotiation}.name(), s.explain(ctx, err))
	}
	return l, err
}

// BranchLogs reads a lineage without its record.
func (s *Store) BranchLogs(ctx context.Context, negotiation, branch string) ([]domain.BranchLog, error) {
	at := Subject{Branch: branch, Negotiation: negotiation}
	logs, err := s.branchLogs(ctx, at)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", at.name(), s.explain(ctx, err))
	}
	return logs, nil
}

// name is what people call a log.
func (s Subject) name() string {
	if s.Branch == "" {
		return s.Negotiation
	}
	return "branch " + s.Branch + " of " + s.Negotiation
}

func (s *Store) lineage(ctx context.Context, at Subject) (domain.Lineage, error) {
	var l domain.Lineage
	var err error
	if at.Branch != "" {
		if l.Branches, err = s.branchLogs(ctx, at); err != nil {
			return domain.Lineage{}, err
		}
	}
	err = s.read(ctx, at.Negotiation, 1, func(e domain.Entry) bool {
		l.Record = append(l.Record, e)
		return true
	})
	return l, err
}

// branchLogs reads the own events of a branch and of those it stands on, from the
// record up.
func (s *Store) branchLogs(ctx context.Context, at Subject) ([]domain.BranchLog, error) {
	var logs []domain.BranchLog
	heir := uint64(0)
	for at.Branch != domain.RecordName {
		if len(logs) == maxDepth {
			return nil, fmt.Errorf("more than %d branches stand on each other", maxDepth)
		}
		b, err := s.branchLog(ctx, at, heir)
		if err != nil {
			return nil, err
		}
		logs = append(logs, b)
		at.Branch, heir = b.Opened.Parent, b.Entries[0].Position
	}
	slices.Reverse(logs)
	return logs, nil
}

// branchLog reads the own events of one branch. heir is the position at which the one
// was opened for which it is read, 0 if it is read for itself: for those that were
// opened before it was dropped its events are kept.
func (s *Store) branchLog(ctx context.Context, at Subject, heir uint64) (domain.BranchLog, error) {
	var b domain.BranchLog
	subject, err := FormatSubject(at)
	if err != nil {
		return b, err
	}
	head, err := s.head(ctx, BranchStream, subject)
	if err != nil {
		return b, err
	}
	if head == 0 {
		return b, &BranchError{Branch: at.Branch, Negotiation: at.Negotiation}
	}
	b.Entries, err = s.branchRead.read(at, head, func(from uint64, yield func(domain.Entry) bool) error {
		return s.scan(ctx, BranchStream, subject, from, head, yield)
	})
	if err != nil {
		return b, s.purged(ctx, at, err)
	}
	last := b.Entries[len(b.Entries)-1]
	opened, ok := openingOf(b.Entries[0])
	if dropped, gone := isDropped(last); gone {
		if !ok || heir == 0 || heir > last.Position {
			return b, &BranchError{Branch: at.Branch, Negotiation: at.Negotiation, Dropped: true, Reason: dropped.Reason}
		}
		b.Entries = b.Entries[:len(b.Entries)-1]
	}
	if !ok || string(opened.Branch) != at.Branch {
		return b, fmt.Errorf("%s does not begin with its opening; drop it", at.name())
	}
	b.Opened = opened
	return b, nil
}

// purged tells a branch that was dropped while it was read from one that is damaged.
func (s *Store) purged(ctx context.Context, at Subject, cause error) error {
	b, err := s.branchAt(ctx, at)
	if err == nil && b.Dropped && b.Begun == 0 {
		return &BranchError{Branch: at.Branch, Negotiation: at.Negotiation, Dropped: true, Reason: b.Reason}
	}
	return cause
}

func openingOf(e domain.Entry) (domain.BranchOpened, bool) {
	if e.Parked() {
		return domain.BranchOpened{}, false
	}
	o, ok := e.Event.Act.(domain.BranchOpened)
	return o, ok
}

func isDropped(e domain.Entry) (domain.BranchDropped, bool) {
	if e.Parked() {
		return domain.BranchDropped{}, false
	}
	d, ok := e.Event.Act.(domain.BranchDropped)
	return d, ok
}

// readBranch makes the ledger of a branch anew.
func (s *Store) readBranch(ctx context.Context, k *book, seen func(domain.Entry)) (moved bool, err error) {
	l, err := s.lineage(ctx, k.at)
	if err != nil {
		return false, err
	}
	was := k.head()
	depth := len(l.Branches)
	top := l.Branches[depth-1]
	for _, e := range top.Entries {
		if e.Position > was {
			seen(e)
		}
	}
	k.measure(top.Entries)
	if k.ground, err = groundOf(k.at, l); err != nil {
		return false, err
	}
	k.ledger, k.layer, k.leavesOut, k.read = l.Ledger(k.at.Negotiation), depth, leavesOut(l), true
	return true, nil
}
