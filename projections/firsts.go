package projections

import (
	"slices"

	"parley/domain"
)

// Firsts tells of the happenings of a continuation that the base has not: which of
// them come first, and when.
type Firsts struct {
	Agreement    First // somebody confirms, initials, signs or ratifies a text
	Retraction   First // something is taken back
	CeasefireEnd First // a ceasefire is declared ended or suspended
}

// First is whether something happens, and by when it has.
type First struct {
	Happens bool
	By      domain.Instant // the least of the latest bounds; domain.Future where none has any
}

// agreedRung is the lowest rung that somebody agrees to.
var agreedRung = slices.Index(rungs, "verbally-confirmed")

// firstsOf are the kinds of [Firsts] that acts are of.
var firstsOf = []struct {
	of func(*Firsts) *First
	is func(domain.Act) bool
}{
	{func(f *Firsts) *First { return &f.Agreement }, func(a domain.Act) bool { return rungOf(a) >= agreedRung }},
	{func(f *Firsts) *First { return &f.Retraction }, func(a domain.Act) bool { _, ok := a.(domain.CommitmentRetracted); return ok }},
	{func(f *Firsts) *First { return &f.CeasefireEnd }, func(a domain.Act) bool {
		c, ok := a.(domain.CeasefireStatusDeclared)
		return ok && (c.Status == "ended" || c.Status == "suspended")
	}},
}

// firsts finds them among the happenings that a base and its continuation come to. One
// that has an account of the base is new only where the base did not take it for one
// of the kind.
func (b *Base) firsts(hs []*Happening) (out Firsts) {
	for _, h := range hs {
		if !h.Moves() {
			continue
		}
		for _, kind := range firstsOf {
			if !kind.is(h.Act()) || b.had(h, kind.is) {
				continue
			}
			f := kind.of(&out)
			if !f.Happens || h.Bounds.Latest < f.By {
				*f = First{true, h.Bounds.Latest}
			}
		}
	}
	return out
}

// had tells whether the base has a happening of a kind that shares an account with
// this one.
func (b *Base) had(h *Happening, is func(domain.Act) bool) bool {
	return slices.ContainsFunc(h.Accounts, func(a *Account) bool {
		known, ok := b.pic.links.index[a.ID]
		if !ok {
			return false
		}
		was := b.happenings[known.group]
		return was != nil && was.Moves() && is(was.Act())
	})
}
