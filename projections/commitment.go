package projections

import (
	"cmp"

	"parley/domain"
)

// commitment is the form in which a party stands committed: none, private, verbal,
// written or signed. Retractions take away what they name, else what does not
// certainly come after them. Other accounts, denials and orders that are possible
// contest it where they would come to another form.
func (p *Picture) commitment(filed []*Happening) reading {
	r := p.commitmentIf(filed, nil)
	for _, alt := range p.alternatives(filed) {
		if other := p.commitmentIf(alt.filed, alt.flipped); other.lead() != r.lead() {
			r.add(cmp.Or(other.lead(), any("unknown")), alt.reason, alt.by...)
		}
	}
	return r
}

// commitmentIf is the commitment where loose retractions are read as having come
// before what they are unordered with.
func (p *Picture) commitmentIf(filed []*Happening, flipped []*Happening) reading {
	left, gone := p.committed(filed, flipped)
	r := p.latest(left, formOf)
	if !r.known() && len(gone) > 0 {
		r.add("none", "", gone...)
	}
	return r
}

// committed splits what is filed into what stands, and what took the rest away.
func (p *Picture) committed(filed []*Happening, flipped []*Happening) (standing []*Happening, gone []*Account) {
	retractions := ofType[domain.CommitmentRetracted](filed)
	for _, h := range filed {
		taken := false
		for _, r := range retractions {
			if c, ok := r.Act().(domain.CommitmentRetracted); ok && r != h && takesForm(c, h) && p.reaches(c, r, h, flipped) {
				taken = true
				gone = append(gone, r.Lead)
			}
		}
		if !taken {
			standing = append(standing, h)
		}
	}
	return standing, gone
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
