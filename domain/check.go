package domain

import (
	"fmt"
	"reflect"
	"time"

	"github.com/google/uuid"
)

// Check lists what is wrong with an event that was made in Go, by the rules by
// which [Bind] reads input; places are JSON pointers. An id that is absent is no
// fault: [Offer] gives one.
func Check(e *Event) Faults {
	c := checker{place: pointerPlace}
	if !ValidID(e.Negotiation) {
		c.fault("negotiation", BadValue, e.Negotiation, "not an id", idHint(e.Negotiation))
	}
	if e.Writer != "" && !validWriter(e.Writer) {
		c.fault("writer", BadValue, e.Writer, "not a URI reference", "write mailto:name@example.org, a URL, or a name without spaces")
	}
	if !validMoment(e.Time) {
		c.fault("time", BadValue, e.Time.String(), errMoment.Error(), "")
	}
	if e.ID != uuid.Nil && e.Key != "" && e.ID != KeyedID(e.Negotiation, e.Key) {
		c.fault("id", BadValue, e.ID.String(), "is not the id that follows from the key", "leave the id out")
	}
	c.body(&e.Body)
	return c.faults
}

// checkStored tells what makes the body of a stored event unreadable: required
// fields that are absent, values outside closed lists, ids that are none. Limits
// on free text are for the door alone, lest changing them hide part of the log.
func checkStored(b *Body) error {
	c := checker{place: pointerPlace, stored: true}
	c.body(b)
	if len(c.faults) > 0 {
		return c.faults
	}
	return nil
}

// checker collects the faults of a body made in Go.
type checker struct {
	place  func(path string) Place
	faults Faults
	stored bool
	depth  int
}

func (c *checker) fault(path string, p Problem, read, reason, hint string) {
	c.faults = append(c.faults, Fault{Place: c.place(path), Problem: p, Read: excerpt(read), Reason: reason, Hint: hint})
}

func (c *checker) body(b *Body) {
	spec, ok := byGo[reflect.TypeOf(b.Act)]
	if !ok {
		c.fault("type", Missing, TypeOf(b.Act), "the act is not in the catalogue", "set one of the acts of this package, not a pointer to it")
		return
	}
	var has fieldSet
	root, act := reflect.ValueOf(b).Elem(), reflect.ValueOf(b.Act)
	for i := range bodyFields {
		c.field(&bodyFields[i], root, &has)
	}
	for i := range spec.shape {
		c.field(&spec.shape[i], act, &has)
	}
	for _, m := range spec.required {
		if !has.has(m.field) {
			c.fault(m.field.Path, Missing, "", m.reason, m.hint)
		}
	}
	if b.Duration != nil && b.Duration.Value == "" {
		c.fault("duration.value", Missing, "", "duration.value is required where duration stands", "write PT18H")
	}
}

// field checks the value of one field and notes whether there is one.
func (c *checker) field(f *Field, root reflect.Value, has *fieldSet) {
	v, ok := f.get(root)
	if !ok || v.IsZero() && f.Kind != Nested {
		return
	}
	if f.List {
		for i := range v.Len() {
			has.add(f)
			c.text(f, v.Index(i).String())
		}
		return
	}
	has.add(f)
	switch f.Kind {
	case Date, Truth: // nothing that Go lets one write is wrong
	case Moment:
		if t, ok := v.Interface().(time.Time); ok && !validMoment(t) {
			c.fault(f.Path, BadValue, t.String(), errMoment.Error(), "")
		}
	case Number:
		if !f.holds(float64(v.Int())) {
			c.fault(f.Path, BadValue, fmt.Sprint(v.Int()), "not a whole number"+f.span(), "")
		}
	case Decimal:
		if !f.holds(v.Float()) {
			c.fault(f.Path, BadValue, fmt.Sprint(v.Float()), "not a number"+f.span(), "")
		}
	case Nested:
		if r, ok := v.Interface().(Replacement); ok {
			c.replacement(f, &r)
		}
	case Text, Word, Length, Name, Actor, Issue, Ceasefire, Reference:
		c.text(f, v.String())
	}
}

func (c *checker) text(f *Field, text string) {
	if c.stored && f.storesAny() {
		return
	}
	if j := f.judge(text); j != nil {
		c.fault(f.Path, j.problem, text, j.reason, j.hint)
	}
}

// storesAny tells of free text, which the log takes as it is. A key is none.
func (f *Field) storesAny() bool { return f.Kind == Text && f.Path != "key" }

// storable tells whether the log can hold a text in this field.
func (f *Field) storable(text string) bool { return f.storesAny() || f.judge(text) == nil }

func (c *checker) replacement(f *Field, r *Replacement) {
	if c.depth >= nestingMax {
		c.fault(f.Path, TooLarge, "", errNesting.Error(), "correct the event itself")
		return
	}
	inner := checker{place: func(path string) Place { return c.place(f.Path + "." + path) }, stored: c.stored, depth: c.depth + 1}
	inner.body(&r.Body)
	if name := TypeOf(r.Act); name != "" && r.Type != name {
		inner.fault("type", BadValue, r.Type, "is not the type of the replacement's act", "write "+name)
	}
	if r.Key != "" {
		inner.fault("key", NotAllowed, r.Key, "a corrected event keeps its key", "leave it out")
	}
	c.faults = append(c.faults, inner.faults...)
}
