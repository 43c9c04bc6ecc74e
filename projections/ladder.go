package projections

import (
	"slices"

	"parley/domain"
)

// rungs of the commitment ladder, lowest first. A near-final text is only tabled.
var rungs = []string{"none", "tabled", "finalized", "verbally-confirmed", "initialled", "signed", "ratified"}

// ladder puts reached and stands, of all or of one party, with what contests them:
// other accounts, denials, and orders that are possible.
func (p *Picture) ladder(n *Node, filed []*Happening, version int, party domain.ActorID) {
	climb := climber{p, version, party}
	reached, stands := climb.read(filed, nil)
	for _, alt := range p.alternatives(filed) {
		r, s := climb.read(alt.filed, alt.flipped)
		if r.lead() != reached.lead() {
			reached.add(r.lead(), alt.reason, alt.by...)
		}
		if s.lead() != stands.lead() {
			stands.add(s.lead(), alt.reason, alt.by...)
		}
	}
	p.field(n, "reached", reached, "", "highest rung that any act of the view reached")
	p.field(n, "stands", stands, "", "highest rung that nobody has withdrawn")
}

// alternative is one other way to read what is filed.
type alternative struct {
	filed   []*Happening
	flipped []*Happening // retractions that are read as having come before what they are unordered with
	by      []*Account
	reason  Reason
}

// alternatives lists the other ways to read what is filed: one happening by another
// of its accounts, all that somebody denies left out, a retraction that may mean
// another version left out, a retraction whose order is not known read as the
// earlier one, and all of these together.
func (p *Picture) alternatives(filed []*Happening) []alternative {
	var out []alternative
	var denials []*Account
	for i, h := range filed {
		for _, a := range h.Accounts[1:] {
			other := *h
			other.Lead = a
			other.Accounts = append([]*Account{a}, slices.DeleteFunc(slices.Clone(h.Accounts), func(x *Account) bool { return x == a })...)
			variant := slices.Clone(filed)
			variant[i] = &other
			out = append(out, alternative{filed: variant, by: []*Account{a}, reason: Accounts})
		}
		for _, d := range h.Denials {
			if !slices.Contains(denials, d) {
				denials = append(denials, d)
			}
		}
	}
	for _, d := range denials {
		left := slices.DeleteFunc(slices.Clone(filed), func(h *Happening) bool { return slices.Contains(h.Denials, d) })
		out = append(out, alternative{filed: left, by: []*Account{d}, reason: Denied})
	}
	for _, r := range ofType[domain.CommitmentRetracted](filed) {
		if p.ambiguous(r) {
			left := slices.DeleteFunc(slices.Clone(filed), func(h *Happening) bool { return h == r })
			out = append(out, alternative{filed: left, by: []*Account{r.Lead}, reason: Unversioned})
		}
	}
	loose := p.looseRetractions(filed)
	for _, r := range loose {
		out = append(out, alternative{filed: filed, flipped: []*Happening{r}, by: []*Account{r.Lead}, reason: Unordered})
	}
	if len(loose) > 1 {
		var by []*Account
		for _, r := range loose {
			by = append(by, r.Lead)
		}
		out = append(out, alternative{filed: filed, flipped: loose, by: by, reason: Unordered})
	}
	return out
}

// looseRetractions lists retractions that name no act and whose order to something
// else is not known.
func (p *Picture) looseRetractions(filed []*Happening) []*Happening {
	var out []*Happening
	for _, r := range ofType[domain.CommitmentRetracted](filed) {
		c, _ := r.Act().(domain.CommitmentRetracted)
		if len(c.Retracts) == 0 && slices.ContainsFunc(filed, func(h *Happening) bool { return p.Unordered(r, h) }) {
			out = append(out, r)
		}
	}
	return out
}

// ambiguous tells whether a retraction names neither version nor act, and several
// versions have something that it can mean. One that takes back the draft as such
// means all of them.
func (p *Picture) ambiguous(r *Happening) bool {
	c, _ := r.Act().(domain.CommitmentRetracted)
	if len(c.Retracts) > 0 || c.What == domain.RetractedDraft || c.Draft == "" || versionOf(r) > 0 {
		return false
	}
	meant := map[int]bool{}
	for _, h := range p.inOrder(p.State.drafts.of(c.Draft)) {
		if takesRung(c, rungOf(h.Act())) && p.reaches(c, r, h, nil) {
			meant[versionOf(h)] = true
		}
	}
	return len(meant) > 1
}

// climber reads the ladder of one version, 0 for what names none, of all parties or
// of one.
type climber struct {
	*Picture
	version int
	party   domain.ActorID
}

// read gives the highest rung reached, and the highest that stands. Each happening
// is read by its leading account.
func (c climber) read(filed, flipped []*Happening) (reached, stands reading) {
	top, stand := 0, 0
	var topBy, standBy, gone []*Account
	retractions := ofType[domain.CommitmentRetracted](filed)
	for _, h := range filed {
		rung := rungOf(h.Lead.Act)
		if rung == 0 || !c.concerns(h) {
			continue
		}
		if rung > top {
			top, topBy = rung, nil
		}
		if rung == top {
			topBy = append(topBy, h.Lead)
		}
		left, by := c.left(h, rung, retractions, flipped)
		gone = append(gone, by...)
		if left > stand {
			stand, standBy = left, nil
		}
		if left == stand && left > 0 {
			standBy = append(standBy, h.Lead)
		}
	}
	if stand < top {
		standBy = append(standBy, gone...)
	}
	reached.add(rungs[top], "", topBy...)
	stands.add(rungs[stand], "", standBy...)
	return reached, stands
}

// left is the rung that is left of a happening after retractions, and the
// retractions that took it away.
func (c climber) left(h *Happening, rung int, retractions, flipped []*Happening) (int, []*Account) {
	var by []*Account
	for _, r := range retractions {
		act, ok := r.Lead.Act.(domain.CommitmentRetracted)
		if !ok || r.group == h.group || !c.concerns(r) {
			continue
		}
		if takesRung(act, rung) && c.reaches(act, r, h, flipped) {
			rung = min(rung, 1)
			by = append(by, r.Lead)
		}
	}
	return rung, by
}

// concerns tells whether a happening, as its leading account has it, is of the
// version and the party.
func (c climber) concerns(h *Happening) bool {
	v := identityOf(h.Lead.Act).version
	if v == 0 {
		v = versionOf(h)
	}
	return agree(v, c.version) && (c.party == "" || slices.Contains(h.Lead.Actors, c.party))
}

// reaches tells whether a retraction takes back an act: one that it names; else one
// of its own actors that does not certainly come after it, and, if the retraction is
// flipped, one that certainly comes before it.
func (p *Picture) reaches(c domain.CommitmentRetracted, r, h *Happening, flipped []*Happening) bool {
	if len(c.Retracts) > 0 {
		return p.names(c, h)
	}
	if !shareActors(r.Lead, h.Lead) || p.Precedes(r, h) {
		return false
	}
	return !isFlipped(r, flipped) || p.Precedes(h, r)
}

func isFlipped(r *Happening, flipped []*Happening) bool {
	return slices.ContainsFunc(flipped, func(f *Happening) bool { return f.group == r.group })
}

// shareActors tells whether the same party can be meant: one takes back only what
// one has given. Whom no source names can be anybody.
func shareActors(a, b *Account) bool {
	return len(a.Actors) == 0 || len(b.Actors) == 0 ||
		slices.ContainsFunc(a.Actors, func(x domain.ActorID) bool { return slices.Contains(b.Actors, x) })
}

// takesRung tells whether a retraction is of the sort that takes back a rung. Which
// act it means is for reaches.
func takesRung(c domain.CommitmentRetracted, rung int) bool {
	if len(c.Retracts) > 0 {
		return true
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
