package schema

import (
	"slices"
	"strings"

	"parley/domain"
)

// base is where the schemas would be found, if they were published.
const base = "https://parley.invalid/schema/"

// builder makes one document. What several of its schemas share stands once,
// among its definitions.
type builder struct {
	stored bool
	defs   *Members
}

// define refers to a definition, and makes it where it is missing. Definitions of
// the two forms have names of their own.
func (b *builder) define(name string, build func() *Schema) *Schema {
	name = map[bool]string{true: "event.", false: "input."}[b.stored] + name
	if _, ok := b.defs.Get(name); !ok {
		place := b.defs.add(name, &Schema{})
		*place = *build() // may refer to itself
	}
	return &Schema{Ref: "#/$defs/" + name}
}

// body describes what every event may say, but for the key.
func (b *builder) body() *Schema {
	return b.define("body", func() *Schema {
		fields := slices.Clone(domain.BodyFields())
		return b.object(slices.DeleteFunc(fields, func(f domain.Field) bool { return f.Path == "key" }), "")
	})
}

func (b *builder) act(s *domain.Spec) *Schema {
	return b.define("act."+s.Name, func() *Schema {
		act := b.object(s.Fields(), "act.")
		act.Description, act.Closed = s.Doc, closed
		return act
	})
}

// said describes what an event of a type says: body and act, and the members
// beside them that the caller adds.
func (b *builder) said(s *domain.Spec) *Schema {
	data := b.body()
	data.Type = "object"
	data.ClosedWith = closed
	data.Properties.add("act", b.act(s))
	for _, path := range []string{"occurred", "round"} {
		if s.Requires(path) {
			data.Required = append(data.Required, path)
		}
	}
	if b.stored || slices.ContainsFunc(s.Fields(), func(f domain.Field) bool { return f.Required }) {
		data.Required = append(data.Required, "act")
	}
	return data
}

// names are what the type of an event may be written as.
func (b *builder) names(s *domain.Spec) []string {
	if b.stored {
		return []string{s.FullName()}
	}
	return []string{s.Name, s.FullName()}
}

// replacement describes the whole event that a correction holds.
func (b *builder) replacement() *Schema {
	return b.define("replacement", func() *Schema {
		return b.choose(func(s *domain.Spec) *Schema {
			return b.define("replacement."+s.Name, func() *Schema {
				whole := b.said(s)
				whole.Properties = append(Members{{"type", &Schema{Enum: b.names(s)}}}, whole.Properties...)
				return whole
			})
		})
	})
}

// choose describes an event of any type by the schemas of all. The type says
// which of them applies, so that what is wrong is told of that one alone.
func (b *builder) choose(of func(*domain.Spec) *Schema) *Schema {
	var all []string
	choice := &Schema{Type: "object", Required: []string{"type"}}
	for _, s := range domain.Catalogue() {
		all = append(all, b.names(s)...)
		choice.AllOf = append(choice.AllOf, &Schema{
			If:   &Schema{Properties: Members{{"type", &Schema{Enum: b.names(s)}}}, Required: []string{"type"}},
			Then: of(s),
		})
	}
	choice.Properties = Members{{"type", &Schema{Enum: all}}}
	return choice
}

// event describes a stored event of a type.
func (b *builder) event(s *domain.Spec) *Schema {
	data := b.said(s)
	data.Properties = append(Members{{"key", b.value(domain.BodyFields()[0])}}, data.Properties...)
	return &Schema{
		Title: s.FullName(), Description: s.Doc, Type: "object", Closed: closed,
		Properties: Members{
			{"specversion", &Schema{Const: domain.SpecVersion}},
			{"id", &Schema{Type: "string", Format: "uuid", Pattern: uuidPattern, Description: "UUIDv5 of negotiation and key where there is a key"}},
			{"source", &Schema{Type: "string", Format: "uri-reference", Pattern: ".", Description: "who wrote the event"}},
			{"type", &Schema{Const: s.FullName()}},
			{"subject", &Schema{Type: "string", Pattern: idPattern, Description: "the negotiation"}},
			{"time", &Schema{Type: "string", Format: "date-time", Description: "when the writer made the event"}},
			{"recordedtime", &Schema{Type: "string", Format: "date-time", Description: "when the log took the event"}},
			{"hypothetical", &Schema{Type: "string", Pattern: idPattern, Description: "the branch that supposes the event; absent in the record"}},
			{"datacontenttype", &Schema{Const: "application/json"}},
			{"data", data},
		},
		Required: []string{"specversion", "id", "source", "type", "subject", "datacontenttype", "data"},
	}
}

// input describes an event of a type in the flat form.
func (b *builder) input(s *domain.Spec) *Schema {
	flat := b.said(s)
	flat.Title, flat.Description = s.Name, s.Doc
	flat.Properties = append(Members{
		{"key", b.value(domain.BodyFields()[0])},
		{"type", &Schema{Enum: b.names(s)}},
		{"negotiation", &Schema{Type: "string", Pattern: idPattern, Description: "the negotiation that the event belongs to"}},
		{"id", &Schema{Type: "string", Format: "uuid", Description: "only where there is no key, from which it follows"}},
		{"writer", &Schema{Type: "string", Format: "uri-reference", Pattern: ".", Description: "who wrote the event"}},
		{"time", &Schema{Type: "string", Format: "date-time", Description: "when the writer made the event"}},
	}, flat.Properties...)
	flat.Required = append([]string{"type", "negotiation"}, flat.Required...)
	return flat
}

// Event describes an event of a type as the log stores it: a CloudEvent in
// structured JSON mode.
func Event(s *domain.Spec) *Schema {
	return document("event/"+strings.TrimPrefix(s.FullName(), "parley."), true, func(b *builder) *Schema { return b.event(s) })
}

// Input describes an event of a type in the flat form, one line of NDJSON.
func Input(s *domain.Spec) *Schema {
	return document("input/"+s.Name, false, func(b *builder) *Schema { return b.input(s) })
}

func document(name string, stored bool, build func(*builder) *Schema) *Schema {
	var defs Members
	root := build(&builder{stored: stored, defs: &defs})
	root.Dialect, root.ID, root.Defs = Dialect, base+name, defs
	return root
}

// All describes an event of any type in either form: a member specversion tells
// a CloudEvent. Its definitions hold the schemas of all types.
func All() *Schema {
	var defs Members
	stored, flat := &builder{stored: true, defs: &defs}, &builder{stored: false, defs: &defs}
	root := &Schema{
		Title: "Event of a negotiation, stored or as input",
		If:    &Schema{Required: []string{"specversion"}},
		Then: stored.choose(func(s *domain.Spec) *Schema {
			return stored.define(s.Name, func() *Schema { return stored.event(s) })
		}),
		Else: flat.choose(func(s *domain.Spec) *Schema {
			return flat.define(s.Name, func() *Schema { return flat.input(s) })
		}),
	}
	root.Dialect, root.ID, root.Defs = Dialect, base+"all", defs
	return root
}
