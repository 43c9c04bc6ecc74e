package projections

import (
	"cmp"
	"slices"
	"sort"

	"parley/domain"
)

// pledgeTable finds what leads a cell without going through all that tells a form of
// commitment: of what may be the latest, that of the most weight. It is a tree over
// what tells a form, the last one first, with the weightiest of each half.
type pledgeTable struct {
	byWeight   []*pledge
	byLatest   []*pledge
	byEarliest []*pledge // those that stand
	kinds      []class   // those that stand, by what takes them back
	size       int
	best       []int // places by weight; len(byWeight) where nothing is shown
}

// pledgeTable is made when it is first asked for.
func (c *pledges) pledgeTable() *pledgeTable {
	if c.table != nil {
		return c.table
	}
	t := &pledgeTable{size: 1}
	c.table = t
	var standing []*Happening
	for _, s := range c.line {
		if s.form == nil {
			continue
		}
		t.byWeight = append(t.byWeight, s)
		if !s.taken(none) {
			t.byEarliest, standing = append(t.byEarliest, s), append(standing, s.Happening)
		}
	}
	later := c.order.from()
	for _, s := range slices.Backward(t.byEarliest) { // in line, still
		s.shown = !later.reaches(s.group)
		later.mark(s.group)
	}
	t.byLatest = slices.Clone(t.byWeight)
	slices.SortStableFunc(t.byWeight, func(a, b *pledge) int { return byWeight(a.Lead, b.Lead) })
	slices.SortStableFunc(t.byLatest, func(a, b *pledge) int { return cmp.Compare(b.Bounds.Latest, a.Bounds.Latest) })
	slices.SortStableFunc(t.byEarliest, func(a, b *pledge) int { return cmp.Compare(a.Bounds.Earliest, b.Bounds.Earliest) })
	t.kinds = classes(standing, func(h *Happening) string { return domain.TypeOf(h.Act()) })
	for t.size < len(t.byLatest) {
		t.size *= 2
	}
	t.best = make([]int, 2*t.size)
	for i := range t.best {
		t.best[i] = len(t.byWeight)
	}
	for i, s := range t.byWeight {
		s.weight = i
	}
	for i, s := range t.byLatest {
		if s.late = i; s.shown {
			t.best[t.size+i] = s.weight
		}
	}
	for i := t.size - 1; i > 0; i-- {
		t.best[i] = min(t.best[2*i], t.best[2*i+1])
	}
	return t
}

// show shows something or not.
func (t *pledgeTable) show(s *pledge, shown bool) {
	at, best := t.size+s.late, len(t.byWeight)
	if shown {
		best = s.weight
	}
	for t.best[at] = best; at > 1; {
		at /= 2
		t.best[at] = min(t.best[2*at], t.best[2*at+1])
	}
}

// weightiest is, of what is shown and ends no earlier than a moment, that of the most
// weight, nil if nothing is.
func (t *pledgeTable) weightiest(begun domain.Instant) *pledge {
	n := sort.Search(len(t.byLatest), func(i int) bool { return t.byLatest[i].Bounds.Latest < begun })
	best := len(t.byWeight)
	for from, to := t.size, t.size+n; from < to; from, to = from/2, to/2 {
		if from&1 == 1 {
			best = min(best, t.best[from])
			from++
		}
		if to&1 == 1 {
			to--
			best = min(best, t.best[to])
		}
	}
	if best == len(t.byWeight) {
		return nil
	}
	return t.byWeight[best]
}

// tell is the form that a variation comes to, as [Picture.latest] would have it.
func (c *pledges) tell(v *variation) any {
	t := c.pledgeTable()
	begun, ok := c.begunBy(v)
	switch {
	case !ok && v.took > 0:
		return "none"
	case !ok:
		return nil
	}
	changed := slices.Concat(v.out, v.in)
	for i, s := range changed {
		t.show(s, i >= len(v.out))
	}
	defer func() {
		for _, s := range changed {
			t.show(s, s.shown)
		}
	}()
	for {
		s := t.weightiest(begun)
		if v.instead != nil && v.instead.Bounds.Latest >= begun && (s == nil || byWeight(v.instead.Lead, s.Lead) < 0) && !c.followed(v, v.instead) {
			return v.form
		}
		if s == nil || !c.followed(v, s.Happening) {
			return s.form
		}
		t.show(s, false)
		changed = append(changed, s)
	}
}

// begunBy is when the last of what stands in a variation and tells a form began, at the
// earliest; ok is false where there is none.
func (c *pledges) begunBy(v *variation) (begun domain.Instant, ok bool) {
	begun = domain.Past
	for _, s := range slices.Backward(c.table.byEarliest) {
		if s.out != c.turn {
			begun, ok = s.Bounds.Earliest, true
			break
		}
	}
	for _, s := range v.in {
		begun, ok = max(begun, s.Bounds.Earliest), true
	}
	if v.instead != nil {
		begun, ok = max(begun, v.instead.Bounds.Earliest), true
	}
	return begun, ok
}

// followed tells whether something that tells a form and stands in a variation is said
// to have come after a happening.
func (c *pledges) followed(v *variation, h *Happening) bool {
	c.walk.after(h)
	return slices.ContainsFunc(c.walk.came, func(g int) bool {
		if v.instead != nil && g == v.instead.group {
			return true
		}
		s := c.by[g]
		return s != nil && s.form != nil && c.stands(s)
	})
}
