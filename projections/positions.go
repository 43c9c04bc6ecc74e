package projections

import (
	"maps"
	"slices"
	"strings"

	"parley/domain"
)

// cellID names a cell of the matrix of positions: party, a slash, issue.
type cellID string

func cellOf(party domain.ActorID, issue domain.IssueID) cellID {
	return cellID(string(party) + "/" + string(issue))
}

// evolvePositions files what moves a party's position on an issue. Acts on a draft
// are filed under the draft; they move the issues that it is said to settle.
func evolvePositions(s State, h *Happening) State {
	seen := map[cellID]bool{}
	for _, a := range h.Accounts {
		issue := issueMoved(a.Act)
		for _, party := range a.Actors {
			if c := cellOf(party, issue); issue != "" && !seen[c] {
				seen[c] = true
				s.positions = s.positions.with(c, h)
			}
			if shift, ok := a.Act.(domain.PositionShifted); ok && shift.Issue == "" && a == h.Lead {
				s.shifts = s.shifts.with(party, h)
			}
		}
	}
	return s
}

// issueMoved is the issue on which an act moves its actors, if it names one.
func issueMoved(act domain.Act) domain.IssueID {
	switch act := act.(type) {
	case domain.PositionStated:
		return act.Issue
	case domain.PositionShifted:
		return act.Issue
	case domain.DemandMade:
		return act.Issue
	case domain.ProposalTabled:
		return act.Issue
	case domain.ProposalAnswered:
		return act.Issue
	case domain.EvidenceAcknowledged:
		return act.Issue
	case domain.AssuranceGiven:
		return act.Issue
	case domain.AssuranceRefused:
		return act.Issue
	case domain.CommitmentRetracted:
		return act.Issue
	default:
		return ""
	}
}

// movesDraft tells whether an act moves the issues that its draft settles.
func movesDraft(act domain.Act) bool {
	switch act := act.(type) {
	case domain.VerbalConfirmationGiven, domain.AgreementSigned, domain.RatificationDecided:
		return true
	case domain.CommitmentRetracted:
		return act.Issue == ""
	default:
		return false
	}
}

// cells lists the cells of the matrix with what moves each. A draft moves those
// issues that any account of the view says it settles; nobody's guess fills in for
// a draft whose issues nobody tells.
func (p *Picture) cells() map[cellID][]*Happening {
	out := maps.Collect(inTurn(p, p.State.positions))
	type placed struct {
		cellID
		*Happening
	}
	there := map[placed]bool{} // of what more than one account tells: it can be filed under more than a draft
	for _, filed := range inTurn(p, p.State.drafts) {
		issues := issuesSettled(filed)
		for _, h := range filed {
			for _, a := range h.Accounts {
				if !movesDraft(a.Act) {
					continue
				}
				for _, party := range a.Actors {
					for _, issue := range issues {
						c := cellOf(party, issue)
						if n := len(out[c]); n > 0 && out[c][n-1] == h {
							continue
						}
						if len(h.Accounts) > 1 {
							if there[placed{c, h}] {
								continue
							}
							if there[placed{c, h}] = true; h.movesOn(party, issue) {
								continue
							}
						}
						out[c] = append(out[c], h)
					}
				}
			}
		}
	}
	for _, filed := range out {
		inLine(filed)
	}
	return out
}

// movesOn tells whether any account says that a happening moved a party on an issue by
// itself, not by a draft.
func (h *Happening) movesOn(party domain.ActorID, issue domain.IssueID) bool {
	return slices.ContainsFunc(h.Accounts, func(a *Account) bool {
		return issueMoved(a.Act) == issue && slices.Contains(a.Actors, party)
	})
}

// anyIssue stands in place of an issue where shifts name none.
const anyIssue = "any"

// printPositions shows party × issue: stance, form of commitment, forms refused,
// red lines, conditions, and the whole history.
func (p *Picture) printPositions() *Node { return p.printPositionsAfter(&Printed{}) }

// printPositionsAfter takes the cells that nothing has moved from a print before. A
// cell may depend on any draft.
func (p *Picture) printPositionsAfter(last *Printed) *Node {
	if last.state.drafts != p.State.drafts {
		last = &Printed{}
	}
	out := object()
	row := func(party string) *Node {
		n, ok := out.Get(party)
		if !ok {
			n = object()
			out.put(party, n)
		}
		return n
	}
	cells, q := p.cells(), p.inquire()
	for _, id := range sortedKeys(cells) {
		party, issue, _ := strings.Cut(string(id), "/")
		n, ok := last.nodes["positions"][string(id)]
		if !ok || last.state.positions.of(id) != p.State.positions.of(id) {
			n = q.printCell(cells[id])
		}
		row(party).put(issue, n)
	}
	for party, filed := range inTurn(p, p.State.shifts) {
		row(string(party)).put(anyIssue, p.printShifts(filed))
	}
	return out
}

// printShifts shows the shifts of a party that name no issue.
func (p *Picture) printShifts(filed []*Happening) *Node {
	return object().put("shifts", shiftCount(filed)).put("history", p.history(filed))
}

func (q *inquiry) printCell(filed []*Happening) *Node {
	n := object()
	q.field(n, "stance", q.latest(filed, stanceOf), string(domain.StanceUnknown), "last act in order that tells a stance")
	q.field(n, "commitment", q.commitment(filed), "unknown", "last assurance, confirmation or signature in order that nobody took back")
	n.put("refused", q.refused(filed))
	red := accountsWhere(filed, func(a *Account) bool { s, ok := a.Act.(domain.PositionStated); return ok && s.RedLine })
	n.flag("redLine", len(red) > 0, "said to be beyond compromise", red...)
	n.put("conditions", sayings(filed, conditionOf))
	n.put("demands", sayings(filed, demandOf))
	n.put("settings", q.settings(filed))
	if shifts := ofType[domain.PositionShifted](filed); len(shifts) > 0 {
		n.put("shifts", shiftCount(shifts))
	}
	n.put("saidBy", words(q.sides(accountsWhere(filed, func(*Account) bool { return true })), "sides of all accounts"))
	return n.put("history", q.history(filed))
}

// stanceOf is the stance that an act shows (the table of effects of acts on
// positions).
func stanceOf(a *Account) (any, bool) {
	stance := domain.Stance("")
	switch act := a.Act.(type) {
	case domain.PositionStated:
		stance = act.Stance
	case domain.PositionShifted:
		stance = act.To
	case domain.DemandMade:
		stance = polar(act.Polarity)
	case domain.ProposalTabled:
		stance = polar(act.Polarity)
	case domain.ProposalAnswered:
		stance = map[domain.Answer]domain.Stance{
			"accepted": domain.Accepts, "partly": domain.Conditional, "rejected": domain.Rejects, "evaded": domain.Evades,
		}[act.Answer]
	case domain.EvidenceAcknowledged:
		if act.Acknowledged == "yes" {
			stance = domain.Acknowledges
		}
	default:
	}
	return string(stance), stance != ""
}

func polar(p domain.Polarity) domain.Stance {
	if p == domain.Against {
		return domain.Rejects
	}
	return domain.Demands
}

// refused lists the forms of assurance that the party refused.
func (p *Picture) refused(filed []*Happening) *Node {
	by := map[domain.RefusedForm][]*Account{}
	for _, h := range filed {
		for _, a := range h.Accounts {
			if r, ok := a.Act.(domain.AssuranceRefused); ok {
				by[r.Form] = append(by[r.Form], a)
			}
		}
	}
	n := list()
	for _, f := range sortedKeys(by) {
		n.append(string(f), leaf(string(f), "said to have been refused", by[f]...))
	}
	return n
}

// settings tells whether the party spoke in public or in private.
func (p *Picture) settings(filed []*Happening) *Node {
	by := map[domain.Setting][]*Account{}
	for _, h := range filed {
		for _, a := range h.Accounts {
			switch act := a.Act.(type) {
			case domain.PositionStated:
				by[act.Setting] = append(by[act.Setting], a)
			case domain.EvidenceAcknowledged:
				by[act.Setting] = append(by[act.Setting], a)
			default:
			}
		}
	}
	delete(by, "")
	if len(by) == 0 {
		return nil
	}
	n := list()
	for _, s := range sortedKeys(by) {
		n.append(string(s), leaf(string(s), "as reported", by[s]...))
	}
	return n
}

// shiftCount adds up reported shifts; a reported "several times" counts as at
// least two, which is how it is coded.
func shiftCount(shifts []*Happening) *Node {
	total := 0
	for _, h := range shifts {
		s, _ := h.Act().(domain.PositionShifted)
		total += max(1, s.Count)
	}
	return leaf(total, "reported shifts added up", accountsWhere(shifts, func(*Account) bool { return true })...)
}

func conditionOf(a *Account) string {
	switch act := a.Act.(type) {
	case domain.PositionStated:
		return act.Condition
	case domain.DemandMade:
		return act.Condition
	default:
		return ""
	}
}

func demandOf(a *Account) string {
	d, _ := a.Act.(domain.DemandMade)
	return d.Content
}

func accountsWhere(filed []*Happening, ok func(*Account) bool) []*Account {
	var out []*Account
	for _, h := range filed {
		for _, a := range h.Accounts {
			if ok(a) {
				out = append(out, a)
			}
		}
	}
	return out
}
