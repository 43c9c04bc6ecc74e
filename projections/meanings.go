package projections

import (
	"cmp"
	"slices"
	"sort"

	"parley/domain"
)

// textActs are the acts on a draft that a retraction can mean which names no act, by
// version.
type textActs struct{ *roster }

func textActsOf(filed *pile) textActs {
	var all []*Happening
	for at := filed; at != nil; at = at.before {
		if rungOf(at.last.Act()) > 1 {
			all = append(all, at.last)
		}
	}
	slices.SortStableFunc(all, func(a, b *Happening) int { return cmp.Compare(versionOf(a), versionOf(b)) })
	t := textActs{newRoster(all)}
	for i, h := range all {
		for _, what := range rungTakers[rungOf(h.Act())] {
			for _, at := range postsOf(what, h.Lead.Actors) {
				t.enter(i, at)
			}
		}
	}
	t.settle(backwards)
	return t
}

// ambiguous tells whether a retraction names neither version nor act, and several
// versions have something that it can mean. One that takes back the draft as such
// means all of them.
func (q *inquiry) ambiguous(r *Happening) bool {
	c, _ := retraction(r)
	if len(c.Retracts) > 0 || c.What == domain.RetractedDraft || c.Draft == "" || versionOf(r) > 0 {
		return false
	}
	acts, ok := q.acts[c.Draft]
	if !ok {
		acts = textActsOf(q.State.drafts.of(c.Draft))
		q.acts[c.Draft] = acts
	}
	q.walk.after(r)
	var meant versions
	return slices.ContainsFunc(sharing([]domain.RetractedMatter{c.What}, r.Lead.Actors), func(at post) bool {
		return acts.several(acts.rolls[at], r, q.walk, &meant)
	})
}

// several tells whether a retraction, after which one has walked, can mean acts on other
// versions than one, with those that were come upon before.
func (t textActs) several(l *roll, r *Happening, after *walk, meant *versions) bool {
	if l == nil {
		return false
	}
	least := ^r.Bounds.Latest // see backwards
	for i := l.next(0, least); i < len(l.places); {
		h := t.all[l.places[i]]
		if after.met(h) {
			i = l.next(i+1, least)
			continue
		}
		version := versionOf(h)
		if meant.others(version) {
			return true
		}
		next := sort.Search(len(l.places), func(i int) bool { return versionOf(t.all[l.places[i]]) > version })
		i = l.next(next, least)
	}
	return false
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
