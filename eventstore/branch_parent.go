package eventstore

import (
	"cmp"
	"context"
	"sort"
	"strings"

	"parley/domain"
)

// ParentError says that a branch cannot be opened on the one that was named: there is
// none of the name, or it was dropped. It wraps a [*BranchError].
type ParentError struct {
	Fault domain.Fault // where the parent was named, and what there is
	Err   error
}

func (e *ParentError) Error() string { return e.Err.Error() }

// Unwrap is what is wrong with the parent.
func (e *ParentError) Unwrap() error { return e.Err }

// place tells where the author of an opening wrote a value.
func (o Opening) place(path string) domain.Place {
	if o.Place != nil {
		return o.Place(path)
	}
	return domain.Place{Pointer: "/" + strings.ReplaceAll(path, ".", "/")}
}

func (s *Store) noParent(ctx context.Context, o Opening, none *BranchError, err error) error {
	return &ParentError{
		Fault: domain.Fault{
			Place: o.place("act.parent"), Problem: domain.BadValue, Read: o.Parent, Reason: none.Error(),
			Hint: s.otherParents(ctx, o),
		},
		Err: err,
	}
}

// otherParents words what a branch could be opened on in place of the parent that was
// named. Of many branches only those are looked at that stand beside it by name.
func (s *Store) otherParents(ctx context.Context, o Opening) string {
	const most, told = 64, 8
	all := "parley branch list " + o.Negotiation + " shows all"
	found, counts, err := s.branchNames(ctx, o.Negotiation)
	if err != nil {
		return all
	}
	i := sort.Search(len(found), func(i int) bool { return found[i].Branch >= o.Parent })
	from := max(0, min(i-most/2, len(found)-most))
	list, err := s.branchesAt(ctx, found[from:min(from+most, len(found))], counts)
	if err != nil {
		return all
	}
	names := []string{domain.RecordName}
	for _, b := range list {
		if !b.Dropped {
			names = append(names, string(b.Branch))
		}
	}
	return cmp.Or(domain.DidYouMean(o.Parent, names), "there are "+strings.Join(names[:min(told, len(names))], ", ")+" and more; "+all)
}
