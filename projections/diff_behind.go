package projections

import (
	"slices"

	"github.com/google/uuid"
)

// behind is the events that make a difference.
type behind struct {
	sorts  []Sort
	events []string // at most MaxBehind
	more   int
}

// tellBehind lists events by name, the first of them.
func tellBehind(all []Differ) *behind {
	out := &behind{events: make([]string, 0, len(all))}
	for _, d := range all {
		out.events = append(out.events, d.Event)
		for _, s := range d.Sorts {
			if !slices.Contains(out.sorts, s) {
				out.sorts = append(out.sorts, s)
			}
		}
	}
	slices.Sort(out.sorts)
	slices.Sort(out.events)
	out.events = slices.Compact(out.events)
	if n := len(out.events); n > MaxBehind {
		out.events, out.more = slices.Clone(out.events[:MaxBehind]), n-MaxBehind
	}
	return out
}

// add notes a change with the events behind it.
func (c *comparison) add(at *within) {
	by := c.behind(at)
	c.Changes = append(c.Changes, Change{
		Path: at.path, From: at.a, To: at.b, Sorts: slices.Clone(by.sorts), Events: slices.Clone(by.events), More: by.more,
	})
}

// behind finds what makes the difference between two values: of the accounts of either
// those that the views do not share; else those that tell of the same happenings, for
// an account can mean another thing in other company. A value that rests on no such
// account, as the number of a version, has what is behind the thing that it is of; if
// nothing is, all events that differ may be.
func (c *comparison) behind(at *within) *behind {
	for place := at; place == at || place.isThing(); place = place.above {
		if !place.looked {
			place.looked = true
			if these := c.among(place); len(these) > 0 {
				place.found = tellBehind(these)
			}
		}
		if place.found != nil {
			return place.found
		}
	}
	if c.all == nil {
		c.all = tellBehind(c.Diff.Events)
	}
	return c.all
}

// isThing tells whether a place is one of the things that a projection lists, or lies
// in one.
func (w *within) isThing() bool {
	return w.depth > 1 || w.path == processEntity
}

// among lists the differing events among the accounts of either side, else those that
// tell of the same happenings.
func (c *comparison) among(at *within) []Differ {
	var own, kin []Differ
	seen := map[uuid.UUID]bool{}
	for _, n := range []*Node{at.a, at.b} {
		if n == nil {
			continue
		}
		for _, x := range n.Because() {
			if d, ok := c.differing[x.ID]; ok && !seen[x.ID] {
				seen[x.ID] = true
				own = append(own, d)
			}
		}
	}
	if len(own) > 0 {
		return own
	}
	for side, n := range []*Node{at.a, at.b} {
		if n == nil {
			continue
		}
		groups := map[int]bool{}
		for _, x := range n.Because() {
			if !groups[x.group] {
				groups[x.group] = true
				kin = append(kin, c.kin[side][x.group]...)
			}
		}
	}
	return kin
}
