package projections

import (
	"cmp"
	"iter"
	"slices"

	"parley/domain"

	"github.com/benbjohnson/immutable"
)

// State is what the happenings of a view come to. It is a value: Evolve returns a
// new one and leaves the old one as it was, sharing what did not change. Keeping
// a state is therefore a checkpoint, and going on from one in two ways is a
// branch.
type State struct {
	rounds     filing[domain.RoundID]
	process    []*Happening
	drafts     filing[domain.DraftID]
	positions  filing[cellID]
	shifts     filing[domain.ActorID] // shifts that name no issue
	mandates   filing[domain.ActorID]
	ceasefires filing[domain.CeasefireID]

	evidence    filing[domain.ActorID]
	obligations filing[obligationID]
}

// Evolve takes in a happening: it files it under the entities it bears on. It
// decides nothing, cannot fail, and does not care for the order in which it is
// called: what comes last is seen when the state is read. Acts that are only
// planned or denied move nothing.
func Evolve(s State, h *Happening) State {
	if !h.Moves() {
		return s
	}
	s = evolveRounds(s, h)
	s = evolveDrafts(s, h)
	s = evolvePositions(s, h)
	s = evolveMandates(s, h)
	s = evolveCeasefires(s, h)
	s = evolveEvidence(s, h)
	return evolveObligations(s, h)
}

// filing files happenings under the entities they bear on, in order. It is
// persistent: filing one makes a new filing.
type filing[K ~string] struct {
	files *immutable.SortedMap[K, []*Happening]
}

func (f filing[K]) with(k K, h *Happening) filing[K] {
	if f.files == nil {
		f.files = immutable.NewSortedMap[K, []*Happening](nil)
	}
	old, _ := f.files.Get(k)
	return filing[K]{f.files.Set(k, with(old, h))}
}

// with appends without touching the slice that others may hold.
func with(old []*Happening, h *Happening) []*Happening {
	return append(old[:len(old):len(old)], h)
}

func (f filing[K]) of(k K) []*Happening {
	if f.files == nil {
		return nil
	}
	got, _ := f.files.Get(k)
	return got
}

// inTurn yields the entities in the order of their ids, each with its happenings in
// order.
func inTurn[K ~string](p *Picture, f filing[K]) iter.Seq2[K, []*Happening] {
	return func(yield func(K, []*Happening) bool) {
		if f.files == nil {
			return
		}
		for it := f.files.Iterator(); !it.Done(); {
			if k, filed, _ := it.Next(); !yield(k, p.inOrder(filed)) {
				return
			}
		}
	}
}

// inOrder puts what is filed into the order of the picture. It is filed in whatever
// order it became known.
func (p *Picture) inOrder(filed []*Happening) []*Happening {
	byRank := func(a, b *Happening) int { return cmp.Compare(a.rank, b.rank) }
	if slices.IsSortedFunc(filed, byRank) {
		return filed
	}
	return slices.SortedFunc(slices.Values(filed), byRank)
}
