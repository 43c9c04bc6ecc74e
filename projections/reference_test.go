package projections

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"parley/domain"
)

// reference reads ladders and cells in the plainest way: it goes through all that is
// filed for each act, and reads all of it again for each other way to read it.
type reference struct{ *Picture }

func (p reference) ladder(n *Node, filed []*Happening, version int, party domain.ActorID) {
	climb := plainClimber{p, version, party}
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

// alternative is one other way to read what is filed. What is flipped is read as having
// come before what it is unordered with.
type alternative struct {
	filed   []*Happening
	flipped []*Happening // retractions that are read as having come before what they are unordered with
	by      []*Account
	reason  Reason
}

func (p reference) alternatives(filed []*Happening) []alternative {
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

func (p reference) looseRetractions(filed []*Happening) []*Happening {
	var out []*Happening
	for _, r := range ofType[domain.CommitmentRetracted](filed) {
		c, _ := r.Act().(domain.CommitmentRetracted)
		if len(c.Retracts) == 0 && slices.ContainsFunc(filed, func(h *Happening) bool { return p.Unordered(r, h) }) {
			out = append(out, r)
		}
	}
	return out
}

func (p reference) ambiguous(r *Happening) bool {
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

// plainClimber reads the ladder of one version.
type plainClimber struct {
	reference

	version int
	party   domain.ActorID
}

func (c plainClimber) read(filed, flipped []*Happening) (reached, stands reading) {
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

func (c plainClimber) left(h *Happening, rung int, retractions, flipped []*Happening) (int, []*Account) {
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

func (c plainClimber) concerns(h *Happening) bool {
	v := identityOf(h.Lead.Act).version
	if v == 0 {
		v = versionOf(h)
	}
	return agree(v, c.version) && (c.party == "" || slices.Contains(h.Lead.Actors, c.party))
}

func (p reference) reaches(c domain.CommitmentRetracted, r, h *Happening, flipped []*Happening) bool {
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

func (p reference) commitment(filed []*Happening) reading {
	r := p.commitmentIf(filed, nil)
	for _, alt := range p.alternatives(filed) {
		if other := p.commitmentIf(alt.filed, alt.flipped); other.lead() != r.lead() {
			r.add(cmp.Or(other.lead(), any("unknown")), alt.reason, alt.by...)
		}
	}
	return r
}

func (p reference) commitmentIf(filed []*Happening, flipped []*Happening) reading {
	left, gone := p.committed(filed, flipped)
	r := p.latest(left, formOf)
	if !r.known() && len(gone) > 0 {
		r.add("none", "", gone...)
	}
	return r
}

func (p reference) committed(filed []*Happening, flipped []*Happening) (standing []*Happening, gone []*Account) {
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

func (p reference) versions(filed []*Happening) map[int][]*Happening {
	out := map[int][]*Happening{}
	var loose []*Happening
	for _, h := range filed {
		named := map[int]bool{}
		for _, a := range h.Accounts {
			for _, v := range p.versionsOf(a, filed) {
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

func (p reference) versionsOf(a *Account, filed []*Happening) []int {
	if v := identityOf(a.Act).version; v > 0 {
		return []int{v}
	}
	c, ok := a.Act.(domain.CommitmentRetracted)
	if !ok {
		return nil
	}
	var out []int
	for _, h := range filed {
		if !p.names(c, h) {
			continue
		}
		for _, x := range h.Accounts {
			if v := identityOf(x.Act).version; v > 0 && !slices.Contains(out, v) {
				out = append(out, v)
			}
		}
	}
	return out
}

func (p reference) cells() map[cellID][]*Happening {
	out := maps.Collect(inTurn(p.Picture, p.State.positions))
	for _, filed := range inTurn(p.Picture, p.State.drafts) {
		for _, h := range filed {
			for _, a := range h.Accounts {
				if !movesDraft(a.Act) {
					continue
				}
				for _, party := range a.Actors {
					for _, issue := range issuesSettled(filed) {
						if c := cellOf(party, issue); !slices.Contains(out[c], h) {
							out[c] = append(out[c], h)
						}
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

func (p reference) retractionAnomalies() []Anomaly {
	var out []Anomaly
	for id, filed := range inTurn(p.Picture, p.State.drafts) {
		for _, r := range ofType[domain.CommitmentRetracted](filed) {
			c, _ := r.Act().(domain.CommitmentRetracted)
			given := slices.ContainsFunc(filed, func(h *Happening) bool {
				rung := rungOf(h.Act())
				return rung > 0 && agree(versionOf(h), versionOf(r)) && takesRung(c, rung) && p.reaches(c, r, h, nil)
			})
			if !given {
				out = append(out, Anomaly{
					Kind: UnconfirmedRetraction, By: slices.Clone(r.Accounts),
					Detail: fmt.Sprintf("%s takes back of %s what no event of the view gave", r.Name(), id),
				})
			}
		}
	}
	return out
}
