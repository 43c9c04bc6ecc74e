package projections

import (
	"bytes"
	"cmp"
	"slices"

	"parley/domain"

	"github.com/google/uuid"
)

// learner goes from one moment of knowledge to the next.
type learner struct {
	negotiation string
	lineage     domain.Lineage
	view        View
	index       map[uuid.UUID]*Account
	known       []*Account               // of the whole log, in the order in which they become known
	groups      map[int][]*Account       // of these
	followed    map[uuid.UUID][]*Account // by the event that they say they followed
	denials     []*Account               // of the picture shown last, that no same-act link binds
	ids         []uuid.UUID              // of the picture shown last, see groupIDs
}

func newLearner(whole *Picture) *learner {
	l := &learner{
		negotiation: whole.Negotiation, lineage: whole.lineage, view: whole.View, index: whole.links.index,
		groups: map[int][]*Account{}, followed: map[uuid.UUID][]*Account{},
	}
	for _, a := range whole.links.index {
		l.known = append(l.known, a)
		l.groups[a.group] = append(l.groups[a.group], a)
		for _, ref := range a.After {
			id := ref.Resolve(l.negotiation)
			l.followed[id] = append(l.followed[id], a)
		}
	}
	slices.SortFunc(l.known, func(a, b *Account) int {
		return cmp.Or(cmp.Compare(a.Known.Latest, b.Known.Latest), cmp.Compare(a.Position, b.Position))
	})
	return l
}

// next is the picture at a moment, and the happenings that are in it and not in the
// one before, or otherwise there. It goes on from the picture before where all that
// becomes known stands alone, and folds the log again where not.
func (l *learner) next(before *Picture, at domain.Instant) (*Picture, []*Happening, error) {
	if p, come, ok := l.goOn(before, at); ok {
		return p, come, nil
	}
	cut := l.view
	cut.KnownBy = Cut{instant: at}
	after, err := Suppose(l.negotiation, l.lineage, cut)
	if err != nil {
		return nil, nil, err
	}
	l.denials, l.ids = nil, after.groupIDs()
	for _, h := range after.Happenings {
		if !h.Moves() {
			l.denials = append(l.denials, h.Denials...)
		}
	}
	return after, after.changedSince(before), nil
}

// between lists what becomes known after one moment and by another.
func (l *learner) between(after, by domain.Instant) []*Account {
	past := func(a *Account, at domain.Instant) int {
		if a.Known.Latest <= at {
			return -1
		}
		return 1
	}
	from, _ := slices.BinarySearchFunc(l.known, after, past)
	to, _ := slices.BinarySearchFunc(l.known, by, past)
	return l.known[from:max(from, to)]
}

// goOn files what becomes known into the picture before, for comparing: what it says
// of anomalies and of what straddles a cut is not brought up to date. It gives up where
// something relates to what is known, and under cuts that look at more than one account.
func (l *learner) goOn(before *Picture, at domain.Instant) (*Picture, []*Happening, bool) {
	from := before.View.KnownBy.instant
	if before.sequence == nil || from == 0 || at == 0 || before.View.Possibly || before.View.AsOf.Key != "" || l.transient() {
		return nil, nil, false
	}
	news := l.between(from, at)
	if slices.ContainsFunc(news, func(a *Account) bool { return !l.alone(a, at) }) {
		return nil, nil, false
	}
	selection, p := *before.Selection, *before
	p.Selection, p.descent = &selection, nil
	selection.View.KnownBy = Cut{instant: at}
	p.Happenings, p.sequence = slices.Clone(before.Happenings), slices.Clone(before.sequence)
	var come []*Happening
	for _, x := range news {
		a := selection.links.index[x.ID]
		selection.known = append(selection.known, a)
		if !selection.lens.believes(a) {
			continue
		}
		selection.believed = append(selection.believed, a)
		if cut := selection.View.AsOf; !cut.IsZero() && a.Occurred.Latest > cut.At(selection.Registry.Zone()) {
			continue
		}
		h := happeningOf(a)
		if l.denied(&selection, h) || !p.insert(h, l.ids) {
			return nil, nil, false
		}
		selection.Accounts = append(selection.Accounts, a)
		p.State = Evolve(p.State, h)
		come = append(come, h)
	}
	return &p, come, true
}

// denied tells whether a denial speaks of a happening.
func (l *learner) denied(s *Selection, h *Happening) bool {
	return slices.ContainsFunc(l.denials, func(d *Account) bool {
		return denies(d, h) || slices.ContainsFunc(s.links.contradict[d.ID], h.has)
	})
}

func (l *learner) transient() bool {
	return slices.ContainsFunc(l.lineage.Branches, func(b domain.BranchLog) bool { return b.Transient })
}

// alone tells whether an account, when it becomes known by a moment, relates to none
// that is known by then.
func (l *learner) alone(a *Account, at domain.Instant) bool {
	known := func(x *Account) bool { return x.ID != a.ID && x.Known.Latest <= at }
	if a.Modality == domain.Negated || slices.ContainsFunc(l.groups[a.group], known) || slices.ContainsFunc(l.followed[a.ID], known) {
		return false
	}
	return !slices.ContainsFunc(a.After, func(ref domain.EventRef) bool {
		x, ok := l.index[ref.Resolve(l.negotiation)]
		return ok && known(x)
	})
}

// happeningOf is what one account tells that no other shares.
func happeningOf(a *Account) *Happening {
	h := &Happening{Lead: a, Bounds: boundsOfAll([]*Account{a}), group: a.group}
	if a.Modality.Moves() {
		h.Accounts = []*Account{a}
	} else {
		h.Plans = []*Account{a}
	}
	return h
}

// insert puts a happening without stated order into the line of a picture: before the
// first group that comes after it by bounds and id. It gives up where the line has no
// room left.
func (p *Picture) insert(h *Happening, ids []uuid.UUID) bool {
	g := h.group
	p.sequence = slices.DeleteFunc(p.sequence, func(x int) bool { return x == g })
	i := slices.IndexFunc(p.sequence, func(x int) bool {
		b := p.order.bounds[x]
		return cmp.Or(
			cmp.Compare(b.Earliest, h.Bounds.Earliest), cmp.Compare(b.Latest, h.Bounds.Latest),
			bytes.Compare(ids[x][:], h.Lead.ID[:]),
		) > 0
	})
	if i < 0 {
		i = len(p.sequence)
	}
	at := p.shownAmong(p.sequence[:i])
	below, above := 0, 0
	if at > 0 {
		below = p.Happenings[at-1].rank
	}
	if above = below + 2*rankGap; at < len(p.Happenings) {
		above = p.Happenings[at].rank
	}
	if h.rank = below + (above-below)/2; h.rank == below || h.rank == above {
		return false
	}
	p.order.bounds[g], ids[g] = h.Bounds, h.Lead.ID
	p.sequence = slices.Insert(p.sequence, i, g)
	p.Happenings = slices.Insert(p.Happenings, at, h)
	return true
}

// shownAmong counts the happenings that are of some groups.
func (p *Picture) shownAmong(groups []int) (n int) {
	among := make([]bool, p.links.groups)
	for _, g := range groups {
		among[g] = true
	}
	for _, h := range p.Happenings {
		if among[h.group] {
			n++
		}
	}
	return n
}
