package domain

import "strings"

// fieldSet is a set of fields of one type.
type fieldSet uint64

func (s fieldSet) has(f *Field) bool { return s&(1<<f.bit) != 0 }

func (s *fieldSet) add(f *Field) { *s |= 1 << f.bit }

// requiredField is a field that an event of a type must have, with the fault
// that tells of its absence.
type requiredField struct {
	field        *Field
	reason, hint string
}

var (
	// bodyIndex finds the fields that every event has.
	bodyIndex = indexBody()
	// namingFields are those of a body whose value must be known.
	namingFields = naming(bodyFields)
	// groups are the paths of objects that hold fields: source, act, …
	groups = map[string]bool{"act": true}
)

func indexBody() map[string]*Field {
	m := make(map[string]*Field, len(bodyFields))
	for i := range bodyFields {
		f := &bodyFields[i]
		f.bit = uint(i)
		m[f.Path] = f
	}
	return m
}

// naming lists the fields whose value must be known, and those that nest some.
func naming(fields []Field) []*Field {
	var found []*Field
	for i := range fields {
		switch f := &fields[i]; f.Kind {
		case Actor, Issue, Ceasefire, Reference, Nested:
			found = append(found, f)
		default:
		}
	}
	return found
}

// index makes what finds the fields of a type by path, and the list of those
// that it requires.
func (s *Spec) index() {
	s.fields = make(map[string]*Field, len(bodyFields)+len(s.shape))
	for i := range bodyFields {
		f := &bodyFields[i]
		s.fields[f.Path] = f
		if group, _, ok := strings.Cut(f.Path, "."); ok {
			groups[group] = true
		}
	}
	if !s.Control {
		s.require("occurred", "occurred is required", "write XXXX-XX-XX where nothing is known")
	}
	if roundsActs[s.Name] {
		s.require("round", "round is required for "+s.Name, "write the id of the round")
	}
	for i := range s.shape {
		f := &s.shape[i]
		f.inAct, f.bit = true, uint(len(bodyFields)+i)
		s.fields[f.Path] = f
		if f.Required {
			s.require(f.Path, f.Path+" is required for "+s.Name, "write "+indefinite(f))
		}
	}
	for _, r := range s.required {
		s.must.add(r.field)
	}
	s.naming = naming(s.shape)
	s.plan = planOf(s.Go, "act.", s.fields)
	if n := len(bodyFields) + len(s.shape); n > 64 {
		panic("domain: " + s.Name + " has more fields than a fieldSet can hold")
	}
}

func (s *Spec) require(path, reason, hint string) {
	s.required = append(s.required, requiredField{s.fields[path], reason, hint})
}

// Requires tells whether an event of this type must have the field at a path.
func (s *Spec) Requires(path string) bool {
	for _, r := range s.required {
		if r.field.Path == path {
			return true
		}
	}
	return false
}

// Field finds a field of this type by its path: one of the act, or one that every
// event has.
func (s *Spec) Field(path string) (Field, bool) {
	f, ok := s.fields[path]
	if !ok {
		return Field{}, false
	}
	return *f, true
}

// roundsActs cannot stand without the round they speak of.
var roundsActs = map[string]bool{"RoundOpened": true, "SessionHeld": true, "RoundConcluded": true}

func indefinite(f *Field) string {
	if len(f.Values) > 0 {
		return "one of " + strings.Join(f.Values, ", ")
	}
	what := f.Path[strings.LastIndexByte(f.Path, '.')+1:]
	plural := ""
	if f.List {
		plural = "s"
	}
	switch f.Kind {
	case Name:
		return "the id" + plural + " of the " + what + ": " + f.Doc
	case Actor, Issue, Ceasefire:
		return "the " + string(f.Kind) + plural + ": " + f.Doc
	default: // reads well as it is
	}
	return string(f.Kind) + ": " + f.Doc
}
