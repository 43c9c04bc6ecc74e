package service

import (
	"slices"

	"parley/cmd/parley/internal/server"
)

// operations are those that are asked for over NATS.
var operations = []string{
	"negotiations", "negotiation", "events", "state", "why", "diff", "append",
	"branch-open", "branch-append", "branch-list", "branch-show", "branch-compare", "branch-drop", "branch-watch",
	"session-open", "session-append", "session-close",
	"whatif-open", "whatif-feed", "whatif-close",
}

// nameOfSchema is the endpoint that tells of the others.
const nameOfSchema = "schema"

// endpoint is one thing that can be asked.
type endpoint struct {
	server.Explained

	name, subject, summary string
}

func endpointsOf(s *server.Server) ([]endpoint, error) {
	list := []endpoint{{name: nameOfSchema, subject: prefix + "read." + nameOfSchema, summary: "The JSON Schemas of requests and replies"}}
	list[0].Operation, list[0].Parameters = nameOfSchema, []string{"endpoint"}
	for _, id := range operations {
		x, err := s.Explain(id)
		if err != nil {
			return nil, err
		}
		list = append(list, endpoint{x, id, subjectOf(x, s.Instance()), x.Summary})
	}
	return list, nil
}

// schemas is what the endpoint of schemas replies.
type schemas struct {
	Endpoints []explained `json:"endpoints"`
}

type explained struct {
	Name    string         `json:"name"`
	Subject string         `json:"subject"`
	Summary string         `json:"summary"`
	Request map[string]any `json:"request"` // JSON Schema, draft 2020-12
	Reply   map[string]any `json:"reply"`
}

// schemasOf tells of one endpoint, or of all. Another process has other subjects for
// its sessions.
func (s *Service) schemasOf(name string) (schemas, bool) {
	out := schemas{Endpoints: []explained{}}
	for _, e := range s.endpoints {
		if e.name != nameOfSchema && (name == "" || name == e.name) {
			out.Endpoints = append(out.Endpoints, explained{e.name, e.subject, e.summary, e.Request, e.Reply})
		}
	}
	return out, len(out.Endpoints) > 0
}

// names lists the endpoints.
func (s *Service) names() []string {
	var names []string
	for _, e := range s.endpoints {
		names = append(names, e.name)
	}
	slices.Sort(names)
	return names
}
