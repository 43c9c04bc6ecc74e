package eventstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/domain"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Opening is a branch to be opened.
type Opening struct {
	Negotiation         string
	domain.BranchOpened                                // At: empty is the end of the parent; Parent: empty is the record
	Writer              string                         // CloudEvents source
	Place               func(path string) domain.Place // where the author wrote a value; JSON pointers if nil
}

// Branch is a branch as it stands.
type Branch struct {
	Negotiation string
	domain.BranchOpened
	Opened  time.Time // when
	Head    uint64    // position of its last entry, in the stream of the branches
	Count   uint64    // its own entries, the opening among them
	Dropped bool
	Reason  string // of the drop
}

// OpenBranch opens a branch at a position of its parent. What it costs does not
// depend on how long the record is, unless happenings are left out or replaced, for
// these must be found. It tells what was opened, with the position filled in; the
// same opening again changes nothing. It fails with domain.Faults, with a
// [*BranchError] where the parent is no branch, and with a [*TakenError] where another
// branch has the name.
func (s *Store) OpenBranch(ctx context.Context, o Opening) (Branch, error) {
	fail := func(err error) (Branch, error) {
		if faults, ok := errors.AsType[domain.Faults](err); ok {
			return Branch{}, faults
		}
		return Branch{}, fmt.Errorf("open branch %s of %s: %w", o.Branch, o.Negotiation, s.explain(ctx, err))
	}
	if o.Parent == "" {
		o.Parent = domain.RecordName
	}
	faults, err := s.checkOpening(ctx, &o)
	if err != nil {
		return fail(err)
	}
	if len(faults) > 0 {
		return fail(faults)
	}
	at := Subject{Branch: string(o.Branch), Negotiation: o.Negotiation}
	now := s.opts.Now().UTC().Truncate(time.Millisecond)
	e := &domain.Event{
		ID: openingID(at), Negotiation: o.Negotiation, Writer: o.Writer, Time: now, Recorded: now,
		Body: domain.Body{Act: o.BranchOpened},
	}
	position, err := s.record(ctx, at, 0, e)
	if judge(err) == overrun || judge(err) == unsettled && err != nil {
		return s.openedAlready(ctx, at, o, err)
	}
	if err != nil {
		return fail(err)
	}
	return Branch{Negotiation: o.Negotiation, BranchOpened: o.BranchOpened, Opened: now, Head: position, Count: 1}, nil
}

// openingID is the id of the event that opens a branch.
func openingID(at Subject) (id [16]byte) {
	return domain.KeyedID(at.Negotiation, "branch\x00"+at.Branch)
}

// checkOpening settles the fork and lists what is wrong with an opening.
func (s *Store) checkOpening(ctx context.Context, o *Opening) (domain.Faults, error) {
	place := o.Place
	if place == nil {
		place = func(path string) domain.Place { return domain.Place{Pointer: "/" + strings.ReplaceAll(path, ".", "/")} }
	}
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
	}
	if err != nil {
		return nil, err
	}
	if end.Record == 0 {
		return domain.Faults{{Place: place("subject"), Problem: domain.Unregistered, Read: o.Negotiation, Reason: "the record has no such negotiation", Hint: "parley import records one"}}, nil
	}
	fork, err := domain.Fork(o.At, end)
	if err != nil {
		return domain.Faults{{Place: place("act.at"), Problem: domain.BadValue, Read: o.At, Reason: err.Error(), Hint: "leave it out for " + end.String()}}, nil
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

// record publishes one event of a branch, which must stand at head.
func (s *Store) record(ctx context.Context, at Subject, head uint64, e *domain.Event) (uint64, error) {
	subject, err := FormatSubject(at)
	if err != nil {
		return 0, err
	}
	e.SupposedBy = domain.BranchID(at.Branch)
	raw, err := domain.Encode(e)
	if err != nil {
		return 0, err
	}
	m := &nats.Msg{Subject: subject, Data: raw, Header: nats.Header{}}
	m.Header[jetstream.ExpectedLastSubjSeqHeader] = []string{strconv.FormatUint(head, 10)}
	return s.send(ctx, BranchStream, []*nats.Msg{m}, nil)
}

// openedAlready finds out whether the branch that has the name is the one to be
// opened.
func (s *Store) openedAlready(ctx context.Context, at Subject, o Opening, cause error) (Branch, error) {
	fail := func(err error) (Branch, error) {
		return Branch{}, fmt.Errorf("open branch %s of %s: %w", o.Branch, o.Negotiation, s.explain(ctx, err))
	}
	b, err := s.branchAt(ctx, at)
	switch {
	case err != nil:
		return fail(err)
	case b.Head == 0:
		return fail(cause) // it did not land
	case b.Dropped:
		return fail(&BranchError{Branch: at.Branch, Negotiation: at.Negotiation, Dropped: true, Reason: b.Reason})
	case !sameOpening(b.BranchOpened, o.BranchOpened):
		return fail(&TakenError{b})
	}
	return b, nil
}

// TakenError says that another branch has the name.
type TakenError struct{ By Branch }

func (e *TakenError) Error() string {
	return fmt.Sprintf("the name is taken, by a branch that %s opened: %s", e.By.Author, e.By.Purpose)
}

func sameOpening(a, b domain.BranchOpened) bool {
	return a.Parent == b.Parent && a.At == b.At && a.Author == b.Author && a.Purpose == b.Purpose &&
		a.FollowParent == b.FollowParent && slices.Equal(a.Without, b.Without) && slices.Equal(a.Replace, b.Replace)
}

// AppendBranch is [Store.Append] to a branch, in whose log expectations and the
// positions of the receipt are. What the input names must be known to the branch;
// what a branch records never reaches the record.
func (s *Store) AppendBranch(ctx context.Context, branch string, expect Expect, in []domain.Candidate, opt AppendOptions) (Receipt, error) {
	if !domain.ValidID(branch) || branch == domain.RecordName {
		return Receipt{}, &BranchError{Branch: strconv.Quote(branch), Negotiation: strings.Join(negotiationsOf(in), ", ")}
	}
	return s.append(ctx, branch, expect, in, opt)
}
