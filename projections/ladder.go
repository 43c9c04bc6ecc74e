package projections

import (
	"slices"

	"parley/domain"
)

// rungs of the commitment ladder, lowest first. A near-final text is only tabled.
var rungs = []string{"none", "tabled", "finalized", "verbally-confirmed", "initialled", "signed", "ratified"}

// topRung is the highest of them.
const topRung = 6

// rungTakers are, by rung, what a retraction that names no act has to take back so that
// it takes back such an act.
var rungTakers = func() (out [topRung + 1][]domain.RetractedMatter) {
	for rung := range out {
		out[rung] = mattersWhere(func(c domain.CommitmentRetracted) bool { return takesRung(c, rung) })
	}
	return out
}()

// ladder puts reached and stands, of all or of one party, with what contests them:
// other accounts, denials, and orders that are possible.
func (q *inquiry) ladder(n *Node, d *doubts, version int, party domain.ActorID) {
	a := q.climb(climber{version, party}, d.filed)
	reached, stands := a.reading()
	alternatives(d, a, func(h heights, reason Reason, by ...*Account) {
		if h.top != a.base.top {
			reached.add(rungs[h.top], reason, by...)
		}
		if h.stand != a.base.stand {
			stands.add(rungs[h.stand], reason, by...)
		}
	})
	q.field(n, "reached", reached, "", "highest rung that any act of the view reached")
	q.field(n, "stands", stands, "", "highest rung that nobody has withdrawn")
}

// climber reads the ladder of one version, 0 for what names none, of all parties or
// of one.
type climber struct {
	version int
	party   domain.ActorID
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

// left is the rung that is left of a happening after few retractions.
func (p *Picture) left(h *Happening, rung int, retractions []*Happening) int {
	for _, r := range retractions {
		act, ok := retraction(r)
		if ok && r.group != h.group && takesRung(act, rung) && p.reaches(act, r, h) {
			return min(rung, 1)
		}
	}
	return rung
}

// reaches tells whether a retraction takes back an act: one that it names; else one
// of its own actors that does not certainly come after it.
func (p *Picture) reaches(c domain.CommitmentRetracted, r, h *Happening) bool {
	if len(c.Retracts) > 0 {
		return p.names(c, h)
	}
	return shareActors(r.Lead, h.Lead) && !p.Precedes(r, h)
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
