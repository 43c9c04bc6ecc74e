package projections

import (
	"cmp"

	"parley/domain"
)

// commitment is the form in which a party stands committed: none, private, verbal,
// written or signed. Retractions take away what they name, else what does not
// certainly come after them. Other accounts, denials and orders that are possible
// contest it where they would come to another form.
func (q *inquiry) commitment(filed []*Happening) reading {
	c := q.pledges(filed)
	r := c.reading()
	alternatives(q.doubts(filed), c, func(form any, reason Reason, by ...*Account) {
		if form != r.lead() {
			r.add(cmp.Or(form, any("unknown")), reason, by...)
		}
	})
	return r
}

// formTakers is what a retraction that names no act has to take back so that it takes
// back this act.
func formTakers(h *Happening) []domain.RetractedMatter {
	return mattersWhere(func(c domain.CommitmentRetracted) bool { return takesForm(c, h) })
}

// takesForm tells whether a retraction is of the sort that takes back this act.
func takesForm(c domain.CommitmentRetracted, h *Happening) bool {
	if len(c.Retracts) > 0 {
		return true
	}
	switch h.Act().(type) {
	case domain.AssuranceGiven:
		return c.What == domain.RetractedAssurance
	case domain.VerbalConfirmationGiven:
		return c.What == domain.RetractedConfirmation || c.What == domain.RetractedDraft
	case domain.AgreementSigned:
		return c.What == domain.RetractedSignature || c.What == domain.RetractedDraft
	default:
		return false
	}
}

// formOf is the form of commitment that an act gives. To refuse any assurance is
// to say that there is none; to refuse a written one says nothing of a verbal one.
func formOf(a *Account) (any, bool) {
	switch act := a.Act.(type) {
	case domain.AssuranceGiven:
		return string(act.Form), true
	case domain.AssuranceRefused:
		return "none", act.Form == domain.AnyForm
	case domain.PositionStated:
		private := act.Setting == "private" && (act.Stance == domain.Accepts || act.Stance == domain.Acknowledges)
		return "private", private
	case domain.EvidenceAcknowledged:
		return "private", act.Setting == "private" && act.Acknowledged == "yes"
	case domain.VerbalConfirmationGiven:
		return "verbal", true
	case domain.AgreementSigned:
		if act.Form == "signature" {
			return "signed", true
		}
		return "written", true
	case domain.RatificationDecided:
		return "signed", act.Outcome == "ratified"
	default:
		return nil, false
	}
}
