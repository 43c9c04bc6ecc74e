package projections

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"parley/domain"

	"github.com/google/uuid"
)

// rankGap lies between the ranks of neighbours in line, so that what arrives late
// finds room between them.
const rankGap = 1 << 20

// with files a late event into the stage, and folds again only what comes after it.
// It gives up, and the stage has to be built anew, for whatever touches more than
// itself: control events, denials and plans, links and stated order, and events that
// others refer to already.
func (s *stage) with(e domain.Entry, l domain.Lineage) (*stage, bool) {
	if on := s.base.View.Branch; e.Branch == "" && on != "" {
		return s, !l.Branches[0].Opened.FollowParent
	} else if e.Branch != "" && on == "" {
		return s, true
	}
	if e.Parked() || !s.base.View.RecordedBy.IsZero() {
		return nil, false
	}
	if !s.stands(e.Event) {
		return nil, false
	}
	selection := *s.base.Selection
	selection.lineage = l
	selection.log = append(slices.Clip(selection.log), e)
	if e.Branch == "" {
		selection.Head = e.Position
	} else {
		reflected := *selection.Branch
		reflected.Position = l.Position(nil).String()
		selection.Branch = &reflected
	}
	a := &Account{Event: e.Event, Position: e.Position, Branch: e.Branch, free: selection.free(e), group: selection.links.groups}
	selection.bound([]*Account{a})
	if a.Occurred.Latest < a.Occurred.Earliest {
		return nil, false // its clock contradicts its date: that is an anomaly of the order
	}
	a.grade = selection.gradeOf(a)
	selection.links = selection.links.with(a)
	selection.Straddling = slices.Clone(selection.Straddling)
	cut := selection.View.KnownBy
	known := cut.IsZero() || selection.within(a, a.Known, cut.At(selection.Registry.Zone()), KeyKnownBy)
	slices.SortFunc(selection.Straddling, byStraddler)
	selection.order = selection.order.with(a.Occurred)
	next := *s
	next.whole = append(slices.Clip(s.whole), domain.Future)
	next.base = &Picture{Selection: &selection, State: s.base.State, Happenings: s.base.Happenings, sequence: s.base.sequence, descent: s.base.descent}
	if !known {
		next.base.sequence = append(slices.Clip(s.base.sequence), a.group)
		return &next, true
	}
	selection.known = append(slices.Clip(selection.known), a)
	if !selection.lens.believes(a) {
		next.base.sequence = append(slices.Clip(s.base.sequence), a.group)
		return &next, true
	}
	selection.believed = append(slices.Clip(selection.believed), a)
	selection.Accounts = append(slices.Clip(selection.Accounts), a)
	return &next, next.file(&Happening{Lead: a, Accounts: []*Account{a}, Bounds: a.Occurred, group: a.group})
}

// stands tells whether an event stands for itself: it relates to no other, and no
// other to it.
func (s *stage) stands(e *domain.Event) bool {
	_, twice := s.base.links.index[e.ID]
	_, withdrawn := s.base.withdrawn[e.ID]
	return !twice && !withdrawn && !s.base.links.awaited[e.ID] && !s.denials &&
		!e.Control() && e.Modality.Moves() && len(e.After) == 0 && e.Links.IsZero()
}

// file puts a happening into the line of the stage, its state and its checkpoints.
// It gives up where the line has no room left.
func (s *stage) file(h *Happening) bool {
	at := s.place(h)
	before, after := 0, (len(s.base.Happenings)+1)*rankGap*2
	if at > 0 {
		before = s.base.Happenings[at-1].rank
	}
	if at < len(s.base.Happenings) {
		after = s.base.Happenings[at].rank
	} else if at > 0 {
		after = before + 2*rankGap
	}
	if h.rank = before + (after-before)/2; h.rank == before || h.rank == after {
		return false
	}
	s.base.Happenings = slices.Insert(slices.Clone(s.base.Happenings), at, h)
	s.base.State = Evolve(s.base.State, h)
	a := s.arrival(h)
	s.whole[h.group] = a.whole
	i, _ := slices.BinarySearchFunc(s.arrivals, a, byArrival)
	s.arrivals = slices.Insert(slices.Clone(s.arrivals), i, a)
	s.checkpoint(i/stride, s.states[i/stride])
	return true
}

// place finds where a happening without stated order stands in line: before the
// first group, hidden or not, that comes after it by bounds and id.
func (s *stage) place(h *Happening) int {
	ids := s.base.groupIDs()
	i := slices.IndexFunc(s.base.sequence, func(g int) bool {
		b := s.base.order.bounds[g]
		return cmp.Or(
			cmp.Compare(b.Earliest, h.Bounds.Earliest), cmp.Compare(b.Latest, h.Bounds.Latest),
			bytes.Compare(ids[g][:], h.Lead.ID[:]),
		) > 0
	})
	if i < 0 {
		i = len(s.base.sequence)
	}
	later := make(map[int]bool, len(s.base.sequence)-i)
	for _, g := range s.base.sequence[i:] {
		later[g] = true
	}
	s.base.sequence = slices.Insert(slices.Clone(s.base.sequence), i, h.group)
	at := slices.IndexFunc(s.base.Happenings, func(x *Happening) bool { return later[x.group] })
	if at < 0 {
		return len(s.base.Happenings)
	}
	return at
}

// with adds an account that relates to no other.
func (l *links) with(a *Account) *links {
	next := *l
	next.index, next.originOf = maps.Clone(l.index), maps.Clone(l.originOf)
	n := len(l.origin.parent)
	next.index[a.ID], next.originOf[a.ID] = a, n
	next.origin = &unionFind{parent: append(slices.Clone(l.origin.parent), n)}
	next.groups++
	return &next
}

// await notes the events that others refer to before they are there.
func (l *links) await(all []*Account) {
	l.awaited = map[uuid.UUID]bool{}
	note := func(ref domain.EventRef) {
		if id := ref.Resolve(l.negotiation); l.index[id] == nil {
			l.awaited[id] = true
		}
	}
	for _, a := range all {
		for _, ref := range a.After {
			note(ref)
		}
		for _, r := range domain.Relation("").Values() {
			for _, ref := range a.Links.Of(domain.Relation(r)) {
				note(ref)
			}
		}
	}
	for _, c := range l.controls {
		note(c.Event)
		for _, ref := range c.Others {
			note(ref)
		}
	}
}

// with adds a group that nothing is said to precede or follow.
func (g *afterGraph) with(b domain.Bounds) *afterGraph {
	next := *g
	next.graph = &graph{
		preds: append(slices.Clip(g.preds), nil), succs: append(slices.Clip(g.succs), nil),
		cyclic: g.cyclic, sorted: append(slices.Clip(g.sorted), len(g.preds)),
	}
	next.bounds = append(slices.Clip(g.bounds), b)
	return &next
}
