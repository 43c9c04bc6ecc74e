package domaintest

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"parley/domain"

	"pgregory.net/rapid"
)

// Start is when the first event of a recorded history is recorded; each further
// one follows a minute later.
var Start = time.Date(2025, 11, 1, 12, 0, 0, 0, time.UTC)

// Register lists the registrations that the events of a world need.
func (w World) Register() []*domain.Event {
	acts := []domain.Act{domain.NegotiationRegistered{Title: "Talks", TimeZone: "Asia/Karachi"}}
	for _, a := range w.Actors {
		acts = append(acts, domain.ActorRegistered{Actor: domain.NewID(a), Name: "The one " + a, Kind: "party"})
	}
	for _, i := range w.Issues {
		acts = append(acts, domain.IssueRegistered{Issue: domain.NewID(i), Title: "That " + i})
	}
	for _, c := range w.Ceasefires {
		acts = append(acts, domain.CeasefireRegistered{Ceasefire: domain.NewID(c), Title: "The " + c})
	}
	events := make([]*domain.Event, len(acts))
	for i, a := range acts {
		key := "register-" + strconv.Itoa(i)
		events[i] = &domain.Event{
			ID: domain.KeyedID(w.Negotiation, key), Negotiation: w.Negotiation, Writer: "parley:test",
			Body: domain.Body{Key: key, Act: a},
		}
	}
	return events
}

// History draws the registrations of the world and after them up to n events with
// the keys e-0, e-1, … It holds links, corrections, withdrawals, and both of them
// again upon each other. Events refer only to earlier ones.
func (w World) History(n int) *rapid.Generator[[]*domain.Event] {
	return rapid.Custom(func(t *rapid.T) []*domain.Event {
		h := history{World: w, t: t}
		h.Keys = nil
		for i := range rapid.IntRange(1, n).Draw(t, "events") {
			h.add("e-" + strconv.Itoa(i))
		}
		return append(w.Register(), h.events...)
	})
}

type history struct {
	World
	t      *rapid.T
	events []*domain.Event
}

// world are the types that speak of the world.
var world = slices.DeleteFunc(domain.Catalogue(), func(s *domain.Spec) bool { return s.Control })

// add draws the next event.
func (h *history) add(key string) {
	values := []domain.Value{quoted("negotiation", h.Negotiation), quoted("key", key), quoted("writer", "parley:test")}
	kind := rapid.IntRange(0, 9).Draw(h.t, "sort of event")
	if len(h.events) == 0 {
		kind = 9
	}
	switch kind {
	case 0:
		values = append(values, quoted("type", "EventWithdrawn"), quoted("act.target", h.target().Key), quoted("act.reason", "it was an error"))
	case 1, 2:
		target := h.target()
		values = append(values, quoted("type", "EventCorrected"), quoted("act.target", target.Key), quoted("act.reason", "it was miscoded"),
			domain.Value{Path: "act.replacement", Form: domain.Object, Nested: h.replacementOf(target)})
	case 3:
		linked, _ := domain.SpecOf("EventsLinked")
		values = append(values, quoted("type", linked.Name))
		if len(h.events) == 1 { // nothing to be linked to
			values = h.worldly(values[:3])
			break
		}
		values = append(values, quoted("act.relation", "same-act"), quoted("act.event", h.events[0].Key),
			domain.Value{Path: "act.others", List: true, Form: domain.Quoted, Items: []string{h.events[len(h.events)-1].Key}})
	default:
		values = h.worldly(values)
	}
	h.events = append(h.events, bind(h.t, values))
	h.Keys = append(h.Keys, key)
}

// worldly draws an event about the world.
func (h *history) worldly(values []domain.Value) []domain.Value {
	s := rapid.SampledFrom(world).Draw(h.t, "type")
	return append(append(values, quoted("type", s.Name)), h.body(h.t, s, 0)...)
}

func (h *history) target() *domain.Event { return rapid.SampledFrom(h.events).Draw(h.t, "target") }

// replacementOf draws what an event should have been: something of its sort.
func (h *history) replacementOf(target *domain.Event) []domain.Value {
	switch a := target.Act.(type) {
	case domain.EventWithdrawn:
		return []domain.Value{quoted("type", "EventWithdrawn"), quoted("act.target", string(a.Target)), quoted("act.reason", "another reason")}
	case domain.EventCorrected:
		values := []domain.Value{quoted("type", "EventWithdrawn"), quoted("act.target", string(a.Target)), quoted("act.reason", "it had to go")}
		if rapid.Bool().Draw(h.t, "withdraws instead") {
			return values
		}
		values[0] = quoted("type", "EventCorrected")
		return append(values, domain.Value{Path: "act.replacement", Form: domain.Object, Nested: h.replacementOf(h.named(a.Target))})
	default:
		s := rapid.SampledFrom(world).Draw(h.t, "type")
		return append([]domain.Value{quoted("type", s.Name)}, h.body(h.t, s, 0)...)
	}
}

func (h *history) named(ref domain.EventRef) *domain.Event {
	return h.events[slices.IndexFunc(h.events, func(e *domain.Event) bool { return e.Key == string(ref) })]
}

// Record makes a log of events: each at the next position, recorded a minute
// after the one before, and signed where nobody signed it.
func Record(events []*domain.Event) []domain.Entry {
	log := make([]domain.Entry, len(events))
	for i, e := range events {
		stamped := *e
		stamped.Recorded = Start.Add(time.Duration(i) * time.Minute)
		stamped.Writer = cmp.Or(e.Writer, "parley:test")
		raw, err := domain.Encode(&stamped)
		if err != nil {
			panic("domaintest: " + err.Error())
		}
		log[i] = domain.Entry{Position: uint64(i) + 1, Event: &stamped, Raw: raw}
	}
	return log
}

// Ledger is the ledger of a log.
func (w World) Ledger(log []domain.Entry) *domain.Ledger {
	l := domain.NewLedger(w.Negotiation)
	for _, e := range log {
		l.Apply(e)
	}
	return l
}

// Offer makes input of events.
func Offer(events ...*domain.Event) []domain.Candidate {
	in := make([]domain.Candidate, len(events))
	for i, e := range events {
		in[i] = domain.Offer(e)
	}
	return in
}
