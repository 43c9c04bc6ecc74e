package projections

import "slices"

// changedSince lists the happenings, as they are in either of two pictures of one log
// under two cuts, whose entities may print otherwise: those that have other accounts
// or bounds, that stand elsewhere in line, or that are newly said, or no longer said,
// to follow something.
func (p *Picture) changedSince(before *Picture) []*Happening {
	was, is := before.byGroup(), p.byGroup()
	changed := map[int]bool{}
	for g, h := range is {
		if old := was[g]; old == nil || !old.tellsAs(h) {
			changed[g] = true
		}
	}
	for g := range was {
		if is[g] == nil {
			changed[g] = true
		}
	}
	p.movedInLine(before, was, is, changed)
	p.ordersOtherwise(before, changed)
	var out []*Happening
	for _, g := range sortedKeys(changed) {
		for _, h := range []*Happening{was[g], is[g]} {
			if h != nil {
				out = append(out, h)
			}
		}
	}
	return out
}

func (p *Picture) byGroup() map[int]*Happening {
	out := make(map[int]*Happening, len(p.Happenings))
	for _, h := range p.Happenings {
		out[h.group] = h
	}
	return out
}

// tellsAs tells whether a happening prints as another, of the same group and of a
// picture of the same log.
func (h *Happening) tellsAs(other *Happening) bool {
	return h.Bounds == other.Bounds && sameAccounts(h.Accounts, other.Accounts) &&
		sameAccounts(h.Denials, other.Denials) && sameAccounts(h.Plans, other.Plans)
}

func sameAccounts(a, b []*Account) bool {
	return slices.EqualFunc(a, b, func(x, y *Account) bool { return x.ID == y.ID })
}

// movedInLine adds the groups that both pictures show, and that lie between the first
// and the last whose place among these is another.
func (p *Picture) movedInLine(before *Picture, was, is map[int]*Happening, changed map[int]bool) {
	common := func(hs []*Happening, others map[int]*Happening) (out []int) {
		for _, h := range hs {
			if others[h.group] != nil {
				out = append(out, h.group)
			}
		}
		return out
	}
	a, b := common(before.Happenings, is), common(p.Happenings, was)
	first, end := 0, len(a)
	for first < end && a[first] == b[first] {
		first++
	}
	for end > first && a[end-1] == b[end-1] {
		end--
	}
	for _, g := range a[first:end] {
		changed[g] = true
	}
}

// ordersOtherwise adds the groups that lie behind an edge of the order that only one
// of the pictures has.
func (p *Picture) ordersOtherwise(before *Picture, changed map[int]bool) {
	var heads []int
	for g := range p.order.preds {
		if !slices.Equal(before.order.preds[g], p.order.preds[g]) {
			heads = append(heads, g)
		}
	}
	for _, o := range []*afterGraph{before.order, p.order} {
		for _, g := range heads {
			changed[g] = true
			for behind := range o.all(g, o.succs) {
				changed[behind] = true
			}
		}
	}
}
