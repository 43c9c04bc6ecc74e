package projections

import (
	"parley/domain"
)

// evolveCeasefires files declarations and incidents.
func evolveCeasefires(s State, h *Happening) State {
	switch a := h.Act().(type) {
	case domain.CeasefireStatusDeclared:
		s.ceasefires = s.ceasefires.with(a.Ceasefire, h)
	case domain.IncidentReported:
		if a.Ceasefire != "" {
			s.ceasefires = s.ceasefires.with(a.Ceasefire, h)
		}
	default:
	}
	return s
}

// printCeasefires shows every registered ceasefire: its status, what it depends
// on, its history and the incidents said to bear on it. One of which nothing is
// known is unknown, never holding.
func (p *Picture) printCeasefires() *Node {
	out := object()
	for _, id := range sortedKeys(p.Registry.Ceasefires) {
		out.put(string(id), p.printCeasefire(id))
	}
	return out
}

func (p *Picture) printCeasefire(id domain.CeasefireID) *Node {
	filed := p.inOrder(p.State.ceasefires.of(id))
	declared := ofType[domain.CeasefireStatusDeclared](filed)
	read := func(get func(domain.CeasefireStatusDeclared) string) reading {
		return p.latest(declared, func(a *Account) (any, bool) {
			c, ok := a.Act.(domain.CeasefireStatusDeclared)
			v := get(c)
			return v, ok && v != ""
		})
	}
	reg := p.Registry.Ceasefires[id]
	n := object().put("id", leaf(string(id), "")).put("title", leaf(reg.Title, "as registered"))
	n.put("parties", words(reg.Parties, "as registered"))
	p.field(n, "status", read(func(c domain.CeasefireStatusDeclared) string { return string(c.Status) }),
		string(domain.CeasefireUnknown), "last declaration in order")
	p.field(n, "condition", p.latest(declared, func(a *Account) (any, bool) {
		c, ok := a.Act.(domain.CeasefireStatusDeclared)
		return c.Condition, ok
	}), "", "condition of the last declaration")
	p.field(n, "class", read(func(c domain.CeasefireStatusDeclared) string { return string(c.Class) }), "", "as declared")
	p.field(n, "written", read(func(c domain.CeasefireStatusDeclared) string { return string(c.Written) }), "", "as declared")
	p.field(n, "mediated", read(func(c domain.CeasefireStatusDeclared) string { return string(c.Mediated) }), "", "as declared")
	p.field(n, "effective", read(func(c domain.CeasefireStatusDeclared) string { return c.Effective.String() }), "", "when it takes effect, which may differ from when it was declared")
	n.put("incidents", p.incidents(ofType[domain.IncidentReported](filed)))
	return n.put("history", p.history(declared))
}

// incidents lists incidents with the counts that are claimed.
func (p *Picture) incidents(filed []*Happening) *Node {
	out := list()
	for _, h := range filed {
		a := h.Lead
		act, _ := a.Act.(domain.IncidentReported)
		n := object().put("event", leaf(a.Name(), "", a)).put("kind", leaf(act.Kind, "as quoted", a))
		p.field(n, "count", told(h, func(a *Account) (any, bool) {
			i, ok := a.Act.(domain.IncidentReported)
			return i.CountBest, ok && i.CountBest > 0
		}), "unknown", "count that the leading account claims")
		n.text("occurred", a.Event.Occurred.String(), "as the leading account dates it", a)
		n.text("place", act.Place, "as quoted", a)
		n.put("perpetratorAlleged", words(act.PerpetratorAlleged, "as alleged", a))
		out.append(a.Name(), n)
	}
	return out
}
