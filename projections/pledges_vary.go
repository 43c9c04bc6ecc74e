package projections

import (
	"fmt"
	"slices"

	"parley/domain"
)

// variation is another reading of a cell: by what it differs from the first one.
type variation struct {
	took    int
	out, in []*pledge  // that tell a form, and do not stand, or do, other than in the first
	instead *Happening // that tells a form and stands, in the place of what is left out
	form    any        // that it tells
}

func (c *pledges) vary() *variation {
	c.turn++
	return &variation{took: c.took}
}

// leave lets something not stand.
func (c *pledges) leave(v *variation, s *pledge) {
	s.out = c.turn
	if s.form != nil {
		v.out = append(v.out, s)
	}
}

// free lets something stand that is taken back.
func (c *pledges) free(v *variation, s *pledge) {
	s.in = c.turn
	v.took--
	if s.form != nil {
		v.in = append(v.in, s)
	}
}

// stands tells whether something stands in the last variation.
func (c *pledges) stands(s *pledge) bool {
	return s.out != c.turn && (s.in == c.turn || !s.taken(none))
}

// without implements [rereading].
func (c *pledges) without(left []*Happening, instead *Happening) any {
	v, back := c.vary(), none
	for _, h := range left {
		s := c.by[h.group]
		if s.taken(none) {
			s.out = c.turn
			v.took--
		} else {
			c.leave(v, s)
		}
		if i, ok := c.place[h.group]; ok {
			if back != none { // together they may have taken what none of them took alone
				return c.reread(left, instead)
			}
			back = i
		}
	}
	for _, s := range c.only[back] {
		if s.out != c.turn && (instead == nil || !c.takesToo(instead, s)) {
			c.free(v, s)
		}
	}
	if instead != nil {
		if by, ok := retraction(instead); ok && c.takesMore(v, by, instead) {
			return c.rereadBy(by, instead, left, len(c.only[back]) == 0 && len(v.out) == 0)
		}
		if c.takers(instead, formTakers(instead)).taken(back) {
			v.took++
		} else if v.form = formToldBy(instead); v.form != nil {
			v.instead = instead
		}
	}
	if c.anyContrary || slices.ContainsFunc(v.out, func(s *pledge) bool { return c.order.led(s.group) }) {
		return c.reread(left, instead)
	}
	return c.tell(v)
}

// takesToo tells whether a retraction, if it is one, takes something back as well.
func (c *pledges) takesToo(by *Happening, s *pledge) bool {
	act, ok := retraction(by)
	return ok && takesForm(act, s.Happening) && c.takesBack(by, s.Happening)
}

// takesMore lets a retraction take back what it names and stands. It gives up on one
// that names no act and may take back something that stands.
func (c *pledges) takesMore(v *variation, act domain.CommitmentRetracted, by *Happening) bool {
	for _, h := range c.targets.named(act) {
		if s := c.by[h.group]; c.stands(s) {
			v.took++
			c.leave(v, s)
		}
	}
	return len(act.Retracts) == 0 && slices.ContainsFunc(c.pledgeTable().kinds, func(k class) bool {
		if !takesForm(act, k.one) || !shareActors(by.Lead, k.one.Lead) {
			return false
		}
		i := slices.IndexFunc(k.byEarliest, func(h *Happening) bool { return c.stands(c.by[h.group]) })
		return i >= 0 && k.byEarliest[i].Bounds.Earliest <= by.Bounds.Latest
	})
}

// reread reads what is filed anew, with some left out, and one in the place of the
// first of them.
func (c *pledges) reread(left []*Happening, instead *Happening) any {
	filed := c.filed
	if instead != nil {
		other := *instead
		other.Accounts = append([]*Account{other.Lead}, slices.DeleteFunc(slices.Clone(other.Accounts), func(a *Account) bool { return a == other.Lead })...)
		filed = slices.Clone(filed)
		filed[slices.Index(filed, left[0])] = &other
	}
	return c.pledges(leaving(filed, left)).lead()
}

// rereadBy is reread where another retraction takes back what stands. Where nothing
// else changes, what takes back the same things comes to the same.
func (c *pledges) rereadBy(act domain.CommitmentRetracted, instead *Happening, left []*Happening, alike bool) any {
	if !alike || formToldBy(instead) != nil || c.order.leads(instead.group) {
		return c.reread(left, instead)
	}
	key := fmt.Sprint(act.What, instead.Lead.Actors, instead.Bounds.Latest)
	form, ok := c.again[key]
	if !ok {
		form = c.reread(left, instead)
		if c.again == nil {
			c.again = map[string]any{}
		}
		c.again[key] = form
	}
	return form
}

// earlier implements [rereading].
func (c *pledges) earlier(r *Happening) any {
	v := c.vary()
	for _, s := range c.only[c.place[r.group]] {
		if !c.precedes(s.Happening, r) {
			c.free(v, s)
		}
	}
	if c.anyContrary {
		var standing []*Happening
		for _, s := range c.line {
			if c.stands(s) {
				standing = append(standing, s.Happening)
			}
		}
		return c.leadOf(standing, v.took)
	}
	return c.tell(v)
}

// allEarlier implements [rereading].
func (c *pledges) allEarlier() any {
	var standing []*Happening
	for _, s := range c.line {
		if len(s.named) == 0 && (s.one == none || !c.surely(s.Happening, formTakers(s.Happening))) {
			standing = append(standing, s.Happening)
		}
	}
	return c.leadOf(standing, len(c.line)-len(standing))
}
