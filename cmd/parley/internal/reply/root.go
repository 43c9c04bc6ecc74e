package reply

import (
	"fmt"

	"parley/domain"
	"parley/eventstore/seal"
	"parley/projections"
	"parley/projections/ensemble"
)

// RootOf is how many entries a log has, and their root, as a checkpoint tells them.
func RootOf(log []domain.Entry) string {
	var r seal.Range
	for _, e := range log {
		r.Add(seal.Leaf(e.Raw))
	}
	return fmt.Sprintf("%d %s", r.Size(), r.Root())
}

// Roots are those of the logs that a base was read from, each as far as the base goes:
// what is appended later changes none of them.
type Roots struct {
	record   string
	branches []ensemble.BranchRoot
}

// RootsOf computes them. It goes through the logs.
func RootsOf(b *projections.Base) Roots {
	l := b.Logs()
	r := Roots{record: RootOf(l.Record)}
	for _, branch := range l.Branches {
		r.branches = append(r.branches, ensemble.BranchRoot{Branch: string(branch.Name()), Checkpoint: RootOf(branch.Entries)})
	}
	return r
}

// In are the options with the roots for the report.
func (r Roots) In(o ensemble.Options) ensemble.Options {
	o.Checkpoint, o.Branches = r.record, r.branches
	return o
}
