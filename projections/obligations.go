package projections

import (
	"parley/domain"
)

// obligationID names an obligation: obligor, a slash, instrument.
type obligationID string

// evolveObligations files what somebody is held to.
func evolveObligations(s State, h *Happening) State {
	if o, ok := h.Act().(domain.ObligationInvoked); ok {
		s.obligations = s.obligations.with(obligationID(string(o.Obligor)+"/"+o.Instrument), h)
	}
	return s
}

// printObligations lists what was promised, by whom and in which form, who invokes
// it, and whether a breach is alleged.
func (p *Picture) printObligations() *Node {
	out := list()
	for _, filed := range inTurn(p, p.State.obligations) {
		n := p.printObligation(filed)
		instrument, _ := n.Get("instrument")
		out.append(instrument.Text(), n)
	}
	return out
}

func (p *Picture) printObligation(filed []*Happening) *Node {
	first, _ := filed[0].Act().(domain.ObligationInvoked)
	by := accountsWhere(filed, func(*Account) bool { return true })
	n := object().put("instrument", leaf(first.Instrument, "as the sources name it", by...))
	n.put("obligor", leaf(string(first.Obligor), "as coded", by...))
	read := func(get func(domain.ObligationInvoked) string) reading {
		return p.latest(filed, func(a *Account) (any, bool) {
			o, ok := a.Act.(domain.ObligationInvoked)
			v := get(o)
			return v, ok && v != ""
		})
	}
	p.field(n, "form", read(func(o domain.ObligationInvoked) string { return string(o.Form) }), "unknown", "as invoked last")
	p.field(n, "breachAlleged", read(func(o domain.ObligationInvoked) string { return string(o.BreachAlleged) }), "unknown", "as invoked last")
	n.put("content", sayings(filed, func(a *Account) string {
		o, _ := a.Act.(domain.ObligationInvoked)
		return o.Content
	}))
	n.put("invokedBy", words(actorsOf(by), "actors of all accounts", by...))
	return n.put("history", p.history(filed))
}

// actorsOf lists the actors of accounts, each once.
func actorsOf(by []*Account) []domain.ActorID {
	set := map[domain.ActorID]bool{}
	for _, a := range by {
		for _, actor := range a.Actors {
			set[actor] = true
		}
	}
	return sortedKeys(set)
}
