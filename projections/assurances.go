package projections

import (
	"strings"

	"parley/domain"
)

// printAssurances shows party × issue: which forms of assurance were given, which
// refused, which taken back, and by whose word. A verbal one, a written one and
// none are three things.
func (p *Picture) printAssurances() *Node {
	out := object()
	cells, q := p.cells(), p.inquire()
	for _, id := range sortedKeys(cells) {
		n := q.printAssurance(cells[id])
		if n == nil {
			continue
		}
		party, issue, _ := strings.Cut(string(id), "/")
		row, ok := out.Get(party)
		if !ok {
			row = object()
			out.put(party, row)
		}
		row.put(issue, n)
	}
	return out
}

// printAssurance shows the assurances of a cell, nil where there was no talk of any.
func (q *inquiry) printAssurance(filed []*Happening) *Node {
	var bearing []*Happening
	for _, h := range filed {
		switch act := h.Act().(type) {
		case domain.AssuranceGiven, domain.AssuranceRefused:
			bearing = append(bearing, h)
		case domain.CommitmentRetracted:
			if act.What == domain.RetractedAssurance {
				bearing = append(bearing, h)
			}
		default:
		}
	}
	if len(bearing) == 0 {
		return nil
	}
	n := object()
	q.field(n, "form", q.commitment(bearing), "unknown", "last assurance in order that nobody took back")
	n.put("given", q.given(bearing))
	n.put("refused", q.refused(bearing))
	return n.put("history", q.history(bearing))
}

func (p *Picture) given(bearing []*Happening) *Node {
	out := list()
	for _, h := range ofType[domain.AssuranceGiven](bearing) {
		a := h.Lead
		n := object().put("event", leaf(a.Name(), "", a))
		p.field(n, "form", told(h, func(a *Account) (any, bool) {
			g, ok := a.Act.(domain.AssuranceGiven)
			return string(g.Form), ok
		}), "", "leading account")
		p.field(n, "verifiable", told(h, func(a *Account) (any, bool) {
			g, ok := a.Act.(domain.AssuranceGiven)
			return string(g.Verifiable), ok && g.Verifiable != ""
		}), "unknown", "leading account")
		n.put("to", words(a.Recipients, "recipients of the leading account", a))
		out.append(a.Name(), n)
	}
	return out
}
