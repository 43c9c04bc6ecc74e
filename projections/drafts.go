package projections

import (
	"slices"
	"strconv"

	"parley/domain"
)

// rungs of the commitment ladder, lowest first. A near-final text is only tabled.
var rungs = []string{"none", "tabled", "finalized", "verbally-confirmed", "initialled", "signed", "ratified"}

// evolveDrafts files every act that speaks of a draft.
func evolveDrafts(s State, h *Happening) State {
	seen := map[domain.DraftID]bool{}
	for _, a := range h.Accounts {
		if d := identityOf(a.Act).draft; d != "" && !seen[d] {
			seen[d] = true
			s.drafts = s.drafts.with(d, h)
		}
	}
	return s
}

// printDrafts shows every draft: per version the highest rung ever reached, the
// highest that nobody has withdrawn, who took back or declined what, and every act
// in order; the same per party. Acts that name no version stand apart.
func (p *Picture) printDrafts() *Node {
	out := object()
	for id, filed := range inTurn(p, p.State.drafts) {
		out.put(string(id), p.printDraft(id, filed))
	}
	return out
}

func (p *Picture) printDraft(id domain.DraftID, filed []*Happening) *Node {
	byVersion := map[int][]*Happening{}
	for _, h := range filed {
		v := versionOf(h)
		byVersion[v] = append(byVersion[v], h)
	}
	n := object().put("id", leaf(string(id), ""))
	n.put("issues", p.draftIssues(filed))
	versions := list()
	for _, v := range sortedKeys(byVersion) {
		if v > 0 {
			versions.append(strconv.Itoa(v), p.printVersion(v, byVersion[v]))
		}
	}
	n.put("versions", versions)
	if un := byVersion[0]; len(un) > 0 {
		n.put("unversioned", p.printVersion(0, un))
	}
	return n
}

// versionOf is the version that a happening speaks of: what the leading account
// that names one says, 0 if none does.
func versionOf(h *Happening) int {
	for _, a := range h.Accounts {
		if v := identityOf(a.Act).version; v > 0 {
			return v
		}
	}
	return 0
}

// draftIssues lists the issues that accounts say the text settles.
func (p *Picture) draftIssues(filed []*Happening) *Node {
	by := map[domain.IssueID][]*Account{}
	for _, h := range filed {
		for _, a := range h.Accounts {
			for _, i := range issuesOfText(a.Act) {
				by[i] = append(by[i], a)
			}
		}
	}
	if len(by) == 0 {
		return nil
	}
	n := list()
	for _, i := range sortedKeys(by) {
		n.append(string(i), leaf(string(i), "the text is said to settle it", by[i]...))
	}
	return n
}

func issuesOfText(a domain.Act) []domain.IssueID {
	switch a := a.(type) {
	case domain.DraftRevised:
		return a.Issues
	case domain.DraftFinalized:
		return a.Issues
	default:
		return nil
	}
}

func (p *Picture) printVersion(version int, filed []*Happening) *Node {
	n := object()
	if version > 0 {
		n.put("version", leaf(version, ""))
	}
	p.ladder(n, filed, "")
	n.put("retracted", p.retracted(filed))
	n.put("declined", p.declined(filed))
	parties := object()
	for _, party := range p.draftParties(filed) {
		each := object()
		p.ladder(each, filed, party)
		parties.put(string(party), each)
	}
	if len(parties.members) > 0 {
		n.put("parties", parties)
	}
	steps := list()
	for _, h := range filed {
		steps.append(h.Name(), p.step(h))
	}
	return n.put("steps", steps)
}

// draftParties lists who moved along the ladder.
func (p *Picture) draftParties(filed []*Happening) []domain.ActorID {
	set := map[domain.ActorID]bool{}
	for _, h := range filed {
		switch h.Act().(type) {
		case domain.DraftFinalized, domain.VerbalConfirmationGiven, domain.CommitmentRetracted,
			domain.AgreementSigned, domain.SignatureDeclined, domain.RatificationDecided:
			for _, a := range h.Lead.Actors {
				set[a] = true
			}
		default:
		}
	}
	return sortedKeys(set)
}

// ladder puts reached and stands, of all or of one party, with what contests them.
func (p *Picture) ladder(n *Node, filed []*Happening, party domain.ActorID) {
	lead := func(h *Happening) *Account { return h.Lead }
	reached, stands := p.climb(filed, party, lead)
	for _, alt := range alternatives(filed) {
		r, s := p.climb(filed, party, alt.pick)
		if r.lead() != reached.lead() {
			reached.add(r.lead(), alt.reason, alt.account)
		}
		if s.lead() != stands.lead() {
			stands.add(s.lead(), alt.reason, alt.account)
		}
	}
	for _, h := range p.looseRetractions(filed) {
		_, s := p.climbWith(filed, party, lead, h)
		if s.lead() != stands.lead() {
			stands.add(s.lead(), Unordered, h.Lead)
		}
	}
	p.field(n, "reached", reached, "", "highest rung that any act of the view reached")
	p.field(n, "stands", stands, "", "highest rung that nobody has withdrawn")
}

// alternative is one other way to read a happening: by another account, or as a
// denial has it.
type alternative struct {
	pick    func(*Happening) *Account // nil for a happening that is denied
	account *Account
	reason  Reason
}

func alternatives(filed []*Happening) []alternative {
	var out []alternative
	for _, h := range filed {
		for _, a := range h.Accounts[1:] {
			out = append(out, alternative{account: a, reason: Accounts, pick: instead(h, a)})
		}
		for _, d := range h.Denials {
			out = append(out, alternative{account: d, reason: Denied, pick: instead(h, nil)})
		}
	}
	return out
}

// instead reads one happening by another account and all others as they are.
func instead(h *Happening, a *Account) func(*Happening) *Account {
	return func(other *Happening) *Account {
		if other == h {
			return a
		}
		return other.Lead
	}
}

// climb reads the ladder. pick gives the account by which a happening is read, nil
// if it is to be left out.
func (p *Picture) climb(filed []*Happening, party domain.ActorID, pick func(*Happening) *Account) (reached, stands reading) {
	return p.climbWith(filed, party, pick, nil)
}

// climbWith is climb where one retraction that is unordered with what it may take
// back is read the other way.
func (p *Picture) climbWith(filed []*Happening, party domain.ActorID, pick func(*Happening) *Account, flipped *Happening) (reached, stands reading) {
	top, stand := 0, 0
	var topBy, standBy, gone []*Account
	for _, h := range filed {
		a := pick(h)
		if a == nil || !concerns(a, party) {
			continue
		}
		rung := rungOf(a.Act)
		if rung == 0 {
			continue
		}
		if rung > top {
			top, topBy = rung, nil
		}
		if rung == top {
			topBy = append(topBy, a)
		}
		left, by := p.left(h, rung, filed, party, pick, flipped)
		gone = append(gone, by...)
		if left > stand {
			stand, standBy = left, nil
		}
		if left == stand && left > 0 {
			standBy = append(standBy, a)
		}
	}
	if top > 0 {
		reached.add(rungs[top], "", topBy...)
		if stand < top {
			standBy = append(standBy, gone...)
		}
		stands.add(rungs[stand], "", standBy...)
	}
	return reached, stands
}

// left is the rung that is left of a happening after retractions, and the
// retractions that took it away.
func (p *Picture) left(h *Happening, rung int, filed []*Happening, party domain.ActorID, pick func(*Happening) *Account, flipped *Happening) (int, []*Account) {
	var by []*Account
	for _, r := range filed {
		a := pick(r)
		if a == nil || r == h {
			continue
		}
		c, ok := a.Act.(domain.CommitmentRetracted)
		if !ok || !concerns(a, party) {
			continue
		}
		takes := p.takes(c, r, h, rung)
		if r == flipped && len(c.Retracts) == 0 && p.Unordered(r, h) {
			takes = !takes
		}
		if takes {
			rung = min(rung, 1)
			by = append(by, a)
		}
	}
	return rung, by
}

// takes tells whether a retraction takes back a rung: what it names, else by its
// matter what does not certainly come after it.
func (p *Picture) takes(c domain.CommitmentRetracted, r, h *Happening, rung int) bool {
	if len(c.Retracts) > 0 {
		return slices.ContainsFunc(c.Retracts, func(ref domain.EventRef) bool {
			return h.has(ref.Resolve(p.Negotiation)) || p.sameGroup(ref, h)
		})
	}
	if p.Precedes(r, h) {
		return false
	}
	switch c.What {
	case domain.RetractedConfirmation:
		return rungs[rung] == "verbally-confirmed"
	case domain.RetractedSignature:
		return rungs[rung] == "signed" || rungs[rung] == "initialled"
	case domain.RetractedDraft:
		return rung > 1
	case domain.RetractedAssurance:
	}
	return false
}

// sameGroup tells whether a reference names an account of the happening that the
// view hides.
func (p *Picture) sameGroup(ref domain.EventRef, h *Happening) bool {
	a, ok := p.links.index[ref.Resolve(p.Negotiation)]
	return ok && a.group == h.group
}

// looseRetractions lists retractions that name no act and whose order to what
// they may take back is not known.
func (p *Picture) looseRetractions(filed []*Happening) []*Happening {
	var out []*Happening
	for _, r := range ofType[domain.CommitmentRetracted](filed) {
		c, _ := r.Act().(domain.CommitmentRetracted)
		if len(c.Retracts) == 0 && slices.ContainsFunc(filed, func(h *Happening) bool { return rungOf(h.Act()) > 1 && p.Unordered(r, h) }) {
			out = append(out, r)
		}
	}
	return out
}

// concerns tells whether an act is one of the party's; any act is for "".
func concerns(a *Account, party domain.ActorID) bool {
	return party == "" || slices.Contains(a.Actors, party)
}

// rungOf is the rung that an act reaches, 0 for none. A signature ad referendum
// authenticates a text and does not yet bind (Vienna Convention on the Law of
// Treaties 1969, articles 10 and 12), so it stands with initialling.
func rungOf(a domain.Act) int {
	switch a := a.(type) {
	case domain.DraftRevised:
		return 1
	case domain.DraftFinalized:
		if a.Completeness == domain.Final {
			return 2
		}
		return 1
	case domain.VerbalConfirmationGiven:
		return 3
	case domain.AgreementSigned:
		if a.Form == "signature" {
			return 5
		}
		return 4
	case domain.RatificationDecided:
		if a.Outcome == "ratified" {
			return 6
		}
	default:
	}
	return 0
}

// retracted lists who took back what, when, and how long it had held.
func (p *Picture) retracted(filed []*Happening) *Node {
	n := list()
	for _, h := range ofType[domain.CommitmentRetracted](filed) {
		a := h.Lead
		item := object().put("by", words(a.Actors, "actors of the retraction", a)).put("event", leaf(a.Name(), "", a))
		p.field(item, "what", told(h, func(a *Account) (any, bool) {
			c, ok := a.Act.(domain.CommitmentRetracted)
			return string(c.What), ok
		}), "", "leading account of the retraction")
		p.field(item, "retracts", told(h, func(a *Account) (any, bool) {
			c, ok := a.Act.(domain.CommitmentRetracted)
			return joinIDs(c.Retracts), ok && len(c.Retracts) > 0
		}), "", "acts that the source names")
		c, _ := a.Act.(domain.CommitmentRetracted)
		item.text("occurred", a.Event.Occurred.String(), "as the leading account dates it", a)
		item.text("held", c.Latency, "as quoted", a)
		item.text("reason", c.Reason, "as the actors gave it", a)
		if len(h.Accounts) > 1 {
			item.put("accounts", names(h.Accounts))
		}
		n.append(a.Name(), item)
	}
	return n
}

// declined lists who did not sign or ratify.
func (p *Picture) declined(filed []*Happening) *Node {
	n := list()
	for _, h := range filed {
		a := h.Lead
		reason := ""
		switch act := a.Act.(type) {
		case domain.SignatureDeclined:
			reason = act.Reason
		case domain.RatificationDecided:
			if act.Outcome != "rejected" {
				continue
			}
		default:
			continue
		}
		item := object().put("by", words(a.Actors, "actors of the act", a)).put("event", leaf(a.Name(), "", a))
		item.put("act", leaf(a.Type(), "", a)).text("occurred", a.Event.Occurred.String(), "", a).text("reason", reason, "as the actors gave it", a)
		n.append(a.Name(), item)
	}
	return n
}
