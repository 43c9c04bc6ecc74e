package server

import (
	"net/http"
	"reflect"
	"slices"

	"parley/cmd/parley/internal/problem"
	"parley/cmd/parley/internal/reply"
	"parley/projections"
	"parley/projections/ensemble"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json/jsontext"
)

// operation is one thing that can be asked of the server.
type operation struct {
	id, method, path    string
	summary, about, tag string

	right      Right
	heavy      bool // takes one of few seats
	parameters []*huma.Param
	answers    map[string]reflect.Type // by media type; nil is text
	body       map[string]*huma.Schema // by media type
	tagged     bool                    // has an ETag, so that a caller can have it already
	events     bool                    // takes events as its body
	fresh      bool                    // makes something new whenever it is asked
	passing    bool                    // makes nothing, though it is posted
	instance   bool                    // of one process, which has to be the one that is asked
	statuses   []int                   // of problems, besides those of every operation
}

// The groups of operations.
const (
	tagRecord = "record"
	tagState  = "state"
	tagStream = "stream"
	tagLogin  = "sign in"
	tagWatch  = "operations"
)

// introduce says what the API is, before its operations are added.
func introduce(api *huma.OpenAPI) {
	api.Info.Description = "An event-sourced record of negotiations. Every answer carries the view under which it was computed, the position of the log that it reflects, and the events that straddle a cut of the view. Errors are problems (RFC 9457) that list every fault of an input."
	api.Servers = []*huma.Server{{URL: "/", Description: "this server"}}
	api.Tags = []*huma.Tag{
		{Name: tagRecord, Description: "The log: what is recorded, and recording"},
		{Name: tagState, Description: "What the events come to, under a view"},
		{Name: tagSuppose, Description: "What if: branches, and sessions for agents that react. The record is never touched"},
		{Name: tagStream, Description: "What changes, as it changes"},
		{Name: tagLogin, Description: "For pages of the server itself, which cannot send a secret with each request"},
		{Name: tagWatch, Description: "For those who run the server"},
	}
	api.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "Where access is configured. A server without it can be reached from its own machine only, and takes everybody there for an analyst. Pages of the server itself sign in (/v1/login), and send a cookie in its place."},
	}
	api.Security = []map[string][]string{{"token": {}}, {}}
}

// anything is a value whose shape depends on what it is about.
type anything struct{}

// Schema admits every value.
func (anything) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Description: "a value of a projection: an object, a list, a text, a number, true or false; null where there is none"}
}

// stored is an event as the log has it.
type stored struct{}

// Schema admits every event; /v1/schema says more.
func (stored) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true, Description: "the event exactly as it is stored, a CloudEvent; its JSON Schema is at /v1/schema"}
}

// quantiles are those of an ensemble; where no run is dated there are none.
type quantiles struct{}

// Schema is an object of days, or null.
func (quantiles) Schema(huma.Registry) *huma.Schema {
	days := &huma.Schema{Type: huma.TypeNumber}
	return &huma.Schema{
		Type: huma.TypeObject, Nullable: true, Description: "days; null where no run is dated",
		Properties: map[string]*huma.Schema{"p5": days, "p25": days, "p50": days, "p75": days, "p95": days},
		Required:   []string{"p5", "p25", "p50", "p75", "p95"},
	}
}

// aliases tells the framework what it cannot see in the types of others.
func aliases(r huma.Registry) {
	r.RegisterTypeAlias(reflect.TypeFor[projections.Node](), reflect.TypeFor[anything]())
	r.RegisterTypeAlias(reflect.TypeFor[jsontext.Value](), reflect.TypeFor[stored]())
	r.RegisterTypeAlias(reflect.TypeFor[ensemble.Quantiles](), reflect.TypeFor[quantiles]())
}

// schemaName names a type in the document.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case reflect.TypeFor[failure]():
		return "Problem"
	case reflect.TypeFor[reply.Change]():
		return "StepChange"
	case reflect.TypeFor[reply.Branch]():
		return "ListedBranch"
	}
	return huma.DefaultSchemaNamer(t, hint)
}

// describe makes an operation for the framework.
func (s *Server) describe(o operation) huma.Operation {
	schemas := s.api.OpenAPI().Components.Schemas
	op := huma.Operation{
		OperationID: o.id, Method: o.method, Path: o.path, Summary: o.summary, Description: o.about, Tags: []string{o.tag},
		Parameters: o.parameters, SkipValidateParams: true, SkipValidateBody: true,
		Responses: map[string]*huma.Response{},
	}
	ok := &huma.Response{Description: "The answer", Content: map[string]*huma.MediaType{}}
	for media, t := range o.answers {
		ok.Content[media] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
		if t != nil {
			ok.Content[media].Schema = schemas.Schema(t, true, o.id)
		}
	}
	op.Responses["200"] = ok
	op.Errors = append([]int{400, 403, 421, 503}, o.statuses...)
	if o.right != Anyone {
		op.Errors = append(op.Errors, 401)
	} else {
		op.Security = []map[string][]string{}
	}
	if o.method == http.MethodPost && !o.passing {
		op.Responses["201"] = &huma.Response{Description: "Something new is recorded", Content: ok.Content}
	}
	if o.fresh {
		op.DefaultStatus = http.StatusCreated // else the framework adds 200
		delete(op.Responses, "200")
	}
	if o.tagged {
		ok.Headers = map[string]*huma.Param{"ETag": {Description: "the position and the rest of what the answer depends on", Schema: &huma.Schema{Type: huma.TypeString}}}
		op.Responses["304"] = &huma.Response{Description: "Not changed since"}
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: "If-None-Match", In: "header", Description: "the ETag of an answer that you have", Schema: &huma.Schema{Type: huma.TypeString},
		})
	}
	return op
}

// complete adds to the document what the framework would act on: it would read the
// body by itself.
func (s *Server) complete(o operation) {
	if o.body == nil {
		return
	}
	body := &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
	for media, schema := range o.body {
		body.Content[media] = &huma.MediaType{Schema: schema}
	}
	s.api.OpenAPI().Paths[o.path].Post.RequestBody = body
}

// schemaOf is the schema of a type, among those that the document keeps.
func (s *Server) schemaOf(t reflect.Type) *huma.Schema {
	return s.api.OpenAPI().Components.Schemas.Schema(t, true, "")
}

// The parameters that many operations share.
const (
	paramNegotiation = "negotiation"
	paramMinPosition = "min-position"
	paramMaxWait     = "max-wait"
)

func parameter(in, name, about, example string) *huma.Param {
	p := &huma.Param{Name: name, In: in, Description: about, Required: in == "path", Schema: &huma.Schema{Type: huma.TypeString}}
	if example != "" {
		p.Example = example
	}
	return p
}

func inPath() *huma.Param {
	p := parameter("path", paramNegotiation, "id of the negotiation", "pak-afg-2025")
	p.Schema.Pattern = "^[a-z0-9-]{1,64}$"
	return p
}

// waiting are the parameters of every read.
func waiting() []*huma.Param {
	return []*huma.Param{
		parameter("query", paramMinPosition, "wait until the negotiation has come to this position of the log", "43"),
		parameter("query", paramMaxWait, "how long to wait for it, at most 30s; 5s if not given", "2s"),
		parameter("header", "Prefer", "wait=SECONDS (RFC 7240), in place of max-wait", "wait=2"),
	}
}

// ofView are the parameters of a view, with those of every read.
func ofView(others ...*huma.Param) []*huma.Param {
	possibly := parameter("query", projections.KeyPossibly, "admit events that may lie within the cuts, not only those that certainly do", "")
	possibly.AllowEmptyValue = true
	return slices.Concat([]*huma.Param{inPath()}, others, []*huma.Param{
		parameter("query", projections.KeyAsOf, "what had happened by this time: a date, a time, or @KEY for an event and what certainly precedes it", "@s1-verbal-confirmation"),
		parameter("query", projections.KeyKnownBy, "what had been reported by this time", "2025-10-29"),
		parameter("query", projections.KeyRecordedBy, "what had been recorded by this time, or by #POSITION, on a branch #record:43;b1:7 (%23 in a URL)", "#43"),
		possibly,
		parameter("query", projections.KeyLens, "whom to believe: an expression over events, or the name of a registered lens", `source.side != "pakistan"`),
		parameter("query", projections.KeyBranch, "what is supposed: the name of a branch", ""),
	}, waiting())
}

// kinds are the statuses of kinds of problem.
func kinds(of ...problem.Kind) []int {
	var statuses []int
	for _, k := range of {
		statuses = append(statuses, k.Status())
	}
	return statuses
}
