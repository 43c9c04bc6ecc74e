package projections

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"parley/domain"

	"github.com/google/uuid"
)

// Reason says why a value is contested.
type Reason string

// The reasons.
const (
	Accounts    Reason = "accounts"    // accounts of one happening differ
	Denied      Reason = "denied"      // somebody denies the act
	Contradicts Reason = "contradicts" // events that bear on it are linked by contradicts
	Unordered   Reason = "unordered"   // the order of two events that matter is not known
	Unversioned Reason = "unversioned" // what took it back does not say which version it means
)

// claim is a value that accounts give.
type claim struct {
	value  any // nil where the act is denied
	by     []*Account
	reason Reason // empty for the leading value
	has    map[*Account]bool
}

// reading is a value with what contests it. The leading claim comes first.
type reading []claim

// add takes in a claim; accounts that give the same value stand together.
func (r *reading) add(value any, reason Reason, by ...*Account) {
	for i := range *r {
		if fmt.Sprint((*r)[i].value) == fmt.Sprint(value) {
			(*r)[i].join(by)
			return
		}
	}
	*r = append(*r, newClaim(value, reason, by))
}

func newClaim(value any, reason Reason, by []*Account) claim {
	c := claim{value: value, reason: reason, has: make(map[*Account]bool, len(by))}
	c.join(by)
	return c
}

// join adds accounts, each once.
func (c *claim) join(by []*Account) {
	for _, a := range by {
		if !c.has[a] {
			c.has[a] = true
			c.by = append(c.by, a)
		}
	}
}

// contested tells whether there is more than one value.
func (r reading) contested() bool { return len(r) > 1 }

// known tells whether there is any value.
func (r reading) known() bool { return len(r) > 0 }

// lead is the leading value.
func (r reading) lead() any {
	if len(r) == 0 {
		return nil
	}
	return r[0].value
}

// values prints the claims of a reading.
func (p *Picture) values(r reading) *Node {
	n := list()
	for _, c := range r {
		by := slices.Clone(c.by)
		slices.SortFunc(by, byName)
		item := object().put("value", leaf(c.value, "", by...)).put("events", names(by))
		item.put("sides", words(p.sides(by), ""))
		item.put("origins", leaf(p.links.origins(by, p.Registry), "named speakers, else document and label; same statements count once"))
		item.text("reason", string(c.reason), "")
		id := fmt.Sprint(c.value)
		if c.value == nil {
			id = string(c.reason)
		}
		n.append(id, item)
	}
	return n
}

func byName(a, b *Account) int { return cmp.Compare(a.Name(), b.Name()) }

// sides lists whose voices accounts are.
func (p *Picture) sides(by []*Account) []domain.ActorID {
	set := map[domain.ActorID]bool{}
	for _, a := range by {
		set[a.SideOrUnknown()] = true
	}
	return slices.Sorted(maps.Keys(set))
}

// field puts a reading into an object: its leading value plainly, what contests
// it under "contested". An unknown value reads as the given word, or is left out.
func (p *Picture) field(n *Node, name string, r reading, unknown, rule string) {
	switch {
	case r.known() && r.lead() != "":
		n.put(name, leaf(r.lead(), rule, r[0].by...))
	case unknown != "":
		n.put(name, leaf(unknown, "no event of the view tells"))
	}
	if !r.contested() {
		return
	}
	beside, ok := n.Get("contested")
	if !ok {
		beside = object()
		n.put("contested", beside)
	}
	beside.put(name, p.values(r))
}

// told reads a field of single happening: what the leading account says, and what
// others say differently. get tells the value of an account, and whether it gives
// one.
func told(h *Happening, get func(*Account) (any, bool)) reading {
	var r reading
	for _, a := range h.Accounts {
		if v, ok := get(a); ok {
			r.add(v, Accounts, a)
		}
	}
	if len(r) > 0 {
		r[0].reason = ""
		for _, d := range h.Denials {
			r.add(nil, Denied, d)
		}
	}
	return r
}

// latest reads a value that later acts replace: that of the happenings which no
// other certainly follows. filed holds the happenings in order. The leading
// account's value is shown; values of happenings that are unordered, of other
// accounts and of events linked by contradicts contest it.
func (p *Picture) latest(filed []*Happening, get func(*Account) (any, bool)) reading {
	var last []*Happening
	begun := domain.Past // the latest of their earliest bounds
	later := p.order.from()
	for _, h := range slices.Backward(filed) {
		if h.Bounds.Latest < begun || !told(h, get).known() {
			continue
		}
		// Without stated order only bounds could tell, and they have.
		if !later.reaches(h.group) {
			last = append(last, h)
			later.mark(h.group)
			begun = max(begun, h.Bounds.Earliest)
		}
	}
	slices.SortStableFunc(last, func(a, b *Happening) int { return byWeight(a.Lead, b.Lead) })
	against := p.contradictedBy(last)
	var all gathered
	for i, h := range last {
		for _, c := range told(h, get) {
			reason := c.reason
			if reason == "" && i > 0 {
				reason = against.between(h)
			}
			all.add(c.value, reason, c.by...)
		}
	}
	return p.contradicted(all.reading, filed, get)
}

// gathered is a reading of many claims. What was claimed is found by what it says.
type gathered struct {
	reading

	at map[string]int
}

func (g *gathered) add(value any, reason Reason, by ...*Account) {
	text := fmt.Sprint(value)
	if i, ok := g.at[text]; ok {
		g.reading[i].join(by)
		return
	}
	if g.at == nil {
		g.at = map[string]int{}
	}
	g.at[text] = len(g.reading)
	g.reading = append(g.reading, newClaim(value, reason, by))
}

// against is what the accounts of some happenings contradict, by id.
type against map[uuid.UUID]bool

func (p *Picture) contradictedBy(last []*Happening) against {
	var all against
	if len(p.links.contradict) == 0 {
		return all
	}
	for _, h := range last {
		for _, a := range h.Accounts {
			for _, id := range p.links.contradict[a.ID] {
				if all == nil {
					all = against{}
				}
				all[id] = true
			}
		}
	}
	return all
}

// between is why a happening contests the values of others, when none of them
// certainly came last.
func (all against) between(h *Happening) Reason {
	if slices.ContainsFunc(h.Accounts, func(a *Account) bool { return all[a.ID] }) {
		return Contradicts
	}
	return Unordered
}

// contradicted adds the values of filed happenings that contradict those a
// reading rests on.
func (p *Picture) contradicted(r reading, filed []*Happening, get func(*Account) (any, bool)) reading {
	if !r.known() || len(p.links.contradict) == 0 {
		return r
	}
	var accounts map[uuid.UUID][]*Account // of those filed, once they are asked for
	for _, a := range slices.Clone(r[0].by) {
		for _, id := range p.links.contradict[a.ID] {
			if accounts == nil {
				accounts = map[uuid.UUID][]*Account{}
				for _, h := range filed {
					for _, b := range h.Accounts {
						accounts[b.ID] = append(accounts[b.ID], b)
					}
				}
			}
			for _, b := range accounts[id] {
				if v, ok := get(b); ok {
					r.add(v, Contradicts, b)
				}
			}
		}
	}
	return r
}
