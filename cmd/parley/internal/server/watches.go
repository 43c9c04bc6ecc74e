package server

import (
	"context"
	"net/http"
	"reflect"
)

// health says that a server answers, or is ready.
type health struct {
	Status      string `json:"status" enum:"ok" doc:"ok, else there is a problem in its place"`
	Unpublished string `json:"unpublished,omitzero" enum:"ahead,refused" doc:"why projections are not published, or not all of them: more stands there than the record has, or they are not taken. What is answered here does not rest on that; /v1/system says more"`
}

// watches adds what those ask who run the server.
func (s *Server) watches() {
	answers := map[string]reflect.Type{typeJSON: reflect.TypeFor[health]()}
	s.register(operation{
		id: "health", method: http.MethodGet, path: pathHealth, tag: tagWatch, right: Anyone,
		summary: "Whether the process answers", about: "If it does not, start it again.", answers: answers,
	}, func(context.Context, *request) (*answer, error) { return asJSON(health{Status: "ok"}, ""), nil })
	s.register(operation{
		id: "ready", method: http.MethodGet, path: pathReady, tag: tagWatch, right: Anyone,
		summary: "Whether requests can be sent here", about: "Not while the server ends (the detail of the problem then closes with the word ending), something of the log is lost (damaged), the projections are not followed any more (stopped), or the store does not answer (store). If projections are followed but not published to buckets, unpublished has a word for why. More than these words is told by /v1/system, to whoever may read.", answers: answers,
	}, s.ready)
	s.register(operation{
		id: "metrics", method: http.MethodGet, path: pathMetrics, tag: tagWatch, right: Read,
		summary: "Metrics for Prometheus", about: "A dashboard for them is in docs/examples/grafana.",
		answers: map[string]reflect.Type{typeText: nil},
	}, s.tellMetrics)
}

// typeText is how Prometheus reads metrics.
const typeText = "text/plain"

func (s *Server) tellMetrics(_ context.Context, q *request) (*answer, error) {
	if err := q.read().err(); err != nil {
		return nil, err
	}
	return &answer{serve: s.metrics.handler()}, nil
}
