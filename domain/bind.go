package domain

import (
	"reflect"
	"strings"

	"github.com/google/uuid"
)

// Value is one value of an input record as it was read.
type Value struct {
	Path   string   // act.issue
	Items  []string // one for a scalar, any number for a list
	List   bool     // written as a list
	Form   Form     // how it was written
	Nested []Value  // members of an object, for a replacement
}

// Form is how a value was written.
type Form string

// The forms. Cells of a table are untyped and read as whatever their field is.
const (
	Cell   Form = "cell"
	Quoted Form = "string"
	Digits Form = "number"
	Bare   Form = "boolean"
	Object Form = "object"
)

// Record is one event of the input as it was read: a row or a line.
type Record struct {
	Values []Value
	Place  func(path string) Place // where the value at a path stands, or would
}

// envelopePaths are the values of a record that are no part of the body.
var envelopePaths = []string{"id", "type", "negotiation", "writer", "time"}

// Bind makes an event of a record, with all the faults of the record alone. What
// needs the rest of the input or the log (registered ids, references, keys) is
// for [Decide], which a faulty candidate goes through as well, so that all its
// faults are told at once.
//
// White space around a value does not count. A record with neither key nor id
// gets an id made from its content, so that reading it again gives the same
// event.
func Bind(r Record) Candidate {
	b := binder{place: r.Place}
	e := &Event{}
	typeName := b.envelope(e, r.Values)
	e.Body = b.body(typeName, r.Values)
	b.name(e)
	return Candidate{Event: e, Place: r.Place, Faults: b.faults}
}

// binder collects the faults of one record, or of one replacement within it.
type binder struct {
	place  func(path string) Place
	faults Faults
	depth  int // of replacements
}

func (b *binder) fault(at Place, p Problem, read, reason, hint string) {
	b.faults = append(b.faults, Fault{Place: at, Problem: p, Read: excerpt(read), Reason: reason, Hint: hint})
}

// envelope reads what is no part of the body, and returns the name of the type.
func (b *binder) envelope(e *Event, values []Value) (typeName string) {
	var seen [5]bool
	for i := range values {
		v := &values[i]
		at := envelopeIndex(v.Path)
		if at < 0 || !b.once(v, &seen[at]) {
			continue
		}
		text, ok := b.word(v)
		if !ok {
			continue
		}
		switch v.Path {
		case "type":
			typeName = text
		case "negotiation":
			e.Negotiation = text
		case "writer":
			if !validWriter(text) {
				b.fault(b.place(v.Path), BadValue, text, "not a URI reference", "write mailto:name@example.org, a URL, or a name without spaces")
			}
			e.Writer = text
		case "id":
			id, err := uuid.Parse(text)
			if err != nil || len(text) != uuidLength || id == uuid.Nil {
				b.fault(b.place(v.Path), BadValue, text, "not a UUID", "leave the id out and give a key")
				id = uuid.Nil
			}
			e.ID = id
		case "time":
			t, err := parseMoment(text)
			if err != nil {
				b.fault(b.place(v.Path), BadValue, text, "not an RFC 3339 time", "write 2025-10-28T14:30:00Z")
			}
			e.Time = t.UTC()
		}
	}
	switch {
	case seen[envelopeIndex("negotiation")] && e.Negotiation == "" && len(b.faults) > 0:
		// Its fault is told already.
	case e.Negotiation == "":
		b.fault(b.place("negotiation"), Missing, "", "negotiation is required", "write the id of the negotiation")
	case !ValidID(e.Negotiation):
		b.fault(b.place("negotiation"), BadValue, e.Negotiation, "not an id", idHint(e.Negotiation))
	}
	return typeName
}

func envelopeIndex(path string) int {
	switch path {
	case "id":
		return 0
	case "type":
		return 1
	case "negotiation":
		return 2
	case "writer":
		return 3
	case "time":
		return 4
	}
	return -1
}

// once faults a value whose path has been read before: one of the two would be
// lost.
func (b *binder) once(v *Value, seen *bool) bool {
	if *seen {
		b.fault(b.place(v.Path), BadValue, strings.Join(v.Items, "|"), v.Path+" stands twice", "keep one")
		return false
	}
	*seen = true
	return true
}

// word takes a value that is one text.
func (b *binder) word(v *Value) (string, bool) {
	if v.List || v.Form == Object || v.Form == Digits || v.Form == Bare || len(v.Items) != 1 {
		b.fault(b.place(v.Path), BadValue, strings.Join(v.Items, "|"), v.Path+" holds one text, "+v.shape(), "write it in quotation marks")
		return "", false
	}
	return strings.TrimSpace(v.Items[0]), true
}

// shape words how a value was written, for faults.
func (v *Value) shape() string {
	switch {
	case v.List:
		return "not a list"
	case v.Form == Object:
		return "not an object"
	default:
		return "not a " + string(v.Form)
	}
}

// name gives the event its id: from its key, else from its content.
func (b *binder) name(e *Event) {
	switch {
	case e.Key != "" && e.ID == uuid.Nil:
		e.ID = KeyedID(e.Negotiation, e.Key)
	case e.Key != "" && e.ID != KeyedID(e.Negotiation, e.Key):
		b.fault(b.place("id"), BadValue, e.ID.String(), "is not the id that follows from the key", "leave the id out")
	case e.ID == uuid.Nil && len(b.faults) == 0:
		content, err := Content(e)
		if err != nil {
			b.fault(b.place("type"), BadValue, "", err.Error(), "")
			return
		}
		e.ID = uuid.NewSHA1(contentSpace, content)
	}
}

// contentSpace is the UUIDv5 namespace of events without key and id.
var contentSpace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://parley.invalid/event-content"))

// body binds the values of one body: of the record, or of a replacement in it.
func (b *binder) body(typeName string, values []Value) Body {
	var body Body
	spec, known := SpecOf(typeName)
	fields := bodyIndex
	var act reflect.Value
	switch {
	case known:
		fields = spec.fields
		act = reflect.New(spec.Go).Elem()
	case typeName == "":
		b.fault(b.place("type"), Missing, "", "type is required", "write the type of the act, such as DraftFinalized")
	default:
		b.fault(b.place("type"), UnknownType, typeName, "no such type of act", DidYouMean(typeName, typeNames(typeName)))
	}
	var read fieldSet
	root := reflect.ValueOf(&body).Elem()
	for i := range values {
		v := &values[i]
		f, ok := fields[v.Path]
		switch {
		case ok && read.has(f):
			again := true
			b.once(v, &again)
		case ok && f.inAct:
			read.add(f)
			b.set(f, act, v)
		case ok:
			read.add(f)
			b.set(f, root, v)
		case b.elsewhere(v, known):
		default:
			b.unknownField(spec, v)
		}
	}
	if known {
		b.missing(spec, read)
		body.Act, _ = act.Interface().(Act)
	}
	if body.Duration != nil && !read.has(bodyIndex["duration.value"]) {
		b.fault(b.place("duration.value"), Missing, "", "duration.value is required where duration.approximate stands", "write PT18H")
	}
	return body
}

// elsewhere tells of a path that is no field whether something else sees to it.
func (b *binder) elsewhere(v *Value, known bool) bool {
	switch {
	case b.depth == 0 && envelopeIndex(v.Path) >= 0, b.depth > 0 && v.Path == "type":
		return true
	case !known && (strings.HasPrefix(v.Path, "act.") || v.Path == "act"):
		return true // the fields of an unknown type cannot be told
	default:
		return v.Form == Object && len(v.Items)+len(v.Nested) == 0 && groups[v.Path] // an empty object
	}
}

// missing reports required fields that no value filled.
func (b *binder) missing(spec *Spec, read fieldSet) {
	for _, m := range spec.required {
		if !read.has(m.field) {
			b.fault(b.place(m.field.Path), Missing, "", m.reason, m.hint)
		}
	}
}

func (b *binder) unknownField(spec *Spec, v *Value) {
	names := make([]string, 0, 64)
	for _, f := range bodyFields {
		names = append(names, f.Path)
	}
	names = append(names, envelopePaths...)
	reason := "no such field"
	if spec != nil {
		for _, f := range spec.shape {
			names = append(names, f.Path)
		}
		if strings.HasPrefix(v.Path, "act.") {
			reason = spec.Name + " has no such field"
		}
	}
	b.fault(b.place(v.Path), UnknownField, v.Path, reason, DidYouMean(v.Path, names))
}
