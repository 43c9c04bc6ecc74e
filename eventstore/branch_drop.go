package eventstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/domain"

	"github.com/nats-io/nats.go/jetstream"
)

// DropBranch ends a branch and frees what it held. No branch may stand on it
// ([*StandsOnError]). Its name stays taken. Dropping it again changes nothing.
// A reason that is no line of text is refused (domain.Faults).
//
// One that was opened on it at the same moment stays, and so do the events that it
// stands on; they are freed with the last such branch.
func (s *Store) DropBranch(ctx context.Context, negotiation, branch, writer, reason string) error {
	at := Subject{Branch: branch, Negotiation: negotiation}
	if faults := domain.CheckText(domain.Place{Pointer: "/reason"}, reason, domain.MaxSentenceRunes); len(faults) > 0 {
		return faults
	}
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
	const told = 10
	names := strings.Join(e.Children[:min(told, len(e.Children))], ", ")
	switch more := len(e.Children) - told; {
	case len(e.Children) == 1:
		return names + " stands on it; drop that first"
	case more > 0:
		return fmt.Sprintf("%s and %d more stand on it; drop them first", names, more)
	}
	return names + " stand on it; drop them first"
}

func (s *Store) dropBranch(ctx context.Context, at Subject, writer, reason string) error {
	if _, err := FormatSubject(at); err != nil {
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
	if here.Dropped {
		return s.free(ctx, at, here)
	}
	children, err := s.childrenOf(ctx, at, here)
	switch {
	case err != nil:
		return err
	case len(children) > 0:
		return &StandsOnError{at.Branch, children}
	}
	now := s.opts.Now().UTC().Truncate(time.Millisecond)
	e := &domain.Event{
		ID: domain.KeyedID(at.Negotiation, "dropped\x00"+at.Branch), Negotiation: at.Negotiation, Writer: writer, Time: now, Recorded: now,
		Body: domain.Body{Act: dropOf(here, reason)},
	}
	position, err := s.record(ctx, at, here.Head, e)
	if judge(err) == overrun {
		return &ConflictError{Negotiation: at.name(), Want: here.Head, Have: here.Head + 1}
	}
	if err != nil {
		return err
	}
	here.Dropped, here.Head = true, position
	return s.free(ctx, at, here)
}

// dropOf is the act that drops a branch. It repeats what the opening said, which goes
// with the rest.
func dropOf(b Branch, reason string) domain.BranchDropped {
	return domain.BranchDropped{
		Branch: domain.BranchID(b.Branch), Reason: reason, Parent: b.Parent, At: b.At, Author: b.Author, Purpose: b.Purpose,
		Without: b.Without, Replace: b.Replace, FollowParent: b.FollowParent, Opener: b.Opener, Opened: b.Opened,
	}
}

// free purges what a dropped branch held, but for its last entry, which says that it
// was dropped. It looks again for branches that stand on it, now that none can be
// opened any more, and frees nothing as long as there is one. With the last of them
// goes what they stood on.
func (s *Store) free(ctx context.Context, at Subject, b Branch) error {
	children, err := s.childrenOf(ctx, at, b)
	if err != nil || len(children) > 0 {
		return err
	}
	if b.Begun > 0 {
		if err := s.purge(ctx, at); err != nil {
			return err
		}
	}
	if b.Parent == domain.RecordName || !domain.ValidID(b.Parent) {
		return nil
	}
	on := Subject{Branch: b.Parent, Negotiation: at.Negotiation}
	parent, err := s.branchAt(ctx, on)
	if err != nil || !parent.Dropped || parent.Begun == 0 {
		return err
	}
	return s.free(ctx, on, parent)
}

// purge takes all entries of a branch away but the last.
func (s *Store) purge(ctx context.Context, at Subject) error {
	subject, err := FormatSubject(at)
	if err != nil {
		return err
	}
	if err := s.noteBranch(ctx, at, subject); err != nil {
		return err
	}
	stream, err := s.js.Stream(ctx, BranchStream)
	if err != nil {
		return err
	}
	return stream.Purge(ctx, jetstream.WithPurgeSubject(subject), jetstream.WithPurgeKeep(1))
}

// childrenOf lists the branches that stand on one and are not dropped, also by way of
// one that is; of one that is dropped itself those for which its events are kept. The leader of the stream is
// asked, so that each opening that was acknowledged is seen. What a branch stands on
// never changes, so each is looked at once; then only those that matter.
func (s *Store) childrenOf(ctx context.Context, at Subject, parent Branch) ([]string, error) {
	found, counts, err := s.branchNames(ctx, at.Negotiation)
	if err != nil {
		return nil, err
	}
	if err := s.learnOrigins(ctx, found); err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(c Subject) bool { return s.origins.of(c).parent != at.Branch })
	list, err := s.branchesAt(ctx, found, counts)
	var names []string
	for _, b := range list {
		switch {
		case err != nil || parent.Dropped && !parent.keptFor(b):
		case !b.Dropped:
			names = append(names, string(b.Branch))
		case b.Begun > 0: // dropped as well, and perhaps kept for others
			var heirs []string
			heirs, err = s.childrenOf(ctx, Subject{Branch: string(b.Branch), Negotiation: b.Negotiation}, b)
			names = append(names, heirs...)
		}
	}
	return names, err
}

// Orphans lists the branches of all negotiations that cannot be read, for what they
// stand on is gone. That is so where whoever opened one ended before it was known
// whether its parent still stood. Nobody was told that they are open.
func (s *Store) Orphans(ctx context.Context) ([]Branch, error) {
	all, err := s.Branches(ctx, "")
	if err != nil {
		return nil, err
	}
	at := make(map[Subject]Branch, len(all))
	for _, b := range all {
		at[Subject{Branch: string(b.Branch), Negotiation: b.Negotiation}] = b
	}
	return slices.DeleteFunc(all, func(b Branch) bool {
		return b.Dropped || b.Parent == domain.RecordName || at[Subject{Branch: b.Parent, Negotiation: b.Negotiation}].keptFor(b)
	}), nil
}
