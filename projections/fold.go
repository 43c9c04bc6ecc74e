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
	process    *pile
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

// filing files happenings under the entities they bear on. It is persistent: filing
// one makes a new filing.
type filing[K ~string] struct {
	files *immutable.SortedMap[K, *pile]
}

// pile is a persistent list of happenings, the last filed first.
type pile struct {
	before *pile
	last   *Happening
	length int
}

// with adds to a pile; the old one stays as it was.
func (f *pile) with(h *Happening) *pile {
	if f == nil {
		return &pile{nil, h, 1}
	}
	return &pile{f, h, f.length + 1}
}

func (f filing[K]) with(k K, h *Happening) filing[K] {
	if f.files == nil {
		f.files = immutable.NewSortedMap[K, *pile](nil)
	}
	old, _ := f.files.Get(k)
	return filing[K]{f.files.Set(k, old.with(h))}
}

func (f filing[K]) of(k K) *pile {
	if f.files == nil {
		return nil
	}
	got, _ := f.files.Get(k)
	return got
}

// keys yields the entities in the order of their ids.
func (f filing[K]) keys() iter.Seq[K] {
	return func(yield func(K) bool) {
		if f.files == nil {
			return
		}
		for it := f.files.Iterator(); !it.Done(); {
			if k, _, _ := it.Next(); !yield(k) {
				return
			}
		}
	}
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
func (p *Picture) inOrder(f *pile) []*Happening {
	if f == nil {
		return nil
	}
	out := make([]*Happening, f.length)
	for at := f; at != nil; at = at.before {
		out[at.length-1] = at.last
	}
	return inLine(out)
}

// inLine sorts happenings by their place in line.
func inLine(hs []*Happening) []*Happening {
	byRank := func(a, b *Happening) int { return cmp.Compare(a.rank, b.rank) }
	if !slices.IsSortedFunc(hs, byRank) {
		slices.SortFunc(hs, byRank)
	}
	return hs
}
