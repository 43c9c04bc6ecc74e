package projections

import (
	"slices"

	"parley/domain"

	"github.com/google/uuid"
)

// matters is all that can be taken back.
var matters = []domain.RetractedMatter{
	domain.RetractedConfirmation, domain.RetractedDraft, domain.RetractedSignature, domain.RetractedAssurance,
}

// mattersWhere lists what a retraction that names no act has to take back so that it
// takes something.
func mattersWhere(takes func(domain.CommitmentRetracted) bool) (out []domain.RetractedMatter) {
	for _, m := range matters {
		if takes(domain.CommitmentRetracted{What: m}) {
			out = append(out, m)
		}
	}
	return out
}

// retraction is what a happening takes back, as its leading account has it.
func retraction(h *Happening) (act domain.CommitmentRetracted, ok bool) {
	act, ok = h.Lead.Act.(domain.CommitmentRetracted)
	return act, ok
}

// takesUnnamed tells whether a happening takes something back without naming it.
func takesUnnamed(h *Happening) bool {
	act, ok := retraction(h)
	return ok && len(act.Retracts) == 0
}

// targets finds the happenings that retractions name, as [Picture.names] has it.
type targets struct {
	of      *Picture
	byID    map[uuid.UUID][]*Happening
	byGroup map[int]*Happening
}

// targetsAmong finds them among some. It is made only where something is named.
func (p *Picture) targetsAmong(filed []*Happening) *targets {
	t := &targets{of: p}
	if !slices.ContainsFunc(filed, func(h *Happening) bool {
		return slices.ContainsFunc(h.Accounts, func(a *Account) bool {
			act, ok := a.Act.(domain.CommitmentRetracted)
			return ok && len(act.Retracts) > 0
		})
	}) {
		return t
	}
	t.byID, t.byGroup = map[uuid.UUID][]*Happening{}, make(map[int]*Happening, len(filed))
	for _, h := range filed {
		t.byGroup[h.group] = h
		for _, of := range [][]*Account{h.Accounts, h.Denials, h.Plans} {
			for _, a := range of {
				t.byID[a.ID] = append(t.byID[a.ID], h)
			}
		}
	}
	return t
}

// named lists what a retraction names, each once.
func (t *targets) named(act domain.CommitmentRetracted) (out []*Happening) {
	for _, ref := range act.Retracts {
		id := ref.Resolve(t.of.Negotiation)
		found := t.byID[id]
		if a, ok := t.of.links.account(id); ok && t.byGroup[a.group] != nil {
			found = append(found[:len(found):len(found)], t.byGroup[a.group])
		}
		for _, h := range found {
			if !slices.Contains(out, h) {
				out = append(out, h)
			}
		}
	}
	return out
}

// recall holds retractions, and finds those that take back an act.
type recall struct {
	*inquiry
	*roster // of all; those that name no act have posts

	targets  *targets
	namers   map[int][]int           // by group of what is named: who names it, in line
	begun    map[post]domain.Instant // the latest of the earliest bounds
	place    map[int]int             // by group
	contrary bool                    // some that name no act end before they begin
}

// recalls prepares retractions, which are in line.
func (q *inquiry) recalls(retractions []*Happening, t *targets) *recall {
	r := &recall{
		inquiry: q, roster: newRoster(retractions), targets: t,
		namers: map[int][]int{}, begun: map[post]domain.Instant{}, place: make(map[int]int, len(retractions)),
	}
	for i, h := range retractions {
		r.place[h.group] = i
		act, _ := retraction(h)
		if len(act.Retracts) > 0 {
			for _, x := range t.named(act) {
				if x.group != h.group {
					r.namers[x.group] = append(r.namers[x.group], i)
				}
			}
			continue
		}
		r.contrary = r.contrary || isContrary(h)
		for _, at := range postsOf(act.What, h.Lead.Actors) {
			r.enter(i, at)
			if was, ok := r.begun[at]; !ok || h.Bounds.Earliest > was {
				r.begun[at] = h.Bounds.Earliest
			}
		}
	}
	r.settle(func(h *Happening) domain.Instant { return h.Bounds.Latest })
	return r
}

// isContrary tells whether the bounds of a happening exclude each other, as where a clock
// contradicts a date.
func isContrary(h *Happening) bool { return h.Bounds.Latest < h.Bounds.Earliest }

// taking is who takes back an act: all that name it, and the first two that do not, by
// their places among the retractions.
type taking struct {
	named      []int
	one, other int
}

// takers finds who takes back an act, which retractions of these matters take that name
// no act.
func (r *recall) takers(h *Happening, whats []domain.RetractedMatter) taking {
	t := taking{named: r.namers[h.group], one: none, other: none}
	if len(whats) > 0 {
		r.walk.before(h)
		t.one, t.other = r.first(sharing(whats, h.Lead.Actors), h.Bounds.Earliest, r.walk.met)
	}
	return t
}

// taken tells whether anybody takes it back, besides one.
func (t taking) taken(besides int) bool {
	return t.one != none && t.one != besides || t.other != none ||
		slices.ContainsFunc(t.named, func(i int) bool { return i != besides })
}

// only is the one that alone takes it back, or none.
func (t taking) only() int {
	switch {
	case len(t.named) == 1 && t.one == none:
		return t.named[0]
	case len(t.named) == 0 && t.other == none:
		return t.one
	}
	return none
}

// precedes is [Picture.Precedes].
func (r *recall) precedes(a, b *Happening) bool {
	if a.Bounds.Precedes(b.Bounds) {
		return true
	}
	r.walk.after(a)
	return r.walk.met(b)
}

// surely tells whether one that names no act takes an act back and certainly comes
// after it.
func (r *recall) surely(h *Happening, whats []domain.RetractedMatter) bool {
	does := func(by *Happening) bool {
		act, _ := retraction(by)
		return len(act.Retracts) == 0 && slices.Contains(whats, act.What) && shareActors(by.Lead, h.Lead)
	}
	if r.contrary || isContrary(h) { // what follows can then precede as well
		return slices.ContainsFunc(r.all, func(by *Happening) bool { return does(by) && !r.precedes(by, h) && r.precedes(h, by) })
	}
	if slices.ContainsFunc(sharing(whats, h.Lead.Actors), func(at post) bool {
		begun, ok := r.begun[at]
		return ok && h.Bounds.Latest < begun
	}) {
		return true
	}
	r.walk.after(h)
	return slices.ContainsFunc(r.walk.came, func(g int) bool {
		i, ok := r.place[g]
		return ok && does(r.all[i])
	})
}

// takesBack tells whether a retraction takes back an act of a sort that it takes.
func (r *recall) takesBack(by, h *Happening) bool {
	act, _ := retraction(by)
	if len(act.Retracts) > 0 {
		return by.group != h.group && r.names(act, h)
	}
	return shareActors(by.Lead, h.Lead) && !r.precedes(by, h)
}
