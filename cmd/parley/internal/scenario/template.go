package scenario

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"parley/domain"

	"go.yaml.in/yaml/v3"
)

// nameMax leaves room in a key for the prefix and a number.
const nameMax = 48

// template is an event that a transition appends, but for when it occurs, its key, and
// the events of the run that it refers to by name.
type template struct {
	name    string // by which other templates refer to it
	number  string // the key of one without a name holds it
	values  []domain.Value
	refers  bool    // some value refers to a name
	names   []named // events that it refers to by key or id
	dated   bool    // the file says when it occurs
	control bool
	partial bool // something of it is written elsewhere, and not read
	faulty  bool
	proto   *domain.Event // without date and key, if it does not refer
	place   func(path string) domain.Place
}

// named is a reference to an event by its key or id.
type named struct{ path, ref string }

// book reads the templates of one scenario.
type book struct {
	r           *reader
	negotiation string
	all         []*template
	named       map[string]bool
	references  []reference
}

// reference is a name that a template refers to.
type reference struct {
	node *yaml.Node
	path string
	name string
}

// templates reads a list of events. Those without a date occur at one, or, absent, when
// they are appended.
func (b *book) templates(n *yaml.Node, path string, at domain.EDTF) (out []*template) {
	for i, item := range b.r.items(n, path) {
		if t := b.template(item, fmt.Sprintf("%s/%d", path, i), at); t != nil {
			out = append(out, t)
		}
	}
	return out
}

func (b *book) template(n *yaml.Node, path string, at domain.EDTF) *template {
	if n.Kind != yaml.MappingNode {
		b.r.fault(n, path, domain.BadValue, n.Value, "not an event", "write its fields as in NDJSON: type, actors, act: {…}")
		return nil
	}
	t := &template{number: fmt.Sprint(len(b.all) + 1)}
	nodes := map[string]*yaml.Node{}
	b.flatten(t, n, path, "", nodes)
	place := func(field string) domain.Place {
		node, ok := nodes[field]
		if !ok {
			node = n
		}
		return b.r.place(node, path+domain.Pointer(field))
	}
	spec, _ := domain.SpecOf(t.typeName())
	t.control = spec != nil && spec.Control
	b.refer(t, spec, path, nodes, n)
	if !t.dated && !t.control {
		if !at.IsZero() {
			t.dated = true
			t.put("occurred", at.String())
		}
	}
	t.place = place
	t.untype(spec, nodes)
	sample := t.sample(keyPrefix, 1)
	t.faulty = len(sample.Faults) > 0
	for _, f := range sample.Faults {
		if t.partial && f.Problem == domain.Missing {
			continue
		}
		f.Reason = strings.TrimPrefix(f.Pointer, "/") + ": " + f.Reason
		b.r.faults = append(b.r.faults, f)
	}
	if !t.refers {
		t.proto = sample.Event
	}
	b.all = append(b.all, t)
	return t
}

func (t *template) put(path, text string) {
	t.values = append(t.values, domain.Value{Path: path, Items: []string{text}, Form: domain.Quoted})
}

func (t *template) typeName() string {
	for _, v := range t.values {
		if v.Path == "type" && len(v.Items) == 1 {
			return v.Items[0]
		}
	}
	return ""
}

// id tells the events that are made of the template, or of all of its name, from others.
func (t *template) id() string { return cmp.Or(t.name, t.number) }

// keyOf is the key of the n-th event of an id.
func keyOf(prefix, id string, n int) string { return prefix + id + "-" + strconv.Itoa(n) }

// flatten makes values with dotted paths of the members of an event.
func (b *book) flatten(t *template, n *yaml.Node, path, prefix string, nodes map[string]*yaml.Node) {
	for name, value := range inFile(n, b.r.each(n, path, func(*yaml.Node) {})) {
		field := prefix + name
		nodes[field] = value
		switch {
		case unread(value) || name == "<<":
			t.partial = true
		case field == "name":
			t.name = b.name(value, path+"/name")
		case field == "key" || field == "id" || field == "time" || field == "negotiation" || field == "act.replacement":
			b.r.fault(value, path+domain.Pointer(field), domain.NotAllowed, value.Value, "a simulated event does not say this itself", "leave it out; name: NAME lets other events refer to it as $NAME")
		case value.Kind == yaml.MappingNode:
			b.flatten(t, value, path+"/"+name, field+".", nodes)
		case value.Kind == yaml.SequenceNode:
			v := domain.Value{Path: field, List: true, Form: domain.Quoted}
			for _, item := range value.Content {
				if unread(item) {
					t.partial = true
					continue
				}
				if item.Kind != yaml.ScalarNode {
					v.Form = domain.Object
					continue
				}
				v.Items = append(v.Items, item.Value)
			}
			t.values = append(t.values, v)
		case value.ShortTag() != "!!null":
			t.dated = t.dated || field == "occurred"
			t.values = append(t.values, domain.Value{Path: field, Items: []string{value.Value}, Form: formOf(value)})
		}
	}
	if prefix == "" {
		t.put("negotiation", cmp.Or(b.negotiation, "unknown")) // its own fault is told already
	}
}

// untype takes the quotation marks that nobody wrote from what should be a number, or
// true or false.
func (t *template) untype(spec *domain.Spec, nodes map[string]*yaml.Node) {
	if spec == nil {
		return
	}
	for i, v := range t.values {
		f, ok := spec.Field(v.Path)
		if n := nodes[v.Path]; ok && n != nil && v.Form == domain.Quoted && !v.List && n.Style == 0 &&
			(f.Kind == domain.Number || f.Kind == domain.Decimal || f.Kind == domain.Truth) {
			t.values[i].Form = domain.Cell
		}
	}
}

func formOf(n *yaml.Node) domain.Form {
	switch n.ShortTag() {
	case "!!int", "!!float":
		return domain.Digits
	case "!!bool":
		return domain.Bare
	default:
		return domain.Quoted
	}
}

func (b *book) name(n *yaml.Node, path string) string {
	name := b.r.id(n, path)
	switch {
	case name == "":
	case len(name) > nameMax || name[0] < 'a' || name[0] > 'z':
		b.r.fault(n, path, domain.BadValue, name, fmt.Sprintf("the name of an event begins with a letter and has at most %d", nameMax), "")
	default:
		b.named[name] = true
	}
	return name
}

// refer notes the names that the template refers to.
func (b *book) refer(t *template, spec *domain.Spec, path string, nodes map[string]*yaml.Node, n *yaml.Node) {
	if spec == nil {
		return
	}
	for _, v := range t.values {
		if f, ok := spec.Field(v.Path); !ok || f.Kind != domain.Reference {
			continue
		}
		for _, item := range v.Items {
			if name, ok := strings.CutPrefix(item, "$"); ok {
				node := nodes[v.Path]
				if node == nil {
					node = n
				}
				t.refers = true
				b.references = append(b.references, reference{node, path + domain.Pointer(v.Path), name})
				continue
			}
			t.names = append(t.names, named{v.Path, item})
		}
	}
}

// settle checks that what is referred to has a name.
func (b *book) settle() {
	for _, ref := range b.references {
		if !b.named[ref.name] {
			hint := domain.DidYouMean(ref.name, sortedNames(b.named))
			if hint == "" {
				hint = "give an event of the scenario name: " + ref.name
			}
			b.r.fault(ref.node, ref.path, domain.UnknownEvent, "$"+ref.name, "no event of the scenario has this name", hint)
		}
	}
}

// sample is an event of the template in a run in which all that has a name has
// happened once before.
func (t *template) sample(prefix string, n int) domain.Candidate {
	values, _ := t.filled(keyOf(prefix, t.id(), n), "2000-01-01", func(name string) (string, bool) { return keyOf(prefix, name, 1), true })
	return domain.Bind(domain.Record{Values: values, Place: t.place})
}

// filled are the values of one event of the template. Where the act is about events of
// the run none of which has happened, the event does not happen either. Elsewhere a
// reference to what has not happened is left out: it tells an order, or relates.
func (t *template) filled(key, occurred string, keyOf func(name string) (string, bool)) (out []domain.Value, happens bool) {
	out = make([]domain.Value, 0, len(t.values)+2)
	for _, v := range t.values {
		if t.refers && slices.ContainsFunc(v.Items, func(s string) bool { return strings.HasPrefix(s, "$") }) {
			v.Items = resolved(v.Items, keyOf)
			if len(v.Items) == 0 {
				if about(v.Path) {
					return nil, false
				}
				continue
			}
		}
		out = append(out, v)
	}
	out = append(out, domain.Value{Path: "key", Items: []string{key}, Form: domain.Quoted})
	if !t.dated && !t.control {
		out = append(out, domain.Value{Path: "occurred", Items: []string{occurred}, Form: domain.Quoted})
	}
	return out, true
}

// about tells whether a reference says what an act is about: what it takes back, answers,
// withdraws.
func about(path string) bool { return strings.HasPrefix(path, "act.") && path != "act.precededBy" }

func resolved(items []string, keyOf func(string) (string, bool)) (out []string) {
	for _, item := range items {
		name, ok := strings.CutPrefix(item, "$")
		if ok && domain.ValidID(name) {
			if item, ok = keyOf(name); !ok {
				continue
			}
		}
		out = append(out, item)
	}
	return out
}
