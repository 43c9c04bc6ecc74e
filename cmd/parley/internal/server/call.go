package server

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"parley/cmd/parley/internal/problem"
	"parley/domain/fair"

	"github.com/danielgtaylor/huma/v2"
)

// Call is an operation that is asked for by other means than HTTP. The answer is the
// same document, and what is wrong the same problem.
type Call struct {
	Operation  string
	Parameters url.Values  // those of path and query
	Expect     string      // of an append: record:43, or none; empty for no expectation
	Body       []byte      // JSON, of an operation that takes one
	Caller     string      // who asks, to share out what there is of sessions
	Who        Who         // who asks, where only he may do something
	Holder     fair.Holder // who asks, to share out what there is of branches
	Writer     string      // who wrote events that do not say so
}

// asked is an operation as calls find it.
type asked struct {
	operation

	do func(context.Context, *request) (*answer, error)
}

// New is a server that does not listen: it answers calls only.
func New(o Options) *Server {
	s := newServer(o)
	s.handler(o.Version)
	return s
}

// Call answers a call. Whoever calls has seen to it that the caller has the right that
// the operation needs.
func (s *Server) Call(ctx context.Context, c Call) (document []byte, err error) {
	begun := time.Now()
	op, ok := s.asked[c.Operation]
	if !ok {
		return nil, &problem.NotFoundError{What: "operation", Name: strconv.Quote(shorten(c.Operation))}
	}
	s.metrics.underWay.Inc()
	defer s.metrics.underWay.Dec()
	status := http.StatusOK
	defer func() {
		if fault := recover(); fault != nil {
			s.log.LogAttrs(ctx, slog.LevelError, "a request broke", slog.String("operation", op.id), slog.String("fault", fmt.Sprint(fault)))
			document, err = nil, errors.New("the request broke; the log of the server says more")
		}
		if err != nil {
			status = ProblemOf(err).Status
		}
		s.metrics.requests.WithLabelValues(op.id, strconv.Itoa(status)).Inc()
		since(s.metrics.seconds.WithLabelValues(op.id), begun)
		s.log.LogAttrs(ctx, slog.LevelInfo, "request", slog.String("operation", op.id), slog.Int("status", status),
			slog.Int("bytes", len(document)), slog.Duration("took", time.Since(begun)), slog.String("from", c.Caller))
	}()
	if s.ending.Err() != nil {
		return nil, errEnding
	}
	q, err := op.request(ctx, c)
	if err != nil {
		return nil, err
	}
	if op.heavy {
		free, err := s.seated(s.heavy)
		if err != nil {
			return nil, err
		}
		defer free()
	}
	a, err := op.do(ctx, q)
	if err != nil {
		return nil, s.noted(ctx, err)
	}
	if a.status != 0 {
		status = a.status
	}
	var body bytes.Buffer
	if a.write != nil {
		err = a.write(&body)
	}
	return bytes.TrimSuffix(body.Bytes(), []byte("\n")), err
}

// request makes a call what an operation reads.
func (op asked) request(ctx context.Context, c Call) (*request, error) {
	r, err := http.NewRequestWithContext(ctx, op.method, "http://localhost/", bytes.NewReader(c.Body))
	if err != nil {
		return nil, err
	}
	query := url.Values{}
	for name, values := range c.Parameters {
		if slices.ContainsFunc(op.parameters, func(p *huma.Param) bool { return p.In == "path" && p.Name == name }) {
			if len(values) != 1 {
				return nil, &problem.UsageError{Reason: name + " is given more than once", Hint: "give it once"}
			}
			r.SetPathValue(name, values[0])
			continue
		}
		query[name] = values
	}
	for _, p := range op.parameters {
		if p.In == "path" && r.PathValue(p.Name) == "" {
			return nil, &problem.UsageError{Reason: p.Name + " is not given", Hint: p.Description}
		}
	}
	r.Header.Set("Content-Type", typeJSON)
	switch c.Expect {
	case "":
	case "none":
		r.Header.Set("If-None-Match", "*")
	default:
		r.Header.Set("If-Match", strconv.Quote(c.Expect))
	}
	return &request{raw: query.Encode(), takes: op.parameters, http: r, w: &heads{header: http.Header{}}, from: c.Caller, via: c.Writer, who: c.Who, holder: c.Holder, called: true}, nil
}

// ProblemOf is what an error of a call means to the caller.
func ProblemOf(err error) problem.Problem { return failureOf(err).Problem }

// Instance names this server among all that serve a record.
func (s *Server) Instance() string { return s.instance }

// path is a value in the path.
func (q *request) path(name string) string { return q.http.PathValue(name) }

func (q *request) branchName() string { return q.path(paramBranch) }

// writer is who wrote the events of a request that do not say so.
func (q *request) writer() string {
	if q.via != "" {
		return q.via
	}
	return writer
}

// caller tells callers apart, as well as they let themselves be told apart.
func (q *request) caller() string {
	if q.from != "" {
		return q.from
	}
	if token := q.http.Header.Get("Authorization"); token != "" {
		return token
	}
	host, _, err := net.SplitHostPort(q.http.RemoteAddr)
	if err != nil {
		return q.http.RemoteAddr
	}
	return host
}
