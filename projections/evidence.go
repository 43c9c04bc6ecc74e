package projections

import (
	"parley/domain"
)

// evolveEvidence files what was shown, and what was acknowledged of it.
func evolveEvidence(s State, h *Happening) State {
	switch h.Act().(type) {
	case domain.EvidencePresented, domain.EvidenceAcknowledged:
		for _, party := range h.Lead.Actors {
			s.evidence = s.evidence.with(party, h)
		}
	default:
	}
	return s
}

// printEvidence shows per party what it presented and to whom, and what exactly it
// acknowledged: evidence, a concern and a demand are three things.
func (p *Picture) printEvidence() *Node {
	out := object()
	for party, filed := range inTurn(p, p.State.evidence) {
		out.put(string(party), p.printEvidenceOf(filed))
	}
	return out
}

func (p *Picture) printEvidenceOf(filed []*Happening) *Node {
	n := object()
	if shown := ofType[domain.EvidencePresented](filed); len(shown) > 0 {
		n.put("presented", p.presented(shown))
	}
	acknowledged := ofType[domain.EvidenceAcknowledged](filed)
	for _, what := range domain.AcknowledgedMatter("").Values() {
		n.put(what, p.acknowledged(acknowledged, domain.AcknowledgedMatter(what)))
	}
	return n
}

func (p *Picture) presented(shown []*Happening) *Node {
	out := list()
	for _, h := range shown {
		a := h.Lead
		act, _ := a.Act.(domain.EvidencePresented)
		n := object().put("event", leaf(a.Name(), "", a))
		p.field(n, "description", told(h, func(a *Account) (any, bool) {
			e, ok := a.Act.(domain.EvidencePresented)
			return e.Description, ok
		}), "", "as the leading account calls it")
		n.text("issue", string(act.Issue), "as coded", a)
		n.put("to", words(a.Recipients, "recipients of the leading account", a))
		n.text("occurred", a.Event.Occurred.String(), "as the leading account dates it", a)
		out.append(a.Name(), n)
	}
	return out
}

// acknowledged shows whether a matter was acknowledged, in which setting, and by
// which events; nil where nobody tells.
func (p *Picture) acknowledged(filed []*Happening, what domain.AcknowledgedMatter) *Node {
	var bearing []*Happening
	for _, h := range filed {
		if e, ok := h.Act().(domain.EvidenceAcknowledged); ok && e.What == what {
			bearing = append(bearing, h)
		}
	}
	if len(bearing) == 0 {
		return nil
	}
	n := object()
	p.field(n, "acknowledged", p.latest(bearing, func(a *Account) (any, bool) {
		e, ok := a.Act.(domain.EvidenceAcknowledged)
		return string(e.Acknowledged), ok && e.What == what
	}), "unknown", "last act in order that tells")
	n.put("settings", p.settings(bearing))
	return n.put("history", p.history(bearing))
}
