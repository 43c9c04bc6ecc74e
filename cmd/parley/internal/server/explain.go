package server

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"parley/cmd/parley/internal/problem"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json"
)

// Explained is an operation for those who call it by other means than HTTP.
type Explained struct {
	Operation, Summary string
	Right              Right
	Instance           bool           // of one process, which has to be the one that is asked
	Events             bool           // takes events, which the member of that name holds
	Body               bool           // takes an object, whose members stand beside the parameters
	Parameters         []string       // of path and query
	Request, Reply     map[string]any // JSON Schemas, draft 2020-12
}

// Explain tells of an operation what it takes and answers.
func (s *Server) Explain(operation string) (Explained, error) {
	op, ok := s.asked[operation]
	if !ok {
		return Explained{}, &problem.NotFoundError{What: "operation", Name: operation}
	}
	x := Explained{Operation: op.id, Summary: op.summary, Right: op.right, Instance: op.instance, Events: op.events, Body: op.body != nil && !op.events}
	properties, required := map[string]any{}, []string{}
	for _, p := range op.parameters {
		if p.In == "header" {
			continue
		}
		x.Parameters = append(x.Parameters, p.Name)
		one := map[string]any{"description": p.Description, "type": []string{"string", "number", "boolean"}}
		if p.Name == paramType {
			one["type"] = []string{"string", "array"}
		}
		properties[p.Name] = one
		if p.Required {
			required = append(required, p.Name)
		}
	}
	if op.events {
		properties["events"] = op.body[typeJSON]
		required = append(required, "events")
	}
	if op.right == Append {
		properties["expect"] = map[string]any{"type": "string", "description": "where the log must be: record:43, or none; without it the events are observations, which hold whatever else is recorded"}
	}
	if x.Body {
		whole := s.resolved(op.body[typeJSON])
		for name, one := range whole.Properties {
			properties[name] = one
		}
		required = append(required, whole.Required...)
	}
	var err error
	x.Request, err = s.alone(map[string]any{"type": "object", "properties": properties, "required": slices.Compact(required), "additionalProperties": false})
	if err == nil {
		x.Reply, err = s.alone(s.replyOf(op))
	}
	return x, err
}

// replyOf is the schema of the document that an operation answers.
func (s *Server) replyOf(op asked) *huma.Schema {
	for _, media := range []string{typeJSON, typeText} {
		if t := op.answers[media]; t != nil {
			return s.schemaOf(t)
		}
	}
	return &huma.Schema{}
}

// resolved is the schema that a reference leads to.
func (s *Server) resolved(x *huma.Schema) *huma.Schema {
	if x.Ref == "" {
		return x
	}
	return s.api.OpenAPI().Components.Schemas.SchemaFromRef(x.Ref)
}

var reference = regexp.MustCompile(`"#/\$defs/([^"]+)"`)

// alone is a schema with all that it refers to.
func (s *Server) alone(schema any) (map[string]any, error) {
	defs := map[string]any{}
	known := s.api.OpenAPI().Components.Schemas.Map()
	read := func(x any) (whole map[string]any, err error) {
		text, err := json.Marshal(x)
		if err != nil {
			return nil, fmt.Errorf("schema: %w", err)
		}
		local := strings.ReplaceAll(string(text), "#/components/schemas/", "#/$defs/")
		for _, m := range reference.FindAllStringSubmatch(local, -1) {
			if _, there := defs[m[1]]; !there {
				defs[m[1]] = nil
			}
		}
		return whole, json.Unmarshal([]byte(local), &whole)
	}
	whole, err := read(schema)
	for more := true; more && err == nil; {
		more = false
		for _, name := range slices.Sorted(maps.Keys(defs)) {
			if defs[name] == nil && err == nil {
				more = true
				defs[name], err = read(known[name])
			}
		}
	}
	if err != nil {
		return nil, err
	}
	if len(defs) > 0 {
		whole["$defs"] = defs
	}
	whole["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	return whole, nil
}
