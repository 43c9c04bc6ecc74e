package domain

import (
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Field describes one value of an event: its path, which is its CSV column and
// its place in JSON, and the rule for it.
type Field struct {
	Path     string   // act.issue, source.quote, links.same-act
	Kind     Kind     // what is written there
	List     bool     // several values, separated by | in CSV
	Required bool     // must be present
	InGroup  bool     // must be present where its group is: duration.value in duration
	Values   []string // closed list, if any
	Min      int      // smallest number, for Number
	HasMin   bool
	Doc      string // one line for the codebook

	index  []int        // path through the Go structs
	goType reflect.Type // of one value
	inAct  bool         // index starts at the act, else at the body
	bit    uint         // number within the fields of one type, for fieldSet
}

// Kind says what a field holds.
type Kind string

// The kinds of field.
const (
	Text      Kind = "text"
	Word      Kind = "word"     // one of a closed list
	Number    Kind = "number"   // whole
	Decimal   Kind = "decimal"  // with decimals
	Truth     Kind = "truth"    // true or false
	Date      Kind = "EDTF"     // uncertain date
	Moment    Kind = "RFC 3339" // exact time
	Length    Kind = "ISO 8601" // duration
	Name      Kind = "id"       // id that a person chose
	Actor     Kind = "actor id"
	Issue     Kind = "issue id"
	Ceasefire Kind = "ceasefire id"
	Reference Kind = "event key or id"
	Nested    Kind = "event" // a whole event, only in corrections
)

var (
	edtfType        = reflect.TypeFor[EDTF]()
	timeType        = reflect.TypeFor[time.Time]()
	durationType    = reflect.TypeFor[ISODuration]()
	enumType        = reflect.TypeFor[Enum]()
	replacementType = reflect.TypeFor[Replacement]()

	kindOfID = map[reflect.Type]Kind{
		reflect.TypeFor[ActorID]():     Actor,
		reflect.TypeFor[IssueID]():     Issue,
		reflect.TypeFor[CeasefireID](): Ceasefire,
		reflect.TypeFor[EventRef]():    Reference,
		reflect.TypeFor[RoundID]():     Name,
		reflect.TypeFor[SessionID]():   Name,
		reflect.TypeFor[DraftID]():     Name,
		reflect.TypeFor[ProposalID]():  Name,
		reflect.TypeFor[LensID]():      Name,
		reflect.TypeFor[BranchID]():    Name,
		reflect.TypeFor[NewID]():       Name,
	}
)

// bodyFields are the fields of a body but for its act.
var bodyFields = structFields(reflect.TypeFor[Body](), "")

// BodyFields lists the fields that every event has, in order, without the act.
func BodyFields() []Field { return bodyFields }

// structFields lists the leaves of a struct in order. It panics on a Go type
// that has no kind: that is a fault of this package.
func structFields(t reflect.Type, prefix string) []Field {
	var fields []Field
	for i := range t.NumField() {
		sf := t.Field(i)
		name, options, _ := strings.Cut(sf.Tag.Get("json"), ",")
		if name == "-" || name == "" {
			continue
		}
		f := Field{
			Path: prefix + name, Doc: sf.Tag.Get("doc"),
			Required: !strings.Contains(options, "omit"),
			index:    []int{i}, goType: sf.Type,
		}
		if m, ok := sf.Tag.Lookup("min"); ok {
			f.Min, _ = strconv.Atoi(m)
			f.HasMin = true
		}
		if inner := structBelow(sf.Type); inner != nil {
			for _, in := range structFields(inner, f.Path+".") {
				in.index = append([]int{i}, in.index...)
				in.InGroup = in.Required || in.InGroup
				in.Required = in.Required && f.Required
				fields = append(fields, in)
			}
			continue
		}
		if f.goType.Kind() == reflect.Slice {
			f.List, f.goType = true, f.goType.Elem()
		}
		f.Kind, f.Values = kindOf(f.goType)
		fields = append(fields, f)
	}
	return fields
}

// structBelow is the struct that a field nests, if it does.
func structBelow(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t == edtfType || t == timeType || t == replacementType {
		return nil
	}
	return t
}

func kindOf(t reflect.Type) (Kind, []string) {
	switch {
	case t == edtfType:
		return Date, nil
	case t == timeType:
		return Moment, nil
	case t == durationType:
		return Length, nil
	case t == replacementType:
		return Nested, nil
	case t.Implements(enumType):
		return Word, reflect.Zero(t).Interface().(Enum).Values()
	}
	if k, ok := kindOfID[t]; ok {
		return k, nil
	}
	switch t.Kind() {
	case reflect.String:
		return Text, nil
	case reflect.Int:
		return Number, nil
	case reflect.Float64:
		return Decimal, nil
	case reflect.Bool:
		return Truth, nil
	}
	panic("domain: no kind for Go type " + t.String())
}

// get follows the index path; ok is false below a nil pointer.
func (f *Field) get(root reflect.Value) (v reflect.Value, ok bool) {
	v = root
	for _, i := range f.index {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return reflect.Value{}, false
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v, true
}

// reach follows the index path and makes the structs on the way.
func (f *Field) reach(root reflect.Value) reflect.Value {
	v := root
	for _, i := range f.index {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	return v
}
