package intake

import (
	"bytes"
	"slices"
	"strings"

	"parley/domain"

	"github.com/go-json-experiment/json/jsontext"
)

// Row renders an event as the cells of a table with these columns (see
// [Columns]), guarded against spreadsheets. What [Table] reads of a row with all
// columns that the event fills has the same id and content.
func Row(columns []string, e *domain.Event) []string {
	cells := make([]string, len(columns))
	for _, v := range domain.Unbind(e) {
		if i := slices.Index(columns, v.Path); i >= 0 {
			cells[i] = cell(v)
			if !unguarded()[v.Path] {
				cells[i] = Guard(cells[i])
			}
		}
	}
	return cells
}

// ColumnsOf lists the columns that events fill, in the order of [Columns].
func ColumnsOf(events ...*domain.Event) []string {
	filled := map[string]bool{}
	for _, e := range events {
		for _, v := range domain.Unbind(e) {
			filled[v.Path] = true
		}
	}
	return slices.DeleteFunc(Columns(), func(c string) bool { return !filled[c] })
}

// cell writes a value as a cell: lists separated by |, a replacement as JSON.
func cell(v domain.Value) string {
	if v.Form != domain.Object {
		return strings.Join(v.Items, "|")
	}
	var b bytes.Buffer
	enc := jsontext.NewEncoder(&b)
	object(enc, v.Nested)
	return strings.TrimSpace(b.String())
}

// lineUsual is room for most events as a line.
const lineUsual = 512

// JSON renders an event as one line of NDJSON, flat, without the line break. What
// [Line] reads of it has the same id and content.
func JSON(e *domain.Event) []byte {
	var b bytes.Buffer
	b.Grow(lineUsual)
	object(jsontext.NewEncoder(&b, jsontext.AllowDuplicateNames(true)), domain.Unbind(e)) // no name stands twice
	return bytes.TrimSpace(b.Bytes())
}

// object writes values as the members of one object; those of one group (act.…,
// source.…) follow each other and become an object within it. Writing to memory
// cannot fail, and the names and texts are valid.
func object(enc *jsontext.Encoder, values []domain.Value) {
	_ = enc.WriteToken(jsontext.BeginObject)
	open := ""
	for _, v := range values {
		group, name, grouped := strings.Cut(v.Path, ".")
		if !grouped {
			group, name = "", v.Path
		}
		if group != open {
			if open != "" {
				_ = enc.WriteToken(jsontext.EndObject)
			}
			if group != "" {
				_ = enc.WriteToken(jsontext.String(group))
				_ = enc.WriteToken(jsontext.BeginObject)
			}
			open = group
		}
		_ = enc.WriteToken(jsontext.String(name))
		value(enc, v)
	}
	if open != "" {
		_ = enc.WriteToken(jsontext.EndObject)
	}
	_ = enc.WriteToken(jsontext.EndObject)
}

func value(enc *jsontext.Encoder, v domain.Value) {
	switch {
	case v.List:
		_ = enc.WriteToken(jsontext.BeginArray)
		for _, item := range v.Items {
			_ = enc.WriteToken(jsontext.String(item))
		}
		_ = enc.WriteToken(jsontext.EndArray)
	case v.Form == domain.Object:
		object(enc, v.Nested)
	case v.Form == domain.Quoted:
		_ = enc.WriteToken(jsontext.String(v.Items[0]))
	default: // numbers, true and false stand as they are
		_ = enc.WriteValue(jsontext.Value(v.Items[0]))
	}
}
