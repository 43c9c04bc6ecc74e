package projections

import (
	"parley/domain"
)

// evolveMandates files what tells who can bind whom, and the acts to which
// instructions stand in an order.
func evolveMandates(s State, h *Happening) State {
	switch h.Act().(type) {
	case domain.DelegationComposed, domain.MandateStated, domain.InstructionReceived,
		domain.PositionShifted, domain.CommitmentRetracted:
		for _, party := range h.Lead.Actors {
			s.mandates = s.mandates.with(party, h)
		}
	default:
	}
	return s
}

// printMandates shows per party whether its delegation has full powers, on whose
// authority it depends, and which instructions it got, in which order relative to
// its shifts and retractions. Order is never cause.
func (p *Picture) printMandates() *Node {
	out := object()
	for party, filed := range inTurn(p, p.State.mandates) {
		if n := p.printMandate(filed); n != nil {
			out.put(string(party), n)
		}
	}
	return out
}

func (p *Picture) printMandate(filed []*Happening) *Node {
	stated := ofType[domain.MandateStated](filed)
	instructed := ofType[domain.InstructionReceived](filed)
	composed := ofType[domain.DelegationComposed](filed)
	if len(stated)+len(instructed)+len(composed) == 0 {
		return nil
	}
	n := object()
	p.powers(n, stated)
	n.put("scope", sayings(stated, func(a *Account) string {
		m, _ := a.Act.(domain.MandateStated)
		return m.Scope
	}))
	p.field(n, "head", p.latest(composed, func(a *Account) (any, bool) {
		d, ok := a.Act.(domain.DelegationComposed)
		return string(d.Head), ok && d.Head != ""
	}), "", "last composition of the delegation")
	p.field(n, "rank", p.latest(composed, func(a *Account) (any, bool) {
		d, ok := a.Act.(domain.DelegationComposed)
		return d.Rank, ok && d.Rank != ""
	}), "", "rank of the head as quoted")
	return n.put("instructions", p.instructions(instructed, filed))
}

// powers puts whether a delegation can bind its party, and on whom it depends. A
// statement that does not tell undoes none that does.
func (p *Picture) powers(n *Node, stated []*Happening) {
	p.field(n, "fullPowers", p.latest(stated, func(a *Account) (any, bool) {
		m, ok := a.Act.(domain.MandateStated)
		return string(m.FullPowers), ok && m.FullPowers != "" && m.FullPowers != "unknown"
	}), "unknown", "last statement of the mandate")
	p.field(n, "principals", p.latest(stated, func(a *Account) (any, bool) {
		m, ok := a.Act.(domain.MandateStated)
		return joinIDs(m.Principals), ok && len(m.Principals) > 0
	}), "", "leading account of the mandate")
}

// instructions lists the instructions with the shifts and retractions that
// certainly came before and after each.
func (p *Picture) instructions(instructed, filed []*Happening) *Node {
	out := list()
	for _, h := range instructed {
		a := h.Lead
		act, _ := a.Act.(domain.InstructionReceived)
		n := object().put("event", leaf(a.Name(), "", a))
		p.field(n, "from", told(h, func(a *Account) (any, bool) {
			i, ok := a.Act.(domain.InstructionReceived)
			return joinIDs(i.From), ok && len(i.From) > 0
		}), "unknown", "as the leading account has it")
		n.text("channel", act.Channel, "as reported", a)
		n.put("basis", leaf(string(act.Basis), "as coded", a))
		n.text("content", act.Content, "as quoted", a)
		n.text("occurred", a.Event.Occurred.String(), "as the leading account dates it", a)
		before, after, unordered := list(), list(), list()
		for _, m := range filed {
			switch m.Act().(type) {
			case domain.PositionShifted, domain.CommitmentRetracted:
			default:
				continue
			}
			item := leaf(m.Name(), "order, not cause", m.Lead, a)
			switch {
			case p.Precedes(h, m):
				before.append(m.Name(), item)
			case p.Precedes(m, h):
				after.append(m.Name(), item)
			default:
				unordered.append(m.Name(), item)
			}
		}
		n.put("precedes", before).put("follows", after).put("unorderedWith", unordered)
		out.append(a.Name(), n)
	}
	return out
}
