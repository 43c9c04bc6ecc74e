package domain

import (
	"github.com/google/uuid"
)

// Lineage is what a log stands on: the record, and for a branch the branches from
// the record up to it. Its zero value is an empty record.
type Lineage struct {
	Record   []Entry     // of one negotiation, in log order
	Branches []BranchLog // each stands on the one before, the first on the record
}

// BranchLog is what a branch adds to its parent.
type BranchLog struct {
	Opened  BranchOpened
	Entries []Entry // its own, in log order; the first one opens it

	// Transient says that it is kept nowhere: a continuation, a session. The cuts of a
	// view hold for what it goes on from, not for what it supposes.
	Transient bool
}

// Name is the id of the branch.
func (b BranchLog) Name() BranchID { return BranchID(b.Opened.Branch) }

// Within tells whether an entry lies within a cut.
type Within func(Entry) bool

// Compose is the log that a lineage comes to, in order: the parent up to the fork,
// or whole where the branch follows it, without what the branch leaves out and
// replaces, then the branch's own events.
//
// cut, unless nil, keeps entries; of each log it must keep a prefix. What a branch
// leaves out is found on its uncut log. A cut that does not keep the opening of a
// branch shows what the branch stands on, as it was then.
//
// Where a branch follows its parent, that may come to have an event of the same id as
// one of the branch's own, with other content. What is supposed stands then, and
// [Lineage.Overruled] tells of it.
func (l Lineage) Compose(negotiation string, cut Within) []Entry {
	return l.compose(negotiation, cut, func(Overruled) bool { return true })
}

// compose is Compose. settle tells of two events of one id whether that of the branch
// stands alone.
func (l Lineage) compose(negotiation string, cut Within, settle func(Overruled) bool) []Entry {
	if cut == nil {
		cut = func(Entry) bool { return true }
	}
	seen := 0
	for seen < len(l.Branches) && l.Branches[seen].opened(seen+1, cut) {
		seen++
	}
	settled := l.settled(seen)
	log := settled.Record
	for i, b := range settled.Branches {
		log = b.onto(negotiation, b.over(log, i+1, cut, settle), i+1)
	}
	if len(l.Branches) == 0 {
		return prefix(log, cut)
	}
	kept := make([]Entry, 0, len(log))
	for _, e := range log {
		if cut(e) {
			kept = append(kept, e)
		}
	}
	return kept
}

// opened tells whether a cut keeps the opening of a branch.
func (b BranchLog) opened(layer int, cut Within) bool {
	return len(b.Entries) > 0 && cut(b.Entries[0].Of(b.Name(), layer))
}

// settled is the lineage up to one of its branches, without what the logs came to after
// it, or one below it, forked from them for good. What a branch leaves out is found in
// the rest: a link or a withdrawal that came later takes nothing from who does not
// follow, and gives nothing back.
func (l Lineage) settled(depth int) Lineage {
	out := Lineage{l.Record, l.Branches[:depth:depth]}
	for i := depth - 1; i >= 0; i-- {
		b := out.Branches[i]
		at, err := ParsePosition(b.Opened.At)
		if b.Opened.FollowParent || err != nil {
			continue
		}
		ground := Lineage{out.Record, out.Branches[:i]}.UpTo(at)
		for k, below := range ground.Branches {
			if len(below.Entries) == 0 { // forked from before it was opened; it stands between all the same
				ground.Branches[k].Entries = out.Branches[k].Entries[:1]
			}
		}
		out = Lineage{ground.Record, append(ground.Branches, out.Branches[i:]...)}
	}
	return out
}

// Ledger is the ledger of the branch that the lineage ends with, or of the record:
// of what its log stands on without what it leaves out, and of all that is its own.
// On a branch its positions are ordinals ([Entry.Ordinal]).
func (l Lineage) Ledger(negotiation string) *Ledger {
	ledger := NewLedger(negotiation)
	depth := len(l.Branches)
	for _, e := range l.Compose(negotiation, nil) {
		if e.layer < depth || depth == 0 {
			ledger.Apply(e)
		}
	}
	if depth > 0 {
		top := l.Branches[depth-1]
		for _, e := range top.Entries {
			ledger.Apply(e.Of(top.Name(), depth))
		}
	}
	return ledger
}

// prefix is the part of one log that a cut keeps.
func prefix(log []Entry, cut Within) []Entry {
	for i, e := range log {
		if !cut(e) {
			return log[:i]
		}
	}
	return log
}

// Position is how far the lineage reaches within a cut, which may be nil.
func (l Lineage) Position(cut Within) Position {
	whole := Lineage{Record: l.Record}
	for _, b := range l.Branches {
		b.Opened.Without, b.Opened.Replace = nil, nil
		whole.Branches = append(whole.Branches, b)
	}
	var p Position
	at := map[BranchID]uint64{}
	both := func(Overruled) bool { return false }
	for _, e := range whole.compose("", cut, both) {
		if e.Branch == "" {
			p.Record = max(p.Record, e.Position)
			continue
		}
		at[e.Branch] = max(at[e.Branch], e.Position)
	}
	for _, b := range l.Branches {
		if at[b.Name()] > 0 {
			p.Branches = append(p.Branches, BranchPosition{b.Name(), at[b.Name()]})
		}
	}
	return p
}

// Of is the entry as the own one of a branch; layer counts the branches from the
// record up to it.
func (e Entry) Of(b BranchID, layer int) Entry {
	e.Branch, e.layer = b, layer
	return e
}

// onto puts a branch on the log of its parent.
func (b BranchLog) onto(negotiation string, parent []Entry, layer int) []Entry {
	log := make([]Entry, 0, len(parent)+len(b.Entries))
	at, err := ParsePosition(b.Opened.At)
	for _, e := range parent {
		if b.Opened.FollowParent || err == nil && at.reaches(e) {
			log = append(log, e)
		}
	}
	forked := len(log)
	for _, e := range b.Entries {
		log = append(log, e.Of(b.Name(), layer))
	}
	if len(b.Opened.Without)+len(b.Opened.Replace) == 0 {
		return log
	}
	gone := leftOut(negotiation, log, forked, b.Opened)
	kept := log[:0]
	for i, e := range log {
		if !gone[i] {
			kept = append(kept, e)
		}
	}
	return kept
}

// reaches tells whether an entry lies before a fork.
func (p Position) reaches(e Entry) bool {
	if e.Branch == "" {
		return e.Position <= p.Record
	}
	at, ok := p.Of(e.Branch)
	return ok && e.Position <= at
}

// LeftOut lists the events that the last branch leaves out of what it stands on, and
// of its own.
func (l Lineage) LeftOut(negotiation string) []*Event {
	depth := len(l.Branches)
	if depth == 0 {
		return nil
	}
	bare := Lineage{Record: l.Record, Branches: append(l.Branches[:depth-1:depth-1], l.Branches[depth-1])}
	bare.Branches[depth-1].Opened.Without, bare.Branches[depth-1].Opened.Replace = nil, nil
	kept := map[uint64]bool{}
	for _, e := range l.Compose(negotiation, nil) {
		kept[e.Ordinal()] = true
	}
	var out []*Event
	for _, e := range bare.Compose(negotiation, nil) {
		if !kept[e.Ordinal()] {
			out = append(out, e.Event)
		}
	}
	return out
}

// LeftOut lists the events that a branch leaves out of a log that ends with its
// fork, and the references that name no happening in it: nothing there has that name, or
// what has it was withdrawn.
func LeftOut(negotiation string, parent []Entry, o BranchOpened) (events []*Event, unknown []EventRef) {
	k := newKinship(negotiation, parent, len(parent))
	for _, refs := range [][]EventRef{o.Without, o.Replace} {
		for _, r := range refs {
			if _, told := k.account(r.Resolve(negotiation)); !told {
				unknown = append(unknown, r)
			}
		}
	}
	gone := leftOut(negotiation, parent, len(parent), o)
	for i, e := range parent {
		if gone[i] {
			events = append(events, e.Event)
		}
	}
	return events, unknown
}

// leftOut tells, by index, which entries of a branch's uncut log it leaves out: all
// accounts of the happenings that it names. Of those that it replaces its own
// accounts stay. log[forked:] is its own.
func leftOut(negotiation string, log []Entry, forked int, o BranchOpened) map[int]bool {
	k := newKinship(negotiation, log, forked)
	gone := map[int]bool{}
	drop := func(refs []EventRef, upTo int) {
		named := map[int]bool{}
		for _, r := range refs {
			if i, ok := k.account(r.Resolve(negotiation)); ok {
				named[k.find(i)] = true
			}
		}
		for i := range log[:upTo] {
			if named[k.find(i)] {
				gone[i] = true
			}
		}
	}
	drop(o.Without, len(log))
	drop(o.Replace, forked)
	return gone
}

// kinship joins the entries of a log that are accounts of one happening.
type kinship struct {
	parent []int             // union-find over indexes
	base   map[uuid.UUID]int // accounts of the parent
	own    map[uuid.UUID]int // of the branch; one may bear the id of what it replaces
}

func newKinship(negotiation string, log []Entry, forked int) *kinship {
	k := &kinship{parent: make([]int, len(log)), base: map[uuid.UUID]int{}, own: map[uuid.UUID]int{}}
	places := make(map[uuid.UUID]uint64, len(log))
	repairs := NewRepairs(negotiation)
	for i, e := range log {
		k.parent[i] = i
		if e.Parked() {
			continue
		}
		if _, twice := places[e.Event.ID]; !twice {
			places[e.Event.ID] = e.Ordinal()
			repairs.Add(e, func(id uuid.UUID) (uint64, bool) { p, ok := places[id]; return p, ok })
		}
	}
	for i, e := range log {
		if e.Parked() || e.Event.Control() {
			continue
		}
		if w, ok := repairs.Of(e.Event.ID); ok && w.Withdrawn {
			continue // nobody tells it any more
		}
		index := k.base
		if i >= forked {
			index = k.own
		}
		if _, twice := index[e.Event.ID]; !twice {
			index[e.Event.ID] = i
		}
	}
	for i, e := range log {
		if !e.Parked() {
			k.link(negotiation, i, e.Event, repairs, i >= forked)
		}
	}
	return k
}

// link joins what an event, as it reads after repairs, links by same-act.
func (k *kinship) link(negotiation string, i int, e *Event, repairs *Repairs, own bool) {
	if w, ok := repairs.Of(e.ID); ok {
		if w.Withdrawn {
			return
		}
		e = Corrected(e, w)
	}
	find := func(r EventRef) (int, bool) {
		id := r.Resolve(negotiation)
		if j, ok := k.own[id]; ok && own && !e.Control() {
			return j, true
		}
		return k.account(id)
	}
	if act, ok := e.Act.(EventsLinked); ok {
		if from, ok := find(act.Event); ok && act.Relation == SameAct {
			for _, r := range act.Others {
				if to, ok := find(r); ok {
					k.join(from, to)
				}
			}
		}
		return
	}
	for _, r := range e.Links.SameAct {
		if to, ok := find(r); ok {
			k.join(i, to)
		}
	}
}

// account finds the entry of an event: the parent's, if both have it.
func (k *kinship) account(id uuid.UUID) (int, bool) {
	if i, ok := k.base[id]; ok {
		return i, true
	}
	i, ok := k.own[id]
	return i, ok
}

func (k *kinship) find(i int) int {
	for k.parent[i] != i {
		k.parent[i] = k.parent[k.parent[i]]
		i = k.parent[i]
	}
	return i
}

func (k *kinship) join(i, j int) {
	a, b := k.find(i), k.find(j)
	k.parent[max(a, b)] = min(a, b)
}
