package domaintest

import (
	"fmt"
	"slices"

	"parley/domain"

	"pgregory.net/rapid"
)

// Crowd draws n events after the registrations, keyed e-0, e-1 and so on, that refer
// to each other more than events of a [World.History] do. Few of them are control
// events.
func (w World) Crowd(n int) *rapid.Generator[[]*domain.Event] {
	return rapid.Custom(func(t *rapid.T) []*domain.Event {
		all := w.Register()
		w.Keys = nil
		for i := range n {
			w.Keys = append(w.Keys, fmt.Sprint("e-", i))
		}
		for i := range n {
			of := world
			if rapid.IntRange(0, 15).Draw(t, "control") == 0 {
				of = controls
			}
			e := bind(t, w.record(t, rapid.SampledFrom(of).Draw(t, "type"), w.Keys[i]))
			e.ID = domain.KeyedID(w.Negotiation, e.Key)
			refersToItself := func(ref domain.EventRef) bool { return string(ref) == e.Key }
			e.After = slices.DeleteFunc(e.After, refersToItself)
			all = append(all, e)
		}
		return all
	})
}

// controls are the types that speak of events.
var controls = slices.DeleteFunc(domain.Catalogue(), func(s *domain.Spec) bool {
	return !slices.Contains([]string{"EventsLinked", "EventWithdrawn", "EventCorrected"}, s.Name)
})
