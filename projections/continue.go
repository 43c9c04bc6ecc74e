package projections

import (
	"bytes"
	"cmp"
	"maps"
	"slices"

	"parley/domain"

	"github.com/google/uuid"
)

// continuation is the branch that the events of a continuation stand on. No branch
// can have the name.
const continuation domain.BranchID = "~"

// Base is a view made ready for continuations: hypothetical events that go on from
// it, evaluated in memory and not stored. A continuation costs what it touches,
// however long the record is.
//
// The cuts of the view hold for what it goes on from; a lens holds for events of a
// continuation only if it names hypothetical. What the view says by name is settled: a
// continuation that withdraws or corrects the event at which it cuts, or its lens, leaves
// the cut where it was. Its methods may be called concurrently.
type Base struct {
	view    View
	lineage domain.Lineage
	pic     *Picture
	outcome Outcome

	known   map[*Account]bool
	keys    []lineKey             // of the line, each the highest so far
	ranks   []int                 // of the line: what stands there, or what follows first
	denials map[string][]*Account // that no same-act link binds, by type; those that can have happened last first

	happenings []*Happening               // by group, nil where the view has none
	handed     map[uuid.UUID][]*Happening // to which a denial was handed that is of another group
	promised   map[uuid.UUID]bool         // named by a retraction, and not there

	texts      map[domain.DraftID]*heldText
	standing   []int                               // how many drafts stand at each rung
	by         map[domain.IssueID][]domain.DraftID // drafts that are said to settle an issue
	cells      heldCells
	process    trail
	ceasefires map[domain.CeasefireID]trail
}

// lineKey is what orders happenings in line where nothing is stated.
type lineKey struct {
	bounds domain.Bounds
	id     uuid.UUID
}

func (a lineKey) compare(b lineKey) int {
	return cmp.Or(cmp.Compare(a.bounds.Earliest, b.bounds.Earliest), cmp.Compare(a.bounds.Latest, b.bounds.Latest), bytes.Compare(a.id[:], b.id[:]))
}

// NewBase folds a view once. It fails as [Suppose] does.
func NewBase(negotiation string, l domain.Lineage, v View) (*Base, error) {
	if v.Branch == "" {
		l.Branches = nil
	}
	pic, err := Suppose(negotiation, l, v)
	if err != nil {
		return nil, err
	}
	if v.settled, err = pic.settle(); err != nil {
		return nil, err
	}
	b := &Base{view: v, lineage: l, pic: pic, outcome: pic.Outcome(), known: make(map[*Account]bool, len(pic.known))}
	b.lineUp()
	for _, a := range pic.known {
		b.known[a] = true
	}
	b.denials = map[string][]*Account{}
	for _, h := range pic.Happenings {
		if !h.Moves() {
			for _, d := range h.Denials {
				b.denials[d.Type()] = append(b.denials[d.Type()], d)
			}
		}
	}
	for _, of := range b.denials {
		slices.SortStableFunc(of, func(x, y *Account) int { return cmp.Compare(y.Occurred.Latest, x.Occurred.Latest) })
	}
	b.happenings = make([]*Happening, pic.links.groups)
	b.index()
	return b, nil
}

// lineUp prepares finding the place of a happening without going along the line.
func (b *Base) lineUp() {
	ids, rank := b.pic.groupIDs(), map[int]int{}
	for _, h := range b.pic.Happenings {
		rank[h.group] = h.rank
	}
	b.ranks = make([]int, len(b.pic.sequence)+1)
	b.ranks[len(b.pic.sequence)] = (len(b.pic.Happenings) + 2) * rankGap
	for i, g := range slices.Backward(b.pic.sequence) {
		b.ranks[i] = b.ranks[i+1]
		if r, ok := rank[g]; ok {
			b.ranks[i] = r
		}
	}
	var top lineKey
	for i, g := range b.pic.sequence {
		if k := (lineKey{b.pic.order.bounds[g], ids[g]}); i == 0 || k.compare(top) > 0 {
			top = k
		}
		b.keys = append(b.keys, top)
	}
}

// Outcome is what the base comes to with nothing added.
func (b *Base) Outcome() Outcome { return b.outcome.clone() }

// Picture is the base.
func (b *Base) Picture() *Picture { return b.pic }

// Ledger is what the log under the base holds and registers, up to the recorded-by
// cut: what the events of a continuation may name. It goes through the whole log.
func (b *Base) Ledger() *domain.Ledger {
	if b.view.RecordedBy.IsZero() {
		return b.lineage.Ledger(b.pic.Negotiation)
	}
	ledger := domain.NewLedger(b.pic.Negotiation)
	for _, e := range b.pic.Log() {
		ledger.Apply(e)
	}
	return ledger
}

// Logs is what the base was read from: the record and the branches under it, each as
// far as the position of the base.
func (b *Base) Logs() domain.Lineage {
	at := b.lineage.Position(b.pic.recordedBy(b.lineage.Record))
	upTo := func(log []domain.Entry, last uint64) []domain.Entry {
		n := slices.IndexFunc(log, func(e domain.Entry) bool { return e.Position > last })
		if n < 0 {
			return log
		}
		return log[:n]
	}
	l := domain.Lineage{Record: upTo(b.lineage.Record, at.Record)}
	for _, branch := range b.lineage.Branches {
		if last, ok := at.Of(branch.Name()); ok {
			branch.Entries = upTo(branch.Entries, last)
			l.Branches = append(l.Branches, branch)
		}
	}
	return l
}

func (o Outcome) clone() Outcome {
	o.Drafts, o.Ceasefires, o.Positions = maps.Clone(o.Drafts), maps.Clone(o.Ceasefires), maps.Clone(o.Positions)
	return o
}

// Continue evaluates what the base comes to if these events happen as well: the
// values of its outcome that are then other ones. The events must be valid
// (domain.Check), must name only what the base registers, and must not be changed
// afterwards. An event that the base holds already changes nothing.
func (b *Base) Continue(events []*domain.Event) (Effect, error) {
	if hs, ok := b.stand(events); ok {
		return b.read(hs), nil
	}
	p, err := b.suppose(events)
	if err != nil {
		return Effect{}, err
	}
	e := b.effect(p.Outcome())
	e.Firsts = b.firsts(p.Happenings)
	return e, nil
}

// suppose folds base and continuation from nothing, for events that touch more than
// themselves.
func (b *Base) suppose(events []*domain.Event) (*Picture, error) {
	l := domain.Lineage{Record: b.lineage.Record, Branches: slices.Clone(b.lineage.Branches)}
	parent := domain.RecordName
	if n := len(l.Branches); n > 0 {
		parent = string(l.Branches[n-1].Name())
	}
	opened := domain.BranchOpened{Branch: domain.NewID(continuation), Parent: parent, FollowParent: true}
	own := []domain.Entry{{Position: 1, Event: &domain.Event{ID: uuid.Max, Negotiation: b.pic.Negotiation, Body: domain.Body{Act: opened}}}}
	for i, e := range events {
		own = append(own, domain.Entry{Position: uint64(i + 2), Event: e})
	}
	l.Branches = append(l.Branches, domain.BranchLog{Opened: opened, Entries: own, Transient: true})
	v := b.view
	v.Branch = string(continuation)
	if cut := v.RecordedBy; !cut.IsZero() {
		// The cut is of what the base goes on from.
		l = domain.Lineage{Record: b.pic.Log(), Branches: l.Branches[len(l.Branches)-1:]}
		v.RecordedBy = Cut{}
	}
	return Suppose(b.pic.Negotiation, l, v)
}

// stand makes happenings of events that stand for themselves: that relate to no other
// than by an order which their dates tell anyway. ok is false if any does not.
func (b *Base) stand(events []*domain.Event) (hs []*Happening, ok bool) {
	accounts := make([]*Account, 0, len(events))
	for i, e := range events {
		if b.pic.links.awaited[e.ID] || b.promised[e.ID] || e.Control() || e.Modality == domain.Negated || !e.Links.IsZero() {
			return nil, false
		}
		if _, known := b.pic.links.index[e.ID]; known {
			return nil, false
		}
		if _, withdrawn := b.pic.withdrawn[e.ID]; withdrawn {
			return nil, false
		}
		if _, twice := find(accounts, e.ID); twice {
			return nil, false
		}
		accounts = append(accounts, &Account{Event: e, Position: uint64(i + 2), Branch: continuation, free: true, group: b.pic.links.groups + i})
	}
	b.pic.bound(accounts)
	for _, a := range accounts {
		a.grade = b.pic.gradeOf(a)
		if !b.follows(a, accounts) || slices.ContainsFunc(accounts, func(x *Account) bool { return awaits(x, a) }) {
			return nil, false
		}
		h := &Happening{Lead: a, Accounts: []*Account{a}, Bounds: a.Occurred, group: a.group}
		if b.denied(h) {
			return nil, false
		}
		if a.Modality.Moves() && b.pic.lens.believes(a) { // what is planned is pending, and no outcome
			hs = append(hs, h)
		}
	}
	slices.SortFunc(hs, func(x, y *Happening) int { return keyOf(x).compare(keyOf(y)) })
	return hs, b.rank(hs)
}

// denied tells whether somebody denies a new happening.
func (b *Base) denied(h *Happening) bool {
	for _, d := range b.denials[h.Lead.Type()] {
		if d.Occurred.Precedes(h.Bounds) {
			return false // and so do all that follow
		}
		if denies(d, h) {
			return true
		}
	}
	return false
}

func keyOf(h *Happening) lineKey { return lineKey{h.Bounds, h.Lead.ID} }

// follows tells whether the dates of an account say that it follows what it is said
// to follow.
func (b *Base) follows(a *Account, own []*Account) bool {
	for _, ref := range a.After {
		id := ref.Resolve(b.pic.Negotiation)
		before, ok := b.pic.links.index[id]
		if !ok {
			before, ok = find(own, id)
		}
		if !ok || !b.known[before] && !before.free || !before.Occurred.Precedes(a.Occurred) {
			return false
		}
	}
	return true
}

// awaits tells whether an account that comes earlier in the input names one that
// comes later as what it followed.
func awaits(x, a *Account) bool {
	return x.group < a.group && slices.ContainsFunc(x.After, func(r domain.EventRef) bool { return r.Resolve(x.Negotiation) == a.ID })
}

// rank gives happenings, which are sorted, their places in line. It gives up where
// there is no room.
func (b *Base) rank(hs []*Happening) bool {
	for i := 0; i < len(hs); {
		next, together := b.next(hs[i]), i+1
		for together < len(hs) && b.next(hs[together]) == next {
			together++
		}
		room := rankGap / (together - i + 1) // to what comes before next
		if room == 0 {
			return false
		}
		for n, h := range hs[i:together] {
			h.rank = next - rankGap + (n+1)*room
		}
		i = together
	}
	return true
}

// next is the rank of the happening before which another has its place in line.
func (b *Base) next(h *Happening) int {
	at, _ := slices.BinarySearchFunc(b.keys, keyOf(h), func(k, want lineKey) int {
		if k.compare(want) > 0 {
			return 1
		}
		return -1
	})
	return b.ranks[at]
}
