package projections

import "parley/domain"

// groupBounds merges the bounds of the accounts of each group.
func (s *Selection) groupBounds(in []*Account) []domain.Bounds {
	merged := make([]commonBounds, s.links.groups)
	for g := range merged {
		merged[g] = noBounds
	}
	for _, a := range in {
		merged[a.group].add(a)
	}
	out := make([]domain.Bounds, len(merged))
	for g, m := range merged {
		out[g] = m.bounds()
	}
	return out
}

// boundsOf merges the bounds of the believed accounts of one group.
func (s *Selection) boundsOf(group int) domain.Bounds {
	m := noBounds
	for _, a := range s.believed {
		if a.group == group {
			m.add(a)
		}
	}
	return m.bounds()
}

// boundsOfAll merges the bounds of accounts.
func boundsOfAll(accounts []*Account) domain.Bounds {
	m := noBounds
	for _, a := range accounts {
		m.add(a)
	}
	return m.bounds()
}

// commonBounds is what accounts of one happening say of its date: the span that they
// agree on, or, where they exclude each other, the hull of all. Denials and plans
// count only where nobody asserts the act.
type commonBounds struct{ asserted, other spans }

var noBounds = commonBounds{noSpans, noSpans}

func (m *commonBounds) add(a *Account) {
	if a.Modality.Moves() {
		m.asserted.add(a.Occurred)
	} else {
		m.other.add(a.Occurred)
	}
}

func (m *commonBounds) bounds() domain.Bounds {
	if m.asserted.any {
		return m.asserted.bounds()
	}
	return m.other.bounds()
}

// spans merges bounds.
type spans struct {
	any          bool
	agreed, hull domain.Bounds
}

var noSpans = spans{
	agreed: domain.Bounds{Earliest: domain.Past, Latest: domain.Future},
	hull:   domain.Bounds{Earliest: domain.Future, Latest: domain.Past},
}

func (s *spans) add(b domain.Bounds) {
	s.any = true
	s.agreed.Earliest, s.agreed.Latest = max(s.agreed.Earliest, b.Earliest), min(s.agreed.Latest, b.Latest)
	s.hull.Earliest, s.hull.Latest = min(s.hull.Earliest, b.Earliest), max(s.hull.Latest, b.Latest)
}

func (s *spans) bounds() domain.Bounds {
	if s.any && s.agreed.Earliest > s.agreed.Latest {
		return s.hull
	}
	return s.agreed
}
