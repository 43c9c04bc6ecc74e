package domain

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

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
// A record with neither key nor id gets an id made from its content, so that
// reading it again gives the same event.
func Bind(r Record) Candidate {
	b := binder{place: r.Place}
	c := Candidate{Event: &Event{}, Place: r.Place}
	e := c.Event
	typeName := ""
	for _, v := range r.Values {
		if !slices.Contains(envelopePaths, v.Path) {
			continue
		}
		text := strings.Join(v.Items, "|")
		switch v.Path {
		case "type":
			typeName = text
		case "negotiation":
			e.Negotiation = text
		case "writer":
			e.Writer = text
		case "id":
			id, err := uuid.Parse(text)
			if err != nil {
				b.fault(b.place(v.Path), BadValue, text, "not a UUID", "leave the id out and give a key")
			}
			e.ID = id
		case "time":
			t, err := time.Parse(time.RFC3339Nano, text)
			if err != nil {
				b.fault(b.place(v.Path), BadValue, text, "not an RFC 3339 time", "write 2025-10-28T14:30:00Z")
			}
			e.Time = t.UTC()
		}
	}
	if e.Negotiation == "" {
		b.fault(b.place("negotiation"), Missing, "", "negotiation is required", "write the id of the negotiation")
	} else if !ValidID(e.Negotiation) {
		b.fault(b.place("negotiation"), BadValue, e.Negotiation, "not an id", "use 1 to 64 of a-z, 0-9 and -")
	}
	e.Body = b.body(typeName, r.Values, envelopePaths)
	if e.ID == uuid.Nil {
		b.name(e)
	}
	c.Faults = b.faults
	return c
}

type binder struct {
	place  func(path string) Place
	faults Faults
}

func (b *binder) fault(at Place, p Problem, read, reason, hint string) {
	b.faults = append(b.faults, Fault{Place: at, Problem: p, Read: read, Reason: reason, Hint: hint})
}

// name gives the event its id: from its key, else from its content.
func (b *binder) name(e *Event) {
	if e.Key != "" {
		e.ID = KeyedID(e.Negotiation, e.Key)
		return
	}
	if len(b.faults) > 0 {
		return
	}
	content, err := Content(e)
	if err != nil {
		b.fault(b.place("type"), BadValue, "", err.Error(), "")
		return
	}
	e.ID = uuid.NewSHA1(contentSpace, content)
}

// contentSpace is the UUIDv5 namespace of events without key and id.
var contentSpace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://parley.invalid/event-content"))

// body binds the values of one body: of the record, or of a replacement in it.
func (b *binder) body(typeName string, values []Value, skip []string) Body {
	var body Body
	spec, known := SpecOf(typeName)
	switch {
	case typeName == "":
		b.fault(b.place("type"), Missing, "", "type is required", "write the type of the act, such as DraftFinalized")
	case !known:
		b.fault(b.place("type"), UnknownType, typeName, "no such type of act", DidYouMean(typeName, typeNames()))
	}
	var act reflect.Value
	if known {
		act = reflect.New(spec.Go).Elem()
	}
	seen := make(map[string]bool, len(values))
	root := reflect.ValueOf(&body).Elem()
	for _, v := range values {
		if slices.Contains(skip, v.Path) {
			continue
		}
		if f := findField(bodyFields, v.Path); f != nil {
			seen[v.Path] = b.set(f, root, v)
			continue
		}
		if strings.HasPrefix(v.Path, "act.") && !known {
			continue // its fields cannot be told
		}
		if known {
			if f := findField(spec.shape, v.Path); f != nil {
				seen[v.Path] = b.set(f, act, v)
				continue
			}
		}
		b.unknownField(spec, v)
	}
	if known {
		b.missing(spec, typeName, seen)
		body.Act, _ = act.Interface().(Act)
	}
	if body.Duration != nil && body.Duration.Value == "" {
		b.fault(b.place("duration.approximate"), Missing, "", "duration.value is required where duration.approximate stands", "write PT18H")
	}
	return body
}

// missing reports required fields that no value filled.
func (b *binder) missing(spec *Spec, typeName string, seen map[string]bool) {
	if !spec.Control && !seen["occurred"] {
		if _, read := seen["occurred"]; !read {
			b.fault(b.place("occurred"), Missing, "", "occurred is required", "write XXXX-XX-XX where nothing is known")
		}
	}
	if roundsActs[typeName] {
		if _, read := seen["round"]; !read {
			b.fault(b.place("round"), Missing, "", "round is required for "+typeName, "write the id of the round")
		}
	}
	for i := range spec.shape {
		f := &spec.shape[i]
		if _, read := seen[f.Path]; f.Required && !read {
			hint := "write " + indefinite(f)
			b.fault(b.place(f.Path), Missing, "", f.Path+" is required for "+typeName, hint)
		}
	}
}

// roundsActs cannot stand without the round they speak of.
var roundsActs = map[string]bool{"RoundOpened": true, "SessionHeld": true, "RoundConcluded": true}

func indefinite(f *Field) string {
	if len(f.Values) > 0 {
		return "one of " + strings.Join(f.Values, ", ")
	}
	return string(f.Kind) + ": " + f.Doc
}

func (b *binder) unknownField(spec *Spec, v Value) {
	var names []string
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

func findField(fields []Field, path string) *Field {
	for i := range fields {
		if fields[i].Path == path {
			return &fields[i]
		}
	}
	return nil
}

// set converts one value and puts it into the struct. It tells whether it could.
func (b *binder) set(f *Field, root reflect.Value, v Value) bool {
	if f.Kind == Nested {
		return b.nested(f, root, v)
	}
	if v.Form == Object || (v.List && !f.List) {
		b.fault(b.place(v.Path), BadValue, strings.Join(v.Items, "|"), f.Path+" holds one "+string(f.Kind), "")
		return false
	}
	ok := true
	if !f.List {
		text := ""
		if len(v.Items) > 0 {
			text = v.Items[0]
		}
		return b.scalar(f, f.reach(root), text, v)
	}
	items := v.Items
	if v.Form == Cell && len(items) == 1 {
		items = strings.Split(items[0], "|")
	}
	list := reflect.MakeSlice(reflect.SliceOf(f.goType), len(items), len(items))
	for i, item := range items {
		ok = b.scalar(f, list.Index(i), item, v) && ok
	}
	if len(items) > 0 {
		f.reach(root).Set(list)
	}
	return ok
}

// nested binds a replacement: a whole body with its type.
func (b *binder) nested(f *Field, root reflect.Value, v Value) bool {
	if v.Form != Object {
		b.fault(b.place(v.Path), BadValue, strings.Join(v.Items, "|"), f.Path+" holds a whole event", "write an object with type, occurred, act, …")
		return false
	}
	inner := binder{place: func(path string) Place { return b.place(f.Path + "." + path) }}
	var r Replacement
	for _, n := range v.Nested {
		if n.Path == "type" {
			r.Type = strings.Join(n.Items, "|")
		}
	}
	r.Body = inner.body(r.Type, v.Nested, []string{"type"})
	b.faults = append(b.faults, inner.faults...)
	f.reach(root).Set(reflect.ValueOf(r))
	return len(inner.faults) == 0
}

// scalar converts one text to the field's Go type.
func (b *binder) scalar(f *Field, to reflect.Value, text string, v Value) bool {
	bad := func(reason, hint string) bool {
		b.fault(b.place(v.Path), BadValue, text, reason, hint)
		return false
	}
	if v.Form == Digits && f.Kind != Number && f.Kind != Decimal || v.Form == Bare && f.Kind != Truth {
		return bad(f.Path+" is "+string(f.Kind)+", not a "+string(v.Form), "put it in quotation marks")
	}
	if v.Form == Quoted && (f.Kind == Number || f.Kind == Decimal || f.Kind == Truth) {
		return bad(f.Path+" is a "+string(f.Kind)+", not a string", "leave out the quotation marks")
	}
	switch f.Kind {
	case Date:
		d, err := ParseEDTF(text)
		if err != nil {
			reason, hint := edtfReason(err)
			b.fault(b.place(v.Path), BadDate, text, reason, hint)
			return false
		}
		to.Set(reflect.ValueOf(d))
	case Moment:
		t, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return bad("not an RFC 3339 time", "write 2025-10-28T14:30:00+05:00")
		}
		to.Set(reflect.ValueOf(t))
	case Length:
		if _, err := ISODuration(text).Seconds(); err != nil {
			return bad("not an ISO 8601 duration of weeks, days, hours, minutes and seconds", "write PT18H or P4D")
		}
		to.SetString(text)
	case Word:
		if !slices.Contains(f.Values, text) {
			return bad("not a value of "+f.Path, DidYouMean(text, f.Values))
		}
		to.SetString(text)
	case Number:
		n, err := strconv.Atoi(text)
		if err != nil || f.HasMin && n < f.Min || n > 1e9 {
			return bad("not a whole number from "+strconv.Itoa(f.Min)+" on", "")
		}
		to.SetInt(int64(n))
	case Decimal:
		n, err := strconv.ParseFloat(text, 64)
		if err != nil || !(n >= 0 && n <= 1e9) {
			return bad("not a number from 0 on", "")
		}
		to.SetFloat(n)
	case Truth:
		if text != "true" && text != "false" {
			return bad("not true or false", DidYouMean(text, []string{"true", "false"}))
		}
		to.SetBool(text == "true")
	case Reference:
		if !ValidID(text) {
			return bad("not an event key or id", "use 1 to 64 of a-z, 0-9 and -")
		}
		to.SetString(text)
	case Name, Actor, Issue, Ceasefire:
		if !ValidID(text) {
			return bad("not an id", "use 1 to 64 of a-z, 0-9 and -")
		}
		to.SetString(text)
	case Text:
		return b.text(f, to, text, v)
	case Nested:
	}
	return true
}

// text takes free text, and the two body fields with rules of their own.
func (b *binder) text(f *Field, to reflect.Value, text string, v Value) bool {
	switch {
	case text == "":
		b.fault(b.place(v.Path), BadValue, text, f.Path+" is empty", "leave it out")
		return false
	case f.Path == "key" && !ValidID(text):
		b.fault(b.place(v.Path), BadValue, text, "not a key", "use 1 to 64 of a-z, 0-9 and -")
		return false
	case f.Path == "source.quote" && len([]rune(text)) > MaxQuoteRunes:
		b.fault(b.place(v.Path), TooLarge, string([]rune(text)[:40])+"…", "the quote is longer than "+strconv.Itoa(MaxQuoteRunes)+" characters", "quote only what shows the act")
		return false
	}
	to.SetString(text)
	return true
}

// edtfReason words the reason of an EDTF error.
func edtfReason(err error) (reason, hint string) {
	if e, ok := err.(*EDTFError); ok {
		return "not EDTF: " + e.Reason, e.Hint
	}
	return "not EDTF: " + err.Error(), ""
}
