package eventstore

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sort"
	"strings"
	"sync"

	"parley/domain"
)

// Branches lists the branches of a negotiation by name, or of all where it is
// empty; dropped ones too.
func (s *Store) Branches(ctx context.Context, negotiation string) ([]Branch, error) {
	found, counts, err := s.branchNames(ctx, negotiation)
	if err == nil {
		var list []Branch
		if list, err = s.branchesAt(ctx, found, counts); err == nil {
			return list, nil
		}
	}
	return nil, fmt.Errorf("list branches: %w", s.explain(ctx, err))
}

// BranchPage lists at most limit branches of a negotiation whose names come after one,
// the dropped ones only if they are asked for. next is the last name that was looked
// at, empty where there are no more. What a page costs does not depend on how long the
// branches are, and on how many there are only by their names.
func (s *Store) BranchPage(ctx context.Context, negotiation, after string, limit int, dropped bool) (page []Branch, next string, err error) {
	found, counts, err := s.branchNames(ctx, negotiation)
	if err != nil {
		return nil, "", fmt.Errorf("list branches: %w", s.explain(ctx, err))
	}
	found = found[sort.Search(len(found), func(i int) bool { return found[i].Branch > after }):]
	for len(page) < limit && len(found) > 0 {
		step := found[:min(len(found), limit-len(page))]
		list, err := s.branchesAt(ctx, step, counts)
		if err != nil {
			return nil, "", fmt.Errorf("list branches: %w", s.explain(ctx, err))
		}
		for _, b := range list {
			if dropped || !b.Dropped {
				page = append(page, b)
			}
		}
		found, next = found[len(step):], step[len(step)-1].Branch
	}
	if len(found) == 0 {
		next = ""
	}
	return page, next, nil
}

// BranchNames finds the negotiations, in order, that have a branch of a name; only one
// of them if on is given. Where there is none, names lists the branches that there are.
func (s *Store) BranchNames(ctx context.Context, on, name string) (of, names []string, err error) {
	fail := func(err error) ([]string, []string, error) {
		return nil, nil, fmt.Errorf("look for branch %s: %w", name, s.explain(ctx, err))
	}
	if on == "" {
		on = "*"
	}
	if domain.ValidID(name) && (on == "*" || domain.ValidID(on)) {
		found, _, err := s.subjectsOf(ctx, branchPrefix+name+"."+on)
		if err != nil {
			return fail(err)
		}
		for _, at := range found {
			of = append(of, at.Negotiation)
		}
	}
	if len(of) > 0 {
		return of, nil, nil
	}
	found, _, err := s.branchNames(ctx, strings.TrimPrefix(on, "*"))
	if err != nil {
		return fail(err)
	}
	for _, at := range found {
		names = append(names, at.Branch)
	}
	return nil, names, nil
}

// Branch looks at one branch, a dropped one too. It fails with a [*BranchError] where
// there is none of the name.
func (s *Store) Branch(ctx context.Context, negotiation, branch string) (Branch, error) {
	at := Subject{Branch: branch, Negotiation: negotiation}
	if !domain.ValidID(branch) || !domain.ValidID(negotiation) || branch == domain.RecordName {
		return Branch{}, &BranchError{Branch: branch, Negotiation: negotiation}
	}
	subject, err := FormatSubject(at)
	if err != nil {
		return Branch{}, err
	}
	_, counts, err := s.subjectsOf(ctx, subject)
	if err == nil {
		var list []Branch
		if list, err = s.branchesAt(ctx, []Subject{at}, counts); err == nil && len(list) == 0 {
			return Branch{}, &BranchError{Branch: branch, Negotiation: negotiation}
		}
		if err == nil {
			return list[0], nil
		}
	}
	return Branch{}, fmt.Errorf("look at %s: %w", at.name(), s.explain(ctx, err))
}

// branchNames finds where the branches of a negotiation are, or of all where it is
// empty, by name, and how many entries each subject has.
func (s *Store) branchNames(ctx context.Context, negotiation string) ([]Subject, map[string]uint64, error) {
	switch {
	case negotiation == "":
		return s.subjectsOf(ctx, branchPrefix+"*.*")
	case !domain.ValidID(negotiation):
		return nil, nil, nil
	}
	return s.subjectsOf(ctx, branchPrefix+"*."+negotiation)
}

// subjectsOf lists the logs of branches that a filter matches.
func (s *Store) subjectsOf(ctx context.Context, filter string) (found []Subject, counts map[string]uint64, err error) {
	state, err := s.state(ctx, BranchStream, filter)
	if err != nil {
		return nil, nil, err
	}
	for subject := range state.Subjects {
		if at, err := ParseSubject(subject); err == nil {
			found = append(found, at)
		} else {
			s.log.Warn("a subject of the branches is no branch's", "subject", subject)
		}
	}
	slices.SortFunc(found, func(a, b Subject) int {
		return cmp.Or(strings.Compare(a.Branch, b.Branch), strings.Compare(a.Negotiation, b.Negotiation))
	})
	return found, state.Subjects, nil
}

// branchesAt looks at several branches; those that are not there are left out.
func (s *Store) branchesAt(ctx context.Context, found []Subject, counts map[string]uint64) ([]Branch, error) {
	list := make([]Branch, len(found))
	err := inParallel(len(found), func(i int) error {
		b, err := s.branchAt(ctx, found[i])
		subject, _ := FormatSubject(found[i])
		b.Count = counts[subject]
		list[i] = b
		return err
	})
	return slices.DeleteFunc(list, func(b Branch) bool { return b.Head == 0 }), err
}

// branchAt looks at the ends of a branch's log, as the leader has it: its opening and
// its last entry. A branch that is not there has the head 0.
func (s *Store) branchAt(ctx context.Context, at Subject) (Branch, error) {
	b := Branch{Negotiation: at.Negotiation, BranchOpened: domain.BranchOpened{Branch: domain.NewID(at.Branch)}}
	subject, err := FormatSubject(at)
	if err != nil {
		return b, err
	}
	last, err := s.ask(ctx, BranchStream, messageRequest{LastFor: subject})
	if err != nil || last == nil {
		return b, err
	}
	b.Head = last.position
	end := entryOf(*last)
	if d, ok := isDropped(end); ok {
		b.Dropped, b.DroppedAt, b.DroppedBy, b.Reason = true, end.Event.Recorded, end.Event.Writer, d.Reason
		b.BranchOpened, b.Opened, b.Opener = d.Opening(), d.Opened, d.Opener
	}
	first, err := s.ask(ctx, BranchStream, messageRequest{Seq: 1, NextFor: subject})
	if err != nil || first == nil {
		return b, err
	}
	if begin := entryOf(*first); !begin.Parked() {
		if o, ok := openingOf(begin); ok {
			b.BranchOpened, b.Opened, b.Opener, b.Begun = o, begin.Event.Recorded, begin.Event.Writer, begin.Position
		}
	}
	return b, nil
}

// inParallel calls f for 0 to n-1, several at a time, and gives the first error.
func inParallel(n int, f func(int) error) error {
	const workers = 16
	var wg sync.WaitGroup
	next, errs := make(chan int), make(chan error, workers)
	for range min(workers, n) {
		wg.Go(func() {
			for i := range next {
				if err := f(i); err != nil {
					errs <- err
					break
				}
			}
		})
	}
	var err error
feed:
	for i := range n {
		select {
		case next <- i:
		case err = <-errs:
			break feed
		}
	}
	close(next)
	wg.Wait()
	select {
	case err = <-errs:
	default:
	}
	return err
}
