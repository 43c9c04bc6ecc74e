package eventstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"parley/domain"

	"github.com/nats-io/nats.go/jetstream"
)

// Branches lists the branches of a negotiation by name, or of all where it is
// empty; dropped ones too.
func (s *Store) Branches(ctx context.Context, negotiation string) ([]Branch, error) {
	fail := func(err error) ([]Branch, error) {
		return nil, fmt.Errorf("list branches: %w", s.explain(ctx, err))
	}
	if negotiation != "" && !domain.ValidID(negotiation) {
		return nil, nil
	}
	filter := branchPrefix + "*." + negotiation
	if negotiation == "" {
		filter = branchPrefix + "*.*"
	}
	stream, err := s.js.Stream(ctx, BranchStream)
	if err != nil {
		return fail(err)
	}
	info, err := stream.Info(ctx, jetstream.WithSubjectFilter(filter))
	if err != nil {
		return fail(err)
	}
	var found []Subject
	for subject := range info.State.Subjects {
		if at, err := ParseSubject(subject); err == nil {
			found = append(found, at)
		} else {
			s.log.Warn("a subject of the branches is no branch's", "subject", subject)
		}
	}
	slices.SortFunc(found, func(a, b Subject) int {
		return strings.Compare(a.Branch+"."+a.Negotiation, b.Branch+"."+b.Negotiation)
	})
	list := make([]Branch, len(found))
	if err := inParallel(len(found), func(i int) error {
		b, err := s.branchAt(ctx, found[i])
		subject, _ := FormatSubject(found[i])
		b.Count = info.State.Subjects[subject]
		list[i] = b
		return err
	}); err != nil {
		return fail(err)
	}
	return slices.DeleteFunc(list, func(b Branch) bool { return b.Head == 0 }), nil
}

// branchAt looks at the ends of a branch's log: its opening and its last entry. A
// branch that is not there has the head 0.
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
	if dropped, ok := isDropped(entryOf(*last)); ok {
		b.Dropped, b.Reason = true, dropped.Reason
	}
	first, err := s.ask(ctx, BranchStream, messageRequest{Seq: 1, NextFor: subject})
	if err != nil || first == nil {
		return b, err
	}
	if o, ok := openingOf(entryOf(*first)); ok {
		b.BranchOpened, b.Opened = o, entryOf(*first).Event.Recorded
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
