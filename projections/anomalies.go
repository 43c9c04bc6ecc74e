package projections

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"parley/domain"
)

// Anomaly is something odd about the record. It stops nothing.
type Anomaly struct {
	Kind   AnomalyKind
	Detail string
	By     []*Account
}

// AnomalyKind names a sort of anomaly.
type AnomalyKind string

// The sorts.
const (
	UnconfirmedRetraction AnomalyKind = "retraction-without-confirmation" // took back what nobody is said to have given
	SessionOutsideRound   AnomalyKind = "session-outside-round"           // dated after the round's end or before its opening
	RoundNotOpened        AnomalyKind = "round-not-opened"                // an id that no opening introduces: perhaps a slip
	OrderCycle            AnomalyKind = "order-cycle"                     // said to be after each other
	OrderAgainstDates     AnomalyKind = "order-against-dates"             // said to be after what is dated later
	StraddlesCut          AnomalyKind = "straddles-cut"                   // may or may not lie within a cut
	ParkedEntry           AnomalyKind = "parked"                          // bytes that are no event
	SupposedOtherwise     AnomalyKind = "supposed-otherwise"              // observed since under the key of what a branch supposes
)

// printAnomalies lists what is odd about the record under this view.
func (p *Picture) printAnomalies() *Node {
	all := slices.Concat(p.Anomalies, p.orderAnomalies(), p.retractionAnomalies(), p.roundAnomalies())
	for _, s := range p.Straddling {
		all = append(all, Anomaly{Kind: StraddlesCut, Detail: fmt.Sprintf("%s may or may not lie within %s", s.Event, s.Cut)})
	}
	for _, e := range p.Parked {
		all = append(all, Anomaly{Kind: ParkedEntry, Detail: fmt.Sprintf("#%d: %v", e.Position, e.Fault)})
	}
	out := list()
	for i := range all {
		slices.SortFunc(all[i].By, byName)
	}
	slices.SortStableFunc(all, func(a, b Anomaly) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Detail, b.Detail), cmp.Compare(nameOf(a.By), nameOf(b.By)))
	})
	for _, a := range all {
		out.append("", object().put("kind", leaf(string(a.Kind), "", a.By...)).put("detail", leaf(a.Detail, "", a.By...)).put("events", names(a.By)))
	}
	return out
}

// anomalies reports the edges that were taken out because they form a cycle.
func (g *afterGraph) anomalies(known []*Account) []Anomaly {
	var out []Anomaly
	for _, e := range g.cyclic {
		var by []*Account
		for _, a := range known {
			if a.group == e[0] || a.group == e[1] {
				by = append(by, a)
			}
		}
		out = append(out, Anomaly{Kind: OrderCycle, By: by, Detail: "said to be after each other; that order is ignored"})
	}
	return out
}

// orderAnomalies reports happenings whose dates contradict the stated order.
func (p *Picture) orderAnomalies() []Anomaly {
	var out []Anomaly
	for _, h := range p.Happenings {
		if slices.Contains(p.order.broken, h.group) || slices.ContainsFunc(h.everyone(), func(a *Account) bool { return a.against }) {
			out = append(out, Anomaly{Kind: OrderAgainstDates, By: h.everyone(), Detail: h.Name() + " is dated against the order it is said to stand in"})
		}
	}
	return out
}

// retractionAnomalies reports retractions of what nothing in the view gave.
func (p *Picture) retractionAnomalies() []Anomaly {
	var out []Anomaly
	q := p.inquire()
	for id, filed := range inTurn(p, p.State.drafts) {
		retractions := ofType[domain.CommitmentRetracted](filed)
		if len(retractions) == 0 {
			continue
		}
		given := q.givenOn(filed)
		for _, r := range retractions {
			if !given.to(r) {
				out = append(out, Anomaly{
					Kind: UnconfirmedRetraction, By: slices.Clone(r.Accounts),
					Detail: fmt.Sprintf("%s takes back of %s what no event of the view gave", r.Name(), id),
				})
			}
		}
	}
	return out
}

// given is what was done to a draft that can be taken back, by version.
type given struct {
	*inquiry

	targets  *targets
	versions map[int]*roster
}

// anyVersion stands for all versions, also none.
const anyVersion = -1

func (q *inquiry) givenOn(filed []*Happening) *given {
	g := &given{q, q.targetsAmong(filed), map[int]*roster{}}
	for i, h := range filed {
		whats := rungTakers[rungOf(h.Act())]
		for _, version := range []int{versionOf(h), anyVersion} {
			if g.versions[version] == nil {
				g.versions[version] = newRoster(filed)
			}
			for _, what := range whats {
				for _, at := range postsOf(what, h.Lead.Actors) {
					g.versions[version].enter(i, at)
				}
			}
		}
	}
	for _, acts := range g.versions {
		acts.settle(backwards)
	}
	return g
}

// to tells whether there is anything that a retraction takes back.
func (g *given) to(r *Happening) bool {
	c, _ := retraction(r)
	version := versionOf(r)
	if len(c.Retracts) > 0 {
		return slices.ContainsFunc(g.targets.named(c), func(h *Happening) bool {
			return rungOf(h.Act()) > 0 && agree(versionOf(h), version)
		})
	}
	g.walk.after(r)
	either := []int{version, 0}
	if version == 0 {
		either = []int{anyVersion}
	}
	return slices.ContainsFunc(either, func(version int) bool {
		acts := g.versions[version]
		if acts == nil {
			return false
		}
		one, _ := acts.first(sharing([]domain.RetractedMatter{c.What}, r.Lead.Actors), ^r.Bounds.Latest, g.walk.met)
		return one != none
	})
}

// roundAnomalies reports rounds that nobody opened and sessions outside theirs.
func (p *Picture) roundAnomalies() []Anomaly {
	var out []Anomaly
	for id, filed := range inTurn(p, p.State.rounds) {
		opened, ended := ofType[domain.RoundOpened](filed), ofType[domain.RoundConcluded](filed)
		if len(opened) == 0 {
			out = append(out, Anomaly{Kind: RoundNotOpened, By: slices.Clone(filed[0].Accounts), Detail: fmt.Sprintf("no event opens the round %s", id)})
		}
		for _, s := range ofType[domain.SessionHeld](filed) {
			early := slices.ContainsFunc(opened, func(o *Happening) bool { return p.Precedes(s, o) })
			late := slices.ContainsFunc(ended, func(e *Happening) bool { return p.Precedes(e, s) })
			if early || late {
				out = append(out, Anomaly{Kind: SessionOutsideRound, By: slices.Clone(s.Accounts), Detail: fmt.Sprintf("%s lies outside the round %s", s.Name(), id)})
			}
		}
	}
	return out
}

func nameOf(by []*Account) string {
	var all strings.Builder
	for _, a := range by {
		all.WriteString(a.Name() + " ")
	}
	return all.String()
}
