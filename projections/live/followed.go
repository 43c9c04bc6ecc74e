package live

import (
	"cmp"
	"slices"
)

// Followed tells how a branch stands that is followed.
type Followed struct {
	Negotiation, Branch string
	Position            string // that is reflected, record:43;b1:7; empty until it is folded
	Watchers            int    // 0 where it is kept warm for those who come back
	Fault               string // why it is not as new as its log; empty if it is
}

// Followed lists the branches that are followed, by negotiation and name.
func (all *Branches) Followed() []Followed {
	all.mu.Lock()
	defer all.mu.Unlock()
	out := make([]Followed, 0, len(all.followed))
	for id, b := range all.followed {
		f := Followed{Negotiation: id.negotiation, Branch: id.branch, Watchers: b.count()}
		f.Position, f.Fault = b.hub.supposed()
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b Followed) int {
		return cmp.Or(cmp.Compare(a.Negotiation, b.Negotiation), cmp.Compare(a.Branch, b.Branch))
	})
	return out
}

// count is how many watch a branch.
func (b *Branch) count() (n int) {
	for _, times := range b.watchers {
		n += times
	}
	return n
}

// Most is how many branches are followed at once, at most.
func (all *Branches) Most() int { return all.most }

// supposed is where the hub of a branch stands, and what is wrong with it.
func (h *Hub) supposed() (position, fault string) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, t := range h.talks {
		fault = t.summary.Fault
	}
	if h.branch != nil {
		position = h.branch.Position
	}
	return position, fault
}
