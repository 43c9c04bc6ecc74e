package export

import (
	"maps"
	"slices"
	"sync"

	"parley/domain"
	"parley/projections"

	"github.com/google/uuid"
)

// Excerpt is what a view leaves of a log, to be written by [Lines] or [Table]: the
// accounts that it admits as they were recorded, all registrations, and the
// corrections, withdrawals and links of what it admits. A view that only cuts what
// was recorded later leaves everything before the cut.
//
// The tally counts what was left aside, and which events refer to hidden ones.
func Excerpt(pic *projections.Picture, log []domain.Entry) ([]domain.Entry, Tally) {
	var t Tally
	all := slices.DeleteFunc(slices.Clone(log), func(e domain.Entry) bool { return e.Position > pic.Head })
	if v := pic.View; v.AsOf.IsZero() && v.KnownBy.IsZero() && v.Lens == "" && v.Branch == "" {
		return all, t
	}
	admitted := make(map[uuid.UUID]bool, len(pic.Accounts)) // as they read now; a link may have been corrected into one
	for _, a := range pic.Accounts {
		admitted[a.ID] = true
	}
	kept := maps.Clone(admitted)
	for _, e := range all {
		if !e.Parked() && e.Event.Control() {
			kept[e.Event.ID] = true
		}
	}
	for again := true; again; { // a correction may itself be corrected
		again = false
		for _, e := range all {
			if !e.Parked() && kept[e.Event.ID] && !admitted[e.Event.ID] && bearsOnNothing(e.Event, kept) {
				delete(kept, e.Event.ID)
				t.Aside++
				again = true
			}
		}
	}
	out := slices.DeleteFunc(all, func(e domain.Entry) bool { return e.Parked() || !kept[e.Event.ID] })
	for _, e := range out {
		if refersOut(e.Event.Negotiation, domain.Unbind(e.Event), kept) {
			t.Loose++
		}
	}
	return out, t
}

// bearsOnNothing tells of a correction, a withdrawal or a link whose event is not
// among those that are kept.
func bearsOnNothing(e *domain.Event, kept map[uuid.UUID]bool) bool {
	has := func(ref domain.EventRef) bool { return kept[ref.Resolve(e.Negotiation)] }
	switch act := e.Act.(type) {
	case domain.EventCorrected:
		return !has(act.Target)
	case domain.EventWithdrawn:
		return !has(act.Target)
	case domain.EventsLinked:
		return !has(act.Event) || !slices.ContainsFunc(act.Others, has)
	default:
		return false
	}
}

// refersOut tells whether one of the values refers to an event that is not kept.
func refersOut(negotiation string, values []domain.Value, kept map[uuid.UUID]bool) bool {
	kinds := kindsOf(values)
	return slices.ContainsFunc(values, func(v domain.Value) bool {
		if len(v.Nested) > 0 {
			return refersOut(negotiation, v.Nested, kept)
		}
		return kinds[v.Path] == domain.Reference && slices.ContainsFunc(v.Items, func(ref string) bool {
			return !kept[domain.EventRef(ref).Resolve(negotiation)]
		})
	})
}

// kindsOf tells what kind of value stands at each path of an event, whose type is
// among its values. Paths of acts mean different things in different types.
func kindsOf(values []domain.Value) map[string]domain.Kind {
	i := slices.IndexFunc(values, func(v domain.Value) bool { return v.Path == "type" })
	if i < 0 {
		return nil
	}
	return kindsByType()[values[i].Items[0]]
}

var kindsByType = sync.OnceValue(func() map[string]map[string]domain.Kind {
	out := map[string]map[string]domain.Kind{}
	for _, s := range domain.Catalogue() {
		kinds := map[string]domain.Kind{}
		for _, f := range slices.Concat(domain.BodyFields(), s.Fields()) {
			kinds[f.Path] = f.Kind
		}
		out[s.Name] = kinds
	}
	return out
})
