package main

import (
	"slices"
	"strings"

	"parley/domain"
)

// codeEntry explains one column of a table, which is one path of an event.
type codeEntry struct {
	Column   string   `json:"column"`
	Types    []string `json:"types,omitempty"` // that have it; all if empty
	Kind     string   `json:"kind"`
	List     bool     `json:"list,omitzero"`
	Required bool     `json:"required,omitzero"`
	Values   []string `json:"values,omitempty"`
	Doc      string   `json:"doc"`
}

// envelopeEntries are the columns that are no part of the body of an event.
var envelopeEntries = []codeEntry{
	{Column: "type", Kind: "type", Required: true, Doc: "type of the act, such as DraftFinalized"},
	{Column: "negotiation", Kind: "id", Required: true, Doc: "negotiation that the event belongs to"},
	{Column: "id", Kind: "UUID", Doc: "id of the event; follows from the key where there is one"},
	{Column: "writer", Kind: "text", Doc: "who wrote the event, a URI reference"},
	{Column: "time", Kind: "RFC 3339", Doc: "when the event was written"},
}

// codebook explains the columns of one type, or of all.
func codebook(spec *domain.Spec) []codeEntry {
	key := entryOf(domain.BodyFields()[0], nil)
	out := slices.Concat([]codeEntry{key}, envelopeEntries)
	for _, f := range domain.BodyFields()[1:] {
		out = append(out, entryOf(f, spec))
	}
	specs := domain.Catalogue()
	if spec != nil {
		specs = []*domain.Spec{spec}
	}
	for _, s := range specs {
		for _, f := range s.Fields() {
			e := entryOf(f, spec)
			if spec == nil {
				e.Types = []string{s.Name}
			}
			if !out[len(out)-1].join(e) && !joinAny(out, e) {
				out = append(out, e)
			}
		}
	}
	return out
}

func entryOf(f domain.Field, spec *domain.Spec) codeEntry {
	e := codeEntry{Column: f.Path, Kind: string(f.Kind), List: f.List, Required: f.Required, Values: f.Values, Doc: f.Doc}
	if spec != nil {
		e.Required = f.Required || spec.Requires(f.Path)
	} else if f.Path == "occurred" {
		e.Required = true
		e.Doc += "; only control events have none"
	}
	return e
}

// join adds the types of another entry that says the same.
func (e *codeEntry) join(other codeEntry) bool {
	same := e.Column == other.Column && e.Kind == other.Kind && e.List == other.List &&
		e.Required == other.Required && slices.Equal(e.Values, other.Values) && e.Doc == other.Doc
	if same {
		e.Types = append(e.Types, other.Types...)
	}
	return same
}

func joinAny(all []codeEntry, e codeEntry) bool {
	for i := range all {
		if all[i].join(e) {
			return true
		}
	}
	return false
}

// what is the kind of a column for people.
func (e codeEntry) what() string {
	kind := e.Kind
	if len(e.Values) > 0 {
		kind = strings.Join(e.Values, ", ")
	}
	if e.List {
		kind += "; list, separated by |"
	}
	return kind
}

// templateColumns is the header of a table: of one type, or of all. Columns that
// tables seldom need, and those that hold a whole event, are left out.
func templateColumns(spec *domain.Spec) []string {
	seldom := []string{"id", "writer", "time"}
	var columns []string
	for _, e := range codebook(spec) {
		if !slices.Contains(columns, e.Column) && !slices.Contains(seldom, e.Column) && e.Kind != string(domain.Nested) {
			columns = append(columns, e.Column)
		}
	}
	return columns
}
