package schema

import (
	"bytes"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Dialect is the version of JSON Schema.
const Dialect = "https://json-schema.org/draft/2020-12/schema"

// Schema is a JSON Schema: as much of it as events need.
type Schema struct {
	Dialect     string   `json:"$schema,omitzero"`
	ID          string   `json:"$id,omitzero"`
	Title       string   `json:"title,omitzero"`
	Description string   `json:"description,omitzero"`
	Ref         string   `json:"$ref,omitzero"`
	Type        string   `json:"type,omitzero"`
	Const       string   `json:"const,omitzero"`
	Enum        []string `json:"enum,omitempty"`
	Format      string   `json:"format,omitzero"`
	Pattern     string   `json:"pattern,omitzero"`
	MaxLength   int      `json:"maxLength,omitzero"`
	Minimum     *int     `json:"minimum,omitzero"`
	Maximum     *int     `json:"maximum,omitzero"`
	Items       *Schema  `json:"items,omitzero"`
	MinItems    int      `json:"minItems,omitzero"`
	Properties  Members  `json:"properties,omitempty"`
	Required    []string `json:"required,omitempty"`
	Closed      *bool    `json:"additionalProperties,omitzero"`
	ClosedWith  *bool    `json:"unevaluatedProperties,omitzero"` // closed, with what $ref and allOf describe
	AllOf       Schemas  `json:"allOf,omitempty"`
	If          *Schema  `json:"if,omitzero"`
	Then        *Schema  `json:"then,omitzero"`
	Else        *Schema  `json:"else,omitzero"`
	Defs        Members  `json:"$defs,omitempty"`
}

// Schemas is a list of schemas.
type Schemas []*Schema

// Members are named schemas, in order.
type Members []Member

// Member is a schema with its name.
type Member struct {
	Name   string
	Schema *Schema
}

// Get finds a member by its name.
func (m Members) Get(name string) (*Schema, bool) {
	i := slices.IndexFunc(m, func(x Member) bool { return x.Name == name })
	if i < 0 {
		return nil, false
	}
	return m[i].Schema, true
}

// add appends a member and returns its schema.
func (m *Members) add(name string, s *Schema) *Schema {
	*m = append(*m, Member{name, s})
	return s
}

// MarshalJSONTo writes an object whose members keep their order.
func (m Members) MarshalJSONTo(enc *jsontext.Encoder) error {
	if err := enc.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	for _, x := range m {
		if err := enc.WriteToken(jsontext.String(x.Name)); err != nil {
			return err
		}
		if err := json.MarshalEncode(enc, x.Schema); err != nil {
			return err
		}
	}
	return enc.WriteToken(jsontext.EndObject)
}

// Text is the schema as indented JSON with a line break at its end.
func (s *Schema) Text() ([]byte, error) {
	b, err := json.Marshal(s, jsontext.WithIndent("  "))
	if err != nil {
		return nil, err
	}
	return append(bytes.TrimSpace(b), '\n'), nil
}
