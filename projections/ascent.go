package projections

import (
	"slices"

	"parley/domain"
)

// ascent is the ladder of one version, of all parties or of one, as what is filed has
// it: what each act reached, what is left of it, and who took the rest.
type ascent struct {
	climber
	*recall

	filed []*Happening
	line  []*step
	steps map[int]*step   // by group
	only  map[int][]*step // by the place of a retraction: what it alone takes back
	base  heights
	count tally
	keeps [topRung + 1][]class // what nothing takes back, by rung, once it was asked for
	turn  int
}

// step is an act that reached a rung.
type step struct {
	*Happening
	taking

	rung int
	out  int // the last turn in which it was left out
}

// heights are the highest rung reached, and the highest that stands.
type heights struct{ top, stand int }

// tally counts acts by the rung that they reached, and by what is left of it.
type tally struct{ reached, left [topRung + 1]int }

func (t *tally) add(rung int, taken bool, n int) {
	t.reached[rung] += n
	t.left[leftOf(rung, taken)] += n
}

// leftOf is the rung that is left: what was taken back stays tabled.
func leftOf(rung int, taken bool) int {
	if taken {
		return min(rung, 1)
	}
	return rung
}

func (t *tally) heights() heights { return heights{highestOf(t.reached), highestOf(t.left)} }

func highestOf(counts [topRung + 1]int) int {
	for rung := topRung; rung > 0; rung-- {
		if counts[rung] > 0 {
			return rung
		}
	}
	return 0
}

// climb reads what is filed. Each happening is read by its leading account.
func (q *inquiry) climb(c climber, filed []*Happening) *ascent {
	a := &ascent{climber: c, filed: filed, steps: map[int]*step{}, only: map[int][]*step{}}
	var retractions []*Happening
	for _, h := range filed {
		if !c.concerns(h) {
			continue
		}
		if rung := rungOf(h.Lead.Act); rung > 0 {
			s := &step{Happening: h, rung: rung}
			a.steps[h.group], a.line = s, append(a.line, s)
		} else if _, ok := retraction(h); ok {
			retractions = append(retractions, h)
		}
	}
	a.recall = q.recalls(retractions, q.targetsAmong(filed))
	for _, s := range a.line {
		s.taking = a.takers(s.Happening, rungTakers[s.rung])
		a.count.add(s.rung, s.taken(none), 1)
		if by := s.only(); by != none {
			a.only[by] = append(a.only[by], s)
		}
	}
	a.base = a.count.heights()
	return a
}

// reading tells what was reached and what stands, and by whose account.
func (a *ascent) reading() (reached, stands reading) {
	var topBy, standBy, gone []*Account
	for _, s := range a.line {
		if s.rung == a.base.top {
			topBy = append(topBy, s.Lead)
		}
		if leftOf(s.rung, s.taken(none)) == a.base.stand {
			standBy = append(standBy, s.Lead)
		}
		// What is tabled can be taken back by name alone.
		if s.one != none && (len(s.named) == 0 || s.one < s.named[0]) {
			gone = append(gone, a.all[s.one].Lead)
		}
		for _, i := range s.named {
			gone = append(gone, a.all[i].Lead)
		}
	}
	if a.base.stand < a.base.top {
		standBy = append(standBy, gone...)
	}
	reached.add(rungs[a.base.top], "", topBy...)
	stands.add(rungs[a.base.stand], "", standBy...)
	return reached, stands
}

// without implements [rereading].
func (a *ascent) without(left []*Happening, instead *Happening) heights {
	a.turn++
	t, back := a.count, none
	for _, h := range left {
		if s := a.steps[h.group]; s != nil {
			s.out = a.turn
			t.add(s.rung, s.taken(none), -1)
		} else if i, ok := a.place[h.group]; ok {
			if back != none { // together they may have taken what none of them took alone
				return a.climb(a.climber, leaving(a.filed, left)).base
			}
			back = i
		}
	}
	var freed []*step
	for _, s := range a.only[back] {
		if s.out != a.turn {
			freed = append(freed, s)
			t.left[leftOf(s.rung, true)]--
			t.left[s.rung]++
		}
	}
	if instead == nil || !a.concerns(instead) {
		return t.heights()
	}
	if rung := rungOf(instead.Lead.Act); rung > 0 {
		t.add(rung, a.takers(instead, rungTakers[rung]).taken(back), 1)
	} else if act, ok := retraction(instead); ok && len(act.Retracts) > 0 {
		a.takeNamed(&t, act, back)
	} else if ok {
		a.take(&t, act, instead, freed)
	}
	return t.heights()
}

// leaving is what is filed but for some of it.
func leaving(filed, left []*Happening) []*Happening {
	out := make(map[*Happening]bool, len(left))
	for _, h := range left {
		out[h] = true
	}
	return slices.DeleteFunc(slices.Clone(filed), func(h *Happening) bool { return out[h] })
}

// takeNamed counts what else a retraction takes back that names it, where another one
// is left out.
func (a *ascent) takeNamed(t *tally, act domain.CommitmentRetracted, back int) {
	for _, h := range a.targets.named(act) {
		s := a.steps[h.group]
		if s != nil && s.out != a.turn && !s.taken(back) {
			t.left[s.rung]--
			t.left[leftOf(s.rung, true)]++
		}
	}
}

// take counts what is left where one more retraction takes back what it can, as far as
// it matters for what is highest. freed is what stands because another one is left out.
func (a *ascent) take(t *tally, act domain.CommitmentRetracted, by *Happening, freed []*step) {
	for rung := topRung; rung > 1; rung-- {
		if t.left[rung] == 0 {
			continue
		}
		if !takesRung(act, rung) || a.outlasts(by, rung, freed) {
			return
		}
		t.left[1] += t.left[rung]
		t.left[rung] = 0
	}
}

// outlasts tells whether something at a rung that nothing takes back is not taken back
// by one more retraction either.
func (a *ascent) outlasts(by *Happening, rung int, freed []*step) bool {
	if slices.ContainsFunc(freed, func(s *step) bool { return s.rung == rung && !a.takesBack(by, s.Happening) }) {
		return true
	}
	if a.keeps[rung] == nil {
		var kept []*Happening
		for _, s := range a.line {
			if s.rung == rung && !s.taken(none) {
				kept = append(kept, s.Happening)
			}
		}
		a.keeps[rung] = classes(kept, func(*Happening) string { return "" })
	}
	return slices.ContainsFunc(a.keeps[rung], func(c class) bool { return a.classOutlasts(by, c) })
}

// classOutlasts tells whether any of a class is not taken back by a retraction.
func (a *ascent) classOutlasts(by *Happening, c class) bool {
	follows := !shareActors(by.Lead, c.one.Lead)
	for _, h := range slices.Backward(c.byEarliest) {
		switch {
		case a.steps[h.group].out == a.turn:
		case follows || by.Bounds.Precedes(h.Bounds):
			return true
		case !a.order.leads(by.group):
			return false // nor do those that began before it
		case a.precedes(by, h):
			return true
		}
	}
	return false
}

// earlier implements [rereading].
func (a *ascent) earlier(r *Happening) heights {
	out := a.base
	i, ok := a.place[r.group]
	if !ok {
		return out
	}
	for _, s := range a.only[i] {
		if s.rung > out.stand && !a.precedes(s.Happening, r) {
			out.stand = s.rung
		}
	}
	return out
}

// allEarlier implements [rereading].
func (a *ascent) allEarlier() heights {
	out := heights{top: a.base.top}
	for _, s := range a.line {
		if rung := leftOf(s.rung, true); rung > out.stand {
			out.stand = rung
		}
		if s.rung > out.stand && len(s.named) == 0 && (s.one == none || !a.surely(s.Happening, rungTakers[s.rung])) {
			out.stand = s.rung
		}
	}
	return out
}
