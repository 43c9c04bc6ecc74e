package projections

import (
	"cmp"
	"fmt"
	"slices"

	"parley/domain"

	"github.com/google/uuid"
)

// Account is one source's report of an act, as a view sees it: corrected, and
// with its bounds in time.
type Account struct {
	*domain.Event
	Position    uint64          // in its log
	Branch      domain.BranchID // that supposes it; empty in the record
	Occurred    domain.Bounds   // when it happened, tightened by after
	Known       domain.Bounds   // when it became known
	CorrectedBy uuid.UUID       // the event that repaired it, nil if none

	grade   domain.Reliability
	stated  domain.Instant // earliest bound of the report, if it is dated at all
	group   int            // accounts of one happening share it
	against bool           // dated against the order that it is said to stand in
	free    bool           // of a continuation: cuts hold for what it goes on from
}

// Straddler is an event that may or may not lie within a cut.
type Straddler struct {
	Event string `json:"event"`
	Cut   string `json:"cut"`
}

// Selection is what a view leaves of a log, before accounts are merged.
type Selection struct {
	Negotiation string
	View        View
	Head        uint64  // position of the last entry of the record that the view saw
	Branch      *Branch // what is supposed; nil in the record
	Registry    *domain.Registry
	Accounts    []*Account // in log order
	Straddling  []Straddler
	Parked      []domain.Entry
	withdrawn   map[uuid.UUID]uuid.UUID // by which event
	lineage     domain.Lineage
	overruled   []domain.Overruled
	log         []domain.Entry // composed, up to the recorded-by cut
	Anomalies   []Anomaly
	lens        Lens
	links       *links
	order       *afterGraph // between groups, over all accounts that are known
	known       []*Account  // before lens and as-of cut
	believed    []*Account  // before the as-of cut
}

// NotFoundError says that a view names an event which it does not hold.
type NotFoundError struct{ What, Name string }

func (e *NotFoundError) Error() string { return fmt.Sprintf("%s %q not found", e.What, e.Name) }

// Select applies the steps of a view that come before merging. It fails with a
// [NotFoundError] if the view names a branch that the lineage does not end with.
func Select(negotiation string, l domain.Lineage, v View) (*Selection, error) {
	s := &Selection{Negotiation: negotiation, View: v}
	log, err := s.suppose(l)
	if err != nil {
		return nil, err
	}
	all := s.replay(log)
	s.bound(all)
	s.knownBy(all)
	if s.lens, err = s.resolveLens(); err != nil {
		return nil, err
	}
	s.believed = slices.DeleteFunc(slices.Clone(s.known), func(a *Account) bool { return !s.lens.believes(a) })
	s.order = newAfterGraph(s.known, s.links.groups, s.groupBounds(s.known))
	s.Anomalies = append(s.Anomalies, s.order.anomalies(s.known)...)
	s.Anomalies = append(s.Anomalies, s.overrulings()...)
	err = s.asOf(s.believed)
	slices.SortFunc(s.Straddling, byStraddler)
	return s, err
}

// resolveLens reads the lens of the view, unless that is settled.
func (s *Selection) resolveLens() (Lens, error) {
	if at := s.View.settled; at != nil {
		return at.lens, nil
	}
	return ResolveLens(s.View.Lens, s.Registry)
}

func byStraddler(a, b Straddler) int {
	return cmp.Or(cmp.Compare(a.Event, b.Event), cmp.Compare(a.Cut, b.Cut))
}

// replay drops what stands twice, and brings in corrections, withdrawals,
// registrations and links.
func (s *Selection) replay(log []domain.Entry) []*Account {
	ordinals := make(map[uuid.UUID]uint64, len(log))
	repairs := domain.NewRepairs(s.Negotiation)
	var kept []domain.Entry
	for _, e := range log {
		if e.Branch == "" {
			s.Head = e.Position
		}
		if e.Parked() {
			s.Parked = append(s.Parked, e)
			continue
		}
		if _, twice := ordinals[e.Event.ID]; twice {
			continue
		}
		ordinals[e.Event.ID] = e.Ordinal()
		repairs.Add(e, func(id uuid.UUID) (uint64, bool) { p, ok := ordinals[id]; return p, ok })
		kept = append(kept, e)
	}
	s.Registry = domain.NewRegistry()
	s.links = newLinks(s.Negotiation)
	s.withdrawn = map[uuid.UUID]uuid.UUID{}
	var all []*Account
	for _, e := range kept {
		a := &Account{Event: e.Event, Position: e.Position, Branch: e.Branch, free: s.free(e)}
		if w, ok := repairs.Of(e.Event.ID); ok {
			if w.Withdrawn {
				s.withdrawn[e.Event.ID] = w.By
				continue
			}
			a.Event, a.CorrectedBy = domain.Corrected(e.Event, w), w.By
		}
		switch act := a.Act.(type) {
		case domain.EventsLinked:
			s.links.control(act)
		case domain.EventCorrected, domain.EventWithdrawn:
		default:
			if a.Control() {
				s.Registry.Add(a.Act)
				continue
			}
			all = append(all, a)
		}
	}
	s.links.settle(all)
	for _, a := range all {
		a.grade = s.gradeOf(a)
	}
	return all
}

// bound gives every account its bounds in time.
func (s *Selection) bound(all []*Account) {
	zone := s.Registry.Zone()
	for _, a := range all {
		a.Occurred = a.Event.Occurred.Bounds(zone)
		if c := a.Clock; c != nil {
			if !c.Start.IsZero() {
				a.Occurred.Earliest = max(a.Occurred.Earliest, domain.InstantOf(c.Start))
			}
			if !c.End.IsZero() {
				a.Occurred.Latest = min(a.Occurred.Latest, domain.InstantOf(c.End))
			}
		}
		recorded := domain.InstantOf(a.Recorded)
		a.Known, a.stated = domain.Bounds{Earliest: recorded, Latest: recorded}, domain.Future
		if a.Hypothetical() { // it is reported when it occurs
			a.Known = a.Occurred
		}
		if !a.Reported.IsZero() {
			a.Known = a.Reported.Bounds(zone)
			a.stated = a.Known.Earliest
			if a.Known.Latest == domain.Future {
				a.Known.Latest = max(recorded, a.Known.Earliest)
			}
		}
	}
}

// knownBy applies the known-by cut, then lets the accounts that are left tighten
// each other's bounds: nobody could have known an order stated later.
func (s *Selection) knownBy(all []*Account) {
	cut := s.View.KnownBy
	if cut.IsZero() {
		s.known = all
	} else {
		at := cut.At(s.Registry.Zone())
		for _, a := range all {
			if s.within(a, a.Known, at, KeyKnownBy) {
				s.known = append(s.known, a)
			}
		}
	}
	tightenAccounts(s.known, s.links)
}

// within tells whether bounds lie within a cut, and notes what straddles it.
func (s *Selection) within(a *Account, b domain.Bounds, at domain.Instant, cut string) bool {
	if b.Latest <= at || a.free {
		return true
	}
	if b.Earliest > at {
		return false
	}
	s.Straddling = append(s.Straddling, Straddler{Event: a.Name(), Cut: cut})
	return s.View.Possibly
}

// asOf applies the as-of cut.
func (s *Selection) asOf(in []*Account) error {
	cut := s.View.AsOf
	switch {
	case cut.IsZero():
		s.Accounts = in
	case cut.Key != "":
		return s.asOfKey(in, cut.Key)
	default:
		at := cut.At(s.Registry.Zone())
		for _, a := range in {
			if s.within(a, a.Occurred, at, KeyAsOf) {
				s.Accounts = append(s.Accounts, a)
			}
		}
	}
	return nil
}

// asOfKey admits the happening of an event and what certainly precedes it. What
// certainly follows it is left out; all else straddles.
func (s *Selection) asOfKey(in []*Account, key string) error {
	k, err := s.atKey(key)
	if err != nil {
		return err
	}
	for _, a := range in {
		switch {
		case a.free, k.precedes(a):
			s.Accounts = append(s.Accounts, a)
		case k.follows(a):
		default:
			s.Straddling = append(s.Straddling, Straddler{Event: a.Name(), Cut: KeyAsOf})
			if s.View.Possibly {
				s.Accounts = append(s.Accounts, a)
			}
		}
	}
	return nil
}
