package projections

import (
	"context"
	"errors"
	"iter"
	"slices"

	"parley/domain"

	"github.com/google/uuid"
)

// Learning is one step of knowledge: what became known together, and the values
// that it changed.
type Learning struct {
	Known   string   `json:"known"` // when, as reported; empty for the last group
	Undated bool     `json:"undated,omitzero"`
	Events  []string `json:"events"`
	Changes []Change `json:"changes"`
}

// Learn goes through a view in the order in which its events became known: one step
// for each moment by which some were certainly known. Events whose report has no
// date, or no latest one, come in a last step together, for nobody can say when
// they became known.
func Learn(negotiation string, l domain.Lineage, v View) iter.Seq2[Learning, error] {
	return func(yield func(Learning, error) bool) {
		whole, err := Suppose(negotiation, l, v)
		if err != nil {
			yield(Learning{}, err)
			return
		}
		moments, undated := whole.moments()
		before := &Picture{Selection: whole.without()}
		shown, knows := newReprint(before, compared...), newLearner(whole)
		var early []string
		for _, m := range moments {
			after, changed, err := knows.next(before, m.at)
			if _, unknown := errors.AsType[*NotFoundError](err); unknown {
				early = append(early, m.events...) // the event that the as-of cut names is not known yet
				continue
			}
			m.events, early = append(early, m.events...), nil
			if err != nil {
				yield(Learning{}, err)
				return
			}
			if !yield(shown.learn(before, after, changed, m)) {
				return
			}
			before = after
		}
		if undated.events = append(early, undated.events...); len(undated.events) > 0 {
			yield(shown.learn(before, whole, whole.changedSince(before), undated))
		}
	}
}

// moment is when some accounts became known.
type moment struct {
	at     domain.Instant
	text   string
	events []string
}

// moments lists the moments by which accounts were certainly known, in order, and
// the accounts of which that cannot be told.
func (p *Picture) moments() (dated []moment, undated moment) {
	at := map[domain.Instant]*moment{}
	for _, a := range p.Accounts {
		if a.Reported.IsZero() || a.Reported.Bounds(p.Registry.Zone()).Latest == domain.Future {
			undated.events = append(undated.events, a.Name())
			continue
		}
		m := at[a.Known.Latest]
		if m == nil {
			m = &moment{at: a.Known.Latest, text: a.Reported.String()}
			at[a.Known.Latest] = m
		}
		// Of several texts with one latest bound the shortest is told: the date itself.
		if len(a.Reported.String()) < len(m.text) {
			m.text = a.Reported.String()
		}
		m.events = append(m.events, a.Name())
	}
	for _, t := range sortedKeys(at) {
		slices.Sort(at[t].events)
		dated = append(dated, *at[t])
	}
	slices.Sort(undated.events)
	return dated, undated
}

// without is the selection with its registry and without any account.
func (s *Selection) without() *Selection {
	none := *s
	none.Accounts, none.Straddling, none.Parked, none.Anomalies = nil, nil, nil, nil
	return &none
}

// learn is the step from one picture to the next, of which the first is printed.
func (r *reprint) learn(before, after *Picture, changed []*Happening, m moment) (Learning, error) {
	a, b := r.turn(after, changed)
	ours, theirs := before.present, after.present
	if after.links == before.links { // it goes on from the one before: nothing but this came
		ours, theirs = nothing, func() map[uuid.UUID]*Account { return accountsOf(changed) }
	}
	d, err := compareAmong(context.Background(), before, after, ours(), theirs(), a, b)
	if err != nil {
		return Learning{}, err
	}
	return Learning{Known: m.text, Undated: m.text == "", Events: m.events, Changes: d.Changes}, nil
}

func nothing() map[uuid.UUID]*Account { return nil }

func accountsOf(hs []*Happening) map[uuid.UUID]*Account {
	out := map[uuid.UUID]*Account{}
	for _, h := range hs {
		for _, a := range h.everyone() {
			out[a.ID] = a
		}
	}
	return out
}
