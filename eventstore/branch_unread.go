package eventstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
)

// branchTally holds what is read of the branches against what the server counted before.
// The server goes on to count what became unreadable while it has the branches, and
// leaves it out of what it shows.
type branchTally struct {
	counted, read map[string]uint64 // entries of each subject
	head          uint64            // position of the last that is shown; as last where none is
	last          uint64            // position that the stream had given
	gaps          []Range           // positions below head that were not shown
	next          uint64            // position behind the last one read
}

// countBranches counts the entries of all branches, before they are read.
func (s *Store) countBranches(ctx context.Context) (*branchTally, error) {
	filter := branchPrefix + "*.*"
	has, err := s.state(ctx, BranchStream, filter)
	if err != nil {
		return nil, err
	}
	t := &branchTally{counted: has.Subjects, read: map[string]uint64{}, next: 1}
	if t.head, err = s.head(ctx, BranchStream, filter); err != nil {
		return nil, err
	}
	t.last = max(has.LastSeq, t.head) // also of what was dropped since
	if t.head == 0 && len(t.counted) > 0 {
		t.head = t.last
	}
	return t, nil
}

func (t *branchTally) add(m stored) {
	if m.position > t.next {
		t.gaps = append(t.gaps, Range{t.next, m.position - 1})
	}
	t.read[m.subject]++
	t.next = m.position + 1
}

// fewer lists the subjects of which fewer entries were read than were counted.
func (t *branchTally) fewer() (subjects []string) {
	for subject, n := range t.counted {
		if t.read[subject] < n {
			subjects = append(subjects, subject)
		}
	}
	slices.Sort(subjects)
	return subjects
}

// readBranches shows all entries of branches up to the head of a tally, and tallies them.
// That the last of them are gone by then is no error: a drop may have freed them, and
// what else became of them [Store.unreadOf] tells.
func (s *Store) readBranches(ctx context.Context, t *branchTally, yield func(stored) bool) error {
	if t.head == 0 {
		return nil
	}
	err := s.pull(ctx, pullRequest{stream: BranchStream, filter: branchPrefix + "*.*", from: 1, to: t.head}, func(m stored) bool {
		t.add(m)
		return yield(m)
	}, func() {})
	if gone, ok := errors.AsType[*DamageError](err); ok && gone.Stream == BranchStream {
		return nil
	}
	return err
}

// unreadOf lists the positions that the server counts among the branches and did not show,
// after they were read. What a drop freed meanwhile is not among them.
func (s *Store) unreadOf(ctx context.Context, t *branchTally) ([]Range, error) {
	if s.files != nil || len(t.fewer()) == 0 {
		return nil, nil
	}
	gaps := t.gaps
	if t.next <= t.last {
		gaps = append(slices.Clone(gaps), Range{t.next, t.last})
	}
	if s.opts.Dir != "" {
		notes, err := folder{s.opts.Dir}.readDropped()
		if err != nil {
			return nil, err
		}
		if gaps = leftOf(gaps, notes.ranges); len(gaps) == 0 {
			return nil, nil
		}
	}
	stream, err := s.js.Stream(ctx, BranchStream)
	if err != nil {
		return nil, err
	}
	info, err := stream.Info(ctx, jetstream.WithDeletedDetails(true))
	if err != nil || info.State.Msgs == 0 {
		return nil, err
	}
	freed := ranges(info.State.Deleted)
	if first := info.State.FirstSeq; first > 1 {
		freed = append(freed, Range{1, first - 1})
	}
	return leftOf(gaps, freed), nil
}

// leftOf takes ranges out of others.
func leftOf(list, out []Range) (left []Range) {
	out = inOrder(out)
	for _, r := range list {
		left = append(left, without(r, out)...)
	}
	return left
}

func inOrder(list []Range) []Range {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b Range) int { return cmp.Compare(a.From, b.From) })
	return list
}

// UnreadBranches reads all branches, and says which positions of their stream cannot be
// read though the server counts them, and of which branches they are: they became damaged
// while it has the folder. It is nil where all reads.
func (s *Store) UnreadBranches(ctx context.Context) (*DamageError, error) {
	d, err := s.unreadBranches(ctx)
	if err != nil {
		return nil, fmt.Errorf("compare the branches with their count: %w", s.explain(ctx, err))
	}
	return d, nil
}

func (s *Store) unreadBranches(ctx context.Context) (*DamageError, error) {
	t, err := s.countBranches(ctx)
	if err != nil {
		return nil, err
	}
	if err = s.readBranches(ctx, t, func(stored) bool { return true }); err != nil {
		return nil, err
	}
	lost, err := s.unreadOf(ctx, t)
	if err != nil || len(lost) == 0 {
		return nil, err
	}
	return &DamageError{
		Stream: BranchStream, Where: s.where, Lost: lost,
		Detail: fmt.Sprintf("%d of its entries cannot be read", lengthOfAll(lost)) + s.lackingOf(ctx, t),
	}, nil
}

// lackingOf names, for people, the branches of which fewer entries were read, but for
// those that were dropped meanwhile.
func (s *Store) lackingOf(ctx context.Context, t *branchTally) string {
	const told = 10
	var names []string
	for _, subject := range t.fewer() {
		at, err := ParseSubject(subject)
		if err != nil {
			continue
		}
		if b, err := s.branchAt(ctx, at); err == nil && b.Dropped && b.Begun == 0 {
			continue
		}
		if names = append(names, at.name()); len(names) == told {
			break
		}
	}
	if len(names) == 0 {
		return ""
	}
	return ", of " + strings.Join(names, ", ")
}
