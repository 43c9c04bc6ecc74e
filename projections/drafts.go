package projections

import (
	"slices"
	"strconv"

	"parley/domain"
)

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
func (p *Picture) printDrafts() *Node { return p.printDraftsAfter(&Printed{}) }

// printDraftsAfter takes the drafts that did not move from a print before.
func (p *Picture) printDraftsAfter(last *Printed) *Node {
	out, q := object(), p.inquire()
	for id, filed := range inTurn(p, p.State.drafts) {
		n, ok := last.nodes["drafts"][string(id)]
		if !ok || p.draftMoved(last.state, id) {
			n = q.printDraft(id, filed)
		}
		out.put(string(id), n)
	}
	return out
}

// draftMoved tells whether anything was filed under a draft since a state before, or
// under another one that a retraction filed here takes back by its leading account: it
// may mean any version of that.
func (p *Picture) draftMoved(before State, id domain.DraftID) bool {
	if before.drafts == p.State.drafts {
		return false
	}
	moved := func(id domain.DraftID) bool { return before.drafts.of(id) != p.State.drafts.of(id) }
	if moved(id) {
		return true
	}
	for at := p.State.drafts.of(id); at != nil; at = at.before {
		if c, ok := retraction(at.last); ok && c.Draft != id && moved(c.Draft) {
			return true
		}
	}
	return false
}

func (q *inquiry) printDraft(id domain.DraftID, filed []*Happening) *Node {
	byVersion := q.versions(filed)
	n := object().put("id", leaf(string(id), ""))
	n.put("issues", q.draftIssues(filed))
	versions := list()
	for _, v := range sortedKeys(byVersion) {
		if v > 0 {
			versions.append(strconv.Itoa(v), q.printVersion(v, byVersion[v]))
		}
	}
	n.put("versions", versions)
	if un := byVersion[0]; len(un) > 0 {
		n.put("unversioned", q.printVersion(0, un))
	}
	return n
}

// versions sorts the happenings of a draft by the versions that they bear on, 0 for
// those that name none. A happening whose accounts name several bears on each. A
// retraction that names no version bears on those of the acts that it names; one
// that names neither bears on every version, for it may mean any.
func (p *Picture) versions(filed []*Happening) map[int][]*Happening {
	out := map[int][]*Happening{}
	var loose []*Happening
	among := p.targetsAmong(filed)
	for _, h := range filed {
		named := map[int]bool{}
		for _, a := range h.Accounts {
			for _, v := range among.versionsOf(a) {
				named[v] = true
			}
		}
		if len(named) == 0 {
			if _, ok := h.Act().(domain.CommitmentRetracted); ok {
				loose = append(loose, h)
			}
			named[0] = true
		}
		for v := range named {
			out[v] = append(out[v], h)
		}
	}
	for v := range out {
		if v > 0 && len(loose) > 0 {
			out[v] = inLine(append(out[v], loose...))
		}
	}
	return out
}

// versionsOf lists the versions that an account names, itself or through the acts
// that it takes back.
func (t *targets) versionsOf(a *Account) []int {
	if v := identityOf(a.Act).version; v > 0 {
		return []int{v}
	}
	c, ok := a.Act.(domain.CommitmentRetracted)
	if !ok {
		return nil
	}
	var out []int
	for _, h := range t.named(c) {
		for _, x := range h.Accounts {
			if v := identityOf(x.Act).version; v > 0 && !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	}
	return out
}

// names tells whether a retraction names one of a happening's accounts, also one
// that the view hides.
func (p *Picture) names(c domain.CommitmentRetracted, h *Happening) bool {
	return slices.ContainsFunc(c.Retracts, func(ref domain.EventRef) bool {
		id := ref.Resolve(p.Negotiation)
		a, ok := p.links.account(id)
		return h.has(id) || ok && a.group == h.group
	})
}

// versionOf is the version that a happening speaks of: what the first of its
// accounts that names one says, 0 if none does.
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

func (q *inquiry) printVersion(version int, filed []*Happening) *Node {
	n := object()
	if version > 0 {
		n.put("version", leaf(version, ""))
	}
	d := q.doubts(filed)
	q.ladder(n, d, version, "")
	n.put("retracted", q.retracted(filed))
	n.put("declined", q.declined(filed))
	parties, of := object(), byActor(filed)
	for _, party := range q.draftParties(filed) {
		each := object()
		q.ladder(each, d.among(of[party]), version, party)
		parties.put(string(party), each)
	}
	if len(parties.members) > 0 {
		n.put("parties", parties)
	}
	steps := list()
	for _, h := range filed {
		steps.append(h.Name(), q.step(h))
	}
	return n.put("steps", steps)
}

// byActor sorts happenings by whom any of their accounts names as an actor.
func byActor(filed []*Happening) map[domain.ActorID][]*Happening {
	out := map[domain.ActorID][]*Happening{}
	for _, h := range filed {
		for _, a := range h.Accounts {
			for _, actor := range a.Actors {
				if of := out[actor]; len(of) == 0 || of[len(of)-1] != h {
					out[actor] = append(of, h)
				}
			}
		}
	}
	return out
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
