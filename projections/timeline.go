package projections

import "parley/domain"

// printTimeline lists all happenings in order, with the uncertainty of each:
// earliest and latest bound, who tells it, and what contests it. Neighbours whose
// order is not known say so.
func (p *Picture) printTimeline() *Node { return p.printTimelineAfter(&Printed{}) }

// printTimelineAfter takes the happenings that follow the same one as before from a
// print before.
func (p *Picture) printTimelineAfter(last *Printed) *Node {
	out := list()
	var before *Happening
	for _, h := range p.Happenings {
		if had, ok := last.line[h]; ok && had.before == before {
			out.items = append(out.items, had.node)
		} else {
			out.append(h.Lead.Name(), p.printHappening(h, before))
		}
		before = h
	}
	return out
}

func (p *Picture) printHappening(h, before *Happening) *Node {
	a := h.Lead
	n := object().put("event", leaf(a.Name(), "", a)).put("act", leaf(a.Type(), "", a))
	n.put("by", words(a.Actors, "actors of the leading account", a))
	n.put("to", words(a.Recipients, "recipients of the leading account", a))
	n.text("round", string(h.Round()), "", a)
	n.put("occurred", leaf(a.Event.Occurred.String(), "as the leading account dates it", a))
	n.put("earliest", leaf(h.Bounds.Earliest.String(), "bounds, tightened by the order", h.everyone()...))
	n.put("latest", leaf(h.Bounds.Latest.String(), "bounds, tightened by the order", h.everyone()...))
	n.text("modality", plainModality(a.Modality), "as coded", a)
	n.flag("unorderedWithPrevious", before != nil && p.Unordered(before, h), "neither certainly came first", a)
	n.put("accounts", names(h.Accounts))
	if len(h.Denials) > 0 {
		n.put("denials", names(h.Denials))
	}
	n.put("sides", words(p.sides(h.everyone()), "sides of all accounts"))
	n.put("origins", leaf(p.links.origins(h.everyone(), p.Registry), "named speakers, else document and label; same statements count once", h.everyone()...))
	if s := a.Source; s != nil {
		n.text("quote", s.Quote, "", a)
	}
	return n
}

// everyone lists all accounts, denials and plans of a happening.
func (h *Happening) everyone() []*Account {
	out := append([]*Account(nil), h.Accounts...)
	return append(append(out, h.Denials...), h.Plans...)
}

// plainModality is empty for what needs no word.
func plainModality(m domain.Modality) string {
	if m == domain.Asserted {
		return ""
	}
	return string(m)
}
