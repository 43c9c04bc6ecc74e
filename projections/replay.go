package projections

import "iter"

// Replay goes through the happenings of a picture in order, from one place up to but
// without another, and yields for each step two trees: how the entities that the step
// may have changed were printed before it, and how they are printed after it. The
// trees hold these entities of the projections that are named (rounds, process, drafts,
// positions, mandates, ceasefires, assurances, evidence, obligations), in the order in
// which they are named, and nothing else: what does not stand in them prints the same.
//
// A step costs what is filed under these entities, however long the record is.
func (p *Picture) Replay(from, to int, projections ...string) iter.Seq2[*Node, *Node] {
	return func(yield func(before, after *Node) bool) {
		so := *p
		so.descent, so.Happenings, so.State = nil, p.Happenings[:from], State{}
		for _, h := range so.Happenings {
			so.State = Evolve(so.State, h)
		}
		r := newReprint(&so, projections...)
		for i := from; i < to; i++ {
			so.Happenings = p.Happenings[:i+1]
			so.State = Evolve(so.State, p.Happenings[i])
			if !yield(r.turn(&so, p.Happenings[i:i+1])) {
				return
			}
		}
	}
}
