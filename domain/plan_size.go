package domain

import "reflect"

const (
	escapeMax     = 6   // bytes that JSON may take for one
	valueBound    = 64  // punctuation, and any number or time
	envelopeBound = 512 // beside what people choose
)

// SizeBound is at least as many bytes as [Encode] takes for an event, found
// without encoding it. Of usual events it is some five times as many.
func SizeBound(e *Event) int {
	return envelopeBound + escapeMax*(len(e.Writer)+len(e.Negotiation)+len(e.SupposedBy)) + sizeBound(&e.Body)
}

// SizeAtLeast is how many bytes [Encode] takes for an event. Of one that it refuses, it
// is what can be told without what is wrong with it, 0 if nothing can.
func SizeAtLeast(e *Event) int {
	if b, err := Encode(e); err == nil {
		return len(b)
	}
	data, err := encodeBody(&e.Body)
	if err != nil {
		return 0
	}
	return len(data)
}

func sizeBound(b *Body) int {
	n := bodyPlan.bound(reflect.ValueOf(b).Elem()) + 2*valueBound
	if s, ok := byGo[reflect.TypeOf(b.Act)]; ok {
		n += len(s.fullName) + s.plan.bound(reflect.ValueOf(b.Act))
	}
	return n
}

func (p plan) bound(root reflect.Value) int {
	n := 0
	for i := range p {
		m := &p[i]
		v := root.Field(m.index)
		n += len(m.lead) + valueBound
		switch {
		case m.group != nil:
			if m.below != nil {
				if v.IsNil() {
					continue
				}
				v = v.Elem()
			}
			n += m.group.bound(v)
		case m.field.List:
			for k := range v.Len() {
				n += valueBound + escapeMax*v.Index(k).Len()
			}
		case v.Kind() == reflect.String:
			n += escapeMax * v.Len()
		case m.field.Kind == Date:
			d, _ := reflect.TypeAssert[EDTF](v)
			n += len(d.text)
		case m.field.Kind == Nested:
			if r, ok := reflect.TypeAssert[Replacement](v); ok {
				n += sizeBound(&r.Body)
			}
		}
	}
	return n
}
