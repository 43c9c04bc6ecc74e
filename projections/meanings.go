package projections

import (
	"slices"

	"parley/domain"
)

// textActs are the acts on a draft that retractions can mean which name no act.
type textActs struct {
	all   []*Happening
	begun map[post][]versionBegun // of two versions, those whose first act may have begun first
}

// versionBegun is the earliest bound of any act on a version.
type versionBegun struct {
	version  int
	earliest domain.Instant
}

func textActsOf(filed *pile) *textActs {
	t := &textActs{begun: map[post][]versionBegun{}}
	for at := filed; at != nil; at = at.before {
		h := at.last
		whats := rungTakers[rungOf(h.Act())]
		if len(whats) == 0 {
			continue
		}
		t.all = append(t.all, h)
		for _, what := range whats {
			for _, under := range postsOf(what, h.Lead.Actors) {
				t.begun[under] = firstTwo(t.begun[under], versionBegun{versionOf(h), h.Bounds.Earliest})
			}
		}
	}
	return t
}

// firstTwo takes an act in, and keeps the two versions that began first.
func firstTwo(in []versionBegun, v versionBegun) []versionBegun {
	if i := slices.IndexFunc(in, func(x versionBegun) bool { return x.version == v.version }); i >= 0 {
		in[i].earliest = min(in[i].earliest, v.earliest)
		return in
	}
	if len(in) < 2 {
		return append(in, v)
	}
	last := 0
	if in[1].earliest > in[0].earliest {
		last = 1
	}
	if v.earliest < in[last].earliest {
		in[last] = v
	}
	return in
}

// ambiguous tells whether a retraction names neither version nor act, and several
// versions have something that it can mean. One that takes back the draft as such
// means all of them.
func (q *inquiry) ambiguous(r *Happening) bool {
	c, _ := retraction(r)
	if len(c.Retracts) > 0 || c.What == domain.RetractedDraft || c.Draft == "" || versionOf(r) > 0 {
		return false
	}
	acts := q.acts[c.Draft]
	if acts == nil {
		acts = textActsOf(q.State.drafts.of(c.Draft))
		q.acts[c.Draft] = acts
	}
	if q.order.leads(r.group) {
		return q.meansSeveral(c, r, acts)
	}
	meant := versions{}
	for _, at := range sharing([]domain.RetractedMatter{c.What}, r.Lead.Actors) {
		for _, v := range acts.begun[at] {
			if v.earliest <= r.Bounds.Latest && meant.others(v.version) {
				return true
			}
		}
	}
	return false
}

// meansSeveral is ambiguous where acts are said to have come after the retraction.
func (q *inquiry) meansSeveral(c domain.CommitmentRetracted, r *Happening, acts *textActs) bool {
	meant := versions{}
	q.walk.after(r)
	return slices.ContainsFunc(acts.all, func(h *Happening) bool {
		return takesRung(c, rungOf(h.Act())) && shareActors(r.Lead, h.Lead) &&
			!r.Bounds.Precedes(h.Bounds) && !q.walk.met(h) && meant.others(versionOf(h))
	})
}

// versions are those that were come upon, as long as it is one.
type versions struct {
	any bool
	one int
}

// others takes a version in, and tells whether there is another than the first.
func (v *versions) others(version int) bool {
	if !v.any {
		v.any, v.one = true, version
	}
	return v.one != version
}
