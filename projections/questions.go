package projections

import (
	"strconv"

	"parley/domain"
)

// printQuestions answers, at this view, what is agreed, who may speak, what may
// still be amended, and what is pending. What no event tells is unknown.
func (p *Picture) printQuestions() *Node {
	agreed, amendable, q := list(), list(), p.inquire()
	for id, filed := range inTurn(p, p.State.drafts) {
		q.standing(id, filed, agreed, amendable)
	}
	for id, filed := range inTurn(p, p.State.rounds) {
		outcome := p.outcome(filed)
		if outcome.lead() == "agreed" {
			n := object().put("round", leaf(string(id), ""))
			p.field(n, "outcome", outcome, "", "leading account of the conclusion")
			agreed.append(string(id), n)
		}
	}
	return object().put("agreed", agreed).put("maySpeak", p.maySpeak()).
		put("amendable", amendable).put("pending", p.pending())
}

// standing sorts the versions of a draft: one that stands confirmed or higher is
// agreed, one that is only tabled or finalized may still be amended.
func (q *inquiry) standing(id domain.DraftID, filed []*Happening, agreed, amendable *Node) {
	byVersion := q.versions(filed)
	for _, v := range sortedKeys(byVersion) {
		n := object().put("draft", leaf(string(id), ""))
		name := string(id)
		if v > 0 {
			n.put("version", leaf(v, ""))
			name += "." + strconv.Itoa(v)
		}
		q.ladder(n, q.doubts(byVersion[v]), v, "")
		stands, ok := n.Get("stands")
		switch {
		case !ok || stands.Text() == rungs[0]:
		case rungAtLeast(stands.Text(), "verbally-confirmed"):
			agreed.append(name, n)
		default:
			amendable.append(name, n)
		}
	}
}

func rungAtLeast(rung, least string) bool {
	for _, r := range rungs {
		if r == least {
			return true
		}
		if r == rung {
			return false
		}
	}
	return false
}

// maySpeak shows for each party whether its delegation can bind it, and on whom it
// depends.
func (p *Picture) maySpeak() *Node {
	out := object()
	for _, id := range sortedKeys(p.Registry.Actors) {
		if p.Registry.Actors[id].Kind != "party" {
			continue
		}
		n := object()
		p.powers(n, ofType[domain.MandateStated](p.inOrder(p.State.mandates.of(id))))
		out.put(string(id), n)
	}
	return out
}

// pending lists what is announced, and what was asked or proposed and has no
// answer in the view.
func (p *Picture) pending() *Node {
	out := list()
	add := func(h *Happening, kind, what string) {
		n := object().put("kind", leaf(kind, "", h.Lead)).put("event", leaf(h.Name(), "", h.everyone()...))
		n.put("act", leaf(h.Lead.Type(), "", h.Lead)).put("by", words(h.Lead.Actors, "actors of the leading account", h.Lead))
		out.append(h.Name(), n.text("what", what, "as quoted", h.Lead))
	}
	for _, h := range p.Happenings {
		if !h.Moves() {
			if len(h.Plans) > 0 {
				add(h, "announced", quoteOf(h.Lead))
			}
			continue
		}
		switch act := h.Act().(type) {
		case domain.ConfirmationSought:
			if !p.answered(h, act) {
				add(h, "unanswered", act.ExactWords)
			}
		case domain.ProposalTabled:
			if !p.proposalAnswered(act.Proposal) {
				add(h, "unanswered", act.Kind)
			}
		case domain.ProcessStatusDeclared:
			if act.FurtherTalksPlanned == "yes" {
				add(h, "announced", "further talks")
			}
		default:
		}
	}
	return out
}

// answered tells whether a confirmation in the view answers what was sought: it
// says so, or it is of the same draft and version and does not come before.
func (p *Picture) answered(sought *Happening, act domain.ConfirmationSought) bool {
	for _, h := range p.inOrder(p.State.drafts.of(act.Draft)) {
		switch answer := h.Act().(type) {
		case domain.VerbalConfirmationGiven:
			if answer.Answers != "" {
				if sought.has(answer.Answers.Resolve(p.Negotiation)) {
					return true
				}
				continue
			}
			if agree(answer.Version, act.Version) && !p.Precedes(h, sought) {
				return true
			}
		case domain.AgreementSigned, domain.SignatureDeclined:
			if agree(identityOf(answer).version, act.Version) && p.Precedes(sought, h) {
				return true
			}
		default:
		}
	}
	return false
}

func (p *Picture) proposalAnswered(id domain.ProposalID) bool {
	for _, h := range p.Happenings {
		if a, ok := h.Act().(domain.ProposalAnswered); ok && h.Moves() && a.Proposal == id {
			return true
		}
	}
	return false
}

func quoteOf(a *Account) string {
	if a.Source == nil {
		return ""
	}
	return a.Source.Quote
}
