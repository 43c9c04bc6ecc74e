package projections

import "iter"

// Children yields the members of an object by name, or the items of a list by the
// id under which a path finds them, in order. Items without an id come with none.
func (n *Node) Children() iter.Seq2[string, *Node] {
	return func(yield func(string, *Node) bool) {
		for _, m := range n.members {
			if !yield(m.name, m.node) {
				return
			}
		}
		for _, item := range n.items {
			if !yield(item.id, item) {
				return
			}
		}
	}
}
