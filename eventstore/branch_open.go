package eventstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"parley/domain"
)

// OpenBranch opens a branch at a position of its parent. What it costs does not
// depend on how long the record is, unless happenings are left out or replaced, for
// these must be found. It tells what was opened, with the position filled in; the
// same opening again changes nothing, and has the Count 0. It fails with domain.Faults,
// with a [*ParentError] where the parent is no branch or is dropped meanwhile, with a
// [*BranchError] where a branch of the name was dropped, with a [*TakenError] where another branch has the name, and with a [*RoomError] where the
// negotiation has as many branches as are kept, or the writer his share of them.
func (s *Store) OpenBranch(ctx context.Context, o Opening) (Branch, error) {
	b, err := s.openBranch(ctx, o)
	if faults, ok := errors.AsType[domain.Faults](err); ok {
		return Branch{}, faults
	}
	if err != nil {
		none, ok := errors.AsType[*BranchError](err)
		err = fmt.Errorf("open branch %s of %s: %w", o.Branch, o.Negotiation, s.explain(ctx, err))
		if ok && none.Branch == o.Parent {
			err = s.noParent(ctx, o, none, err)
		}
		return Branch{}, err
	}
	return b, nil
}

func (s *Store) openBranch(ctx context.Context, o Opening) (Branch, error) {
	if o.Parent == "" {
		o.Parent = domain.RecordName
	}
	at := Subject{Branch: string(o.Branch), Negotiation: o.Negotiation}
	// What was opened before is looked for first: the parent may have gone on since.
	if b, err := s.sameBranch(ctx, at, o); err != nil || b.Head > 0 {
		return b, err
	}
	asked := o
	faults, err := s.checkOpening(ctx, &o)
	if err != nil {
		return Branch{}, err
	}
	if len(faults) > 0 {
		return Branch{}, faults
	}
	if err := s.roomForBranch(ctx, o); err != nil {
		return Branch{}, err
	}
	now := s.opts.Now().UTC().Truncate(time.Millisecond)
	e := &domain.Event{
		ID: openingID(at), Negotiation: o.Negotiation, Writer: o.Writer, Time: now, Recorded: now,
		Body: domain.Body{Act: o.BranchOpened},
	}
	position, err := s.record(ctx, at, 0, e)
	if judge(err) == overrun || judge(err) == unsettled && err != nil {
		return s.openedAlready(ctx, at, asked, err)
	}
	if err != nil {
		return Branch{}, err
	}
	s.origins.note(at, origin{o.Parent, o.Writer})
	b := Branch{Negotiation: o.Negotiation, BranchOpened: o.BranchOpened, Opened: now, Opener: o.Writer, Begun: position, Head: position, Count: 1}
	return b, s.standing(ctx, at, b)
}

// openingID is the id of the event that opens a branch.
func openingID(at Subject) (id [16]byte) {
	return domain.KeyedID(at.Negotiation, "branch\x00"+at.Branch)
}

// checkOpening settles the fork and lists what is wrong with an opening.
func (s *Store) checkOpening(ctx context.Context, o *Opening) (domain.Faults, error) {
	place := o.place
	refs := len(o.Without)+len(o.Replace) > 0
	var parent domain.Lineage
	var end domain.Position
	var err error
	switch {
	case o.Parent != domain.RecordName && !domain.ValidID(o.Parent):
		return domain.CheckOpening(o.Negotiation, o.BranchOpened, nil, place), nil
	case o.Parent == domain.RecordName && !refs:
		end.Record, err = s.Head(ctx, o.Negotiation)
	case o.Parent == domain.RecordName:
		parent, err = s.lineage(ctx, Subject{Negotiation: o.Negotiation})
		end = parent.Position(nil)
	default:
		parent, err = s.lineage(ctx, Subject{Branch: o.Parent, Negotiation: o.Negotiation})
		end = parent.Position(nil)
		if none, ok := errors.AsType[*BranchError](err); ok && !none.Dropped {
			if head, headErr := s.Head(ctx, o.Negotiation); head == 0 && headErr == nil {
				err = nil // there is nothing at all
			}
		}
	}
	if err != nil {
		return nil, err
	}
	if end.Record == 0 {
		return domain.Faults{{Place: place("subject"), Problem: domain.Unregistered, Read: o.Negotiation, Reason: "the record has no such negotiation", Hint: "parley import records one"}}, nil
	}
	fork, err := domain.Fork(o.At, end, parent)
	if err != nil {
		rest := o.BranchOpened
		rest.Without, rest.Replace = nil, nil // which happenings there are depends on the fork
		at := domain.Fault{Place: place("act.at"), Problem: domain.BadValue, Read: o.At, Reason: err.Error(), Hint: "leave it out for " + end.String()}
		return append(domain.CheckOpening(o.Negotiation, rest, nil, place), at), nil
	}
	o.At = fork.String()
	var log []domain.Entry
	if refs {
		log = forkedFrom(parent, o)
	}
	return domain.CheckOpening(o.Negotiation, o.BranchOpened, log, place), nil
}

// forkedFrom is the log of the parent up to the fork.
func forkedFrom(parent domain.Lineage, o *Opening) []domain.Entry {
	bare := domain.BranchLog{
		Opened:  domain.BranchOpened{Branch: o.Branch, At: o.At, FollowParent: o.FollowParent},
		Entries: []domain.Entry{{Fault: errors.New("not there yet")}},
	}
	child := domain.Lineage{Record: parent.Record, Branches: append(slices.Clone(parent.Branches), bare)}
	log := child.Compose(o.Negotiation, nil)
	return log[:len(log)-1]
}

// sameBranch finds the branch of a name if it is the one to be opened; else its head
// is 0.
func (s *Store) sameBranch(ctx context.Context, at Subject, o Opening) (Branch, error) {
	if !domain.ValidID(at.Branch) || !domain.ValidID(at.Negotiation) || at.Branch == domain.RecordName {
		return Branch{}, nil
	}
	b, err := s.branchAt(ctx, at)
	if err != nil || b.Head == 0 || b.Dropped || !sameOpening(b.BranchOpened, o.BranchOpened) {
		return Branch{}, err
	}
	return b, s.standing(ctx, at, b)
}

// openedAlready finds out whether the branch that has the name is the one to be
// opened.
func (s *Store) openedAlready(ctx context.Context, at Subject, o Opening, cause error) (Branch, error) {
	b, err := s.branchAt(ctx, at)
	switch {
	case err != nil:
		return Branch{}, err
	case b.Head == 0:
		return Branch{}, cause // it did not land
	case b.Dropped:
		return Branch{}, &BranchError{Branch: at.Branch, Negotiation: at.Negotiation, Dropped: true, Reason: b.Reason}
	case !sameOpening(b.BranchOpened, o.BranchOpened):
		return Branch{}, &TakenError{b}
	}
	return b, s.standing(ctx, at, b)
}

// standing makes sure that what a branch stands on was not dropped before the branch
// was opened, now that its opening is recorded. If it was, nobody keeps the parent's
// events for it: it is dropped, and the error is the parent's. Whoever drops a parent
// looks for branches after that is recorded, so one of the two always sees the other.
func (s *Store) standing(ctx context.Context, at Subject, b Branch) error {
	if b.Parent == domain.RecordName {
		return nil
	}
	parent := Subject{Branch: b.Parent, Negotiation: at.Negotiation}
	p, err := s.branchAt(ctx, parent)
	if err == nil && p.keptFor(b) {
		return nil
	}
	if err == nil {
		gone := &BranchError{Branch: b.Parent, Negotiation: at.Negotiation, Dropped: true, Reason: p.Reason}
		if err = s.dropBranch(ctx, at, b.Opener, gone.Error()); err == nil {
			return gone
		}
	}
	return &UncertainError{err}
}

// keptFor tells whether the events of a parent are there for a branch: it stands, or
// it was dropped after the branch had been opened.
func (b Branch) keptFor(child Branch) bool {
	return b.Begun > 0 && (!b.Dropped || child.Begun < b.Head)
}

// TakenError says that another branch has the name.
type TakenError struct{ By Branch }

func (e *TakenError) Error() string {
	return fmt.Sprintf("the name is taken, by a branch that %s opened: %s", e.By.Author, e.By.Purpose)
}

// sameOpening tells whether a branch is what somebody asks for. What he leaves open of
// the position was settled when it was opened: the parent may have gone on.
func sameOpening(b, asked domain.BranchOpened) bool {
	return b.Parent == asked.Parent && domain.ForksAt(asked.At, b.At) && b.Author == asked.Author && b.Purpose == asked.Purpose &&
		b.FollowParent == asked.FollowParent && slices.Equal(b.Without, asked.Without) && slices.Equal(b.Replace, asked.Replace)
}
