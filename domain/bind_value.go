package domain

import (
	"errors"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// set converts one value and puts it into the struct.
func (b *binder) set(f *Field, root reflect.Value, v *Value) {
	if f.Kind == Nested {
		b.nested(f, root, v)
		return
	}
	if !b.fits(f, v) {
		return
	}
	if !f.List {
		text := ""
		if len(v.Items) > 0 {
			text = v.Items[0]
		}
		b.scalar(f, f.reach(root), text, v)
		return
	}
	items := v.Items
	if v.Form == Cell && len(items) == 1 {
		items = strings.Split(items[0], "|")
	}
	if len(items) == 0 {
		if f.Required {
			b.fault(b.place(v.Path), Missing, "", f.Path+" is empty", "write "+indefinite(f))
		}
		return
	}
	list := reflect.MakeSlice(reflect.SliceOf(f.goType), len(items), len(items))
	for i, item := range items {
		b.scalar(f, list.Index(i), item, v)
	}
	f.reach(root).Set(list)
}

// fits tells whether a value is written in the form of its field: one value or a
// list, text or number. Cells have no form of their own.
func (b *binder) fits(f *Field, v *Value) bool {
	bad := func(reason, hint string) bool {
		b.fault(b.place(v.Path), BadValue, strings.Join(v.Items, "|"), f.Path+" holds "+reason, hint)
		return false
	}
	what := string(f.Kind)
	if f.List {
		what = "a list (" + what + ")"
	}
	switch {
	case v.Form == Cell:
		return true
	case v.Form == Object:
		return bad(what+", not objects or null", "")
	case f.List && !v.List:
		return bad(what+", "+v.shape(), "write it in brackets: [\"…\"]")
	case v.List && !f.List:
		return bad("one value ("+what+"), not a list", "write it without brackets")
	case len(v.Items) == 0:
		return true // an empty list has no form
	case v.Form == Quoted && f.unquoted():
		return bad(what+", not a string", "leave out the quotation marks")
	case v.Form == Digits && f.Kind != Number && f.Kind != Decimal, v.Form == Bare && f.Kind != Truth:
		hint := "put it in quotation marks"
		if f.unquoted() {
			hint = "write " + indefinite(f)
		}
		return bad(what+", not a "+string(v.Form), hint)
	}
	return true
}

// unquoted tells whether a field stands in JSON without quotation marks.
func (f *Field) unquoted() bool { return f.Kind == Number || f.Kind == Decimal || f.Kind == Truth }

// nestingMax limits corrections of corrections.
const nestingMax = 8

var errNesting = errors.New("corrections of corrections are nested too deep")

// nested binds a replacement: a whole body with its type.
func (b *binder) nested(f *Field, root reflect.Value, v *Value) {
	if v.Form != Object {
		b.fault(b.place(v.Path), BadValue, strings.Join(v.Items, "|"), f.Path+" holds a whole event", "write an object with type, occurred, act, …")
		return
	}
	if b.depth >= nestingMax {
		b.fault(b.place(v.Path), TooLarge, "", errNesting.Error(), "correct the event itself")
		return
	}
	inner := binder{place: func(path string) Place { return b.place(f.Path + "." + path) }, depth: b.depth + 1}
	var r Replacement
	seen := false
	for i := range v.Nested {
		if n := &v.Nested[i]; n.Path == "type" && inner.once(n, &seen) {
			r.Type, _ = inner.word(n)
		}
	}
	r.Body = inner.body(r.Type, v.Nested)
	if s, ok := SpecOf(r.Type); ok {
		r.Type = s.Name
	}
	if r.Key != "" {
		inner.fault(inner.place("key"), NotAllowed, r.Key, "a corrected event keeps its key", "leave it out")
	}
	b.faults = append(b.faults, inner.faults...)
	f.reach(root).Set(reflect.ValueOf(r))
}

// scalar converts one text to the field's Go type.
func (b *binder) scalar(f *Field, to reflect.Value, text string, v *Value) {
	text = strings.TrimSpace(text)
	bad := func(reason, hint string) { b.fault(b.place(v.Path), BadValue, text, reason, hint) }
	switch f.Kind {
	case Date:
		d, err := ParseEDTF(text)
		if err != nil {
			reason, hint := edtfReason(err)
			b.fault(b.place(v.Path), BadDate, text, reason, hint)
			return
		}
		*to.Addr().Interface().(*EDTF) = d
	case Moment:
		t, err := parseMoment(text)
		if err != nil {
			bad("not an RFC 3339 time", "write 2025-10-28T14:30:00+05:00")
			return
		}
		to.Set(reflect.ValueOf(t))
	case Number:
		n, ok := wholeNumber(text)
		if !ok || !f.holds(float64(n)) {
			bad("not a whole number"+f.span(), "")
			return
		}
		to.SetInt(int64(n))
	case Decimal:
		n, ok := decimalNumber(text)
		if !ok || !f.holds(n) {
			bad("not a number"+f.span(), "")
			return
		}
		to.SetFloat(n)
	case Truth:
		if v.Form == Cell {
			text = strings.ToLower(text) // spreadsheets write TRUE
		}
		if text != "true" && text != "false" {
			bad("not true or false", DidYouMean(text, []string{"true", "false"}))
			return
		}
		to.SetBool(text == "true")
	default:
		b.text(f, to, text, v)
	}
}

// text takes what is a string in Go.
func (b *binder) text(f *Field, to reflect.Value, text string, v *Value) {
	if f.Kind == Text {
		text = strings.ReplaceAll(text, "\r\n", "\n")
	}
	if j := f.judge(text); j != nil {
		fault := Fault{Place: b.place(v.Path), Problem: j.problem, Read: excerpt(text), Reason: j.reason, Hint: j.hint}
		if j.problem == BadValue {
			fault.kind = f.Kind
		}
		b.faults = append(b.faults, fault)
		return
	}
	to.SetString(text)
}

// numberMax is the largest number of any field.
const numberMax = 1e9

// holds tells whether a number is within the field's limits.
func (f *Field) holds(n float64) bool {
	return n <= numberMax && n >= -numberMax && (!f.HasMin || n >= float64(f.Min))
}

func (f *Field) span() string {
	if f.HasMin {
		return " from " + strconv.Itoa(f.Min) + " to a thousand million"
	}
	return " of at most a thousand million"
}

// wholeNumber reads 4, and also 4.0 and 1e3, as other programs write whole
// numbers of columns in which some are missing.
func wholeNumber(text string) (int, bool) {
	if n, err := strconv.Atoi(text); err == nil {
		return n, true
	}
	n, ok := decimalNumber(text)
	if !ok || n != math.Trunc(n) || math.Abs(n) > numberMax {
		return 0, false
	}
	return int(n), true
}

// decimalNumber reads a decimal number; ParseFloat alone would also take
// hexadecimal ones, infinities and NaN.
func decimalNumber(text string) (float64, bool) {
	if strings.Trim(text, "0123456789.eE+-") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	if n == 0 {
		n = 0 // no negative zero
	}
	return n, err == nil
}

// edtfReason words the reason of an EDTF error.
func edtfReason(err error) (reason, hint string) {
	if e, ok := errors.AsType[*EDTFError](err); ok {
		return "not EDTF: " + e.Reason, e.Hint
	}
	return "not EDTF: " + err.Error(), ""
}

// excerptRunes is how much of a value a fault repeats.
const excerptRunes = 120

// excerpt is what a fault repeats of a value: valid UTF-8, and not too long.
func excerpt(s string) string {
	if len(s) > excerptRunes {
		n := 0
		for i := range s {
			if n == excerptRunes {
				s = s[:i] + "…"
				break
			}
			n++
		}
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return s
}
