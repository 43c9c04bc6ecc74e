package domain

import (
	"math"
	"reflect"
	"slices"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
)

// pen writes the stored form. Its methods tell whether they could.
type pen struct {
	out []byte
	has fieldSet
}

var pens = sync.Pool{New: func() any { return &pen{} }}

// takePen gives a pen with an empty sheet; put it back into pens.
func takePen() *pen {
	w, _ := pens.Get().(*pen)
	w.out = w.out[:0]
	return w
}

// quickEncode is [Encode] for events in which nothing is wrong.
func quickEncode(e *Event) ([]byte, bool) {
	s, ok := byGo[reflect.TypeOf(e.Act)]
	if !ok || checkEnvelope(e) != nil {
		return nil, false
	}
	w := takePen()
	defer pens.Put(w)
	w.add(`{"specversion":"` + SpecVersion + `","id":"`)
	w.out = appendUUID(w.out, e.ID)
	w.add(`","source":`)
	if !w.text(e.Writer) {
		return nil, false
	}
	w.add(`,"type":"`)
	w.add(s.fullName)
	w.add(`","subject":"`)
	w.add(e.Negotiation)
	w.add(`"`)
	w.time(`,"time":"`, e.Time)
	w.time(`,"recordedtime":"`, e.Recorded)
	if e.SupposedBy != "" {
		w.add(`,"hypothetical":"`)
		w.add(string(e.SupposedBy))
		w.add(`"`)
	}
	w.add(`,"datacontenttype":"` + contentType + `","data":`)
	if !w.body(s, &e.Body) {
		return nil, false
	}
	w.add(`}`)
	return slices.Clone(w.out), true
}

// content is [contentOf] for bodies in which nothing is wrong.
func (w *pen) content(negotiation string, b *Body) bool {
	s, ok := byGo[reflect.TypeOf(b.Act)]
	if !ok {
		return false
	}
	w.add(s.fullName)
	w.add("\n")
	w.add(negotiation)
	w.add("\n")
	return w.body(s, b)
}

func (w *pen) body(s *Spec, b *Body) bool {
	w.has = 0
	w.add("{")
	if !w.members(bodyPlan, reflect.ValueOf(b).Elem()) {
		return false
	}
	w.lead(actLead)
	if !w.members(s.plan, reflect.ValueOf(b.Act)) {
		return false
	}
	w.add("}}")
	return w.has&s.must == s.must
}

func (w *pen) members(p plan, root reflect.Value) bool {
	for i := range p {
		m := &p[i]
		if v := root.Field(m.index); m.group != nil {
			if !w.group(m, v) {
				return false
			}
		} else if !w.member(m, v) {
			return false
		}
	}
	return true
}

// group writes an object of the body. One without members is absent.
func (w *pen) group(m *member, v reflect.Value) bool {
	if m.below != nil {
		if v.IsNil() {
			return m.omit
		}
		v = v.Elem()
	}
	before := len(w.out)
	w.lead(m.lead)
	w.add("{")
	opened := len(w.out)
	if !w.members(m.group, v) {
		return false
	}
	if len(w.out) == opened {
		w.out = w.out[:before]
		return m.omit
	}
	w.add("}")
	return true
}

// member writes a value with its name, or nothing where it is absent.
func (w *pen) member(m *member, v reflect.Value) bool {
	f := m.field
	if f.List {
		return w.list(m, v)
	}
	switch f.Kind {
	case Nested:
		return false
	case Number:
		n := v.Int()
		if n == 0 {
			return m.omit
		}
		w.lead(m.lead)
		w.out = strconv.AppendInt(w.out, n, 10)
		w.has.add(f)
		return f.holds(float64(n))
	case Decimal:
		n := v.Float()
		if math.Float64bits(n) == 0 {
			return m.omit
		}
		w.lead(m.lead)
		w.out = strconv.AppendFloat(w.out, n, 'f', -1, 64)
		w.has.add(f)
		return f.holds(n) && math.Abs(n) >= decimalMin
	case Truth:
		if !v.Bool() {
			return m.omit
		}
		w.lead(m.lead)
		w.add("true")
		w.has.add(f)
		return true
	case Moment:
		t, ok := reflect.TypeAssert[time.Time](v)
		if !ok || t.IsZero() {
			return ok && m.omit
		}
		w.lead(m.lead)
		w.add(`"`)
		w.out = t.AppendFormat(w.out, time.RFC3339Nano)
		w.add(`"`)
		w.has.add(f)
		return validMoment(t)
	case Date:
		d, ok := reflect.TypeAssert[EDTF](v)
		if !ok || d.IsZero() {
			return ok && m.omit
		}
		w.lead(m.lead)
		w.has.add(f)
		return w.text(d.text)
	default:
		s := v.String()
		if s == "" {
			return m.omit
		}
		w.lead(m.lead)
		w.has.add(f)
		return f.storable(s) && w.text(s)
	}
}

// decimalMin is the least decimal number that JSON writes without an exponent
// (RFC 8785, section 3.2.2.3).
const decimalMin = 1e-6

func (w *pen) list(m *member, v reflect.Value) bool {
	n := v.Len()
	if n == 0 {
		return m.omit
	}
	w.lead(m.lead)
	for i := range n {
		if i == 0 {
			w.add("[")
		} else {
			w.add(",")
		}
		s := v.Index(i).String()
		if s == "" || !m.field.storable(s) || !w.text(s) {
			return false
		}
	}
	w.add("]")
	w.has.add(m.field)
	return true
}

func (w *pen) add(s string) { w.out = append(w.out, s...) }

// lead writes the name of a member; the first of an object has no comma.
func (w *pen) lead(lead string) {
	if w.out[len(w.out)-1] == '{' {
		lead = lead[1:]
	}
	w.add(lead)
}

// text writes a string.
func (w *pen) text(s string) bool {
	if bare, ascii := plain(s); !bare || !ascii && !utf8.ValidString(s) {
		var err error
		w.out, err = jsontext.AppendQuote(w.out, s)
		return err == nil
	}
	w.out = append(w.out, '"')
	w.out = append(w.out, s...)
	w.out = append(w.out, '"')
	return true
}

// time writes a time of the envelope, if there is one.
func (w *pen) time(lead string, t time.Time) {
	if t.IsZero() {
		return
	}
	w.add(lead)
	w.out = appendTime(w.out, t)
	w.add(`"`)
}

const hexDigits = "0123456789abcdef"

// appendUUID writes an id in lower case.
func appendUUID(b []byte, id uuid.UUID) []byte {
	for i, c := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			b = append(b, '-')
		}
		b = append(b, hexDigits[c>>4], hexDigits[c&15])
	}
	return b
}
