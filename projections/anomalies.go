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
	for id, filed := range inTurn(p, p.State.drafts) {
		for _, r := range ofType[domain.CommitmentRetracted](filed) {
			c, _ := r.Act().(domain.CommitmentRetracted)
			given := slices.ContainsFunc(filed, func(h *Happening) bool {
				rung := rungOf(h.Act())
				return rung > 0 && agree(versionOf(h), versionOf(r)) && takesRung(c, rung) && p.reaches(c, r, h, nil)
			})
			if !given {
				out = append(out, Anomaly{
					Kind: UnconfirmedRetraction, By: slices.Clone(r.Accounts),
					Detail: fmt.Sprintf("%s takes back of %s what no event of the view gave", r.Name(), id),
				})
			}
		}
	}
	return out
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
