package domain

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// validation checks one whole input against ledgers.
type validation struct {
	ledgers    map[string]*Ledger
	in         []Candidate
	registries map[string]*Registry
	first      map[eventName]int // index of the first candidate with this id
	faults     Faults
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
	}
	for n, l := range ledgers {
		v.registries[n] = l.registry.Clone()
	}
	for i, c := range in {
		name := eventName{c.Event.Negotiation, c.Event.ID}
		if _, ok := v.first[name]; !ok {
			v.first[name] = i
		}
		if r := v.registries[c.Event.Negotiation]; r != nil && c.Event.Act != nil {
			r.Add(c.Event.Act)
		}
	}
	return v
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
	if at.File == was.File && c.Event.Key != "" {
		v.faults = append(v.faults, c.fault("key", DuplicateKey, c.Event.Key,
			fmt.Sprintf("stands in row %d already", was.Row), "give every event a key of its own"))
		return true
	}
	a, errA := Content(c.Event)
	b, errB := Content(earlier.Event)
	if errA != nil || errB != nil || string(a) != string(b) {
		v.faults = append(v.faults, c.fault("key", DuplicateKey, c.Event.Name(),
			"stands with other content at "+was.String(), "give every event a key of its own"))
	}
	return true
}

// check validates a new event against the registry and the log.
func (v *validation) check(i int) {
	c := v.in[i]
	e := c.Event
	registry := v.registries[e.Negotiation]
	if registry == nil {
		return // it names no negotiation, which is among its faults
	}
	if !registry.Registered() {
		v.faults = append(v.faults, c.fault("negotiation", Unregistered, e.Negotiation,
			"no such negotiation is registered", v.negotiationHint(e.Negotiation)))
	}
	v.names(c, registry, &e.Body, "", e.Type())
	if e.Act != nil {
		v.rules(c, i, &e.Body, "")
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
	visit := func(f *Field, root reflect.Value) {
		value, ok := f.get(root)
		if !ok {
			return
		}
		if f.List {
			for k := range value.Len() {
				v.name(c, registry, f, prefix, value.Index(k).String())
			}
		} else if s := value.String(); s != "" {
			v.name(c, registry, f, prefix, s)
		}
	}
	root := reflect.ValueOf(b).Elem()
	for i := range bodyFields {
		if named[bodyFields[i].Kind] {
			visit(&bodyFields[i], root)
		}
	}
	spec, ok := SpecOf(typeName)
	if !ok || b.Act == nil {
		return
	}
	act := reflect.ValueOf(b.Act)
	for i := range spec.shape {
		f := &spec.shape[i]
		switch {
		case named[f.Kind]:
			visit(f, act)
		case f.Kind == Nested:
			value, _ := f.get(act)
			if r, ok := value.Interface().(Replacement); ok {
				v.names(c, registry, &r.Body, prefix+f.Path+".", r.Type)
			}
		}
	}
}

// named are the kinds of field whose value must be known.
var named = map[Kind]bool{Actor: true, Issue: true, Ceasefire: true, Reference: true}

func (v *validation) name(c Candidate, registry *Registry, f *Field, prefix, id string) {
	path, hint := prefix+f.Path, ""
	switch f.Kind {
	case Actor:
		if _, ok := registry.Actors[ActorID(id)]; ok || f.Path == "source.side" && ActorID(id) == UnknownSide {
			return
		}
		if s := registry.suggestActor(id); s != "" {
			hint = "did you mean " + s + "?"
		}
	case Issue:
		if _, ok := registry.Issues[IssueID(id)]; ok {
			return
		}
		hint = DidYouMean(id, idsOf(registry.Issues))
	case Ceasefire:
		if _, ok := registry.Ceasefires[CeasefireID(id)]; ok {
			return
		}
		hint = DidYouMean(id, idsOf(registry.Ceasefires))
	case Reference:
		v.reference(c, path, EventRef(id))
		return
	default:
		return
	}
	if hint == "" {
		hint = "register it first, in this input or an earlier one"
	}
	v.faults = append(v.faults, c.fault(path, Unregistered, id, "no such "+strings.TrimSuffix(string(f.Kind), " id")+" is registered", hint))
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
	var keys []string
	for _, c := range v.in {
		if c.Event.Negotiation == negotiation && c.Event.Key != "" {
			keys = append(keys, c.Event.Key)
		}
	}
	if s := suggest(read, keys); s != "" {
		return "did you mean " + s + "?"
	}
	return "record the event it refers to first, or in the same input"
}

// rules checks what no single field can tell.
func (v *validation) rules(c Candidate, i int, b *Body, prefix string) {
	bad := func(path, read, reason, hint string) {
		v.faults = append(v.faults, c.fault(prefix+path, BadValue, read, reason, hint))
	}
	if k := b.Clock; k != nil && !k.Start.IsZero() && !k.End.IsZero() && k.End.Before(k.Start) {
		bad("clock.end", k.End.Format(time.RFC3339), "the act ends before it starts", "swap clock.start and clock.end")
	}
	switch a := b.Act.(type) {
	case NegotiationRegistered:
		if _, err := time.LoadLocation(a.TimeZone); err != nil || a.TimeZone == "Local" {
			bad("act.timeZone", a.TimeZone, "no such time zone", "write a name of the IANA list, such as Asia/Karachi")
		}
	case ProcessStatusDeclared:
		if a.Status == "" && a.FurtherTalksPlanned == "" {
			bad("act.status", "", "the act says nothing", "give act.status or act.furtherTalksPlanned")
		}
	case IncidentReported:
		if a.CountHigh > 0 && a.CountLow > a.CountHigh {
			bad("act.countLow", fmt.Sprint(a.CountLow), "is more than act.countHigh", "swap the two")
		}
	case EventCorrected:
		v.repairOrder(c, i, a.Target)
		v.rules(c, i, &a.Replacement.Body, prefix+"act.replacement.")
	case EventWithdrawn:
		v.repairOrder(c, i, a.Target)
	case BranchOpened, BranchDropped:
		v.faults = append(v.faults, c.fault("type", NotAllowed, c.Event.Type(),
			"branches do not stand in the record", "open one with parley branch open"))
	default:
	}
}

// repairOrder demands that the target of a repair is recorded before it.
func (v *validation) repairOrder(c Candidate, i int, target EventRef) {
	id := target.Resolve(c.Event.Negotiation)
	if j, ok := v.first[eventName{c.Event.Negotiation, id}]; ok && j >= i {
		if _, recorded := v.ledgers[c.Event.Negotiation].Position(id); !recorded {
			v.faults = append(v.faults, c.fault("act.target", BadValue, string(target),
				"stands after the event that repairs it", "put the target first"))
		}
	}
}
