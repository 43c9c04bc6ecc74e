package export

import (
	"cmp"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley/domain"
	"parley/projections"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The parts of an object-centric event log in JSON (OCEL 2.0, section 8). Values
// are strings whatever type is declared for them, as its schema demands.
type (
	ocelLog struct {
		ObjectTypes []ocelType   `json:"objectTypes"`
		EventTypes  []ocelType   `json:"eventTypes"`
		Objects     []ocelObject `json:"objects"`
		Events      []ocelEvent  `json:"events"`
	}
	ocelType struct {
		Name       string          `json:"name"`
		Attributes []ocelAttribute `json:"attributes"`
	}
	ocelAttribute struct {
		Name string `json:"name"`
		Type string `json:"type"`
	}
	ocelObject struct {
		ID            string         `json:"id"`
		Type          string         `json:"type"`
		Attributes    []ocelTimed    `json:"attributes,omitempty"`
		Relationships []ocelRelation `json:"relationships,omitempty"`
	}
	ocelEvent struct {
		ID            string         `json:"id"`
		Type          string         `json:"type"`
		Time          string         `json:"time"`
		Attributes    []ocelValue    `json:"attributes,omitempty"`
		Relationships []ocelRelation `json:"relationships,omitempty"`
	}
	ocelTimed struct {
		Name  string `json:"name"`
		Time  string `json:"time"`
		Value string `json:"value"`
	}
	ocelValue struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	ocelRelation struct {
		ObjectID  string `json:"objectId"`
		Qualifier string `json:"qualifier"`
	}
)

// ocelAlways is the time of values that hold throughout, as in the examples of the
// standard. It says nothing of when anything happened.
const ocelAlways = "1970-01-01T00:00:00Z"

// The values of the attribute timeBasis: what the time of an event is.
const (
	basisExact    = "exact"         // told to the second
	basisLatest   = "latest-bound"  // the last moment at which it can have happened
	basisRecorded = "recorded"      // it has no latest bound; when it was recorded, or after what it follows
	basisBefore   = "before-year-0" // it was over before the first year that RFC 3339 can write
)

// OCEL writes the happenings of a picture as an object-centric event log, OCEL 2.0
// in JSON. Objects are the negotiation, rounds, sessions, drafts and their versions,
// issues, ceasefires, proposals and actors by their kind.
//
// OCEL wants a time for every event. It is the latest bound, as for a cut; the
// attributes edtf, earliest and latest tell what is known, and timeBasis what the
// time is. No event stands before one that it certainly follows. What is only
// planned or denied has a type of its own, so that no tool takes it for something
// that happened: "AgreementSigned (planned)".
func OCEL(w io.Writer, pic *projections.Picture, program string) (Tally, error) {
	var t Tally
	board, err := contests(pic)
	if err != nil {
		return t, err
	}
	m := newOCEL(pic, program)
	clock := ocelClock{}
	var before *projections.Happening
	for _, h := range pic.Happenings {
		at, basis := clock.time(h)
		if basis == basisRecorded {
			t.Undated++
		}
		unordered := before != nil && pic.Unordered(before, h)
		m.event(h, at, basis, contested(board, h), unordered)
		t.Written++
		before = h
	}
	if err := json.MarshalWrite(w, m.log(), jsontext.WithIndent(" ")); err != nil {
		return t, err
	}
	_, err = io.WriteString(w, "\n")
	return t, err
}

// firstSayable is the first moment that RFC 3339 has a text for.
var firstSayable = domain.InstantOf(time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC))

// ocelClock gives the happenings of a picture their times, one after the other in
// the order of the picture.
type ocelClock struct{ last domain.Instant }

func (c *ocelClock) time(h *projections.Happening) (domain.Instant, string) {
	span := spanOf(h)
	at, basis := span.Latest, basisLatest
	switch {
	case at < firstSayable:
		return firstSayable, basisBefore
	case at == domain.Future || !sayable(at):
		at, basis = max(domain.InstantOf(h.Lead.Recorded), c.last), basisRecorded
		if sayable(span.Earliest) {
			at = max(at, span.Earliest)
		}
	case at-span.Earliest < 1000 && span.Earliest != domain.Past:
		basis = basisExact
	}
	c.last = max(c.last, at)
	return at, basis
}

// ocel collects objects and events, with the attributes that each type has.
type ocel struct {
	pic        *projections.Picture
	from       Provenance
	objects    map[string]*ocelObject
	objectType map[string]map[string]string // type → attribute → its type
	eventType  map[string]map[string]string
	events     []ocelEvent
	process    string // id of the object of the negotiation
}

func newOCEL(pic *projections.Picture, program string) *ocel {
	m := &ocel{pic: pic, from: Of(pic, program), objects: map[string]*ocelObject{}, objectType: map[string]map[string]string{}, eventType: map[string]map[string]string{}}
	from := m.from
	m.process = m.object("negotiation", pic.Negotiation)
	for _, v := range []ocelValue{
		{"title", from.Title},
		{"timeZone", pic.Registry.TimeZone},
		{"view", from.ViewText()},
		{"position", from.Position},
		{"hypothetical", from.Hypothetical},
		{"fork", from.Fork},
		{"author", from.Author},
		{"purpose", from.Purpose},
		{"program", from.Program},
	} {
		m.says(m.process, v.Name, v.Value)
	}
	m.registry()
	return m
}

// event adds a happening.
func (m *ocel) event(h *projections.Happening, at domain.Instant, basis string, disputed []string, unordered bool) {
	a := h.Lead
	e := ocelEvent{ID: a.Name(), Type: a.Type(), Time: at.Time().Format("2006-01-02T15:04:05.000Z")}
	if how := modalityOf(h); how != "" {
		e.Type += " (" + how + ")"
	}
	types := m.eventType[e.Type]
	if types == nil {
		types = map[string]string{}
		m.eventType[e.Type] = types
	}
	say := func(name, value, kind string) {
		if value != "" {
			e.Attributes = append(e.Attributes, ocelValue{name, value})
			types[name] = kind
		}
	}
	say("timeBasis", basis, "string")
	say("edtf", a.Event.Occurred.String(), "string")
	span := spanOf(h)
	if sayable(span.Earliest) {
		say("earliest", span.Earliest.String(), "time")
	}
	if sayable(span.Latest) {
		say("latest", span.Latest.String(), "time")
	}
	say("accounts", strconv.Itoa(len(h.Accounts)), "integer")
	say("denials", strconv.Itoa(len(h.Denials)), "integer")
	say("contested", strings.Join(disputed, "|"), "string")
	if unordered {
		say("unorderedWithPrevious", "true", "boolean")
	}
	say("hypothetical", m.from.Hypothetical, "string")
	if a.Hypothetical() {
		say("supposed", "true", "boolean")
	}
	if s := a.Source; s != nil {
		say("quote", s.Quote, "string")
		say("document", s.Document, "string")
		say("speaker", s.Speaker, "string")
	}
	say("unnamedActors", strings.Join(a.UnnamedActors, "|"), "string")
	values := domain.Unbind(a.Event)
	kinds := kindsOf(values)
	for _, v := range values {
		if strings.HasPrefix(v.Path, "act.") && !m.isObject(kinds[v.Path], v.Path) {
			say(v.Path, strings.Join(v.Items, "|"), ocelKind(kinds[v.Path], v.List))
		}
	}
	e.Relationships = m.related(h, values, kinds)
	m.events = append(m.events, e)
}

// ocelKind is the OCEL type of a value.
func ocelKind(k domain.Kind, isList bool) string {
	switch {
	case isList:
		return "string"
	case k == domain.Number:
		return "integer"
	case k == domain.Decimal:
		return "float"
	case k == domain.Truth:
		return "boolean"
	case k == domain.Moment:
		return "time"
	default:
		return "string"
	}
}

// log puts everything in its order: types by name, objects by id, events by time.
// Of events at one time, the order of the picture stays.
func (m *ocel) log() ocelLog {
	slices.SortStableFunc(m.events, func(a, b ocelEvent) int { return cmp.Compare(a.Time, b.Time) })
	out := ocelLog{ObjectTypes: ocelTypes(m.objectType), EventTypes: ocelTypes(m.eventType), Objects: []ocelObject{}, Events: m.events}
	if out.Events == nil {
		out.Events = []ocelEvent{}
	}
	for _, id := range slices.Sorted(maps.Keys(m.objects)) {
		out.Objects = append(out.Objects, *m.objects[id])
	}
	return out
}

func ocelTypes(types map[string]map[string]string) []ocelType {
	out := []ocelType{}
	for _, name := range slices.Sorted(maps.Keys(types)) {
		t := ocelType{Name: name, Attributes: []ocelAttribute{}}
		for _, a := range slices.Sorted(maps.Keys(types[name])) {
			t.Attributes = append(t.Attributes, ocelAttribute{a, types[name][a]})
		}
		out = append(out, t)
	}
	return out
}

// says gives an object a value that holds throughout.
func (m *ocel) says(id, name, value string) {
	o := m.objects[id]
	if value == "" || slices.ContainsFunc(o.Attributes, func(v ocelTimed) bool { return v.Name == name }) {
		return
	}
	o.Attributes = append(o.Attributes, ocelTimed{name, ocelAlways, value})
	m.objectType[o.Type][name] = "string"
}
