package projections

import (
	"bytes"
	"slices"

	"parley/domain"

	"github.com/google/uuid"
)

// links knows how the events of a log relate. Links are the coders' judgement of
// the record: cuts and lenses never take them away.
type links struct {
	negotiation string
	controls    []domain.EventsLinked
	groups      int                       // number of happenings, before any cut
	index       map[uuid.UUID]*Account    // all accounts by id
	more        []*Account                // accounts of a continuation
	contradict  map[uuid.UUID][]uuid.UUID // both ways
	origin      *unionFind                // same-statement and derived-from
	originOf    map[uuid.UUID]int
	awaited     map[uuid.UUID]bool // referred to, and not there
}

func newLinks(negotiation string) *links { return &links{negotiation: negotiation} }

func (l *links) control(act domain.EventsLinked) { l.controls = append(l.controls, act) }

// settle joins accounts into groups and gathers the other relations.
func (l *links) settle(all []*Account) {
	l.index = make(map[uuid.UUID]*Account, len(all))
	l.originOf = make(map[uuid.UUID]int, len(all))
	l.contradict = map[uuid.UUID][]uuid.UUID{}
	for i, a := range all {
		l.index[a.ID] = a
		l.originOf[a.ID] = i
	}
	same := newUnionFind(len(all))
	l.origin = newUnionFind(len(all))
	relate := func(r domain.Relation, from, to uuid.UUID) {
		i, okFrom := l.originOf[from]
		j, okTo := l.originOf[to]
		if !okFrom || !okTo {
			return
		}
		switch r {
		case domain.SameAct:
			same.join(i, j)
		case domain.SameStatement, domain.DerivedFrom:
			l.origin.join(i, j)
		case domain.Contradicts:
			l.contradict[from] = append(l.contradict[from], to)
			l.contradict[to] = append(l.contradict[to], from)
		case domain.Corroborates, domain.RefinesScope:
		}
	}
	for _, a := range all {
		for _, r := range []domain.Relation{domain.SameAct, domain.SameStatement, domain.DerivedFrom, domain.Contradicts} {
			for _, ref := range a.Links.Of(r) {
				relate(r, a.ID, ref.Resolve(l.negotiation))
			}
		}
	}
	for _, c := range l.controls {
		for _, o := range c.Others {
			relate(c.Relation, c.Event.Resolve(l.negotiation), o.Resolve(l.negotiation))
		}
	}
	for id, others := range l.contradict {
		slices.SortFunc(others, func(a, b uuid.UUID) int { return bytes.Compare(a[:], b[:]) })
		l.contradict[id] = slices.Compact(others)
	}
	groupOf := map[int]int{}
	for i, a := range all {
		root := same.find(i)
		g, ok := groupOf[root]
		if !ok {
			g = len(groupOf)
			groupOf[root] = g
		}
		a.group = g
	}
	l.groups = len(groupOf)
	l.origin.flatten()
	l.await(all)
}

// account finds an account of the log, hidden or not.
func (l *links) account(id uuid.UUID) (*Account, bool) {
	if a, ok := l.index[id]; ok {
		return a, true
	}
	return find(l.more, id)
}

// originRoot numbers the set of accounts that share an origin through links. It
// changes nothing, for pictures are read by several goroutines.
func (l *links) originRoot(a *Account) int {
	if i, ok := l.originOf[a.ID]; ok {
		return l.origin.parent[i]
	}
	return len(l.origin.parent) + slices.Index(l.more, a)
}

// origins counts the independent origins of accounts: a named speaker, else
// document and label; same-statement and derived-from links collapse.
func (l *links) origins(accounts []*Account, r *domain.Registry) int {
	// Origins are joined through the links and through their names.
	root, byName := map[int]int{}, map[string]int{}
	u := newUnionFind(len(accounts))
	for i, a := range accounts {
		linked := l.originRoot(a)
		if j, ok := root[linked]; ok {
			u.join(i, j)
		}
		root[linked] = i
		name := originName(a, r)
		if j, ok := byName[name]; ok {
			u.join(i, j)
		}
		byName[name] = i
	}
	sets := map[int]bool{}
	for i := range accounts {
		sets[u.find(i)] = true
	}
	return len(sets)
}

// originName names the origin of an account. A named speaker is one person under
// every spelling that is registered as an alias.
func originName(a *Account, r *domain.Registry) string {
	switch {
	case a.Source == nil:
		return "event " + a.ID.String()
	case a.Source.Attribution == "named" && a.Source.Speaker != "":
		if id, ok := r.ActorNamed(a.Source.Speaker); ok {
			return "actor " + string(id)
		}
		return "speaker " + a.Source.Speaker
	}
	return "document " + a.Source.Document + "\x00" + a.Source.Speaker
}

// unionFind joins numbers into sets.
type unionFind struct{ parent []int }

func newUnionFind(n int) *unionFind {
	u := &unionFind{parent: make([]int, n)}
	for i := range u.parent {
		u.parent[i] = i
	}
	return u
}

func (u *unionFind) find(i int) int {
	for u.parent[i] != i {
		u.parent[i] = u.parent[u.parent[i]]
		i = u.parent[i]
	}
	return i
}

// flatten makes every number point at its root.
func (u *unionFind) flatten() {
	for i := range u.parent {
		u.parent[i] = u.find(i)
	}
}

// join keeps the smaller number as the root, so that sets do not depend on the
// order of joining.
func (u *unionFind) join(i, j int) {
	a, b := u.find(i), u.find(j)
	u.parent[max(a, b)] = min(a, b)
}
