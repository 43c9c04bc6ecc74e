package projections

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"parley/domain"
)

// lensActField reads one path of the acts that have it. Which field that is in
// each Go type is looked up once, so that reading makes nothing.
type lensActField map[reflect.Type]int

func (f lensActField) of(a *Account) (reflect.Value, bool) {
	v := reflect.ValueOf(a.Act)
	if !v.IsValid() {
		return v, false
	}
	i, ok := f[v.Type()]
	if !ok {
		return v, false
	}
	return v.Field(i), true
}

// lensActs are the fields of all acts together. A path that several acts share is
// one field: a word only where it is a closed list in all of them, and a list
// where it is one in any of them.
func lensActs() []lensValue {
	same := map[string][]domain.Field{}
	in := map[string]lensActField{}
	var paths []string
	for _, s := range domain.Catalogue() {
		for _, f := range s.Fields() {
			i, ok := lensGoField(s.Go, f.Path)
			if !ok || f.Kind == domain.Nested {
				continue // a replacement is a whole event
			}
			if in[f.Path] == nil {
				in[f.Path] = lensActField{}
				paths = append(paths, f.Path)
			}
			same[f.Path] = append(same[f.Path], f)
			in[f.Path][s.Go] = i
		}
	}
	fields := make([]lensValue, 0, len(paths))
	for _, p := range paths {
		fields = append(fields, lensAct(p, same[p], in[p]))
	}
	return fields
}

// lensGoField finds the field of an act's Go type that a path names.
func lensGoField(t reflect.Type, path string) (int, bool) {
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if "act."+name == path {
			return i, true
		}
	}
	return 0, false
}

// lensAct is the field at a path, from what it is in each act that has it.
func lensAct(path string, same []domain.Field, in lensActField) lensValue {
	grades := domain.Reliability("").Values()
	all := func(ok func(f domain.Field) bool) bool {
		return !slices.ContainsFunc(same, func(f domain.Field) bool { return !ok(f) })
	}
	switch {
	case !all(func(f domain.Field) bool { return !f.List }):
		return lensActList(path, same, in)
	case all(func(f domain.Field) bool { return f.Kind == domain.Number || f.Kind == domain.Decimal }):
		return lensActNumber(path, in)
	case all(func(f domain.Field) bool { return f.Kind == domain.Truth }):
		return lensValue{kind: lensIsTruth, path: path, truth: lensTold(func(a *Account, _ string) bool {
			v, ok := in.of(a)
			return ok && v.Bool()
		})}
	case all(func(f domain.Field) bool { return f.Kind == domain.Date }):
		return lensActDate(path, in)
	case all(func(f domain.Field) bool { return slices.Equal(f.Values, grades) }):
		return lensGrade(path, func(a *Account) domain.Reliability {
			v, _ := in.of(a)
			return domain.Reliability(lensString(v))
		})
	}
	text := lensText(path, func(a *Account) string {
		v, _ := in.of(a)
		return lensString(v)
	})
	switch {
	case all(func(f domain.Field) bool { return f.Kind == domain.Word }):
		for _, f := range same {
			text.values = append(text.values, f.Values...)
		}
		slices.Sort(text.values)
		text.values = slices.Compact(text.values)
	case all(func(f domain.Field) bool { return lensIsID(f.Kind) }):
		text.id = domain.Name
		for _, f := range same {
			if f.Kind != domain.Name { // what a registration introduces is a name there, and an issue elsewhere
				text.id = f.Kind
			}
		}
	}
	return text
}

// lensIsID tells whether a kind is written as an id.
func lensIsID(k domain.Kind) bool {
	switch k {
	case domain.Name, domain.Actor, domain.Issue, domain.Ceasefire, domain.Reference:
		return true
	default:
		return false
	}
}

func lensActNumber(path string, in lensActField) lensValue {
	return lensValue{kind: lensIsNumber, path: path, number: func(a *Account, _ string) (float64, bool) {
		v, ok := in.of(a)
		if !ok {
			return 0, false
		}
		n := 0.0
		if v.CanInt() {
			n = float64(v.Int())
		} else {
			n = v.Float()
		}
		return n, n != 0 // 0 is left out of what is stored, so it cannot be told from absent
	}}
}

func lensActDate(path string, in lensActField) lensValue {
	return lensValue{kind: lensIsDate, path: path, date: func(a *Account, zone *time.Location) domain.Bounds {
		var d domain.EDTF
		if v, ok := in.of(a); ok {
			d, _ = reflect.TypeAssert[domain.EDTF](v)
		}
		return d.Bounds(zone)
	}}
}

// lensActList is a list that is a single value in some acts: there it has one
// item, or none where the value is absent.
func lensActList(path string, same []domain.Field, in lensActField) lensValue {
	list := lensValue{kind: lensIsList, path: path, list: lensList{
		size: func(a *Account) int {
			v, ok := in.of(a)
			switch {
			case !ok:
				return 0
			case v.Kind() == reflect.Slice:
				return v.Len()
			case lensString(v) == "":
				return 0
			}
			return 1
		},
		at: func(a *Account, i int) string {
			v, _ := in.of(a)
			if v.Kind() == reflect.Slice {
				v = v.Index(i)
			}
			return lensString(v)
		},
	}}
	if !slices.ContainsFunc(same, func(f domain.Field) bool { return f.Kind != same[0].Kind }) && lensIsID(same[0].Kind) {
		list.id = same[0].Kind
	}
	return list
}

// lensString is the text of a word, an id, a text or a date.
func lensString(v reflect.Value) string {
	switch {
	case !v.IsValid():
		return ""
	case v.Kind() == reflect.String:
		return v.String()
	}
	d, _ := reflect.TypeAssert[domain.EDTF](v)
	return d.String()
}
