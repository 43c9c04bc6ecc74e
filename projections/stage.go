package projections

import (
	"cmp"
	"slices"

	"parley/domain"
)

// stride is how many happenings lie between two checkpoints.
const stride = 8

// stage is a view without an as-of cut, prepared for such cuts.
type stage struct {
	base     *Picture
	arrivals []arrival        // in the order in which a rising cut admits them whole
	states   []State          // states[i] holds the first i*stride arrivals
	parted   []arrival        // that a cut can admit in part
	whole    []domain.Instant // by group: the first cut that admits all of it
	denials  bool             // somebody denies what others tell: a cut may change what
	asked    int
}

// arrival is a happening with the cuts that admit it.
type arrival struct {
	*Happening
	begun, whole domain.Instant // the first cut that admits some, and all, of its accounts
}

func newStage(p *Picture) *stage {
	s := &stage{base: p, whole: make([]domain.Instant, p.links.groups)}
	for _, h := range p.Happenings {
		a := s.arrival(h)
		s.whole[h.group] = a.whole
		s.arrivals = append(s.arrivals, a)
		if a.begun != a.whole {
			s.parted = append(s.parted, a)
		}
		s.denials = s.denials || len(h.Denials) > 0
	}
	slices.SortFunc(s.arrivals, byArrival)
	s.checkpoint(0, State{})
	p.descent = &descent{}
	return s
}

func byArrival(a, b arrival) int {
	return cmp.Or(cmp.Compare(a.whole, b.whole), cmp.Compare(a.rank, b.rank))
}

// checkpoint makes the states from the n-th on, going on from the state before.
func (s *stage) checkpoint(n int, from State) {
	s.states = append(s.states[:n:n], from)
	state := from
	for i := n * stride; i < len(s.arrivals); i++ {
		state = Evolve(state, s.arrivals[i].Happening)
		if (i+1)%stride == 0 {
			s.states = append(s.states, state)
		}
	}
}

func (s *stage) arrival(h *Happening) arrival {
	a := arrival{Happening: h, begun: domain.Future, whole: domain.Past}
	for _, x := range h.everyone() {
		at := s.instant(x)
		a.begun, a.whole = min(a.begun, at), max(a.whole, at)
	}
	return a
}

// instant is the first cut that admits an account.
func (s *stage) instant(a *Account) domain.Instant {
	if a.free {
		return domain.Past
	}
	if s.base.View.Possibly {
		return a.Occurred.Earliest
	}
	return a.Occurred.Latest
}

// cut makes an as-of view from the nearest checkpoint. It gives up where the cut
// changes more than which happenings are seen: in a view with denials, and where
// it leaves some accounts of a happening whose date then differs.
func (s *stage) cut(v View) (p *Picture, ok bool, err error) {
	if s.denials {
		return nil, false, nil
	}
	var c cutting
	if v.AsOf.Key != "" {
		if v.Possibly {
			return nil, false, nil
		}
		if c, err = s.cuttingAtKey(v.AsOf.Key); err != nil {
			return nil, false, err
		}
	} else {
		c = s.cuttingAt(v.AsOf.At(s.base.Registry.Zone()))
	}
	extra, ok := s.partly(c)
	if !ok {
		return nil, false, nil
	}
	return s.assemble(v, c, extra), true, nil
}

// cutting tells what an as-of cut admits.
type cutting struct {
	until     domain.Instant // everything that the cut at this instant admits,
	groups    map[int]bool   // and these groups
	straddles func(*Account) bool
}

func (c cutting) admits(s *stage, a *Account) bool {
	return s.instant(a) <= c.until || c.groups[a.group]
}

func (s *stage) cuttingAt(at domain.Instant) cutting {
	return cutting{until: at, straddles: func(a *Account) bool {
		return !a.free && a.Occurred.Latest > at && a.Occurred.Earliest <= at
	}}
}

// cuttingAtKey admits what ends before the happening of a key begins, what it is
// said to have followed, and itself.
func (s *stage) cuttingAtKey(key string) (cutting, error) {
	k, err := s.base.atKey(key)
	if err != nil {
		return cutting{}, err
	}
	until := k.at.Earliest
	if until != domain.Past {
		until-- // strictly before
	}
	return cutting{until: until, groups: k.before, straddles: func(x *Account) bool {
		return !x.free && x.Occurred.Latest > until && !k.before[x.group] && !k.follows(x)
	}}, nil
}

// partly lists the happenings that a cut admits although they are not whole by its
// instant: those of its groups, and what is left of happenings that it parts. ok is
// false where a part has another date than the whole.
func (s *stage) partly(c cutting) (extra []*Happening, ok bool) {
	for _, a := range s.arrivals[s.wholeBy(c.until):] {
		if c.groups[a.group] {
			extra = append(extra, a.Happening)
		}
	}
	for _, a := range s.parted {
		if a.whole <= c.until || a.begun > c.until || c.groups[a.group] {
			continue
		}
		h := &Happening{group: a.group, rank: a.rank, Bounds: a.Bounds}
		left := func(in []*Account) []*Account {
			return slices.DeleteFunc(slices.Clone(in), func(x *Account) bool { return !c.admits(s, x) })
		}
		h.Accounts, h.Denials, h.Plans = left(a.Accounts), left(a.Denials), left(a.Plans)
		if h.Moves() != a.Moves() || boundsOfAll(h.everyone()) != boundsOfAll(a.everyone()) {
			return nil, false
		}
		h.Lead = h.everyone()[0]
		extra = append(extra, h)
	}
	return extra, true
}

// wholeBy counts the arrivals that a cut at an instant admits whole.
func (s *stage) wholeBy(at domain.Instant) int {
	n, _ := slices.BinarySearchFunc(s.arrivals, at, func(a arrival, at domain.Instant) int {
		if a.whole <= at {
			return -1
		}
		return 1
	})
	return n
}

// assemble puts the picture of a cut together.
func (s *stage) assemble(v View, c cutting, extra []*Happening) *Picture {
	selection := *s.base.Selection
	selection.View = v
	selection.Accounts = make([]*Account, 0, len(s.base.Accounts))
	selection.Straddling = slices.Clone(s.base.Straddling)
	for _, a := range s.base.believed {
		if c.admits(s, a) {
			selection.Accounts = append(selection.Accounts, a)
		}
		if c.straddles(a) {
			selection.Straddling = append(selection.Straddling, Straddler{Event: a.Name(), Cut: KeyAsOf})
		}
	}
	slices.SortFunc(selection.Straddling, byStraddler)
	n := s.wholeBy(c.until)
	p := &Picture{Selection: &selection, State: s.states[n/stride]}
	for _, a := range s.arrivals[n/stride*stride : n] {
		p.State = Evolve(p.State, a.Happening)
	}
	shown := make(map[int]*Happening, len(extra))
	for _, h := range extra {
		p.State = Evolve(p.State, h)
		shown[h.group] = h
	}
	for _, h := range s.base.Happenings {
		if part, ok := shown[h.group]; ok {
			p.Happenings = append(p.Happenings, part)
		} else if s.whole[h.group] <= c.until {
			p.Happenings = append(p.Happenings, h)
		}
	}
	return p
}
