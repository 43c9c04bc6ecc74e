package projections

import (
	"cmp"
	"slices"
	"strings"

	"parley/domain"
)

// trail holds happenings so that those which nothing else certainly follows are found
// without going through all of them.
type trail struct {
	byEarliest []*Happening // that can have begun last at the end
	byLatest   []*Happening // that can have ended last first
}

func newTrail(hs []*Happening) trail {
	t := trail{slices.Clone(hs), slices.Clone(hs)}
	slices.SortStableFunc(t.byEarliest, func(a, b *Happening) int { return cmp.Compare(a.Bounds.Earliest, b.Bounds.Earliest) })
	slices.SortStableFunc(t.byLatest, func(a, b *Happening) int { return cmp.Compare(b.Bounds.Latest, a.Bounds.Latest) })
	return t
}

// trailOf is the trail of those happenings that tell a value.
func trailOf(hs []*Happening, get func(*Account) (any, bool)) trail {
	return newTrail(slices.DeleteFunc(slices.Clone(hs), func(h *Happening) bool { return !told(h, get).known() }))
}

// removal is what a continuation takes out of a trail: what it names, and all that
// does not certainly come after a moment.
type removal struct {
	named map[int]*Happening // by group
	cuts  bool
	until domain.Instant
}

func (r removal) takes(h *Happening) bool {
	return r.cuts && h.Bounds.Earliest <= r.until || r.named[h.group] != nil
}

// takesAny tells whether the moment takes anything out of a trail.
func (r removal) takesAny(t trail) bool {
	return r.cuts && len(t.byEarliest) > 0 && t.byEarliest[0].Bounds.Earliest <= r.until
}

// last is one of those that are left whose earliest bound is the latest, nil where
// nothing is left.
func (t trail) last(r removal) *Happening {
	for _, h := range slices.Backward(t.byEarliest) {
		if r.named[h.group] == nil {
			if r.takes(h) {
				return nil // and all that began before it
			}
			return h
		}
	}
	return nil
}

// reaching lists those that are left and may have gone on until a moment.
func (t trail) reaching(at domain.Instant, r removal) (out []*Happening) {
	for _, h := range t.byLatest {
		if h.Bounds.Latest < at {
			break
		}
		if !r.takes(h) {
			out = append(out, h)
		}
	}
	return out
}

// remnant is what a continuation leaves of a trail.
type remnant struct {
	trail
	removal
}

// latestOf is [Picture.latest] of what is left of some trails, whose happenings all
// tell the value, and of new happenings.
func (p *Picture) latestOf(before []remnant, own []*Happening, get func(*Account) (any, bool)) reading {
	begun := domain.Past
	for _, r := range before {
		if h := r.last(r.removal); h != nil {
			begun = max(begun, h.Bounds.Earliest)
		}
	}
	var may []*Happening // be the latest
	for _, h := range own {
		if told(h, get).known() {
			may, begun = append(may, h), max(begun, h.Bounds.Earliest)
		}
	}
	for _, r := range before {
		may = append(may, r.reaching(begun, r.removal)...)
	}
	return p.latest(inLine(may), get)
}

// class holds happenings that a retraction which names no act takes back alike,
// whichever of them they are: of one sort, by the same actors.
type class struct {
	one *Happening
	trail
}

// classes sorts happenings into classes. sort tells apart what retractions do.
func classes(hs []*Happening, sort func(*Happening) string) []class {
	at := map[string]int{}
	var lists [][]*Happening
	for _, h := range hs {
		var name strings.Builder
		name.WriteString(sort(h))
		for _, a := range h.Lead.Actors {
			name.WriteString("|" + string(a))
		}
		i, ok := at[name.String()]
		if !ok {
			i = len(lists)
			at[name.String()], lists = i, append(lists, nil)
		}
		lists[i] = append(lists[i], h)
	}
	out := make([]class, len(lists))
	for i, list := range lists {
		out[i] = class{list[0], newTrail(list)}
	}
	return out
}

// removalFrom is what retractions of a continuation take from a class. takes tells
// whether one is of the sort that takes back such acts.
func (c class) removalFrom(retractions []*Happening, named map[int]*Happening, takes func(domain.CommitmentRetracted) bool) removal {
	r := removal{named: named}
	for _, by := range retractions {
		act, ok := by.Act().(domain.CommitmentRetracted)
		if !ok || len(act.Retracts) > 0 || !takes(act) || !shareActors(by.Lead, c.one.Lead) {
			continue
		}
		if !r.cuts || by.Bounds.Latest > r.until {
			r.cuts, r.until = true, by.Bounds.Latest
		}
	}
	return r
}

// takers are retractions that a view holds, of each class the one that may have come
// last: what it does not take back, none of its class does.
type takers []*Happening

func takersOf(retractions []*Happening) (out takers) {
	unnamed := slices.DeleteFunc(slices.Clone(retractions), func(h *Happening) bool {
		act, ok := h.Act().(domain.CommitmentRetracted)
		return !ok || len(act.Retracts) > 0
	})
	for _, c := range classes(unnamed, func(h *Happening) string {
		act, _ := h.Act().(domain.CommitmentRetracted)
		return string(act.What)
	}) {
		out = append(out, c.byLatest[0])
	}
	return out
}

// take tells whether one of them takes back a new happening.
func (ts takers) take(h *Happening, takes func(domain.CommitmentRetracted) bool) bool {
	return slices.ContainsFunc(ts, func(r *Happening) bool {
		act, ok := r.Act().(domain.CommitmentRetracted)
		return ok && takes(act) && shareActors(r.Lead, h.Lead) && !r.Bounds.Precedes(h.Bounds)
	})
}
