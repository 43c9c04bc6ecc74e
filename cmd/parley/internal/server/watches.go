package server

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"parley/cmd/parley/internal/problem"
)

// health says that a server answers, or is ready.
type health struct {
	Status      string `json:"status" enum:"ok" doc:"ok, else there is a problem in its place"`
	Unpublished string `json:"unpublished,omitzero" doc:"why projections are not published, or not all of them; what is answered here does not rest on that"`
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
		summary: "Whether requests can be sent here", about: "Not while the server ends, the store does not answer, or something of the log is lost, or the projections are not followed any more. If they are followed but not published to buckets, unpublished says why.", answers: answers,
	}, s.ready)
	s.register(operation{
		id: "metrics", method: http.MethodGet, path: pathMetrics, tag: tagWatch, right: Read,
		summary: "Metrics for Prometheus", about: "A dashboard for them is in docs/examples/grafana.",
		answers: map[string]reflect.Type{typeText: nil},
	}, s.tellMetrics)
}

// readyTimeout is how long the store may take to answer.
const readyTimeout = 3 * time.Second

func (s *Server) ready(ctx context.Context, _ *request) (*answer, error) {
	if _, err := s.unready(ctx); err != nil {
		return nil, err
	}
	well := health{Status: "ok"}
	if s.publishing != nil {
		if err := s.publishing(); err != nil {
			well.Unpublished = err.Error()
		}
	}
	return asJSON(well, ""), nil
}

// unready says why requests cannot be sent here, nil if they can. What it says in words
// names nothing of the machine.
func (s *Server) unready(ctx context.Context) (what string, err error) {
	if s.draining.Load() {
		return "the server is ending; come again in a moment", errEnding
	}
	if damage := s.store.Damage(); damage != nil {
		return "something of the log is lost; parley doctor says what, where the server runs", notReady(damage)
	}
	if s.live != nil {
		if ended := s.live.Hub().Ended(); ended != nil {
			return "the projections are not followed any more; the server has to be started again", notReady(ended)
		}
	}
	ctx, stop := context.WithTimeout(ctx, readyTimeout)
	defer stop()
	if _, err := s.store.Negotiations(ctx); err != nil {
		return "the store does not answer; parley doctor says more, where the server runs", notReady(err)
	}
	return "", nil
}

// notReady is an error for whoever sends requests here: they should go elsewhere,
// whatever the matter is.
func notReady(err error) error {
	f := failureOf(err)
	f.Status = problem.Unreachable.Status()
	return f
}

// typeText is how Prometheus reads metrics.
const typeText = "text/plain"

func (s *Server) tellMetrics(_ context.Context, q *request) (*answer, error) {
	if err := q.read().err(); err != nil {
		return nil, err
	}
	return &answer{serve: s.metrics.handler()}, nil
}
