package server

import (
	"slices"
	"sync"

	"parley/cmd/parley/internal/reply"
	"parley/domain"
	"parley/projections"
	"parley/projections/ensemble"
)

// What is kept of the views that runs go on from.
const (
	maxGrounds       = 16
	maxGroundEntries = 1_000_000 // of their logs together; the one used last is kept in any case
)

// grounds keep views folded for continuations, so that many simulators share one fold.
type grounds struct {
	mu   sync.Mutex
	kept []*ground // the last used first
}

// ground is a view at one position, made once, by whoever asks first.
type ground struct {
	key     string
	entries int
	make    func()

	base   *projections.Base
	reader *ensemble.Reader
	roots  reply.Roots
	err    error
}

// of is the ground of a view as far as its log was read.
func (gs *grounds) of(x *viewed) (*ground, error) {
	g := gs.find(x)
	g.make()
	if g.err != nil {
		gs.mu.Lock()
		gs.kept = slices.DeleteFunc(gs.kept, func(other *ground) bool { return other == g })
		gs.mu.Unlock()
	}
	return g, g.err
}

func (gs *grounds) find(x *viewed) *ground {
	key := x.volume.negotiation + " " + x.at.String() + " " + x.view.String()
	gs.mu.Lock()
	defer gs.mu.Unlock()
	i := slices.IndexFunc(gs.kept, func(g *ground) bool { return g.key == key })
	if i >= 0 {
		g := gs.kept[i]
		gs.kept = slices.Insert(slices.Delete(gs.kept, i, i+1), 0, g)
		return g
	}
	g := &ground{key: key, entries: entriesOf(x.line)}
	g.make = sync.OnceFunc(func() {
		if g.base, g.err = projections.NewBase(x.volume.negotiation, x.line, x.view); g.err == nil {
			g.reader, g.roots = ensemble.NewReader(g.base), reply.RootsOf(g.base)
		}
	})
	gs.kept = slices.Insert(gs.kept, 0, g)
	total := 0
	for i, g := range gs.kept {
		if total += g.entries; i > 0 && (i >= maxGrounds || total > maxGroundEntries) {
			clear(gs.kept[i:])
			gs.kept = gs.kept[:i]
			break
		}
	}
	return g
}

// entriesOf counts what a lineage holds.
func entriesOf(l domain.Lineage) int {
	n := len(l.Record)
	for _, b := range l.Branches {
		n += len(b.Entries)
	}
	return n
}
