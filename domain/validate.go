package domain

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// validation checks one whole input against ledgers.
type validation struct {
	ledgers    map[string]*Ledger
	in         []Candidate
	registries map[string]*Registry
	first      map[eventName]int // index of the first candidate with this id
	faults     Faults
	hints      map[string]string // found already, by kind and word
}

type eventName struct {
	negotiation string
	id          uuid.UUID
}

func newValidation(ledgers map[string]*Ledger, in []Candidate) *validation {
	v := &validation{
		ledgers: ledgers, in: in,
		registries: make(map[string]*Registry, len(ledgers)),
		first:      make(map[eventName]int, len(in)),
		hints:      map[string]string{},
	}
	for n, l := range ledgers {
		v.registries[n] = l.registry
	}
	for i, c := range in {
		name := eventName{c.Event.Negotiation, c.Event.ID}
		if _, ok := v.first[name]; !ok {
			v.first[name] = i
		}
		v.register(c.Event.Negotiation, c.Event.Act)
		if fix, ok := c.Event.Act.(EventCorrected); ok {
			v.register(c.Event.Negotiation, fix.Replacement.Act)
		}
	}
	return v
}

// register adds a registration of the input to what the ledger has. The ledger's own
// registry is copied by the first of them.
func (v *validation) register(negotiation string, a Act) {
	r := v.registries[negotiation]
	if r == nil || a == nil || !IsRegistration(a) {
		return
	}
	if r == v.ledgers[negotiation].registry {
		r = r.Clone()
		v.registries[negotiation] = r
	}
	r.Add(a)
}

// repeated tells whether the same event stands earlier in the input. A key twice
// in one file, or with two contents, is a fault.
func (v *validation) repeated(i int) bool {
	c := v.in[i]
	j := v.first[eventName{c.Event.Negotiation, c.Event.ID}]
	if j == i || c.Event.ID == uuid.Nil {
		return false
	}
	earlier := v.in[j]
	at, was := c.Place("key"), earlier.Place("key")
	if at.File == was.File && at.Row != was.Row && c.Event.Key != "" {
		v.faults = append(v.faults, c.fault("key", DuplicateKey, c.Event.Key,
			fmt.Sprintf("stands in row %d already", was.Row), "give every event a key of its own"))
		v.check(i)
		return true
	}
	a, errA := Content(c.Event)
	b, errB := Content(earlier.Event)
	if errA != nil || errB != nil || string(a) != string(b) {
		reason := "stands in the input already, with other content"
		if where := was.String(); was.Row > 0 {
			reason += ": " + where
		}
		v.faults = append(v.faults, c.fault("key", DuplicateKey, c.Event.Name(), reason, "give every event a key of its own"))
		v.check(i)
	}
	return true
}

// check validates a new event against the registry and the log.
func (v *validation) check(i int) {
	c := v.in[i]
	e := c.Event
	if e.SupposedBy != "" {
		v.faults = append(v.faults, c.fault("hypothetical", NotAllowed, string(e.SupposedBy),
			"is what a branch supposes, not what was observed", "record what was observed, with its own source"))
	}
	registry := v.registries[e.Negotiation]
	if registry == nil {
		return // it names no negotiation, which is among its faults
	}
	if registry.Registered() {
		v.names(c, registry, &e.Body, "", e.Type())
	} else { // none of its names can be known
		v.faults = append(v.faults, c.fault("negotiation", Unregistered, e.Negotiation,
			"no such negotiation is registered", v.negotiationHint(e.Negotiation)))
	}
	if e.Act != nil {
		before, ok := v.order(e.Negotiation, e.ID)
		if !ok || e.ID == uuid.Nil { // a fault left it without an id
			before = v.ledgers[e.Negotiation].Head() + 1 + uint64(i)
		}
		v.rules(c, before, &e.Body, "")
	}
}

func (v *validation) negotiationHint(read string) string {
	var known []string
	for _, n := range slices.Sorted(maps.Keys(v.registries)) {
		if v.registries[n].Registered() {
			known = append(known, n)
		}
	}
	if s := suggest(read, known); s != "" {
		return "did you mean " + s + "?"
	}
	return "begin with an event of type NegotiationRegistered (act.title, act.timeZone)"
}

// names checks every id and reference of a body.
func (v *validation) names(c Candidate, registry *Registry, b *Body, prefix, typeName string) {
	eachName(b, prefix, typeName, func(f *Field, prefix, id string) { v.name(c, registry, f, prefix, id) })
}

// eachName visits every id and reference of a body whose value must be known, those of
// a replacement in it too. prefix is the path of the body in its event.
func eachName(b *Body, prefix, typeName string, found func(f *Field, prefix, id string)) {
	visit := func(f *Field, root reflect.Value) {
		value, ok := f.get(root)
		if !ok {
			return
		}
		if f.List {
			for k := range value.Len() {
				found(f, prefix, value.Index(k).String())
			}
		} else if s := value.String(); s != "" {
			found(f, prefix, s)
		}
	}
	root := reflect.ValueOf(b).Elem()
	for _, f := range namingFields {
		visit(f, root)
	}
	spec, ok := SpecOf(typeName)
	if !ok || b.Act == nil {
		return
	}
	act := reflect.ValueOf(b.Act)
	for _, f := range spec.naming {
		if f.Kind != Nested {
			visit(f, act)
			continue
		}
		value, _ := f.get(act)
		if r, ok := value.Interface().(Replacement); ok {
			eachName(&r.Body, prefix+f.Path+".", r.Type, found)
		}
	}
}

func (v *validation) name(c Candidate, registry *Registry, f *Field, prefix, id string) {
	known := false
	if id == "" {
		return // an item that could not be read is faulted already
	}
	switch f.Kind {
	case Actor:
		_, known = registry.Actors[ActorID(id)]
		known = known || f.Path == "source.side" && ActorID(id) == UnknownSide
	case Issue:
		_, known = registry.Issues[IssueID(id)]
	case Ceasefire:
		_, known = registry.Ceasefires[CeasefireID(id)]
	case Reference:
		v.reference(c, prefix+f.Path, EventRef(id))
		return
	default:
		return
	}
	if known {
		return
	}
	hint := v.nameHint(c.Event.Negotiation, f.Kind, id)
	if hint == "" {
		hint = "register it first, in this input or an earlier one"
	}
	v.faults = append(v.faults, c.fault(prefix+f.Path, Unregistered, id, "no such "+strings.TrimSuffix(string(f.Kind), " id")+" is registered", hint))
}

// hintsMax limits the searches for near words in one input: each compares a word
// with all that are known, and an input can be wrong in every row.
const hintsMax = 200

// hint looks a hint up once for each kind and word.
func (v *validation) hint(negotiation string, kind Kind, read string, search func() string) string {
	word := negotiation + " " + string(kind) + " " + read
	found, ok := v.hints[word]
	if !ok && len(v.hints) < hintsMax {
		found = search()
		v.hints[word] = found
	}
	return found
}

// nameHint proposes a registered name.
func (v *validation) nameHint(negotiation string, kind Kind, read string) string {
	registry := v.registries[negotiation]
	if registry == nil {
		return ""
	}
	return v.hint(negotiation, kind, read, func() string {
		switch kind {
		case Actor:
			if s := registry.suggestActor(read); s != "" {
				return "did you mean " + s + "?"
			}
		case Issue:
			return DidYouMean(read, idsOf(registry.Issues))
		case Ceasefire:
			return DidYouMean(read, idsOf(registry.Ceasefires))
		default:
		}
		return ""
	})
}

// own takes over the faults of a candidate alone. Where a text is no id at all,
// the registry may know whose name it is.
func (v *validation) own(c Candidate) {
	for _, f := range c.Faults {
		if f.kind != "" {
			f.Hint = cmp.Or(v.nameHint(c.Event.Negotiation, f.kind, f.Read), f.Hint)
			f.kind = ""
		}
		v.faults = append(v.faults, f)
	}
}

func idsOf[K ~string, V any](m map[K]V) []string {
	var ids []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		ids = append(ids, string(k))
	}
	return ids
}

// reference checks that an event exists, in the log or in the input.
func (v *validation) reference(c Candidate, path string, ref EventRef) {
	n := c.Event.Negotiation
	id := ref.Resolve(n)
	if id == c.Event.ID {
		v.faults = append(v.faults, c.fault(path, BadValue, string(ref), "an event cannot refer to itself", ""))
		return
	}
	if _, ok := v.first[eventName{n, id}]; ok {
		return
	}
	if _, ok := v.ledgers[n].Position(id); ok {
		return
	}
	v.faults = append(v.faults, c.fault(path, UnknownEvent, string(ref), "no event has this key or id", v.keyHint(n, string(ref))))
}

// keyHint looks for a near key in the input; the log's keys are not kept.
func (v *validation) keyHint(negotiation, read string) string {
	found := v.hint(negotiation, Reference, read, func() string {
		var keys []string
		for _, c := range v.in {
			if c.Event.Negotiation == negotiation && c.Event.Key != "" {
				keys = append(keys, c.Event.Key)
			}
		}
		return suggest(read, keys)
	})
	if found != "" {
		return "did you mean " + found + "?"
	}
	return "record the event it refers to first, or in the same input"
}
