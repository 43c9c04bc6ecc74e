package domain

import (
	"reflect"
	"strings"
)

// Nearly every event is stored in the one form that [Encode] gives it: members in
// the order of the Go structs, no white space, nothing absent. Plans are made once
// from those structs; a pen writes that form and a reader reads it, several times
// faster than a JSON library can, which has to be ready for every form. Both judge
// values by the same rules as [checkStored]. Whatever they do not know (events in
// another form or with a fault, corrections) they leave to the library, which is
// also what finds the words for what is wrong: they never refuse anything, and
// never take what the library would refuse.

// plan is a struct as it is stored: its members in order.
type plan []member

// member is one member of a stored object.
type member struct {
	lead  string       // what stands before its value: ,"round":
	index int          // of the field in the Go struct
	omit  bool         // whether it is left out where it is absent
	field *Field       // the rule for its value; nil for a group
	group plan         // the members of a group, such as source
	below reflect.Type // the struct of a group behind a pointer
}

// planOf makes the plan of a struct whose fields are found by their paths.
func planOf(t reflect.Type, prefix string, fields map[string]*Field) plan {
	var p plan
	for i := range t.NumField() {
		sf := t.Field(i)
		name, options, _ := strings.Cut(sf.Tag.Get("json"), ",")
		if name == "-" || name == "" {
			continue
		}
		m := member{lead: `,"` + name + `":`, index: i, omit: strings.Contains(options, "omit")}
		if inner := structBelow(sf.Type); inner != nil {
			m.group = planOf(inner, prefix+name+".", fields)
			if sf.Type.Kind() == reflect.Pointer {
				m.below = inner
			}
		} else {
			m.field = fields[prefix+name]
		}
		p = append(p, m)
	}
	return p
}

// bodyPlan is that of a body but for its act, which comes last.
var bodyPlan = planOf(reflect.TypeFor[Body](), "", bodyIndex)

const actLead = `,"act":{`

// plain tells whether all bytes stand for themselves in JSON, and whether all of
// them are ASCII. It looks at eight at a time.
func plain[T []byte | string](s T) (plain, ascii bool) {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	var odd, high uint64
	i := 0
	for ; i+8 <= len(s); i += 8 {
		x := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		quote, slash := x^(ones*'"'), x^(ones*'\\')
		odd |= (x-ones*' ')&^x | (quote-ones)&^quote | (slash-ones)&^slash
		high |= x
	}
	for ; i < len(s); i++ {
		c := s[i]
		if c < ' ' || c == '"' || c == '\\' {
			return false, false
		}
		high |= uint64(c)
	}
	return odd&tops == 0, high&tops == 0
}
