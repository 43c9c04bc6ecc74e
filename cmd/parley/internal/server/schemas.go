package server

import (
	"context"
	"net/http"
	"reflect"

	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/reply"
	"parley/domain/schema"

	"github.com/danielgtaylor/huma/v2"
)

const (
	formInput  = "input"
	formStored = "stored"
)

// jsonSchema is a JSON Schema, draft 2020-12.
type jsonSchema struct{}

// Schema admits every schema that is an object.
func (jsonSchema) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Description: "a JSON Schema, draft 2020-12"}
}

// schemas adds the schemas of events.
func (s *Server) schemas() {
	answers := map[string]reflect.Type{typeJSON: reflect.TypeFor[jsonSchema]()}
	s.register(operation{
		id: "schema", method: http.MethodGet, path: "/v1/schema", tag: tagRecord, right: Read,
		summary: "The schema of all events", about: "As parley schema --json: flat, as people and programs write them, and as the log stores them.",
		answers: answers,
	}, func(_ context.Context, q *request) (*answer, error) {
		if err := q.read().err(); err != nil {
			return nil, err
		}
		return asJSON(schema.All(), ""), nil
	})
	s.register(operation{
		id: "schema-of-type", method: http.MethodGet, path: "/v1/schema/{type}", tag: tagRecord, right: Read,
		summary: "The schema of the events of one type", about: "As parley schema TYPE --json; with form=" + formStored + " as parley schema --stored TYPE --json.",
		parameters: []*huma.Param{
			parameter("path", paramType, "type of the event", "DraftFinalized"),
			parameter("query", "form", formInput+", as people and programs write it, or "+formStored+", as the log has it", formStored),
		},
		answers: answers, statuses: kinds(problem.NotFound),
	}, func(_ context.Context, q *request) (*answer, error) {
		v := q.read()
		form := v.word("form", formInput, formStored)
		if err := v.err(); err != nil {
			return nil, err
		}
		spec, err := reply.TypeNamed(q.http.PathValue(paramType))
		if err != nil {
			return nil, err
		}
		if form == formStored {
			return asJSON(schema.Event(spec), ""), nil
		}
		return asJSON(schema.Input(spec), ""), nil
	})
}
