package projections

import (
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
	incidents  []*Happening

	evidence    filing[domain.ActorID]
	obligations filing[obligationID]
}

// Evolve takes in the next happening. It decides nothing and cannot fail. Acts
// that are only planned or denied move nothing.
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

// each yields the entities in the order of their ids.
func (f filing[K]) each(yield func(K, []*Happening) bool) {
	if f.files == nil {
		return
	}
	for it := f.files.Iterator(); !it.Done(); {
		if k, v, _ := it.Next(); !yield(k, v) {
			return
		}
	}
}

func (f filing[K]) has(k K) bool { return len(f.of(k)) > 0 }
