package domain

import (
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Act is what an event says happened: one of the types of the [Catalogue].
//
//sumtype:decl
type Act interface{ act() }

// Spec describes one type of act.
type Spec struct {
	Name    string       // DraftFinalized
	Version int          // of the storage format, from 1
	Reads   int          // oldest version that is read too
	Group   string       // heading under which people look for it
	Control bool         // speaks of the record, not of the world
	Doc     string       // one sentence
	Plover  Plover       // nearest PLOVER event, zero where none exists
	Cameo   string       // nearest CAMEO code, empty where none exists
	Go      reflect.Type // the struct type
	decode  func(b []byte, replacement bool) (Body, error)
	shape   []Field

	fields   map[string]*Field // by path: those of the act and those of every body
	required []requiredField
	must     fieldSet // the required fields
	naming   []*Field // fields of the act that name something, or nest what may
	plan     plan     // of the act
	fullName string
}

// FullName is the CloudEvents type: parley.DraftFinalized.v1.
func (s *Spec) FullName() string { return s.fullName }

// Fields lists the fields of the act in order, with paths that start with act.
func (s *Spec) Fields() []Field { return s.shape }

// Plover is an event and mode of the PLOVER ontology (manual HEAD, 16 types).
type Plover struct{ Event, Mode string }

var (
	byName     = map[string]*Spec{}
	byFullName = map[string]*Spec{} // as it is written now
	byOlder    = map[string]*Spec{} // likewise of older versions, which are read only
	byGo       = map[reflect.Type]*Spec{}
)

func init() {
	for i := range catalogue {
		s := &catalogue[i]
		s.fullName = fullName(s.Name, s.Version)
		s.shape = structFields(s.Go, "act.")
		s.index()
		byName[s.Name] = s
		byFullName[s.fullName] = s
		for v := s.Reads; v < s.Version; v++ {
			byOlder[fullName(s.Name, v)] = s
		}
		byGo[s.Go] = s
	}
}

// Catalogue lists every type of act, grouped, in the order of the design.
func Catalogue() []*Spec {
	all := make([]*Spec, len(catalogue))
	for i := range catalogue {
		all[i] = &catalogue[i]
	}
	return all
}

// SpecOf finds a type by its short name (DraftFinalized) or its full one
// (parley.DraftFinalized.v1).
func SpecOf(name string) (*Spec, bool) {
	if s, ok := byName[name]; ok {
		return s, true
	}
	s, ok := byFullName[name]
	return s, ok
}

// storedAs finds the type of stored bytes by its full name. Those of an older
// version read as the newest.
func storedAs(name string) (*Spec, bool) {
	if s, ok := byFullName[name]; ok {
		return s, true
	}
	s, ok := byOlder[name]
	return s, ok
}

// TypeOf is the short name of an act's type, empty for nil.
func TypeOf(a Act) string {
	if s, ok := byGo[reflect.TypeOf(a)]; ok {
		return s.Name
	}
	return ""
}

func isControl(a Act) bool {
	s, ok := byGo[reflect.TypeOf(a)]
	return ok && s.Control
}

// typeNames lists all names of the form that somebody used, for hints.
func typeNames(like string) []string {
	names := make([]string, 0, len(byName))
	for n, s := range byName {
		if strings.HasPrefix(like, "parley.") {
			n = s.FullName()
		}
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// spec makes the entry of one act type.
func spec[A Act](group, doc string, p Plover, cameo string) Spec {
	t := reflect.TypeFor[A]()
	return Spec{
		Name: t.Name(), Version: 1, Reads: 1, Group: group, Doc: doc, Plover: p, Cameo: cameo, Go: t,
		decode: decodeBody[A],
	}
}

func control[A Act](group, doc string) Spec {
	s := spec[A](group, doc, Plover{}, "")
	s.Control = true
	return s
}

// grown is a type that got more fields, all of which may be absent: what was written
// under versions before is read as it is.
func grown(s Spec, version int) Spec {
	s.Version = version
	return s
}

// decodeBody decodes a body whose act is an A: the data of an event, or a
// replacement, which has its type among the members.
func decodeBody[A Act](b []byte, replacement bool) (Body, error) {
	var d struct {
		Type *string `json:"type"`
		Body
		Act *A `json:"act"`
	}
	if err := json.Unmarshal(b, &d, strictly); err != nil {
		return Body{}, err
	}
	switch {
	case d.Act == nil:
		return Body{}, errors.New("there is no act")
	case (d.Type != nil) != replacement:
		return Body{}, errors.New("the type of an act stands in a replacement, and nowhere else in data")
	}
	d.Body.Act = *d.Act
	return d.Body, nil
}

// strictly refuses unknown members; duplicate names and bad UTF-8 are refused by
// default.
var strictly = json.JoinOptions(json.RejectUnknownMembers(true), jsontext.AllowDuplicateNames(false))
