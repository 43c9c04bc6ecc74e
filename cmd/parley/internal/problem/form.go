package problem

import (
	"errors"
	"reflect"

	"parley/domain"
	"parley/domain/intake"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// OfForm words what is wrong with the form of a JSON object, in the words of JSON: where,
// what stands there and what has to. hint says what is to be written instead.
func OfForm(err error, hint string) domain.Fault {
	f := domain.Fault{Problem: domain.Malformed, Hint: hint}
	e, ok := errors.AsType[*json.SemanticError](err)
	if !ok {
		f.Reason = intake.NotJSON(err)
		return f
	}
	f.Pointer = string(e.JSONPointer)
	if errors.Is(e, json.ErrUnknownName) {
		f.Problem, f.Reason = domain.UnknownField, "no such member"
		return f
	}
	f.Problem = domain.BadValue
	if f.Reason = kindOf(e.JSONKind); e.GoType != nil {
		f.Reason += " stands where " + wanted(e.GoType) + " has to"
	}
	return f
}

// kindOf names a value of JSON.
func kindOf(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "null"
	case 't', 'f':
		return "a truth"
	case '"':
		return "a text"
	case '0':
		return "a number"
	case '[', ']':
		return "a list"
	case '{', '}':
		return "an object"
	default:
		return "what is not expected"
	}
}

// wanted names what is read into a Go type.
func wanted(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Bool:
		return "true or false"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return "a whole number"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Pointer:
		return wanted(t.Elem())
	case reflect.Map, reflect.Struct:
		return "an object"
	default:
		return "something else"
	}
}
