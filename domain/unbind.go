package domain

import (
	"reflect"
	"strconv"
	"time"
)

// valuesUsual is how many values most events have, or fewer.
const valuesUsual = 16

// Unbind lists what an event holds as the values of a record, in the order of
// the codebook. It is the inverse of [Bind]: what is bound again has the same id
// and content. The id stands among the values only where no key gives it.
//
// The door stamps recorded, and the log gives the position; neither is a value
// of a record.
func Unbind(e *Event) []Value {
	values := make([]Value, 0, valuesUsual)
	add := func(path, text string) {
		if text != "" {
			values = append(values, Value{Path: path, Items: []string{text}, Form: Quoted})
		}
	}
	add("key", e.Key)
	add("type", e.Type())
	add("negotiation", e.Negotiation)
	if e.Key == "" {
		add("id", e.ID.String())
	}
	add("writer", e.Writer)
	add("time", printTime(e.Time))
	return unbindBody(values, &e.Body)
}

// unbindBody adds the values of a body but for its key, which stands first.
func unbindBody(values []Value, b *Body) []Value {
	root := reflect.ValueOf(b).Elem()
	for i := range bodyFields {
		if f := &bodyFields[i]; f.Path != "key" {
			values = unbindField(values, f, root)
		}
	}
	if spec, ok := byGo[reflect.TypeOf(b.Act)]; ok {
		act := reflect.ValueOf(b.Act)
		for i := range spec.shape {
			values = unbindField(values, &spec.shape[i], act)
		}
	}
	return values
}

func unbindField(values []Value, f *Field, root reflect.Value) []Value {
	v, ok := f.get(root)
	if !ok || v.IsZero() && f.Kind != Nested {
		return values
	}
	out := Value{Path: f.Path, List: f.List, Form: Quoted}
	switch {
	case f.List:
		for i := range v.Len() {
			out.Items = append(out.Items, v.Index(i).String())
		}
	case f.Kind == Nested:
		r, _ := v.Interface().(Replacement)
		out.Form = Object
		out.Nested = unbindBody([]Value{{Path: "type", Items: []string{TypeOf(r.Act)}, Form: Quoted}}, &r.Body)
	default:
		var text string
		text, out.Form = unbindScalar(f, v)
		out.Items = []string{text}
	}
	if f.List && len(out.Items) == 0 {
		return values
	}
	return append(values, out)
}

func unbindScalar(f *Field, v reflect.Value) (string, Form) {
	switch f.Kind {
	case Date:
		d, _ := v.Interface().(EDTF)
		return d.String(), Quoted
	case Moment:
		t, _ := v.Interface().(time.Time)
		return t.Format(time.RFC3339Nano), Quoted
	case Number:
		return strconv.FormatInt(v.Int(), 10), Digits
	case Decimal:
		return strconv.FormatFloat(v.Float(), 'f', -1, 64), Digits
	case Truth:
		return strconv.FormatBool(v.Bool()), Bare
	default:
		return v.String(), Quoted
	}
}
