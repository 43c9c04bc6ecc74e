package projections

import (
	"cmp"
	"slices"

	"parley/domain"
)

// pledges are what is filed under a cell, as it tells how a party stands committed:
// what each act gives, and who takes it back.
type pledges struct {
	*recall

	filed       []*Happening
	line        []*pledge
	by          map[int]*pledge   // by group
	only        map[int][]*pledge // by the place of a retraction: what it alone takes back
	took        int               // how many acts are taken back
	anyContrary bool              // something ends before it begins
	table       *pledgeTable      // once it is asked for
	again       map[string]any    // what was read again, see reread
	turn        int
}

// pledge is something that is filed under a cell.
type pledge struct {
	*Happening
	taking

	form    any  // nil where it tells none
	out, in int  // the last readings in which it does not stand, and in which it does, other than here
	weight  int  // its place by weight among those that tell a form
	late    int  // the same by latest bound, the last first
	shown   bool // it stands, and nothing that stands is said to have come after it
}

func (q *inquiry) pledges(filed []*Happening) *pledges {
	c := &pledges{filed: filed, by: make(map[int]*pledge, len(filed)), only: map[int][]*pledge{}}
	c.recall = q.recalls(ofType[domain.CommitmentRetracted](filed), q.targetsAmong(filed))
	for _, h := range filed {
		s := &pledge{Happening: h, taking: c.takers(h, formTakers(h)), form: formToldBy(h)}
		c.by[h.group], c.line = s, append(c.line, s)
		c.anyContrary = c.anyContrary || isContrary(h)
		if s.taken(none) {
			c.took++
		}
		if by := s.only(); by != none {
			c.only[by] = append(c.only[by], s)
		}
	}
	return c
}

// formToldBy is the form that the leading account gives, else the first that gives one.
func formToldBy(h *Happening) any {
	if v, ok := formOf(h.Lead); ok {
		return v
	}
	for _, a := range h.Accounts {
		if v, ok := formOf(a); ok {
			return v
		}
	}
	return nil
}

// standing lists what nobody takes back.
func (c *pledges) standing() (out []*Happening) {
	for _, s := range c.line {
		if !s.taken(none) {
			out = append(out, s.Happening)
		}
	}
	return out
}

// reading is the commitment, and on whose account.
func (c *pledges) reading() reading {
	r := c.latest(c.standing(), formOf)
	if !r.known() && c.took > 0 {
		r.add("none", "", c.gone()...)
	}
	return r
}

// lead is the leading value of the reading.
func (c *pledges) lead() any { return c.leadOf(c.standing(), c.took) }

func (c *pledges) leadOf(standing []*Happening, took int) any {
	r := c.latest(standing, formOf)
	if !r.known() && took > 0 {
		return "none"
	}
	return r.lead()
}

// gone lists the accounts that take something back, in the order of what is the first
// thing that each does.
func (c *pledges) gone() (out []*Account) {
	acts := newRoster(c.filed)
	places := make(map[*Happening]int, len(c.filed))
	for i, h := range c.filed {
		places[h] = i
		for _, what := range formTakers(h) {
			for _, at := range postsOf(what, h.Lead.Actors) {
				acts.enter(i, at)
			}
		}
	}
	acts.settle(backwards)
	var takes []placedTaker
	for _, by := range c.all {
		first := none
		act, _ := retraction(by)
		for _, h := range c.targets.named(act) {
			if i := places[h]; h != by && (first == none || i < first) {
				first = i
			}
		}
		if len(act.Retracts) == 0 {
			c.walk.after(by)
			first, _ = acts.first(sharing([]domain.RetractedMatter{act.What}, by.Lead.Actors), ^by.Bounds.Latest, c.walk.met)
		}
		if first != none {
			takes = append(takes, placedTaker{first, by.Lead})
		}
	}
	slices.SortStableFunc(takes, func(a, b placedTaker) int { return cmp.Compare(a.first, b.first) })
	for _, t := range takes {
		out = append(out, t.by)
	}
	return out
}

// placedTaker takes back an act at a place in line, and none before it.
type placedTaker struct {
	first int
	by    *Account
}
